//! An installation that listens to every provider, and the providers.

use std::net::TcpListener;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use data_encoding::BASE64;
use estampille::deliveries::Delivery;
use estampille::keyring::{hex, keyed_hash};
use estampille::mail::marks;
use estampille::mail::relay_events::Provider;
use estampille::web::{hooks, server};
use estampille::worker::inbound::Limits;
use reqwest::StatusCode;

use super::super::site::Site;
use super::sns::Sns;
use crate::support::{Customer, DatabaseKind};

pub(in crate::inbound) const POSTMARK: &str = "postmark:a-long-password";
pub(in crate::inbound) const BREVO: &str = "a-token-of-brevo-0123";
pub(in crate::inbound) const MAILGUN: &str = "key-0123456789abcdef";

/// An installation with hooks, and what the providers sign with.
pub(in crate::inbound) struct Relays {
    pub(in crate::inbound) site: Site,
    pub(in crate::inbound) sns: Sns,
    pub(in crate::inbound) sendgrid: EcdsaKeyPair,
    url: String,
}

/// A call that a provider makes.
#[derive(Clone)]
pub(in crate::inbound) struct Call {
    pub(in crate::inbound) provider: &'static str,
    pub(in crate::inbound) headers: Vec<(&'static str, String)>,
    pub(in crate::inbound) body: String,
}

impl Relays {
    pub(in crate::inbound) async fn start(kind: DatabaseKind) -> Self {
        let sendgrid = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let public: PublicKeyX509Der<'_> = sendgrid.public_key().as_der().unwrap();
        let public = BASE64.encode(public.as_ref());
        let sns = Sns::start().await;
        let changes = [
            ("HOOK_SES", super::sns::TOPIC),
            ("HOOK_POSTMARK", POSTMARK),
            ("HOOK_MAILGUN", MAILGUN),
            ("HOOK_SENDGRID", &public),
            ("HOOK_BREVO", BREVO),
        ];
        let site = Site::start_with(kind, &changes, false, Limits::default()).await;
        // Another web server of the same installation, which knows where the false SNS is.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let certificates = hooks::Certificates::fetched_by(sns.client());
        tokio::spawn(server::serve_with(site.app.app.clone(), listener, certificates).unwrap());
        Self { site, sns, sendgrid, url }
    }

    /// A recorded event about this delivery.
    pub(in crate::inbound) fn event(&self, name: &str, delivery: &Delivery) -> String {
        let (keys, domain) = (&self.site.app.app.keys, "bounces.estampille.example");
        let file = format!("{}/tests/fixtures/events/{name}.json", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(file)
            .unwrap()
            .replace("@ADDRESS@", delivery.address.as_ref().unwrap().as_str())
            .replace("@RETURN_PATH@", &self.site.return_path(delivery.id))
            .replace("@MESSAGE_ID@", &marks::message_id(keys, domain, delivery.id))
            .replace("@TRACE@", &marks::trace(keys, delivery.id))
    }

    /// A call of the provider that the name begins with, as it is made now.
    pub(in crate::inbound) fn call(&self, name: &str, event: &str) -> Call {
        let now = self.site.app.app.clock.now().seconds();
        let json = ("content-type", "application/json".to_owned());
        match name.split('-').next().unwrap() {
            "ses" => self.sns.notify(event, &self.site.app.app.clock.now().rfc3339()),
            "postmark" => {
                let basic = format!("Basic {}", BASE64.encode(POSTMARK.as_bytes()));
                Call { provider: "postmark", headers: vec![json, ("authorization", basic)], body: event.to_owned() }
            }
            "brevo" => {
                let bearer = format!("Bearer {BREVO}");
                Call { provider: "brevo", headers: vec![json, ("authorization", bearer)], body: event.to_owned() }
            }
            "mailgun" => mailgun(event, now, "0123456789abcdef0123456789abcdef0123456789abcdef01"),
            "sendgrid" => self.sendgrid(event, &now.to_string()),
            other => panic!("no provider {other}"),
        }
    }

    /// A batch as SendGrid signs it.
    pub(in crate::inbound) fn sendgrid(&self, event: &str, at: &str) -> Call {
        let signature = self.sendgrid.sign(&SystemRandom::new(), format!("{at}{event}").as_bytes()).unwrap();
        let headers = vec![
            ("content-type", "application/json".to_owned()),
            ("x-twilio-email-event-webhook-signature", BASE64.encode(signature.as_ref())),
            ("x-twilio-email-event-webhook-timestamp", at.to_owned()),
        ];
        Call { provider: "sendgrid", headers, body: event.to_owned() }
    }

    /// Makes a call.
    pub(in crate::inbound) async fn make(&self, call: &Call) -> StatusCode {
        let mut request = self.site.app.web.post(format!("{}/hooks/{}", self.url, call.provider));
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        request.body(call.body.clone()).send().await.unwrap().status()
    }

    /// Makes a call that is taken, and waits until what it brought is judged.
    pub(in crate::inbound) async fn made(&self, call: &Call) {
        assert_eq!(self.make(call).await, 200, "{} {}", call.provider, call.body);
        self.site.until_judged().await;
    }

    /// How many requests of a provider were counted as refused.
    pub(in crate::inbound) async fn refused(&self, provider: Provider) -> i64 {
        let name = hooks::refused_name(provider);
        let sql =
            format!("SELECT CAST(coalesce(sum(hits), 0) AS BIGINT) AS number FROM counters WHERE name = '{name}'");
        self.site.app.number(&sql).await
    }

    /// A signup form of a new list.
    pub(in crate::inbound) async fn form(&self, customer: &Customer<'_>) -> String {
        let list = customer.list("Lettre", "fr").await;
        customer.form(&list).await
    }
}

/// A call as Mailgun signs it.
pub(in crate::inbound) fn mailgun(event: &str, at: i64, token: &str) -> Call {
    let signature = hex(&keyed_hash(MAILGUN.as_bytes(), format!("{at}{token}").as_bytes()));
    let proof = serde_json::json!({ "timestamp": at.to_string(), "token": token, "signature": signature });
    let body = format!("{{\"signature\":{proof},\"event-data\":{event}}}");
    Call { provider: "mailgun", headers: vec![("content-type", "application/json".to_owned())], body }
}
