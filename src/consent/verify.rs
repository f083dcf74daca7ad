//! The walk along a chain that finds the first thing that is not as it was written.

use super::links::{self, Link};
use super::mails::{self, Samples};
use super::seals::{self, SealedHead};
use super::versions::Versions;
use super::{chain, store};
use crate::keyring::Keyring;
use crate::storage::{AccountId, Conn, ConsentRecordId, StoreError, words};

/// How many records are read at once while a chain is checked.
const CHUNK: i64 = 500;

words! {
    /// What is not as it was written.
    pub enum Difference {
        /// A value that this program never writes: it cannot be read at all.
        Unreadable = "unreadable",
        /// Nothing, as far as it is known: it was written by a newer program, in a way that this one cannot check.
        Newer = "newer",
        /// The record does not follow the one before it: one is missing between them, or its link was changed.
        Link = "link",
        /// Something that the record says, or whom it is about.
        Content = "content",
        /// The network, the user agent or their salt; or they are gone, and nobody asked for an erasure.
        Personal = "personal",
        /// The kept mail is not the one that was sent, or it is gone, or its key is not in the secret file.
        Mail = "mail",
        /// The version of the form that was shown is not what it was when the record was written, or it is gone.
        Form = "form",
        /// The last records are gone, or the account names another one as its last.
        Head = "head",
        /// What was the last record on the day of a seal is in the chain no more.
        SealedHead = "sealed_head",
        /// A seal does not fit the seal before it, or not the chains that it was made over.
        Seal = "seal",
        /// A seal is not the one that was kept elsewhere.
        Copy = "copy",
    }
}

/// The first thing that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// At which record, where it is about one.
    pub record: Option<ConsentRecordId>,
    /// Of which day's seal, where it is about one.
    pub day: Option<String>,
    /// What differs.
    pub difference: Difference,
}

impl Break {
    pub(super) const fn at(record: ConsentRecordId, difference: Difference) -> Self {
        Self { record: Some(record), day: None, difference }
    }

    pub(super) const fn of_head() -> Self {
        Self { record: None, day: None, difference: Difference::Head }
    }

    pub(super) const fn of_day(day: String, difference: Difference) -> Self {
        Self { record: None, day: Some(day), difference }
    }
}

/// What a walk along an account's chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainState {
    /// Every record is as it was written; so many there are.
    Whole(u64),
    /// The first thing that is not.
    Broken(Break),
}

impl ChainState {
    /// Whether nothing was changed or taken away.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        matches!(self, Self::Whole(_))
    }
}

/// Walks along the chain of an account, from its first record to its head, past everything that was sealed on the way.
///
/// # Errors
/// When the database cannot be read.
pub fn verify_chain(conn: &mut Conn, keys: &Keyring, account: AccountId) -> Result<ChainState, StoreError> {
    let mut walk = Walk::begin(conn, keys, account)?;
    loop {
        if let Some(state) = walk.on(conn)? {
            return Ok(state);
        }
    }
}

/// A walk along the chain of an account, some records at a time.
pub struct Walk {
    check: Check,
    sealed: std::iter::Peekable<std::vec::IntoIter<SealedHead>>,
    before: Option<Vec<u8>>,
    after: ConsentRecordId,
    count: u64,
}

enum Step {
    Further,
    End,
    Broken(Break),
}

impl Walk {
    /// Stands before the first record.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn begin(conn: &mut Conn, keys: &Keyring, account: AccountId) -> Result<Self, StoreError> {
        Ok(Self {
            check: Check::of(keys, account),
            sealed: seals::heads_of(conn, account)?.into_iter().peekable(),
            before: None,
            after: ConsentRecordId(0),
            count: 0,
        })
    }

    /// Checks the next records, a few hundred; says what the walk found once it is over.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn on(&mut self, conn: &mut Conn) -> Result<Option<ChainState>, StoreError> {
        match self.chunk(conn)? {
            Step::Broken(found) => Ok(Some(ChainState::Broken(found))),
            Step::Further => Ok(None),
            Step::End => self.end(conn),
        }
    }

    fn end(&mut self, conn: &mut Conn) -> Result<Option<ChainState>, StoreError> {
        if store::head(conn, self.check.account)? != self.before {
            // Somebody may have signed up between the two questions; the record is there together with the head.
            return Ok(match self.chunk(conn)? {
                Step::Further => None,
                Step::Broken(found) => Some(ChainState::Broken(found)),
                Step::End => Some(ChainState::Broken(Break::of_head())),
            });
        }
        Ok(Some(match self.sealed.next() {
            Some(sealed) => ChainState::Broken(Break::of_day(sealed.day, Difference::SealedHead)),
            None => ChainState::Whole(self.count),
        }))
    }

    fn chunk(&mut self, conn: &mut Conn) -> Result<Step, StoreError> {
        let ids = links::ids_after(conn, self.check.account, self.after, CHUNK)?;
        let (Some(first), Some(last)) = (ids.first().copied(), ids.last().copied()) else { return Ok(Step::End) };
        let Some(links) = readable(links::read(conn, &ids))? else { return unreadable(conn, &ids) };
        let Some(mut mails) = readable(mails::between(conn, self.check.account, first, last))? else {
            return Ok(Step::Broken(Break::at(first, Difference::Unreadable)));
        };
        let mut links = links.into_iter();
        for id in ids {
            let Some(link) = links.next().filter(|link| link.record.id == id) else {
                return Ok(Step::Broken(Break::at(id, Difference::Unreadable)));
            };
            if let Some(difference) =
                self.check.difference(conn, self.before.as_deref(), &link, mails.remove(&id).as_ref())?
            {
                return Ok(Step::Broken(Break::at(id, difference)));
            }
            if self.sealed.peek().is_some_and(|sealed| sealed.head == link.record.hash) {
                self.sealed.next();
            }
            self.after = id;
            self.before = Some(link.record.hash);
            self.count += 1;
        }
        Ok(Step::Further)
    }
}

/// What is asked of each record.
pub(super) struct Check {
    pub(super) account: AccountId,
    keys: Keyring,
    samples: Samples,
    forms: Versions,
}

impl Check {
    pub(super) fn of(keys: &Keyring, account: AccountId) -> Self {
        Self { account, keys: keys.clone(), samples: Samples::default(), forms: Versions::default() }
    }

    /// What is not as it was written; `before` is the hash of the record before it.
    pub(super) fn difference(
        &mut self,
        conn: &mut Conn,
        before: Option<&[u8]>,
        link: &Link,
        mail: Option<&mails::Kept>,
    ) -> Result<Option<Difference>, StoreError> {
        let record = &link.record;
        if record.previous_hash.as_deref() != before {
            return Ok(Some(Difference::Link));
        }
        let address_hash = link.address_hash.as_deref().unwrap_or_default();
        if let Some(difference) = chain::difference(record, link.account_id, link.address_hash.as_deref()) {
            return Ok(Some(difference));
        }
        if !self.forms.is_as_shown(conn, record)? {
            return Ok(Some(Difference::Form));
        }
        let is_blank = record.personal_salt.is_none();
        if !chain::is_personal_kept(record)
            || (is_blank && !store::was_erasure_asked(conn, self.account, address_hash)?)
        {
            return Ok(Some(Difference::Personal));
        }
        let is_mail_kept = match (&record.mail_hash, mail) {
            (None, None) => true,
            (None, Some(_)) => false,
            (Some(_), None) => is_blank,
            (Some(hash), Some(kept)) => self.samples.is_mail(conn, &self.keys, kept, hash)?,
        };
        Ok((!is_mail_kept).then_some(Difference::Mail))
    }
}

/// What was read; `None` where a row holds what this program never writes.
pub(super) fn readable<T>(read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(StoreError::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// One of these records cannot be read: which is the first one?
fn unreadable(conn: &mut Conn, ids: &[ConsentRecordId]) -> Result<Step, StoreError> {
    for id in ids {
        if readable(links::read(conn, &[*id]))?.is_none() {
            return Ok(Step::Broken(Break::at(*id, Difference::Unreadable)));
        }
    }
    Ok(Step::End)
}
