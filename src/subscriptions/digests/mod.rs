//! The digest: one mail at the end of a week or a month, with the title of everything that was held back for a reader who
//! wants it so, each with a link. Nothing is lost to that reader:
//!
//! - What is held back is a skipped delivery with a cause of its own ([`mod@super::rhythm`]), and which digest tells of it is
//!   written in the transaction that queues the digest ([`enqueue_due`]).
//! - What stands in a digest that was skipped or refused goes into the next one.
//! - What belongs to a campaign that is paused waits until it goes on; nothing of one that was cancelled is told.
//! - A digest goes by the limits, lanes and warm-ups of its account, as campaigns do (`deliveries::queue::claim`).
//! - Whoever wants every mail again gets what still waits in a last digest, a little later, because a mail that is being
//!   held back at that very moment belongs to it too.
//!
//! A digest of nothing is not sent. It leaves in the morning (UTC) after the end of its span, spread over some hours, so
//! that many readers' digests are no spike.

mod mail;
mod store;

use chrono::TimeDelta;

use super::{Frequency, State, rhythm};
use crate::deliveries::{self, Kind, NewDelivery};
use crate::keyring::{Keyring, Purpose};
use crate::mail::marks;
use crate::storage::{Conn, DeliveryId, StoreError, SubscriptionId, Timestamp};
use crate::subscribers;

pub use mail::{Told, digest_mail};
use store::Due;

/// The first digests of a day leave at this time after midnight.
const MORNING: TimeDelta = TimeDelta::hours(5);
/// The last ones so much later.
const SPREAD: TimeDelta = TimeDelta::hours(4);
/// So long after another choice the last digest is made.
const LAST_AFTER: TimeDelta = TimeDelta::minutes(10);
/// A digest that is still on its way is waited for.
const AGAIN_AFTER: TimeDelta = TimeDelta::hours(1);
/// A digest that could not leave for so long goes into the next one.
const WORTH: TimeDelta = TimeDelta::days(4);
/// One mail tells of at most so many; the rest follows in another one.
const LONGEST: i64 = 200;

/// When the digest of the span in which `now` lies is made for this subscription.
pub(super) fn next_at(frequency: Frequency, id: SubscriptionId, now: Timestamp) -> Timestamp {
    let [.., high, low] = *id.bytes();
    let offset = SPREAD * i32::from(u16::from_be_bytes([high, low])) / (i32::from(u16::MAX) + 1);
    frequency.ends(now) + MORNING + offset
}

/// When a reader who wants no digest any more gets the last one.
pub(super) fn last_at(now: Timestamp) -> Timestamp {
    now + LAST_AFTER
}

/// A subscription that is confirmed again goes on with the digests that its reader chose before.
pub(super) fn go_on(conn: &mut Conn, id: SubscriptionId, now: Timestamp) -> Result<(), StoreError> {
    let chosen = rhythm(conn, id)?.frequency.filter(|frequency| frequency.is_digest());
    chosen.map_or(Ok(()), |digest| store::set_next(conn, id, Some(next_at(digest, id, now))))
}

/// Whoever left gets no digest, and nobody looks for one.
pub(super) fn stop(conn: &mut Conn, id: SubscriptionId) -> Result<(), StoreError> {
    store::stop(conn, id)
}

/// Queues the digests that are due, of at most `limit` readers; says of how many it looked.
///
/// # Errors
/// When the database cannot do it.
pub fn enqueue_due(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<usize, StoreError> {
    let due = store::due(conn, now, limit)?;
    for reader in &due {
        let next = look_after(conn, reader, now)?;
        store::set_next(conn, reader.id, next)?;
    }
    Ok(due.len())
}

/// Makes the digest of one reader; says when it is to be looked again.
fn look_after(conn: &mut Conn, reader: &Due, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let (State::Confirmed, Some(confirmed_at)) = (reader.state, reader.confirmed_at) else { return Ok(None) };
    if let Some(until) = reader.paused_until.filter(|until| now < *until) {
        return Ok(Some(until));
    }
    if store::is_under_way(conn, reader.id)? {
        return Ok(Some(now + AGAIN_AFTER));
    }
    let held = store::held_since(conn, reader.id, confirmed_at, LONGEST)?;
    enqueue(conn, reader, &held, now)?;
    if held.len() >= usize::try_from(LONGEST).unwrap_or(usize::MAX) {
        return Ok(Some(now + AGAIN_AFTER));
    }
    // A last digest that did not leave is made again, and one more for what is still paused.
    let is_more_to_come = !held.is_empty() || store::waits_for_campaign(conn, reader.id, confirmed_at)?;
    let last = is_more_to_come.then(|| now + WORTH);
    let digest = reader.frequency.filter(|frequency| frequency.is_digest());
    Ok(digest.map(|frequency| next_at(frequency, reader.id, now)).or(last))
}

fn enqueue(conn: &mut Conn, reader: &Due, held: &[DeliveryId], now: Timestamp) -> Result<(), StoreError> {
    let person = subscribers::find(conn, reader.account_id, reader.subscriber_id)?;
    let Some(address) = person.and_then(|person| person.address).filter(|_| !held.is_empty()) else { return Ok(()) };
    let delivery = NewDelivery {
        kind: Kind::Digest,
        account_id: Some(reader.account_id),
        campaign_id: None,
        list_id: Some(reader.list_id),
        subscriber_id: Some(reader.subscriber_id),
        subscription_id: Some(reader.id),
        cause: None,
        address,
        expires_at: now + WORTH,
    };
    let digest = deliveries::enqueue(conn, &delivery, now)?;
    held.iter().try_for_each(|letter| store::insert_letter(conn, digest, *letter))
}

/// The deliveries that a digest tells of, in the order in which they were held back.
///
/// # Errors
/// When the database cannot be read.
pub fn letters_of(conn: &mut Conn, digest: DeliveryId) -> Result<Vec<DeliveryId>, StoreError> {
    store::letters_of(conn, digest)
}

/// The token of `/letter/{token}`, where a letter that was held back can be read.
#[must_use]
pub fn letter_token(keys: &Keyring, id: DeliveryId) -> String {
    marks::sign(keys, Purpose::Letter, id)
}

/// The delivery that a token of ours names.
#[must_use]
pub fn open_letter_token(keys: &Keyring, token: &str) -> Option<DeliveryId> {
    marks::open(keys, Purpose::Letter, token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
    }

    #[test]
    fn a_digest_leaves_in_the_morning_after_its_span_spread_over_some_hours() {
        let id = |low: u128| SubscriptionId(uuid::Uuid::from_u128(low));
        for (frequency, now, low, expected) in [
            (Frequency::DigestWeekly, "2026-11-22T09:30:00Z", 0, "2026-11-23T05:00:00Z"),
            (Frequency::DigestWeekly, "2026-11-23T05:00:00Z", 0, "2026-11-30T05:00:00Z"),
            (Frequency::DigestWeekly, "2026-11-22T09:30:00Z", 0x8000, "2026-11-23T07:00:00Z"),
            (Frequency::DigestMonthly, "2026-12-31T23:59:59Z", 0, "2027-01-01T05:00:00Z"),
            (Frequency::DigestMonthly, "2027-02-01T05:00:00Z", 0, "2027-03-01T05:00:00Z"),
        ] {
            assert_eq!(next_at(frequency, id(low), at(now)), at(expected), "{frequency} {now}");
        }
        assert!(next_at(Frequency::DigestWeekly, id(0xffff), at("2026-11-22T09:30:00Z")) < at("2026-11-23T09:00:00Z"));
    }
}
