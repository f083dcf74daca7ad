//! `/operator/reports`: what came in and changed nobody, and how much was turned away at the doors.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::TimeDelta;
use serde::Deserialize;

use crate::bounces::inbound_messages::State;
use crate::bounces::inbound_messages::unmatched::{self, Counts, Unmatched};
use crate::ceilings;
use crate::storage::InboundMessageId;
use crate::web::admin::visit::Visit;
use crate::web::error::PageError;
use crate::web::hooks;
use crate::web::page::{self, Page, Place};

#[derive(Template)]
#[template(path = "operator/reports.html")]
struct ReportsPage {
    page: Page,
    /// The one state that is shown; all when there is none.
    state: Option<State>,
    counts: Counts,
    /// Each door at which something was refused in the last day, with how often.
    refused: Vec<(String, i64)>,
    rows: Vec<Unmatched>,
    next: Option<InboundMessageId>,
}

/// What is shown, and where the page begins.
#[derive(Deserialize)]
pub(super) struct Choice {
    state: Option<State>,
    cursor: Option<InboundMessageId>,
}

const ROWS: usize = 50;

pub(super) async fn all(visit: Visit, choice: web::Query<Choice>) -> Result<HttpResponse, PageError> {
    visit.user.must_be_operator()?;
    let (state, cursor, now) = (choice.state, choice.cursor, visit.now);
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let names = refused_names(&visit);
    let (mut rows, counts, refused) = visit
        .read(move |conn| {
            let mut refused = Vec::new();
            for (door, name) in names {
                refused.push((door, ceilings::hits(conn, &name, TimeDelta::days(1), now)?));
            }
            Ok((unmatched::page(conn, state, cursor, limit)?, unmatched::counts(conn)?, refused))
        })
        .await?;
    let next = (rows.len() > ROWS).then(|| rows.get(ROWS - 1).map(|row| row.id)).flatten();
    rows.truncate(ROWS);
    let refused = refused.into_iter().filter(|(_, times)| *times > 0).collect();
    let page = visit.page_of(Place::Operator, "reports-title").await?;
    Ok(page::show(&ReportsPage { page, state, counts, refused, rows, next }))
}

/// The doors, in the words of the page, and the names of their counts.
fn refused_names(visit: &Visit) -> Vec<(String, String)> {
    let listener = (visit.texts().say("inbound-channel-smtp"), ceilings::REFUSED_REPORTS.to_owned());
    let hooks = visit
        .app
        .settings
        .hooks
        .providers()
        .map(|provider| (visit.texts().say(&format!("inbound-channel-{provider}")), hooks::refused_name(provider)));
    std::iter::once(listener).chain(hooks).collect()
}
