//! Judges what was stored, oldest first, in small writes, so that a signup never waits long behind a burst of reports.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::bounces::inbound_messages::{self, JudgeOutcome, judge_stored};
use crate::storage::{InboundMessageId, StoreError};

/// Messages judged in one write.
const BATCH: i64 = 25;
/// How often the table is looked at without a nudge: other processes store as well.
const LOOK: Duration = Duration::from_secs(1);
/// How long to leave the database alone when it is away.
const AWAY: Duration = Duration::from_secs(5);

/// Judges until `stop`.
pub(super) async fn run(app: App, nudge: Arc<Notify>, stop: CancellationToken) {
    let mut is_away = false;
    while !stop.is_cancelled() {
        let judged = judge_batch(&app).await;
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
async fn judge_batch(app: &App) -> Result<usize, StoreError> {
    let waiting = app.db.read(|conn| inbound_messages::waiting(conn, BATCH)).await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let (keys, now, batch) = (app.keys.clone(), app.clock.now(), waiting.clone());
    let together = app
        .db
        .write(move |conn| batch.iter().map(|id| judge_stored(conn, &keys, *id, now)).collect::<Result<Vec<_>, _>>())
        .await;
    match together {
        Ok(outcomes) => outcomes.iter().for_each(report),
        Err(error) => {
            tracing::debug!(%error, "judging one by one");
            for id in &waiting {
                judge_alone(app, *id).await?;
            }
        }
    }
    Ok(waiting.len())
}

/// Judges one message by itself; one that cannot be judged is set aside, so that those behind it are.
async fn judge_alone(app: &App, id: InboundMessageId) -> Result<(), StoreError> {
    let (keys, now) = (app.keys.clone(), app.clock.now());
    match app.db.write(move |conn| judge_stored(conn, &keys, id, now)).await {
        Ok(outcome) => report(&outcome),
        Err(error) if error.is_passing() => return Err(error),
        Err(error) => {
            tracing::error!(%id, %error, "an inbound message cannot be judged");
            let why = format!("could not be judged: {error}");
            app.db.write(move |conn| inbound_messages::give_up(conn, id, &why, now)).await?;
        }
    }
    Ok(())
}

fn report(outcome: &JudgeOutcome) {
    if let JudgeOutcome::Judged(judged) = outcome {
        let delivery = judged.delivery_id.map(|id| id.0);
        tracing::debug!(state = %judged.state, kind = judged.kind, delivery, note = judged.note, "judged");
    }
}
