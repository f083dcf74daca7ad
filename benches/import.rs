//! `cargo bench --bench import [-- ROWS]`: rows a second and peak memory of an import, of people to be asked and of people
//! who were confirmed elsewhere, beside a bare read of the same file and bare inserts of its rows in transactions of the
//! same size, in the same run. On the embedded database, and on PostgreSQL where `TEST_POSTGRES_URL` names a server.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a bench fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "it reads its environment")]

#[path = "house/databases.rs"]
mod databases;
#[path = "house/settle.rs"]
mod settle;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;

use diesel::RunQueryDsl as _;
use diesel::sql_types::Text;
use estampille::app::App;
use estampille::config::Settings;
use estampille::consent;
use estampille::imports::{self, Import, Look, NewImport, Provenance, ReadOutcome, ReceiveOutcome, USUAL_PER_DAY};
use estampille::lists::List;
use estampille::storage::{Conn, migrate};
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
    databases::on_each("bare", |kind, url| {
        measure(&format!("{kind}: bare inserts"), rows, || bare_inserts(&path, url));
    });
    databases::on_each("import", |kind, url| run(kind, url, &path, rows));
}

fn run(kind: &str, url: &str, path: &Path, rows: usize) {
    let folder = tempfile::tempdir().unwrap();
    let app = installation(folder.path(), url);
    let mut conn = databases::connect(url);
    let mut look = None;
    measure(&format!("{kind}: looking at the file"), rows, || {
        look = Some(imports::look(&mut File::open(path).unwrap(), None, None).unwrap());
    });
    let look = look.expect("it was looked at");
    for (name, evidence) in [("to be asked", None), ("confirmed elsewhere", Some("book 7".to_owned()))] {
        let account = settle::account(&mut conn, name, app.clock.now());
        let list = settle::list(&mut conn, account, "rose@papeterie.example", app.clock.now());
        let mut import = None;
        measure(&format!("{kind}: laying down, {name}"), rows, || {
            import = Some(receive(&app, &list, path, &look, evidence));
        });
        let import = import.expect("it was received");
        measure(&format!("{kind}: taking the rows, {name}"), rows, || read(&app, &import));
        let found = app.db.read_blocking(|conn| imports::find_any(conn, import.id)).unwrap().unwrap();
        assert_eq!(found.counts.accepted, i64::try_from(rows).unwrap());
        measure(&format!("{kind}: walking the chain"), rows, || walk(&app, &list));
        prove(&app, &list);
    }
    if let Some(file) = url.strip_prefix("sqlite://") {
        let bytes = std::fs::metadata(file).unwrap().len();
        println!("database\t{} bytes a person", bytes / u64::try_from(rows.max(1)).unwrap() / 2);
    }
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

fn bare_inserts(path: &Path, url: &str) {
    let mut conn = databases::connect(url);
    let table = "CREATE TABLE people (address TEXT PRIMARY KEY NOT NULL, first_name TEXT, town TEXT)";
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

fn installation(folder: &Path, url: &str) -> App {
    let values = [("DATA_DIR", folder.to_str().unwrap()), ("DATABASE_URL", url)];
    let values: BTreeMap<String, String> =
        values.into_iter().map(|(name, value)| (format!("ESTAMPILLE_{name}"), value.to_owned())).collect();
    let app = App::open(Settings::from_values(&values).unwrap()).unwrap();
    app.db.read_blocking(migrate).unwrap();
    app
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

fn receive(app: &App, list: &List, path: &Path, look: &Look, evidence: Option<String>) -> Import {
    let provenance = Provenance {
        source: "order form of the shop".to_owned(),
        collected_on: "2026-03-01".parse().unwrap(),
        basis: "they ticked the box".to_owned(),
        evidence,
    };
    let new = NewImport {
        account_id: list.account_id,
        list_id: list.id,
        provenance,
        file_name: "people.csv".to_owned(),
        look: look.clone(),
        per_day: USUAL_PER_DAY,
        waits: false,
    };
    match imports::receive(&app.db, &mut File::open(path).unwrap(), &new, app.clock.now()).unwrap() {
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
