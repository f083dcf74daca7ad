//! `estampille account create`

use clap::{Args, Subcommand};

use super::context::Context;
use super::password::PasswordSource;
use super::stop::Stop;
use crate::accounts::{self, CreateOutcome, NewAccount, User, invitations};
use crate::audit::Actor;
use crate::deliveries::{self, Kind, NewDelivery};
use crate::keyring::Keyring;
use crate::mail::EmailAddress;
use crate::storage::{Conn, StoreError, Timestamp};
use crate::texts::Language;

#[derive(Subcommand)]
pub(super) enum Account {
    /// Make a customer account with its first user; without a password an invitation mail is queued
    Create(Create),
}

#[derive(Args)]
pub(super) struct Create {
    /// The name, unique in the installation
    name: String,
    /// The address its first user signs in with
    #[arg(long, value_name = "ADDRESS")]
    owner: EmailAddress,
    /// The postal address that stands at the foot of its campaigns
    #[arg(long, value_name = "TEXT", default_value = "")]
    postal_address: String,
    /// The language of its first user
    #[arg(long, default_value = "en")]
    language: Language,
    #[command(flatten)]
    password: PasswordSource,
}

pub(super) fn run(command: Account, context: &Context) -> Result<(), Stop> {
    let Account::Create(asked) = command;
    let new = NewAccount {
        name: asked.name,
        postal_address: asked.postal_address,
        owner: asked.owner,
        language: asked.language,
        password_hash: asked.password.hash()?,
    };
    let app = context.ready_app()?;
    let now = app.clock.now();
    match app.db.write_blocking(|conn| create(conn, &app.keys, &new, now))? {
        CreateOutcome::Created { account, .. } => {
            println!("{}", serde_json::json!({ "account_id": account.id, "name": account.name }));
            Ok(())
        }
        CreateOutcome::BadName => Err(Stop::BadUse("the name is empty, too long or holds control characters".into())),
        CreateOutcome::NameTaken => Err(Stop::NotSo(format!("there is an account `{}` already", new.name))),
        CreateOutcome::AddressTaken => Err(Stop::NotSo(format!("{} is a user already", new.owner))),
    }
}

/// The account, and with it an invitation and its mail where the owner has no password yet.
fn create(conn: &mut Conn, keys: &Keyring, new: &NewAccount, now: Timestamp) -> Result<CreateOutcome, StoreError> {
    let outcome = accounts::create(conn, new, Actor::System, now)?;
    if let (CreateOutcome::Created { owner, .. }, None) = (&outcome, &new.password_hash) {
        invite(conn, keys, owner, now)?;
    }
    Ok(outcome)
}

/// Makes an invitation and queues its mail.
fn invite(conn: &mut Conn, keys: &Keyring, user: &User, now: Timestamp) -> Result<(), StoreError> {
    let invited = invitations::invite(conn, keys, user, now)?;
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
    Ok(())
}
