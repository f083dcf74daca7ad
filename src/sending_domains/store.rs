//! The table `sending_domains`.

use diesel::prelude::*;

use super::{Finding, PrivateKey, SendingDomain};
use crate::storage::schema::sending_domains;
use crate::storage::{AccountId, Conn, SendingDomainId, StoreError, Timestamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = sending_domains)]
struct Row {
    id: SendingDomainId,
    account_id: AccountId,
    name: String,
    dkim_selector: String,
    dkim_private_key: Vec<u8>,
    findings: String,
    checked_at: Option<Timestamp>,
    verified_at: Option<Timestamp>,
    created_at: Timestamp,
}

impl Row {
    fn domain(self) -> Result<SendingDomain, StoreError> {
        Ok(SendingDomain {
            id: self.id,
            account_id: self.account_id,
            name: self.name,
            selector: self.dkim_selector,
            private_key: PrivateKey(self.dkim_private_key),
            findings: serde_json::from_str(&self.findings)
                .map_err(|error| StoreError::Refused(format!("stored findings: {error}")))?,
            checked_at: self.checked_at,
            verified_at: self.verified_at,
            created_at: self.created_at,
        })
    }
}

pub(super) fn by_name(conn: &mut Conn, account: AccountId, name: &str) -> Result<Option<SendingDomain>, StoreError> {
    let of_name = sending_domains::account_id.eq(account).and(sending_domains::name.eq(name));
    let row = sending_domains::table.filter(of_name).select(Row::as_select()).first(conn).optional()?;
    row.map(Row::domain).transpose()
}

pub(super) fn by_id(
    conn: &mut Conn,
    account: AccountId,
    id: SendingDomainId,
) -> Result<Option<SendingDomain>, StoreError> {
    let of_id = sending_domains::account_id.eq(account).and(sending_domains::id.eq(id));
    let row = sending_domains::table.filter(of_id).select(Row::as_select()).first(conn).optional()?;
    row.map(Row::domain).transpose()
}

pub(super) fn of_account(conn: &mut Conn, account: AccountId) -> Result<Vec<SendingDomain>, StoreError> {
    let rows = sending_domains::table
        .filter(sending_domains::account_id.eq(account))
        .order(sending_domains::name)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::domain).collect()
}

pub(super) fn insert(conn: &mut Conn, domain: &SendingDomain) -> Result<(), StoreError> {
    diesel::insert_into(sending_domains::table)
        .values((
            sending_domains::id.eq(domain.id),
            sending_domains::account_id.eq(domain.account_id),
            sending_domains::name.eq(&domain.name),
            sending_domains::dkim_selector.eq(&domain.selector),
            sending_domains::dkim_private_key.eq(&domain.private_key.0),
            sending_domains::findings.eq(written(&domain.findings)?),
            sending_domains::created_at.eq(domain.created_at),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn set_findings(conn: &mut Conn, domain: &SendingDomain) -> Result<(), StoreError> {
    diesel::update(sending_domains::table.find(domain.id))
        .set((
            sending_domains::findings.eq(written(&domain.findings)?),
            sending_domains::checked_at.eq(domain.checked_at),
            sending_domains::verified_at.eq(domain.verified_at),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn delete(conn: &mut Conn, account: AccountId, id: SendingDomainId) -> Result<bool, StoreError> {
    let of_account = sending_domains::table.find(id).filter(sending_domains::account_id.eq(account));
    Ok(diesel::delete(of_account).execute(conn)? > 0)
}

fn written(findings: &[Finding]) -> Result<String, StoreError> {
    serde_json::to_string(findings).map_err(|error| StoreError::Refused(format!("findings: {error}")))
}
