//! Leaving: a page with one button, and the act itself (RFC 8058).
//!
//! The POST takes every encoding, no cookie, no session, any origin, and is answered with 200 and no redirection. The
//! token alone decides: whoever has the mail may leave, and what follows, the way back and the reason, is `left.rs`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::left::{Left, left_page};
use super::reader::{Choice, Reader, circumstances};
use crate::accounts;
use crate::app::App;
use crate::consent::Circumstances;
use crate::keyring::Keyring;
use crate::lists::{self, List};
use crate::storage::{Conn, StoreError, SubscriptionId, Timestamp};
use crate::subscriptions::{self, EndReason, State, Subscription};
use crate::web::error::PageError;
use crate::web::page::show_with;

#[derive(Template)]
#[template(path = "public/unsubscribe.html")]
struct UnsubscribePage {
    page: Reader,
    view: View,
    action: String,
    /// Where the list is asked for again by whoever has left.
    undo: String,
}

/// What the page with the button shows.
struct View {
    list: List,
    sender: String,
    address: String,
    /// Whether the person has other lists of the same sender.
    has_others: bool,
    has_ended: bool,
}

/// The page with one button; changes nothing.
pub(super) async fn show(
    app: web::Data<App>,
    token: web::Path<String>,
    choice: web::Query<Choice>,
) -> Result<HttpResponse, PageError> {
    let id = open(&app.keys, &token)?;
    let path = format!("/unsubscribe/{}", first_part(&token));
    let Some(view) = app.db.read(move |conn| view(conn, id)).await? else {
        return Ok(left_page(&choice, first_part(&token), None, None));
    };
    let texts = choice.texts(view.list.language);
    let title = if view.has_ended {
        texts.say("left-title")
    } else {
        texts.say1("unsubscribe-title", "list", view.list.name.as_str())
    };
    let action = format!("{path}{}", choice.query());
    let undo = format!("{path}/undo{}", choice.query());
    let page = UnsubscribePage { page: Reader::new(texts, title, &path), view, action, undo };
    Ok(show_with(StatusCode::OK, &page))
}

/// The act.
pub(super) async fn leave(
    app: web::Data<App>,
    req: HttpRequest,
    token: web::Path<String>,
    choice: web::Query<Choice>,
    body: Result<web::Bytes, actix_web::Error>,
) -> Result<HttpResponse, PageError> {
    let id = open(&app.keys, &token)?;
    // The token says enough: a body that cannot be read, or none, does not keep anybody on a list.
    let act = Act::read(&body.unwrap_or_default());
    let (now, from) = (app.clock.now(), circumstances(&req, &app.settings));
    // A program that presses for its reader may be gone before the answer.
    let left = app.db.write_anyway(move |conn| end(conn, id, act, &from, now)).await?;
    Ok(left_page(&choice, first_part(&token), left, None))
}

/// What a body asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Act {
    reason: EndReason,
    is_all: bool,
}

impl Act {
    /// Finds the words of a urlencoded or multipart body, however it is cut up.
    fn read(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let is_one_click = text.contains("List-Unsubscribe") && text.contains("One-Click");
        let is_all = url::form_urlencoded::parse(body).any(|(name, value)| name == "scope" && value == "all");
        Self { reason: if is_one_click { EndReason::OneClick } else { EndReason::Page }, is_all }
    }
}

pub(super) fn open(keys: &Keyring, token: &str) -> Result<SubscriptionId, PageError> {
    subscriptions::open_unsubscribe_token(keys, first_part(token)).ok_or(PageError::NotFound)
}

/// The token, without what a mail program may have put behind it.
pub(super) fn first_part(tail: &str) -> &str {
    tail.trim_matches('/').split('/').next().unwrap_or_default().trim()
}

fn end(
    conn: &mut Conn,
    id: SubscriptionId,
    act: Act,
    from: &Circumstances,
    now: Timestamp,
) -> Result<Option<Left>, StoreError> {
    subscriptions::unsubscribe(conn, id, act.reason, from, now)?;
    if let (true, Some(subscription)) = (act.is_all, subscriptions::find(conn, id)?) {
        subscriptions::end_all(conn, subscription.subscriber_id, act.reason, from, now)?;
    }
    left(conn, id, act.is_all)
}

/// What the page after the act shows; `None` when the subscription is not there any more.
pub(super) fn left(conn: &mut Conn, id: SubscriptionId, is_all: bool) -> Result<Option<Left>, StoreError> {
    let Some(subscription) = subscriptions::find(conn, id)? else { return Ok(None) };
    let Some(list) = lists::find_even_closed(conn, subscription.account_id, subscription.list_id)? else {
        return Ok(None);
    };
    let has_others = has_others(conn, &subscription)?;
    Ok(Some(Left { sender: sender_of(conn, &list)?, list, is_all, has_others }))
}

fn view(conn: &mut Conn, id: SubscriptionId) -> Result<Option<View>, StoreError> {
    let Some(subscription) = subscriptions::find(conn, id)? else { return Ok(None) };
    let Some(list) = lists::find_even_closed(conn, subscription.account_id, subscription.list_id)? else {
        return Ok(None);
    };
    let subscriber = crate::subscribers::find(conn, subscription.account_id, subscription.subscriber_id)?;
    let address = subscriber.and_then(|subscriber| subscriber.address);
    Ok(Some(View {
        sender: sender_of(conn, &list)?,
        list,
        // A forwarded mail carries this link: the page does not tell the whole address again.
        address: address.map(|address| address.masked()).unwrap_or_default(),
        has_others: has_others(conn, &subscription)?,
        has_ended: subscription.state == State::Ended,
    }))
}

fn has_others(conn: &mut Conn, this: &Subscription) -> Result<bool, StoreError> {
    let all = subscriptions::of_subscriber(conn, this.subscriber_id)?;
    Ok(all.iter().any(|other| other.id != this.id && other.state != State::Ended))
}

fn sender_of(conn: &mut Conn, list: &List) -> Result<String, StoreError> {
    Ok(accounts::find(conn, list.account_id)?.map_or_else(|| list.from_name.clone(), |account| account.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uns_03_a_body_in_either_encoding_says_one_click() {
        let multipart =
            "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
        for (body, reason, is_all) in [
            ("List-Unsubscribe=One-Click", EndReason::OneClick, false),
            (multipart, EndReason::OneClick, false),
            ("", EndReason::Page, false),
            ("scope=all", EndReason::Page, true),
            ("\u{fffd}garbage", EndReason::Page, false),
        ] {
            assert_eq!(Act::read(body.as_bytes()), Act { reason, is_all }, "{body:?}");
        }
    }

    #[test]
    fn uns_03_what_stands_behind_a_token_does_not_matter() {
        for tail in ["abc", "abc/", "abc//", "/abc", "abc/x/y", " abc "] {
            assert_eq!(first_part(tail), "abc", "{tail:?}");
        }
    }
}
