//! `/operator/proofs`: the proofs of any person, and the seals over all of them.

use std::fmt::Write as _;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use askama::Template;

use crate::accounts;
use crate::consent::seals::{self, Seal};
use crate::consent::{self, walks};
use crate::keyring::hex;
use crate::mail::EmailAddress;
use crate::storage::{AccountId, Conn, ConsentRecordId, StoreError, SubscriberId};
use crate::subscribers;
use crate::subscriptions::{self, Proof};
use crate::web::admin::proof::{as_json, reader};
use crate::web::admin::visit::{Id, Visit};
use crate::web::error::PageError;
use crate::web::page::{self, Page, Place};
use crate::web::proof::{break_in_words, print, styles};

#[derive(Template)]
#[template(path = "operator/proofs.html")]
struct ProofsPage {
    page: Page,
    asked: String,
    /// Whether what was asked for is an address at all.
    is_address: bool,
    found: Vec<(SubscriberId, String)>,
    seals: Vec<(Seal, String)>,
    /// What the last walks along the chains found, in words.
    broken: Vec<String>,
}

/// Seals that are shown; the file has all of them.
const SEALS: i64 = 60;

pub(super) async fn show(visit: Visit) -> Result<HttpResponse, PageError> {
    visit.user.must_be_operator()?;
    let asked = visit.query("address").unwrap_or_default().trim().to_owned();
    let address = EmailAddress::parse(&asked).ok();
    let is_address = address.is_some() || asked.is_empty();
    let (found, seals, broken) = visit
        .read(move |conn| {
            let found = address.map_or(Ok(Vec::new()), |address| everywhere(conn, &address))?;
            Ok((found, seals::newest(conn, SEALS)?, walks::broken(conn)?))
        })
        .await?;
    let seals = seals.into_iter().map(|seal| (seal.clone(), hex(&seal.digest))).collect();
    let texts = visit.texts();
    let broken = broken.iter().map(|(account, found)| {
        let what = break_in_words(texts, found);
        texts.say_with("proofs-broken", &[("account", account.as_str().into()), ("what", what.into())])
    });
    let broken = broken.collect();
    let page = visit.page_of(Place::Operator, "proofs-title").await?;
    Ok(page::show(&ProofsPage { page, asked, is_address, found, seals, broken }))
}

/// Every account that knows this address.
fn everywhere(conn: &mut Conn, address: &EmailAddress) -> Result<Vec<(SubscriberId, String)>, StoreError> {
    let mut found = Vec::new();
    for account in accounts::all(conn)? {
        if let Some(subscriber) = subscribers::find_by_address(conn, account.id, address)? {
            found.push((subscriber.id, account.name));
        }
    }
    Ok(found)
}

/// All seals as `estampille seals` prints them.
pub(super) async fn seals(visit: Visit) -> Result<HttpResponse, PageError> {
    visit.user.must_be_operator()?;
    let seals = visit.read(|conn| seals::newest(conn, i64::MAX)).await?;
    let mut text = String::new();
    for seal in seals.iter().rev() {
        // Writing to a String cannot fail.
        let _is_written = writeln!(text, "{}\t{}\t{}", seal.day, hex(&seal.digest), seal.accounts).is_ok();
    }
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"seals.txt\""))
        .body(text))
}

pub(super) async fn proof(visit: Visit, id: Id<SubscriberId>) -> Result<HttpResponse, PageError> {
    let proof = find(&visit, id.0).await?;
    let here = format!("/operator/proofs/{}", id.0);
    let reader = reader(&visit, "/operator/proofs".to_owned(), here.clone(), Some(format!("{here}/")));
    Ok(page::show(&print(reader, proof)))
}

pub(super) async fn json(visit: Visit, id: Id<SubscriberId>) -> Result<HttpResponse, PageError> {
    Ok(as_json(find(&visit, id.0).await?))
}

/// The styles of the forms on the page.
pub(super) async fn css(visit: Visit, id: Id<SubscriberId>) -> Result<HttpResponse, PageError> {
    let account = account_of(&visit, id.0).await?;
    Ok(styles(&visit.read(move |conn| subscriptions::forms_shown(conn, account, id.0)).await?))
}

/// A confirmation mail byte for byte, with the secret of its link: nobody but the operator may have it.
pub(super) async fn mail(visit: Visit, id: Id<SubscriberId>, number: MailNumber) -> Result<HttpResponse, PageError> {
    let account = account_of(&visit, id.0).await?;
    let keys = visit.app.keys.clone();
    let message = visit.read(move |conn| consent::mail_of(conn, &keys, account, number.0)).await?;
    Ok(HttpResponse::Ok()
        .content_type("message/rfc822")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"confirmation.eml\""))
        .body(message.ok_or(PageError::NotFound)?))
}

async fn find(visit: &Visit, id: SubscriberId) -> Result<Proof, PageError> {
    let (account, keys) = (account_of(visit, id).await?, visit.app.keys.clone());
    let found = visit.read(move |conn| subscriptions::proof(conn, &keys, account, id)).await?;
    found.ok_or(PageError::NotFound)
}

async fn account_of(visit: &Visit, id: SubscriberId) -> Result<AccountId, PageError> {
    visit.user.must_be_operator()?;
    let found = visit.read(move |conn| subscribers::find_any(conn, id)).await?;
    Ok(found.ok_or(PageError::NotFound)?.account_id)
}

/// The `{record}` in the path.
pub(super) struct MailNumber(ConsentRecordId);

impl actix_web::FromRequest for MailNumber {
    type Error = PageError;
    type Future = std::future::Ready<Result<Self, PageError>>;

    fn from_request(req: &actix_web::HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        let number = req.match_info().get("record").and_then(|text| text.parse().ok());
        std::future::ready(number.map(|number| Self(ConsentRecordId(number))).ok_or(PageError::NotFound))
    }
}
