//! Signup forms.

use actix_web::web::Data;

use super::answer::{Page, Reply, Told, once, read, write};
use super::body::{Body, Parameters, PathId};
use super::caller::Caller;
use super::form_content::{FormAnswer, NewForm, check};
use super::problem::Problem;
use crate::app::App;
use crate::forms::{self, FormChange};
use crate::lists;
use crate::storage::{FormId, ListId};

pub(super) async fn create(app: Data<App>, caller: Caller, list_id: PathId<ListId>, body: Body<NewForm>) -> Told {
    let wanted = body.value.0;
    check(&wanted)?;
    let (now, account_id, settings) = (app.clock.now(), caller.account_id, app.settings.clone());
    once(&app, &caller, body.hash, move |conn| {
        let Some(list) = lists::find(conn, account_id, list_id.0)? else { return Ok(Err(Problem::not_found())) };
        let new = forms::NewForm {
            list_id: list.id,
            wording: forms::Wording {
                title: wanted.title.unwrap_or_default(),
                consent_text: wanted.consent_text.unwrap_or_default(),
                fields: wanted.fields.unwrap_or_default(),
                language: list.language,
            },
            allowed_origins: wanted.allowed_origins.unwrap_or_default(),
            redirect_url: wanted.redirect_url.flatten(),
        };
        let form = forms::create(conn, account_id, &new, now)?;
        Ok(Ok(Reply::created(&FormAnswer::of(form, &settings))))
    })
    .await
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
    check(&body.value)?;
    let (now, settings) = (app.clock.now(), app.settings.clone());
    write(&app, move |conn| {
        let form = forms::change(conn, caller.account_id, id.0, &body.value, now)?;
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
