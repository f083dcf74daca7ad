//! Answers that are refusals for now, and answers that come too late.

use estampille::clock::Clock;
use serde_json::json;

use super::{assert_nobody_is_blamed, copies, list_of, page_says_it_waits, reader, until_away};
use crate::support::{TestApp, on_both_databases, until};
use crate::web::pages::Browser;

#[test]
fn a_relay_that_says_451_to_every_third_recipient_reaches_everybody_once_in_the_end() {
    const READERS: usize = 30;
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let list = list_of(&app, &customer, READERS).await;
        app.inbox.refuse_each(3, "451 4.3.0 Try again later");
        let campaign = customer.send_campaign(&list, "Every third").await;
        let deferred = until("somebody waits for another try", || async {
            let page = customer.get(&format!("/campaigns/{campaign}/deliveries?state=deferred")).await;
            page["items"].as_array()?.first().cloned()
        })
        .await;
        assert_eq!(deferred["last_reply"], "451 4.3.0 Try again later", "{deferred}");
        let counts = customer.until_campaign(&campaign, "finished").await;
        assert_eq!((&counts["accepted"], &counts["failed"]), (&json!(READERS), &json!(0)), "{counts}");
        let copies = copies(&app, "Every third");
        assert_eq!(copies.len(), READERS, "{copies:?}");
        assert!(copies.values().all(|ids| ids.len() == 1), "{copies:?}");
        // Of 44 recipients that were named, every third was refused: 14, and 30 were taken.
        let attempts = app.number("SELECT CAST(sum(attempts) AS BIGINT) AS number FROM deliveries").await;
        assert_eq!(attempts, 44, "each refusal is an attempt, and nothing else is");
        assert_nobody_is_blamed(&app).await;
        app.stop().await;
    });
}

/// RFC 5321, section 4.5.3.2.6: who gives up waiting for the answer to the final dot may send twice, and with the same
/// `Message-ID` a receiver can tell.
#[test]
fn a_relay_that_takes_a_message_and_says_so_after_the_timeout_loses_nobody_and_doubles_what_was_under_way() {
    const READERS: usize = 6;
    on_both_databases(|kind| async move {
        let app = TestApp::start_with(kind, &[("RELAY_TIMEOUT", "PT3S")], Clock::System).await;
        let customer = app.create_account("Papeterie").await;
        let list = list_of(&app, &customer, READERS).await;
        let owner = Browser::signed_in(&app, "Papeterie").await;
        app.inbox.hold_answers();
        let campaign = customer.send_campaign(&list, "Late").await;
        assert_eq!(until_away(&app).await, "no answer within 3 s");
        assert!(page_says_it_waits(&owner, &campaign).await);
        app.inbox.let_answers_go();
        let held = app.inbox.held();
        let counts = customer.until_campaign(&campaign, "finished").await;
        assert_eq!((&counts["accepted"], &counts["failed"]), (&json!(READERS), &json!(0)), "{counts}");
        let copies = copies(&app, "Late");
        assert_eq!(copies.len(), READERS, "{copies:?}");
        let doubled: Vec<_> = copies.values().filter(|ids| ids.len() > 1).collect();
        assert!((1..=held).contains(&doubled.len()), "{held} were under way: {copies:?}");
        assert!(doubled.iter().all(|ids| ids.iter().all(|id| *id == ids[0])), "{copies:?}");
        let most = app.number("SELECT CAST(max(attempts) AS BIGINT) AS number FROM deliveries").await;
        assert_eq!(most, 1, "an attempt was counted for what the relay did");
        assert_nobody_is_blamed(&app).await;
        assert!(copies.contains_key(&reader(1)));
        app.stop().await;
    });
}
