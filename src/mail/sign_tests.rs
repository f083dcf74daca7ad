//! What an independent verifier says of our signatures.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
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

fn signed() -> (Zone, String) {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let record = format!("v=DKIM1; k=rsa; p={}", data_encoding::BASE64.encode(public.as_ref()));
    let zone = Zone::default();
    let key = Txt::DomainKey(Arc::new(DomainKey::parse(record.as_bytes()).unwrap()));
    zone.insert("one._domainkey.example.org.".into(), key, Instant::now());
    let signer = Signer::new("example.org", "one", private.as_ref()).unwrap();
    (zone, String::from_utf8(signer.signed(MESSAGE.as_bytes()).unwrap()).unwrap())
}

async fn verify(zone: &Zone, message: &str) -> (DkimResult, Vec<String>) {
    let parsed = AuthenticatedMessage::parse(message.as_bytes()).unwrap();
    let authenticator = MessageAuthenticator::new_system_conf().unwrap();
    let outputs = authenticator.verify_dkim(Parameters::new(&parsed).with_txt_cache(zone)).await;
    let output = outputs.first().expect("a signature");
    (output.result().clone(), output.signature().map(|signature| signature.h.clone()).unwrap_or_default())
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
