//! Appending to the chain of an account.

use super::{Circumstances, KeptMail, NewRecord, Record, chain, mails, store};
use crate::config::KeptNetworks;
use crate::forms;
use crate::keyring::random_bytes;
use crate::storage::{AccountId, Conn, ConsentRecordId, StoreError, Timestamp};

/// Takes the account's chain for this transaction, so that nobody else appends to it meanwhile.
///
/// Use cases call it before they read what they are going to change: then two of them on one account never wait for each
/// other in turns, and one sees what the other wrote.
///
/// # Errors
/// When the database cannot do it, or there is no such account.
pub fn hold(conn: &mut Conn, account: AccountId) -> Result<(), StoreError> {
    store::hold_head(conn, account).map(drop)
}

/// Appends a record to the chain of its account; of the network it keeps what the operator chose.
///
/// # Errors
/// When the database cannot do it.
pub fn append(conn: &mut Conn, new: &NewRecord, now: Timestamp) -> Result<ConsentRecordId, StoreError> {
    append_with(conn, new, None, now)
}

/// [`append`] with the mail that the record is about.
///
/// # Errors
/// When the database cannot do it.
pub fn append_mail(
    conn: &mut Conn,
    new: &NewRecord,
    mail: &KeptMail,
    now: Timestamp,
) -> Result<ConsentRecordId, StoreError> {
    append_with(conn, new, Some(mail), now)
}

fn append_with(
    conn: &mut Conn,
    new: &NewRecord,
    mail: Option<&KeptMail>,
    now: Timestamp,
) -> Result<ConsentRecordId, StoreError> {
    let mut chain = Chain::hold(conn, new.account_id)?;
    let address_hash = store::address_hash(conn, new.subscriber_id)?;
    let id = chain.link(conn, new, (&address_hash, mail), now)?;
    chain.end(conn)?;
    Ok(id)
}

/// The end of an account's chain, for whoever appends many records in one transaction. What was appended counts once
/// [`Chain::end`] wrote the new head.
#[must_use]
pub struct Chain {
    account: AccountId,
    head: Option<Vec<u8>>,
    networks: KeptNetworks,
}

impl Chain {
    /// Takes the chain, as [`hold`] does.
    ///
    /// # Errors
    /// When the database cannot do it, or there is no such account.
    pub fn hold(conn: &mut Conn, account: AccountId) -> Result<Self, StoreError> {
        let head = store::hold_head(conn, account)?;
        Ok(Self { account, head, networks: store::kept_networks(conn)? })
    }

    /// Appends a record about the person whose address has this keyed hash.
    ///
    /// # Errors
    /// When the database cannot do it.
    pub fn append(
        &mut self,
        conn: &mut Conn,
        new: &NewRecord,
        address_hash: &[u8],
        now: Timestamp,
    ) -> Result<ConsentRecordId, StoreError> {
        self.link(conn, new, (address_hash, None), now)
    }

    fn link(
        &mut self,
        conn: &mut Conn,
        new: &NewRecord,
        (address_hash, mail): (&[u8], Option<&KeptMail>),
        now: Timestamp,
    ) -> Result<ConsentRecordId, StoreError> {
        let network = self.networks.kept(&new.circumstances.network);
        let circumstances = Circumstances { network, ..new.circumstances.clone() };
        let form_hash = match new.form {
            Some((form, version)) => forms::version_hash(conn, form, version)?,
            None => None,
        };
        let salt = random_bytes::<16>().to_vec();
        let mut record = Record {
            id: store::next_id(conn)?,
            subscription_id: new.subscription_id,
            subscriber_id: new.subscriber_id,
            list_id: new.list_id,
            at: now,
            event: new.event,
            via: new.via.to_owned(),
            form_id: new.form.map(|(id, _)| id),
            form_version: new.form.map(|(_, version)| version),
            wording: new.wording.clone(),
            language: new.language,
            detail: new.detail.clone(),
            personal_hash: chain::personal_hash(&salt, &circumstances),
            personal_salt: Some(salt),
            circumstances,
            previous_hash: self.head.clone(),
            hash: Vec::new(),
            scheme: chain::SCHEME,
            mail_hash: mail.map(|mail| mail.hash.clone()),
            form_hash,
        };
        record.hash = chain::hash_of(&record, self.account, address_hash);
        store::insert(conn, self.account, &record)?;
        if let Some(mail) = mail {
            mails::insert(conn, record.id, mail)?;
        }
        self.head = Some(record.hash);
        Ok(record.id)
    }

    /// Writes the new head.
    ///
    /// # Errors
    /// When the database cannot do it.
    pub fn end(self, conn: &mut Conn) -> Result<(), StoreError> {
        self.head.map_or(Ok(()), |head| store::set_head(conn, self.account, &head))
    }
}
