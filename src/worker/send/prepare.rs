//! The late check, then the message itself: everything that needs the database, on one connection of it.

use std::sync::Arc;

use super::super::Engine;
use super::content::{self, Made};
use crate::clock::Timestamp;
use crate::config::Settings;
use crate::deliveries::queue::{self, Standing};
use crate::deliveries::{Delivery, Kind, State};
use crate::keyring::Keyring;
use crate::mail::compose::{self, Stationery};
use crate::mail::{EmailAddress, Notice, return_path};
use crate::storage::{Conn, StoreError};
use crate::subscriptions::{self, MayReceive};
use crate::{accounts, sending_domains};
pub(in super::super) use content::Cache;

/// A message ready for `MAIL FROM`.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) return_path: String,
    pub(super) to: EmailAddress,
    pub(super) bytes: Arc<[u8]>,
}

/// What there is to do with a claimed delivery.
pub(super) enum Prepared {
    /// Send this.
    Ready(Message),
    /// It may not be sent any more; the text says why.
    Over(String),
    /// Something is paused: back to the queue.
    NotNow,
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
    let (Check::Go(_), Kind::Campaign) = (&check, delivery.kind) else { return Ok(check) };
    let Some(subscription) = delivery.subscription_id else {
        return Ok(Check::Over("it has no subscription".to_owned()));
    };
    Ok(match subscriptions::may_receive(conn, subscription)? {
        MayReceive::Yes => check,
        MayReceive::NotConfirmed => Check::Over("the subscription is not confirmed".to_owned()),
        MayReceive::Suppressed(reason) => Check::Over(format!("the address is suppressed: {reason}")),
        MayReceive::ListClosed => Check::Over("the list is closed".to_owned()),
    })
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
        Kind::Confirmation => {
            let notice = subscriptions::confirmation_mail(conn, &kitchen.keys, &kitchen.settings, delivery)?;
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
            Prepared::Ready(Message { return_path, to, bytes: bytes.into() })
        }
        Made::Nothing(cause) => Prepared::Over(cause.to_owned()),
        Made::Faulty(trouble) => Prepared::Faulty(trouble),
    })
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

impl Kitchen {
    pub(super) fn stationery(&self, delivery: &Delivery) -> Stationery<'_> {
        Stationery { keys: &self.keys, mail_domain: &self.settings.mail_domain, delivery: delivery.id, date: self.now }
    }
}

#[cfg(test)]
#[path = "prepare_tests.rs"]
mod tests;
