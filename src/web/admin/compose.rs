//! `/campaigns/new` and `/campaigns/{id}/edit`: what a campaign says.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::sign_in::Nothing;
use super::visit::{Id, Sent, Visit, again};
use crate::campaigns::{
    self, BodyFormat, Campaign, ChangeOutcome, Content, CreateOutcome, DeleteOutcome, Draft, State,
};
use crate::lists;
use crate::storage::{AccountId, CampaignId, ListId};
use crate::texts::Texts;
use crate::web::error::PageError;
use crate::web::page::{self, Choice, Page, Place, Problems, see_other};

#[derive(Template)]
#[template(path = "admin/compose.html")]
struct ComposePage {
    page: Page,
    typed: ComposeForm,
    problems: Problems,
    lists: Vec<Choice>,
    formats: Vec<Choice>,
    /// The draft that is changed; a new one is made without it.
    existing: Option<CampaignId>,
    /// Why a test could not be sent.
    own_address: String,
}

/// What is typed about a campaign.
#[derive(Deserialize, Default)]
pub(super) struct ComposeForm {
    #[serde(default)]
    pub(super) list: String,
    #[serde(default)]
    pub(super) subject: String,
    #[serde(default)]
    pub(super) preheader: String,
    #[serde(default)]
    pub(super) body_format: String,
    #[serde(default)]
    pub(super) body: String,
    #[serde(default)]
    pub(super) body_text: String,
    /// `schedule` to go on to the schedule.
    #[serde(default)]
    then: String,
}

/// With which list a new campaign begins.
#[derive(Deserialize)]
pub(super) struct Beginning {
    #[serde(default)]
    list: String,
}

impl ComposeForm {
    fn of(campaign: &Campaign) -> Self {
        let content = campaign.content.clone();
        Self {
            list: campaign.list_id.to_string(),
            subject: content.subject,
            preheader: content.preheader,
            body_format: content.body_format.to_string(),
            body: content.body,
            body_text: content.body_text.unwrap_or_default(),
            then: String::new(),
        }
    }

    /// How the body is written; Markdown when nothing else is said.
    pub(super) fn format(&self) -> BodyFormat {
        self.body_format.parse().unwrap_or(BodyFormat::Markdown)
    }

    fn read(&self, texts: Texts) -> Result<Draft, Problems> {
        let mut problems = Problems::default();
        let Ok(list_id) = self.list.parse::<ListId>() else {
            problems.add("list", texts.say("choose-one"));
            return Err(problems);
        };
        // Browsers send every line end as CR LF (HTML, "constructing the entry list").
        let lines = |text: &str| text.replace("\r\n", "\n");
        let content = Content {
            subject: self.subject.trim().to_owned(),
            preheader: self.preheader.trim().to_owned(),
            body_format: self.format(),
            body: lines(&self.body),
            body_text: Some(lines(&self.body_text)).filter(|text| !text.trim().is_empty()),
        };
        Ok(Draft { list_id, content })
    }

    fn next(&self, id: CampaignId) -> HttpResponse {
        match self.then.as_str() {
            "schedule" => see_other(&format!("/campaigns/{id}/schedule")),
            _ => see_other(&format!("/campaigns/{id}/edit?done=saved")),
        }
    }
}

pub(super) async fn show_new(visit: Visit, query: web::Query<Beginning>) -> Result<HttpResponse, PageError> {
    let typed = ComposeForm { list: query.into_inner().list, ..ComposeForm::default() };
    Ok(page::show(&compose_page(&visit, typed, Problems::default(), None).await?))
}

pub(super) async fn create(sent: Sent<ComposeForm>) -> Result<HttpResponse, PageError> {
    let (now, visit, typed) = (sent.visit.now, sent.visit, sent.fields);
    let account = visit.account_id()?;
    let draft = match typed.read(visit.texts()) {
        Ok(draft) => draft,
        Err(problems) => return refuse(&visit, typed, problems, None).await,
    };
    match visit.write(move |conn| campaigns::create(conn, account, &draft, now)).await? {
        CreateOutcome::Created(campaign) => Ok(typed.next(campaign.id)),
        CreateOutcome::NoSuchList => refuse(&visit, typed, no_such_list(&visit), None).await,
    }
}

pub(super) async fn show(visit: Visit, id: Id<CampaignId>) -> Result<HttpResponse, PageError> {
    let campaign = find(&visit, id.0).await?;
    if campaign.state != State::Draft {
        return Ok(see_other(&format!("/campaigns/{}", campaign.id)));
    }
    let typed = ComposeForm::of(&campaign);
    Ok(page::show(&compose_page(&visit, typed, Problems::default(), Some(campaign.id)).await?))
}

pub(super) async fn change(id: Id<CampaignId>, sent: Sent<ComposeForm>) -> Result<HttpResponse, PageError> {
    let (visit, typed, id) = (sent.visit, sent.fields, id.0);
    let account = visit.account_id()?;
    let draft = match typed.read(visit.texts()) {
        Ok(draft) => draft,
        Err(problems) => return refuse(&visit, typed, problems, Some(id)).await,
    };
    match visit.write(move |conn| campaigns::change(conn, account, id, &draft)).await? {
        ChangeOutcome::Changed(campaign) => Ok(typed.next(campaign.id)),
        ChangeOutcome::NoSuchList => refuse(&visit, typed, no_such_list(&visit), Some(id)).await,
        ChangeOutcome::NotADraft(_) => Ok(see_other(&format!("/campaigns/{id}?done=no-draft"))),
        ChangeOutcome::NoSuch => Err(PageError::NotFound),
    }
}

pub(super) async fn delete(id: Id<CampaignId>, sent: Sent<Nothing>) -> Result<HttpResponse, PageError> {
    let (now, visit, id) = (sent.visit.now, sent.visit, id.0);
    let account = visit.account_id()?;
    match visit.write(move |conn| campaigns::delete(conn, account, id, now)).await? {
        DeleteOutcome::Deleted => Ok(see_other("/campaigns?done=deleted")),
        DeleteOutcome::NotADraft(_) => Ok(see_other(&format!("/campaigns/{id}?done=no-draft"))),
        DeleteOutcome::NoSuch => Err(PageError::NotFound),
    }
}

/// The campaign of the visitor's account, or "not found".
pub(super) async fn find(visit: &Visit, id: CampaignId) -> Result<Campaign, PageError> {
    let account = visit.account_id()?;
    visit.read(move |conn| campaigns::find(conn, account, id)).await?.ok_or(PageError::NotFound)
}

fn no_such_list(visit: &Visit) -> Problems {
    let mut problems = Problems::default();
    problems.add("list", visit.texts().say("choose-one"));
    problems
}

async fn refuse(
    visit: &Visit,
    typed: ComposeForm,
    problems: Problems,
    existing: Option<CampaignId>,
) -> Result<HttpResponse, PageError> {
    Ok(again(&problems, &compose_page(visit, typed, problems.clone(), existing).await?))
}

async fn compose_page(
    visit: &Visit,
    typed: ComposeForm,
    problems: Problems,
    existing: Option<CampaignId>,
) -> Result<ComposePage, PageError> {
    let key = if existing.is_some() { "campaign-edit" } else { "campaign-new" };
    let page = visit.page_of(Place::Campaigns, key).await?;
    let lists = list_choices(visit, visit.account_id()?).await?;
    let formats = BodyFormat::ALL.iter().map(|format| Choice::new(format, page.word("body-format", format))).collect();
    let own_address = visit.user.user.address.to_string();
    let typed = ComposeForm { body_format: typed.format().to_string(), ..typed };
    Ok(ComposePage { page, typed, problems, lists, formats, existing, own_address })
}

async fn list_choices(visit: &Visit, account: AccountId) -> Result<Vec<Choice>, PageError> {
    let lists = visit.read(move |conn| lists::of_account(conn, account)).await?;
    Ok(lists.into_iter().map(|list| Choice::new(&list.id, list.name)).collect())
}
