//! `/lists/{list}/forms/new` and `/lists/{list}/forms/{id}`: a signup form and the code that puts it into a web site.

use actix_web::HttpResponse;
use askama::Template;

use super::form_form::FormForm;
use super::list_form;
use super::sign_in::Nothing;
use super::visit::{Id, OfList, Sent, Visit, again};
use crate::forms::{self, Form, NewForm, Wording};
use crate::lists::List;
use crate::storage::FormId;
use crate::web::error::PageError;
use crate::web::page::{self, Page, Place, Problems};

#[derive(Template)]
#[template(path = "admin/form.html")]
struct FormPage {
    page: Page,
    list: List,
    typed: FormForm,
    problems: Problems,
    /// The form that is changed; a new one is made without it.
    existing: Option<Shown>,
}

/// A form that is there, with everything to copy.
struct Shown {
    form: Form,
    link: String,
    script: String,
    frame: String,
    html: String,
}

#[derive(Template)]
#[template(path = "admin/embed_frame.html")]
struct FrameCode<'a> {
    link: &'a str,
    title: &'a str,
}

#[derive(Template)]
#[template(path = "admin/embed_plain.html")]
struct PlainCode<'a> {
    link: &'a str,
    form: &'a Form,
    button: String,
    address: String,
}

pub(super) async fn show_new(visit: Visit, list: OfList) -> Result<HttpResponse, PageError> {
    let list = list_form::find(&visit, list.0).await?;
    let typed = FormForm { title: list.name.clone(), ..FormForm::default() };
    Ok(page::show(&form_page(&visit, list, typed, Problems::default(), None).await?))
}

pub(super) async fn create(list: OfList, sent: Sent<FormForm>) -> Result<HttpResponse, PageError> {
    let (now, visit) = (sent.visit.now, sent.visit);
    let (account, list) = (visit.account_id()?, list_form::find(&visit, list.0).await?);
    let (list_id, language) = (list.id, list.language);
    let change = match sent.fields.read(visit.texts()) {
        Ok(change) => change,
        Err(problems) => {
            return Ok(again(&problems, &form_page(&visit, list, sent.fields, problems.clone(), None).await?));
        }
    };
    let new = NewForm {
        list_id,
        wording: Wording {
            title: change.title.unwrap_or_default(),
            consent_text: change.consent_text.unwrap_or_default(),
            fields: change.fields.unwrap_or_default(),
            language,
        },
        allowed_origins: change.allowed_origins.unwrap_or_default(),
        redirect_url: change.redirect_url.flatten(),
    };
    let form = visit.write(move |conn| forms::create(conn, account, &new, now)).await?;
    Ok(page::see_other(&format!("/lists/{list_id}/forms/{}?done=form-created", form.id)))
}

pub(super) async fn show(visit: Visit, list: OfList, id: Id<FormId>) -> Result<HttpResponse, PageError> {
    let (list, form) = find(&visit, list, id.0).await?;
    let typed = FormForm::of(&form);
    Ok(page::show(&form_page(&visit, list, typed, Problems::default(), Some(form)).await?))
}

pub(super) async fn change(list: OfList, id: Id<FormId>, sent: Sent<FormForm>) -> Result<HttpResponse, PageError> {
    let (now, visit) = (sent.visit.now, sent.visit);
    let (account, (list, form)) = (visit.account_id()?, find(&visit, list, id.0).await?);
    let list_id = list.id;
    match sent.fields.read(visit.texts()) {
        Ok(change) => {
            visit.write(move |conn| forms::change(conn, account, id.0, &change, now)).await?;
            Ok(page::see_other(&format!("/lists/{list_id}/forms/{}?done=saved", id.0)))
        }
        Err(problems) => {
            let again_page = form_page(&visit, list, sent.fields, problems.clone(), Some(form)).await?;
            Ok(again(&problems, &again_page))
        }
    }
}

pub(super) async fn close(list: OfList, id: Id<FormId>, sent: Sent<Nothing>) -> Result<HttpResponse, PageError> {
    let (visit, now) = (&sent.visit, sent.visit.now);
    let (account, (list, _)) = (visit.account_id()?, find(visit, list, id.0).await?);
    visit.write(move |conn| forms::close(conn, account, id.0, now)).await?;
    Ok(page::see_other(&format!("/lists/{}?done=form-closed", list.id)))
}

async fn find(visit: &Visit, list: OfList, id: FormId) -> Result<(List, Form), PageError> {
    let account = visit.account_id()?;
    let list = list_form::find(visit, list.0).await?;
    let form = visit.read(move |conn| forms::find(conn, account, id)).await?;
    let form = form.filter(|form| form.list_id == list.id).ok_or(PageError::NotFound)?;
    Ok((list, form))
}

async fn form_page(
    visit: &Visit,
    list: List,
    typed: FormForm,
    problems: Problems,
    form: Option<Form>,
) -> Result<FormPage, PageError> {
    let page = match &form {
        Some(form) => visit.page(Place::Lists, form.wording.title.clone()).await?,
        None => visit.page_of(Place::Lists, "form-new").await?,
    };
    let existing = form.map(|form| shown(visit, form)).transpose()?;
    Ok(FormPage { page, list, typed, problems, existing })
}

fn shown(visit: &Visit, form: Form) -> Result<Shown, PageError> {
    let link = visit.app.settings.link(&format!("/forms/{}", form.id));
    let texts = crate::texts::Texts(form.wording.language);
    let plain =
        PlainCode { link: &link, form: &form, button: texts.say("embed-button"), address: texts.say("embed-address") };
    Ok(Shown {
        script: forms::embed_html(&visit.app.settings, &form).trim().to_owned(),
        frame: FrameCode { link: &link, title: &form.wording.title }.render()?,
        html: plain.render()?,
        form,
        link,
    })
}
