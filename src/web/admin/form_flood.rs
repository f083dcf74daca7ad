//! `/lists/{list}/forms/{id}/held`: what becomes of the mail that a flooded form holds back.

use actix_web::HttpResponse;
use serde::Deserialize;

use super::form::find;
use super::visit::{Id, OfList, Sent};
use crate::storage::FormId;
use crate::subscriptions::floods::{self, ReleaseOutcome};
use crate::web::error::PageError;
use crate::web::page;

/// So many in one transaction.
const CHUNK: usize = 200;
/// So many chunks in one request; who has more presses again.
const CHUNKS: usize = 50;

/// What was decided.
#[derive(Deserialize)]
pub(super) struct Decision {
    /// `release` or `discard`.
    act: String,
}

pub(super) async fn decide(list: OfList, id: Id<FormId>, sent: Sent<Decision>) -> Result<HttpResponse, PageError> {
    let (visit, now) = (&sent.visit, sent.visit.now);
    let (account, (list, form)) = (visit.account_id()?, find(visit, list, id.0).await?);
    let (by, id, is_release) = (visit.user.actor(), form.id, sent.fields.act == "release");
    let limit = i64::try_from(CHUNK).unwrap_or(i64::MAX);
    let mut from = now;
    for _ in 0..CHUNKS {
        let outcome = visit
            .write(move |conn| {
                if is_release {
                    floods::release_held(conn, account, id, by, (from, limit), now)
                } else {
                    floods::discard_held(conn, account, id, by, limit, now)
                }
            })
            .await?;
        match outcome {
            ReleaseOutcome::NoForm => return Err(PageError::NotFound),
            ReleaseOutcome::Done(count) if count < CHUNK => break,
            ReleaseOutcome::Done(_) => from = from + floods::GAP * i32::try_from(CHUNK).unwrap_or_default(),
        }
    }
    let here = format!("/lists/{}/forms/{id}", list.id);
    let done = if is_release { "?done=held-released" } else { "?done=held-discarded" };
    Ok(page::see_other(&format!("{here}{done}")))
}
