//! The table `audit_entries`.

use diesel::prelude::*;

use super::{Entry, Recorded};
use crate::storage::schema::audit_entries;
use crate::storage::{AccountId, Conn, StoreError, Timestamp};

pub(super) fn insert(conn: &mut Conn, entry: &Entry, now: Timestamp) -> Result<(), StoreError> {
    diesel::insert_into(audit_entries::table)
        .values((
            audit_entries::at.eq(now),
            audit_entries::account_id.eq(entry.account_id),
            audit_entries::actor.eq(entry.actor.to_string()),
            audit_entries::action.eq(&entry.action),
            audit_entries::subject.eq(&entry.subject),
            audit_entries::reason.eq(&entry.reason),
            audit_entries::network.eq(&entry.network),
        ))
        .execute(conn)?;
    Ok(())
}

type Row = (Timestamp, String, String, String, String, String);

pub(super) fn of_account(conn: &mut Conn, account: AccountId, limit: i64) -> Result<Vec<Recorded>, StoreError> {
    let rows: Vec<Row> = audit_entries::table
        .filter(audit_entries::account_id.eq(account))
        .order(audit_entries::id.desc())
        .limit(limit)
        .select((
            audit_entries::at,
            audit_entries::actor,
            audit_entries::action,
            audit_entries::subject,
            audit_entries::reason,
            audit_entries::network,
        ))
        .load(conn)?;
    let recorded =
        |(at, actor, action, subject, reason, network)| Recorded { at, actor, action, subject, reason, network };
    Ok(rows.into_iter().map(recorded).collect())
}
