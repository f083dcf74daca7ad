//! The `import_chunks` table.

use diesel::prelude::*;

use crate::storage::schema::import_chunks;
use crate::storage::{Conn, ImportId, StoreError};

pub(in crate::imports) fn insert(conn: &mut Conn, id: ImportId, chunks: &[(i64, String)]) -> Result<(), StoreError> {
    for (number, body) in chunks {
        diesel::insert_into(import_chunks::table)
            .values((import_chunks::import_id.eq(id), import_chunks::number.eq(number), import_chunks::body.eq(body)))
            .execute(conn)?;
    }
    Ok(())
}

pub(in crate::imports) fn first(conn: &mut Conn, id: ImportId) -> Result<Option<(i64, String)>, StoreError> {
    Ok(import_chunks::table
        .filter(import_chunks::import_id.eq(id))
        .order(import_chunks::number)
        .select((import_chunks::number, import_chunks::body))
        .first(conn)
        .optional()?)
}

pub(in crate::imports) fn delete(conn: &mut Conn, id: ImportId, number: i64) -> Result<(), StoreError> {
    diesel::delete(import_chunks::table.find((id, number))).execute(conn)?;
    Ok(())
}

pub(in crate::imports) fn delete_all(conn: &mut Conn, id: ImportId) -> Result<(), StoreError> {
    diesel::delete(import_chunks::table.filter(import_chunks::import_id.eq(id))).execute(conn)?;
    Ok(())
}
