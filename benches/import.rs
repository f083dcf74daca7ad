//! `cargo bench --bench import [-- ROWS]`: rows a second and peak memory of an import into an embedded database, beside
//! a bare read of the same file and bare inserts of its rows in transactions of the same size, in the same run.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a bench fails by panicking")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;

use diesel::RunQueryDsl as _;
use diesel::sql_types::Text;
use estampille::accounts::{self, CreateOutcome, NewAccount};
use estampille::app::App;
use estampille::audit::Actor;
use estampille::config::Settings;
use estampille::consent;
use estampille::imports::{self, Import, NewImport, Provenance, ReadOutcome, ReceiveOutcome, USUAL_PER_DAY};
use estampille::lists::{self, List, NewList};
use estampille::storage::{Conn, migrate};
use estampille::texts::Language;
use estampille::{subscribers, subscriptions};

const ROWS: usize = 1_000_000;
const CHUNK: usize = 200;

fn main() {
    let rows = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(ROWS);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.csv");
    write(&path, rows);
    let bytes = std::fs::metadata(&path).unwrap().len();
    println!("{rows} rows, {bytes} bytes");
    measure("bare read of the file", rows, || bare_read(&path));
    measure("bare inserts", rows, || bare_inserts(&path, &folder.path().join("bare.db")));
    let (app, list) = installation(folder.path());
    let mut import = None;
    measure("import: looking at the file", rows, || drop(imports::look(&mut File::open(&path).unwrap(), None, None)));
    measure("import: looking and laying down", rows, || import = Some(receive(&app, &list, &path)));
    let import = import.expect("it was received");
    measure("import: taking the rows", rows, || read(&app, &import));
    let found = app.db.read_blocking(|conn| imports::find_any(conn, import.id)).unwrap().unwrap();
    assert_eq!(found.counts.accepted, i64::try_from(rows).unwrap());
    measure("proof: walking the chain", rows, || walk(&app, &list));
    prove(&app, &list);
    let database = std::fs::metadata(folder.path().join("estampille.db")).unwrap().len();
    println!("database\t{} bytes a person", database / u64::try_from(rows.max(1)).unwrap());
}

fn write(path: &Path, rows: usize) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    writeln!(file, "address,first_name,town").unwrap();
    for number in 0..rows {
        writeln!(file, "person{number}@reader{}.example,Anne,Orléans", number % 997).unwrap();
    }
}

/// Runs a phase and prints its rows a second and the most memory that the process held meanwhile.
fn measure(name: &str, rows: usize, work: impl FnOnce()) {
    // Linux forgets the peak so far.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = memory("VmRSS");
    let began = Instant::now();
    work();
    let seconds = began.elapsed().as_secs_f64();
    let (peak, rate) = (memory("VmHWM"), u64::try_from(rows).unwrap() * 1000 / (seconds * 1000.0).max(1.0) as u64);
    println!("{name}\t{rate} rows/s\t{seconds:.1} s\tpeak {peak} kB (from {before} kB)");
}

fn memory(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_else(|| panic!("no {field}"));
    line.trim_matches(|letter: char| !letter.is_ascii_digit()).parse().unwrap()
}

fn records(path: &Path) -> impl Iterator<Item = csv::StringRecord> {
    csv::Reader::from_path(path).unwrap().into_records().map(Result::unwrap)
}

fn bare_read(path: &Path) {
    let length: usize = records(path).map(|record| record.as_slice().len()).sum();
    assert!(length > 0);
}

fn bare_inserts(path: &Path, database: &Path) {
    let mut conn = Conn::open_sqlite(database.to_str().unwrap()).unwrap();
    let table =
        "CREATE TABLE people (id INTEGER PRIMARY KEY, address TEXT NOT NULL UNIQUE, first_name TEXT, town TEXT)";
    diesel::sql_query(table).execute(&mut conn).unwrap();
    let mut records = records(path).peekable();
    while records.peek().is_some() {
        conn.in_write(|conn| {
            for record in records.by_ref().take(CHUNK) {
                let mut cells = record.iter();
                let mut cell = || cells.next().unwrap_or_default().to_owned();
                diesel::sql_query("INSERT INTO people (address, first_name, town) VALUES ($1, $2, $3)")
                    .bind::<Text, _>(cell())
                    .bind::<Text, _>(cell())
                    .bind::<Text, _>(cell())
                    .execute(conn)?;
            }
            Ok(())
        })
        .unwrap();
    }
}

fn installation(folder: &Path) -> (App, List) {
    let values = BTreeMap::from([("ESTAMPILLE_DATA_DIR".to_owned(), folder.to_str().unwrap().to_owned())]);
    let app = App::open(Settings::from_values(&values).unwrap()).unwrap();
    app.db.read_blocking(migrate).unwrap();
    let now = app.clock.now();
    let account = NewAccount {
        name: "Papeterie".to_owned(),
        postal_address: String::new(),
        owner: "rose@papeterie.example".parse().unwrap(),
        language: Language::ENGLISH,
        password_hash: None,
    };
    let made = app.db.write_blocking(|conn| accounts::create(conn, &account, Actor::System, now)).unwrap();
    let CreateOutcome::Created { account, .. } = made else { panic!("the account was refused") };
    let new = NewList {
        name: "Letters".to_owned(),
        from_name: "Rose".to_owned(),
        from_address: "rose@papeterie.example".parse().unwrap(),
        reply_to: None,
        language: Language::ENGLISH,
        description: String::new(),
        has_archive: false,
        sends_welcome: false,
        sends_goodbye: false,
    };
    let list = app.db.write_blocking(|conn| lists::create(conn, account.id, &new, now)).unwrap();
    (app, list)
}

fn walk(app: &App, list: &List) {
    let state = app.db.read_blocking(|conn| consent::verify_chain(conn, &app.keys, list.account_id)).unwrap();
    assert!(state.is_whole(), "{state:?}");
}

/// How long somebody waits for the proof of one person, whose chain is as long as the import.
fn prove(app: &App, list: &List) {
    let address = "person0@reader0.example".parse().unwrap();
    let find = |conn: &mut Conn| subscribers::find_by_address(conn, list.account_id, &address);
    let person = app.db.read_blocking(find).unwrap().unwrap().id;
    let began = Instant::now();
    let proof = |conn: &mut Conn| subscriptions::proof(conn, &app.keys, list.account_id, person);
    assert!(app.db.read_blocking(proof).unwrap().unwrap().checked.state.is_whole());
    println!("proof: one person\t{:.1} ms", began.elapsed().as_secs_f64() * 1000.0);
}

fn receive(app: &App, list: &List, path: &Path) -> Import {
    let mut file = File::open(path).unwrap();
    let look = imports::look(&mut file, None, None).unwrap();
    let provenance = Provenance {
        source: "order form of the shop".to_owned(),
        collected_on: "2026-03-01".parse().unwrap(),
        basis: "they ticked the box".to_owned(),
        evidence: None,
    };
    let new = NewImport {
        account_id: list.account_id,
        list_id: list.id,
        provenance,
        file_name: "people.csv".to_owned(),
        look,
        per_day: USUAL_PER_DAY,
        waits: false,
    };
    match imports::receive(&app.db, &mut file, &new, app.clock.now()).unwrap() {
        ReceiveOutcome::Received(import) => *import,
        ReceiveOutcome::Known(_) => panic!("it came before"),
    }
}

fn read(app: &App, import: &Import) {
    loop {
        let now = app.clock.now();
        let outcome = app.db.write_blocking(|conn| imports::read_chunk(conn, &app.keys, import.id, now)).unwrap();
        if outcome == ReadOutcome::Done {
            return;
        }
    }
}
