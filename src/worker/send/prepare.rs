//! The late check, then the message itself: everything that needs the database, on one connection of it.

use std::sync::Arc;

use super::super::Engine;
use super::content::{self, Made};
use crate::clock::Timestamp;
use crate::config::Settings;
use crate::consent::KeptMail;
use crate::deliveries::queue::{self, Standing};
use crate::deliveries::{Delivery, Kind, State};
use crate::keyring::Keyring;
use crate::mail::compose::{self, Stationery};
use crate::mail::{EmailAddress, Notice, return_path};
use crate::storage::{Conn, DeliveryId, StoreError};
use crate::subscriptions::{self, MayReceive};
use crate::{accounts, campaigns, sending_domains, subscribers, suppressions};
pub(in super::super) use content::Cache;

/// A message ready for `MAIL FROM`.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) return_path: String,
    pub(super) to: EmailAddress,
    pub(super) bytes: Arc<[u8]>,
    /// The copy of a confirmation mail that goes into its proof.
    pub(super) copy: Option<Arc<KeptMail>>,
}

/// What there is to do with a claimed delivery.
pub(super) enum Prepared {
    /// Send this.
    Ready(Message),
    /// It may not be sent any more; the text says why.
    Over(String),
    /// Something is paused: back to the queue.
    NotNow,
    /// Its whole campaign may not leave as things stand; the sentence says why.
    Refused(String),
    /// The message cannot be made.
    Faulty(String),
}

/// What the making of messages needs, on whatever thread.
#[derive(Clone)]
pub(super) struct Kitchen {
    pub(super) keys: Keyring,
    pub(super) settings: Arc<Settings>,
    pub(super) cache: Cache,
    pub(super) now: Timestamp,
}

/// Checks and makes one message.
pub(super) async fn prepare(engine: &Engine, delivery: &Delivery) -> Result<Prepared, StoreError> {
    let app = &engine.app;
    let kitchen = Kitchen {
        keys: app.keys.clone(),
        settings: Arc::clone(&app.settings),
        cache: engine.cache.clone(),
        now: app.clock.now(),
    };
    let (delivery, node) = (delivery.clone(), engine.node.id.clone());
    app.db
        .read(move |conn| match late_check(conn, &delivery, &node, kitchen.now)? {
            Check::Go(to) => make(conn, &kitchen, &delivery, to),
            Check::Over(cause) => Ok(Prepared::Over(cause)),
            Check::NotNow => Ok(Prepared::NotNow),
        })
        .await
}

/// Pauses the campaign of a delivery, so that its users see why nothing leaves; what was claimed of it goes back.
pub(super) async fn hold_campaign(engine: &Engine, delivery: &Delivery, reason: String) {
    let (Some(account), Some(campaign)) = (delivery.account_id, delivery.campaign_id) else { return };
    let now = engine.app.clock.now();
    let held = engine.app.db.write(move |conn| campaigns::pause(conn, account, campaign, &reason, now)).await;
    match held {
        Ok(_) => tracing::warn!(%campaign, "a campaign is paused: its From domain is not verified"),
        // It goes back unpaused, and the next claim of it comes here again.
        Err(error) => tracing::error!(%campaign, %error, "a campaign could not be paused"),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Check {
    Go(EmailAddress),
    Over(String),
    NotNow,
}

/// Promise 1: checked again right before `MAIL FROM` (CON-01, UNS-05).
fn late_check(conn: &mut Conn, delivery: &Delivery, node: &str, now: Timestamp) -> Result<Check, StoreError> {
    let Some(standing) = queue::standing(conn, delivery.id)? else { return Ok(Check::Over("it is gone".to_owned())) };
    let check = judge(delivery, &standing, node, now);
    let Check::Go(to) = &check else { return Ok(check) };
    let over = match delivery.kind {
        Kind::Campaign => against_campaign_mail(conn, delivery, now)?,
        Kind::Test => against_test_mail(conn, delivery, to)?,
        Kind::Welcome => against_list_mail(conn, delivery)?,
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

fn against_campaign_mail(conn: &mut Conn, delivery: &Delivery, now: Timestamp) -> Result<Option<String>, StoreError> {
    let over = against_list_mail(conn, delivery)?;
    match delivery.subscription_id.filter(|_| over.is_none()) {
        Some(id) => Ok(subscriptions::held_back(conn, id, delivery.id, now)?.map(|why| why.to_string())),
        None => Ok(over),
    }
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
    Ok(match subscriptions::may_receive(conn, subscription)? {
        MayReceive::Yes => None,
        MayReceive::NotConfirmed => Some("the subscription is not confirmed".to_owned()),
        MayReceive::Suppressed(reason) => Some(suppressed(reason)),
        MayReceive::ListClosed => Some("the list is closed".to_owned()),
    })
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

fn judge(delivery: &Delivery, standing: &Standing, node: &str, now: Timestamp) -> Check {
    let is_ours = standing.state == State::Claimed && standing.claimed_by.as_deref() == Some(node);
    // What subscribers and new users asked for themselves goes on while an account is paused.
    let waits_for_account =
        matches!(delivery.kind, Kind::Campaign | Kind::Test) && standing.account_paused_at.is_some();
    if !is_ours || standing.installation_paused_at.is_some() || waits_for_account {
        return Check::NotNow;
    }
    if delivery.kind != Kind::Campaign && delivery.expires_at <= now {
        return Check::Over("it came too late".to_owned());
    }
    if delivery.kind == Kind::Campaign {
        match standing.campaign_state.as_deref() {
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

fn make(conn: &mut Conn, kitchen: &Kitchen, delivery: &Delivery, to: EmailAddress) -> Result<Prepared, StoreError> {
    let made = match delivery.kind {
        Kind::Campaign | Kind::Test => content::list_mail(conn, kitchen, delivery, &to)?,
        Kind::Confirmation | Kind::Welcome | Kind::Goodbye | Kind::Preferences | Kind::AddressChange | Kind::Flood => {
            let notice = to_reader(conn, kitchen, delivery)?;
            noticed(conn, kitchen, delivery, notice)?
        }
        Kind::Notice => {
            let notice = campaigns::brakes::mail(conn, &kitchen.settings, delivery)?;
            noticed(conn, kitchen, delivery, notice)?
        }
        Kind::Invitation => {
            let cause = delivery.cause.as_deref().unwrap_or_default();
            let notice = accounts::invitation_mail(conn, &kitchen.keys, &kitchen.settings, cause, kitchen.now)?;
            noticed(conn, kitchen, delivery, notice)?
        }
    };
    Ok(match made {
        Made::Message(bytes) => {
            let return_path = return_path::sign(&kitchen.keys, &kitchen.settings.mail_domain, delivery.id);
            let copy = copy(conn, kitchen, delivery, &bytes)?;
            let bytes = content::labelled(kitchen, delivery, bytes).into();
            Prepared::Ready(Message { return_path, to, bytes, copy })
        }
        Made::Nothing(cause) => Prepared::Over(cause.to_owned()),
        // The sender of a test looks at its fate; a campaign is held.
        Made::Refused(reason) if delivery.kind == Kind::Test => Prepared::Over(reason),
        Made::Refused(reason) => Prepared::Refused(reason),
        Made::Faulty(trouble) => Prepared::Faulty(trouble),
    })
}

/// The mails that follow from what one reader did.
fn to_reader(conn: &mut Conn, kitchen: &Kitchen, delivery: &Delivery) -> Result<Option<Notice>, StoreError> {
    let (keys, settings) = (&kitchen.keys, &kitchen.settings);
    match delivery.kind {
        Kind::Confirmation => subscriptions::confirmation_mail(conn, keys, settings, delivery),
        Kind::Welcome | Kind::Goodbye => subscriptions::greeting_mail(conn, keys, settings, delivery),
        Kind::Preferences => subscriptions::pass_mail(conn, keys, settings, delivery),
        Kind::AddressChange => subscriptions::address_changes::mail(conn, keys, settings, delivery),
        Kind::Flood => subscriptions::floods::flood_mail(conn, settings, delivery),
        Kind::Campaign | Kind::Test | Kind::Invitation | Kind::Notice => Ok(None),
    }
}

fn noticed(
    conn: &mut Conn,
    kitchen: &Kitchen,
    delivery: &Delivery,
    notice: Option<Notice>,
) -> Result<Made, StoreError> {
    let Some(notice) = notice else { return Ok(Made::Nothing("there is nothing left to ask")) };
    let message = compose::notice(&kitchen.stationery(delivery), &notice);
    let domain = match delivery.account_id {
        Some(account) => sending_domains::find_for(conn, account, notice.from.address.receiving_domain())?,
        None => None,
    };
    Ok(content::signed(content::signer(domain).as_deref(), message))
}

/// The copy of a confirmation mail, packed here so that no write transaction waits for it.
fn copy(
    conn: &mut Conn,
    kitchen: &Kitchen,
    delivery: &Delivery,
    message: &[u8],
) -> Result<Option<Arc<KeptMail>>, StoreError> {
    if delivery.kind != Kind::Confirmation {
        return Ok(None);
    }
    let sample = subscriptions::confirmation_sample(conn, &kitchen.settings, delivery)?;
    let nobody = Stationery {
        keys: &kitchen.keys,
        mail_domain: &kitchen.settings.mail_domain,
        delivery: DeliveryId(0),
        date: Timestamp::from_micros(0),
    };
    let sample = sample.map(|sample| compose::notice(&nobody, &sample)).unwrap_or_default();
    Ok(KeptMail::of(&kitchen.keys, message, sample).map(Arc::new))
}

impl Kitchen {
    pub(super) fn stationery(&self, delivery: &Delivery) -> Stationery<'_> {
        Stationery { keys: &self.keys, mail_domain: &self.settings.mail_domain, delivery: delivery.id, date: self.now }
    }
}

#[cfg(test)]
#[path = "prepare_tests.rs"]
mod tests;
