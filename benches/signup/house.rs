//! An installation with accounts and forms, served on loopback.

use std::collections::BTreeMap;
use std::net::TcpListener;

use chrono::TimeDelta;
use diesel::RunQueryDsl;
use diesel::sql_types::BigInt;
use estampille::app::App;
use estampille::clock::Clock;
use estampille::config::Settings;
use estampille::forms::pass::{self, Pass};
use estampille::forms::{self, Form, NewForm, Rules, Wording};
use estampille::storage::{Conn, Timestamp, migrate};
use tempfile::TempDir;

use super::settle;

pub(crate) struct House {
    pub(crate) app: App,
    /// Host and port.
    pub(crate) address: String,
    pub(crate) forms: Vec<Form>,
    _folder: TempDir,
}

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

impl House {
    /// Starts one with so many accounts and so many forms each.
    pub(crate) fn open(clock: Clock, accounts: usize, forms_each: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("estampille.db");
        let mut conn = Conn::open_sqlite(file.to_str().unwrap()).unwrap();
        migrate(&mut conn).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let values: BTreeMap<String, String> = [
            ("DATA_DIR", folder.path().to_str().unwrap()),
            ("BASE_URL", "http://localhost:8080"),
            ("TRUSTED_PROXIES", "127.0.0.0/8"),
            ("UNVERIFIED_DOMAINS", "allow"),
            // Nobody answers there: what a resolver of one's own costs is not ours to measure.
            ("DNS_SERVER", "127.0.0.1:1"),
        ]
        .into_iter()
        .map(|(name, value)| (format!("ESTAMPILLE_{name}"), value.to_owned()))
        .collect();
        let mut app = App::open(Settings::from_values(&values).unwrap()).unwrap();
        app.clock = clock;
        let now = app.clock.now();
        let forms = (0..accounts).flat_map(|at| forms_of(&mut conn, at, forms_each, now)).collect();
        tokio::spawn(estampille::web::server::serve(app.clone(), listener).unwrap());
        Self { app, address, forms, _folder: folder }
    }

    /// A pass that was handed out so many seconds ago.
    pub(crate) fn pass(&self, form: &Form, seconds: i64) -> String {
        let issued_at = self.app.clock.now() - TimeDelta::seconds(seconds);
        let random = estampille::keyring::random_bytes();
        pass::issue(&self.app.keys, form.id, Pass { version: form.version, bits: 0, language: None, issued_at }, random)
    }

    pub(crate) fn number(&self, sql: &str) -> i64 {
        let read = |conn: &mut Conn| Ok(diesel::sql_query(sql).get_result::<Number>(conn)?);
        self.app.db.read_blocking(read).unwrap().number
    }

    /// The mails that ask addresses like this.
    pub(crate) fn mails_to(&self, like: &str) -> i64 {
        self.number(&format!(
            "SELECT count(*) AS number FROM deliveries WHERE kind = 'confirmation' AND address LIKE '{like}'"
        ))
    }
}

fn forms_of(conn: &mut Conn, at: usize, count: usize, now: Timestamp) -> Vec<Form> {
    let account = settle::account(conn, &format!("Sender {at}"), now);
    let list = settle::list(conn, account, "news@sender.example", now);
    let new = NewForm {
        list_id: list.id,
        wording: Wording {
            title: "Our letter".to_owned(),
            consent_text: "I want the letter.".to_owned(),
            ..Wording::default()
        },
        rules: Rules::default(),
        allowed_origins: Vec::new(),
        redirect_url: None,
    };
    (0..count).map(|_| conn.in_write(|conn| forms::create(conn, account, &new, now)).unwrap()).collect()
}

/// A network of its own for each number.
pub(crate) fn network(at: usize) -> String {
    format!("{}.{}.{}.7", 11 + at / 62_500 % 200, at / 250 % 250, at % 250)
}

/// The value of a hidden field of a page.
pub(crate) fn hidden(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}
