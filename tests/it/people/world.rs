//! One account with lists and forms, a clock that the story turns, and the links that mails would carry.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use diesel::RunQueryDsl;
use diesel::sql_types::BigInt;
use estampille::accounts::{self, CreateOutcome, NewAccount};
use estampille::audit::Actor;
use estampille::config::Settings;
use estampille::deliveries::{self, Delivery, Kind, State as DeliveryState};
use estampille::forms::{self, Attributes, Form, NewForm, Rules, Wording};
use estampille::keyring::Keyring;
use estampille::lists::{self, List, NewList};
use estampille::mail::EmailAddress;
use estampille::storage::{AccountId, Conn, StoreError, Timestamp};
use estampille::subscribers::{self, Subscriber};
use estampille::subscriptions::{self, Circumstances, Signup, SignupOutcome, Subscription, Via};
use estampille::texts::Language;

use crate::support::{DatabaseKind, TestDatabase};

pub(crate) struct World {
    pub(crate) conn: Conn,
    pub(crate) keys: Keyring,
    pub(crate) now: Timestamp,
    pub(crate) account: AccountId,
    pub(crate) list: List,
    pub(crate) form: Form,
    pub(crate) database: TestDatabase,
}

/// Runs a story on both databases.
pub(crate) fn on_both(story: impl Fn(World)) {
    for kind in [DatabaseKind::Sqlite, DatabaseKind::Postgres] {
        eprintln!("… on {kind:?}");
        story(World::new(kind));
    }
}

pub(crate) fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

pub(crate) fn from_home() -> Circumstances {
    Circumstances {
        origin: "https://club.example/join".to_owned(),
        network: "192.0.2.7".to_owned(),
        user_agent: "Reader/1.0".to_owned(),
    }
}

impl World {
    pub(crate) fn new(kind: DatabaseKind) -> Self {
        let database = TestDatabase::new(kind);
        let mut conn = database.connect();
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        let account = account(&mut conn, "Papeterie", now);
        let list = list(&mut conn, account, "Letters", now);
        let form = form(&mut conn, &list, now);
        let keys = Keyring::new(vec![[7; 32]]).unwrap();
        Self { conn, keys, now, account, list, form, database }
    }

    pub(crate) fn other_account(&mut self, name: &str) -> AccountId {
        account(&mut self.conn, name, self.now)
    }

    pub(crate) fn other_list(&mut self, account: AccountId, name: &str) -> List {
        list(&mut self.conn, account, name, self.now)
    }

    pub(crate) fn other_form(&mut self, list: &List) -> Form {
        form(&mut self.conn, list, self.now)
    }

    pub(crate) fn later(&mut self, by: TimeDelta) {
        self.now = self.now + by;
    }

    /// Does something in one transaction, as the program does.
    pub(crate) fn write<T>(&mut self, work: impl FnOnce(&mut Conn, &Keyring, Timestamp) -> Result<T, StoreError>) -> T {
        let (keys, now) = (self.keys.clone(), self.now);
        self.conn.in_write(|conn| work(conn, &keys, now)).unwrap()
    }

    pub(crate) fn asked(&self, who: &str, via: Via) -> Signup {
        Signup {
            account_id: self.account,
            list_id: self.list.id,
            address: address(who),
            attributes: Attributes::new(),
            form: (via == Via::Form).then_some((self.form.id, self.form.version)),
            shown_in: None,
            wording: self.form.wording.consent_text.clone(),
            language: None,
            via,
            circumstances: from_home(),
            detail: String::new(),
        }
    }

    pub(crate) fn sign_up(&mut self, who: &str, via: Via) -> SignupOutcome {
        let asked = self.asked(who, via);
        self.write(|conn, keys, now| subscriptions::signup(conn, keys, &asked, now))
    }

    /// Signs up and confirms.
    pub(crate) fn stamp(&mut self, who: &str) -> Subscription {
        assert!(matches!(self.sign_up(who, Via::Form), SignupOutcome::Asked(_)));
        let token = self.tokens(who).pop().unwrap();
        self.write(|conn, _, now| subscriptions::confirm(conn, &token, &from_home(), now));
        self.subscription(who)
    }

    pub(crate) fn subscriber(&mut self, who: &str) -> Subscriber {
        subscribers::find_by_address(&mut self.conn, self.account, &address(who)).unwrap().unwrap()
    }

    pub(crate) fn subscription(&mut self, who: &str) -> Subscription {
        let (subscriber, list) = (self.subscriber(who).id, self.list.id);
        subscriptions::find_on_list(&mut self.conn, subscriber, list).unwrap().unwrap()
    }

    /// The confirmation mails to somebody, oldest first.
    pub(crate) fn mails(&mut self, who: &str) -> Vec<Delivery> {
        let Some(subscriber) = subscribers::find_by_address(&mut self.conn, self.account, &address(who)).unwrap()
        else {
            return Vec::new();
        };
        let mut found = deliveries::of_subscriber(&mut self.conn, subscriber.id, 100).unwrap();
        found.retain(|delivery| delivery.kind == Kind::Confirmation);
        found.sort_by_key(|delivery| delivery.id);
        found
    }

    /// The mails that still wait.
    pub(crate) fn waiting(&mut self, who: &str) -> usize {
        self.mails(who).iter().filter(|mail| mail.state == DeliveryState::Queued).count()
    }

    /// The tokens in the mails to somebody that would still be sent, oldest first.
    pub(crate) fn tokens(&mut self, who: &str) -> Vec<String> {
        let settings = Settings::from_values(&BTreeMap::new()).unwrap();
        let mails = self.mails(who);
        let notices = mails
            .iter()
            .filter_map(|mail| subscriptions::confirmation_mail(&mut self.conn, &self.keys, &settings, mail).unwrap());
        notices
            .map(|notice| {
                let (_, rest) = notice.text.split_once("/confirm/").unwrap();
                rest.split_whitespace().next().unwrap().to_owned()
            })
            .collect()
    }

    pub(crate) fn count(&mut self, sql: &str) -> i64 {
        diesel::sql_query(sql).get_result::<Number>(&mut self.conn).unwrap().number
    }

    /// What an SQL text lists; it must call it `name`.
    pub(crate) fn names(&mut self, sql: &str) -> Vec<String> {
        diesel::sql_query(sql).load::<Name>(&mut self.conn).unwrap().into_iter().map(|row| row.name).collect()
    }

    /// The columns of a table, each with what it holds: `number`, `text`, `bytes` or `id`.
    pub(crate) fn columns(&mut self, table: &str) -> Vec<(String, String)> {
        let sql = match &self.conn {
            Conn::Sqlite(_) => format!(
                "SELECT name || ' ' || CASE WHEN type = 'BLOB' AND substr(name, -3) = '_id' THEN 'id' \
                 WHEN type = 'BLOB' THEN 'bytes' WHEN type = 'TEXT' THEN 'text' ELSE 'number' END AS name \
                 FROM pragma_table_info('{table}')"
            ),
            Conn::Postgres(_) => format!(
                "SELECT column_name || ' ' || CASE data_type WHEN 'uuid' THEN 'id' WHEN 'bytea' THEN 'bytes' \
                 WHEN 'text' THEN 'text' ELSE 'number' END AS name FROM information_schema.columns \
                 WHERE table_name = '{table}' AND table_schema = 'public'"
            ),
        };
        let pair = |row: String| row.split_once(' ').map(|(name, kind)| (name.to_owned(), kind.to_owned())).unwrap();
        self.names(&sql).into_iter().map(pair).collect()
    }

    /// An expression for an id that nothing has.
    pub(crate) fn new_id(&self) -> String {
        match &self.conn {
            Conn::Sqlite(_) => "randomblob(16)".to_owned(),
            Conn::Postgres(_) => "gen_random_uuid()".to_owned(),
        }
    }

    /// What somebody does first who can write to the database and knows it: no trigger and no reference is in the way.
    pub(crate) fn break_in(&mut self) {
        let statements: Vec<String> = match &self.conn {
            Conn::Sqlite(_) => {
                let triggers = "SELECT 'DROP TRIGGER ' || name AS name FROM sqlite_master WHERE type = 'trigger'";
                self.names(triggers).into_iter().chain(["PRAGMA foreign_keys = OFF".to_owned()]).collect()
            }
            Conn::Postgres(_) => self.names(
                "SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) AS name FROM pg_trigger \
                 WHERE NOT tgisinternal UNION ALL \
                 SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint \
                 WHERE contype = 'f'",
            ),
        };
        assert!(statements.len() > 8, "{statements:?}");
        for statement in statements {
            self.tamper(&statement);
        }
    }

    /// Does what no part of the program does: writes past it.
    pub(crate) fn tamper(&mut self, sql: &str) {
        diesel::sql_query(sql).execute(&mut self.conn).unwrap();
    }
}

fn account(conn: &mut Conn, name: &str, now: Timestamp) -> AccountId {
    let new = NewAccount {
        name: name.to_owned(),
        postal_address: "12 rue du Tampon, 75002 Paris".to_owned(),
        owner: address(&format!("owner@{}.example", name.to_lowercase())),
        language: Language::ENGLISH,
        password_hash: None,
    };
    let made = conn.in_write(|conn| accounts::create(conn, &new, Actor::System, now)).unwrap();
    let CreateOutcome::Created { account, .. } = made else { panic!("refused: {made:?}") };
    account.id
}

fn list(conn: &mut Conn, account: AccountId, name: &str, now: Timestamp) -> List {
    let new = NewList {
        name: name.to_owned(),
        from_name: name.to_owned(),
        from_address: address("news@sender.example"),
        reply_to: None,
        language: Language::ENGLISH,
        description: String::new(),
        has_archive: false,
        sends_welcome: false,
        sends_goodbye: false,
    };
    conn.in_write(|conn| lists::create(conn, account, &new, now)).unwrap()
}

fn form(conn: &mut Conn, list: &List, now: Timestamp) -> Form {
    let wording = Wording {
        title: "Our letter".to_owned(),
        consent_text: "I want the letter, twice a month.".to_owned(),
        ..Wording::default()
    };
    let new =
        NewForm { list_id: list.id, wording, rules: Rules::default(), allowed_origins: Vec::new(), redirect_url: None };
    conn.in_write(|conn| forms::create(conn, list.account_id, &new, now)).unwrap()
}

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(diesel::QueryableByName)]
struct Name {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
}
