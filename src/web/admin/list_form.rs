//! What is said of a list, as a form; and `/lists/{id}/settings`, where it is changed or closed.

use actix_web::HttpResponse;
use askama::Template;
use serde::Deserialize;

use super::sign_in::Nothing;
use super::visit::{Id, Sent, Visit, again};
use crate::lists::{self, Flaw, List, ListChange, NewList};
use crate::mail::EmailAddress;
use crate::storage::ListId;
use crate::texts::Texts;
use crate::web::error::PageError;
use crate::web::page::{self, Choice, Page, Place, Problems, language_choices};

#[derive(Template)]
#[template(path = "admin/list_form.html")]
pub(super) struct ListFormPage {
    pub(super) page: Page,
    pub(super) form: ListForm,
    pub(super) problems: Problems,
    pub(super) languages: Vec<Choice>,
    /// The list that is changed; a new one is made without it.
    pub(super) existing: Option<List>,
}

/// What is typed about a list.
#[derive(Deserialize, Default)]
pub(super) struct ListForm {
    pub(super) name: String,
    pub(super) from_name: String,
    pub(super) from_address: String,
    #[serde(default)]
    pub(super) reply_to: String,
    pub(super) language: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) has_archive: Option<String>,
    #[serde(default)]
    pub(super) sends_welcome: Option<String>,
    #[serde(default)]
    pub(super) sends_goodbye: Option<String>,
}

impl ListForm {
    fn of(list: &List) -> Self {
        Self {
            name: list.name.clone(),
            from_name: list.from_name.clone(),
            from_address: list.from_address.to_string(),
            reply_to: list.reply_to.as_ref().map(ToString::to_string).unwrap_or_default(),
            language: list.language.to_string(),
            description: list.description.clone(),
            has_archive: list.has_archive.then(|| "yes".to_owned()),
            sends_welcome: list.sends_welcome.then(|| "yes".to_owned()),
            sends_goodbye: list.sends_goodbye.then(|| "yes".to_owned()),
        }
    }

    /// The list that was typed, or what is wrong with it.
    pub(super) fn read(&self, texts: Texts) -> Result<NewList, Problems> {
        let mut problems = Problems::default();
        for flaw in lists::flaws(&self.name, &self.from_name) {
            match flaw {
                Flaw::Name => problems.add("name", texts.say("list-flaw-name")),
                Flaw::FromName => problems.add("from_name", texts.say("list-flaw-name")),
            }
        }
        let from_address = read_address(&mut problems, "from_address", &self.from_address, texts);
        let reply_to = if self.reply_to.trim().is_empty() {
            None
        } else {
            read_address(&mut problems, "reply_to", &self.reply_to, texts)
        };
        let language = self.language.parse().ok();
        if language.is_none() {
            problems.add("language", texts.say("choose-one"));
        }
        match (from_address, language) {
            (Some(from_address), Some(language)) if problems.is_empty() => Ok(NewList {
                name: self.name.clone(),
                from_name: self.from_name.clone(),
                from_address,
                reply_to,
                language,
                description: self.description.clone(),
                has_archive: self.has_archive.is_some(),
                sends_welcome: self.sends_welcome.is_some(),
                sends_goodbye: self.sends_goodbye.is_some(),
            }),
            _ => Err(problems),
        }
    }
}

/// The address in a field, or a problem beside it.
pub(super) fn read_address(problems: &mut Problems, field: &str, typed: &str, texts: Texts) -> Option<EmailAddress> {
    EmailAddress::parse(typed).map_err(|error| problems.add(field, texts.say(error.key()))).ok()
}

pub(super) async fn show(visit: Visit, id: Id<ListId>) -> Result<HttpResponse, PageError> {
    let list = find(&visit, id.0).await?;
    Ok(page::show(&settings_page(&visit, ListForm::of(&list), Problems::default(), list).await?))
}

pub(super) async fn change(id: Id<ListId>, sent: Sent<ListForm>) -> Result<HttpResponse, PageError> {
    let (visit, id) = (sent.visit, id.0);
    let (account, list) = (visit.account_id()?, find(&visit, id).await?);
    let new = match sent.fields.read(visit.texts()) {
        Ok(new) => new,
        Err(problems) => {
            return Ok(again(&problems, &settings_page(&visit, sent.fields, problems.clone(), list).await?));
        }
    };
    let change = ListChange {
        name: Some(new.name),
        from_name: Some(new.from_name),
        from_address: Some(new.from_address),
        reply_to: Some(new.reply_to),
        language: Some(new.language),
        description: Some(new.description),
        has_archive: Some(new.has_archive),
        sends_welcome: Some(new.sends_welcome),
        sends_goodbye: Some(new.sends_goodbye),
    };
    visit.write(move |conn| lists::change(conn, account, id, &change)).await?.ok_or(PageError::NotFound)?;
    Ok(page::see_other(&format!("/lists/{id}?done=saved")))
}

pub(super) async fn close(id: Id<ListId>, sent: Sent<Nothing>) -> Result<HttpResponse, PageError> {
    let (visit, id, now) = (&sent.visit, id.0, sent.visit.now);
    let account = visit.account_id()?;
    if visit.write(move |conn| lists::close(conn, account, id, now)).await? {
        Ok(page::see_other("/lists?done=list-closed"))
    } else {
        Err(PageError::NotFound)
    }
}

/// The open list of the visitor's account, or "not found".
pub(super) async fn find(visit: &Visit, id: ListId) -> Result<List, PageError> {
    let account = visit.account_id()?;
    visit.read(move |conn| lists::find(conn, account, id)).await?.ok_or(PageError::NotFound)
}

async fn settings_page(
    visit: &Visit,
    form: ListForm,
    problems: Problems,
    list: List,
) -> Result<ListFormPage, PageError> {
    let page = visit.page(Place::Lists, list.name.clone()).await?;
    Ok(ListFormPage { page, form, problems, languages: language_choices(), existing: Some(list) })
}
