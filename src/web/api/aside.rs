//! Complaints of somebody who is not known, for the operator's programs.

use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{Moment, Page, Reply, Told, read, write};
use super::body::{Body, Parameters, PathId};
use super::caller::Access::{OperatorChange, OperatorRead};
use super::caller::OperatorCaller;
use super::endpoint::{Endpoint, get, post};
use super::operator::{Reason, ReasonSchema};
use super::problem::Problem;
use crate::app::App;
use crate::bounces::inbound_messages::unmatched::{self, Unmatched};
use crate::bounces::inbound_messages::{DismissOutcome, ReleaseOutcome, State, dismiss, release};
use crate::storage::{Conn, InboundMessageId, StoreError};

/// The endpoints about them.
pub(super) fn of_the_reports() -> Vec<Endpoint> {
    vec![
        get("/operator/reports", OperatorRead, all)
            .does("Complaints that are kept aside because nobody knows who reports them, newest first.")
            .gives_page::<AsideAnswer>(),
        post("/operator/reports/{id}/release", OperatorChange, let_act)
            .does("Has a complaint act that was kept aside.")
            .takes::<ReasonSchema>()
            .gives::<Decided>(200),
        post("/operator/reports/{id}/dismiss", OperatorChange, set_aside)
            .does("Dismisses a complaint that was kept aside: it changes nobody, and neither does a copy of it.")
            .takes::<ReasonSchema>()
            .gives::<Decided>(200),
    ]
}

/// A complaint that changed nobody.
#[derive(Serialize, ToSchema)]
#[schema(as = ComplaintAside)]
pub(super) struct AsideAnswer {
    /// Its id.
    id: i64,
    /// The door it came through, such as `smtp`.
    channel: &'static str,
    /// Why it is not believed, such as `unsigned` or `broken`.
    reporter: Option<&'static str>,
    /// Who handed it in: a network address or an account, where that is known.
    source: String,
    /// When it came.
    received_at: Moment,
}

impl From<Unmatched> for AsideAnswer {
    fn from(row: Unmatched) -> Self {
        Self {
            id: row.id.0,
            channel: row.channel.word(),
            reporter: row.reporter.map(|reporter| reporter.word()),
            source: row.source,
            received_at: row.received_at.into(),
        }
    }
}

/// What was decided of a complaint.
#[derive(Serialize, ToSchema)]
#[schema(as = ComplaintDecided)]
pub(super) struct Decided {
    /// `stored` when it will be judged in a moment, `dismissed` when it never acts.
    state: &'static str,
}

async fn all(app: Data<App>, _caller: OperatorCaller, mut parameters: Parameters) -> Told {
    let (limit, cursor) = (parameters.limit(), parameters.cursor::<i64>().map(InboundMessageId));
    parameters.done()?;
    read(&app, move |conn| {
        let found = unmatched::page(conn, Some(State::Quarantined), cursor, limit + 1)?;
        Ok(Ok(Reply::ok(&Page::of(found, limit, |row| row.id.to_string(), AsideAnswer::from))))
    })
    .await
}

async fn let_act(app: Data<App>, caller: OperatorCaller, id: PathId<i64>, body: Body<Reason>) -> Told {
    let now = app.clock.now();
    write(&app, move |conn: &mut Conn| {
        let outcome = release(conn, InboundMessageId(id.0), &body.value.0, caller.actor(), now)?;
        Ok::<_, StoreError>(match outcome {
            ReleaseOutcome::Released => Ok(Reply::ok(&Decided { state: State::Stored.word() })),
            ReleaseOutcome::NoSuch => Err(Problem::not_found()),
        })
    })
    .await
}

async fn set_aside(app: Data<App>, caller: OperatorCaller, id: PathId<i64>, body: Body<Reason>) -> Told {
    let now = app.clock.now();
    write(&app, move |conn: &mut Conn| {
        let outcome = dismiss(conn, InboundMessageId(id.0), &body.value.0, caller.actor(), now)?;
        Ok::<_, StoreError>(match outcome {
            DismissOutcome::Dismissed => Ok(Reply::ok(&Decided { state: State::Dismissed.word() })),
            DismissOutcome::NoSuch => Err(Problem::not_found()),
        })
    })
    .await
}
