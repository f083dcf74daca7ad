//! The commands, each in a process of its own.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Output, Stdio};

use diesel::RunQueryDsl;
use diesel::sql_types::BigInt;
use estampille::storage::{Conn, Db};
use tempfile::TempDir;

use crate::support::binary::{self, Service};
use crate::support::{DatabaseKind, TestDatabase, app, until};

/// An installation that only commands touch.
struct Installation {
    folder: TempDir,
    database: TestDatabase,
    settings: BTreeMap<String, String>,
}

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

impl Installation {
    fn new() -> Self {
        let (folder, database) = (TempDir::new().unwrap(), TestDatabase::new(DatabaseKind::Sqlite));
        let url = format!("http://{}", binary::free_address());
        let settings = app::settings(&url, "tray:", &database.setting(), folder.path());
        Self { folder, database, settings }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        binary::run(arguments, &self.settings)
    }

    fn run_with_input(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = binary::command(arguments, &self.settings);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    fn number(&self, sql: &str) -> i64 {
        let sql = format!("SELECT count(*) AS number FROM {sql}");
        diesel::sql_query(sql).get_result::<Number>(&mut self.database.connect()).unwrap().number
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The exit status and what was said of it.
fn refused(output: &Output) -> (i32, String) {
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "nothing for a script to read");
    (output.status.code().unwrap(), String::from_utf8(output.stderr.clone()).unwrap())
}

#[test]
fn an_account_is_printed_as_json_and_its_owner_invited() {
    let here = Installation::new();
    let made = printed(&here.run(&["account", "create", "Papeterie", "--owner", "rose@papeterie.example"]));
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    assert_eq!(made["name"], "Papeterie");
    assert_eq!(made["account_id"].as_str().unwrap().len(), 36);
    assert_eq!(here.number("deliveries WHERE kind = 'invitation' AND address = 'rose@papeterie.example'"), 1);
    let (status, why) = refused(&here.run(&["account", "create", "Papeterie", "--owner", "zoe@papeterie.example"]));
    assert_eq!(status, 1, "{why}");
    assert_eq!(refused(&here.run(&["account", "create", "Other", "--owner", "no address"])).0, 2);
}

#[test]
fn a_password_comes_from_standard_input_and_must_be_long_enough() {
    let here = Installation::new();
    let create = ["operator", "create", "ops@provider.example", "--password-stdin"];
    let (status, why) = refused(&here.run_with_input(&create, "too short\n"));
    assert_eq!((status, why.contains("12 characters")), (2, true), "{why}");
    assert_eq!(refused(&here.run(&create[..3])).0, 2, "nobody can be asked");
    printed(&here.run_with_input(&create, "correct horse battery\n"));
    assert_eq!(
        here.number("users WHERE role = 'operator' AND password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'"),
        1
    );
    let account = ["account", "create", "Papeterie", "--owner", "rose@papeterie.example", "--password-stdin"];
    printed(&here.run_with_input(&account, "correct horse battery\n"));
    assert_eq!(here.number("deliveries"), 0, "who has a password needs no invitation");
}

#[test]
fn a_token_is_printed_alone_and_only_for_an_account_that_is_there() {
    let here = Installation::new();
    assert_eq!(refused(&here.run(&["token", "create", "--account", "Papeterie"])).0, 1);
    assert_eq!(refused(&here.run(&["token", "create"])).0, 2);
    printed(&here.run(&["account", "create", "Papeterie", "--owner", "rose@papeterie.example"]));
    let token = printed(&here.run(&["token", "create", "--account", "Papeterie", "--scope", "subscribe"]));
    assert!(token.starts_with("est_") && token.trim().len() == 36 && token.lines().count() == 1, "{token:?}");
    assert!(printed(&here.run(&["token", "create", "--operator"])).starts_with("est_"));
    assert_eq!(here.number("api_tokens WHERE account_id IS NULL"), 1);
}

#[test]
fn a_backup_is_a_whole_database_and_overwrites_nothing() {
    let here = Installation::new();
    printed(&here.run(&["account", "create", "Papeterie", "--owner", "rose@papeterie.example"]));
    let copy = here.folder.path().join("copy.db").to_str().unwrap().to_owned();
    printed(&here.run(&["backup", &copy]));
    assert_eq!(refused(&here.run(&["backup", &copy])).0, 1);
    let mut of_copy = here.settings;
    of_copy.insert("ESTAMPILLE_DATABASE_URL".into(), format!("sqlite://{copy}"));
    let again = binary::run(&["account", "create", "Papeterie", "--owner", "zoe@papeterie.example"], &of_copy);
    assert_eq!(again.status.code(), Some(1), "the account is in the copy");
}

#[test]
fn the_settings_in_force_are_printed_without_secrets() {
    let mut here = Installation::new();
    here.settings.insert("ESTAMPILLE_RELAY_URL".into(), "smtp://user:hunter2@relay.example:587".into());
    let text = printed(&here.run(&["config"]));
    assert!(text.contains("retry_first = \"PT1S\"") && !text.contains("hunter2"), "{text}");
    assert!(printed(&here.run(&["completions", "bash"])).contains("estampille"));
}

#[test]
fn b14_an_import_asks_its_rows_to_confirm_and_refuses_lists_of_others() {
    let here = Installation::new();
    let account = printed(&here.run(&["account", "create", "Papeterie", "--owner", "rose@papeterie.example"]));
    let list = make_list(&here, &account);
    let file =
        here.file("people.csv", "address,first_name\nanne@reader.example,Anne\nnot an address,\nzoe@reader.example,\n");
    let import = |source: &'static str, more: &[&str]| {
        let mut arguments = vec![
            "import",
            file.as_str(),
            "--list",
            list.as_str(),
            "--collected-at",
            "2026-03-01",
            "--basis",
            "asked at the till",
        ];
        arguments.extend(["--source", source]);
        arguments.extend(more);
        here.run(&arguments)
    };
    assert_eq!(refused(&import("bought from ListCo", &[])).0, 2);
    assert_eq!(refused(&import("shop", &["--confirmed-elsewhere"])).0, 2, "a word without evidence");
    assert_eq!(here.number("subscriptions"), 0);
    assert_eq!(printed(&import("shop", &[])), "asked_to_confirm\t2\nbad_address\t1\n");
    assert_eq!(here.number("subscriptions WHERE state = 'pending'"), 2);
    assert_eq!(here.number("import_askings WHERE asked_at IS NULL"), 2, "the service asks them, at their pace");
    assert_eq!(here.number("deliveries WHERE kind = 'confirmation'"), 0);
    assert_eq!(printed(&import("shop", &[])), "asked_to_confirm\t2\nbad_address\t1\n", "the same file is one import");
    assert_eq!(here.number("imports"), 1);
    let stamped = import("shop", &["--confirmed-elsewhere", "--evidence", "export of the old system, 2026-03-01"]);
    assert_eq!(printed(&stamped), "bad_address\t1\nstamped\t2\n");
    assert_eq!(here.number("consent_records WHERE event = 'confirmed' AND detail LIKE '%old system%; line %'"), 2);
    assert_eq!(here.number("deliveries WHERE kind = 'confirmation' AND state = 'queued'"), 0, "nothing is left to ask");
}

/// A list of this account; its id.
fn make_list(here: &Installation, account: &str) -> String {
    let account: serde_json::Value = serde_json::from_str(account).unwrap();
    let new = estampille::lists::NewList {
        name: "Letters".into(),
        from_name: "Rose".into(),
        from_address: "rose@papeterie.example".parse().unwrap(),
        reply_to: None,
        language: estampille::texts::Language::ENGLISH,
        description: String::new(),
        has_archive: false,
        sends_welcome: false,
        sends_goodbye: false,
    };
    let account = account["account_id"].as_str().unwrap().parse().unwrap();
    let now = estampille::clock::Clock::System.now();
    estampille::lists::create(&mut here.database.connect(), account, &new, now).unwrap().id.to_string()
}

#[test]
fn the_doctor_finds_a_relay_that_does_not_answer() {
    let mut here = Installation::new();
    let nobody = binary::free_address();
    here.settings.insert("ESTAMPILLE_RELAY_URL".into(), format!("smtp://{nobody}"));
    let report = here.run(&["doctor"]);
    let text = String::from_utf8_lossy(&report.stdout);
    assert_eq!(report.status.code(), Some(1), "{text}");
    assert!(text.contains("ok    database") && text.contains("BAD   relay"), "{text}");
}

#[tokio::test]
async fn without_its_database_the_web_is_up_says_why_and_recovers_by_itself() {
    let mut here = Installation::new();
    let place = here.folder.path().join("not-there-yet");
    here.settings.insert("ESTAMPILLE_DATABASE_URL".into(), format!("sqlite://{}/estampille.db", place.display()));
    let service = Service::start_unready(&here.settings, here.folder.path());
    let url = here.settings["ESTAMPILLE_BASE_URL"].clone();
    let client = reqwest::Client::new();
    let ready = || async { client.get(format!("{url}/readyz")).send().await.ok() };
    let answer = until("the web is up", ready).await;
    assert_eq!(answer.status(), 503);
    let body: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert!(body["reason"].as_str().unwrap().contains("not available"), "{body}");
    assert_eq!(client.get(format!("{url}/healthz")).send().await.unwrap().status(), 200);
    assert_eq!(client.get(format!("{url}/sign-in")).send().await.unwrap().status(), 200);
    std::fs::create_dir(&place).unwrap();
    until("the database is there", || async { ready().await.filter(|answer| answer.status() == 200) }).await;
    assert!(service.terminate().await.success());
    let log = std::fs::read_to_string(here.folder.path().join("service.log")).unwrap();
    assert_eq!(log.matches("the database is gone").count(), 1, "{log}");
}

/// What is closed anywhere in a process takes the locks of the whole process along (`fcntl(2)`), and whoever finds none
/// takes the write-ahead log for its own when it ends.
#[test]
fn a_command_beside_a_running_installation_leaves_its_database_alone() {
    let installation = Installation::new();
    let db = Db::new(&installation.database.setting().parse().unwrap());
    let write = |name: &str| {
        let sql = format!("INSERT INTO counters (name, window_at, hits) VALUES ('{name}', 1, 1)");
        db.write_blocking(|conn| Ok(diesel::sql_query(sql).execute(conn)?)).unwrap();
    };
    write("before");
    // A second connection, opened while the first one holds its locks.
    db.read_blocking(|_| Ok(())).unwrap();
    let name = installation.database.setting().replace("sqlite://", "");
    let (log, copy) = (format!("{name}-wal"), installation.folder.path().join("copy.db"));
    printed(&installation.run(&["verify-consent"]));
    assert!(std::path::Path::new(&log).exists(), "the command deleted the log of a database that is open");
    write("after");
    // Another process sees what was written since.
    printed(&installation.run(&["backup", copy.to_str().unwrap()]));
    let mut copied = Conn::open_sqlite(copy.to_str().unwrap()).unwrap();
    let sql = "SELECT count(*) AS number FROM counters";
    assert_eq!(diesel::sql_query(sql).get_result::<Number>(&mut copied).unwrap().number, 2);
}
