//! Looking at the campaigns on their way, and warning about them or stopping them.

use chrono::TimeDelta;

use super::{Finding, Judgement, Seen, judge, store};
use crate::accounts::brakes::{self, Brakes};
use crate::accounts::users;
use crate::audit::{self, Actor, Entry};
use crate::campaigns::store::hold;
use crate::campaigns::{State, find, pause};
use crate::clock::Timestamp;
use crate::deliveries::{self, Kind, NewDelivery};
use crate::storage::{AccountId, CampaignId, Conn, StoreError};
use crate::texts::{Language, Texts};

/// What became of a campaign that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrakeOutcome {
    /// It goes on, and nobody was told anything.
    GoesOn,
    /// It goes on; its account was warned.
    Warned(Finding),
    /// It stands still; its account was told.
    Paused(Finding),
}

/// After this nobody needs the notice any more.
const NOTICE_FOR: TimeDelta = TimeDelta::days(3);

/// The campaigns on their way of which something has to be said or done now. Changes nothing.
///
/// # Errors
/// When the database cannot be read.
pub fn look(conn: &mut Conn) -> Result<Vec<(AccountId, CampaignId)>, StoreError> {
    let mut found = Vec::new();
    for (account, id) in store::sending(conn)? {
        if judgement(conn, account, id)? != Judgement::Fine {
            found.push((account, id));
        }
    }
    Ok(found)
}

/// Reports come for days after the last message left (RFC 5321, section 4.5.4.1), complaints for longer.
const LOOKED_BACK: TimeDelta = TimeDelta::days(14);

/// Where a look at the campaigns that finished lately begins, and how far it goes: there may be many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookBack {
    /// The last one that was looked at; none to begin with the first.
    pub after: Option<CampaignId>,
    /// Most that are looked at.
    pub most: i64,
}

/// What a look back found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookedBack {
    /// The campaigns of which something has to be said now.
    pub found: Vec<(AccountId, CampaignId)>,
    /// The last one that was looked at, when there may be more behind it.
    pub next: Option<CampaignId>,
}

/// Looks at some of the campaigns that finished lately. Changes nothing.
///
/// # Errors
/// When the database cannot be read.
pub fn look_back(conn: &mut Conn, from: LookBack, now: Timestamp) -> Result<LookedBack, StoreError> {
    let finished = store::finished_since(conn, now - LOOKED_BACK, from)?;
    let is_full = usize::try_from(from.most).is_ok_and(|most| finished.len() >= most);
    let next = finished.last().filter(|_| is_full).map(|(_, id)| *id);
    let mut found = Vec::new();
    for (account, id) in finished {
        if late_judgement(conn, account, id)? != Judgement::Fine {
            found.push((account, id));
        }
    }
    Ok(LookedBack { found, next })
}

/// What is finished cannot be stopped: its sender is told once.
fn late_judgement(conn: &mut Conn, account: AccountId, id: CampaignId) -> Result<Judgement, StoreError> {
    if store::row(conn, id)?.is_some_and(|row| row.warned_at.or(row.paused_at).is_some()) {
        return Ok(Judgement::Fine);
    }
    Ok(match judgement(conn, account, id)? {
        Judgement::Pause(finding) => Judgement::Warn(finding),
        other => other,
    })
}

/// What came of a campaign, and the brakes that it is judged by.
///
/// # Errors
/// When the database cannot be read.
pub fn shares(conn: &mut Conn, account: AccountId, id: CampaignId) -> Result<(Seen, Brakes), StoreError> {
    Ok((store::seen(conn, id)?, brakes::of(conn, account)?))
}

/// What its numbers ask for now; a warning is given once.
fn judgement(conn: &mut Conn, account: AccountId, id: CampaignId) -> Result<Judgement, StoreError> {
    let row = store::row(conn, id)?;
    let base = row.map(|row| row.base()).unwrap_or_default();
    let judged = judge(store::seen(conn, id)?.since(base), brakes::of(conn, account)?);
    let was_warned = row.is_some_and(|row| row.warned_at.is_some());
    Ok(if was_warned && matches!(judged, Judgement::Warn(_)) { Judgement::Fine } else { judged })
}

/// Looks at one campaign again, with its row held, and does what its numbers ask for: the pause or the warning, the
/// note of it, and the mail to the users of the account, in one write.
///
/// # Errors
/// When the database cannot do it.
pub fn brake(conn: &mut Conn, account: AccountId, id: CampaignId, now: Timestamp) -> Result<BrakeOutcome, StoreError> {
    hold(conn, id)?;
    let judged = match find(conn, account, id)?.map(|campaign| campaign.state) {
        Some(State::Sending) => judgement(conn, account, id)?,
        Some(State::Finished) => late_judgement(conn, account, id)?,
        _ => Judgement::Fine,
    };
    let english = Texts(Language::ENGLISH);
    let (finding, action) = match judged {
        Judgement::Fine => return Ok(BrakeOutcome::GoesOn),
        Judgement::Warn(finding) => {
            store::write(conn, (account, id), finding, (Some(now), None))?;
            (finding, "campaign.warn")
        }
        Judgement::Pause(finding) => {
            let reason = format!("{} {}", finding.say(&english), finding.advice(&english, false));
            pause(conn, account, id, &reason, now)?;
            store::write(conn, (account, id), finding, (None, Some(now)))?;
            (finding, "campaign.brake")
        }
    };
    let entry = Entry::of(Actor::System, action).account(account).subject(&id).reason(&finding.say(&english));
    audit::record(conn, &entry, now)?;
    tell(conn, account, id, now)?;
    Ok(match judged {
        Judgement::Pause(_) => BrakeOutcome::Paused(finding),
        Judgement::Warn(_) | Judgement::Fine => BrakeOutcome::Warned(finding),
    })
}

/// Queues a mail to each user of the account.
fn tell(conn: &mut Conn, account: AccountId, id: CampaignId, now: Timestamp) -> Result<(), StoreError> {
    for user in users::of_account(conn, account)? {
        let mail = NewDelivery {
            kind: Kind::Notice,
            // Not the account's own mail: it leaves even while the account is paused.
            account_id: None,
            campaign_id: None,
            list_id: None,
            subscriber_id: None,
            subscription_id: None,
            cause: Some(id.bytes().to_vec()),
            address: user.address,
            expires_at: now + NOTICE_FOR,
        };
        deliveries::enqueue(conn, &mail, now)?;
    }
    Ok(())
}

/// A person lets a campaign go on: what a brake found is done with, and it counts from the numbers of now.
pub(in crate::campaigns) fn release(conn: &mut Conn, id: CampaignId) -> Result<(), StoreError> {
    if store::row(conn, id)?.is_some_and(|row| row.paused_at.is_some()) {
        let seen = store::seen(conn, id)?;
        store::rebase(conn, id, seen)?;
    }
    Ok(())
}
