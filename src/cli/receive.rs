//! `estampille receive`: one message on standard input, from an MTA's pipe or alias.
//!
//! The exit status is what an MTA reads (sysexits.h): 0 kept, 65 no message, 75 try again. Whatever passes by
//! itself or by the operator's hand (database, settings, schema) is 75, so that the MTA keeps the message.

use std::io::Read;

use clap::Args;

use super::context::Context;
use super::stop::Stop;
use crate::app::App;
use crate::bounces::inbound_messages::{self, Channel, Received, marks};
use crate::mail::inbound;

/// EX_DATAERR.
const NO_MESSAGE: u8 = 65;
/// Longest message that is taken, in bytes; the same as at the listener.
const LONGEST: u64 = 10 * 1024 * 1024;

#[derive(Args)]
pub(super) struct Receive {
    /// The envelope recipient; else ORIGINAL_RECIPIENT or RECIPIENT of the environment, else the header
    #[arg(long, value_name = "ADDRESS")]
    recipient: Option<String>,
    /// The envelope sender; else SENDER of the environment
    #[arg(long, value_name = "ADDRESS")]
    sender: Option<String>,
}

pub(super) fn run(args: &Receive, context: &Context) -> Result<(), Stop> {
    let message = message()?;
    let app = context.ready_app().map_err(|stop| Stop::TryAgain(stop.to_string()))?;
    let received = received(args, &app, message);
    let now = app.clock.now();
    let kept = app.db.write_blocking(|conn| inbound_messages::store(conn, &received, now));
    kept.map(drop).map_err(|error| Stop::TryAgain(error.to_string()))
}

fn message() -> Result<Vec<u8>, Stop> {
    let mut message = Vec::new();
    let read = std::io::stdin().lock().take(LONGEST + 1).read_to_end(&mut message);
    read.map_err(|error| Stop::TryAgain(error.to_string()))?;
    if message.trim_ascii().is_empty() {
        return Err(Stop::Sysexit(NO_MESSAGE, "there is no message on standard input".to_owned()));
    }
    if message.len() as u64 > LONGEST {
        return Err(Stop::Sysexit(NO_MESSAGE, format!("the message is longer than {LONGEST} bytes")));
    }
    Ok(message)
}

fn received(args: &Receive, app: &App, message: Vec<u8>) -> Received {
    let envelope_to = marks::destination(&app.keys, &candidates(args, &message));
    let envelope_from = args.sender.clone().or_else(|| environment("SENDER")).unwrap_or_default();
    Received { channel: Channel::Pipe, envelope_from, envelope_to, source: String::new(), message }
}

/// Who the message may have been for: what we are told first, what the header says last.
fn candidates(args: &Receive, message: &[u8]) -> Vec<String> {
    if let Some(recipient) = &args.recipient {
        return vec![recipient.clone()];
    }
    let told = ["ORIGINAL_RECIPIENT", "RECIPIENT"].into_iter().filter_map(environment);
    told.chain(inbound::recipients(message)).collect()
}

#[expect(clippy::disallowed_methods, reason = "an MTA says by its environment for whom a message is")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| value.contains('@'))
}
