//! The table `api_tokens`.

use diesel::prelude::*;

use super::{NewToken, Token, TokenHolder};
use crate::accounts::Scope;
use crate::storage::schema::api_tokens;
use crate::storage::{AccountId, ApiTokenId, Conn, StoreError, Timestamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = api_tokens)]
struct Row {
    id: ApiTokenId,
    label: String,
    scope: Scope,
    created_at: Timestamp,
    used_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

impl Row {
    fn token(self) -> Token {
        let Self { id, label, scope, created_at, used_at, revoked_at } = self;
        Token { id, label, scope, created_at, used_at, revoked_at }
    }
}

pub(super) fn insert(
    conn: &mut Conn,
    id: ApiTokenId,
    new: &NewToken,
    hash: &[u8],
    now: Timestamp,
) -> Result<(), StoreError> {
    diesel::insert_into(api_tokens::table)
        .values((
            api_tokens::id.eq(id),
            api_tokens::account_id.eq(new.account_id),
            api_tokens::token_hash.eq(hash),
            api_tokens::label.eq(&new.label),
            api_tokens::scope.eq(new.scope),
            api_tokens::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn holder(conn: &mut Conn, hash: &[u8]) -> Result<Option<TokenHolder>, StoreError> {
    let row: Option<(ApiTokenId, Option<AccountId>, Scope)> = api_tokens::table
        .filter(api_tokens::token_hash.eq(hash).and(api_tokens::revoked_at.is_null()))
        .select((api_tokens::id, api_tokens::account_id, api_tokens::scope))
        .first(conn)
        .optional()?;
    Ok(row.map(|(token_id, account_id, scope)| TokenHolder { token_id, account_id, scope }))
}

pub(super) fn used(conn: &mut Conn, id: ApiTokenId, now: Timestamp, before: Timestamp) -> Result<(), StoreError> {
    let stale = api_tokens::used_at.is_null().or(api_tokens::used_at.lt(before));
    diesel::update(api_tokens::table.find(id).filter(stale)).set(api_tokens::used_at.eq(now)).execute(conn)?;
    Ok(())
}

pub(super) fn of_account(conn: &mut Conn, account: Option<AccountId>) -> Result<Vec<Token>, StoreError> {
    let mut query = api_tokens::table.order(api_tokens::id.desc()).select(Row::as_select()).into_boxed();
    query = match account {
        Some(id) => query.filter(api_tokens::account_id.eq(id)),
        None => query.filter(api_tokens::account_id.is_null()),
    };
    Ok(query.load(conn)?.into_iter().map(Row::token).collect())
}

pub(super) fn revoke(
    conn: &mut Conn,
    account: Option<AccountId>,
    id: ApiTokenId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let in_force = api_tokens::table.find(id).filter(api_tokens::revoked_at.is_null());
    let revoked = api_tokens::revoked_at.eq(now);
    let changed = match account {
        Some(account) => {
            diesel::update(in_force.filter(api_tokens::account_id.eq(account))).set(revoked).execute(conn)?
        }
        None => diesel::update(in_force.filter(api_tokens::account_id.is_null())).set(revoked).execute(conn)?,
    };
    Ok(changed > 0)
}
