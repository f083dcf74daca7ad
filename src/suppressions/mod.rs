//! Addresses that an account may not mail, with the reason and the evidence.
//!
//! A suppression names the keyed hash of the address, and the address itself until an erasure. There is at most one in
//! force for each reason; a lifted one stays as a record. Lists do not matter here: it holds for the whole account.

mod store;

use crate::audit::{self, Actor, Entry};
use crate::mail::EmailAddress;
use crate::storage::{AccountId, Conn, DeliveryId, StoreError, SuppressionId, Timestamp, words};
use crate::subscribers;

words! {
    /// Why an address may not be mailed.
    pub enum Reason {
        /// Mail to it is refused for good.
        HardBounce = "hard_bounce",
        /// Mail to it kept failing for weeks.
        SoftBounces = "soft_bounces",
        /// Its owner reported our mail as unwanted.
        Complaint = "complaint",
        /// Its owner says that somebody else typed it in.
        NotMe = "not_me",
        /// Its owner asked for erasure; only the keyed hash is left.
        Erased = "erased",
        /// The account's own decision.
        Manual = "manual",
    }
}

impl Reason {
    /// Whether the account's users may lift it: never a complaint or a person's own wish.
    #[must_use]
    pub const fn may_be_lifted(self) -> bool {
        matches!(self, Self::HardBounce | Self::SoftBounces | Self::Manual)
    }

    /// Whether it says that mail came back, which may be forgiven once.
    #[must_use]
    pub const fn is_of_mail_that_came_back(self) -> bool {
        matches!(self, Self::HardBounce | Self::SoftBounces)
    }

    /// Whether the person may still ask, by a form and a new confirmation, to receive mail again.
    ///
    /// After an erasure nothing speaks against a person who comes back; the account's own decision stands until the
    /// account lifts it, and a dead mailbox, a complaint or a "not me" is not asked again.
    #[must_use]
    pub const fn lets_the_person_come_back(self) -> bool {
        matches!(self, Self::Erased)
    }

    /// Whether it also stops mail to a subscription that was confirmed.
    ///
    /// "I did not ask for this" ends what it was said of and forbids new requests; it does not take away another list of
    /// the same sender, which its owner confirmed.
    #[must_use]
    pub const fn stops_confirmed_mail(self) -> bool {
        !matches!(self, Self::NotMe)
    }
}

/// An address that an account may not mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Its public id.
    pub id: SuppressionId,
    /// Who may not mail it.
    pub account_id: AccountId,
    /// The address; gone after an erasure.
    pub address: Option<EmailAddress>,
    /// Why.
    pub reason: Reason,
    /// What shows it, such as the reply of a mail server; may be empty.
    pub evidence: String,
    /// The delivery that came back, where there is one.
    pub delivery_id: Option<DeliveryId>,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when, if it was lifted.
    pub lifted_at: Option<Timestamp>,
    /// Why it was lifted.
    pub lift_reason: Option<String>,
}

/// An address to be suppressed.
#[derive(Debug, Clone)]
pub struct NewSuppression {
    /// Who may not mail it any more.
    pub account_id: AccountId,
    /// The address.
    pub address: EmailAddress,
    /// Why.
    pub reason: Reason,
    /// What shows it.
    pub evidence: String,
    /// The delivery that came back.
    pub delivery_id: Option<DeliveryId>,
}

/// Suppresses an address; `None` when it already was for the same reason, whose first evidence stands.
///
/// # Errors
/// When the database cannot do it.
pub fn suppress(conn: &mut Conn, new: &NewSuppression, now: Timestamp) -> Result<Option<SuppressionId>, StoreError> {
    let Some(hash) = subscribers::hash_for(conn, new.account_id, &new.address)? else { return Ok(None) };
    if in_force(conn, new.account_id, &hash)?.contains(&new.reason) {
        return Ok(None);
    }
    let suppression = Suppression {
        id: SuppressionId::new(),
        account_id: new.account_id,
        address: Some(new.address.clone()),
        reason: new.reason,
        evidence: new.evidence.clone(),
        delivery_id: new.delivery_id,
        created_at: now,
        lifted_at: None,
        lift_reason: None,
    };
    store::insert(conn, &suppression, &hash)?;
    Ok(Some(suppression.id))
}

/// Suppresses what is left of an erased person: only the hash, and no address on older suppressions of it either.
pub(crate) fn suppress_erased(
    conn: &mut Conn,
    account: AccountId,
    hash: &[u8],
    now: Timestamp,
) -> Result<(), StoreError> {
    store::blank(conn, account, hash)?;
    if in_force(conn, account, hash)?.contains(&Reason::Erased) {
        return Ok(());
    }
    let suppression = Suppression {
        id: SuppressionId::new(),
        account_id: account,
        address: None,
        reason: Reason::Erased,
        evidence: String::new(),
        delivery_id: None,
        created_at: now,
        lifted_at: None,
        lift_reason: None,
    };
    store::insert(conn, &suppression, hash)
}

/// Why this account may not mail the address with this hash (see [`subscribers::address_hash`]); empty when it may.
///
/// # Errors
/// When the database cannot be read.
pub fn in_force(conn: &mut Conn, account: AccountId, hash: &[u8]) -> Result<Vec<Reason>, StoreError> {
    store::in_force(conn, account, hash)
}

/// Everything that speaks, or once spoke, against mailing the address with this hash, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub fn of_address(conn: &mut Conn, account: AccountId, hash: &[u8]) -> Result<Vec<Suppression>, StoreError> {
    store::of_address(conn, account, hash)
}

/// What became of the wish to lift a suppression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiftOutcome {
    /// It is lifted.
    Lifted,
    /// The reason is not the sender's to undo: a complaint, or the person's own wish.
    NotTheirs(Reason),
    /// Mail that came back is forgiven once: this one was lifted before, and the address came back again.
    LiftedBefore(Box<Suppression>),
    /// Why an address may be mailed that mail came back from has to be said.
    NeedsReason,
    /// The account has no such suppression in force.
    NotThere,
}

/// Lifts a suppression on behalf of the account: its own decision whenever it likes, mail that came back once and with a
/// reason, and never a complaint or a person's own wish.
///
/// # Errors
/// When the database cannot do it.
pub fn lift(
    conn: &mut Conn,
    account: AccountId,
    id: SuppressionId,
    why: &str,
    by: Actor,
    now: Timestamp,
) -> Result<LiftOutcome, StoreError> {
    let found = find(conn, account, id)?.filter(|suppression| suppression.lifted_at.is_none());
    let Some(suppression) = found else { return Ok(LiftOutcome::NotThere) };
    if !suppression.reason.may_be_lifted() {
        return Ok(LiftOutcome::NotTheirs(suppression.reason));
    }
    if suppression.reason.is_of_mail_that_came_back() {
        if why.trim().is_empty() {
            return Ok(LiftOutcome::NeedsReason);
        }
        if let Some(before) = store::lifted_before(conn, account, id)? {
            return Ok(LiftOutcome::LiftedBefore(Box::new(before)));
        }
    }
    store::lift(conn, id, why.trim(), now)?;
    let entry = Entry::of(by, "suppression.lift").account(account).subject(&id).reason(why.trim());
    audit::record(conn, &entry, now)?;
    Ok(LiftOutcome::Lifted)
}

/// Every suppression of an address, lifted ones too, oldest first: a part of its story.
///
/// # Errors
/// When the database cannot be read.
pub fn of_hash(conn: &mut Conn, account: AccountId, hash: &[u8]) -> Result<Vec<Suppression>, StoreError> {
    store::of_hash(conn, account, hash)
}

/// Lifts `erased` because the person came back and confirmed.
pub(crate) fn lift_erased(conn: &mut Conn, account: AccountId, hash: &[u8], now: Timestamp) -> Result<(), StoreError> {
    store::lift_reason(conn, account, hash, Reason::Erased, "the person asked again and confirmed", now)
}

/// The suppression of this account with this id, in force or lifted.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, account: AccountId, id: SuppressionId) -> Result<Option<Suppression>, StoreError> {
    store::find(conn, account, id)
}

/// A page of an account's suppressions in force, newest first, from the one before `cursor` on.
///
/// # Errors
/// When the database cannot be read.
pub fn page(
    conn: &mut Conn,
    account: AccountId,
    cursor: Option<SuppressionId>,
    limit: i64,
) -> Result<Vec<Suppression>, StoreError> {
    store::page(conn, account, cursor, limit)
}
