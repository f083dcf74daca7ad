//! Making an account, pausing it, letting it go on, limiting it.

use actix_web::HttpResponse;
use serde::Deserialize;

use super::lanes::typed_count;
use super::overview::overview;
use super::sending::WhyForm;
use crate::accounts::{self, CreateOutcome, NewAccount};
use crate::deliveries;
use crate::mail::EmailAddress;
use crate::storage::{AccountId, Conn};
use crate::web::admin::visit::{Id, Sent, again};
use crate::web::error::PageError;
use crate::web::page::{Problems, see_other};

/// A new customer.
#[derive(Deserialize, Default)]
pub(super) struct AccountForm {
    pub(super) name: String,
    pub(super) owner: String,
}

pub(super) async fn create(sent: Sent<AccountForm>) -> Result<HttpResponse, PageError> {
    let (now, visit, typed) = (sent.visit.now, sent.visit, sent.fields);
    visit.user.must_be_operator()?;
    let (texts, by, keys) = (visit.texts(), visit.user.actor(), visit.app.keys.clone());
    let mut problems = Problems::default();
    match EmailAddress::parse(&typed.owner) {
        Err(error) => problems.add("owner", texts.say(error.key())),
        Ok(owner) => {
            let new = NewAccount {
                name: typed.name.trim().to_owned(),
                postal_address: String::new(),
                owner,
                language: texts.0,
                password_hash: None,
            };
            match visit.write(move |conn| deliveries::create_and_invite(conn, &keys, &new, by, now)).await? {
                CreateOutcome::Created { .. } => return Ok(see_other("/operator?done=account-created")),
                CreateOutcome::BadName => problems.add("name", texts.say("account-bad-name")),
                CreateOutcome::NameTaken => problems.add("name", texts.say("account-name-taken")),
                CreateOutcome::AddressTaken => problems.add("owner", texts.say("account-address-taken")),
            }
        }
    }
    Ok(again(&problems, &overview(&visit, typed, problems.clone()).await?))
}

pub(super) async fn pause(id: Id<AccountId>, sent: Sent<WhyForm>) -> Result<HttpResponse, PageError> {
    let (now, visit) = (sent.visit.now, &sent.visit);
    visit.user.must_be_operator()?;
    let by = visit.user.actor();
    let Some(reason) = sent.fields.given() else { return Ok(see_other("/operator?done=needs-reason")) };
    let is_done = visit.write(move |conn| accounts::pause(conn, id.0, &reason, by, now)).await?;
    if is_done { Ok(see_other("/operator?done=account-paused")) } else { Err(PageError::NotFound) }
}

pub(super) async fn resume(id: Id<AccountId>, sent: Sent<WhyForm>) -> Result<HttpResponse, PageError> {
    let (now, visit) = (sent.visit.now, &sent.visit);
    visit.user.must_be_operator()?;
    let (by, reason) = (visit.user.actor(), sent.fields.given().unwrap_or_default());
    let is_done = visit.write(move |conn| accounts::resume(conn, id.0, &reason, by, now)).await?;
    if is_done { Ok(see_other("/operator?done=account-resumed")) } else { Err(PageError::NotFound) }
}

/// How many campaign deliveries an account may have; an empty field is no limit.
#[derive(Deserialize)]
pub(super) struct LimitsForm {
    #[serde(default)]
    hourly: String,
    #[serde(default)]
    daily: String,
    /// Missing where there are no pools; empty for the common one.
    pool: Option<String>,
}

impl LimitsForm {
    /// None when one of them is no count.
    fn read(&self) -> Option<(Option<i64>, Option<i64>)> {
        let (hourly, daily) = (typed_count::<i64>(&self.hourly)?, typed_count::<i64>(&self.daily)?);
        let is_count = |limit: Option<i64>| limit.is_none_or(|limit| limit >= 0);
        (is_count(hourly) && is_count(daily)).then_some((hourly, daily))
    }
}

pub(super) async fn limit(id: Id<AccountId>, sent: Sent<LimitsForm>) -> Result<HttpResponse, PageError> {
    let (now, visit) = (sent.visit.now, &sent.visit);
    visit.user.must_be_operator()?;
    let (by, pool) = (visit.user.actor(), sent.fields.pool.clone());
    let is_known = |pool: &str| pool.is_empty() || visit.app.settings.relay.pools().contains(&pool);
    if pool.as_deref().is_some_and(|pool| !is_known(pool)) {
        return Err(PageError::NotFound);
    }
    let Some(limits) = sent.fields.read() else { return Ok(see_other("/operator?done=account-bad-limit")) };
    let limit = move |conn: &mut Conn| {
        if let (Some(pool), Some(account)) = (pool, accounts::find(conn, id.0)?)
            && account.pool.as_deref().unwrap_or_default() != pool
        {
            accounts::set_pool(conn, id.0, Some(pool.as_str()).filter(|pool| !pool.is_empty()), by, now)?;
        }
        accounts::set_limits(conn, id.0, limits, by, now)
    };
    let limited = visit.write(limit).await?;
    if limited.is_some() { Ok(see_other("/operator?done=account-limited")) } else { Err(PageError::NotFound) }
}
