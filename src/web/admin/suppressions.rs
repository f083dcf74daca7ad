//! `/suppressions`: addresses that the account may not mail; adding one, lifting where the account may.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::list_form::read_address;
use super::person_acts::WhyForm;
use super::visit::{Id, Sent, Visit, again};
use crate::storage::SuppressionId;
use crate::suppressions::{self, LiftOutcome, NewSuppression, Reason, Suppression};
use crate::web::error::PageError;
use crate::web::page::{self, Page, Place, Problems, see_other};

#[derive(Template)]
#[template(path = "admin/suppressions.html")]
struct SuppressionsPage {
    page: Page,
    typed: NewForm,
    problems: Problems,
    rows: Vec<Suppression>,
    next: Option<SuppressionId>,
}

/// Where a page begins.
#[derive(Deserialize)]
pub(super) struct Cursor {
    cursor: Option<SuppressionId>,
}

/// An address to be left alone.
#[derive(Deserialize, Default)]
pub(super) struct NewForm {
    address: String,
    #[serde(default)]
    evidence: String,
}

const ROWS: usize = 50;

pub(super) async fn all(visit: Visit, query: web::Query<Cursor>) -> Result<HttpResponse, PageError> {
    let page = suppressions_page(&visit, query.cursor, NewForm::default(), Problems::default()).await?;
    Ok(page::show(&page))
}

pub(super) async fn add(sent: Sent<NewForm>) -> Result<HttpResponse, PageError> {
    let (now, visit, typed) = (sent.visit.now, sent.visit, sent.fields);
    let account = visit.account_id()?;
    let mut problems = Problems::default();
    let Some(address) = read_address(&mut problems, "address", &typed.address, visit.texts()) else {
        return Ok(again(&problems, &suppressions_page(&visit, None, typed, problems.clone()).await?));
    };
    let evidence = typed.evidence.trim().to_owned();
    let new = NewSuppression { account_id: account, address, reason: Reason::Manual, evidence, delivery_id: None };
    visit.write(move |conn| suppressions::suppress(conn, &new, now)).await?;
    Ok(see_other("/suppressions?done=suppressed"))
}

pub(super) async fn lift(id: Id<SuppressionId>, sent: Sent<WhyForm>) -> Result<HttpResponse, PageError> {
    let (now, visit, id) = (sent.visit.now, sent.visit, id.0);
    let (account, by, why) = (visit.account_id()?, visit.user.actor(), sent.fields.reason.trim().to_owned());
    if why.is_empty() {
        return Ok(see_other("/suppressions?done=needs-reason"));
    }
    match visit.write(move |conn| suppressions::lift(conn, account, id, &why, by, now)).await? {
        LiftOutcome::Lifted => Ok(see_other("/suppressions?done=lifted")),
        LiftOutcome::NotTheirs(_) => Ok(see_other("/suppressions?done=not-yours")),
        LiftOutcome::NeedsReason => Ok(see_other("/suppressions?done=needs-reason")),
        LiftOutcome::LiftedBefore(_) => Ok(see_other("/suppressions?done=lifted-before")),
        LiftOutcome::NotThere => Err(PageError::NotFound),
    }
}

async fn suppressions_page(
    visit: &Visit,
    cursor: Option<SuppressionId>,
    typed: NewForm,
    problems: Problems,
) -> Result<SuppressionsPage, PageError> {
    let account = visit.account_id()?;
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let mut rows = visit.read(move |conn| suppressions::page(conn, account, cursor, limit)).await?;
    let next = (rows.len() > ROWS).then(|| rows.get(ROWS - 1).map(|row| row.id)).flatten();
    rows.truncate(ROWS);
    let page = visit.page_of(Place::Suppressions, "suppressions-title").await?;
    Ok(SuppressionsPage { page, typed, problems, rows, next })
}
