//! The workers of this process: what comes in is taken from the start, what goes out when the database is ready.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::super::stop::Stop;
use super::database::{self, State};
use crate::app::App;
use crate::worker::{self, inbound, mailbox};

/// Starts the workers; the task ends after `stop`, when what was under way has ended.
///
/// # Errors
/// When the inbound address cannot be listened on.
pub(super) fn start(app: &App, state: State, stop: &CancellationToken) -> Result<JoinHandle<()>, Stop> {
    worker::check(app).map_err(|error| Stop::NotSo(error.to_string()))?;
    let inbound = inbound::start(app).map_err(|error| {
        let address = app.settings.inbound.map(|inbound| inbound.address.to_string()).unwrap_or_default();
        Stop::NotSo(format!("ESTAMPILLE_INBOUND_LISTEN = `{address}`: {error}"))
    })?;
    Ok(tokio::spawn(run(app.clone(), state, stop.clone(), inbound)))
}

/// While the database is away, senders of reports are told to come again.
async fn run(app: App, state: State, stop: CancellationToken, inbound: inbound::Handle) {
    tokio::select! {
        () = database::ready(&app, state) => {
            let mailboxes = mailbox::start(&app);
            send_until(&app, &stop).await;
            mailboxes.stop().await;
        }
        () = stop.cancelled() => {}
    }
    inbound.stop().await;
}

/// How soon a worker that could not start is started again.
const START_AGAIN: Duration = Duration::from_secs(5);

/// Sends until the stop. A worker that cannot start says so and tries again; the web and the listener stay up.
async fn send_until(app: &App, stop: &CancellationToken) {
    loop {
        match worker::start(app.clone()).await {
            Ok(worker) => {
                stop.cancelled().await;
                return worker.stop().await;
            }
            Err(error) => tracing::error!(%error, "nothing is sent until this works"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(START_AGAIN) => {}
        }
    }
}
