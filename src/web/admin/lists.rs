//! `/lists` and `/lists/new`: the lists of an account.

use actix_web::HttpResponse;
use askama::Template;

use super::list_form::{ListForm, ListFormPage};
use super::visit::{Sent, Visit, again};
use crate::lists::{self, List};
use crate::subscriptions::{self, Counts};
use crate::web::error::PageError;
use crate::web::page::{self, Page, Place, Problems, language_choices};

#[derive(Template)]
#[template(path = "admin/lists.html")]
struct ListsPage {
    page: Page,
    rows: Vec<(List, Counts)>,
}

pub(super) async fn all(visit: Visit) -> Result<HttpResponse, PageError> {
    let account = visit.account_id()?;
    let rows = visit
        .read(move |conn| {
            let lists = lists::of_account(conn, account)?;
            lists.into_iter().map(|list| Ok((list.clone(), subscriptions::counts(conn, account, list.id)?))).collect()
        })
        .await?;
    Ok(page::show(&ListsPage { page: visit.page_of(Place::Lists, "lists-title").await?, rows }))
}

pub(super) async fn show_new(visit: Visit) -> Result<HttpResponse, PageError> {
    visit.account_id()?;
    let form = ListForm { language: visit.texts().tag().to_owned(), ..ListForm::default() };
    Ok(page::show(&new_page(&visit, form, Problems::default()).await?))
}

pub(super) async fn create(sent: Sent<ListForm>) -> Result<HttpResponse, PageError> {
    let (now, visit) = (sent.visit.now, sent.visit);
    let account = visit.account_id()?;
    match sent.fields.read(visit.texts()) {
        Ok(new) => {
            let list = visit.write(move |conn| lists::create(conn, account, &new, now)).await?;
            Ok(page::see_other(&format!("/lists/{}?done=list-created", list.id)))
        }
        Err(problems) => Ok(again(&problems, &new_page(&visit, sent.fields, problems.clone()).await?)),
    }
}

async fn new_page(visit: &Visit, form: ListForm, problems: Problems) -> Result<ListFormPage, PageError> {
    let page = visit.page_of(Place::Lists, "list-new").await?;
    Ok(ListFormPage { page, form, problems, languages: language_choices(), existing: None })
}
