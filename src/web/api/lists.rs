//! Lists.

use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::{Moment, Page, Reply, Told, once, read, write};
use super::body::{Body, Parameters, PathId};
use super::caller::Caller;
use super::fields::{Fields, Read};
use super::problem::Problem;
use crate::app::App;
use crate::lists::{self, Flaw, List, ListChange};
use crate::storage::ListId;
use crate::texts::Language;

/// A list to be made.
#[derive(ToSchema)]
#[schema(as = NewList)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct NewListSchema {
    /// Its name, as subscribers read it.
    name: String,
    /// Who writes, as it stands in the From field.
    from_name: String,
    /// The address in the From field; its domain has to be verified before the first campaign.
    #[schema(format = Email)]
    from_address: String,
    /// Where answers go, when not to the From address.
    #[schema(format = Email)]
    reply_to: Option<String>,
    /// `en` or `fr`: the language of its pages and notices. `en` where it is missing.
    language: Option<String>,
    /// What the list is about.
    description: Option<String>,
    /// Whether it has a public archive.
    archive: Option<bool>,
    /// Whether whoever confirmed gets a mail that says so.
    welcome_mail: Option<bool>,
    /// Whether whoever left gets a last mail that says so.
    goodbye_mail: Option<bool>,
}

/// What shall change of a list; what is missing stays.
#[derive(ToSchema)]
#[schema(as = ListChange)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct ListChangeSchema {
    /// Its name, as subscribers read it.
    name: Option<String>,
    /// Who writes, as it stands in the From field.
    from_name: Option<String>,
    /// The address in the From field.
    #[schema(format = Email)]
    from_address: Option<String>,
    /// Where answers go; `null` takes it away.
    #[schema(format = Email)]
    reply_to: Option<String>,
    /// `en` or `fr`.
    language: Option<String>,
    /// What the list is about.
    description: Option<String>,
    /// Whether it has a public archive.
    archive: Option<bool>,
    /// Whether whoever confirmed gets a mail that says so.
    welcome_mail: Option<bool>,
    /// Whether whoever left gets a last mail that says so.
    goodbye_mail: Option<bool>,
}

/// A list.
#[derive(Serialize, ToSchema)]
#[schema(as = List)]
pub(super) struct ListAnswer {
    /// Its id.
    id: Uuid,
    /// Its name, as subscribers read it.
    name: String,
    /// Who writes, as it stands in the From field.
    from_name: String,
    /// The address in the From field.
    from_address: String,
    /// Where answers go, when not to the From address.
    reply_to: Option<String>,
    /// `en` or `fr`.
    language: &'static str,
    /// What the list is about.
    description: String,
    /// Whether it has a public archive.
    archive: bool,
    /// Whether whoever confirmed gets a mail that says so.
    welcome_mail: bool,
    /// Whether whoever left gets a last mail that says so.
    goodbye_mail: bool,
    /// When it was made.
    created_at: Moment,
}

impl From<List> for ListAnswer {
    fn from(list: List) -> Self {
        Self {
            id: list.id.0,
            name: list.name,
            from_name: list.from_name,
            from_address: list.from_address.to_string(),
            reply_to: list.reply_to.map(|address| address.to_string()),
            language: list.language.tag(),
            description: list.description,
            archive: list.has_archive,
            welcome_mail: list.sends_welcome,
            goodbye_mail: list.sends_goodbye,
            created_at: list.created_at.into(),
        }
    }
}

pub(super) struct NewList(lists::NewList);

impl Read for NewList {
    fn read(fields: &mut Fields) -> Option<Self> {
        let (name, from_name) = (fields.text("name"), fields.text("from_name"));
        let from_address = fields.address("from_address");
        let reply_to = fields.maybe_address("reply_to");
        let language = fields.maybe_language("language").unwrap_or(Language::ENGLISH);
        let description = fields.maybe_text("description").unwrap_or_default();
        let has_archive = fields.maybe_flag("archive").unwrap_or(false);
        let sends_welcome = fields.maybe_flag("welcome_mail").unwrap_or(false);
        let sends_goodbye = fields.maybe_flag("goodbye_mail").unwrap_or(false);
        note_flaws(fields, name.as_deref(), from_name.as_deref());
        let (name, from_name, from_address) = (name?, from_name?, from_address?);
        Some(Self(lists::NewList {
            name,
            from_name,
            from_address,
            reply_to,
            language,
            description,
            has_archive,
            sends_welcome,
            sends_goodbye,
        }))
    }
}

impl Read for ListChange {
    const IS_CHANGE: bool = true;

    fn read(fields: &mut Fields) -> Option<Self> {
        let change = Self {
            name: fields.maybe_text("name"),
            from_name: fields.maybe_text("from_name"),
            from_address: fields.maybe_address("from_address"),
            reply_to: fields.clearable_address("reply_to"),
            language: fields.maybe_language("language"),
            description: fields.maybe_text("description"),
            has_archive: fields.maybe_flag("archive"),
            sends_welcome: fields.maybe_flag("welcome_mail"),
            sends_goodbye: fields.maybe_flag("goodbye_mail"),
        };
        note_flaws(fields, change.name.as_deref(), change.from_name.as_deref());
        Some(change)
    }
}

/// Notes what is wrong with the names that are given.
fn note_flaws(fields: &mut Fields, name: Option<&str>, from_name: Option<&str>) {
    for flaw in lists::flaws(name.unwrap_or("fine"), from_name.unwrap_or("fine")) {
        let field = match flaw {
            Flaw::Name => "name",
            Flaw::FromName => "from_name",
        };
        fields.refuse(field, "needs 1 to 200 characters and no line break");
    }
}

pub(super) async fn create(app: Data<App>, caller: Caller, body: Body<NewList>) -> Told {
    let (now, account_id) = (app.clock.now(), caller.account_id);
    once(&app, &caller, body.hash, move |conn| {
        let list = lists::create(conn, account_id, &body.value.0, now)?;
        Ok(Ok(Reply::created(&ListAnswer::from(list))))
    })
    .await
}

pub(super) async fn all(app: Data<App>, caller: Caller, mut parameters: Parameters) -> Told {
    let (limit, cursor) = (parameters.limit(), parameters.cursor::<ListId>());
    parameters.done()?;
    read(&app, move |conn| {
        let mut lists = lists::of_account(conn, caller.account_id)?;
        lists.retain(|list| cursor.is_none_or(|cursor| list.id > cursor));
        Ok(Ok(Reply::ok(&Page::of(lists, limit, |list| list.id.to_string(), ListAnswer::from))))
    })
    .await
}

pub(super) async fn show(app: Data<App>, caller: Caller, id: PathId<ListId>) -> Told {
    read(&app, move |conn| {
        let list = lists::find(conn, caller.account_id, id.0)?;
        Ok(list.map(|list| Reply::ok(&ListAnswer::from(list))).ok_or_else(Problem::not_found))
    })
    .await
}

pub(super) async fn change(app: Data<App>, caller: Caller, id: PathId<ListId>, body: Body<ListChange>) -> Told {
    write(&app, move |conn| {
        let list = lists::change(conn, caller.account_id, id.0, &body.value)?;
        Ok(list.map(|list| Reply::ok(&ListAnswer::from(list))).ok_or_else(Problem::not_found))
    })
    .await
}

pub(super) async fn close(app: Data<App>, caller: Caller, id: PathId<ListId>) -> Told {
    let now = app.clock.now();
    write(&app, move |conn| {
        let is_closed = lists::close(conn, caller.account_id, id.0, now)?;
        Ok(if is_closed { Ok(Reply::nothing()) } else { Err(Problem::not_found()) })
    })
    .await
}
