//! Making an account, pausing it, letting it go on.

use actix_web::HttpResponse;
use serde::Deserialize;

use super::overview::overview;
use super::sending::WhyForm;
use crate::accounts::{self, CreateOutcome, NewAccount, invitations};
use crate::audit::Actor;
use crate::deliveries::{self, Kind, NewDelivery};
use crate::keyring::Keyring;
use crate::mail::EmailAddress;
use crate::storage::{AccountId, Conn, StoreError, Timestamp};
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
            match visit.write(move |conn| create_and_invite(conn, &keys, &new, by, now)).await? {
                CreateOutcome::Created { .. } => return Ok(see_other("/operator?done=account-created")),
                CreateOutcome::BadName => problems.add("name", texts.say("account-bad-name")),
                CreateOutcome::NameTaken => problems.add("name", texts.say("account-name-taken")),
                CreateOutcome::AddressTaken => problems.add("owner", texts.say("account-address-taken")),
            }
        }
    }
    Ok(again(&problems, &overview(&visit, typed, problems.clone()).await?))
}

/// The account, and with it the mail that invites its owner.
fn create_and_invite(
    conn: &mut Conn,
    keys: &Keyring,
    new: &NewAccount,
    by: Actor,
    now: Timestamp,
) -> Result<CreateOutcome, StoreError> {
    let outcome = accounts::create(conn, new, by, now)?;
    if let CreateOutcome::Created { owner, .. } = &outcome {
        let invited = invitations::invite(conn, keys, owner, now)?;
        let mail = NewDelivery {
            kind: Kind::Invitation,
            // Not the account's own mail: it leaves even while the account is paused.
            account_id: None,
            campaign_id: None,
            list_id: None,
            subscriber_id: None,
            subscription_id: None,
            cause: Some(invited.token_hash),
            address: invited.address,
            expires_at: invited.expires_at,
        };
        deliveries::enqueue(conn, &mail, now)?;
    }
    Ok(outcome)
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
