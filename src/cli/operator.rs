//! `estampille operator create`

use clap::{Args, Subcommand};

use super::context::Context;
use super::password::PasswordSource;
use super::stop::Stop;
use crate::accounts::users::{self, OperatorOutcome};
use crate::mail::EmailAddress;
use crate::texts::Language;

#[derive(Subcommand)]
pub(super) enum Operator {
    /// Make an operator; the password is asked for at the terminal, or read with --password-stdin
    Create(Create),
}

#[derive(Args)]
pub(super) struct Create {
    /// The address the operator signs in with
    address: EmailAddress,
    /// The language of the operator's pages
    #[arg(long, default_value = "en")]
    language: Language,
    #[command(flatten)]
    password: PasswordSource,
}

pub(super) fn run(command: Operator, context: &Context) -> Result<(), Stop> {
    let Operator::Create(new) = command;
    let Some(hash) = new.password.hash()? else {
        return Err(Stop::BadUse("give the password with --password-stdin, or run this at a terminal".to_owned()));
    };
    let app = context.ready_app()?;
    let now = app.clock.now();
    let outcome =
        app.db.write_blocking(|conn| users::create_operator(conn, &new.address, Some(&hash), new.language, now))?;
    match outcome {
        OperatorOutcome::Created(user) => {
            println!("{}", serde_json::json!({ "user_id": user.id, "address": user.address }));
            Ok(())
        }
        OperatorOutcome::AddressTaken => Err(Stop::NotSo(format!("{} is a user already", new.address))),
    }
}
