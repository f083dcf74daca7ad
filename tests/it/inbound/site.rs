//! An installation with a listener of its own, and an address that mail was sent to.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use estampille::app::App;
use estampille::clock::Clock;
use estampille::config::Settings;
use estampille::deliveries::{self, Delivery};
use estampille::mail::return_path;
use estampille::storage::{DatabaseUrl, DeliveryId};
use estampille::worker::inbound;

use crate::support::app::Changes;
use crate::support::{Customer, DatabaseKind, TestApp};

/// A listener and a judge loop over an installation of the tests.
pub(super) struct Site {
    pub(super) app: TestApp,
    pub(super) address: SocketAddr,
    _handle: inbound::Handle,
}

impl Site {
    pub(super) async fn start(kind: DatabaseKind) -> Self {
        Self::start_as(kind, false).await
    }

    pub(super) async fn start_as(kind: DatabaseKind, is_lmtp: bool) -> Self {
        Self::start_with(kind, &[], is_lmtp, inbound::Limits::default()).await
    }

    /// With some settings changed, and limits of the listener.
    pub(super) async fn start_with(
        kind: DatabaseKind,
        changes: Changes<'_>,
        is_lmtp: bool,
        limits: inbound::Limits,
    ) -> Self {
        let mut app = TestApp::start_with(kind, changes, Clock::System).await;
        app.forgive_left_over();
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let handle = inbound::listen_within(&app.app, socket, is_lmtp, limits).unwrap();
        Self { address: handle.address().unwrap(), app, _handle: handle }
    }

    /// The settings with which a command of the program works on this installation.
    pub(super) fn settings(&self) -> BTreeMap<String, String> {
        let settings = &self.app.app.settings;
        let database = match &settings.database {
            DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        };
        [
            ("DATA_DIR", settings.data_dir.display().to_string()),
            ("DATABASE_URL", database),
            ("MAIL_DOMAIN", settings.mail_domain.clone()),
        ]
        .map(|(name, value)| (format!("ESTAMPILLE_{name}"), value))
        .into()
    }

    /// The installation with a mailbox besides.
    pub(super) fn with_mailbox(&self, url: &str) -> App {
        let values = BTreeMap::from([("ESTAMPILLE_MAILBOX_URL".to_owned(), url.to_owned())]);
        let mut settings = (*self.app.app.settings).clone();
        settings.mailboxes = Settings::from_values(&values).unwrap().mailboxes;
        App { settings: Arc::new(settings), ..self.app.app.clone() }
    }

    /// What stands for nobody being changed: no bounce, no complaint, no suppression, nothing ended, nothing queued
    /// beyond `deliveries`.
    pub(super) async fn assert_unchanged(&self, deliveries: i64) {
        for (what, wanted) in [
            ("bounces", 0),
            ("complaints", 0),
            ("suppressions", 0),
            ("subscriptions WHERE state = 'ended'", 0),
            ("deliveries", deliveries),
        ] {
            let sql = format!("SELECT count(*) AS number FROM {what}");
            assert_eq!(self.app.number(&sql).await, wanted, "{what}");
        }
    }

    /// Signs an address up, and returns the delivery of its confirmation mail.
    pub(super) async fn mailed(&self, customer: &Customer<'_>, form: &str, address: &str) -> Delivery {
        customer.sign_up(form, address).await;
        let last = self.app.number("SELECT max(id) AS number FROM deliveries").await;
        let find = move |conn: &mut estampille::storage::Conn| deliveries::find(conn, DeliveryId(last));
        self.app.app.db.read(find).await.unwrap().unwrap()
    }

    /// The return path of a delivery.
    pub(super) fn return_path(&self, id: DeliveryId) -> String {
        return_path::sign(&self.app.app.keys, &self.app.app.settings.mail_domain, id)
    }

    /// Changes rows by hand: what only time would do.
    pub(super) async fn execute(&self, sql: String) {
        use diesel::RunQueryDsl;
        let write = move |conn: &mut estampille::storage::Conn| Ok(diesel::sql_query(sql).execute(conn)?);
        self.app.app.db.write(write).await.unwrap();
    }

    /// Waits until nothing waits to be judged.
    pub(super) async fn until_judged(&self) {
        self.app.until_number("SELECT count(*) AS number FROM inbound_messages WHERE state = 'stored'", 0).await;
    }

    /// Hands a message in with the null sender.
    pub(super) async fn deliver(&self, to: &str, message: &str) -> Result<String, String> {
        crate::support::smtp_client::deliver(self.address, "", to, message.as_bytes()).await
    }
}

/// A standard report about one recipient.
pub(super) fn report(recipient: &str, action: &str, status: &str, diagnostic: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.receiver.example\nSubject: Undelivered Mail Returned to Sender\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=cut\nMIME-Version: 1.0\n\n\
         --cut\nContent-Type: text/plain\n\nYour message could not be delivered.\n\n\
         --cut\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.receiver.example\n\n\
         Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: {status}\n\
         Diagnostic-Code: smtp; {diagnostic}\n\n--cut--\n"
    )
}

/// A feedback report with these header lines of the returned message.
pub(super) fn complaint(returned: &str) -> String {
    format!(
        "From: fbl@receiver.example\nSubject: Complaint\n\
         Content-Type: multipart/report; report-type=feedback-report; boundary=cut\nMIME-Version: 1.0\n\n\
         --cut\nContent-Type: text/plain\n\nThis is an abuse report.\n\n\
         --cut\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: Receiver/1\nVersion: 1\n\n\
         --cut\nContent-Type: text/rfc822-headers\n\n{returned}\n\n--cut--\n"
    )
}
