//! `/settings/domains/{id}`: one sending domain: the DNS records it wants, what was found of them.

use actix_web::HttpResponse;
use askama::Template;
use serde::Deserialize;

use super::settings::settings_page;
use super::sign_in::Nothing;
use super::visit::{Id, Sent, Visit, again};
use crate::mail::dns::Dns;
use crate::sending_domains::{self, AddOutcome, ChooseOutcome, Finding, SendingDomain, Signing, WantedRecord};
use crate::storage::{Conn, SendingDomainId};
use crate::web::error::PageError;
use crate::web::page::{self, Page, Place, Problems, see_other};

#[derive(Template)]
#[template(path = "admin/sending_domain.html")]
struct DomainPage {
    page: Page,
    domain: SendingDomain,
    /// Each record with what the last check found of it.
    records: Vec<(WantedRecord, Option<Finding>)>,
    /// What may sign its mail, each with whether it is chosen.
    choices: Vec<(Signing, bool)>,
}

/// A domain to send from.
#[derive(Deserialize)]
pub(super) struct DomainForm {
    domain: String,
}

pub(super) async fn add(sent: Sent<DomainForm>) -> Result<HttpResponse, PageError> {
    let (now, visit) = (sent.visit.now, sent.visit);
    let (account, by) = (visit.account_id()?, visit.user.actor());
    // Making a key takes a while: neither on an async thread nor inside a transaction.
    let made = tokio::task::spawn_blocking(sending_domains::make_key).await;
    let key = made.map_err(|error| PageError::Broken(error.to_string()))?.map_err(PageError::Broken)?;
    let name = sent.fields.domain;
    match visit.write(move |conn| sending_domains::add(conn, account, &name, key, by, now)).await? {
        AddOutcome::Added(domain) | AddOutcome::AlreadyThere(domain) => {
            Ok(see_other(&format!("/settings/domains/{}", domain.id)))
        }
        AddOutcome::BadName => {
            let mut problems = Problems::default();
            problems.add("domain", visit.texts().say("address-bad-domain"));
            Ok(again(&problems, &settings_page(&visit, None, problems.clone(), None).await?))
        }
    }
}

pub(super) async fn show(visit: Visit, id: Id<SendingDomainId>) -> Result<HttpResponse, PageError> {
    let account = visit.account_id()?;
    let found = visit.read(move |conn| sending_domains::find(conn, account, id.0)).await?;
    let domain = found.ok_or(PageError::NotFound)?;
    let finding = |wanted: &WantedRecord| domain.findings.iter().find(|each| each.record == wanted.record).cloned();
    let wanted = sending_domains::wanted_records(&visit.app.settings, &domain);
    let records = wanted.into_iter().map(|wanted| (wanted.clone(), finding(&wanted))).collect();
    let may_be_chosen = |signing: &Signing| *signing != Signing::Relay || visit.app.settings.relay_signs;
    // What is in force: without a relay that signs, it is we who do.
    let chosen = if may_be_chosen(&domain.signing) { domain.signing } else { Signing::Rsa };
    let choices = Signing::ALL.iter().filter(|signing| may_be_chosen(signing));
    let choices = choices.map(|signing| (*signing, *signing == chosen)).collect();
    let page = visit.page(Place::Settings, domain.name.clone()).await?;
    Ok(page::show(&DomainPage { page, domain, records, choices }))
}

/// What shall sign the mail of a domain.
#[derive(Deserialize)]
pub(super) struct SigningForm {
    signing: String,
}

pub(super) async fn sign(id: Id<SendingDomainId>, sent: Sent<SigningForm>) -> Result<HttpResponse, PageError> {
    let signing: Signing = sent.fields.signing.parse().map_err(PageError::Unreadable)?;
    let (now, visit) = (sent.visit.now, sent.visit);
    let (id, by) = (id.0, visit.user.actor());
    let which = (visit.account_id()?, id);
    let wanted = (signing, visit.app.settings.relay_signs);
    let key = sending_domains::make_ed25519_key().map_err(PageError::Broken)?;
    let choose = move |conn: &mut Conn| sending_domains::choose_signing(conn, which, wanted, key, (by, now));
    match visit.write(choose).await? {
        ChooseOutcome::Chosen(domain) if domain.signing == Signing::RsaAndEd25519 => Ok(back(id, "domain-second-key")),
        ChooseOutcome::Chosen(_) => Ok(back(id, "saved")),
        ChooseOutcome::RelayDoesNotSign => Err(PageError::Unreadable("the relay does not sign".to_owned())),
        ChooseOutcome::NotThere => Err(PageError::NotFound),
    }
}

pub(super) async fn check(id: Id<SendingDomainId>, sent: Sent<Nothing>) -> Result<HttpResponse, PageError> {
    let (now, visit) = (sent.visit.now, sent.visit);
    let (account, settings) = (visit.account_id()?, visit.app.settings.clone());
    let dns = Dns::new(settings.dns_server);
    let checked = sending_domains::check(&visit.app.db, &dns, &settings.mail_domain, (account, id.0), now).await?;
    let domain = checked.ok_or(PageError::NotFound)?;
    let id = domain.id;
    Ok(if domain.is_verified() { back(id, "domain-verified") } else { back(id, "domain-checked") })
}

fn back(id: SendingDomainId, done: &str) -> HttpResponse {
    see_other(&format!("/settings/domains/{id}?done={done}"))
}

pub(super) async fn remove(id: Id<SendingDomainId>, sent: Sent<Nothing>) -> Result<HttpResponse, PageError> {
    let (now, visit) = (sent.visit.now, sent.visit);
    let (account, by) = (visit.account_id()?, visit.user.actor());
    if visit.write(move |conn| sending_domains::remove(conn, account, id.0, by, now)).await? {
        Ok(see_other("/settings?done=deleted"))
    } else {
        Err(PageError::NotFound)
    }
}
