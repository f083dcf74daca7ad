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
use crate::imports::{
    self, Delimiter, Encoding, Import as Taken, Look, MOST_PER_DAY, NewImport, Provenance, ReadOutcome, ReceiveError,
    ReceiveOutcome, RowRefusal, USUAL_PER_DAY,
};
use crate::lists::{self, List};
use crate::storage::{DatabaseUrl, ImportId, ListId};

/// The service writes between two chunks: SQLite wakes nobody who waits, a writer just looks again after 1, 2, 5, 10, 15,
/// 20, 25 … milliseconds, and chunks back to back could keep it out for as long as the import lasts.
const BETWEEN: Duration = Duration::from_millis(30);
/// A server has many writers; who waits for the same account has a turn.
const BETWEEN_ON_A_SERVER: Duration = Duration::from_millis(5);
/// Refused rows that are read at once to be told.
const TOLD: i64 = 1000;

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
    /// How the file's letters are written, where it is not found by itself: utf-8, utf-16le, utf-16be, windows-1252 or iso-8859-15
    #[arg(long, value_name = "NAME")]
    encoding: Option<Encoding>,
    /// What stands between its values, where it is not found by itself: comma, semicolon, tab or pipe
    #[arg(long, value_name = "NAME")]
    delimiter: Option<Delimiter>,
    /// People asked to confirm on the first day; each day half as many more
    #[arg(long, value_name = "NUMBER", default_value_t = USUAL_PER_DAY, value_parser = clap::value_parser!(i64).range(1..=MOST_PER_DAY))]
    per_day: i64,
}

pub(super) fn run(args: &Import, context: &Context) -> Result<(), Stop> {
    let app = context.ready_app()?;
    let provenance = Provenance {
        source: args.source.clone(),
        collected_on: args.collected_at,
        basis: args.basis.clone(),
        evidence: args.evidence.clone(),
    };
    if let Some(refusal) = imports::judge(&provenance, app.clock.now().utc().date_naive()) {
        return Err(Stop::BadUse(refusal.to_string()));
    }
    let list = args.list;
    let Some(list) = app.db.read_blocking(|conn| lists::find_public(conn, list))? else {
        return Err(Stop::NotSo(format!("there is no list {list}")));
    };
    // Read through once before anything is written, so that a broken file changes nothing.
    let mut file = File::open(&args.file)?;
    let look = imports::look(&mut file, args.encoding, args.delimiter);
    let look = look.map_err(|error| Stop::NotSo(format!("{}: {error}", args.file.display())))?;
    say_what_it_is(&look);
    let import = received(&app, &mut file, &new(args, &list, provenance, look))?;
    read_all(&app, &import)?;
    tell(&app, import.id)
}

fn new(args: &Import, list: &List, provenance: Provenance, look: Look) -> NewImport {
    let name = args.file.file_name().map(|name| name.to_string_lossy().into_owned());
    NewImport {
        account_id: list.account_id,
        list_id: list.id,
        provenance,
        file_name: name.unwrap_or_default(),
        look,
        per_day: args.per_day,
        waits: false,
    }
}

fn say_what_it_is(look: &Look) {
    let (format, columns) = (look.format, look.columns.join(", "));
    eprintln!("{}, {}, {} rows, fields: {columns}", format.encoding, format.delimiter, look.rows);
    for row in &look.first {
        eprintln!("  {} | {}", row.1, row.2.join(" | "));
    }
}

fn received(app: &App, file: &mut File, new: &NewImport) -> Result<Taken, Stop> {
    match imports::receive(&app.db, file, new, app.clock.now()) {
        Ok(ReceiveOutcome::Received(import)) => Ok(*import),
        Ok(ReceiveOutcome::Known(import)) => {
            eprintln!("this file came before, on {}: nothing is taken twice", import.created_at);
            Ok(*import)
        }
        Err(ReceiveError::File(error)) => Err(Stop::NotSo(error.to_string())),
        Err(ReceiveError::Store(error)) => Err(error.into()),
    }
}

/// Takes the rows chunk by chunk, with a pause between two; a service that runs beside does the same.
fn read_all(app: &App, import: &Taken) -> Result<(), Stop> {
    let is_embedded = matches!(app.settings.database, DatabaseUrl::Sqlite(_));
    let between = if is_embedded { BETWEEN } else { BETWEEN_ON_A_SERVER };
    let bar = progress::bar(u64::try_from(import.counts.rows).unwrap_or(0));
    loop {
        let now = app.clock.now();
        let outcome = app.db.write_blocking(|conn| imports::read_chunk(conn, &app.keys, import.id, now))?;
        match outcome {
            ReadOutcome::Read(rows) => bar.inc(progress::count(rows)),
            ReadOutcome::Done => break,
            ReadOutcome::NotNow => {
                let found = app.db.read_blocking(|conn| imports::find(conn, import.account_id, import.id))?;
                let Some(found) = found.filter(|found| found.state == imports::State::Reading) else { break };
                if found.paused.is_some() {
                    return Err(Stop::TryAgain("the import stands still".to_owned()));
                }
                bar.set_position(u64::try_from(found.counts.accepted + found.counts.refused).unwrap_or(0));
            }
        }
        // Nobody unparks this thread; and if somebody did, the pause would only be shorter.
        std::thread::park_timeout(between);
    }
    bar.finish_and_clear();
    Ok(())
}

/// How many rows became what; on standard error which were refused, and why.
fn tell(app: &App, id: ImportId) -> Result<(), Stop> {
    let mut tally: BTreeMap<&'static str, i64> = BTreeMap::new();
    let mut after = 0;
    loop {
        let rows = app.db.read_blocking(|conn| imports::refused(conn, id, after, TOLD))?;
        let Some(last) = rows.last() else { break };
        after = last.line;
        for row in &rows {
            if row.reason == RowRefusal::BadAddress {
                eprintln!("line {}: {}: no address", row.line, row.address);
            }
            *tally.entry(row.reason.word()).or_default() += 1;
        }
    }
    let found = app.db.read_blocking(|conn| imports::find_any(conn, id))?;
    if let Some(import) = found.filter(|import| import.counts.accepted > 0) {
        tally.insert(if import.is_stamp() { "stamped" } else { "asked_to_confirm" }, import.counts.accepted);
    }
    for (word, count) in &tally {
        println!("{word}\t{count}");
    }
    Ok(())
}
