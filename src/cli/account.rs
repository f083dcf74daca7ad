//! `estampille account create`

use clap::{Args, Subcommand};

use super::context::Context;
use super::password::PasswordSource;
use super::stop::Stop;
use crate::accounts::{CreateOutcome, NewAccount};
use crate::audit::Actor;
use crate::deliveries;
use crate::mail::EmailAddress;
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
    match app.db.write_blocking(|conn| deliveries::create_and_invite(conn, &app.keys, &new, Actor::System, now))? {
        CreateOutcome::Created { account, .. } => {
            println!("{}", serde_json::json!({ "account_id": account.id, "name": account.name }));
            Ok(())
        }
        CreateOutcome::BadName => Err(Stop::BadUse("the name is empty, too long or holds control characters".into())),
        CreateOutcome::NameTaken => Err(Stop::NotSo(format!("there is an account `{}` already", new.name))),
        CreateOutcome::AddressTaken => Err(Stop::NotSo(format!("{} is a user already", new.owner))),
    }
}
