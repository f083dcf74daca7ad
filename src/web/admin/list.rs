//! `/lists/{id}`: one list, its forms and its newest subscribers.

use actix_web::HttpResponse;
use askama::Template;

use super::list_form::find;
use super::visit::{Id, Visit};
use crate::forms::{self, Form};
use crate::lists::List;
use crate::storage::ListId;
use crate::subscribers::{self, Filter, Subscriber};
use crate::subscriptions::{self, Counts};
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
}

/// How many of the newest subscribers are shown.
const NEWEST: i64 = 5;

pub(super) async fn show(visit: Visit, id: Id<ListId>) -> Result<HttpResponse, PageError> {
    let (account, list) = (visit.account_id()?, find(&visit, id.0).await?);
    let filter = Filter { list_id: Some(list.id), state: Some("confirmed"), ..Filter::default() };
    let (tally, forms, newest) = visit
        .read(move |conn| {
            Ok((
                subscriptions::counts(conn, account, id.0)?,
                forms::of_list(conn, account, id.0)?,
                subscribers::page(conn, account, &filter, None, NEWEST)?,
            ))
        })
        .await?;
    let page = visit.page(Place::Lists, list.name.clone()).await?;
    Ok(page::show(&ListPage { page, list, tally, forms, newest }))
}
