//! One sender's line to the relay, or to the tray.

use std::time::Instant;

use super::super::Engine;
use super::prepare::Message;
use super::{judge, tray};
use crate::deliveries::Delivery;
use crate::mail::direct::Direct;
use crate::mail::relay::{Connection, Relay, Reply};

/// Where mail goes.
#[derive(Debug, Clone)]
pub(in super::super) enum Outlet {
    Relay(Relay),
    /// The receivers' own servers; the senders of `worker/direct` work instead of these.
    Direct(Direct),
    Tray,
}

/// Messages over one connection; then a new one, so that a relay behind a balancer shares the load.
const MOST_MESSAGES: usize = 100;

/// A delivery whose message is made.
pub(super) struct Ready {
    pub(super) delivery: Delivery,
    pub(super) message: Message,
    /// Since when its late check may be out of date: when it was made, or when it was claimed.
    pub(super) checked_at: Instant,
}

/// What became of the next message while one was sent.
pub(super) enum Ahead {
    /// The server waits for it.
    Announced,
    /// This is the answer to it.
    Refused(Reply),
    /// It is still to be announced, on this connection or another.
    Nothing,
}

/// A line that is opened when it is needed.
pub(super) struct Line {
    engine: Engine,
    connection: Option<Connection>,
}

impl Line {
    pub(super) const fn new(engine: Engine) -> Self {
        Self { engine, connection: None }
    }

    /// Opens the line where that is needed; `false` when the relay is not there, which everybody is told.
    async fn is_up(&mut self) -> bool {
        let Outlet::Relay(relay) = self.engine.outlet.clone() else { return true };
        let is_worn = |connection: &Connection| connection.is_broken() || connection.sent() >= MOST_MESSAGES;
        if self.connection.as_ref().is_some_and(is_worn) {
            self.hang_up().await;
        }
        if self.connection.is_none() {
            match relay.connect().await {
                Ok(connection) => self.connection = Some(connection),
                Err(trouble) => self.engine.relay.failed(&trouble.text),
            }
        }
        self.connection.is_some()
    }

    /// Announces one message. An old connection that had enough of us is replaced, once.
    ///
    /// # Errors
    /// What was answered; nothing, when the line is down.
    pub(super) async fn begin(&mut self, Ready { delivery, message, .. }: &Ready) -> Result<(), Option<Reply>> {
        loop {
            if !self.is_up().await {
                return Err(None);
            }
            let Some(connection) = self.connection.as_mut() else { return Ok(()) };
            let Err(reply) = connection.begin(&message.envelope()).await else { return Ok(()) };
            match judge::of_whom(reply, &delivery.lane) {
                Reply::Trouble { .. } if !self.was_fresh() => {}
                reply => {
                    self.tell(&reply, self.was_fresh());
                    return Err(Some(reply));
                }
            }
        }
    }

    /// Sends the message that was announced, but for its end.
    pub(super) async fn start(&mut self, current: &Ready) {
        if let Some(connection) = self.connection.as_mut() {
            connection.start(&current.message.bytes).await;
        }
    }

    /// Sends the message that was announced, or what is left of it, and where that costs no round trip announces the next
    /// one with it; trouble on a fresh connection is the relay's, on an old one it had enough of us.
    pub(super) async fn finish(&mut self, current: &Ready, next: Option<&Ready>) -> Reply {
        let was_fresh = self.was_fresh();
        let bytes = &current.message.bytes;
        let reply = match (&self.engine.outlet, self.connection.as_mut(), next) {
            (Outlet::Tray, ..) => tray::take(&self.engine.app, current.delivery.id, &current.message).await,
            (Outlet::Relay(_), Some(connection), None) => connection.finish(bytes).await,
            (Outlet::Relay(_), Some(connection), Some(next)) => {
                connection.finish_and_announce(bytes, &next.message.envelope()).await
            }
            (Outlet::Relay(_) | Outlet::Direct(_), ..) => {
                Reply::Trouble { code: None, text: "there is no connection".to_owned() }
            }
        };
        let reply = judge::of_whom(reply, &current.delivery.lane);
        self.tell(&reply, was_fresh);
        reply
    }

    /// What became of the announcement that went out with the last message.
    pub(super) async fn announced(&mut self, next: &Ready) -> Ahead {
        let Some(connection) = self.connection.as_mut() else { return Ahead::Nothing };
        match connection.announced().await.map(|answer| answer.map_err(|of| judge::of_whom(of, &next.delivery.lane))) {
            Some(Ok(())) => Ahead::Announced,
            Some(Err(refused @ Reply::Refused { .. })) => Ahead::Refused(refused),
            // Not before it is announced on a fresh connection is trouble the relay's.
            Some(Err(_)) | None => Ahead::Nothing,
        }
    }

    fn tell(&self, reply: &Reply, was_fresh: bool) {
        match reply {
            Reply::Trouble { text, .. } if was_fresh => self.engine.relay.failed(text),
            Reply::Trouble { .. } => {}
            Reply::Accepted { .. } | Reply::Refused { .. } => self.engine.relay.worked(),
        }
    }

    /// Whether the next message can be announced together with the one that is sent now.
    pub(super) fn takes_another(&self) -> bool {
        let takes = |connection: &Connection| connection.offers().has_pipelining && connection.sent() < MOST_MESSAGES;
        self.connection.as_ref().is_some_and(takes)
    }

    /// Takes back the announcement: the connection ends without the message.
    pub(super) fn abandon(&mut self) {
        self.connection = None;
    }

    /// Whether the last message was the first of its connection: then trouble cannot be that the relay grew tired of us.
    pub(super) fn was_fresh(&self) -> bool {
        self.connection.as_ref().is_none_or(|connection| connection.sent() <= 1)
    }

    /// Ends the connection, if there is one.
    pub(super) async fn hang_up(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.quit().await;
        }
    }
}
