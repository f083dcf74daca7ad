//! What a 4xx given at send time does to the person whose mailbox is full, and does not do to anybody else (BNC-05).

use chrono::TimeDelta;
use estampille::bounces;
use estampille::deliveries::{self, Delivery, Kind, NewDelivery};
use estampille::storage::Timestamp;

use super::site::Site;
use crate::support::{DatabaseKind, on_both_databases};

const BOUNCES: &str = "SELECT count(*) AS number FROM bounces";
const MARKED: &str = "SELECT count(*) AS number FROM deliveries WHERE bounced_at IS NOT NULL";
const FULL: &str = "452 4.2.2 mailbox full";

/// Puts a delivery off with this reply.
async fn put_off(site: &Site, delivery: &Delivery, code: u16, reply: &'static str, now: Timestamp) {
    let delivery = delivery.clone();
    let note = move |conn: &mut estampille::storage::Conn| bounces::record_deferral(conn, &delivery, code, reply, now);
    site.app.app.db.write(note).await.unwrap();
}

/// Another mail to the same subscriber.
async fn another(site: &Site, like: &Delivery, now: Timestamp) -> Delivery {
    let new = NewDelivery {
        kind: Kind::Confirmation,
        account_id: like.account_id,
        campaign_id: None,
        list_id: like.list_id,
        subscriber_id: like.subscriber_id,
        subscription_id: like.subscription_id,
        cause: like.cause.clone(),
        address: like.address.clone().unwrap(),
        expires_at: now + TimeDelta::days(1),
    };
    let made = site.app.app.db.write(move |conn| {
        let id = deliveries::enqueue(conn, &new, now)?;
        deliveries::find(conn, id)
    });
    made.await.unwrap().unwrap()
}

async fn a_full_mailbox_is_scored_once_a_day(kind: DatabaseKind) {
    let site = Site::start(kind).await;
    let customer = site.app.create_account("Papeterie").await;
    let list = customer.list("Lettre", "fr").await;
    let form = customer.form(&list).await;
    let address = "full@example.org";
    let first = site.mailed(&customer, &form, address).await;
    // The day after it was taken, so that the refusals count from there.
    let begun = first.created_at.window(TimeDelta::days(1)) + TimeDelta::hours(25);
    for hours in 0..20 {
        put_off(&site, &first, 452, FULL, begun + TimeDelta::hours(hours)).await;
    }
    assert_eq!(site.app.number(BOUNCES).await, 1, "one row for all attempts of a day");
    assert_eq!(site.app.number(MARKED).await, 0, "a delivery that waits has not bounced");
    for (days, rows, state) in [(4, 2, "pending"), (8, 3, "pending"), (12, 4, "pending"), (15, 5, "ended")] {
        let now = begun + TimeDelta::days(days);
        let next = another(&site, &first, now).await;
        put_off(&site, &next, 452, FULL, now).await;
        put_off(&site, &next, 452, FULL, now + TimeDelta::hours(1)).await;
        assert_eq!(site.app.number(BOUNCES).await, rows, "day {days}");
        assert_eq!(customer.subscription(address).await["state"], state, "day {days}");
    }
    assert_eq!(customer.subscription(address).await["end_reason"], "soft_bounces");
}

#[test]
fn bnc_05_a_mailbox_that_is_full_at_send_time_leaves_after_weeks_and_counts_once_a_day() {
    on_both_databases(a_full_mailbox_is_scored_once_a_day);
}

/// BNC-02: what is about us, the way or a busy server leaves no trace, and no 4xx is for ever.
#[tokio::test(flavor = "multi_thread")]
async fn bnc_02_throttling_policies_and_greylisting_at_send_time_score_nobody() {
    let site = Site::start(DatabaseKind::Sqlite).await;
    let customer = site.app.create_account("Papeterie").await;
    let list = customer.list("Lettre", "fr").await;
    let form = customer.form(&list).await;
    let delivery = site.mailed(&customer, &form, "alive@example.org").await;
    for (day, (code, reply)) in (0_i64..).step_by(5).zip([
        (421, "421 4.7.0 [TSS04] Messages temporarily deferred due to unexpected volume or user complaints"),
        (450, "450 4.7.1 Greylisted, please try again in 300 seconds"),
        (451, "451 4.7.650 The mail server has been temporarily rate limited (S775)"),
        (451, "451 4.3.0 a message cannot be made"),
        (451, "451 4.4.2 the connection broke: timed out"),
        (454, "454 4.7.26 DMARC check could not be done"),
        (452, "452 4.3.1 Insufficient system storage"),
    ]) {
        put_off(&site, &delivery, code, reply, delivery.created_at + TimeDelta::days(day)).await;
        assert_eq!(site.app.number(BOUNCES).await, 0, "{reply}");
    }
    put_off(&site, &delivery, 450, "450 5.1.1 User unknown", delivery.created_at).await;
    assert_eq!(customer.subscription("alive@example.org").await["state"], "pending");
    let bounces = customer.get("/bounces").await;
    assert_eq!(bounces["items"][0]["severity"], "soft", "{bounces}");
}

/// BNC-05: a directory that is away, or a sender that is being verified, also says "unknown".
#[tokio::test(flavor = "multi_thread")]
async fn bnc_05_a_4xx_that_calls_the_user_unknown_twice_within_weeks_takes_nobody_out() {
    let site = Site::start(DatabaseKind::Sqlite).await;
    let customer = site.app.create_account("Papeterie").await;
    let list = customer.list("Lettre", "fr").await;
    let form = customer.form(&list).await;
    let first = site.mailed(&customer, &form, "alive@example.org").await;
    let begun = first.created_at + TimeDelta::days(1);
    for (days, reply) in [
        (0, "450 4.1.1 User unknown, verification in progress"),
        (8, "450 4.1.1 User unknown in local recipient table"),
        (16, "450 unknown user, try again later"),
        (20, "450 4.2.1 mailbox disabled"),
    ] {
        let now = begun + TimeDelta::days(days);
        let next = another(&site, &first, now).await;
        put_off(&site, &next, 450, reply, now).await;
        assert_eq!(customer.subscription("alive@example.org").await["state"], "pending", "{reply}");
    }
    assert_eq!(site.app.number("SELECT count(*) AS number FROM bounces WHERE severity = 'soft'").await, 4, "on record");
}
