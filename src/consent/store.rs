//! The `consent_records` table, and the head of the chain in `accounts`.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::{Circumstances, Event, Record};
use crate::config::KeptNetworks;
use crate::storage::schema::{accounts, consent_records, installation, subscribers, suppressions};
use crate::storage::{
    AccountId, Conn, ConsentRecordId, FormId, Language, ListId, StoreError, SubscriberId, SubscriptionId, Timestamp,
    dialect,
};

/// A record as it lies in its table.
#[derive(Queryable, Selectable)]
#[diesel(table_name = consent_records)]
pub(super) struct Row {
    id: ConsentRecordId,
    subscription_id: SubscriptionId,
    subscriber_id: SubscriberId,
    list_id: ListId,
    at: Timestamp,
    event: Event,
    via: String,
    form_id: Option<FormId>,
    form_version: Option<i32>,
    wording: String,
    language: Language,
    origin: String,
    network: String,
    user_agent: String,
    detail: String,
    personal_salt: Option<Vec<u8>>,
    personal_hash: Vec<u8>,
    previous_hash: Option<Vec<u8>>,
    hash: Vec<u8>,
    scheme: i32,
    mail_hash: Option<Vec<u8>>,
    form_hash: Option<Vec<u8>>,
}

impl From<Row> for Record {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            subscription_id: row.subscription_id,
            subscriber_id: row.subscriber_id,
            list_id: row.list_id,
            at: row.at,
            event: row.event,
            via: row.via,
            form_id: row.form_id,
            form_version: row.form_version,
            wording: row.wording,
            language: row.language,
            circumstances: Circumstances { origin: row.origin, network: row.network, user_agent: row.user_agent },
            detail: row.detail,
            personal_salt: row.personal_salt,
            personal_hash: row.personal_hash,
            previous_hash: row.previous_hash,
            hash: row.hash,
            scheme: row.scheme,
            mail_hash: row.mail_hash,
            form_hash: row.form_hash,
        }
    }
}

/// The head of the chain; writing it as it is takes the row on both databases, and sees what was committed last.
pub(super) fn hold_head(conn: &mut Conn, account: AccountId) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(diesel::update(accounts::table.filter(accounts::id.eq(account)))
        .set(accounts::consent_head.eq(accounts::consent_head))
        .returning(accounts::consent_head)
        .get_result(conn)?)
}

pub(super) fn set_head(conn: &mut Conn, account: AccountId, hash: &[u8]) -> Result<(), StoreError> {
    diesel::update(accounts::table.filter(accounts::id.eq(account)))
        .set(accounts::consent_head.eq(hash))
        .execute(conn)?;
    Ok(())
}

pub(super) fn head(conn: &mut Conn, account: AccountId) -> Result<Option<Vec<u8>>, StoreError> {
    let found: Option<Option<Vec<u8>>> =
        accounts::table.filter(accounts::id.eq(account)).select(accounts::consent_head).first(conn).optional()?;
    Ok(found.flatten())
}

pub(super) fn address_hash(conn: &mut Conn, subscriber: SubscriberId) -> Result<Vec<u8>, StoreError> {
    Ok(subscribers::table.filter(subscribers::id.eq(subscriber)).select(subscribers::address_hash).first(conn)?)
}

#[derive(QueryableByName)]
struct Next {
    #[diesel(sql_type = BigInt)]
    number: ConsentRecordId,
}

/// The number of the next record, which its hash covers.
pub(super) fn next_id(conn: &mut Conn) -> Result<ConsentRecordId, StoreError> {
    let sql = dialect::next_id(conn, "consent_records");
    Ok(diesel::sql_query(sql).get_result::<Next>(conn)?.number)
}

/// How much of a network address is kept.
pub(super) fn kept_networks(conn: &mut Conn) -> Result<KeptNetworks, StoreError> {
    Ok(installation::table.select(installation::consent_networks).first(conn)?)
}

pub(super) fn keep_networks(conn: &mut Conn, kept: KeptNetworks) -> Result<(), StoreError> {
    diesel::update(installation::table).set(installation::consent_networks.eq(kept)).execute(conn)?;
    Ok(())
}

pub(super) fn insert(conn: &mut Conn, account: AccountId, record: &Record) -> Result<(), StoreError> {
    use consent_records as column;
    diesel::insert_into(consent_records::table)
        .values((
            column::id.eq(record.id),
            column::account_id.eq(account),
            column::subscription_id.eq(record.subscription_id),
            column::subscriber_id.eq(record.subscriber_id),
            column::list_id.eq(record.list_id),
            column::at.eq(record.at),
            column::event.eq(record.event),
            column::via.eq(&record.via),
            column::form_id.eq(record.form_id),
            column::form_version.eq(record.form_version),
            column::wording.eq(&record.wording),
            column::language.eq(record.language),
            column::origin.eq(&record.circumstances.origin),
            column::network.eq(&record.circumstances.network),
            column::user_agent.eq(&record.circumstances.user_agent),
            column::detail.eq(&record.detail),
            column::personal_salt.eq(&record.personal_salt),
            column::personal_hash.eq(&record.personal_hash),
            column::previous_hash.eq(&record.previous_hash),
            column::hash.eq(&record.hash),
            column::scheme.eq(record.scheme),
            column::mail_hash.eq(&record.mail_hash),
            column::form_hash.eq(&record.form_hash),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn of_subscriber(
    conn: &mut Conn,
    account: AccountId,
    subscriber: SubscriberId,
) -> Result<Vec<Record>, StoreError> {
    let rows = consent_records::table
        .filter(consent_records::account_id.eq(account))
        .filter(consent_records::subscriber_id.eq(subscriber))
        .order(consent_records::id)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Record::from).collect())
}

pub(super) fn latest(
    conn: &mut Conn,
    subscription: SubscriptionId,
    event: Event,
) -> Result<Option<Record>, StoreError> {
    let row = consent_records::table
        .filter(consent_records::subscription_id.eq(subscription))
        .filter(consent_records::event.eq(event))
        .order(consent_records::id.desc())
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Record::from))
}

/// Whether the owner of this address ever had it erased, for which a suppression stands, lifted or not.
pub(super) fn was_erasure_asked(conn: &mut Conn, account: AccountId, address_hash: &[u8]) -> Result<bool, StoreError> {
    let erasures = suppressions::table
        .filter(suppressions::account_id.eq(account))
        .filter(suppressions::address_hash.eq(address_hash))
        .filter(suppressions::reason.eq("erased"));
    Ok(diesel::select(diesel::dsl::exists(erasures)).get_result(conn)?)
}

pub(super) fn blank_personal(conn: &mut Conn, account: AccountId, subscriber: SubscriberId) -> Result<(), StoreError> {
    let of_person = consent_records::table
        .filter(consent_records::account_id.eq(account))
        .filter(consent_records::subscriber_id.eq(subscriber));
    diesel::update(of_person)
        .set((
            consent_records::network.eq(""),
            consent_records::user_agent.eq(""),
            consent_records::personal_salt.eq(None::<Vec<u8>>),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn has_left(conn: &mut Conn, subscription: SubscriptionId, doors: &[&str]) -> Result<bool, StoreError> {
    let own = consent_records::event
        .eq(Event::Confirmed)
        .or(consent_records::event.eq(Event::Withdrawn).and(consent_records::via.eq_any(doors)));
    let last: Option<Event> = consent_records::table
        .filter(consent_records::subscription_id.eq(subscription))
        .filter(own)
        .order(consent_records::id.desc())
        .select(consent_records::event)
        .first(conn)
        .optional()?;
    Ok(last == Some(Event::Withdrawn))
}
