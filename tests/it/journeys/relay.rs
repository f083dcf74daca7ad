//! Trouble of the relay is not a recipient's.

use serde_json::json;

use super::campaigns::{address, list_of};
use crate::support::{Answer, TestApp, on_both_databases, until};

#[test]
fn a_relay_that_is_down_loses_nobody_and_counts_no_attempt() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let (list, form) = list_of(&customer, 4).await;
        app.inbox.go_down().await;
        let campaign = customer.send_campaign(&list, "Through the storm").await;
        customer.sign_up(&form, "new@reader.example").await;
        until("the web says that the relay is away, or the campaign waits", || async {
            (customer.get(&format!("/campaigns/{campaign}")).await["state"] == "sending").then_some(())
        })
        .await;
        app.until_number("SELECT count(*) AS number FROM deliveries WHERE kind = 'campaign'", 4).await;
        app.inbox.come_back().await;
        for reader in 1..=4 {
            app.inbox.next_to(&address(reader)).await;
        }
        app.inbox.next_to("new@reader.example").await;
        let counts = customer.until_campaign(&campaign, "finished").await;
        assert_eq!((&counts["accepted"], &counts["failed"]), (&json!(4), &json!(0)), "{counts}");
        assert_eq!(app.number("SELECT count(*) AS number FROM bounces").await, 0);
        let most = app.number("SELECT CAST(max(attempts) AS BIGINT) AS number FROM deliveries").await;
        assert!(most <= 1, "an attempt was counted {most} times while the relay was down");
        app.stop().await;
    });
}

#[test]
fn a_relay_that_hangs_up_in_the_middle_loses_nobody() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let (list, _) = list_of(&customer, 4).await;
        app.inbox.answer(&address(2), Answer::HangUp);
        app.inbox.answer_at_data(Answer::HangUp);
        app.inbox.answer_at_data(Answer::Once("421 4.3.2 shutting down".into()));
        let campaign = customer.send_campaign(&list, "Over a bad line").await;
        for reader in 1..=4 {
            app.inbox.next_to(&address(reader)).await;
        }
        let counts = customer.until_campaign(&campaign, "finished").await;
        assert_eq!((&counts["accepted"], &counts["failed"]), (&json!(4), &json!(0)), "{counts}");
        for reader in 1..=4 {
            assert_eq!(app.inbox.count_to(&address(reader)), 2, "{}", address(reader));
        }
        app.stop().await;
    });
}
