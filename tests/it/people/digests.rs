//! What is held back for a reader of digests is told of once, and never lost.

use chrono::TimeDelta;
use estampille::campaigns::{self, BodyFormat, Content, CreateOutcome, Draft};
use estampille::storage::{CampaignId, Conn, DeliveryId, SubscriptionId, Timestamp};
use estampille::subscriptions::digests::{enqueue_due, letters_of};
use estampille::subscriptions::{self, EndReason, Frequency, HeldBack, Rhythm};

use super::world::{World, from_home, on_both};

const ROSE: &str = "rose@reader.example";

/// A Friday.
fn friday() -> Timestamp {
    "2026-11-20T12:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
}

fn chooses(world: &mut World, frequency: Option<Frequency>, pause: Option<Timestamp>) {
    let (person, id) = (world.subscriber(ROSE).id, world.subscription(ROSE).id);
    let chosen = Rhythm { frequency, paused_until: pause };
    assert!(world.write(|conn, _, now| subscriptions::choose_rhythm(conn, person, id, chosen, now)));
}

/// A reader who chose a digest on a Friday.
fn reader(world: &mut World, frequency: Frequency) -> SubscriptionId {
    world.now = friday();
    let id = world.stamp(ROSE).id;
    chooses(world, Some(frequency), None);
    id
}

/// An id as it is written in SQL.
fn written(world: &World, id: &[u8]) -> String {
    let hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    match &world.conn {
        Conn::Sqlite(_) => format!("x'{hex}'"),
        Conn::Postgres(_) => format!("'{hex}'::uuid"),
    }
}

/// A campaign's message to her that was held back just now, written past the program.
fn held(world: &mut World, id: SubscriptionId) -> DeliveryId {
    held_of(world, id, None)
}

fn held_of(world: &mut World, id: SubscriptionId, campaign: Option<CampaignId>) -> DeliveryId {
    let (now, cause) = (world.now.micros(), HeldBack::ForDigest.to_string());
    let campaign = campaign.map_or_else(|| "NULL".to_owned(), |campaign| written(world, campaign.bytes()));
    let id = written(world, id.bytes());
    world.tamper(&format!(
        "INSERT INTO deliveries (kind, campaign_id, subscription_id, address, lane, position, state, attempts, \
         created_at, due_at, expires_at, finished_at, last_reply) VALUES ('campaign', {campaign}, {id}, '{ROSE}', \
         'reader.example', 0, 'skipped', 0, {now}, {now}, {now}, {now}, '{cause}')"
    ));
    DeliveryId(world.count("SELECT MAX(id) AS number FROM deliveries"))
}

/// Lets the worker look; the digest that it queued, if it did, with what it tells of.
fn looked(world: &mut World) -> Option<(DeliveryId, Vec<DeliveryId>)> {
    let newest = "SELECT coalesce(max(id), 0) AS number FROM deliveries WHERE kind = 'digest'";
    let before = world.count(newest);
    while world.write(|conn, _, now| enqueue_due(conn, now, 10)) > 0 {}
    let digest = DeliveryId(world.count(newest));
    (digest.0 > before).then(|| (digest, letters_of(&mut world.conn, digest).unwrap()))
}

fn becomes(world: &mut World, digest: DeliveryId, state: &str) {
    world.tamper(&format!("UPDATE deliveries SET state = '{state}' WHERE id = {digest}"));
}

fn told(world: &mut World) -> Vec<DeliveryId> {
    let (digest, letters) = looked(world).expect("a digest");
    becomes(world, digest, "accepted");
    letters
}

#[test]
fn a_digest_is_made_after_each_week_and_tells_of_everything_once_and_of_nothing_never() {
    on_both(|mut world| {
        let id = reader(&mut world, Frequency::DigestWeekly);
        let both = [held(&mut world, id), held(&mut world, id)];
        world.later(TimeDelta::days(2));
        assert_eq!(looked(&mut world), None, "it is Sunday");
        world.later(TimeDelta::days(1));
        assert_eq!(told(&mut world), both);
        assert_eq!(looked(&mut world), None);
        world.later(TimeDelta::days(7));
        assert_eq!(looked(&mut world), None, "nothing was held back in that week");
        let third = held(&mut world, id);
        world.later(TimeDelta::days(7));
        assert_eq!(told(&mut world), [third]);
    });
}

#[test]
fn a_monthly_digest_waits_for_the_first_of_the_month() {
    on_both(|mut world| {
        let id = reader(&mut world, Frequency::DigestMonthly);
        let letter = held(&mut world, id);
        world.later(TimeDelta::days(10));
        assert_eq!(looked(&mut world), None, "30 November");
        world.later(TimeDelta::days(1));
        assert_eq!(told(&mut world), [letter]);
    });
}

#[test]
fn what_stood_in_a_digest_that_did_not_arrive_stands_in_the_next_one() {
    on_both(|mut world| {
        let id = reader(&mut world, Frequency::DigestWeekly);
        let first = held(&mut world, id);
        world.later(TimeDelta::days(3));
        let (skipped, _) = looked(&mut world).unwrap();
        let second = held(&mut world, id);
        world.later(TimeDelta::days(7));
        assert_eq!(looked(&mut world), None, "one is still on its way");
        becomes(&mut world, skipped, "skipped");
        world.later(TimeDelta::hours(1));
        let (failed, letters) = looked(&mut world).unwrap();
        assert_eq!(letters, [first, second]);
        becomes(&mut world, failed, "failed");
        world.later(TimeDelta::days(7));
        assert_eq!(told(&mut world), [first, second]);
    });
}

#[test]
fn whoever_wants_every_mail_again_gets_what_still_waits_in_a_last_digest() {
    on_both(|mut world| {
        let id = reader(&mut world, Frequency::DigestWeekly);
        let first = held(&mut world, id);
        chooses(&mut world, None, None);
        // It was checked while she still wanted a digest.
        let second = held(&mut world, id);
        world.later(TimeDelta::minutes(9));
        assert_eq!(looked(&mut world), None);
        world.later(TimeDelta::minutes(2));
        assert_eq!(told(&mut world), [first, second]);
        world.later(TimeDelta::days(60));
        assert_eq!(looked(&mut world), None, "it was the last one");
        assert_eq!(world.count("SELECT count(*) AS number FROM subscriptions WHERE digest_at IS NOT NULL"), 0);
    });
}

#[test]
fn a_last_digest_that_did_not_leave_is_made_again() {
    on_both(|mut world| {
        let id = reader(&mut world, Frequency::DigestWeekly);
        let letter = held(&mut world, id);
        chooses(&mut world, None, None);
        world.later(TimeDelta::minutes(11));
        let (last, _) = looked(&mut world).unwrap();
        becomes(&mut world, last, "skipped");
        world.later(TimeDelta::days(4));
        assert_eq!(told(&mut world), [letter]);
        world.later(TimeDelta::days(60));
        assert_eq!(looked(&mut world), None, "it was the last one");
        assert_eq!(world.count("SELECT count(*) AS number FROM subscriptions WHERE digest_at IS NOT NULL"), 0);
    });
}

#[test]
fn a_letter_that_its_sender_took_back_is_not_told_of() {
    on_both(|mut world| {
        let id = reader(&mut world, Frequency::DigestWeekly);
        let [subject, body, preheader] = ["Wrong", "Wrong.", ""].map(str::to_owned);
        let content = Content { subject, preheader, body_format: BodyFormat::Markdown, body, body_text: None };
        let (account, draft) = (world.account, Draft { list_id: world.list.id, content });
        let made = world.write(|conn, _, now| campaigns::create(conn, account, &draft, now));
        let CreateOutcome::Created(campaign) = made else { panic!("{made:?}") };
        held_of(&mut world, id, Some(campaign.id));
        let other = held(&mut world, id);
        let taken_back = written(&world, campaign.id.bytes());
        world.tamper(&format!("UPDATE campaigns SET state = 'cancelled' WHERE id = {taken_back}"));
        world.later(TimeDelta::days(3));
        assert_eq!(told(&mut world), [other]);
    });
}

#[test]
fn saving_the_same_again_does_not_put_the_digest_off() {
    on_both(|mut world| {
        let id = reader(&mut world, Frequency::DigestWeekly);
        let letter = held(&mut world, id);
        // Between midnight and the morning in which the digest is made.
        world.later(TimeDelta::hours(62));
        chooses(&mut world, Some(Frequency::DigestWeekly), None);
        world.later(TimeDelta::hours(8));
        assert_eq!(told(&mut world), [letter]);
    });
}

#[test]
fn a_digest_waits_for_the_end_of_a_pause() {
    on_both(|mut world| {
        let id = reader(&mut world, Frequency::DigestWeekly);
        let letter = held(&mut world, id);
        let until = world.now + TimeDelta::days(5);
        chooses(&mut world, Some(Frequency::DigestWeekly), Some(until));
        world.later(TimeDelta::days(4));
        assert_eq!(looked(&mut world), None);
        world.later(TimeDelta::days(1));
        assert_eq!(told(&mut world), [letter]);
    });
}

#[test]
fn whoever_left_and_came_back_is_not_told_of_what_was_sent_before() {
    on_both(|mut world| {
        let id = reader(&mut world, Frequency::DigestWeekly);
        held(&mut world, id);
        world.write(|conn, _, now| subscriptions::unsubscribe(conn, id, EndReason::Page, &from_home(), now));
        let timed = "SELECT count(*) AS number FROM subscriptions WHERE digest_at IS NOT NULL";
        assert_eq!(world.count(timed), 0, "nobody looks for one");
        world.later(TimeDelta::days(3));
        assert_eq!(looked(&mut world), None, "she has left");
        world.later(TimeDelta::days(30));
        assert_eq!(world.stamp(ROSE).id, id);
        world.later(TimeDelta::hours(1));
        let letter = held(&mut world, id);
        world.later(TimeDelta::days(7));
        assert_eq!(told(&mut world), [letter]);
    });
}
