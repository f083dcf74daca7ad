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

    /// Appends records, each about the person whose address has the keyed hash beside it.
    ///
    /// # Errors
    /// When the database cannot do it.
    pub fn append_all(
        &mut self,
        conn: &mut Conn,
        new: &[(NewRecord, Vec<u8>)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let ids = store::next_ids(conn, new.len())?;
        let mut records = Vec::with_capacity(new.len());
        for (id, (new, address_hash)) in ids.into_iter().zip(new) {
            let form_hash = form_hash(conn, new)?;
            records.push(self.record((id, new), (address_hash, None, form_hash), now));
        }
        store::insert(conn, self.account, &records)
    }

    fn link(
        &mut self,
        conn: &mut Conn,
        new: &NewRecord,
        (address_hash, mail): (&[u8], Option<&KeptMail>),
        now: Timestamp,
    ) -> Result<ConsentRecordId, StoreError> {
        let id = store::next_ids(conn, 1)?.into_iter().next();
        let id = id.ok_or_else(|| StoreError::Refused("the database gave no number".to_owned()))?;
        let form_hash = form_hash(conn, new)?;
        let record = self.record((id, new), (address_hash, mail, form_hash), now);
        store::insert(conn, self.account, &[record])?;
        if let Some(mail) = mail {
            mails::insert(conn, id, mail)?;
        }
        Ok(id)
    }

    /// The next record; the one after it is bound to it.
    fn record(
        &mut self,
        (id, new): (ConsentRecordId, &NewRecord),
        (address_hash, mail, form_hash): (&[u8], Option<&KeptMail>, Option<Vec<u8>>),
        now: Timestamp,
    ) -> Record {
        let network = self.networks.kept(&new.circumstances.network);
        let circumstances = Circumstances { network, ..new.circumstances.clone() };
        let salt = random_bytes::<16>().to_vec();
        let mut record = Record {
            id,
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
            scheme: chain::scheme_for(new.shown_in),
            mail_hash: mail.map(|mail| mail.hash.clone()),
            form_hash,
            shown_in: new.shown_in,
        };
        record.hash = chain::hash_of(&record, self.account, address_hash);
        self.head = Some(record.hash.clone());
        record
    }

    /// Writes the new head.
    ///
    /// # Errors
    /// When the database cannot do it.
    pub fn end(self, conn: &mut Conn) -> Result<(), StoreError> {
        self.head.map_or(Ok(()), |head| store::set_head(conn, self.account, &head))
    }
}

fn form_hash(conn: &mut Conn, new: &NewRecord) -> Result<Option<Vec<u8>>, StoreError> {
    new.form.map_or(Ok(None), |(form, version)| forms::version_hash(conn, form, version))
}
