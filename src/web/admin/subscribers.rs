//! `/subscribers`: who an account knows, by address, list and state.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::visit::Visit;
use crate::lists;
use crate::storage::{ListId, SubscriberId};
use crate::subscribers::{self, Filter, Subscriber};
use crate::subscriptions::{self, State, Subscription};
use crate::web::error::PageError;
use crate::web::page::{self, Choice, Page, Place};

#[derive(Template)]
#[template(path = "admin/subscribers.html")]
struct SubscribersPage {
    page: Page,
    typed: Query,
    lists: Vec<Choice>,
    states: Vec<Choice>,
    rows: Vec<(Subscriber, Vec<Subscription>)>,
    /// The address of the page after this one.
    next: Option<String>,
}

impl SubscribersPage {
    /// The list that a subscription is for.
    fn list_name(&self, id: &ListId) -> &str {
        let id = id.to_string();
        self.lists.iter().find(|list| list.value == id).map_or("", |list| list.text.as_str())
    }
}

/// What is looked for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Query {
    address: String,
    list: String,
    state: String,
    cursor: String,
}

const ROWS: usize = 50;

impl Query {
    fn filter(&self) -> Filter {
        Filter {
            list_id: self.list.parse().ok(),
            state: self.state.parse::<State>().ok().map(State::word),
            address_part: Some(self.address.trim().to_owned()).filter(|part| !part.is_empty()),
        }
    }

    fn after(&self, last: SubscriberId) -> String {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("address", &self.address)
            .append_pair("list", &self.list)
            .append_pair("state", &self.state)
            .append_pair("cursor", &last.to_string())
            .finish();
        format!("/subscribers?{query}")
    }

    fn is_narrow(&self) -> bool {
        !self.address.is_empty() || !self.list.is_empty() || !self.state.is_empty()
    }
}

pub(super) async fn all(visit: Visit, query: web::Query<Query>) -> Result<HttpResponse, PageError> {
    let (account, typed) = (visit.account_id()?, query.into_inner());
    let (filter, cursor) = (typed.filter(), typed.cursor.parse().ok());
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let (lists, mut rows) = visit
        .read(move |conn| {
            let lists = lists::of_account(conn, account)?;
            let found = subscribers::page(conn, account, &filter, cursor, limit)?;
            let mut rows = Vec::new();
            for subscriber in found {
                let subscriptions = subscriptions::of_subscriber(conn, subscriber.id)?;
                rows.push((subscriber, subscriptions));
            }
            Ok((lists, rows))
        })
        .await?;
    let last = (rows.len() > ROWS).then(|| rows.get(ROWS - 1).map(|(subscriber, _)| subscriber.id)).flatten();
    rows.truncate(ROWS);
    let page = visit.page_of(Place::Subscribers, "subscribers-title").await?;
    let mut choices = vec![Choice::new(&"", page.say("all-lists"))];
    choices.extend(lists.into_iter().map(|list| Choice::new(&list.id, list.name)));
    let mut states = vec![Choice::new(&"", page.say("all-states"))];
    states.extend(State::ALL.iter().map(|state| Choice::new(state, page.word("subscription-state", state))));
    let next = last.map(|last| typed.after(last));
    Ok(page::show(&SubscribersPage { page, typed, lists: choices, states, rows, next }))
}
