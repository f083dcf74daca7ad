//! A reader's own page at one sender: lists with a leave button each, what is known, export, erasure.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use serde_json::{Value, json};

use super::reader::{Choice, Reader, circumstances};
use crate::app::App;
use crate::consent::Record;
use crate::keyring::Keyring;
use crate::lists::{self, List};
use crate::storage::{Conn, Language, StoreError, SubscriberId, SubscriptionId};
use crate::subscribers::{self, Subscriber};
use crate::subscriptions::{self, EndReason, State, Subscription};
use crate::web::error::PageError;
use crate::web::page::show_with;
use crate::{accounts, consent};

#[derive(Template)]
#[template(path = "public/preferences.html")]
struct PreferencesPage {
    page: Reader,
    view: View,
    token: String,
    query: String,
    notice: Option<String>,
}

impl PreferencesPage {
    /// The sentence that says where a subscription stands.
    fn standing(&self, subscription: &Subscription) -> String {
        let day = match subscription.state {
            State::Pending => subscription.requested_at,
            State::Confirmed => subscription.confirmed_at.unwrap_or(subscription.requested_at),
            State::Ended => subscription.ended_at.unwrap_or(subscription.requested_at),
        };
        self.page.say1(&format!("preferences-{}", subscription.state), "day", &self.page.texts.day(day))
    }
}

/// What a sender knows of a reader.
pub(super) struct View {
    pub(super) subscriber: Subscriber,
    pub(super) sender: String,
    pub(super) language: Language,
    /// Subscriptions, each with its list.
    pub(super) lists: Vec<(Subscription, List)>,
}

impl View {
    /// The subscriptions that go on.
    fn going(&self) -> Vec<&(Subscription, List)> {
        self.lists
            .iter()
            .filter(|(subscription, list)| subscription.state != State::Ended && !list.is_closed())
            .collect()
    }
}

pub(super) fn open(keys: &Keyring, token: &str) -> Result<SubscriberId, PageError> {
    subscriptions::open_preferences_token(keys, token).ok_or(PageError::NotFound)
}

pub(super) fn view(conn: &mut Conn, id: SubscriberId) -> Result<Option<View>, StoreError> {
    let Some(subscriber) = subscribers::find_any(conn, id)? else { return Ok(None) };
    let mut found = Vec::new();
    for subscription in subscriptions::of_subscriber(conn, id)? {
        if let Some(list) = lists::find_even_closed(conn, subscription.account_id, subscription.list_id)? {
            found.push((subscription, list));
        }
    }
    let sender = accounts::find(conn, subscriber.account_id)?.map(|account| account.name).unwrap_or_default();
    let language = found.first().map_or(Language::ENGLISH, |(_, list)| list.language);
    Ok(Some(View { subscriber, sender, language, lists: found }))
}

/// The page.
pub(super) async fn show(
    app: web::Data<App>,
    token: web::Path<String>,
    choice: web::Query<Choice>,
) -> Result<HttpResponse, PageError> {
    page(&app, &token, &choice, None).await
}

async fn page(app: &App, token: &str, choice: &Choice, left: Option<String>) -> Result<HttpResponse, PageError> {
    let id = open(&app.keys, token)?;
    let view = app.db.read(move |conn| view(conn, id)).await?.ok_or(PageError::NotFound)?;
    let texts = choice.texts(view.language);
    let title = texts.say1("preferences-title", "sender", view.sender.as_str());
    let page = PreferencesPage {
        page: Reader::new(texts, title, &format!("/preferences/{token}")),
        view,
        token: token.to_owned(),
        query: choice.query(),
        notice: left.map(|list| texts.say1("preferences-left", "list", list)),
    };
    Ok(show_with(StatusCode::OK, &page))
}

/// Which list is left.
#[derive(Debug, Deserialize)]
pub(super) struct Leave {
    subscription: SubscriptionId,
}

/// Leaves one list, if it is one of this reader's.
pub(super) async fn leave(
    app: web::Data<App>,
    req: HttpRequest,
    token: web::Path<String>,
    choice: web::Query<Choice>,
    form: web::Form<Leave>,
) -> Result<HttpResponse, PageError> {
    let (id, now, from) = (open(&app.keys, &token)?, app.clock.now(), circumstances(&req, &app.settings));
    let wanted = form.subscription;
    let left = app
        .db
        .write(move |conn| {
            let Some(found) = subscriptions::find(conn, wanted)?.filter(|found| found.subscriber_id == id) else {
                return Ok(None);
            };
            subscriptions::unsubscribe(conn, found.id, EndReason::Page, &from, now)?;
            Ok(lists::find_even_closed(conn, found.account_id, found.list_id)?.map(|list| list.name))
        })
        .await?;
    page(&app, &token, &choice, Some(left.ok_or(PageError::NotFound)?)).await
}

/// Everything that the sender knows of the reader, as a file.
pub(super) async fn export(app: web::Data<App>, token: web::Path<String>) -> Result<HttpResponse, PageError> {
    let id = open(&app.keys, &token)?;
    let found = app
        .db
        .read(move |conn| {
            let Some(view) = view(conn, id)? else { return Ok(None) };
            let records = consent::of_subscriber(conn, view.subscriber.account_id, id)?;
            Ok(Some(as_json(&view, &records)))
        })
        .await?;
    let body = found.ok_or(PageError::NotFound)?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"my-data.json\""))
        .content_type("application/json")
        .body(format!("{body:#}")))
}

fn as_json(view: &View, records: &[Record]) -> Value {
    let name_of = |id| view.lists.iter().find(|(_, list)| list.id == id).map(|(_, list)| list.name.as_str());
    let subscriptions: Vec<Value> = view
        .lists
        .iter()
        .map(|(subscription, list)| {
            json!({
                "list": list.name,
                "state": subscription.state,
                "requested_at": subscription.requested_at,
                "confirmed_at": subscription.confirmed_at,
                "ended_at": subscription.ended_at,
                "end_reason": subscription.end_reason,
            })
        })
        .collect();
    let consent: Vec<Value> = records
        .iter()
        .map(|record| {
            json!({
                "list": name_of(record.list_id),
                "at": record.at,
                "event": record.event,
                "via": record.via,
                "wording": record.wording,
                "language": record.language,
                "origin": record.circumstances.origin,
                "network": record.circumstances.network,
                "user_agent": record.circumstances.user_agent,
            })
        })
        .collect();
    json!({
        "sender": view.sender,
        "address": view.subscriber.address,
        "attributes": view.subscriber.attributes,
        "known_since": view.subscriber.created_at,
        "erased_at": view.subscriber.erased_at,
        "subscriptions": subscriptions,
        "consent": consent,
    })
}
