//! How often a reader wants mail of a list: all that was sent in a week or a month as one digest, at most one mail a day, a
//! week or a month, or none at all until a day.
//!
//! Judged once for each message, right before it would leave, because only that moment knows which day it is: a campaign
//! may take days, and its audience is frozen before. What is held back is skipped with the word `frequency` as its cause.
//! The next digest tells of it where the reader wants one ([`super::digests`]); else it is not sent later: an old letter is
//! not what somebody meant who asked for fewer.
//!
//! "Once a week" means once in a calendar week, from Monday on (UTC), not seven times twenty-four hours: a letter that
//! leaves every Monday comes every Monday, whichever minute its delivery gets.

mod store;

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::digests;
use crate::storage::{Conn, DeliveryId, StoreError, SubscriberId, SubscriptionId, Timestamp, words};

/// A pause lasts at most this long; who wants longer can leave.
pub const LONGEST_PAUSE: TimeDelta = TimeDelta::days(366);

words! {
    /// How many mails of a list a reader wants in a span of time.
    pub enum Frequency {
        /// Everything in one digest after each calendar week.
        DigestWeekly = "digest_week",
        /// Everything in one digest after each calendar month.
        DigestMonthly = "digest_month",
        /// At most one in a calendar day.
        Daily = "day",
        /// At most one in a calendar week, from Monday on.
        Weekly = "week",
        /// At most one in a calendar month.
        Monthly = "month",
    }
}

impl Frequency {
    /// Whether what is held back is told of later.
    #[must_use]
    pub const fn is_digest(self) -> bool {
        matches!(self, Self::DigestWeekly | Self::DigestMonthly)
    }

    /// The key of its words.
    #[must_use]
    pub fn key(self) -> String {
        format!("rhythm-{}", self.word().replace('_', "-"))
    }

    /// When the span ends in which this moment lies, in UTC.
    #[must_use]
    pub fn ends(self, now: Timestamp) -> Timestamp {
        let longest = match self {
            Self::Daily => TimeDelta::days(1),
            Self::Weekly | Self::DigestWeekly => TimeDelta::days(7),
            // Wherever the next month begins, this day lies in it.
            Self::Monthly | Self::DigestMonthly => TimeDelta::days(31),
        };
        self.began(self.began(now) + longest)
    }

    /// When the span began in which this moment lies, in UTC.
    #[must_use]
    pub fn began(self, now: Timestamp) -> Timestamp {
        let today = now.utc().date_naive();
        let first = match self {
            Self::Daily => today,
            Self::Weekly | Self::DigestWeekly => {
                today - TimeDelta::days(i64::from(today.weekday().num_days_from_monday()))
            }
            Self::Monthly | Self::DigestMonthly => {
                NaiveDate::from_ymd_opt(today.year(), today.month(), 1).unwrap_or(today)
            }
        };
        first.and_time(chrono::NaiveTime::MIN).and_utc().into()
    }
}

/// What a reader chose for one list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rhythm {
    /// How many mails; every mail when absent.
    pub frequency: Option<Frequency>,
    /// No mail before this moment.
    pub paused_until: Option<Timestamp>,
}

impl Rhythm {
    /// Whether mail waits for the end of a pause.
    #[must_use]
    pub fn is_paused(&self, now: Timestamp) -> bool {
        self.paused_until.is_some_and(|until| now < until)
    }
}

/// Why a campaign's message does not go to a reader now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldBack {
    /// The reader wants none until then.
    PausedUntil(Timestamp),
    /// The reader wants one in this span, and has had it.
    HasHad(Frequency),
    /// The reader finds it in the next digest.
    ForDigest,
}

/// The cause of what a digest will tell of: by it a digest finds it.
pub(super) const FOR_DIGEST: &str = "frequency: the reader wants a digest and finds this in the next one";

impl std::fmt::Display for HeldBack {
    /// The cause that stands beside a skipped delivery.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::PausedUntil(until) => write!(f, "frequency: the reader wants no mail until {until}"),
            Self::ForDigest => f.write_str(FOR_DIGEST),
            Self::HasHad(span) => write!(f, "frequency: the reader wants one mail a {span} and has had it"),
        }
    }
}

/// Whether a message is held back; `latest` is when the one before it was accepted, or now when one is on its way.
fn judge(rhythm: Rhythm, latest: Option<Timestamp>, now: Timestamp) -> Option<HeldBack> {
    if let Some(until) = rhythm.paused_until.filter(|until| now < *until) {
        return Some(HeldBack::PausedUntil(until));
    }
    let frequency = rhythm.frequency?;
    if frequency.is_digest() {
        return Some(HeldBack::ForDigest);
    }
    latest.filter(|latest| *latest >= frequency.began(now)).map(|_| HeldBack::HasHad(frequency))
}

/// Whether this delivery is held back by what its reader chose.
///
/// # Errors
/// When the database cannot be read: then nothing is sent.
pub fn held_back_by(
    conn: &mut Conn,
    rhythm: Rhythm,
    (id, delivery): (SubscriptionId, DeliveryId),
    now: Timestamp,
) -> Result<Option<HeldBack>, StoreError> {
    // Most readers chose nothing, and nobody looks for their latest mail.
    let latest = match rhythm.frequency {
        Some(frequency) if !frequency.is_digest() => store::latest(conn, id, delivery, now)?,
        _ => None,
    };
    Ok(judge(rhythm, latest, now))
}

/// What the reader of this subscription chose.
///
/// # Errors
/// When the database cannot be read.
pub fn rhythm(conn: &mut Conn, id: SubscriptionId) -> Result<Rhythm, StoreError> {
    Ok(store::find(conn, id)?.unwrap_or_default())
}

/// What a person chose for each subscription, where they chose anything.
///
/// # Errors
/// When the database cannot be read.
pub fn rhythms(conn: &mut Conn, subscriber: SubscriberId) -> Result<BTreeMap<SubscriptionId, Rhythm>, StoreError> {
    store::of_subscriber(conn, subscriber)
}

/// Keeps what a reader chose for one of their own subscriptions; `false` when it is none of theirs. A pause is cut at
/// [`LONGEST_PAUSE`], and one that is over is none.
///
/// # Errors
/// When the database cannot do it.
pub fn choose_rhythm(
    conn: &mut Conn,
    subscriber: SubscriberId,
    id: SubscriptionId,
    chosen: Rhythm,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let paused_until = chosen.paused_until.filter(|until| *until > now).map(|until| until.min(now + LONGEST_PAUSE));
    let Some(before) = store::held(conn, subscriber, id)? else { return Ok(false) };
    let digest_at = match chosen.frequency.filter(|frequency| frequency.is_digest()) {
        // Whoever saves the same again does not wait for longer.
        Some(digest) if before.frequency == Some(digest) && before.digest_at.is_some() => before.digest_at,
        Some(digest) => Some(digests::next_at(digest, id, now)),
        None => before.digest_at.map(|_| digests::last_at(now)),
    };
    store::set(conn, id, Rhythm { paused_until, ..chosen }, digest_at)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
    }

    #[test]
    fn a_span_begins_at_midnight_on_monday_or_on_the_first() {
        for (frequency, now, began) in [
            (Frequency::Daily, "2026-11-22T09:30:00Z", "2026-11-22T00:00:00Z"),
            (Frequency::Weekly, "2026-11-22T09:30:00Z", "2026-11-16T00:00:00Z"),
            (Frequency::Weekly, "2026-11-23T00:00:00Z", "2026-11-23T00:00:00Z"),
            (Frequency::Weekly, "2027-01-01T12:00:00Z", "2026-12-28T00:00:00Z"),
            (Frequency::Monthly, "2026-11-22T09:30:00Z", "2026-11-01T00:00:00Z"),
        ] {
            assert_eq!(frequency.began(at(now)), at(began), "{frequency} {now}");
        }
    }

    #[test]
    fn a_span_ends_where_the_next_one_begins() {
        for (frequency, now, ends) in [
            (Frequency::Daily, "2026-12-31T09:30:00Z", "2027-01-01T00:00:00Z"),
            (Frequency::DigestWeekly, "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"),
            (Frequency::DigestWeekly, "2026-11-29T23:59:59Z", "2026-11-30T00:00:00Z"),
            (Frequency::DigestMonthly, "2027-01-31T12:00:00Z", "2027-02-01T00:00:00Z"),
            (Frequency::DigestMonthly, "2027-02-01T00:00:00Z", "2027-03-01T00:00:00Z"),
            (Frequency::Monthly, "2026-04-30T12:00:00Z", "2026-05-01T00:00:00Z"),
        ] {
            assert_eq!(frequency.ends(at(now)), at(ends), "{frequency} {now}");
        }
    }

    #[test]
    fn everything_is_held_back_for_a_digest_but_what_falls_into_a_pause_is_not_told_of() {
        let until = at("2026-12-01T00:00:00Z");
        let digest = Rhythm { frequency: Some(Frequency::DigestWeekly), paused_until: Some(until) };
        assert_eq!(judge(digest, None, at("2026-11-30T23:59:59Z")), Some(HeldBack::PausedUntil(until)));
        assert_eq!(judge(digest, None, until), Some(HeldBack::ForDigest));
        assert_eq!(HeldBack::ForDigest.to_string(), FOR_DIGEST);
    }

    #[test]
    fn a_weekly_reader_gets_the_letter_of_every_monday_whatever_its_minute() {
        let weekly = Rhythm { frequency: Some(Frequency::Weekly), paused_until: None };
        let last_monday = Some(at("2026-11-16T12:50:00Z"));
        assert_eq!(judge(weekly, last_monday, at("2026-11-23T09:00:00Z")), None);
        let held = Some(HeldBack::HasHad(Frequency::Weekly));
        assert_eq!(judge(weekly, last_monday, at("2026-11-22T23:59:59Z")), held);
        assert_eq!(judge(weekly, None, at("2026-11-22T23:59:59Z")), None);
    }

    #[test]
    fn a_pause_ends_by_itself() {
        let until = at("2026-12-01T00:00:00Z");
        let paused = Rhythm { frequency: None, paused_until: Some(until) };
        assert_eq!(judge(paused, None, at("2026-11-30T23:59:59Z")), Some(HeldBack::PausedUntil(until)));
        assert_eq!(judge(paused, None, until), None);
    }
}
