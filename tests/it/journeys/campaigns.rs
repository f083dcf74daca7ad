//! A campaign, spread over time to the stamped addresses.

use std::time::Duration;

use serde_json::json;

use crate::support::{Customer, TestApp, on_both_databases, until};

/// Stamps this many readers and returns the list.
pub(crate) async fn list_of(customer: &Customer<'_>, readers: usize) -> (String, String) {
    let list = customer.list("Letters", "en").await;
    let form = customer.form(&list).await;
    for reader in 1..=readers {
        customer.stamp(&form, &address(reader)).await;
    }
    (list, form)
}

/// The address of one of those readers, from 1.
pub(crate) fn address(reader: usize) -> String {
    format!("reader{reader}@reader.example")
}

#[test]
fn con_01_a_campaign_reaches_each_stamped_address_once_and_nobody_else() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let (list, form) = list_of(&customer, 5).await;
        customer.sign_up(&form, "pending@reader.example").await;
        app.inbox.next_to("pending@reader.example").await;
        let campaign = customer.send_campaign(&list, "The stamps of November").await;
        for reader in 1..=5 {
            let mail = app.inbox.next_to(&address(reader)).await;
            assert_eq!(mail.subject(), "The stamps of November");
            assert!(mail.from.ends_with("@bounces.estampille.example"), "the envelope sender is ours: {}", mail.from);
            assert!(mail.text().contains(&mail.one_click_url()), "UNS-08: the text part has the link\n{}", mail.text());
        }
        let counts = customer.until_campaign(&campaign, "finished").await;
        assert_eq!((&counts["audience"], &counts["accepted"]), (&json!(5), &json!(5)), "{counts}");
        for reader in 1..=5 {
            assert_eq!(app.inbox.count_to(&address(reader)), 2, "the confirmation and the campaign");
        }
        assert_eq!(app.inbox.count_to("pending@reader.example"), 1, "only the confirmation");
        assert!(app.inbox.most_connections() <= app.app.settings.relay_connections);
        app.stop().await;
    });
}

#[test]
fn a_campaign_is_spread_over_its_time() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let (list, _) = list_of(&customer, 12).await;
        let before = app.inbox.count();
        let campaign = customer.campaign(&list, "Slowly").await;
        customer.schedule(&campaign, &json!({ "spread_over": "PT6S" })).await;
        app.inbox.wait_for(before + 12).await;
        let times: Vec<_> = app.inbox.arrivals().split_off(before);
        let took = times[11] - times[0];
        assert!(took >= Duration::from_secs(3), "twelve mails in {took:?} are no spread over six seconds");
        let early = times.iter().filter(|at| **at - times[0] < took / 3).count();
        assert!(early <= 7, "{early} of twelve in the first third of {took:?}");
        customer.until_campaign(&campaign, "finished").await;
        app.inbox.take_all();
        app.stop().await;
    });
}

#[test]
fn a_paused_campaign_stands_still_and_a_resumed_one_goes_to_its_end() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let (list, form) = list_of(&customer, 10).await;
        let before = app.inbox.count();
        let campaign = customer.campaign(&list, "In two halves").await;
        customer.schedule(&campaign, &json!({ "spread_over": "PT8S" })).await;
        app.inbox.wait_for(before + 2).await;
        customer.post(&format!("/campaigns/{campaign}/pause"), &json!({ "reason": "a mistake in the text" })).await;
        let paused = customer.until_campaign(&campaign, "paused").await;
        // Confirmations go on meanwhile; one that goes all the way shows that the engine turned and left the campaign.
        app.until_number("SELECT count(*) AS number FROM deliveries WHERE state = 'claimed'", 0).await;
        let stopped_at = app.inbox.count();
        customer.stamp(&form, "late@reader.example").await;
        customer.stamp(&form, "later@reader.example").await;
        assert_eq!(app.inbox.count(), stopped_at + 2, "{paused}");
        assert!(stopped_at < before + 10, "it was over before it could be paused");
        customer.post(&format!("/campaigns/{campaign}/resume"), &json!({})).await;
        let counts = customer.until_campaign(&campaign, "finished").await;
        assert_eq!(counts["accepted"], 10, "{counts}");
        for reader in 1..=10 {
            assert_eq!(app.inbox.count_to(&address(reader)), 2, "{}", address(reader));
        }
        app.inbox.take_all();
        app.stop().await;
    });
}

#[test]
fn a_cancelled_campaign_sends_nothing_more() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let (list, form) = list_of(&customer, 6).await;
        let before = app.inbox.count();
        let campaign = customer.campaign(&list, "Never mind").await;
        customer.schedule(&campaign, &json!({ "spread_over": "PT1H" })).await;
        customer.until_campaign(&campaign, "sending").await;
        customer.post(&format!("/campaigns/{campaign}/cancel"), &json!({})).await;
        customer.until_campaign(&campaign, "cancelled").await;
        let waiting = "SELECT count(*) AS number FROM deliveries WHERE state IN ('queued', 'claimed', 'deferred')";
        app.until_number(waiting, 0).await;
        let stopped_at = app.inbox.count();
        customer.stamp(&form, "late@reader.example").await;
        assert_eq!(app.inbox.count(), stopped_at + 1);
        assert!(stopped_at < before + 6);
        app.inbox.take_all();
        app.stop().await;
    });
}

/// UNS-05: the act holds from its commit on, also for a delivery that waits already.
#[test]
fn uns_05_who_leaves_in_the_middle_of_a_campaign_gets_nothing_more() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let (list, _) = list_of(&customer, 8).await;
        let first = customer.send_campaign(&list, "First").await;
        customer.until_campaign(&first, "finished").await;
        let mails = app.inbox.take_all();
        let second = customer.campaign(&list, "Second").await;
        let before = app.inbox.count();
        customer.schedule(&second, &json!({ "spread_over": "PT8S" })).await;
        app.inbox.wait_for(before + 1).await;
        // Whoever has not got the second one yet leaves by the first one's button.
        let arrived = app.inbox.take_all().split_off(before);
        let leaving =
            (1..=8).map(address).find(|reader| arrived.iter().all(|mail| mail.to != [reader.clone()])).unwrap();
        let old = mails.iter().rfind(|mail| mail.to == [leaving.clone()]).unwrap();
        app.unsubscribe_one_click(old).await;
        let had = app.inbox.count_to(&leaving);
        let counts = customer.until_campaign(&second, "finished").await;
        assert_eq!(app.inbox.count_to(&leaving), had, "{leaving} left");
        assert_eq!(counts["accepted"].as_i64().unwrap() + counts["skipped"].as_i64().unwrap(), 8, "{counts}");
        let subscription = customer.subscription(&leaving).await;
        assert_eq!((&subscription["state"], &subscription["end_reason"]), (&json!("ended"), &json!("one_click")));
        app.inbox.take_all();
        app.stop().await;
    });
}

#[test]
fn a_campaign_that_may_not_be_sent_says_every_reason_at_once() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "en").await;
        let campaign = customer.campaign(&list, "To nobody").await;
        let plan = json!({ "spread_over": "PT1S" });
        let (status, problem) = customer.call("POST", &format!("/campaigns/{campaign}/schedule"), Some(&plan)).await;
        assert_eq!(status, 422, "{problem}");
        assert!(problem["errors"].as_array().is_some_and(|errors| !errors.is_empty()), "{problem}");
        until("the campaign is a draft still", || async {
            (customer.get(&format!("/campaigns/{campaign}")).await["state"] == "draft").then_some(())
        })
        .await;
        app.stop().await;
    });
}
