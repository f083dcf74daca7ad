//! `estampille token create`

use clap::{Args, Subcommand};

use super::context::Context;
use super::stop::Stop;
use crate::accounts::tokens::{self, NewToken};
use crate::accounts::{self, Scope};
use crate::audit::Actor;

#[derive(Subcommand)]
pub(super) enum Token {
    /// Make an API token and print it, this once
    Create(Create),
}

#[derive(Args)]
pub(super) struct Create {
    /// The account it belongs to, by name
    #[arg(long, value_name = "NAME", required_unless_present = "operator", conflicts_with = "operator")]
    account: Option<String>,
    /// An operator token, which belongs to no account
    #[arg(long)]
    operator: bool,
    /// What it is for
    #[arg(long, default_value = "command line")]
    label: String,
    /// What it may do: full, read or subscribe
    #[arg(long, default_value = "full")]
    scope: Scope,
}

pub(super) fn run(command: Token, context: &Context) -> Result<(), Stop> {
    let Token::Create(asked) = command;
    let app = context.ready_app()?;
    let account_id = match &asked.account {
        None => None,
        Some(name) => match app.db.read_blocking(|conn| accounts::by_name(conn, name))? {
            Some(account) => Some(account.id),
            None => return Err(Stop::NotSo(format!("there is no account `{name}`"))),
        },
    };
    let new = NewToken { account_id, label: asked.label, scope: asked.scope };
    let now = app.clock.now();
    let (_, token) = app.db.write_blocking(|conn| tokens::create(conn, &new, Actor::System, now))?;
    println!("{token}");
    Ok(())
}
