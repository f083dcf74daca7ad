//! Sending domains: the DNS records that each wants, what was found of them, and what signs.

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
use crate::config::Settings;
use crate::mail::dns::Dns;
use crate::sending_domains::{self, AddOutcome, ChooseOutcome, SendingDomain, Signing};
use crate::storage::{SendingDomainId, StoreError};

/// A domain to send from.
#[derive(ToSchema)]
#[schema(as = NewSendingDomain)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct NewSendingDomainSchema {
    /// The domain of the From addresses.
    name: String,
}

pub(super) struct NewSendingDomain(String);

impl Read for NewSendingDomain {
    fn read(fields: &mut Fields) -> Option<Self> {
        fields.text("name").map(Self)
    }
}

/// What shall sign its mail.
#[derive(ToSchema)]
#[schema(as = SendingDomainChange)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct SendingDomainChangeSchema {
    /// `rsa`, `rsa_ed25519` (two signatures, RFC 8463), or `relay`, where the relay signs.
    signing: Option<String>,
}

pub(super) struct SendingDomainChange(Option<Signing>);

impl Read for SendingDomainChange {
    const IS_CHANGE: bool = true;

    fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self(fields.maybe_word("signing", "rsa, rsa_ed25519 or relay")))
    }
}

/// A domain that the account sends from.
#[derive(Serialize, ToSchema)]
#[schema(as = SendingDomain)]
pub(super) struct SendingDomainAnswer {
    /// Its id.
    id: Uuid,
    /// The domain.
    name: String,
    /// Since when the account may send from it; `null` while it may not.
    verified_at: Option<Moment>,
    /// When its records were last looked for.
    checked_at: Option<Moment>,
    /// What was chosen to sign its mail: `rsa`, `rsa_ed25519` or `relay`.
    signing: &'static str,
    /// The DNS records that it wants.
    records: Vec<RecordAnswer>,
}

/// A DNS record that is wanted, and what the last check found.
#[derive(Serialize, ToSchema)]
#[schema(as = WantedRecord)]
pub(super) struct RecordAnswer {
    /// `dkim`, `dkim_ed25519`, `dmarc`, `spf` or `return_path`.
    record: &'static str,
    /// The full name at which it stands.
    host: String,
    /// `TXT` or `MX`.
    r#type: &'static str,
    /// What it says.
    value: String,
    /// Whether the domain may not be sent from without it.
    required: bool,
    /// `good`, `missing`, `different` or `unreachable`; `null` before the first check.
    state: Option<&'static str>,
    /// What was seen in its place.
    seen: Option<String>,
}

fn answer(settings: &Settings, domain: &SendingDomain) -> SendingDomainAnswer {
    let record = |wanted: sending_domains::WantedRecord| {
        let found = domain.findings.iter().find(|finding| finding.record == wanted.record);
        RecordAnswer {
            record: wanted.record.word(),
            host: wanted.host,
            r#type: wanted.kind,
            value: wanted.value,
            required: wanted.is_required,
            state: found.map(|finding| finding.state.word()),
            seen: found.map(|finding| finding.seen.clone()).filter(|seen| !seen.is_empty()),
        }
    };
    SendingDomainAnswer {
        id: domain.id.0,
        name: domain.name.clone(),
        verified_at: domain.verified_at.map(Moment::from),
        checked_at: domain.checked_at.map(Moment::from),
        signing: domain.signing.word(),
        records: sending_domains::wanted_records(settings, domain).into_iter().map(record).collect(),
    }
}

/// A key could not be made: a fault of ours.
fn broken(trouble: String) -> Problem {
    StoreError::Refused(trouble).into()
}

pub(super) async fn create(app: Data<App>, caller: Caller, body: Body<NewSendingDomain>) -> Told {
    let (now, by, account) = (app.clock.now(), caller.actor(), caller.account_id);
    let settings = app.settings.clone();
    // Making a key takes a while: neither on an async thread nor inside a transaction.
    let made = tokio::task::spawn_blocking(sending_domains::make_key).await;
    let key = made.map_err(|error| broken(error.to_string()))?.map_err(broken)?;
    once(&app, &caller, body.hash, move |conn| {
        Ok(match sending_domains::add(conn, account, &body.value.0, key, by, now)? {
            AddOutcome::Added(domain) => Ok(Reply::created(&answer(&settings, &domain))),
            AddOutcome::AlreadyThere(_) => Err(Problem::conflict("The account has this sending domain already.")),
            AddOutcome::BadName => Err(Problem::field("name", "cannot be a domain on the internet")),
        })
    })
    .await
}

pub(super) async fn all(app: Data<App>, caller: Caller, mut parameters: Parameters) -> Told {
    let (limit, cursor) = (parameters.limit(), parameters.cursor::<SendingDomainId>());
    parameters.done()?;
    let settings = app.settings.clone();
    read(&app, move |conn| {
        let mut found = sending_domains::of_account(conn, caller.account_id)?;
        found.sort_by_key(|domain| domain.id);
        found.retain(|domain| cursor.is_none_or(|after| domain.id > after));
        let page = Page::of(found, limit, |domain| domain.id.to_string(), |domain| answer(&settings, &domain));
        Ok(Ok(Reply::ok(&page)))
    })
    .await
}

pub(super) async fn show(app: Data<App>, caller: Caller, id: PathId<SendingDomainId>) -> Told {
    let settings = app.settings.clone();
    read(&app, move |conn| {
        let found = sending_domains::find(conn, caller.account_id, id.0)?;
        Ok(found.map(|domain| Reply::ok(&answer(&settings, &domain))).ok_or_else(Problem::not_found))
    })
    .await
}

pub(super) async fn change(
    app: Data<App>,
    caller: Caller,
    id: PathId<SendingDomainId>,
    body: Body<SendingDomainChange>,
) -> Told {
    let Some(signing) = body.value.0 else { return show(app, caller, id).await };
    let (now, by, which, settings) = (app.clock.now(), caller.actor(), (caller.account_id, id.0), app.settings.clone());
    let key = sending_domains::make_ed25519_key().map_err(broken)?;
    write(&app, move |conn| {
        let wanted = (signing, settings.relay_signs);
        Ok(match sending_domains::choose_signing(conn, which, wanted, key, (by, now))? {
            ChooseOutcome::Chosen(domain) => Ok(Reply::ok(&answer(&settings, &domain))),
            ChooseOutcome::RelayDoesNotSign => {
                Err(Problem::field("signing", "the relay of this installation does not sign"))
            }
            ChooseOutcome::NotThere => Err(Problem::not_found()),
        })
    })
    .await
}

pub(super) async fn check(app: Data<App>, caller: Caller, id: PathId<SendingDomainId>) -> Told {
    let (dns, which) = (Dns::new(app.settings.dns_server), (caller.account_id, id.0));
    let checked = sending_domains::check(&app.db, &dns, &app.settings.mail_domain, which, app.clock.now()).await?;
    checked.map(|domain| Reply::ok(&answer(&app.settings, &domain))).ok_or_else(Problem::not_found)
}

pub(super) async fn remove(app: Data<App>, caller: Caller, id: PathId<SendingDomainId>) -> Told {
    let (now, by) = (app.clock.now(), caller.actor());
    write(&app, move |conn| {
        let is_removed = sending_domains::remove(conn, caller.account_id, id.0, by, now)?;
        Ok(if is_removed { Ok(Reply::nothing()) } else { Err(Problem::not_found()) })
    })
    .await
}
