//! A digest goes by what holds for campaigns, and stands before nobody.

use chrono::TimeDelta;
use estampille::accounts::{self, warm_up::Switch};
use estampille::audit::Actor;
use estampille::campaigns;
use estampille::complaints::{self, NewReport};
use estampille::deliveries::queue::{self, Claim, Outcome, Turn, Verdict};
use estampille::deliveries::{self, Delivery, Kind, NewDelivery};
use estampille::pacing::lanes::{self, Answer};
use estampille::pacing::warm_up::{self, DAY, Day, FIRST_CEILING, Sender};
use estampille::pacing::{Heard, Pace, receiving_domains, sent};
use estampille::storage::{DeliveryId, Timestamp};
use estampille::subscriptions::digests::enqueue_due;
use estampille::subscriptions::{self, Frequency, HeldBack, Rhythm, Via};

use super::going;
use crate::people::world::{World, on_both};

/// Readers of this domain, nothing left of their confirmation mails, and a digest for each.
fn digests(world: &mut World, domain: &str, count: usize) {
    world.write(|conn, _, _| receiving_domains::prepare(conn));
    for reader in 0..count {
        world.stamp(&format!("reader{reader}@{domain}"));
    }
    world.later(TimeDelta::hours(1));
    sends(world, |_| accepted());
    world.later(TimeDelta::hours(24));
    for reader in 0..count {
        let who = format!("reader{reader}@{domain}");
        let subscription = world.subscription(&who);
        let digest = NewDelivery {
            kind: Kind::Digest,
            account_id: Some(world.account),
            campaign_id: None,
            list_id: Some(world.list.id),
            subscriber_id: Some(subscription.subscriber_id),
            subscription_id: Some(subscription.id),
            cause: None,
            address: who.parse().unwrap(),
            expires_at: world.now + TimeDelta::days(4),
        };
        world.write(|conn, _, now| deliveries::enqueue(conn, &digest, now));
    }
}

fn accepted() -> Verdict {
    Verdict::Accepted { code: 250, reply: "250 2.0.0 Ok".to_owned() }
}

/// Claims all that may go and records of each what `answer` says of it.
fn sends(world: &mut World, answer: impl Fn(&Delivery) -> Verdict) -> Vec<Delivery> {
    let wanted = Claim { node: "a".to_owned(), limit: 1000, spare: 0, until: world.now + TimeDelta::minutes(5) };
    world.write(|conn, _, now| {
        let claimed = queue::claim(conn, &wanted, &mut Turn::default(), now)?;
        let outcome = |delivery: &Delivery| Outcome { delivery: Box::new(delivery.clone()), verdict: answer(delivery) };
        let outcomes: Vec<Outcome> = claimed.iter().map(outcome).collect();
        queue::record(conn, "a", &outcomes, queue::Along::Curve, now)?;
        Ok(claimed)
    })
}

fn digests_among(sent: &[Delivery]) -> usize {
    sent.iter().filter(|delivery| delivery.kind == Kind::Digest).count()
}

/// Sends until then, every five minutes; how many digests went.
fn sent_until(world: &mut World, end: Timestamp, answer: impl Fn(&Delivery) -> Verdict) -> usize {
    let mut count = 0;
    while world.now < end {
        count += digests_among(&sends(world, &answer));
        world.later(TimeDelta::minutes(5));
    }
    count
}

#[test]
fn digests_wait_for_the_limit_of_their_account_and_count_in_it_and_nobody_waits_behind_them() {
    on_both(|mut world| {
        digests(&mut world, "reader.example", 7);
        let account = world.account;
        world.write(|conn, _, now| accounts::set_limits(conn, account, (Some(3), None), Actor::System, now));
        world.sign_up("max@reader.example", Via::Form);
        let first = sends(&mut world, |_| accepted());
        assert_eq!(digests_among(&first), 3);
        assert_eq!(first.len(), 4, "a confirmation waits for no limit: {first:?}");
        let used = sent::of_account(&mut world.conn, account, world.now).unwrap();
        assert_eq!(used.in_hour(world.now), 3, "a confirmation is not counted");
        // A campaign has no room left beside them.
        going(&mut world, Pace::SpreadOver { seconds: 1 });
        let end = world.now + TimeDelta::minutes(55);
        world.later(TimeDelta::seconds(5));
        assert_eq!(sends(&mut world, |_| accepted()).len(), 0);
        assert_eq!(sent_until(&mut world, end, |_| accepted()), 0);
        // With room for eighteen of four and eight.
        let end = world.now + TimeDelta::hours(6);
        assert_eq!(sent_until(&mut world, end, |_| accepted()), 4);
    });
}

#[test]
fn who_waits_for_a_mail_stands_before_any_number_of_digests() {
    on_both(|mut world| {
        digests(&mut world, "reader.example", 12);
        world.sign_up("max@reader.example", Via::Form);
        let wanted = Claim { node: "a".to_owned(), limit: 1, spare: 0, until: world.now + TimeDelta::minutes(5) };
        let claimed = world.write(|conn, _, now| queue::claim(conn, &wanted, &mut Turn::default(), now));
        assert_eq!(claimed.iter().map(|delivery| delivery.kind).collect::<Vec<_>>(), [Kind::Confirmation]);
    });
}

/// A campaign is asked for more often than room comes, and would take all of it.
#[test]
fn a_campaign_that_takes_all_room_starves_no_digest() {
    on_both(|mut world| {
        digests(&mut world, "gmail.com", 2);
        for reader in 0..20 {
            world.stamp(&format!("other{reader}@gmail.com"));
        }
        world.write(|conn, _, now| warm_up::switch(conn, Some(Switch::On), Actor::System, now));
        world.now = world.now.window(DAY) + DAY;
        going(&mut world, Pace::SpreadOver { seconds: 1 });
        let (end, mut went, mut of_campaign) = (world.now + TimeDelta::hours(1), 0, 0);
        while world.now < end {
            let sent = sends(&mut world, |_| accepted());
            went += digests_among(&sent);
            of_campaign += sent.iter().filter(|delivery| delivery.kind == Kind::Campaign).count();
            world.later(TimeDelta::seconds(10));
        }
        assert_eq!(went, 2);
        assert!(of_campaign > 0, "and digests starve no campaign");
    });
}

#[test]
fn at_the_end_of_a_wait_for_the_limit_of_their_account_digests_go_before_campaigns() {
    on_both(|mut world| {
        digests(&mut world, "reader.example", 5);
        let account = world.account;
        world.write(|conn, _, now| accounts::set_limits(conn, account, (Some(3), None), Actor::System, now));
        assert_eq!(digests_among(&sends(&mut world, |_| accepted())), 3);
        going(&mut world, Pace::SpreadOver { seconds: 1 });
        let end = world.now + TimeDelta::minutes(90);
        while world.now < end {
            let sent = sends(&mut world, |_| accepted());
            if !sent.is_empty() {
                assert_eq!(digests_among(&sent), 2, "{sent:?}");
                return;
            }
            world.later(TimeDelta::seconds(30));
        }
        panic!("nothing went");
    });
}

#[test]
fn a_digest_that_was_not_tried_is_taken_out_of_what_its_account_sent() {
    on_both(|mut world| {
        digests(&mut world, "reader.example", 2);
        assert_eq!(digests_among(&sends(&mut world, |_| Verdict::GivenBack)), 2);
        let (account, now) = (world.account, world.now);
        assert_eq!(sent::of_account(&mut world.conn, account, now).unwrap().in_hour(now), 0);
    });
}

#[test]
fn a_digest_waits_for_the_closed_lane_of_its_account() {
    on_both(|mut world| {
        digests(&mut world, "gmail.com", 1);
        let reply = "550-5.7.1 this message is likely unsolicited mail".to_owned();
        let answer = Answer { lane: "google".to_owned(), account: Some(world.account), reply, heard: Heard::Blocked };
        world.write(|conn, _, now| lanes::hear(conn, &answer, now));
        assert_eq!(sends(&mut world, |_| accepted()).len(), 0);
        let end = world.now + TimeDelta::days(3);
        assert_eq!(sent_until(&mut world, end, |_| accepted()), 1);
    });
}

#[test]
fn pac_05_digests_are_part_of_a_warm_up_and_their_bounces_and_complaints_count_in_it() {
    on_both(|mut world| {
        let readers = usize::try_from(FIRST_CEILING).unwrap() + 20;
        digests(&mut world, "gmail.com", readers);
        world.write(|conn, _, now| warm_up::switch(conn, Some(Switch::On), Actor::System, now));
        let end = world.now.window(DAY) + DAY;
        world.now = end;
        let refused = |delivery: &Delivery| match delivery.id {
            _ if delivery.address.as_ref().is_some_and(|address| address.as_str() == "reader0@gmail.com") => {
                Verdict::Failed { code: 550, reply: "550 5.1.1 no such user".to_owned() }
            }
            _ => accepted(),
        };
        let went = sent_until(&mut world, end + DAY - TimeDelta::minutes(5), refused);
        assert_eq!(went, usize::try_from(FIRST_CEILING).unwrap(), "the ceiling of the first day");
        let newest = DeliveryId(world.count("SELECT max(id) AS number FROM deliveries WHERE state = 'accepted'"));
        let delivery = deliveries::find(&mut world.conn, newest).unwrap().unwrap();
        let report = NewReport { feedback_type: "abuse", source: "test", inbound_message_id: None };
        world.write(|conn, _, now| complaints::record(conn, &delivery, &report, now));
        let ramps = warm_up::of_account(&mut world.conn, world.account, world.now).unwrap().unwrap();
        let sender = Sender::new(world.account, "sender.example", "google");
        let Day { tried, hard, complaints, .. } = ramps.get(&sender, world.now).unwrap().day;
        assert_eq!((tried, hard, complaints), (FIRST_CEILING, 1, 1));
    });
}

#[test]
fn a_digest_waits_while_a_campaign_of_which_it_tells_is_paused() {
    on_both(|mut world| {
        world.write(|conn, _, _| receiving_domains::prepare(conn));
        let subscription = world.stamp("rose@reader.example");
        let chosen = Rhythm { frequency: Some(Frequency::DigestWeekly), paused_until: None };
        let (person, id) = (subscription.subscriber_id, subscription.id);
        assert!(world.write(|conn, _, now| subscriptions::choose_rhythm(conn, person, id, chosen, now)));
        world.stamp("max@reader.example");
        sends(&mut world, |_| accepted());
        let campaign = going(&mut world, Pace::SpreadOver { seconds: 3600 });
        let end = world.now + TimeDelta::hours(2);
        // What the late check says of her letter.
        let held = |delivery: &Delivery| match delivery.subscription_id {
            Some(of) if of == id => Verdict::Skipped { cause: HeldBack::ForDigest.to_string() },
            _ => Verdict::GivenBack,
        };
        sent_until(&mut world, end, held);
        let is_queued = "SELECT count(*) AS number FROM deliveries WHERE kind = 'digest'";
        world.later(TimeDelta::days(8));
        let account = world.account;
        let pause =
            |world: &mut World| world.write(|conn, _, now| campaigns::pause(conn, account, campaign, "a mistake", now));
        let resume = |world: &mut World| world.write(|conn, _, now| campaigns::resume(conn, account, campaign, now));
        pause(&mut world);
        while world.write(|conn, _, now| enqueue_due(conn, now, 10)) > 0 {}
        assert_eq!(world.count(is_queued), 0, "the letter of a paused campaign is in no digest");
        resume(&mut world);
        world.later(TimeDelta::days(8));
        while world.write(|conn, _, now| enqueue_due(conn, now, 10)) > 0 {}
        assert_eq!(world.count(is_queued), 1, "it is told of in the next one");
        pause(&mut world);
        let end = world.now + TimeDelta::hours(5);
        assert_eq!(sent_until(&mut world, end, |_| accepted()), 0, "a digest that was made waits too");
        resume(&mut world);
        let end = world.now + TimeDelta::hours(1);
        assert_eq!(sent_until(&mut world, end, |_| accepted()), 1);
    });
}
