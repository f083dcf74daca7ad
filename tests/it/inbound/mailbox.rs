//! A real mailbox server, whose mailboxes are emptied.

use std::collections::BTreeMap;

use async_imap::{Client, Session};
use estampille::deliveries::Delivery;
use estampille::mail::marks;
use estampille::subscriptions;
use estampille::worker::inbound::Limits;
use estampille::worker::mailbox;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::client::TlsStream;

use super::site::{Site, report};
use crate::support::away::Way;
use crate::support::binary::{Service, free_address};
use crate::support::{DatabaseKind, TestDatabase, on_both_databases, until};

const KEPT: &str = "SELECT count(*) AS number FROM inbound_messages";

/// What `test.sh` says of the Dovecot that it started.
fn setting(name: &str) -> String {
    let name = format!("TEST_DOVECOT_{name}");
    std::env::var(&name).unwrap_or_else(|_| panic!("{name} names no Dovecot: run ./test.sh as root or with sudo"))
}

/// The mailbox of a user of this name, as the settings take it.
pub(super) fn url(scheme: &str, user: &str) -> String {
    let server = setting(&scheme.to_uppercase());
    format!("{scheme}://{user}:post-office@{server}?every=PT1S&ca={}", setting("CA"))
}

/// The same mailbox, as another mail program sees it.
pub(super) struct Program(Session<TlsStream<TcpStream>>);

impl Program {
    pub(super) async fn open(user: &str) -> Self {
        use rustls::pki_types::pem::PemObject;
        let mut roots = rustls::RootCertStore::empty();
        roots.add(rustls::pki_types::CertificateDer::from_pem_file(setting("CA")).unwrap()).unwrap();
        let config = rustls::ClientConfig::builder_with_provider(rustls::crypto::aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(setting("IMAPS")).await.unwrap();
        let name = "localhost".try_into().unwrap();
        let tls = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
        let mut client = Client::new(tls.connect(name, stream).await.unwrap());
        client.read_response().await.unwrap().unwrap();
        Self(client.login(user, "post-office").await.map_err(|(error, _)| error).unwrap())
    }

    pub(super) async fn put(&mut self, message: &str) {
        let message = message.replace("\r\n", "\n").replace('\n', "\r\n");
        self.0.append("INBOX", None, None, message.as_bytes()).await.unwrap();
    }

    pub(super) async fn count(&mut self) -> u32 {
        self.0.select("INBOX").await.unwrap().exists
    }

    pub(super) async fn until_empty(mut self) {
        let this = tokio::sync::Mutex::new(&mut self);
        until("the mailbox is empty", || async { (this.lock().await.count().await == 0).then_some(()) }).await;
    }
}

/// Puts into it what comes back: a bounce, twice, a wish to leave, mail for the operator.
async fn fill(mailbox: &mut Program, site: &Site, dead: &Delivery, leaver: &Delivery) {
    let token = subscriptions::unsubscribe_token(&site.app.app.keys, leaver.subscription_id.unwrap());
    let leave = marks::unsubscribe_address(&token, "bounces.estampille.example");
    let bounce = report("dead@example.org", "failed", "5.1.1", "550 5.1.1 User unknown");
    let bounce = format!("Delivered-To: {}\n{bounce}", site.return_path(dead.id));
    mailbox.put(&bounce).await;
    mailbox.put(&bounce).await;
    mailbox.put(&format!("From: leaver@example.org\nTo: {leave}\nSubject: unsubscribe\n\n.\n..dots\n")).await;
    mailbox.put("From: anne@example.org\nTo: abuse@bounces.estampille.example\nSubject: spam\n\nStop.\n").await;
    assert_eq!(mailbox.count().await, 4);
}

/// By one protocol, encrypted from the start or on demand.
async fn one_is_emptied(kind: DatabaseKind, scheme: &str) {
    let user = format!("{scheme}-{kind:?}-{}", std::process::id()).to_lowercase();
    let changes = [("MAILBOX_URL", &*url(scheme, &user))];
    let site = Site::start_with(kind, &changes, false, Limits::default()).await;
    let customer = site.app.create_account("Papeterie").await;
    let list = customer.list("Lettre", "fr").await;
    let form = customer.form(&list).await;
    let dead = site.mailed(&customer, &form, "dead@example.org").await;
    let leaver = site.mailed(&customer, &form, "leaver@example.org").await;
    let mut mailbox = Program::open(&user).await;
    fill(&mut mailbox, &site, &dead, &leaver).await;
    let visits = mailbox::start(&site.app.app);
    mailbox.until_empty().await;
    site.until_judged().await;
    visits.stop().await;
    assert_eq!(customer.subscription("dead@example.org").await["end_reason"], "hard_bounce", "{scheme}");
    assert_eq!(customer.subscription("leaver@example.org").await["end_reason"], "mail", "{scheme}");
    let kept = "SELECT count(*) AS number FROM inbound_messages WHERE state = 'kept' AND channel = 'mailbox'";
    assert_eq!((site.app.number(KEPT).await, site.app.number(kept).await), (3, 1), "the same one once: {scheme}");
    assert_eq!(site.app.number("SELECT count(*) AS number FROM deliveries").await, 2, "nobody is answered");
}

async fn each_is_emptied(kind: DatabaseKind) {
    for scheme in ["imaps", "imap", "pop3s", "pop3"] {
        one_is_emptied(kind, scheme).await;
    }
}

#[test]
fn mailboxes_are_emptied_by_imap_and_pop3() {
    on_both_databases(each_is_emptied);
}

/// What cannot be stored stays where it is.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_removed_while_the_database_is_away() {
    let database = TestDatabase::new(DatabaseKind::Postgres);
    let url_of = database.setting();
    let (head, rest) = url_of.split_once('@').unwrap();
    let (server, rest) = rest.split_once('/').unwrap();
    let way = Way::to(server.to_owned()).await;
    let database_url = format!("{head}@{}/{rest}", way.address);
    for scheme in ["imaps", "pop3s"] {
        let user = format!("away-{scheme}-{}", std::process::id());
        let folder = tempfile::TempDir::new().unwrap();
        let mut values =
            crate::support::app::settings("http://127.0.0.1:1", "smtp://127.0.0.1:1", &database_url, folder.path());
        values.insert("ESTAMPILLE_MAILBOX_URL".into(), url(scheme, &user));
        let app = estampille::app::App::open(estampille::config::Settings::from_values(&values).unwrap()).unwrap();
        let mut mailbox = Program::open(&user).await;
        mailbox.put(&format!("To: abuse@bounces.estampille.example\nSubject: {scheme}\n\nx\n")).await;
        way.close();
        let visits = mailbox::start(&app);
        // Another program that looks meanwhile still finds it, also after the visit has waited for the database.
        let failed = tokio::time::Instant::now() + std::time::Duration::from_secs(7);
        while tokio::time::Instant::now() < failed {
            assert_eq!(mailbox.count().await, 1, "{scheme}");
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
        way.open();
        mailbox.until_empty().await;
        visits.stop().await;
    }
    let mut conn = database.connect();
    let counts = estampille::bounces::inbound_messages::unmatched::counts(&mut conn).unwrap();
    assert_eq!(counts.stored, 2, "{counts:?}");
}

/// A server that makes trouble is told of once, without its password; one whose certificate nobody vouches for learns
/// no password at all.
#[tokio::test(flavor = "multi_thread")]
async fn trouble_is_said_once_and_no_password_is_told_to_strangers() {
    let hanging = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stranger = format!("imaps://user:hunter2-hunter2@{}", setting("IMAPS"));
    let silent = format!("pop3://user:hunter2-hunter2@{}?every=PT1S", hanging.local_addr().unwrap());
    let folder = tempfile::TempDir::new().unwrap();
    let mut values: BTreeMap<String, String> =
        [("DATA_DIR", folder.path().to_str().unwrap().to_owned()), ("LISTEN", free_address().to_string())]
            .map(|(name, value)| (format!("ESTAMPILLE_{name}"), value))
            .into();
    values.insert("ESTAMPILLE_MAILBOX_URL".into(), format!("{stranger} {silent}"));
    values.insert("ESTAMPILLE_LOG".into(), "trace".into());
    let service = Service::start(&values, folder.path()).await;
    // It comes back, though nobody ever says a word to it.
    for _ in 0..3 {
        let (stream, _) = tokio::time::timeout(crate::support::DEADLINE, hanging.accept()).await.unwrap().unwrap();
        drop(stream);
    }
    assert!(service.terminate().await.success());
    let log = std::fs::read_to_string(folder.path().join("service.log")).unwrap();
    let told = log.lines().filter(|line| line.contains("emptying a mailbox of reports") && line.contains("ERROR"));
    assert_eq!(told.count(), 2, "once for each mailbox");
    assert!(log.contains("certificate"), "the stranger's certificate is what is wrong");
    assert!(!log.contains("hunter2"), "no password in the log");
}
