//! A campaign's content mailed to a few addresses of the sender's choice, before it goes out.
//!
//! A test goes to whom the sender names, confirmed or not, so it is kept small, is written into the audit, and goes to
//! nobody who left or complained, nor under a From address that is not the sender's.

use chrono::TimeDelta;

use super::preflight::content_reasons;
use super::{Campaign, Reason, store};
use crate::audit::{self, Actor, Entry};
use crate::ceilings;
use crate::clock::Timestamp;
use crate::deliveries::{self, Kind, NewDelivery};
use crate::mail::EmailAddress;
use crate::storage::{AccountId, CampaignId, Conn, StoreError};
use crate::{sending_domains, subscribers, suppressions};

/// Most addresses of one test.
pub const MOST_ADDRESSES: usize = 5;
/// Most test mails of one account in a day.
pub const MOST_A_DAY: i64 = 20;
/// A test that could not be sent for so long is of no use any more.
const WORTH_SENDING_FOR: TimeDelta = TimeDelta::hours(1);

/// To whom a test goes, and who sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// The recipients.
    pub addresses: Vec<EmailAddress>,
    /// Who sends it.
    pub by: Actor,
    /// Whether the operator lets unverified domains send; from the settings.
    pub allows_unverified_domains: bool,
}

/// What came of [`send_test`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestOutcome {
    /// So many mails wait to be sent.
    Queued(usize),
    /// It cannot be sent as it is, or not to these; every reason at once.
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
    trial: &Trial,
    now: Timestamp,
) -> Result<TestOutcome, StoreError> {
    let addresses = &trial.addresses;
    let Some(campaign) = store::find(conn, account_id, id)? else { return Ok(TestOutcome::NoSuch) };
    if addresses.is_empty() || addresses.len() > MOST_ADDRESSES {
        return Ok(TestOutcome::WrongCount);
    }
    let reasons = reasons(conn, &campaign, trial)?;
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
        deliveries::enqueue(conn, &test_mail(&campaign, address, now), now)?;
    }
    let masked: Vec<String> = addresses.iter().map(EmailAddress::masked).collect();
    let entry = Entry::of(trial.by, "campaign.test").account(account_id).subject(&id).reason(&masked.join(", "));
    audit::record(conn, &entry, now)?;
    Ok(TestOutcome::Queued(addresses.len()))
}

/// What stands against the test: in the content, the account, the From domain, and each address.
fn reasons(conn: &mut Conn, campaign: &Campaign, trial: &Trial) -> Result<Vec<Reason>, StoreError> {
    let account_id = campaign.account_id;
    let mut reasons = content_reasons(&campaign.content);
    let standing = store::standing(conn, campaign)?;
    let domain = standing.from_address.receiving_domain();
    if !sending_domains::may_send_from(conn, account_id, domain, trial.allows_unverified_domains)? {
        reasons.push(Reason::DomainUnverified(domain.to_owned()));
    }
    reasons.extend(standing.account_pause.map(Reason::AccountPaused));
    for address in &trial.addresses {
        let Some(hash) = subscribers::hash_for(conn, account_id, address)? else { continue };
        let first = suppressions::in_force(conn, account_id, &hash)?.into_iter().next();
        reasons.extend(first.map(|reason| Reason::AddressSuppressed(address.clone(), reason)));
    }
    Ok(reasons)
}

fn test_mail(campaign: &Campaign, address: &EmailAddress, now: Timestamp) -> NewDelivery {
    NewDelivery {
        kind: Kind::Test,
        account_id: Some(campaign.account_id),
        campaign_id: Some(campaign.id),
        list_id: Some(campaign.list_id),
        subscriber_id: None,
        subscription_id: None,
        cause: None,
        address: address.clone(),
        expires_at: now + WORTH_SENDING_FOR,
    }
}

#[cfg(test)]
#[path = "trial_tests.rs"]
mod tests;
