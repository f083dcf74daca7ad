//! A mail that is no campaign's: its late check, then the message itself, on one connection of the database.

use std::sync::Arc;

use super::super::Engine;
use super::content::{self, Cache, Made};
use super::late_check::{Check, late_check};
use super::notices::{copy, noticed, to_reader};
use super::seal::{self, Signers};
use crate::clock::Timestamp;
use crate::config::Settings;
use crate::consent::KeptMail;
use crate::deliveries::{Delivery, Kind};
use crate::keyring::Keyring;
use crate::mail::compose::Stationery;
use crate::mail::relay::Envelope;
use crate::mail::{EmailAddress, return_path};
use crate::storage::{Conn, StoreError};
use crate::{accounts, campaigns};

/// A message ready for `MAIL FROM`.
#[derive(Debug, Clone)]
pub(in super::super) struct Message {
    pub(in super::super) return_path: String,
    pub(in super::super) to: EmailAddress,
    pub(in super::super) bytes: Arc<Vec<u8>>,
    /// The copy of a confirmation mail that goes into its proof.
    pub(super) copy: Option<Arc<KeptMail>>,
}

impl Message {
    /// What the server has to know of it beforehand.
    pub(in super::super) fn envelope(&self) -> Envelope<'_> {
        Envelope::new(&self.return_path, self.to.as_str(), &self.bytes)
    }
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
    pub(super) signers: Signers,
    pub(super) now: Timestamp,
}

impl Kitchen {
    pub(super) fn of(engine: &Engine) -> Self {
        let app = &engine.app;
        Self {
            keys: app.keys.clone(),
            settings: Arc::clone(&app.settings),
            cache: engine.cache.clone(),
            signers: engine.signers.clone(),
            now: app.clock.now(),
        }
    }
}

/// Checks and makes one message.
pub(super) async fn prepare(engine: &Engine, delivery: &Delivery) -> Prepared {
    let (kitchen, delivery, node) = (Kitchen::of(engine), delivery.clone(), engine.node.id.clone());
    let prepared = engine.app.db.read(move |conn| match late_check(conn, &delivery, &node, kitchen.now)? {
        Check::Go(to) => make(conn, &kitchen, &delivery, to),
        Check::Over(cause) => Ok(Prepared::Over(cause)),
        Check::NotNow => Ok(Prepared::NotNow),
    });
    match prepared.await {
        Ok(prepared) => prepared,
        // The database went away between the claim and now.
        Err(error) if error.is_passing() => Prepared::NotNow,
        Err(error) => Prepared::Faulty(error.to_string()),
    }
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

fn make(conn: &mut Conn, kitchen: &Kitchen, delivery: &Delivery, to: EmailAddress) -> Result<Prepared, StoreError> {
    let made = match delivery.kind {
        Kind::Campaign | Kind::Test => content::test_mail(conn, kitchen, delivery, &to)?,
        Kind::Confirmation
        | Kind::Welcome
        | Kind::Goodbye
        | Kind::Digest
        | Kind::Preferences
        | Kind::AddressChange
        | Kind::Flood => {
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
    let copy = match &made {
        Made::Message(bytes) => copy(conn, kitchen, delivery, bytes)?,
        _ => None,
    };
    Ok(match prepared(kitchen, delivery, to, made) {
        Prepared::Ready(message) => Prepared::Ready(Message { copy, ..message }),
        other => other,
    })
}

/// What there is to do with what was made.
pub(super) fn prepared(kitchen: &Kitchen, delivery: &Delivery, to: EmailAddress, made: Made) -> Prepared {
    match made {
        Made::Message(bytes) => {
            let return_path = return_path::sign(&kitchen.keys, &kitchen.settings.mail_domain, delivery.id);
            let bytes = Arc::new(seal::labelled(kitchen, delivery, bytes));
            Prepared::Ready(Message { return_path, to, bytes, copy: None })
        }
        Made::Nothing(cause) => Prepared::Over(cause.to_owned()),
        // The sender of a test looks at its fate; a campaign is held.
        Made::Refused(reason) if delivery.kind == Kind::Test => Prepared::Over(reason),
        Made::Refused(reason) => Prepared::Refused(reason),
        Made::Faulty(trouble) => Prepared::Faulty(trouble),
    }
}

impl Kitchen {
    pub(super) fn stationery(&self, delivery: &Delivery) -> Stationery<'_> {
        Stationery { keys: &self.keys, mail_domain: &self.settings.mail_domain, delivery: delivery.id, date: self.now }
    }
}
