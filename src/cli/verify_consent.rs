//! `estampille verify-consent` and `estampille seals`: is every proof as it was written?

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

use super::context::Context;
use super::progress;
use super::stop::Stop;
use crate::accounts::{self, Account};
use crate::app::App;
use crate::consent::{self, Break, ChainState, seals};
use crate::keyring::hex;
use crate::texts::{Language, Texts};

#[derive(Args)]
pub(super) struct VerifyConsent {
    /// Only the chain of this account, by name; without it every chain and every seal
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Seals that were kept elsewhere, as `estampille seals` prints them; each must still be the same
    #[arg(long, value_name = "FILE")]
    seals: Option<PathBuf>,
}

pub(super) fn run(args: &VerifyConsent, context: &Context) -> Result<(), Stop> {
    let app = context.ready_app()?;
    let copies = args.seals.as_ref().map(read_copies).transpose()?.unwrap_or_default();
    let (chosen, all) = match &args.account {
        Some(name) => match app.db.read_blocking(|conn| accounts::by_name(conn, name))? {
            Some(account) => (vec![account], false),
            None => return Err(Stop::NotSo(format!("there is no account `{name}`"))),
        },
        None => (app.db.read_blocking(accounts::all)?, true),
    };
    let records = walk(&app, &chosen)?;
    println!("accounts\t{}\nrecords\t{records}", chosen.len());
    if all || args.seals.is_some() {
        match app.db.read_blocking(|conn| seals::verify_seals(conn, &copies))? {
            Ok(count) => println!("seals\t{count}"),
            Err((account, found)) => {
                let who = account.map_or_else(|| "the seals".to_owned(), |id| format!("account {id}"));
                return Err(Stop::NotSo(sentence(&who, &found)));
            }
        }
    }
    Ok(())
}

/// Every chain, one after the other; the first break ends it.
fn walk(app: &App, chosen: &[Account]) -> Result<u64, Stop> {
    let bar = progress::bar(progress::count(chosen.len()));
    let mut records = 0;
    for account in chosen {
        bar.set_message(account.name.clone());
        match app.db.read_blocking(|conn| consent::verify_chain(conn, &app.keys, account.id))? {
            ChainState::Whole(count) => records += count,
            ChainState::Broken(found) => {
                bar.finish_and_clear();
                return Err(Stop::NotSo(sentence(&format!("account {} ({})", account.id, account.name), &found)));
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(records)
}

fn sentence(who: &str, found: &Break) -> String {
    let record = found.record.map(|id| format!(", record {id}")).unwrap_or_default();
    let day = found.day.as_ref().map(|day| format!(", seal of {day}")).unwrap_or_default();
    let key = format!("consent-difference-{}", found.difference.word().replace('_', "-"));
    format!("{who}{record}{day}: {}", Texts(Language::ENGLISH).say(&key))
}

/// Days and digests, one pair a line; what stands behind them and lines that start with # are left out.
fn read_copies(path: &PathBuf) -> Result<BTreeMap<String, String>, Stop> {
    let text = std::fs::read_to_string(path).map_err(|error| Stop::BadUse(format!("{}: {error}", path.display())))?;
    let mut copies = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let (Some(day), Some(digest)) = (words.next(), words.next()) else {
            return Err(Stop::BadUse(format!("{}: `{line}` is no day with its seal", path.display())));
        };
        copies.insert(day.to_owned(), digest.to_owned());
    }
    Ok(copies)
}

/// Prints every seal, oldest first: to be kept where nobody who can write to the database can write.
pub(super) fn print_seals(context: &Context) -> Result<(), Stop> {
    let app = context.ready_app()?;
    for seal in app.db.read_blocking(|conn| seals::newest(conn, i64::MAX))?.iter().rev() {
        println!("{}\t{}\t{}", seal.day, hex(&seal.digest), seal.accounts);
    }
    Ok(())
}
