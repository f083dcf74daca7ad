//! The table `sending_domains`.

use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Finding, PrivateKey, Record, SendingDomain, Signing};
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
    signing: Signing,
    ed25519_private_key: Option<Vec<u8>>,
    ed25519_finding: Option<String>,
    ed25519_found_at: Option<Timestamp>,
}

impl Row {
    fn domain(self) -> Result<SendingDomain, StoreError> {
        let mut findings: Vec<Finding> = read(&self.findings)?;
        if let Some(finding) = &self.ed25519_finding {
            findings.push(read(finding)?);
        }
        Ok(SendingDomain {
            id: self.id,
            account_id: self.account_id,
            name: self.name,
            selector: self.dkim_selector,
            private_key: PrivateKey(self.dkim_private_key),
            signing: self.signing,
            ed25519_key: self.ed25519_private_key.map(PrivateKey),
            ed25519_found_at: self.ed25519_found_at,
            findings,
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
            sending_domains::findings.eq(written(&others(domain))?),
            sending_domains::created_at.eq(domain.created_at),
            sending_domains::signing.eq(domain.signing),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn set_findings(conn: &mut Conn, domain: &SendingDomain) -> Result<(), StoreError> {
    diesel::update(sending_domains::table.find(domain.id))
        .set((
            sending_domains::findings.eq(written(&others(domain))?),
            sending_domains::checked_at.eq(domain.checked_at),
            sending_domains::verified_at.eq(domain.verified_at),
            sending_domains::ed25519_finding.eq(of_second_key(domain)?),
            sending_domains::ed25519_found_at.eq(domain.ed25519_found_at),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn set_signing(conn: &mut Conn, domain: &SendingDomain) -> Result<(), StoreError> {
    let key = domain.ed25519_key.as_ref().map(|key| key.0.as_slice());
    diesel::update(sending_domains::table.find(domain.id))
        .set((
            sending_domains::signing.eq(domain.signing),
            sending_domains::ed25519_private_key.eq(key),
            sending_domains::ed25519_finding.eq(of_second_key(domain)?),
            sending_domains::ed25519_found_at.eq(domain.ed25519_found_at),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn delete(conn: &mut Conn, account: AccountId, id: SendingDomainId) -> Result<bool, StoreError> {
    let of_account = sending_domains::table.find(id).filter(sending_domains::account_id.eq(account));
    Ok(diesel::delete(of_account).execute(conn)? > 0)
}

/// What every version can read.
fn others(domain: &SendingDomain) -> Vec<&Finding> {
    domain.findings.iter().filter(|finding| finding.record != Record::DkimEd25519).collect()
}

fn of_second_key(domain: &SendingDomain) -> Result<Option<String>, StoreError> {
    domain.findings.iter().find(|finding| finding.record == Record::DkimEd25519).map(written).transpose()
}

fn written(found: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(found).map_err(|error| StoreError::Refused(format!("findings: {error}")))
}

fn read<T: DeserializeOwned>(found: &str) -> Result<T, StoreError> {
    serde_json::from_str(found).map_err(|error| StoreError::Refused(format!("stored findings: {error}")))
}
