//! What stands against a mail at the last moment.

use crate::clock::Timestamp;
use crate::deliveries::queue::{self, Standing};
use crate::deliveries::{Delivery, Kind, State};
use crate::mail::EmailAddress;
use crate::storage::{Conn, StoreError};
use crate::subscriptions::{self, HeldBack, MayReceive};
use crate::{subscribers, suppressions};

/// What the rows of a delivery say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Check {
    Go(EmailAddress),
    Over(String),
    NotNow,
}

/// Promise 1: checked again right before `MAIL FROM` (CON-01, UNS-05).
pub(super) fn late_check(
    conn: &mut Conn,
    delivery: &Delivery,
    node: &str,
    now: Timestamp,
) -> Result<Check, StoreError> {
    let standings = queue::standings(conn, &[delivery.id])?;
    let Some(standing) = standings.get(&delivery.id) else { return Ok(Check::Over("it is gone".to_owned())) };
    let check = judge(delivery, standing, node, now);
    let Check::Go(to) = &check else { return Ok(check) };
    let over = match delivery.kind {
        Kind::Test => against_test_mail(conn, delivery, to)?,
        // A campaign's are checked many at once, in `check`.
        Kind::Welcome | Kind::Campaign => against_list_mail(conn, delivery)?,
        Kind::Digest => against_digest(conn, delivery, now)?,
        Kind::Goodbye => against_goodbye(conn, delivery)?,
        // The signup asks for itself, and so do the invitation and what a reader asked for on their own page.
        Kind::Confirmation
        | Kind::Invitation
        | Kind::Notice
        | Kind::Preferences
        | Kind::AddressChange
        | Kind::Flood => None,
    };
    Ok(over.map_or(check, Check::Over))
}

/// Whoever left by their own hand may be told so once; whoever complained or bounced since may not.
fn against_goodbye(conn: &mut Conn, delivery: &Delivery) -> Result<Option<String>, StoreError> {
    let may = match delivery.subscription_id {
        Some(id) => subscriptions::may_say_goodbye(conn, id)?,
        None => false,
    };
    Ok((!may).then(|| "there is nobody to say goodbye to".to_owned()))
}

fn against_list_mail(conn: &mut Conn, delivery: &Delivery) -> Result<Option<String>, StoreError> {
    let Some(subscription) = delivery.subscription_id else { return Ok(Some("it has no subscription".to_owned())) };
    Ok(against(subscriptions::may_receive(conn, subscription)?))
}

/// What stands in a digest that does not leave goes into the next one, so a pause may stop it.
fn against_digest(conn: &mut Conn, delivery: &Delivery, now: Timestamp) -> Result<Option<String>, StoreError> {
    let over = against_list_mail(conn, delivery)?;
    let (None, Some(id)) = (&over, delivery.subscription_id) else { return Ok(over) };
    let until = subscriptions::rhythm(conn, id)?.paused_until.filter(|until| now < *until);
    Ok(until.map(|until| HeldBack::PausedUntil(until).to_string()))
}

/// What stands against mail to a list's reader.
pub(super) fn against(may_receive: MayReceive) -> Option<String> {
    match may_receive {
        MayReceive::Yes => None,
        MayReceive::NotConfirmed => Some("the subscription is not confirmed".to_owned()),
        MayReceive::Suppressed(reason) => Some(suppressed(reason)),
        MayReceive::ListClosed => Some("the list is closed".to_owned()),
    }
}

/// Nobody subscribed to a test, so anything that stands against the address stops it.
fn against_test_mail(conn: &mut Conn, delivery: &Delivery, to: &EmailAddress) -> Result<Option<String>, StoreError> {
    let Some(account) = delivery.account_id else { return Ok(None) };
    let Some(hash) = subscribers::hash_for(conn, account, to)? else { return Ok(None) };
    Ok(suppressions::in_force(conn, account, &hash)?.first().copied().map(suppressed))
}

fn suppressed(reason: suppressions::Reason) -> String {
    format!("the address is suppressed: {reason}")
}

/// Whether a delivery may leave, as far as its own rows and those above it go.
pub(super) fn judge(delivery: &Delivery, standing: &Standing, node: &str, now: Timestamp) -> Check {
    let above = &standing.above;
    let is_ours = standing.state == State::Claimed && standing.claimed_by.as_deref() == Some(node);
    // What subscribers and new users asked for themselves goes on while an account is paused.
    let waits_for_account =
        matches!(delivery.kind, Kind::Campaign | Kind::Test | Kind::Digest) && above.account_paused_at.is_some();
    if !is_ours || above.installation_paused_at.is_some() || waits_for_account {
        return Check::NotNow;
    }
    if delivery.kind != Kind::Campaign && delivery.expires_at <= now {
        return Check::Over("it came too late".to_owned());
    }
    if delivery.kind == Kind::Campaign {
        match above.campaign_state.as_deref() {
            Some("sending") => {}
            Some("paused") => return Check::NotNow,
            _ => return Check::Over("the campaign was cancelled".to_owned()),
        }
    }
    match EmailAddress::parse(&standing.address) {
        Ok(address) => Check::Go(address),
        Err(_) => Check::Over("the address was erased".to_owned()),
    }
}

#[cfg(test)]
#[path = "late_check_tests.rs"]
mod tests;
