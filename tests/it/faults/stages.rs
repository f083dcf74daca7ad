//! Trouble at every stage of a session, from the greeting to the end of the message.

use estampille::clock::Clock;
use serde_json::json;

use super::{assert_nobody_is_blamed, copies, list_of, page_says_it_waits, until_away};
use crate::support::app::Changes;
use crate::support::{Customer, DatabaseKind, Stage, TestApp, Trouble, on_both_databases};
use crate::web::pages::Browser;

const READERS: usize = 4;
/// How a connection ends that the other side closed: read, or written into.
const BROKEN: &[&str] = &["the connection was closed", "Connection reset", "Broken pipe"];

/// One campaign for each stage, sent into the trouble; the operator reads one of `told`.
async fn trouble_at_every_stage(kind: DatabaseKind, changes: Changes<'_>, trouble: Trouble, told: &[&str]) {
    let app = TestApp::start_with(kind, changes, Clock::System).await;
    let customer = app.create_account("Papeterie").await;
    let list = list_of(&app, &customer, READERS).await;
    let owner = Browser::signed_in(&app, "Papeterie").await;
    for stage in Stage::ALL {
        // Connections of before would not come by the first stages.
        app.inbox.go_down().await;
        app.inbox.makes_trouble(stage, trouble);
        app.inbox.come_back().await;
        let campaign = customer.send_campaign(&list, &format!("{stage:?}")).await;
        let reason = until_away(&app).await;
        assert!(told.iter().any(|words| reason.contains(words)), "{stage:?}: {reason}");
        it_waits_and_says_so(&customer, &owner, &campaign).await;
        app.inbox.behaves();
        everybody_gets_it_once(&app, &customer, &campaign, stage).await;
        assert!(!page_says_it_waits(&owner, &campaign).await, "{stage:?}");
    }
    let most = app.number("SELECT CAST(max(attempts) AS BIGINT) AS number FROM deliveries").await;
    assert_eq!(most, 1, "an attempt was counted for what the relay did");
    assert_nobody_is_blamed(&app).await;
    app.stop().await;
}

async fn it_waits_and_says_so(customer: &Customer<'_>, owner: &Browser<'_>, campaign: &str) {
    let seen = customer.get(&format!("/campaigns/{campaign}")).await;
    assert_eq!(seen["state"], "sending", "{seen}");
    assert_eq!((&seen["counts"]["accepted"], &seen["counts"]["failed"]), (&json!(0), &json!(0)), "{seen}");
    assert!(page_says_it_waits(owner, campaign).await);
}

async fn everybody_gets_it_once(app: &TestApp, customer: &Customer<'_>, campaign: &str, stage: Stage) {
    let counts = customer.until_campaign(campaign, "finished").await;
    assert_eq!((&counts["accepted"], &counts["failed"]), (&json!(READERS), &json!(0)), "{stage:?}: {counts}");
    let copies = copies(app, &format!("{stage:?}"));
    assert_eq!(copies.len(), READERS, "{stage:?}: {copies:?}");
    assert!(copies.values().all(|ids| ids.len() == 1), "{stage:?}: {copies:?}");
}

#[test]
fn a_relay_that_says_421_to_everything_at_any_stage_loses_nobody_and_doubles_nobody() {
    on_both_databases(|kind| {
        trouble_at_every_stage(kind, &[], Trouble::Says("421 4.3.2 Service shutting down"), &["421 4.3.2"])
    });
}

#[test]
fn a_relay_that_accepts_and_closes_at_any_stage_loses_nobody_and_doubles_nobody() {
    on_both_databases(|kind| trouble_at_every_stage(kind, &[], Trouble::HangsUp, BROKEN));
}

#[test]
fn a_relay_that_falls_silent_at_any_stage_loses_nobody_and_doubles_nobody() {
    on_both_databases(|kind| {
        trouble_at_every_stage(kind, &[("RELAY_TIMEOUT", "PT3S")], Trouble::SaysNothing, &["no answer within 3 s"])
    });
}
