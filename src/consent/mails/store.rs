//! The tables `consent_mails` and `consent_samples`.

use diesel::prelude::*;
use diesel::sql_types::Binary;

use crate::storage::schema::{consent_mails, consent_records, consent_samples};
use crate::storage::{AccountId, Conn, ConsentRecordId, StoreError, SubscriberId};

pub(super) fn insert_sample(conn: &mut Conn, hash: &[u8], sample: &[u8]) -> Result<(), StoreError> {
    diesel::sql_query("INSERT INTO consent_samples (hash, sample) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING")
        .bind::<Binary, _>(hash)
        .bind::<Binary, _>(sample)
        .execute(conn)?;
    Ok(())
}

pub(super) fn insert(
    conn: &mut Conn,
    record: ConsentRecordId,
    sample_hash: &[u8],
    kept: &[u8],
) -> Result<(), StoreError> {
    diesel::insert_into(consent_mails::table)
        .values((
            consent_mails::record_id.eq(record),
            consent_mails::sample_hash.eq(sample_hash),
            consent_mails::kept.eq(kept),
        ))
        .execute(conn)?;
    Ok(())
}

/// A mail with the record that it belongs to and the hash of its sample.
pub(super) type Kept = (ConsentRecordId, Vec<u8>, Vec<u8>);

pub(super) fn between(
    conn: &mut Conn,
    account: AccountId,
    first: ConsentRecordId,
    last: ConsentRecordId,
) -> Result<Vec<Kept>, StoreError> {
    Ok(consent_mails::table
        .inner_join(consent_records::table.on(consent_records::id.eq(consent_mails::record_id)))
        .filter(consent_records::account_id.eq(account))
        .filter(consent_mails::record_id.between(first, last))
        .select((consent_mails::record_id, consent_mails::sample_hash, consent_mails::kept))
        .load(conn)?)
}

pub(super) fn sample(conn: &mut Conn, hash: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(consent_samples::table.find(hash).select(consent_samples::sample).first(conn).optional()?)
}

pub(super) fn forget(conn: &mut Conn, account: AccountId, subscriber: SubscriberId) -> Result<(), StoreError> {
    let of_person = consent_records::table
        .filter(consent_records::account_id.eq(account))
        .filter(consent_records::subscriber_id.eq(subscriber))
        .select(consent_records::id);
    diesel::delete(consent_mails::table.filter(consent_mails::record_id.eq_any(of_person))).execute(conn)?;
    Ok(())
}
