//! Signup forms on other people's sites, what they show and keep, and how they defend themselves.

mod bombing;
mod defence;
mod elsewhere;
mod names;
mod pages;
mod taking;
mod versions;

use diesel::RunQueryDsl;
use estampille::clock::Clock;
use estampille::storage::Timestamp;
use reqwest::Response;
use serde_json::Value;

use crate::support::app::PASSWORD;
use crate::support::databases::on;
use crate::support::{Customer, DatabaseKind, TestApp};

/// Runs a story on both databases with a clock that stands still until somebody turns it, behind a proxy that says where
/// people come from.
fn story<F: Future<Output = ()>>(told: impl Fn(TestApp) -> F) {
    for kind in [DatabaseKind::Sqlite, DatabaseKind::Postgres] {
        on(kind, async {
            let mut app = start(kind, &[]).await;
            app.forgive_left_over();
            told(app).await;
        });
    }
}

async fn start(kind: DatabaseKind, more: &[(&str, &str)]) -> TestApp {
    let clock = Clock::standing_at(Timestamp::from_micros(1_800_000_000_000_000));
    let changes = [&[("TRUSTED_PROXIES", "127.0.0.0/8")], more].concat();
    TestApp::start_with(kind, &changes, clock).await
}

/// A form of a list with these further keys; what the API says of it.
async fn form_with(customer: &Customer<'_>, list: &str, more: Value) -> Value {
    let mut body = serde_json::json!({ "title": "Our letter", "consent_text": "I want the letter." });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    customer.post(&format!("/lists/{list}/forms"), &body).await
}

fn url_of(form: &Value) -> String {
    form["url"].as_str().unwrap().to_owned()
}

/// Sends a form as a browser does, from this network.
async fn send(app: &TestApp, form: &str, network: &str, fields: &[(&str, &str)]) -> Response {
    app.web.post(form).header("x-forwarded-for", network).form(fields).send().await.unwrap()
}

/// The value of a hidden field of a page.
fn hidden(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let rest = page.split_once(&start).unwrap_or_else(|| panic!("no {name} in\n{page}")).1;
    rest.split_once('"').unwrap().0.to_owned()
}

/// The zero bits that a page asks to be worked for.
fn bits(page: &str) -> u32 {
    page.split_once("data-bits=\"").unwrap().1.split_once('"').unwrap().0.parse().unwrap()
}

/// What the reader's machine finds: for each part a number whose hash with the pass starts with so many zero bits.
fn work(pass: &str, bits: u32) -> String {
    let number = |part: usize| {
        (0_u64..)
            .find(|number| {
                let hash = estampille::keyring::digest(format!("{pass}.{part}.{number}").as_bytes());
                u32::from_be_bytes(hash[..4].try_into().unwrap()).leading_zeros() >= bits
            })
            .unwrap()
            .to_string()
    };
    (0..16).map(number).collect::<Vec<_>>().join(".")
}

/// How many mails were made that ask an address.
async fn mails_to(app: &TestApp, address: &str) -> i64 {
    app.number(&format!(
        "SELECT count(*) AS number FROM deliveries WHERE kind = 'confirmation' AND address = '{address}'"
    ))
    .await
}

/// Does what no part of the program does: writes past it.
async fn execute(app: &TestApp, sql: &str) {
    let sql = sql.to_owned();
    app.app.db.write(move |conn| Ok(diesel::sql_query(sql).execute(conn)?)).await.unwrap();
}

/// A browser without scripts in which this user has signed in.
async fn signed_in(app: &TestApp, address: &str) -> reqwest::Client {
    let browser =
        reqwest::Client::builder().cookie_store(true).redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let typed = [("address", address), ("password", PASSWORD)];
    let answer = browser.post(format!("{}/sign-in", app.url)).form(&typed).send().await.unwrap();
    assert_eq!(answer.status(), 303);
    browser
}
