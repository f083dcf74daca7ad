//! A campaign's content mailed to a few addresses of the sender's choice, before it goes out.
//!
//! A test goes to whom the sender names, confirmed or not, so it is kept small and is written into the audit.

use chrono::TimeDelta;

use super::{Reason, preflight::content_reasons, store};
use crate::audit::{self, Actor, Entry};
use crate::ceilings;
use crate::clock::Timestamp;
use crate::deliveries::{self, Kind, NewDelivery};
use crate::mail::EmailAddress;
use crate::storage::{AccountId, CampaignId, Conn, StoreError};

/// Most addresses of one test.
pub const MOST_ADDRESSES: usize = 5;
/// Most test mails of one account in a day.
pub const MOST_A_DAY: i64 = 20;
/// A test that could not be sent for so long is of no use any more.
const WORTH_SENDING_FOR: TimeDelta = TimeDelta::hours(1);

/// What came of [`send_test`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestOutcome {
    /// So many mails wait to be sent.
    Queued(usize),
    /// The content cannot be sent as it is; every reason at once.
    Refused(Vec<Reason>),
    /// No address, or more than [`MOST_ADDRESSES`].
    WrongCount,
    /// The account has used up [`MOST_A_DAY`].
    TooMany,
    /// The account has no such campaign.
    NoSuch,
}

/// Queues the campaign's content to these addresses, whatever state the campaign is in.
///
/// # Errors
/// When the database cannot do it.
pub fn send_test(
    conn: &mut Conn,
    account_id: AccountId,
    id: CampaignId,
    addresses: &[EmailAddress],
    by: Actor,
    now: Timestamp,
) -> Result<TestOutcome, StoreError> {
    let Some(campaign) = store::find(conn, account_id, id)? else { return Ok(TestOutcome::NoSuch) };
    if addresses.is_empty() || addresses.len() > MOST_ADDRESSES {
        return Ok(TestOutcome::WrongCount);
    }
    let mut reasons = content_reasons(&campaign.content);
    reasons.extend(store::standing(conn, &campaign)?.account_pause.map(Reason::AccountPaused));
    if !reasons.is_empty() {
        return Ok(TestOutcome::Refused(reasons));
    }
    let ceiling = format!("test/{account_id}");
    let sent = ceilings::hits(conn, &ceiling, TimeDelta::days(1), now)?;
    if sent + i64::try_from(addresses.len()).unwrap_or(i64::MAX) > MOST_A_DAY {
        return Ok(TestOutcome::TooMany);
    }
    for address in addresses {
        ceilings::hit(conn, &ceiling, now)?;
        let new = NewDelivery {
            kind: Kind::Test,
            account_id: Some(account_id),
            campaign_id: Some(id),
            list_id: Some(campaign.list_id),
            subscriber_id: None,
            subscription_id: None,
            cause: None,
            address: address.clone(),
            expires_at: now + WORTH_SENDING_FOR,
        };
        deliveries::enqueue(conn, &new, now)?;
    }
    let masked: Vec<String> = addresses.iter().map(EmailAddress::masked).collect();
    let entry = Entry::of(by, "campaign.test").account(account_id).subject(&id).reason(&masked.join(", "));
    audit::record(conn, &entry, now)?;
    Ok(TestOutcome::Queued(addresses.len()))
}
