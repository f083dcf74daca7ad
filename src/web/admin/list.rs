//! `/lists/{id}`: one list, its forms and its newest subscribers.

use actix_web::HttpResponse;
use askama::Template;

use super::list_form::find;
use super::visit::{Id, Visit};
use crate::forms::{self, Form};
use crate::lists::List;
use crate::storage::ListId;
use crate::subscribers::{self, Filter, Subscriber};
use crate::subscriptions::{self, Counts, LeaveReason, Told};
use crate::web::error::PageError;
use crate::web::page::{self, Page, Place};

#[derive(Template)]
#[template(path = "admin/list.html")]
struct ListPage {
    page: Page,
    list: List,
    tally: Counts,
    forms: Vec<Form>,
    newest: Vec<Subscriber>,
    /// Why people left, as far as they said, and the latest own words of theirs.
    reasons: Vec<(LeaveReason, i64)>,
    comments: Vec<Told>,
}

/// How many of the newest subscribers are shown.
const NEWEST: i64 = 5;

pub(super) async fn show(visit: Visit, id: Id<ListId>) -> Result<HttpResponse, PageError> {
    let (account, list) = (visit.account_id()?, find(&visit, id.0).await?);
    let filter = Filter { list_id: Some(list.id), state: Some("confirmed"), ..Filter::default() };
    let (tally, forms, newest, told) = visit
        .read(move |conn| {
            Ok((
                subscriptions::counts(conn, account, id.0)?,
                forms::of_list(conn, account, id.0)?,
                subscribers::page(conn, account, &filter, None, NEWEST)?,
                subscriptions::reasons_of_list(conn, account, id.0)?,
            ))
        })
        .await?;
    let page = visit.page(Place::Lists, list.name.clone()).await?;
    let (reasons, comments) = (told.counts, told.comments);
    Ok(page::show(&ListPage { page, list, tally, forms, newest, reasons, comments }))
}
