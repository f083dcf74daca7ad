//! Direct delivery: this installation as its own MTA, in a small world of name servers and receivers.

mod doctor;
mod own_network;
mod protection;
mod receivers;
mod trouble;

use estampille::clock::Clock;
use estampille::storage::Conn;
use estampille::subscriptions::{self, Circumstances, Signup, Via};
use serde_json::Value;

use crate::support::app::Changes;
use crate::support::{Customer, DatabaseKind, TestApp, World, until};

/// An installation that delivers by itself in this world; `more` are further parameters of `direct:`.
async fn installation(kind: DatabaseKind, world: &World, more: &str, changes: Changes<'_>) -> TestApp {
    let (url, dns) = (world.url(more), world.dns_server());
    let mut all = vec![("RELAY_URL", url.as_str()), ("DNS_SERVER", &dns), ("RELAY_CONNECTIONS", "10")];
    all.extend_from_slice(changes);
    TestApp::start_with(kind, &all, Clock::System).await
}

/// A campaign to these stamped addresses, sent as fast as one may; its id.
async fn send_to(app: &TestApp, customer: &Customer<'_>, addresses: &[String]) -> String {
    let list = customer.list("Letters", "en").await;
    for address in addresses {
        stamp(app, customer, &list, address).await;
    }
    customer.send_campaign(&list, "From our own server").await
}

/// A person who confirmed, without a mail having gone out.
pub(crate) async fn stamp(app: &TestApp, customer: &Customer<'_>, list: &str, address: &str) {
    let asked = Signup {
        account_id: customer.id,
        list_id: list.parse().unwrap(),
        address: address.parse().unwrap(),
        attributes: std::collections::BTreeMap::new(),
        form: None,
        shown_in: None,
        wording: String::new(),
        language: None,
        via: Via::Operator,
        circumstances: Circumstances::default(),
        detail: "the tests".to_owned(),
    };
    let (keys, now) = (app.app.keys.clone(), app.app.clock.now());
    let work = move |conn: &mut Conn| subscriptions::stamp_by_operator(conn, &keys, &asked, now);
    app.app.db.write(work).await.unwrap();
}

/// `anne1@domain` and so on.
fn readers(domain: &str, count: usize) -> Vec<String> {
    (1..=count).map(|reader| format!("anne{reader}@{domain}")).collect()
}

/// The delivery of a campaign to this address, as the API shows it, once it is in this state.
async fn until_delivery(customer: &Customer<'_>, campaign: &str, address: &str, state: &str) -> Value {
    until(&format!("the delivery to {address} is {state}"), || async {
        delivery(customer, campaign, address).await.filter(|delivery| delivery["state"] == state)
    })
    .await
}

/// The delivery of a campaign to this address, as the API shows it.
async fn delivery(customer: &Customer<'_>, campaign: &str, address: &str) -> Option<Value> {
    let page = customer.get(&format!("/campaigns/{campaign}/deliveries?limit=100")).await;
    let items = page["items"].as_array().cloned().unwrap_or_default();
    items.into_iter().find(|item| item["recipient"] == address)
}

/// The last reply of a delivery.
fn reply(delivery: &Value) -> &str {
    delivery["last_reply"].as_str().unwrap_or_default()
}
