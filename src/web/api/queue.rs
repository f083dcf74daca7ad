//! The queue of the whole installation, for the operator's programs.

use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::{Moment, Reply, Told, read};
use super::body::{Body, Parameters};
use super::caller::OperatorCaller;
use super::fields::{Fields, Read};
use crate::accounts::installation;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::deliveries::backlog::{self, Selection, Waiting};
use crate::storage::StoreError;

/// Deliveries that are skipped in one write, so that a signup never waits long.
const CHUNK: i64 = 500;

/// What waits of one account and one kind.
#[derive(Serialize, ToSchema)]
#[schema(as = Waiting)]
pub(super) struct WaitingAnswer {
    /// The account; `null` for mail of the installation itself.
    account_id: Option<Uuid>,
    /// `campaign`, `confirmation`, `invitation` or `test`.
    kind: &'static str,
    /// `queued`, `claimed` or `deferred`.
    state: &'static str,
    /// How many.
    deliveries: i64,
    /// Since when the oldest of them is there.
    oldest_at: Moment,
}

impl From<Waiting> for WaitingAnswer {
    fn from(waiting: Waiting) -> Self {
        Self {
            account_id: waiting.account_id.map(|id| id.0),
            kind: waiting.kind.word(),
            state: waiting.state.word(),
            deliveries: waiting.deliveries,
            oldest_at: waiting.oldest_at.into(),
        }
    }
}

/// What waits to be sent.
#[derive(Serialize, ToSchema)]
#[schema(as = Queue)]
pub(super) struct QueueAnswer {
    /// Deliveries that wait, in all.
    deliveries: i64,
    /// Since when the oldest of them is there.
    oldest_at: Option<Moment>,
    /// Why all sending stands still; `null` when it does not.
    sending_paused_reason: Option<String>,
    /// By account, kind and state.
    waiting: Vec<WaitingAnswer>,
}

pub(super) async fn show(app: Data<App>, _caller: OperatorCaller, parameters: Parameters) -> Told {
    parameters.done()?;
    read(&app, |conn| {
        let sending_paused_reason = installation::sending_pause(conn)?;
        let waiting = backlog::waiting(conn)?;
        Ok(Ok(Reply::ok(&QueueAnswer {
            deliveries: waiting.iter().map(|group| group.deliveries).sum(),
            oldest_at: waiting.iter().map(|group| group.oldest_at).min().map(Moment::from),
            sending_paused_reason,
            waiting: waiting.into_iter().map(WaitingAnswer::from).collect(),
        })))
    })
    .await
}

/// Which waiting campaign mail is to be taken out of the queue; every given thing must hold, and one has to be given.
#[derive(ToSchema)]
#[schema(as = Purge)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct PurgeSchema {
    /// Of this account.
    account_id: Option<Uuid>,
    /// Of this campaign.
    campaign_id: Option<Uuid>,
    /// Of this lane.
    lane: Option<String>,
    /// Only count. `true` where it is missing.
    dry_run: Option<bool>,
    /// Why; kept in the audit.
    reason: String,
}

pub(super) struct Purge {
    selection: Selection,
    is_dry_run: bool,
    reason: String,
}

impl Read for Purge {
    fn read(fields: &mut Fields) -> Option<Self> {
        let selection = Selection {
            account_id: fields.maybe_word("account_id", "the id of an account"),
            campaign_id: fields.maybe_word("campaign_id", "the id of a campaign"),
            lane: fields.maybe_text("lane"),
        };
        let is_dry_run = fields.maybe_flag("dry_run").unwrap_or(true);
        let reason = fields.text("reason");
        if selection.is_empty() && fields.is_fine() {
            fields.refuse("account_id", "one of account_id, campaign_id and lane is needed");
        }
        Some(Self { selection, is_dry_run, reason: reason? })
    }
}

/// What a purge took out, or would.
#[derive(Serialize, ToSchema)]
#[schema(as = PurgeResult)]
pub(super) struct PurgeAnswer {
    /// Whether this only counted.
    dry_run: bool,
    /// Waiting deliveries that are chosen.
    matched: i64,
    /// Deliveries that were skipped.
    purged: i64,
}

pub(super) async fn purge(app: Data<App>, caller: OperatorCaller, body: Body<Purge>) -> Told {
    let Purge { selection, is_dry_run, reason } = body.value;
    let counted = selection.clone();
    let matched = app.db.read(move |conn| backlog::count(conn, &counted)).await?;
    let mut purged = 0;
    if !is_dry_run {
        let now = app.clock.now();
        let entry = Entry::of(caller.actor(), "queue.purge")
            .maybe_account(selection.account_id)
            .subject(&format!("{selection:?}"))
            .reason(&reason);
        app.db.write(move |conn| audit::record(conn, &entry, now)).await?;
        purged = skip(&app, selection).await?;
    }
    Ok(Reply::ok(&PurgeAnswer { dry_run: is_dry_run, matched, purged }))
}

/// Skips all that is chosen, chunk by chunk.
async fn skip(app: &App, selection: Selection) -> Result<i64, StoreError> {
    let mut purged = 0;
    loop {
        let (chosen, now) = (selection.clone(), app.clock.now());
        let skipped = app.db.write(move |conn| backlog::purge(conn, &chosen, CHUNK, now)).await?;
        purged += i64::try_from(skipped).unwrap_or(i64::MAX);
        if i64::try_from(skipped).unwrap_or(i64::MAX) < CHUNK {
            return Ok(purged);
        }
    }
}
