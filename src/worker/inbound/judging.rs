//! Judges what was stored, oldest first, in small writes, so that a signup never waits long behind a burst of reports.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::reporters::{self, Reporters};
use super::told;
use crate::app::App;
use crate::bounces::inbound_messages::{self, JudgeOutcome, Opened, judge_all};
use crate::storage::{Conn, InboundMessageId, StoreError};

/// Messages judged in one write.
const BATCH: i64 = 25;
/// Messages of so many bytes together are enough for one write.
const MOST_HELD: usize = 4 * 1024 * 1024;
/// How often the table is looked at without a nudge: other processes store as well.
const LOOK: Duration = Duration::from_secs(1);
/// How long to leave the database alone when it is away.
const AWAY: Duration = Duration::from_secs(5);

/// Judges until `stop`.
pub(super) async fn run(app: App, nudge: Arc<Notify>, stop: CancellationToken) {
    let (mut is_away, reporters) = (false, Reporters::new(&app));
    while !stop.is_cancelled() {
        let judged = judge_batch(&app, &reporters).await;
        let wait = match &judged {
            Ok(0) => LOOK,
            Ok(_) => Duration::ZERO,
            Err(_) => AWAY,
        };
        is_away = say_once(is_away, &judged);
        tokio::select! {
            () = stop.cancelled() => {}
            () = nudge.notified(), if !is_away => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Says in the log that the database went or came back, once each time; returns whether it is away.
fn say_once(was_away: bool, judged: &Result<usize, StoreError>) -> bool {
    match judged {
        Err(error) if !was_away => tracing::error!(%error, "inbound mail waits to be judged"),
        Ok(_) if was_away => tracing::info!("judging inbound mail again"),
        Ok(_) | Err(_) => {}
    }
    judged.is_err()
}

/// Judges the messages that wait longest; says how many it took from the queue.
async fn judge_batch(app: &App, reporters: &Reporters) -> Result<usize, StoreError> {
    let now = app.clock.now();
    let waiting = app.db.read(move |conn| inbound_messages::waiting(conn, BATCH, now)).await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let batch = Arc::new(reporters.tell(open_some(app, waiting).await?).await);
    let (keys, now, shared) = (app.keys.clone(), app.clock.now(), Arc::clone(&batch));
    match app.db.write(move |conn| judge_all(conn, &keys, &shared, now)).await {
        Ok(outcomes) => report(app, &outcomes).await,
        Err(error) => {
            tracing::debug!(%error, "judging one by one");
            for at in 0..batch.len() {
                judge_alone(app, &batch, at).await?;
            }
        }
    }
    // Also when others took them all meanwhile: then it is worth looking again.
    Ok(batch.len().max(1))
}

/// Reads messages one after the other, before anything is written, until they are many bytes.
async fn open_some(app: &App, waiting: Vec<InboundMessageId>) -> Result<Vec<reporters::Read>, StoreError> {
    let (mut opened, mut held) = (Vec::with_capacity(waiting.len()), 0);
    for id in waiting {
        let Some(raw) = app.db.read(move |conn| inbound_messages::raw(conn, id)).await? else { continue };
        held += raw.message.len();
        let (keys, received_at) = (app.keys.clone(), raw.received_at);
        let read = tokio::task::spawn_blocking(move || reporters::Read::of(raw, &keys)).await;
        opened.push(read.unwrap_or_else(|error| {
            tracing::error!(%id, %error, "an inbound message cannot be read");
            reporters::Read::unreadable(id, received_at)
        }));
        if held > MOST_HELD {
            break;
        }
    }
    Ok(opened)
}

/// Judges one message by itself; one that cannot be judged is set aside, so that those behind it are.
async fn judge_alone(app: &App, batch: &Arc<Vec<Opened>>, at: usize) -> Result<(), StoreError> {
    let (keys, now, shared) = (app.keys.clone(), app.clock.now(), Arc::clone(batch));
    let Some(id) = batch.get(at).map(|one| one.id) else { return Ok(()) };
    let judge = move |conn: &mut Conn| judge_all(conn, &keys, shared.get(at..=at).unwrap_or_default(), now);
    match app.db.write(judge).await {
        Ok(outcome) => report(app, &outcome).await,
        Err(error) if error.is_passing() => return Err(error),
        Err(error) => {
            tracing::error!(%id, %error, "an inbound message cannot be judged");
            app.db.write(move |conn| inbound_messages::give_up(conn, id, now)).await?;
        }
    }
    Ok(())
}

/// Says what was judged, and lets lanes and campaigns follow what it tells of them.
async fn report(app: &App, outcomes: &[JudgeOutcome]) {
    let judged = || outcomes.iter().filter_map(JudgeOutcome::judged);
    for one in judged() {
        let delivery = one.delivery_id.map(|id| id.0);
        tracing::debug!(state = %one.state, kind = one.kind, delivery, note = %one.note, "judged");
    }
    told::follow(app, judged().filter_map(|one| one.told.as_deref())).await;
}
