//! The workers of this process: started when the database is ready, drained at the end.

use tokio_util::sync::CancellationToken;

use super::database::{self, State};
use crate::app::App;

/// Runs the workers until `stop`; returns when what was under way has ended.
pub(super) async fn run(app: App, state: State, stop: CancellationToken) {
    tokio::select! {
        () = database::ready(&app, state) => {}
        () = stop.cancelled() => return,
    }
    stop.cancelled().await;
}
