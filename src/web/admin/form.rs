//! `/lists/{list}/forms/new` and `/lists/{list}/forms/{id}`: a signup form and the code that puts it into a web site.

use actix_web::HttpResponse;
use askama::Template;

use super::form_form::FormForm;
use super::list_form;
use super::sign_in::Nothing;
use super::visit::{Id, OfList, Sent, Visit, again};
use crate::forms::{self, Corners, FieldKind, Font, Form, NewForm, Style, Wording};
use crate::lists::{self, List};
use crate::storage::FormId;
use crate::subscriptions::floods::{self, Flood};
use crate::web::error::PageError;
use crate::web::page::{self, Choice, Page, Place, Problems, language_choices};

#[derive(Template)]
#[template(path = "admin/form.html")]
struct FormPage {
    page: Page,
    list: List,
    typed: FormForm,
    problems: Problems,
    /// The other lists of the account, which the form may offer too.
    others: Vec<List>,
    choices: Choices,
    /// The form that is changed; a new one is made without it.
    existing: Option<Shown>,
}

/// The options of the page's own choices.
struct Choices {
    kinds: Vec<Choice>,
    styles: Vec<Choice>,
    corners: Vec<Choice>,
    fonts: Vec<Choice>,
    languages: Vec<Choice>,
}

/// A form that is there, with everything to copy.
struct Shown {
    form: Form,
    link: String,
    script: String,
    frame: String,
    html: String,
    flood: Option<Flood>,
    held: i64,
}

pub(super) async fn show_new(visit: Visit, list: OfList) -> Result<HttpResponse, PageError> {
    let list = list_form::find(&visit, list.0).await?;
    let typed = FormForm::new(&list.name, list.language.tag());
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
    let made = change.on_new(&Wording { language, ..Wording::default() });
    let new = NewForm {
        list_id,
        wording: made.wording,
        rules: made.rules,
        allowed_origins: made.allowed_origins,
        redirect_url: made.redirect_url,
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

pub(super) async fn find(visit: &Visit, list: OfList, id: FormId) -> Result<(List, Form), PageError> {
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
    let (account, own) = (visit.account_id()?, list.id);
    let mut others = visit.read(move |conn| lists::of_account(conn, account)).await?;
    others.retain(|other| other.id != own);
    let choices = choices(&page);
    let existing = match form {
        Some(form) => Some(shown(visit, form).await?),
        None => None,
    };
    Ok(FormPage { page, list, typed, problems, others, choices, existing })
}

fn choices(page: &Page) -> Choices {
    fn of<T: std::fmt::Display>(page: &Page, prefix: &str, all: &[T]) -> Vec<Choice> {
        all.iter().map(|word| Choice::new(word, page.word(prefix, word))).collect()
    }
    Choices {
        kinds: of(page, "field-kind", FieldKind::ALL),
        styles: of(page, "look-style", Style::ALL),
        corners: of(page, "look-corners", Corners::ALL),
        fonts: of(page, "look-font", Font::ALL),
        languages: language_choices(),
    }
}

async fn shown(visit: &Visit, form: Form) -> Result<Shown, PageError> {
    let (account, id, now) = (form.account_id, form.id, visit.now);
    let (flood, held) = visit.read(move |conn| floods::of_form(conn, account, id, now)).await?;
    let settings = &visit.app.settings;
    Ok(Shown {
        link: settings.link(&format!("/forms/{}", form.id)),
        script: forms::embed_html(settings, &form),
        frame: forms::frame_html(settings, &form),
        html: forms::plain_html(settings, &form),
        form,
        flood,
        held,
    })
}
