//! The `consent_records` table, and the head of the chain in `accounts`.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Integer, Nullable, Text};

use super::{Circumstances, Event, Record};
use crate::config::KeptNetworks;
use crate::storage::columns::PublicId;
use crate::storage::schema::{accounts, consent_records, installation, subscribers, suppressions};
use crate::storage::{
    AccountId, Conn, ConsentRecordId, FormId, Language, ListId, StoreError, SubscriberId, SubscriptionId, Timestamp,
    dialect, insert_all, prepared,
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
    shown_in: Option<Language>,
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
            shown_in: row.shown_in,
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

/// The numbers of the next records, rising, which their hashes cover.
pub(super) fn next_ids(conn: &mut Conn, count: usize) -> Result<Vec<ConsentRecordId>, StoreError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let sql = dialect::next_ids(conn, "consent_records");
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let found: Vec<Next> = prepared(&sql).bind::<BigInt, _>(count).load(conn)?;
    Ok(found.into_iter().map(|next| next.number).collect())
}

/// How much of a network address is kept.
pub(super) fn kept_networks(conn: &mut Conn) -> Result<KeptNetworks, StoreError> {
    Ok(installation::table.select(installation::consent_networks).first(conn)?)
}

pub(super) fn keep_networks(conn: &mut Conn, kept: KeptNetworks) -> Result<(), StoreError> {
    diesel::update(installation::table).set(installation::consent_networks.eq(kept)).execute(conn)?;
    Ok(())
}

pub(super) fn insert(conn: &mut Conn, account: AccountId, records: &[Record]) -> Result<(), StoreError> {
    let rows: Vec<(AccountId, &Record)> = records.iter().map(|record| (account, record)).collect();
    insert_all(
        conn,
        "consent_records (id, account_id, subscription_id, subscriber_id, list_id, at, event, via, form_id, form_version, \
         wording, language, origin, network, user_agent, detail, personal_salt, personal_hash, previous_hash, hash, \
         scheme, mail_hash, form_hash, shown_in)",
        &rows,
        |statement, (account, record)| {
            statement
                .bind::<BigInt, _>(record.id)
                .bind::<PublicId, _>(*account)
                .bind::<PublicId, _>(record.subscription_id)
                .bind::<PublicId, _>(record.subscriber_id)
                .bind::<PublicId, _>(record.list_id)
                .bind::<BigInt, _>(record.at)
                .bind::<Text, _>(record.event.word())
                .bind::<Text, _>(record.via.as_str())
                .bind::<Nullable<PublicId>, _>(record.form_id)
                .bind::<Nullable<Integer>, _>(record.form_version)
                .bind::<Text, _>(record.wording.as_str())
                .bind::<Text, _>(record.language.tag())
                .bind::<Text, _>(record.circumstances.origin.as_str())
                .bind::<Text, _>(record.circumstances.network.as_str())
                .bind::<Text, _>(record.circumstances.user_agent.as_str())
                .bind::<Text, _>(record.detail.as_str())
                .bind::<Nullable<Binary>, _>(record.personal_salt.as_deref())
                .bind::<Binary, _>(record.personal_hash.as_slice())
                .bind::<Nullable<Binary>, _>(record.previous_hash.as_deref())
                .bind::<Binary, _>(record.hash.as_slice())
                .bind::<Integer, _>(record.scheme)
                .bind::<Nullable<Binary>, _>(record.mail_hash.as_deref())
                .bind::<Nullable<Binary>, _>(record.form_hash.as_deref())
                .bind::<Nullable<Text>, _>(record.shown_in.map(Language::tag))
        },
    )
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
