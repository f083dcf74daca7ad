//! What the tray answers; in the demo, as real recipients do.

use std::time::Duration;

use url::Url;

use super::prepare::Message;
use crate::app::App;
use crate::mail::relay::{Relay, Reply};
use crate::mail::tray::{Behaviour, behaviour, put, report};
use crate::storage::DeliveryId;

/// A server that cannot deliver says so after a while; a newcomer to the demo shall still see it.
const REPORTS_AFTER: Duration = Duration::from_secs(3);

/// Takes a message as its recipient would.
pub(super) async fn take(app: &App, id: DeliveryId, message: &Message) -> Reply {
    let does = if app.is_demo { behaviour(message.to.as_str()) } else { Behaviour::Takes };
    if does == Behaviour::Refuses {
        return Reply::Refused { code: 550, text: "550 5.1.1 User unknown".to_owned() };
    }
    let (data_dir, now) = (app.settings.data_dir.clone(), app.clock.now());
    let copy = message.clone();
    let written = tokio::task::spawn_blocking(move || {
        put(&data_dir, (&copy.return_path, copy.to.as_str()), &copy.bytes, id, now)
    });
    let reply = written.await.unwrap_or_else(|error| Reply::Trouble { code: None, text: error.to_string() });
    if let (Behaviour::Reports(status, text), Reply::Accepted { .. }) = (does, &reply) {
        tokio::spawn(send_report(app.clone(), message.clone(), status, text));
    }
    reply
}

/// Sends a real report over real SMTP to our own listener.
async fn send_report(app: App, message: Message, status: &'static str, text: &'static str) {
    let Some(inbound) = app.settings.inbound.filter(|inbound| !inbound.is_lmtp) else { return };
    tokio::time::sleep(REPORTS_AFTER).await;
    let envelope = (message.return_path.as_str(), message.to.as_str());
    let report = report(envelope, status, text, &message.bytes, app.clock.now());
    let relay = Url::parse(&format!("smtp://{}", inbound.address))
        .map_err(|error| error.to_string())
        .and_then(|url| Relay::read(&url, "tray.example"));
    let sent = match relay {
        Ok(relay) => relay.connect().await.map_err(|error| error.text),
        Err(error) => Err(error),
    };
    match sent {
        Ok(mut connection) => {
            let reply = connection.send("", &message.return_path, &report).await;
            tracing::debug!(?reply, "the tray sent a report");
            connection.quit().await;
        }
        Err(trouble) => tracing::warn!(trouble, "the tray could not send a report"),
    }
}
