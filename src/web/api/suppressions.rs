//! Suppressions.

use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::{Moment, Page, Reply, Told, once, read, write};
use super::body::{Body, Parameters, PathId};
use super::caller::Caller;
use super::fields::{Fields, Read};
use super::problem::Problem;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::mail::EmailAddress;
use crate::storage::SuppressionId;
use crate::suppressions::{self, LiftOutcome, NewSuppression, Reason, Suppression};

/// An address that the account shall not mail any more.
#[derive(ToSchema)]
#[schema(as = NewSuppression)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct NewSuppressionSchema {
    /// The address.
    #[schema(format = Email)]
    address: String,
    /// Why, in your own words.
    note: Option<String>,
}

pub(super) struct Wanted {
    address: EmailAddress,
    note: String,
}

impl Read for Wanted {
    fn read(fields: &mut Fields) -> Option<Self> {
        let (address, note) = (fields.address("address"), fields.maybe_text("note").unwrap_or_default());
        if note.chars().count() > 1000 {
            fields.refuse("note", "is longer than 1000 characters");
        }
        Some(Self { address: address?, note })
    }
}

/// An address that the account may not mail.
#[derive(Serialize, ToSchema)]
#[schema(as = Suppression)]
pub(super) struct SuppressionAnswer {
    /// Its id.
    id: Uuid,
    /// The address; `null` after an erasure.
    address: Option<String>,
    /// `hard_bounce`, `soft_bounces`, `complaint`, `not_me`, `erased` or `manual`.
    reason: &'static str,
    /// What shows it, such as the reply of a mail server.
    evidence: String,
    /// The delivery that came back, where there is one.
    delivery_id: Option<i64>,
    /// Since when.
    created_at: Moment,
    /// Whether the account may lift it: never a complaint or a person's own wish.
    may_be_lifted: bool,
}

impl From<Suppression> for SuppressionAnswer {
    fn from(suppression: Suppression) -> Self {
        Self {
            id: suppression.id.0,
            address: suppression.address.map(|address| address.to_string()),
            reason: suppression.reason.word(),
            evidence: suppression.evidence,
            delivery_id: suppression.delivery_id.map(|id| id.0),
            created_at: suppression.created_at.into(),
            may_be_lifted: suppression.reason.may_be_lifted(),
        }
    }
}

pub(super) async fn create(app: Data<App>, caller: Caller, body: Body<Wanted>) -> Told {
    let (now, by, account_id) = (app.clock.now(), caller.actor(), caller.account_id);
    once(&app, &caller, body.hash, move |conn| {
        let Wanted { address, note } = body.value;
        let new = NewSuppression { account_id, address, reason: Reason::Manual, evidence: note, delivery_id: None };
        let Some(id) = suppressions::suppress(conn, &new, now)? else {
            return Ok(Err(Problem::conflict("The account has suppressed this address already.")));
        };
        audit::record(conn, &Entry::of(by, "suppression.create").account(account_id).subject(&id), now)?;
        let made = suppressions::find(conn, account_id, id)?;
        Ok(made.map(|made| Reply::created(&SuppressionAnswer::from(made))).ok_or_else(Problem::not_found))
    })
    .await
}

/// Longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// Why an address that was forgiven once is not forgiven again.
fn story(before: &Suppression) -> String {
    let said = |text: &str| if text.is_empty() { "nothing".to_owned() } else { format!("\u{201c}{text}\u{201d}") };
    format!(
        "Mail that came back is forgiven once. A suppression for {} of {} ({}) was lifted on {} with the reason {}, and \
         mail came back again. The person can still ask by a form for another address.",
        before.reason,
        before.created_at,
        said(&before.evidence),
        before.lifted_at.map(|at| at.to_string()).unwrap_or_default(),
        said(before.lift_reason.as_deref().unwrap_or_default()),
    )
}

pub(super) async fn all(app: Data<App>, caller: Caller, mut parameters: Parameters) -> Told {
    let (limit, cursor) = (parameters.limit(), parameters.cursor::<SuppressionId>());
    parameters.done()?;
    read(&app, move |conn| {
        let found = suppressions::page(conn, caller.account_id, cursor, limit + 1)?;
        let page = Page::of(found, limit, |suppression| suppression.id.to_string(), SuppressionAnswer::from);
        Ok(Ok(Reply::ok(&page)))
    })
    .await
}

pub(super) async fn lift(
    app: Data<App>,
    caller: Caller,
    id: PathId<SuppressionId>,
    mut parameters: Parameters,
) -> Told {
    let why: String = parameters.maybe("reason", "a text").unwrap_or_default();
    parameters.done()?;
    if why.chars().count() > LONGEST_REASON {
        return Err(Problem::field("reason", format!("is longer than {LONGEST_REASON} characters")));
    }
    let (now, by) = (app.clock.now(), caller.actor());
    write(&app, move |conn| {
        Ok(match suppressions::lift(conn, caller.account_id, id.0, &why, by, now)? {
            LiftOutcome::Lifted => Ok(Reply::nothing()),
            LiftOutcome::NeedsReason => Err(Problem::field("reason", "is needed to mail an address that came back")),
            LiftOutcome::LiftedBefore(before) => Err(Problem::conflict(story(&before))),
            LiftOutcome::NotTheirs(reason) => {
                Err(Problem::conflict(format!("A suppression for {reason} is not the sender's to lift.")))
            }
            LiftOutcome::NotThere => Err(Problem::not_found()),
        })
    })
    .await
}
