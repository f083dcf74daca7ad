//! Signup forms.

use actix_web::web::Data;

use super::answer::{Page, Reply, Told, once, read, write};
use super::body::{Body, Parameters, PathId};
use super::caller::Caller;
use super::form_content::FormAnswer;
use super::form_reading::{NewForm, check};
use super::problem::Problem;
use crate::app::App;
use crate::forms::{self, Changed, FormChange, Wording};
use crate::lists;
use crate::storage::{AccountId, Conn, FormId, ListId, StoreError};

pub(super) async fn create(app: Data<App>, caller: Caller, list_id: PathId<ListId>, body: Body<NewForm>) -> Told {
    let wanted = body.value.0;
    let (now, account_id, settings) = (app.clock.now(), caller.account_id, app.settings.clone());
    once(&app, &caller, body.hash, move |conn| {
        let Some(list) = lists::find(conn, account_id, list_id.0)? else { return Ok(Err(Problem::not_found())) };
        let made = with_target(wanted.on_new(&Wording { language: list.language, ..Wording::default() }));
        if let Err(problem) = checked(conn, account_id, &made)? {
            return Ok(Err(problem));
        }
        let new = forms::NewForm {
            list_id: list.id,
            wording: made.wording,
            rules: made.rules,
            allowed_origins: made.allowed_origins,
            redirect_url: made.redirect_url,
        };
        let form = forms::create(conn, account_id, &new, now)?;
        Ok(Ok(Reply::created(&FormAnswer::of(form, &settings))))
    })
    .await
}

/// Who gives a page to lead to registers its origin with it: a program that names the one need not name the other.
fn with_target(mut made: Changed) -> Changed {
    let target = made.redirect_url.as_deref().and_then(|url| url::Url::parse(url).ok());
    let origin = target.filter(|url| matches!(url.scheme(), "http" | "https")).map(|url| url.origin());
    let origin = origin.map(|origin| origin.ascii_serialization());
    made.allowed_origins.extend(origin.filter(|origin| !made.allowed_origins.contains(origin)));
    made
}

/// What is wrong with what a form would be: its words, and lists that the account does not have.
fn checked(conn: &mut Conn, account: AccountId, made: &Changed) -> Result<Result<(), Problem>, StoreError> {
    for offer in &made.wording.offers {
        if lists::find(conn, account, offer.list_id)?.is_none() {
            return Ok(Err(Problem::field("lists", "names no open list of this account")));
        }
    }
    Ok(check(made))
}

pub(super) async fn of_list(
    app: Data<App>,
    caller: Caller,
    list_id: PathId<ListId>,
    mut parameters: Parameters,
) -> Told {
    let (limit, cursor) = (parameters.limit(), parameters.cursor::<FormId>());
    parameters.done()?;
    let settings = app.settings.clone();
    read(&app, move |conn| {
        if lists::find(conn, caller.account_id, list_id.0)?.is_none() {
            return Ok(Err(Problem::not_found()));
        }
        let mut forms = forms::of_list(conn, caller.account_id, list_id.0)?;
        forms.retain(|form| cursor.is_none_or(|cursor| form.id > cursor));
        let page = Page::of(forms, limit, |form| form.id.to_string(), |form| FormAnswer::of(form, &settings));
        Ok(Ok(Reply::ok(&page)))
    })
    .await
}

pub(super) async fn show(app: Data<App>, caller: Caller, id: PathId<FormId>) -> Told {
    let settings = app.settings.clone();
    read(&app, move |conn| {
        let form = forms::find(conn, caller.account_id, id.0)?;
        Ok(form.map(|form| Reply::ok(&FormAnswer::of(form, &settings))).ok_or_else(Problem::not_found))
    })
    .await
}

pub(super) async fn change(app: Data<App>, caller: Caller, id: PathId<FormId>, body: Body<FormChange>) -> Told {
    let (now, settings) = (app.clock.now(), app.settings.clone());
    write(&app, move |conn| {
        let Some(before) = forms::find(conn, caller.account_id, id.0)? else { return Ok(Err(Problem::not_found())) };
        let mut wanted = body.value;
        if matches!(wanted.redirect_url, Some(Some(_))) {
            wanted.allowed_origins = Some(with_target(wanted.on(&before)).allowed_origins);
        }
        if let Err(problem) = checked(conn, caller.account_id, &wanted.on(&before))? {
            return Ok(Err(problem));
        }
        let form = forms::change(conn, caller.account_id, id.0, &wanted, now)?;
        Ok(form.map(|form| Reply::ok(&FormAnswer::of(form, &settings))).ok_or_else(Problem::not_found))
    })
    .await
}

pub(super) async fn close(app: Data<App>, caller: Caller, id: PathId<FormId>) -> Told {
    let now = app.clock.now();
    write(&app, move |conn| {
        let is_closed = forms::close(conn, caller.account_id, id.0, now)?;
        Ok(if is_closed { Ok(Reply::nothing()) } else { Err(Problem::not_found()) })
    })
    .await
}
