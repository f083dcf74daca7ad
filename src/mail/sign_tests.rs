//! What an independent verifier says of our signatures.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use mail_auth::{AuthenticatedMessage, DkimResult, MessageAuthenticator, Parameters, ResolverCache, Txt};

use super::*;

/// What DNS says, without DNS.
#[derive(Default)]
struct Zone(Mutex<HashMap<Box<str>, Txt>>);

impl ResolverCache<Box<str>, Txt> for Zone {
    fn get<Q: Hash + Eq + ?Sized>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
    {
        self.0.lock().unwrap().get(name).cloned()
    }

    fn remove<Q: Hash + Eq + ?Sized>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
    {
        self.0.lock().unwrap().remove(name)
    }

    fn insert(&self, name: Box<str>, value: Txt, _: Instant) {
        self.0.lock().unwrap().insert(name, value);
    }
}

const MESSAGE: &str = "From: News <news@example.org>\r\nTo: <anne@example.net>\r\nSubject: Hello\r\n\
     Date: Mon, 21 Sep 2026 14:13:20 +0000\r\nMessage-ID: <a@example.org>\r\n\
     List-Unsubscribe: <https://lists.example.org/unsubscribe/x>,\r\n <mailto:u-x@lists.example.org>\r\n\
     List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nCFBL-Address: fbl@lists.example.org; report=arf\r\n\
     MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nHello\r\n";

fn key(record: &str) -> Txt {
    Txt::DomainKey(Arc::new(DomainKey::parse(record.as_bytes()).unwrap()))
}

fn rsa() -> (Zone, Signer) {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let record = format!("v=DKIM1; k=rsa; p={}", data_encoding::BASE64.encode(public.as_ref()));
    let zone = Zone::default();
    zone.insert("one._domainkey.example.org.".into(), key(&record), Instant::now());
    (zone, Signer::new("example.org", "one", private.as_ref()).unwrap())
}

fn text(signer: &Signer) -> String {
    String::from_utf8(signer.signed(MESSAGE.as_bytes()).unwrap()).unwrap()
}

fn signed() -> (Zone, String) {
    let (zone, signer) = rsa();
    (zone, text(&signer))
}

fn signed_twice() -> (Zone, String) {
    let (zone, signer) = rsa();
    let pair = Ed25519KeyPair::generate().unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let record = format!("v=DKIM1; k=ed25519; p={}", data_encoding::BASE64.encode(pair.public_key().as_ref()));
    zone.insert("two._domainkey.example.org.".into(), key(&record), Instant::now());
    (zone, text(&signer.and_ed25519("example.org", "two", private.as_ref()).unwrap()))
}

async fn verify_all(zone: &Zone, message: &str) -> Vec<(DkimResult, String, Vec<String>)> {
    let parsed = AuthenticatedMessage::parse(message.as_bytes()).unwrap();
    let authenticator = MessageAuthenticator::new_system_conf().unwrap();
    let outputs = authenticator.verify_dkim(Parameters::new(&parsed).with_txt_cache(zone)).await;
    let told = |output: &mail_auth::DkimOutput<'_>| {
        let signature = output.signature().expect("a signature");
        (output.result().clone(), format!("{:?} {}", signature.a, signature.s), signature.h.clone())
    };
    outputs.iter().map(told).collect()
}

async fn verify(zone: &Zone, message: &str) -> (DkimResult, Vec<String>) {
    let (result, _, fields) = verify_all(zone, message).await.into_iter().next().expect("a signature");
    (result, fields)
}

/// RFC 8463: two signatures under two selectors, over the same fields, each good by itself.
#[tokio::test]
async fn aut_02_an_ed25519_signature_stands_beside_the_rsa_one_and_both_are_good() {
    let (zone, message) = signed_twice();
    let results = verify_all(&zone, &message).await;
    assert_eq!(results.len(), 2, "{message}");
    for (result, _, fields) in &results {
        assert_eq!(*result, DkimResult::Pass);
        for wanted in ["List-Unsubscribe", "List-Unsubscribe-Post", "From"] {
            assert!(fields.iter().any(|field| field == wanted), "{wanted} in {fields:?}");
        }
    }
    let who: Vec<&str> = results.iter().map(|(_, who, _)| who.as_str()).collect();
    assert_eq!(who, ["RsaSha256 one", "Ed25519Sha256 two"]);
    let changed = message.replace("Hello\r\n", "Goodbye\r\n");
    assert!(verify_all(&zone, &changed).await.iter().all(|(result, ..)| *result != DkimResult::Pass));
    zone.remove("two._domainkey.example.org.");
    let (_, first) = signed();
    assert_eq!(first.matches("DKIM-Signature:").count(), 1);
}

/// UNS-02: a valid signature has both fields in `h=`; without one of them it is broken.
#[tokio::test]
async fn uns_02_the_signature_covers_both_unsubscribe_fields() {
    let (zone, message) = signed();
    let (result, fields) = verify(&zone, &message).await;
    assert_eq!(result, DkimResult::Pass);
    for wanted in ["From", "List-Unsubscribe", "List-Unsubscribe-Post", "CFBL-Address", "Subject", "Message-ID"] {
        assert!(fields.iter().any(|field| field == wanted), "{wanted} in {fields:?}");
    }
    assert_eq!(fields.iter().filter(|field| *field == "From").count(), 2, "From is signed once more than it is there");
    for stripped in ["List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", "Subject: Hello\r\n"] {
        let (result, _) = verify(&zone, &message.replace(stripped, "")).await;
        assert_ne!(result, DkimResult::Pass, "{stripped}");
    }
}

#[tokio::test]
async fn nobody_can_add_another_sender_to_a_signed_message() {
    let (zone, message) = signed();
    let forged = message.replacen("From: News", "From: Bank <bank@example.com>\r\nFrom: News", 1);
    assert_ne!(verify(&zone, &forged).await.0, DkimResult::Pass);
}

#[test]
fn every_line_of_the_signature_is_folded() {
    let (_, message) = signed();
    assert!(message.split("\r\n").all(|line| line.len() <= 998));
    assert!(message.starts_with("DKIM-Signature: "));
}
