//! A running installation: real server, real worker, real SMTP in both directions, and what a person does with it.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};

use diesel::RunQueryDsl;
use diesel::sql_types::BigInt;
use estampille::accounts::warm_up::Switch;
use estampille::accounts::{self, CreateOutcome, NewAccount, Scope, passwords, tokens};
use estampille::app::App;
use estampille::audit::Actor;
use estampille::clock::Clock;
use estampille::config::Settings;
use estampille::mail::relay_state::RelayState;
use estampille::storage::{Conn, Timestamp};
use estampille::texts::Language;
use estampille::worker;
use tempfile::TempDir;

use super::binary::free_address;
use super::{Customer, DatabaseKind, Inbox, Mail, TestDatabase, until};

/// The password of every user that the tests make.
pub(crate) const PASSWORD: &str = "correct horse battery stamp";

/// An installation that serves and works until this value goes.
pub(crate) struct TestApp {
    /// What the server and the worker share.
    pub(crate) app: App,
    /// The mail server it relays to.
    pub(crate) inbox: Inbox,
    /// What its links start with.
    pub(crate) url: String,
    /// A browser without scripts, cookies or redirects.
    pub(crate) web: reqwest::Client,
    /// Where it listens for reports.
    pub(crate) inbound: SocketAddr,
    server: actix_web::dev::ServerHandle,
    receiving: tokio::sync::Mutex<Option<worker::inbound::Handle>>,
    sending: tokio::sync::Mutex<Option<worker::WorkerHandle>>,
    forgives_left_over: bool,
    _database: TestDatabase,
    _folder: TempDir,
}

/// The settings that a story may change: name without `ESTAMPILLE_`, value.
pub(crate) type Changes<'a> = &'a [(&'a str, &'a str)];

impl TestApp {
    /// Starts one with the settings of the tests.
    pub(crate) async fn start(kind: DatabaseKind) -> Self {
        Self::start_with(kind, &[], Clock::System).await
    }

    /// Starts one with some settings changed, and perhaps a false clock.
    pub(crate) async fn start_with(kind: DatabaseKind, changes: Changes<'_>, clock: Clock) -> Self {
        let database = TestDatabase::new(kind);
        let inbox = Inbox::start().await;
        let folder = TempDir::new().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inbound = free_address();
        let mut values = settings(&url, &inbox.url(), &database.setting(), folder.path());
        values.insert("ESTAMPILLE_INBOUND_LISTEN".into(), inbound.to_string());
        values.extend(changes.iter().map(|(name, value)| (format!("ESTAMPILLE_{name}"), (*value).to_owned())));
        let mut app = App::open(Settings::from_values(&values).unwrap()).unwrap();
        app.clock = clock;
        // Where mail leaves directly, new senders are warmed up; most stories are of senders whom everybody knows.
        let off =
            |conn: &mut Conn| accounts::warm_up::set(conn, Some(Switch::Off), Actor::System, Timestamp::from_micros(0));
        app.db.write(off).await.unwrap();
        let running = estampille::web::server::serve(app.clone(), listener).unwrap();
        let server = running.handle();
        tokio::spawn(running);
        let receiving = tokio::sync::Mutex::new(Some(worker::inbound::start(&app).unwrap()));
        let sending = tokio::sync::Mutex::new(Some(worker::start(app.clone()).await.unwrap()));
        let web = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self {
            app,
            inbox,
            url,
            web,
            inbound,
            server,
            receiving,
            sending,
            forgives_left_over: false,
            _database: database,
            _folder: folder,
        }
    }

    /// For stories that end on purpose with mail that nobody read or work that nobody did.
    pub(crate) fn forgive_left_over(&mut self) {
        self.forgives_left_over = true;
    }

    /// A customer with an API token that may do everything.
    pub(crate) async fn create_account(&self, name: &str) -> Customer<'_> {
        let new = NewAccount {
            name: name.to_owned(),
            postal_address: "12 rue du Tampon, 75002 Paris".to_owned(),
            owner: owner_of(name).parse().unwrap(),
            language: Language::ENGLISH,
            password_hash: Some(passwords::hash_blocking(PASSWORD).unwrap()),
        };
        let now = self.app.clock.now();
        let (account, token) = self
            .app
            .db
            .write(move |conn| {
                let CreateOutcome::Created { account, .. } = accounts::create(conn, &new, Actor::System, now)? else {
                    panic!("the account was refused")
                };
                let token =
                    tokens::NewToken { account_id: Some(account.id), label: "tests".into(), scope: Scope::Full };
                let (_, token) = tokens::create(conn, &token, Actor::System, now)?;
                Ok((account.id, token))
            })
            .await
            .unwrap();
        Customer::new(self, account, token)
    }

    /// Opens a confirmation link as a reader does: looks at the page, then presses its button.
    pub(crate) async fn confirm(&self, link: &str) {
        assert_eq!(self.web.get(link).send().await.unwrap().status(), 200);
        let answer = self.web.post(link).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }

    /// What a mail program does when its reader presses its unsubscribe button (RFC 8058).
    pub(crate) async fn unsubscribe_one_click(&self, mail: &Mail) {
        let form = [("List-Unsubscribe", "One-Click")];
        let answer = self.web.post(mail.one_click_url()).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }

    /// Hands a received message to the listener for reports, with the null reverse path.
    pub(crate) async fn deliver_report(&self, recipient: &str, message: &[u8]) {
        super::smtp_client::deliver(self.inbound, "", recipient, message).await.unwrap();
    }

    /// The single number that an SQL text answers with; it must call it `number`.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let sql = sql.to_owned();
        let read = move |conn: &mut Conn| Ok(diesel::sql_query(sql).get_result::<Number>(conn)?);
        self.app.db.read(read).await.unwrap().number
    }

    /// Waits until the number that an SQL text answers with is `wanted`.
    pub(crate) async fn until_number(&self, sql: &str, wanted: i64) {
        until(sql, || async { (self.number(sql).await == wanted).then_some(()) }).await;
    }

    /// Stops the worker as SIGTERM does, and starts another one on the same database.
    pub(crate) async fn restart_worker(&self) {
        let mut sending = self.sending.lock().await;
        if let Some(worker) = sending.take() {
            worker.stop().await;
        }
        *sending = Some(worker::start(self.app.clone()).await.unwrap());
    }

    /// Starts a further node on the same database, with its own data folder and its own view of the relay.
    pub(crate) async fn another_node(&self) -> (worker::WorkerHandle, TempDir) {
        let folder = TempDir::new().unwrap();
        let mut settings = (*self.app.settings).clone();
        settings.data_dir = folder.path().to_owned();
        let node = App { settings: std::sync::Arc::new(settings), relay: RelayState::default(), ..self.app.clone() };
        (worker::start(node).await.unwrap(), folder)
    }

    /// Stops the server and the worker as SIGTERM does.
    pub(crate) async fn stop(&self) {
        if let Some(sending) = self.sending.lock().await.take() {
            sending.stop().await;
        }
        if let Some(receiving) = self.receiving.lock().await.take() {
            receiving.stop().await;
        }
        self.server.stop(true).await;
    }
}

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if std::thread::panicking() || self.forgives_left_over {
            return;
        }
        assert_eq!(self.inbox.left_over(), Vec::<String>::new(), "these mails were not looked at by the story");
        let sql = "SELECT count(*) AS number FROM deliveries WHERE state IN ('queued', 'claimed', 'deferred')";
        let waiting = self.app.db.read_blocking(|conn| Ok(diesel::sql_query(sql).get_result::<Number>(conn)?));
        assert_eq!(waiting.unwrap().number, 0, "these deliveries were not done when the story ended");
    }
}

/// The address with which the first user of an account signs in.
pub(crate) fn owner_of(account: &str) -> String {
    format!("owner@{}.example", account.to_lowercase().replace(' ', "-"))
}

/// What every installation of the tests is set to: its own folder, quick retries, any From address.
pub(crate) fn settings(url: &str, relay: &str, database: &str, folder: &std::path::Path) -> BTreeMap<String, String> {
    let listen = url.trim_start_matches("http://");
    [
        ("DATA_DIR", folder.to_str().unwrap()),
        ("DATABASE_URL", database),
        ("LISTEN", listen),
        ("BASE_URL", url),
        ("RELAY_URL", relay),
        ("RELAY_CONNECTIONS", "4"),
        ("RETRY_FIRST", "PT1S"),
        ("RETRY_LONGEST", "PT2S"),
        ("MAIL_DOMAIN", "bounces.estampille.example"),
        ("UNVERIFIED_DOMAINS", "allow"),
        ("DNS_SERVER", "127.0.0.1:1"),
    ]
    .into_iter()
    .map(|(name, value)| (format!("ESTAMPILLE_{name}"), value.to_owned()))
    .collect()
}
