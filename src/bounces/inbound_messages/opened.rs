//! A stored message, read and made ready to be judged.

use chrono::TimeDelta;

use super::marks::{self, Ours};
use super::reporter::Reporter;
use super::{Channel, Waiting};
use crate::deliveries::Delivery;
use crate::keyring::Keyring;
use crate::mail::inbound::{self, Inbound, Kind};
use crate::mail::relay_events;
use crate::storage::{InboundMessageId, Timestamp};

/// A stored message, read: megabytes are not looked through while the database is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The row.
    pub id: InboundMessageId,
    /// The door.
    channel: Channel,
    /// Who handed it in.
    source: String,
    /// When it came.
    pub(super) received_at: Timestamp,
    /// `MAIL FROM` was empty, at a door where it is known.
    has_null_sender: bool,
    /// `RCPT TO`.
    pub(super) envelope_to: String,
    /// What it says; `None` when it cannot be read as a message.
    pub(super) read: Option<Inbound>,
    /// Of a relay's own event, whose signature was verified at the door: the addresses that it was handed.
    pub(super) handed_to: Option<Vec<String>>,
    /// Of a complaint: who reports, as far as it was asked.
    reporter: Option<Reporter>,
}

/// How long a complaint waits for a name server that does not answer, and how often it is asked meanwhile.
const PATIENCE: TimeDelta = TimeDelta::days(1);
pub(super) const AGAIN_AFTER: TimeDelta = TimeDelta::minutes(10);

impl Opened {
    /// A message that could not even be looked at.
    #[must_use]
    pub fn unreadable(id: InboundMessageId, received_at: Timestamp) -> Self {
        Self {
            id,
            channel: Channel::Smtp,
            source: String::new(),
            received_at,
            has_null_sender: false,
            envelope_to: String::new(),
            read: None,
            handed_to: None,
            reporter: None,
        }
    }

    /// Whether it is a complaint about a delivery of ours of which it is not known yet who reports it.
    #[must_use]
    pub fn lacks_a_reporter(&self, keys: &Keyring) -> bool {
        let is_ours = |read: &Inbound| {
            matches!(marks::of_address(keys, &self.envelope_to), Some(Ours::Delivery(_)))
                || marks::of_report(keys, read).is_some()
        };
        let is_asked_for = self.reporter.is_none() && self.handed_to.is_none();
        is_asked_for && self.read.as_ref().is_some_and(|read| read.kind == Kind::Complaint && is_ours(read))
    }

    /// What it is about, by the address that it came to or else by a mark inside.
    pub(super) fn names(&self, keys: &Keyring) -> Option<Ours> {
        let inside = || marks::of_report(keys, self.read.as_ref()?).map(Ours::Delivery);
        marks::of_address(keys, &self.envelope_to).or_else(inside)
    }

    /// Whether what came to an unsubscribe address is a person's wish. Whoever calls the mail unwanted there wants to be
    /// taken off. A program that answers by itself, or returns mail, is nobody's wish; but the words of a subject or a
    /// text do not make a program of a person: readers quote, and some write "this address no longer works".
    pub(super) fn is_wish(&self, read: &Inbound) -> bool {
        match read.kind {
            Kind::Unsubscribe | Kind::Unrelated | Kind::Complaint => true,
            Kind::Bounce | Kind::Delayed | Kind::AutoReply => !read.is_automatic && !self.has_null_sender,
        }
    }

    /// The same with what is known of its reporter.
    #[must_use]
    pub fn reported_by(self, reporter: Reporter) -> Self {
        Self { reporter: Some(reporter), ..self }
    }

    /// Whether it is worth waiting for a name server; not where an account's own word may do.
    pub(super) fn may_be_surer_later(&self, now: Timestamp) -> bool {
        let is_unsure = self.reporter == Some(Reporter::Unsure) && self.channel != Channel::Api;
        is_unsure && now < self.received_at + PATIENCE
    }

    /// Who reports a complaint about this delivery. An account may say of its own mail what it likes; the event of a
    /// relay was signed at the door.
    pub(super) fn reporter_of(&self, delivery: &Delivery) -> Reporter {
        let is_own = self.channel == Channel::Api
            && delivery.account_id.is_some_and(|account| account.to_string() == self.source);
        match self.reporter {
            _ if self.handed_to.is_some() => Reporter::Registered,
            Some(reporter) if reporter.is_believed() => reporter,
            _ if is_own => Reporter::Account,
            reporter => reporter.unwrap_or(Reporter::Unsigned),
        }
    }

    /// Whether a relay's event speaks of the address that the delivery was for; a mark alone can be copied into other
    /// mail that leaves through the same relay.
    pub(super) fn is_about(&self, delivery: &Delivery) -> bool {
        let (Some(handed_to), Some(address)) = (&self.handed_to, &delivery.address) else { return true };
        handed_to.iter().any(|one| one.to_lowercase() == address.folded())
    }
}

/// Reads a message that waits. Pure, and slow for a long one.
#[must_use]
pub fn open(waiting: &Waiting) -> Opened {
    let mut opened = Opened {
        channel: waiting.channel,
        source: waiting.source.clone(),
        has_null_sender: matches!(waiting.channel, Channel::Smtp | Channel::Lmtp) && waiting.envelope_from.is_empty(),
        envelope_to: waiting.envelope_to.clone(),
        reporter: waiting.reporter,
        ..Opened::unreadable(waiting.id, waiting.received_at)
    };
    // The door says what it is: a message that calls itself an event is none.
    if let Some(provider) = waiting.channel.provider() {
        let event = relay_events::read(provider, &waiting.message);
        (opened.read, opened.handed_to) = event.map(|event| (event.inbound, event.handed_to)).unzip();
    } else {
        opened.read = inbound::read(&waiting.message);
    }
    opened
}
