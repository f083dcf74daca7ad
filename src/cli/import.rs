//! `estampille import`

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use chrono::NaiveDate;
use clap::Args;

use super::context::Context;
use super::progress;
use super::stop::Stop;
use crate::app::App;
use crate::imports::{self, Import as Taken, Provenance, Row, RowOutcome};
use crate::lists;
use crate::storage::ListId;

/// Rows in one transaction: a signup that comes meanwhile does not wait long.
const CHUNK: usize = 100;
/// The service writes between two chunks: SQLite wakes nobody who waits, a writer just looks again after 1, 2, 5, 10, 15,
/// 20, 25 … milliseconds, and chunks back to back could keep it out for as long as the import lasts.
const BETWEEN: Duration = Duration::from_millis(30);

#[derive(Args)]
pub(super) struct Import {
    /// A CSV file: first column `address`, the others are fields
    file: PathBuf,
    /// The list
    #[arg(long, value_name = "ID")]
    list: ListId,
    /// Where the addresses were collected
    #[arg(long, value_name = "TEXT")]
    source: String,
    /// When, as YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    collected_at: NaiveDate,
    /// On what basis they may be written to
    #[arg(long, value_name = "TEXT")]
    basis: String,
    /// The operator's word that these addresses were confirmed elsewhere: they are stamped, without a mail
    #[arg(long, requires = "evidence")]
    confirmed_elsewhere: bool,
    /// What shows it; kept in every consent record
    #[arg(long, value_name = "TEXT", requires = "confirmed_elsewhere")]
    evidence: Option<String>,
}

pub(super) fn run(args: Import, context: &Context) -> Result<(), Stop> {
    let provenance =
        Provenance { source: args.source, collected_on: args.collected_at, basis: args.basis, evidence: args.evidence };
    let app = context.ready_app()?;
    if let Some(refusal) = imports::judge(&provenance, app.clock.now().utc().date_naive()) {
        return Err(Stop::BadUse(refusal.to_string()));
    }
    let list = args.list;
    let Some(list) = app.db.read_blocking(|conn| lists::find_public(conn, list))? else {
        return Err(Stop::NotSo(format!("there is no list {list}")));
    };
    let import = Taken { account_id: list.account_id, list_id: list.id, provenance };
    let refused = |error: imports::FileError| Stop::NotSo(format!("{}: {error}", args.file.display()));
    // Read through once before anything is written, so that a broken file changes nothing.
    let total = count(File::open(&args.file)?).map_err(refused)?;
    let mut opened = imports::open(File::open(&args.file)?).map_err(refused)?;
    let bar = progress::bar(total);
    let mut tally = Tally::default();
    let take = |chunk: &[Row]| {
        bar.inc(progress::count(chunk.len()));
        tally.take(&app, &import, chunk)
    };
    // Nobody unparks this thread; and if somebody did, the pause would only be shorter.
    let pause = || std::thread::park_timeout(BETWEEN);
    in_chunks(imports::rows(&mut opened).map(|row| row.map_err(refused)), take, pause)?;
    bar.finish_and_clear();
    tally.tell();
    Ok(())
}

/// Takes the rows chunk by chunk, with a pause between two.
fn in_chunks<T>(
    mut rows: impl Iterator<Item = Result<T, Stop>>,
    mut take: impl FnMut(&[T]) -> Result<(), Stop>,
    mut pause: impl FnMut(),
) -> Result<(), Stop> {
    let mut is_first = true;
    loop {
        let chunk = rows.by_ref().take(CHUNK).collect::<Result<Vec<_>, _>>()?;
        if chunk.is_empty() {
            return Ok(());
        }
        if !std::mem::replace(&mut is_first, false) {
            pause();
        }
        take(&chunk)?;
    }
}

fn count(file: File) -> Result<u64, imports::FileError> {
    let mut opened = imports::open(file)?;
    let mut total = 0;
    for row in imports::rows(&mut opened) {
        row?;
        total += 1;
    }
    Ok(total)
}

/// How many rows became what.
#[derive(Default)]
struct Tally(BTreeMap<String, u64>);

impl Tally {
    fn take(&mut self, app: &App, import: &Taken, rows: &[Row]) -> Result<(), Stop> {
        let now = app.clock.now();
        let outcomes = app.db.write_blocking(|conn| {
            let taken = rows.iter().map(|row| imports::take(conn, &app.keys, import, row, now));
            taken.collect::<Result<Vec<_>, _>>()
        })?;
        for (row, outcome) in rows.iter().zip(outcomes) {
            if let RowOutcome::BadAddress(error) = outcome {
                eprintln!("line {}: the address {error}", row.line);
            }
            *self.0.entry(word(outcome)).or_default() += 1;
        }
        Ok(())
    }

    fn tell(&self) {
        for (word, count) in &self.0 {
            println!("{word}\t{count}");
        }
    }
}

fn word(outcome: RowOutcome) -> String {
    match outcome {
        RowOutcome::Asked => "asked_to_confirm".to_owned(),
        RowOutcome::Stamped => "stamped".to_owned(),
        RowOutcome::Left(why) => format!("left_alone_{why}"),
        RowOutcome::BadAddress(_) => "bad_address".to_owned(),
        RowOutcome::NoList => "list_closed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn others_may_write_between_two_small_chunks() {
        const { assert!(CHUNK <= 200) };
        let seen = RefCell::new(Vec::new());
        let rows = (0..CHUNK * 2 + 1).map(Ok);
        let take = |chunk: &[usize]| {
            seen.borrow_mut().push(chunk.len());
            Ok(())
        };
        in_chunks(rows, take, || seen.borrow_mut().push(0)).unwrap();
        assert_eq!(*seen.borrow(), [CHUNK, 0, CHUNK, 0, 1]);
    }

    #[test]
    fn a_broken_row_ends_the_import() {
        let rows = [Ok(1), Err(Stop::NotSo("line 2".to_owned()))];
        assert!(in_chunks(rows.into_iter(), |_| Ok(()), || ()).is_err());
    }
}
