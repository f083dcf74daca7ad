//! Somebody turns the forms of an installation into a weapon: against one mailbox, and against many. `BOMBING_SIZE` says
//! how many signups of each kind (2,000 when it says nothing); `cargo bench --bench signup -- bombing` does 20,000.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;
use futures_util::stream::{self, StreamExt};

use super::{bits, hidden, mails_to, send, start, work};
use crate::support::databases::on;
use crate::support::{DatabaseKind, TestApp, until};

const VICTIM: &str = "victim@reader.example";
const ACCOUNTS: usize = 4;
const FORMS_EACH: usize = 5;
/// So many people sign up in between.
const PEOPLE: usize = 24;
/// So many requests are under way at once.
const AT_ONCE: usize = 32;

fn size() -> usize {
    std::env::var("BOMBING_SIZE").ok().and_then(|size| size.parse().ok()).unwrap_or(2_000)
}

/// Every machine comes from a network of its own, now and then from one seen before.
fn network(at: usize) -> String {
    let at = at % 40_000;
    if at.is_multiple_of(3) {
        format!("2001:db8:{:x}:{:x}::1", at / 7, at % 7)
    } else {
        format!("10.{}.{}.{}", at / 200 % 200, at % 200, 1 + at % 250)
    }
}

/// One person: opens the form, fills it in, does what it asks for, looks into the mailbox.
async fn person(app: &TestApp, form: &str, number: usize) {
    let (network, address) = (format!("192.0.{number}.77"), format!("person{number}@honest.example"));
    let page = app.web.get(form).header("x-forwarded-for", &network).send().await.unwrap().text().await.unwrap();
    let (pass, bits) = (hidden(&page, "pass"), bits(&page));
    // Every sixth person's machine works; the others have no script and wait.
    let work = if number.is_multiple_of(6) && bits > 0 { work(&pass, bits) } else { String::new() };
    if work.is_empty() {
        app.app.clock.advance(TimeDelta::seconds(20));
    }
    let filled = [("address", address.as_str()), ("consent", "on"), ("pass", &pass), ("work", &work)];
    let answer = send(app, form, &network, &filled).await.text().await.unwrap();
    assert!(answer.contains("Look into your mailbox"), "{number}: {answer}");
}

async fn bomb(app: &TestApp, forms: &[String], count: usize) {
    let at = Arc::new(AtomicUsize::new(0));
    let shots = stream::iter(0..count * 2).map(|shot| {
        let (form, at) = (&forms[shot % forms.len()], at.clone());
        async move {
            let address = if shot % 2 == 0 { VICTIM.to_owned() } else { format!("other{shot}@bombed.example") };
            let answer = send(app, form, &network(shot), &[("address", &address), ("consent", "on")]).await;
            assert!(matches!(answer.status().as_u16(), 200 | 429), "{}", answer.status());
            at.fetch_add(1, Ordering::Relaxed);
        }
    });
    shots.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
}

async fn run(kind: DatabaseKind, count: usize) {
    let mut app = start(kind, &[]).await;
    app.forgive_left_over();
    let mut forms = Vec::new();
    for account in 0..ACCOUNTS {
        let customer = app.create_account(&format!("Sender {account}")).await;
        let list = customer.list("Letters", "en").await;
        for _ in 0..FORMS_EACH {
            forms.push(customer.form(&list).await);
        }
    }
    for number in 0..PEOPLE {
        bomb(&app, &forms, count / PEOPLE).await;
        person(&app, &forms[number % forms.len()], number).await;
    }
    assert!(mails_to(&app, VICTIM).await <= 2, "{} mails to the victim", mails_to(&app, VICTIM).await);
    let bombed =
        "SELECT count(*) AS number FROM deliveries WHERE kind = 'confirmation' AND address LIKE '%@bombed.example'";
    let bombed = app.number(bombed).await;
    // What slips through before a form asks for work: sixty each, two hundred an account, a thousand in all.
    assert!(bombed <= 1_000, "{bombed} mails to other people");
    let served = "SELECT count(*) AS number FROM deliveries WHERE kind = 'confirmation' AND state = 'accepted' \
                  AND address LIKE '%@honest.example'";
    let wanted = i64::try_from(PEOPLE).unwrap();
    until("every person's mail left", || async { (app.number(served).await == wanted).then_some(()) }).await;
    eprintln!(
        "bombing on {kind:?}: {count}+{count} signups, {} to the victim, {bombed} to others",
        mails_to(&app, VICTIM).await
    );
}

#[test]
fn con_10_a_bombing_run_brings_the_victim_two_mails_at_most_and_people_go_on_signing_up() {
    on(DatabaseKind::Sqlite, run(DatabaseKind::Sqlite, size()));
}

#[test]
fn con_10_a_bombing_run_is_stopped_where_several_write_at_once() {
    on(DatabaseKind::Postgres, run(DatabaseKind::Postgres, size() / 4));
}
