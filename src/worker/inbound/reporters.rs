//! Finds out who reports a complaint (BNC-08), before anything is written: only complaints with a mark of ours are worth
//! a question, those of one batch are asked about together, and no answer is waited for longer than [`PATIENCE`].

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use crate::app::App;
use crate::bounces::inbound_messages::reporter::{Way, by_signatures, by_way, matters};
use crate::bounces::inbound_messages::{Opened, Reporter, Waiting, open};
use crate::config::Settings;
use crate::keyring::Keyring;
use crate::mail::dns::Dns;
use crate::mail::signers::{self, Claims, Keys};
use crate::storage::{InboundMessageId, Timestamp};

/// How long the name servers may take for all keys of one message.
const PATIENCE: Duration = Duration::from_secs(5);

/// A message that was read, with itself where its signatures have to be looked at.
pub(super) struct Read {
    opened: Opened,
    unproved: Option<Waiting>,
}

impl Read {
    /// Reads a message that waits. Slow for a long one.
    pub(super) fn of(waiting: Waiting, keys: &Keyring) -> Self {
        let opened = open(&waiting);
        let unproved = opened.lacks_a_reporter(keys).then_some(waiting);
        Self { opened, unproved }
    }

    /// A message that could not even be looked at.
    pub(super) fn unreadable(id: InboundMessageId, received_at: Timestamp) -> Self {
        Self { opened: Opened::unreadable(id, received_at), unproved: None }
    }
}

/// Who is known, and whom to ask.
pub(super) struct Reporters {
    dns: Dns,
    settings: Arc<Settings>,
}

impl Reporters {
    pub(super) fn new(app: &App) -> Self {
        Self { dns: Dns::new(app.settings.dns_server), settings: Arc::clone(&app.settings) }
    }

    /// Says of each message of a batch who reports it, where that matters.
    pub(super) async fn tell(&self, batch: Vec<Read>) -> Vec<Opened> {
        join_all(batch.into_iter().map(async |Read { opened, unproved }| match unproved {
            Some(waiting) => {
                let reporter = self.find(waiting).await;
                opened.reported_by(reporter)
            }
            None => opened,
        }))
        .await
    }

    async fn find(&self, waiting: Waiting) -> Reporter {
        let settings = Arc::clone(&self.settings);
        let looked = tokio::task::spawn_blocking(move || look(waiting, &settings)).await;
        let (waiting, claims) = match looked {
            Ok(Looked::Known(reporter)) => return reporter,
            Ok(Looked::Signed(waiting, claims)) => (waiting, claims),
            Err(error) => return unsure(&error),
        };
        if claims.signatures.is_empty() {
            return Reporter::Unsigned;
        }
        let known = &self.settings.feedback_sources;
        let asked = Keys::ask(&self.dns, &claims, |domain| matters(domain, &claims, known));
        let Ok(keys) = tokio::time::timeout(PATIENCE, asked).await else { return Reporter::Unsure };
        let is_unsure = keys.is_unsure;
        match tokio::task::spawn_blocking(move || signers::valid(&waiting.message, &keys)).await {
            Ok(valid) => by_signatures(&valid, is_unsure, &claims, known),
            Err(error) => unsure(&error),
        }
    }
}

fn unsure(error: &tokio::task::JoinError) -> Reporter {
    tracing::error!(%error, "the signatures of a complaint cannot be read");
    Reporter::Unsure
}

/// What a complaint shows without asking anybody.
enum Looked {
    Known(Reporter),
    Signed(Waiting, Claims),
}

fn look(waiting: Waiting, settings: &Settings) -> Looked {
    let claims = signers::claims(&waiting.message);
    let way = Way { channel: waiting.channel, source: &waiting.source };
    match by_way(&way, &claims, &settings.feedback_sources) {
        Some(reporter) => Looked::Known(reporter),
        None => Looked::Signed(waiting, claims),
    }
}
