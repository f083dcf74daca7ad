//! `/settings`: what an account says of itself, its sending domains and tokens, and the user's own password.

use actix_web::HttpResponse;
use askama::Template;
use serde::Deserialize;

use super::brakes::BrakesForm;
use super::visit::{Sent, Visit, again};
use crate::accounts::tokens::{self, Token};
use crate::accounts::{self, AccountChange, ChangeOutcome, Scope};
use crate::sending_domains::{self, SendingDomain};
use crate::web::error::PageError;
use crate::web::page::{self, Choice, Page, Place, Problems, see_other};

#[derive(Template)]
#[template(path = "admin/settings.html")]
pub(super) struct SettingsPage {
    pub(super) page: Page,
    pub(super) typed: AccountForm,
    pub(super) problems: Problems,
    pub(super) has_account: bool,
    pub(super) brakes: BrakesForm,
    pub(super) domains: Vec<SendingDomain>,
    pub(super) tokens: Vec<Token>,
    pub(super) scopes: Vec<Choice>,
    pub(super) first_scope: String,
    /// A token that was just made; shown this once.
    pub(super) fresh_token: Option<String>,
    pub(super) shortest_password: i64,
}

/// What an account says of itself.
#[derive(Deserialize, Default)]
pub(super) struct AccountForm {
    name: String,
    #[serde(default)]
    postal_address: String,
    #[serde(default)]
    website: String,
    #[serde(default)]
    contact: String,
}

pub(super) async fn show(visit: Visit) -> Result<HttpResponse, PageError> {
    Ok(page::show(&settings_page(&visit, None, Problems::default(), None).await?))
}

pub(super) async fn change(sent: Sent<AccountForm>) -> Result<HttpResponse, PageError> {
    let (now, visit, typed) = (sent.visit.now, sent.visit, sent.fields);
    let (account, by, texts) = (visit.account_id()?, visit.user.actor(), visit.texts());
    let wanted = AccountChange {
        name: Some(typed.name.clone()),
        postal_address: Some(typed.postal_address.replace("\r\n", "\n")),
        website: Some(typed.website.clone()),
        contact: Some(typed.contact.clone()),
    };
    let mut problems = Problems::default();
    match visit.write(move |conn| accounts::change(conn, account, &wanted, by, now)).await? {
        ChangeOutcome::Changed(_) => return Ok(see_other("/settings?done=saved")),
        ChangeOutcome::BadName => problems.add("name", texts.say("account-bad-name")),
        ChangeOutcome::NameTaken => problems.add("name", texts.say("account-name-taken")),
        ChangeOutcome::NoSuch => return Err(PageError::NotFound),
    }
    Ok(again(&problems, &settings_page(&visit, Some(typed), problems.clone(), None).await?))
}

/// The whole page, for every form on it.
pub(super) async fn settings_page(
    visit: &Visit,
    typed: Option<AccountForm>,
    problems: Problems,
    fresh_token: Option<String>,
) -> Result<SettingsPage, PageError> {
    let account = visit.user.user.account_id;
    let (found, domains, tokens, brakes) = visit
        .read(move |conn| {
            let Some(id) = account else { return Ok((None, Vec::new(), tokens::list(conn, None)?, None)) };
            let brakes = Some(accounts::brakes::of(conn, id)?);
            let domains = sending_domains::of_account(conn, id)?;
            Ok((accounts::find(conn, id)?, domains, tokens::list(conn, account)?, brakes))
        })
        .await?;
    let page = visit.page_of(Place::Settings, "settings-title").await?;
    let has_account = found.is_some();
    let kept = found.map(|account| AccountForm {
        name: account.name,
        postal_address: account.postal_address,
        website: account.website,
        contact: account.contact,
    });
    Ok(SettingsPage {
        typed: typed.or(kept).unwrap_or_default(),
        problems,
        has_account,
        brakes: brakes.map(|brakes| BrakesForm::of(brakes, visit.texts())).unwrap_or_default(),
        domains,
        tokens: tokens.into_iter().filter(|token| token.revoked_at.is_none()).collect(),
        scopes: Scope::ALL.iter().map(|scope| Choice::new(scope, page.word("scope", scope))).collect(),
        first_scope: Scope::Full.word().to_owned(),
        fresh_token,
        shortest_password: i64::try_from(accounts::passwords::SHORTEST).unwrap_or(i64::MAX),
        page,
    })
}
