//! `/subscribers/{id}/proof`: what the account can show of one person's consent, to be printed or as JSON.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};

use super::visit::{Id, Visit};
use crate::storage::SubscriberId;
use crate::subscriptions::{self, Proof};
use crate::texts::{Language, Texts};
use crate::web::error::PageError;
use crate::web::page;
use crate::web::proof::{ConsentAnswer, Reader, print, styles};

pub(super) async fn show(visit: Visit, id: Id<SubscriberId>) -> Result<HttpResponse, PageError> {
    let back = format!("/subscribers/{}", id.0);
    let reader = reader(&visit, back.clone(), format!("{back}/proof"), None);
    Ok(page::show(&print(reader, find(&visit, id.0).await?)))
}

pub(super) async fn json(visit: Visit, id: Id<SubscriberId>) -> Result<HttpResponse, PageError> {
    Ok(as_json(find(&visit, id.0).await?))
}

/// The styles of the forms on the page.
pub(super) async fn css(visit: Visit, id: Id<SubscriberId>) -> Result<HttpResponse, PageError> {
    let account = visit.account_id()?;
    Ok(styles(&visit.read(move |conn| subscriptions::forms_shown(conn, account, id.0)).await?))
}

async fn find(visit: &Visit, id: SubscriberId) -> Result<Proof, PageError> {
    let (account, keys) = (visit.account_id()?, visit.app.keys.clone());
    let found = visit.read(move |conn| subscriptions::proof(conn, &keys, account, id)).await?;
    found.ok_or(PageError::NotFound)
}

/// Who reads the page: in the language that the address names, else in the user's own.
pub(in crate::web) fn reader(visit: &Visit, back: String, here: String, mails: Option<String>) -> Reader {
    let chosen = visit.query("language").and_then(|tag| tag.parse::<Language>().ok());
    Reader {
        texts: chosen.map_or_else(|| visit.texts(), Texts),
        now: visit.now,
        back,
        here,
        mails,
        site: visit.app.settings.link(""),
    }
}

/// The proof as a file.
pub(in crate::web) fn as_json(proof: Proof) -> HttpResponse {
    let name = format!("attachment; filename=\"consent-{}.json\"", proof.subscriber.id);
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, name))
        .json(ConsentAnswer::from(proof))
}
