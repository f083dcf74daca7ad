//! What the operator's programs do with accounts.

use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::account::{AccountAnswer, bad_name, name_taken};
use super::answer::{Page, Reply, Told, once, read, write};
use super::body::{Body, Parameters, PathId};
use super::caller::OperatorCaller;
use super::fields::{Fields, Read};
use super::problem::Problem;
use crate::accounts::{self, CreateOutcome};
use crate::app::App;
use crate::storage::{AccountId, Conn, StoreError, Timestamp};
use crate::texts::Language;
use crate::{campaigns, deliveries};

/// An account to be made. Its first user gets an invitation by mail.
#[derive(ToSchema)]
#[schema(as = NewAccount)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct NewAccountSchema {
    /// The name, unique in the installation.
    name: String,
    /// The address that its first user signs in with.
    #[schema(format = Email)]
    owner: String,
    /// The postal address at the foot of every campaign; may be given later.
    postal_address: Option<String>,
    /// `en` or `fr`: the language of its first user. `en` where it is missing.
    language: Option<String>,
}

pub(super) struct NewAccount(accounts::NewAccount);

impl Read for NewAccount {
    fn read(fields: &mut Fields) -> Option<Self> {
        let (name, owner) = (fields.text("name"), fields.address("owner"));
        let postal_address = fields.maybe_text("postal_address").unwrap_or_default();
        let language = fields.maybe_language("language").unwrap_or(Language::ENGLISH);
        let (name, owner) = (name?, owner?);
        Some(Self(accounts::NewAccount { name, postal_address, owner, language, password_hash: None }))
    }
}

/// Why something is done; kept in the audit.
#[derive(ToSchema)]
#[schema(as = Reason)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct ReasonSchema {
    /// In your own words; the account reads it too.
    reason: String,
}

pub(super) struct Reason(pub(super) String);

impl Read for Reason {
    fn read(fields: &mut Fields) -> Option<Self> {
        let reason = fields.text("reason")?;
        if reason.chars().count() > 500 {
            fields.refuse("reason", "is longer than 500 characters");
        }
        Some(Self(reason))
    }
}

/// How many campaign deliveries an account may have, and where its mail leaves from; what is missing stays, `null` takes
/// it away.
#[derive(ToSchema)]
#[schema(as = LimitsChange)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct LimitsSchema {
    /// In an hour.
    hourly: Option<i64>,
    /// In a day.
    daily: Option<i64>,
    /// One of the pools of source addresses in the settings (direct delivery).
    pool: Option<String>,
}

pub(super) struct LimitsChange {
    hourly: Option<Option<i64>>,
    daily: Option<Option<i64>>,
    pool: Option<Option<String>>,
}

impl Read for LimitsChange {
    const IS_CHANGE: bool = true;

    fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self {
            hourly: fields.clearable_count("hourly"),
            daily: fields.clearable_count("daily"),
            pool: fields.clearable_text("pool"),
        })
    }
}

/// An account that was made.
#[derive(Serialize, ToSchema)]
#[schema(as = MadeAccount)]
pub(super) struct MadeAccount {
    /// Its id.
    account_id: Uuid,
    /// Its name.
    name: String,
}

pub(super) async fn create(app: Data<App>, caller: OperatorCaller, body: Body<NewAccount>) -> Told {
    let (now, keys, actor) = (app.clock.now(), app.keys.clone(), caller.actor());
    once(&app, &caller, body.hash, move |conn| {
        Ok(match deliveries::create_and_invite(conn, &keys, &body.value.0, actor, now)? {
            CreateOutcome::Created { account, .. } => {
                Ok(Reply::created(&MadeAccount { account_id: account.id.0, name: account.name }))
            }
            CreateOutcome::BadName => Err(bad_name()),
            CreateOutcome::NameTaken => Err(name_taken()),
            CreateOutcome::AddressTaken => Err(Problem::conflict("A user has this address already.")),
        })
    })
    .await
}

pub(super) async fn all(app: Data<App>, _caller: OperatorCaller, mut parameters: Parameters) -> Told {
    let (limit, cursor) = (parameters.limit(), parameters.cursor::<AccountId>());
    parameters.done()?;
    let now = app.clock.now();
    read(&app, move |conn| {
        let mut accounts = accounts::all(conn)?;
        accounts.sort_by_key(|account| account.id);
        accounts.retain(|account| cursor.is_none_or(|cursor| account.id > cursor));
        accounts.truncate(usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1));
        let mut used = Vec::with_capacity(accounts.len());
        for account in accounts {
            let use_of = campaigns::account_use(conn, account.id, now)?;
            used.push((account, use_of));
        }
        Ok(Ok(Reply::ok(&Page::of(used, limit, |(account, _)| account.id.to_string(), AccountAnswer::from))))
    })
    .await
}

/// The account as it is now, or 404.
fn told(conn: &mut Conn, id: AccountId, now: Timestamp) -> Result<Told, StoreError> {
    let Some(account) = accounts::find(conn, id)? else { return Ok(Err(Problem::not_found())) };
    Ok(Ok(Reply::ok(&AccountAnswer::of(conn, account, now)?)))
}

pub(super) async fn pause(app: Data<App>, caller: OperatorCaller, id: PathId<AccountId>, body: Body<Reason>) -> Told {
    let now = app.clock.now();
    write(&app, move |conn| {
        accounts::pause(conn, id.0, &body.value.0, caller.actor(), now)?;
        told(conn, id.0, now)
    })
    .await
}

pub(super) async fn resume(app: Data<App>, caller: OperatorCaller, id: PathId<AccountId>, body: Body<Reason>) -> Told {
    let now = app.clock.now();
    write(&app, move |conn| {
        accounts::resume(conn, id.0, &body.value.0, caller.actor(), now)?;
        told(conn, id.0, now)
    })
    .await
}

pub(super) async fn limit(
    app: Data<App>,
    caller: OperatorCaller,
    id: PathId<AccountId>,
    body: Body<LimitsChange>,
) -> Told {
    let now = app.clock.now();
    if let Some(Some(pool)) = &body.value.pool
        && !app.settings.relay.pools().contains(&pool.as_str())
    {
        return Err(Problem::field("pool", "is no pool of the relay URL in the settings"));
    }
    write(&app, move |conn| {
        let Some(account) = accounts::find(conn, id.0)? else { return Ok(Err(Problem::not_found())) };
        let limits =
            (body.value.hourly.unwrap_or(account.hourly_limit), body.value.daily.unwrap_or(account.daily_limit));
        if body.value.hourly.is_some() || body.value.daily.is_some() {
            accounts::set_limits(conn, id.0, limits, caller.actor(), now)?;
        }
        if let Some(pool) = &body.value.pool {
            accounts::set_pool(conn, id.0, pool.as_deref(), caller.actor(), now)?;
        }
        told(conn, id.0, now)
    })
    .await
}
