//! The `import_refusals` table.

use diesel::prelude::*;

use super::RefusedRow;
use crate::imports::RowRefusal;
use crate::storage::schema::{import_refusals, imports, subscribers};
use crate::storage::{Conn, ImportId, StoreError, SubscriberId, Timestamp};

pub(in crate::imports) fn insert(
    conn: &mut Conn,
    id: ImportId,
    line: u64,
    why: RowRefusal,
    typed: &str,
    known: Option<SubscriberId>,
) -> Result<(), StoreError> {
    diesel::insert_into(import_refusals::table)
        .values((
            import_refusals::import_id.eq(id),
            import_refusals::line.eq(i64::try_from(line).unwrap_or(i64::MAX)),
            import_refusals::reason.eq(why),
            import_refusals::typed.eq(typed.replace('\0', "")),
            import_refusals::subscriber_id.eq(known),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn refused(conn: &mut Conn, id: ImportId, after: i64, limit: i64) -> Result<Vec<RefusedRow>, StoreError> {
    let rows: Vec<(i64, String, RowRefusal, Option<String>)> = import_refusals::table
        .left_join(subscribers::table.on(subscribers::id.nullable().eq(import_refusals::subscriber_id)))
        .filter(import_refusals::import_id.eq(id))
        .filter(import_refusals::line.gt(after))
        .order(import_refusals::line)
        .limit(limit)
        .select((
            import_refusals::line,
            import_refusals::typed,
            import_refusals::reason,
            subscribers::address.nullable(),
        ))
        .load(conn)?;
    let row = |(line, typed, reason, address): (_, String, _, Option<String>)| RefusedRow {
        line,
        address: if typed.is_empty() { address.unwrap_or_default() } else { typed },
        reason,
    };
    Ok(rows.into_iter().map(row).collect())
}

pub(in crate::imports) fn forget(conn: &mut Conn, before: Timestamp) -> Result<(), StoreError> {
    let over = imports::table.filter(imports::finished_at.lt(before)).select(imports::id);
    diesel::delete(import_refusals::table.filter(import_refusals::import_id.eq_any(over))).execute(conn)?;
    Ok(())
}
