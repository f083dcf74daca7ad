//! The database at the start and while the service runs: it may be away, and it may be behind.

use std::time::Duration;

use super::super::context::bring_up;
use super::super::stop::Stop;
use crate::app::App;
use crate::storage::{Shape, StoreError, shape};

/// How often a database that is away is asked again, and one that is there is looked after.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// A database that does not answer within this is gone, whatever its connections say.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the database was like at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It is up to date.
    Ready,
    /// It does not answer: the web is up and says so, work waits.
    Away,
}

/// Looks at the database and brings an embedded one up to date.
///
/// # Errors
/// [`Stop::NotSo`] where a PostgreSQL schema is behind.
pub(super) fn prepare(app: &App) -> Result<State, Stop> {
    match app.db.read_blocking(shape) {
        Ok(Shape::Current) => Ok(State::Ready),
        Ok(Shape::Behind(missing)) => bring_up(app, &missing).map(|()| State::Ready),
        Err(StoreError::Unavailable(_)) => Ok(State::Away),
        Err(error) => Err(error.into()),
    }
}

/// Waits until the database is there and up to date.
pub(super) async fn ready(app: &App, state: State) {
    if state == State::Ready {
        return;
    }
    loop {
        let looked = app.clone();
        match tokio::task::spawn_blocking(move || prepare(&looked)).await {
            Ok(Ok(State::Ready)) => return,
            Ok(Ok(State::Away)) | Err(_) => {}
            Ok(Err(stop)) => tracing::debug!(%stop, "work waits for the database"),
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

/// Tells the log once when the database goes and once when it comes back.
pub(super) async fn watch(app: App) {
    let mut is_there = true;
    loop {
        let trouble = match app.db.within(PATIENCE).read(shape).await {
            Ok(Shape::Current) => None,
            Ok(Shape::Behind(_)) => Some("the schema is behind: run `estampille migrate`".to_owned()),
            Err(error) => Some(error.to_string()),
        };
        match (&trouble, is_there) {
            (Some(trouble), true) => tracing::error!(%trouble, "the database is gone; work waits for it"),
            (None, false) => tracing::info!("the database is back"),
            _ => {}
        }
        is_there = trouble.is_none();
        tokio::time::sleep(ASK_AGAIN).await;
    }
}
