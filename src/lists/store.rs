//! The `lists` table.

use diesel::prelude::*;

use super::List;
use crate::mail::EmailAddress;
use crate::storage::schema::lists;
use crate::storage::{AccountId, Conn, Language, ListId, StoreError, Timestamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = lists)]
struct Row {
    id: ListId,
    account_id: AccountId,
    name: String,
    from_name: String,
    from_address: EmailAddress,
    reply_to: Option<EmailAddress>,
    language: Language,
    description: String,
    has_archive: bool,
    sends_welcome: bool,
    sends_goodbye: bool,
    created_at: Timestamp,
    closed_at: Option<Timestamp>,
}

impl From<Row> for List {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            account_id: row.account_id,
            name: row.name,
            from_name: row.from_name,
            from_address: row.from_address,
            reply_to: row.reply_to,
            language: row.language,
            description: row.description,
            has_archive: row.has_archive,
            sends_welcome: row.sends_welcome,
            sends_goodbye: row.sends_goodbye,
            created_at: row.created_at,
            closed_at: row.closed_at,
        }
    }
}

pub(super) fn insert(conn: &mut Conn, list: &List) -> Result<(), StoreError> {
    diesel::insert_into(lists::table)
        .values((
            lists::id.eq(list.id),
            lists::account_id.eq(list.account_id),
            lists::name.eq(&list.name),
            lists::from_name.eq(&list.from_name),
            lists::from_address.eq(list.from_address.as_str()),
            lists::reply_to.eq(list.reply_to.as_ref().map(EmailAddress::as_str)),
            lists::language.eq(list.language),
            lists::description.eq(&list.description),
            lists::has_archive.eq(list.has_archive),
            lists::sends_welcome.eq(list.sends_welcome),
            lists::sends_goodbye.eq(list.sends_goodbye),
            lists::created_at.eq(list.created_at),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn update(conn: &mut Conn, list: &List) -> Result<(), StoreError> {
    diesel::update(lists::table.filter(lists::id.eq(list.id)).filter(lists::account_id.eq(list.account_id)))
        .set((
            lists::name.eq(&list.name),
            lists::from_name.eq(&list.from_name),
            lists::from_address.eq(list.from_address.as_str()),
            lists::reply_to.eq(list.reply_to.as_ref().map(EmailAddress::as_str)),
            lists::language.eq(list.language),
            lists::description.eq(&list.description),
            lists::has_archive.eq(list.has_archive),
            lists::sends_welcome.eq(list.sends_welcome),
            lists::sends_goodbye.eq(list.sends_goodbye),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn find(conn: &mut Conn, account: AccountId, id: ListId) -> Result<Option<List>, StoreError> {
    let row = lists::table
        .filter(lists::id.eq(id))
        .filter(lists::account_id.eq(account))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(List::from))
}

pub(super) fn find_public(conn: &mut Conn, id: ListId) -> Result<Option<List>, StoreError> {
    let row = lists::table
        .filter(lists::id.eq(id))
        .filter(lists::closed_at.is_null())
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(List::from))
}

pub(super) fn close(conn: &mut Conn, account: AccountId, id: ListId, now: Timestamp) -> Result<bool, StoreError> {
    let open =
        lists::table.filter(lists::id.eq(id)).filter(lists::account_id.eq(account)).filter(lists::closed_at.is_null());
    Ok(diesel::update(open).set(lists::closed_at.eq(now)).execute(conn)? > 0)
}

pub(super) fn of_account(conn: &mut Conn, account: AccountId) -> Result<Vec<List>, StoreError> {
    let rows = lists::table
        .filter(lists::account_id.eq(account))
        .filter(lists::closed_at.is_null())
        .order(lists::id)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(List::from).collect())
}
