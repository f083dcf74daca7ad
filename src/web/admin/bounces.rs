//! `/bounces`: what came back, why, in the receiving side's own words.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::visit::Visit;
use crate::bounces::{self, Bounce};
use crate::campaigns;
use crate::complaints::{self, Complaint};
use crate::storage::BounceId;
use crate::web::error::PageError;
use crate::web::page::{self, Page, Place};

#[derive(Template)]
#[template(path = "admin/bounces.html")]
struct BouncesPage {
    page: Page,
    /// Each bounce with its campaign's subject; empty for a confirmation.
    rows: Vec<(Bounce, String)>,
    complaints: Vec<Complaint>,
    next: Option<BounceId>,
}

/// Where a page begins.
#[derive(Deserialize)]
pub(super) struct Cursor {
    cursor: Option<BounceId>,
}

const ROWS: usize = 50;
/// Complaints are few; the newest are shown above the bounces.
const COMPLAINTS: i64 = 20;

pub(super) async fn all(visit: Visit, query: web::Query<Cursor>) -> Result<HttpResponse, PageError> {
    let (account, cursor) = (visit.account_id()?, query.cursor);
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let (mut rows, complaints) = visit
        .read(move |conn| {
            let mut rows = Vec::new();
            for bounce in bounces::page(conn, account, cursor, limit)? {
                let campaign = match bounce.campaign_id {
                    Some(id) => campaigns::find(conn, account, id)?,
                    None => None,
                };
                rows.push((bounce, campaign.map(|campaign| campaign.content.subject).unwrap_or_default()));
            }
            Ok((rows, complaints::page(conn, account, None, COMPLAINTS)?))
        })
        .await?;
    let next = (rows.len() > ROWS).then(|| rows.get(ROWS - 1).map(|(bounce, _)| bounce.id)).flatten();
    rows.truncate(ROWS);
    let page = visit.page_of(Place::Bounces, "bounces-title").await?;
    Ok(page::show(&BouncesPage { page, rows, complaints, next }))
}
