//! A relay that does not do its part: nobody is lost, nobody is blamed, and the page tells.

mod answers;
mod stages;

use std::collections::BTreeMap;

use crate::support::{Customer, TestApp, until};
use crate::web::pages::Browser;

/// The address of one of the readers, from 1.
fn reader(number: usize) -> String {
    format!("reader{number}@reader.example")
}

/// A list with so many stamped readers.
async fn list_of(app: &TestApp, customer: &Customer<'_>, readers: usize) -> String {
    let list = customer.list("Letters", "en").await;
    for number in 1..=readers {
        crate::direct::stamp(app, customer, &list, &reader(number)).await;
    }
    list
}

/// Waits until the installation says that its relay is away, and returns why.
async fn until_away(app: &TestApp) -> String {
    until("`/readyz` says that the relay is away", || async {
        let ready: serde_json::Value =
            app.web.get(format!("{}/readyz", app.url)).send().await.ok()?.json().await.ok()?;
        let relay = &ready["relay"];
        (relay["state"] == "away").then(|| relay["reason"].as_str().unwrap_or_default().to_owned())
    })
    .await
}

/// What the page of a campaign says of the relay.
async fn page_says_it_waits(owner: &Browser<'_>, campaign: &str) -> bool {
    owner.text(&format!("/campaigns/{campaign}")).await.contains("does not take mail at the moment")
}

/// The Message-IDs of the mails with this subject, by reader.
fn copies(app: &TestApp, subject: &str) -> BTreeMap<String, Vec<String>> {
    let mut copies = BTreeMap::<String, Vec<String>>::new();
    for mail in app.inbox.take_all().into_iter().filter(|mail| mail.subject() == subject) {
        copies.entry(mail.to[0].clone()).or_default().push(mail.header("Message-ID"));
    }
    copies
}

/// Nobody was judged for what the relay did.
async fn assert_nobody_is_blamed(app: &TestApp) {
    for table in ["bounces", "suppressions"] {
        assert_eq!(app.number(&format!("SELECT count(*) AS number FROM {table}")).await, 0, "{table}");
    }
}
