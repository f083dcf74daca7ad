//! A clock that jumps in the middle of a campaign: no burst, no standstill, nobody lost and nobody twice.

use std::collections::HashSet;

use chrono::TimeDelta;
use serde_json::json;

use crate::journeys::campaigns::list_of;
use crate::support::{DatabaseKind, TestApp, on_both_databases, until};
use estampille::clock::Clock;

const READERS: usize = 20;

/// Turns the clock on until the campaign has come so far, ten seconds at a time.
async fn turn_until(app: &TestApp, what: &str, is_there: impl AsyncFn() -> bool) {
    for _ in 0..200 {
        if is_there().await {
            return;
        }
        app.app.clock.advance(TimeDelta::seconds(10));
        // One claim of the engine sees the new time.
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    }
    panic!("in vain: {what}")
}

async fn jump(kind: DatabaseKind, by: TimeDelta) {
    let app = TestApp::start_with(kind, &[], Clock::standing_at(chrono::Utc::now().into())).await;
    let customer = app.create_account("Papeterie").await;
    let (list, _) = list_of(&customer, READERS).await;
    let campaign = customer.campaign(&list, "Out of time").await;
    // One in ten seconds.
    customer.schedule(&campaign, &json!({ "per_hour": 360 })).await;
    let before = app.inbox.count();
    turn_until(&app, "a few are out", async || app.inbox.count() >= before + 5).await;
    app.app.clock.advance(by);
    until("the plan goes by the new time", || async {
        let end = customer.get(&format!("/campaigns/{campaign}")).await["expected_end_at"].as_str()?.to_owned();
        let left = end.parse::<chrono::DateTime<chrono::Utc>>().unwrap() - app.app.clock.now().utc();
        (TimeDelta::zero() < left && left < TimeDelta::minutes(10)).then_some(())
    })
    .await;
    let gone = app.inbox.count() - before;
    assert!(gone <= 8, "{} at once", gone - 5);
    turn_until(&app, "everybody got it", async || app.inbox.count() >= before + READERS).await;
    let counts = customer.until_campaign(&campaign, "finished").await;
    assert_eq!(counts["accepted"], json!(READERS), "{counts}");
    let mails = app.inbox.take_all();
    let readers: HashSet<&String> = mails.iter().skip(before).map(|mail| &mail.to[0]).collect();
    assert_eq!((mails.len() - before, readers.len()), (READERS, READERS));
    app.stop().await;
}

#[test]
fn a_clock_that_jumps_a_day_ahead_makes_no_burst_and_loses_and_doubles_nobody() {
    on_both_databases(|kind| jump(kind, TimeDelta::days(1)));
}

#[test]
fn a_clock_that_is_set_back_a_day_stops_no_campaign_and_loses_and_doubles_nobody() {
    on_both_databases(|kind| jump(kind, -TimeDelta::days(1)));
}
