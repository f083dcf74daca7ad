//! What a reader does on their own page. Each act is a POST, needs a pass, and touches nothing but the reader's own.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::Deserialize;

use super::super::filled::Filled;
use super::super::reader::{Choice, circumstances};
use super::page::{Said, own};
use super::{Opened, open};
use crate::app::App;
use crate::clock::Timestamp;
use crate::lists;
use crate::mail::EmailAddress;
use crate::storage::{FormId, SubscriptionId};
use crate::subscriptions::address_changes::{self, AskOutcome};
use crate::subscriptions::{self, AgainOutcome, AnswersOutcome, EndReason, Rhythm};
use crate::texts::Texts;
use crate::web::error::PageError;

/// Which subscription is meant.
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
    let person = match open(&app, &token, &choice).await? {
        Opened::Own(person) => person,
        Opened::Away(page) => return Ok(page),
    };
    let (now, from, wanted) = (app.clock.now(), circumstances(&req, &app.settings), form.subscription);
    let left = app
        .db
        .write_anyway(move |conn| {
            let found = subscriptions::find(conn, wanted)?.filter(|found| found.subscriber_id == person);
            let Some(found) = found else { return Ok(None) };
            subscriptions::unsubscribe(conn, found.id, EndReason::Page, &from, now)?;
            Ok(lists::find_even_closed(conn, found.account_id, found.list_id)?.map(|list| list.name))
        })
        .await?
        .ok_or(PageError::NotFound)?;
    own(&app, &token, &choice, |texts, _| Said::done(texts.say1("preferences-left", "list", left))).await
}

/// Which list is asked for: by its form, whose words stand on the page.
#[derive(Debug, Deserialize)]
pub(super) struct Join {
    form: FormId,
}

/// Asks for another list of the same sender: a confirmation mail, like any other signup.
pub(super) async fn join(
    app: web::Data<App>,
    req: HttpRequest,
    token: web::Path<String>,
    choice: web::Query<Choice>,
    form: web::Form<Join>,
) -> Result<HttpResponse, PageError> {
    let person = match open(&app, &token, &choice).await? {
        Opened::Own(person) => person,
        Opened::Away(page) => return Ok(page),
    };
    let (keys, now, from, wanted) = (app.keys.clone(), app.clock.now(), circumstances(&req, &app.settings), form.form);
    let outcome = app.db.write(move |conn| subscriptions::join(conn, &keys, person, wanted, &from, now)).await?;
    let key = match outcome {
        AgainOutcome::Taken => "preferences-joined",
        AgainOutcome::NotThere => return Err(PageError::NotFound),
    };
    own(&app, &token, &choice, |texts, _| Said::done(texts.say(key))).await
}

/// How often mail of one list is wanted.
#[derive(Debug, Deserialize)]
pub(super) struct Often {
    subscription: SubscriptionId,
    frequency: String,
    /// A day, as a field of type date sends it; or empty.
    #[serde(default)]
    paused_until: String,
}

/// Keeps how often; a day that cannot be read is as if none was chosen.
pub(super) async fn choose_rhythm(
    app: web::Data<App>,
    token: web::Path<String>,
    choice: web::Query<Choice>,
    form: web::Form<Often>,
) -> Result<HttpResponse, PageError> {
    let person = match open(&app, &token, &choice).await? {
        Opened::Own(person) => person,
        Opened::Away(page) => return Ok(page),
    };
    let (now, wanted) = (app.clock.now(), form.subscription);
    let chosen = Rhythm { frequency: form.frequency.parse().ok(), paused_until: midnight(&form.paused_until) };
    let write = move |conn: &mut _| subscriptions::choose_rhythm(conn, person, wanted, chosen, now);
    if !app.db.write(write).await? {
        return Err(PageError::NotFound);
    }
    own(&app, &token, &choice, |texts, _| Said::done(texts.say("preferences-kept"))).await
}

/// The first moment of a day, in UTC.
fn midnight(day: &str) -> Option<Timestamp> {
    let day = NaiveDate::parse_from_str(day.trim(), "%Y-%m-%d").ok()?;
    Some(day.and_time(chrono::NaiveTime::MIN).and_utc().into())
}

/// Keeps what the reader tells about themselves.
pub(super) async fn answer(
    app: web::Data<App>,
    token: web::Path<String>,
    choice: web::Query<Choice>,
    body: web::Bytes,
) -> Result<HttpResponse, PageError> {
    let person = match open(&app, &token, &choice).await? {
        Opened::Own(person) => person,
        Opened::Away(page) => return Ok(page),
    };
    let typed = Filled::from_urlencoded(&body).given.attributes;
    let given = typed.clone();
    let outcome = app.db.write(move |conn| subscriptions::answer_again(conn, person, &given)).await?;
    let said = |texts: Texts| match outcome {
        AnswersOutcome::Wrong(flaws) => {
            let mut said = Said { typed, ..Said::default() };
            for (field, flaw) in flaws {
                said.problems.add(&field, texts.say(flaw.key()));
            }
            said
        }
        AnswersOutcome::Kept | AnswersOutcome::NotThere => Said::done(texts.say("preferences-kept")),
    };
    own(&app, &token, &choice, |texts, _| said(texts)).await
}

/// The address that is wished for.
#[derive(Debug, Deserialize)]
pub(super) struct NewAddress {
    address: String,
}

/// Asks both mailboxes; what is known of the new address is not told.
pub(super) async fn change_address(
    app: web::Data<App>,
    req: HttpRequest,
    token: web::Path<String>,
    choice: web::Query<Choice>,
    form: web::Form<NewAddress>,
) -> Result<HttpResponse, PageError> {
    let person = match open(&app, &token, &choice).await? {
        Opened::Own(person) => person,
        Opened::Away(page) => return Ok(page),
    };
    let refused = |texts: Texts, key: &str| {
        let mut said = Said { address: form.address.clone(), ..Said::default() };
        said.problems.add("address", texts.say(key));
        said
    };
    let new = match EmailAddress::parse(&form.address) {
        Ok(new) => new,
        Err(flaw) => return own(&app, &token, &choice, |texts, _| refused(texts, flaw.key())).await,
    };
    let (keys, now) = (app.keys.clone(), app.clock.now());
    let network = circumstances(&req, &app.settings).network;
    let wish = new.clone();
    let write = move |conn: &mut _| address_changes::ask(conn, &keys, person, &wish, &network, now);
    let outcome = app.db.write(write).await?;
    let said = |texts: Texts| match outcome {
        AskOutcome::Same => refused(texts, "address-same"),
        AskOutcome::Asked | AskOutcome::Silent => Said::done(texts.say1("address-asked", "new", new.as_str())),
    };
    own(&app, &token, &choice, |texts, _| said(texts)).await
}
