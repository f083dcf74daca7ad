//! The `consent_records` table by its numbers.

use diesel::prelude::*;

use crate::consent::Record;
use crate::consent::store::Row;
use crate::storage::schema::{consent_records, subscribers};
use crate::storage::{AccountId, Conn, ConsentRecordId, StoreError};

/// A record as it lies in its table, and what it is bound to.
pub(in crate::consent) struct Link {
    pub(in crate::consent) record: Record,
    /// The account that the row names.
    pub(in crate::consent) account_id: AccountId,
    /// The hash of its person's address; none where that person is not there.
    pub(in crate::consent) address_hash: Option<Vec<u8>>,
}

/// These records, found by their numbers: nothing of them is read from an index, which could be whole where a row is not.
pub(in crate::consent) fn read(conn: &mut Conn, ids: &[ConsentRecordId]) -> Result<Vec<Link>, StoreError> {
    let rows: Vec<(Row, AccountId, Option<Vec<u8>>)> = consent_records::table
        .left_join(subscribers::table.on(subscribers::id.eq(consent_records::subscriber_id)))
        .filter(consent_records::id.eq_any(ids.to_vec()))
        .order(consent_records::id)
        .select((Row::as_select(), consent_records::account_id, subscribers::address_hash.nullable()))
        .load(conn)?;
    let link = |(row, account_id, address_hash): (Row, _, _)| Link { record: row.into(), account_id, address_hash };
    Ok(rows.into_iter().map(link).collect())
}

/// The numbers of the next records of a chain.
pub(in crate::consent) fn ids_after(
    conn: &mut Conn,
    account: AccountId,
    after: ConsentRecordId,
    limit: i64,
) -> Result<Vec<ConsentRecordId>, StoreError> {
    Ok(consent_records::table
        .filter(consent_records::account_id.eq(account))
        .filter(consent_records::id.gt(after))
        .order(consent_records::id)
        .limit(limit)
        .select(consent_records::id)
        .load(conn)?)
}

/// The number of the record before this one in its chain.
pub(in crate::consent) fn before(
    conn: &mut Conn,
    account: AccountId,
    id: ConsentRecordId,
) -> Result<Option<ConsentRecordId>, StoreError> {
    Ok(consent_records::table
        .filter(consent_records::account_id.eq(account))
        .filter(consent_records::id.lt(id))
        .order(consent_records::id.desc())
        .select(consent_records::id)
        .first(conn)
        .optional()?)
}

/// Whether a chain has more records than that.
pub(in crate::consent) fn is_longer(conn: &mut Conn, account: AccountId, than: i64) -> Result<bool, StoreError> {
    let next: Option<ConsentRecordId> = consent_records::table
        .filter(consent_records::account_id.eq(account))
        .order(consent_records::id)
        .offset(than)
        .select(consent_records::id)
        .first(conn)
        .optional()?;
    Ok(next.is_some())
}
