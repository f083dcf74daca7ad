//! Where the messages of a mailbox go.

use crate::app::App;
use crate::bounces::inbound_messages::{self, Channel, Received, marks};
use crate::mail::inbound;

/// Keeps messages, whose envelope is lost: the header says where they were going.
pub(super) struct Shelf(App);

impl Shelf {
    pub(super) const fn new(app: App) -> Self {
        Self(app)
    }

    /// Keeps a message. Only then may it be removed.
    pub(super) async fn keep(&self, message: Vec<u8>) -> Result<(), String> {
        let keys = self.0.keys.clone();
        let received = tokio::task::spawn_blocking(move || {
            let envelope_to = marks::destination(&keys, &inbound::recipients(&message));
            Received {
                channel: Channel::Mailbox,
                envelope_from: String::new(),
                envelope_to,
                source: String::new(),
                message,
            }
        });
        let received = received.await.map_err(|error| error.to_string())?;
        let now = self.0.clock.now();
        let kept = self.0.db.write(move |conn| inbound_messages::store(conn, &received, now)).await;
        kept.map(drop).map_err(|error| error.to_string())
    }
}
