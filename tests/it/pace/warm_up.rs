//! A new sender is warmed up: small days that grow while they are quiet, and the latest stamps first.

use std::cell::Cell;
use std::collections::BTreeMap;

use chrono::TimeDelta;
use estampille::accounts::warm_up::{Chosen, Switch, chosen_by_installation};
use estampille::audit::Actor;
use estampille::campaigns::{self, Why};
use estampille::complaints::{self, NewReport};
use estampille::deliveries::queue::{self, Claim, Turn, Verdict};
use estampille::deliveries::{Delivery, Kind};
use estampille::pacing::Pace;
use estampille::pacing::receiving_domains;
use estampille::pacing::warm_up::{self, DAY, Day, FIRST_CEILING, Sender};
use estampille::storage::{CampaignId, Conn, Timestamp};

use super::lanes::{Node, by_lane, readers};
use super::{found, going};
use crate::people::world::{World, on_both};

const FAST: Pace = Pace::SpreadOver { seconds: 1 };
const OK: Verdict = Verdict::Accepted { code: 250, reply: String::new() };

/// An installation that warms new senders up, at the beginning of a day.
fn warming(world: &mut World) {
    world.write(|conn, _, now| warm_up::switch(conn, Some(Switch::On), Actor::System, now));
}

fn to_next_day(world: &mut World) {
    world.now = world.now.window(DAY) + DAY;
}

/// Many readers at once, without mails, the first stamped first: `reader0@DOMAIN` an hour before `reader1@DOMAIN`.
fn many(world: &mut World, domain: &str, count: usize) {
    world.stamp(&format!("first@{domain}"));
    world.write(|conn, _, _| receiving_domains::prepare(conn));
    let (id, hash) = match world.conn {
        Conn::Sqlite(_) => ("randomblob(16)", "randomblob(32)"),
        Conn::Postgres(_) => ("gen_random_uuid()", "decode(md5(random()::text), 'hex')"),
    };
    let now = world.now.micros();
    world.tamper(&format!(
        "INSERT INTO subscribers (id, account_id, address, address_hash, attributes, created_at) \
         WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < {}) \
         SELECT {id}, (SELECT account_id FROM lists LIMIT 1), 'reader' || n || '@{domain}', {hash}, '{{}}', \
         {now} - ({count} - n) * 3600000000 FROM numbers",
        count - 1
    ));
    world.tamper(&format!(
        "INSERT INTO subscriptions (id, account_id, subscriber_id, list_id, state, requested_at, confirmed_at) \
         SELECT {id}, p.account_id, p.id, (SELECT id FROM lists LIMIT 1), 'confirmed', p.created_at, p.created_at \
         FROM subscribers p WHERE p.address LIKE 'reader%@{domain}' \
         AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.subscriber_id = p.id)"
    ));
}

/// Claims all that may go and records of each what `answer` says of it.
fn sends(node: &'static str, conn: &mut Conn, now: Timestamp, answer: impl Fn(&Delivery) -> Verdict) -> Vec<Delivery> {
    let wanted = Claim { node: node.to_owned(), limit: 1000, spare: 0, until: now + TimeDelta::minutes(5) };
    conn.in_write(|conn| {
        let claimed = queue::claim(conn, &wanted, &mut Turn::default(), now)?;
        let outcome =
            |delivery: &Delivery| queue::Outcome { delivery: Box::new(delivery.clone()), verdict: answer(delivery) };
        let outcomes: Vec<queue::Outcome> = claimed.iter().map(outcome).collect();
        queue::record(conn, node, &outcomes, queue::Along::Curve, now)?;
        Ok(claimed.into_iter().filter(|delivery| delivery.kind == Kind::Campaign).collect())
    })
    .unwrap()
}

/// Lets two nodes send for the rest of the day, every five minutes; what went.
fn rest_of_day(world: &mut World, answer: impl Fn(&Delivery) -> Verdict) -> Vec<Delivery> {
    let (end, mut other, mut all) = (world.now.window(DAY) + DAY, world.database.connect(), Vec::new());
    let mut turn = 0;
    while world.now < end {
        let conn = if turn % 2 == 0 { &mut world.conn } else { &mut other };
        all.extend(sends(["a", "b"][turn % 2], conn, world.now, &answer));
        turn += 1;
        world.later(TimeDelta::minutes(5));
    }
    all
}

fn sender(world: &World, lane: &str) -> Sender {
    Sender::new(world.account, "sender.example", lane)
}

/// What a lane's day came to, as it is on record.
fn day(world: &mut World, lane: &str) -> Day {
    let ramps = warm_up::of_account(&mut world.conn, world.account, world.now).unwrap().expect("it is warmed up");
    ramps.get(&sender(world, lane), world.now).expect("it is not warm").day
}

/// PAC-05: a hundred on the first day, never half as much again as on the day before, flat over the day, on two nodes
/// together; the other lanes wait for nobody, and everybody gets it in the end.
#[test]
fn pac_05_a_new_sender_begins_small_and_grows_by_half_a_day() {
    on_both(|mut world| {
        readers(&mut world, &[("reader.example", 5)]);
        many(&mut world, "gmail.com", 700);
        warming(&mut world);
        to_next_day(&mut world);
        let id = going(&mut world, FAST);
        let (mut days, mut total) = (Vec::new(), 0);
        while total < 706 {
            let sent = rest_of_day(&mut world, |_| OK);
            total += sent.len();
            days.push(by_lane(&sent));
            assert!(days.len() < 10, "{days:?}");
        }
        assert_eq!(days[0]["other"], 5, "nobody else waits");
        let google: Vec<usize> = days.iter().map(|day| day.get("google").copied().unwrap_or(0)).collect();
        assert_eq!(google[..4], [100, 150, 225, 226], "{google:?}");
        let left = "SELECT count(*) AS number FROM deliveries WHERE kind = 'campaign' AND state <> 'accepted'";
        assert_eq!(world.count(left), 0);
        world.write(|conn, _, now| campaigns::finish(conn, now));
        assert_eq!(found(&mut world, id).state, campaigns::State::Finished);
    });
}

/// No hour has more than an eighth of the day, wherever a day begins.
#[test]
fn pac_05_a_day_does_not_begin_with_a_spike() {
    on_both(|mut world| {
        many(&mut world, "gmail.com", 300);
        warming(&mut world);
        to_next_day(&mut world);
        going(&mut world, FAST);
        rest_of_day(&mut world, |_| OK);
        let mut of_hours = BTreeMap::<i64, usize>::new();
        for minute in 0..180 {
            let sent = sends("a", &mut world.conn, world.now, |_| OK);
            *of_hours.entry(minute / 60).or_default() += sent.len();
            world.later(TimeDelta::minutes(1));
        }
        assert!(of_hours.values().all(|count| (10..=18).contains(count)), "{of_hours:?} of 150 a day");
    });
}

/// Some trouble stops the growth, much of it halves the day; a complaint counts as soon as it comes in.
#[test]
fn pac_05_a_troubled_day_does_not_grow_and_a_bad_one_falls_back() {
    on_both(|mut world| {
        many(&mut world, "gmail.com", 1500);
        warming(&mut world);
        to_next_day(&mut world);
        going(&mut world, FAST);
        rest_of_day(&mut world, |_| OK);
        assert_eq!(day(&mut world, "google").ceiling, 150);
        // Four of a hundred and fifty: more than two in a hundred.
        let answered = Cell::new(0_usize);
        let each = |count: usize| {
            answered.set(answered.get() + 1);
            answered.get().is_multiple_of(count)
        };
        let hard = |_: &Delivery| match each(37) {
            true => Verdict::Failed { code: 550, reply: "550 5.1.1 no such user".to_owned() },
            false => OK,
        };
        assert_eq!(rest_of_day(&mut world, hard).len(), 150);
        assert_eq!(day(&mut world, "google").ceiling, 150, "it did not grow");
        let due = world.now + TimeDelta::days(3);
        let put_off = |_: &Delivery| match each(7) {
            true => Verdict::Deferred {
                code: 421,
                reply: "421 4.7.28 unusual rate".to_owned(),
                due_at: due,
                expires_at: due + TimeDelta::days(3),
            },
            false => OK,
        };
        rest_of_day(&mut world, put_off);
        assert_eq!(day(&mut world, "google").ceiling, FIRST_CEILING, "it fell back");
        let sent = rest_of_day(&mut world, |_| OK);
        assert_eq!((sent.len(), day(&mut world, "google").ceiling), (100, 150));
        let sent = rest_of_day(&mut world, |_| OK);
        for delivery in sent.iter().take(2) {
            let report = NewReport { inbound_message_id: None, feedback_type: "abuse", source: "gmail.com" };
            // On the day on which it was sent.
            let at = world.now - TimeDelta::minutes(5);
            world.write(|conn, _, _| complaints::record(conn, delivery, &report, at));
        }
        assert_eq!(day(&mut world, "google").ceiling, FIRST_CEILING, "two complaints of 150");
    });
}

/// PAC-05: the latest stamps first, in each lane exactly, in whatever chunks the audience is written.
#[test]
fn pac_05_the_most_recently_confirmed_go_first() {
    for chunk in [7, 50, 2000] {
        on_both(|mut world| {
            many(&mut world, "gmail.com", 120);
            many(&mut world, "orange.fr", 60);
            world.later(TimeDelta::hours(1));
            warming(&mut world);
            let id = super::begun_at(&mut world, FAST, None);
            world.write(|conn, _, now| campaigns::start(conn, now));
            let mut outcome = campaigns::FreezeOutcome::More;
            while outcome == campaigns::FreezeOutcome::More {
                outcome = world.write(|conn, _, now| campaigns::freeze_some(conn, id, chunk, now));
            }
            assert_eq!(outcome, campaigns::FreezeOutcome::Frozen);
            assert_eq!(found(&mut world, id).audience, 182);
            for lane in ["google", "orange"] {
                let later_before = format!(
                    "SELECT count(*) AS number FROM deliveries d JOIN subscriptions s ON s.id = d.subscription_id, \
                     deliveries e JOIN subscriptions t ON t.id = e.subscription_id WHERE d.kind = 'campaign' \
                     AND e.kind = 'campaign' AND d.lane = '{lane}' AND e.lane = '{lane}' \
                     AND d.position < e.position AND s.confirmed_at < t.confirmed_at"
                );
                assert_eq!(world.count(&later_before), 0, "{lane}");
            }
            let positions = "SELECT count(DISTINCT position) AS number FROM deliveries WHERE kind = 'campaign' \
                 AND position >= 0 AND position < 182";
            assert_eq!(world.count(positions), 182);
            assert_eq!(world.count("SELECT count(*) AS number FROM campaign_ranges"), 0);
        });
    }
}

/// With a relay nobody is warmed up; where mail leaves directly everybody is who is new. Who sent before is taken as warm.
#[test]
fn pac_05_a_domain_that_was_sent_from_before_is_warm_and_a_new_one_is_not() {
    on_both(|mut world| {
        many(&mut world, "gmail.com", 600);
        world.later(TimeDelta::hours(1));
        going(&mut world, FAST);
        let next = |world: &mut World| {
            world.later(TimeDelta::minutes(10));
            sends("a", &mut world.conn, world.now, |_| OK).len()
        };
        world.write(|conn, _, now| warm_up::begin(conn, false, now));
        assert!(next(&mut world) > 12, "nobody is held back");
        world.write(|conn, _, now| warm_up::begin(conn, true, now));
        let chosen = chosen_by_installation(&mut world.conn).unwrap();
        assert_eq!((chosen, chosen.is_on()), (Chosen { word: None, delivers_directly: true }, true));
        assert!(next(&mut world) > 12, "it is known already");
        let account = world.account;
        let begins_anew = world
            .write(|conn, _, now| warm_up::set_domain(conn, account, ("SENDER.example.", false), Actor::System, now));
        assert!(begins_anew);
        let no_domain = ("not a domain", false);
        assert!(!world.write(|conn, _, now| warm_up::set_domain(conn, account, no_domain, Actor::System, now)));
        assert!(next(&mut world) <= 2, "it begins anew");
        world.write(|conn, _, now| warm_up::switch_account(conn, account, Some(Switch::Off), Actor::System, now));
        assert!(next(&mut world) > 2, "the operator's word for an account wins");
    });
}

/// What was claimed and not tried is no part of the day.
#[test]
fn what_was_given_back_may_go_again_on_the_same_day() {
    on_both(|mut world| {
        many(&mut world, "gmail.com", 300);
        warming(&mut world);
        to_next_day(&mut world);
        going(&mut world, FAST);
        let given_back = rest_of_day(&mut world, |_| Verdict::GivenBack);
        assert!(!given_back.is_empty());
        let on_record = "SELECT CAST(COALESCE(sum(tried), 0) AS BIGINT) AS number FROM warm_up_days";
        assert_eq!(world.count(on_record), 0);
    });
}

/// What was claimed today comes back while the clock says yesterday: it counts on the day of the warm-up all the same.
#[test]
fn what_comes_back_while_the_clock_is_set_back_counts_on_the_day_of_its_mail() {
    on_both(|mut world| {
        many(&mut world, "gmail.com", 300);
        warming(&mut world);
        to_next_day(&mut world);
        going(&mut world, FAST);
        let mut claimed = Vec::new();
        while claimed.len() < 4 {
            let wanted = Claim { node: "a".to_owned(), limit: 1000, spare: 0, until: world.now + TimeDelta::days(1) };
            let more = world.write(|conn, _, now| queue::claim(conn, &wanted, &mut Turn::default(), now));
            claimed.extend(more.into_iter().filter(|delivery| delivery.kind == Kind::Campaign));
            world.later(TimeDelta::minutes(15));
        }
        let verdict = |at: usize| match at {
            0 => Verdict::Failed { code: 550, reply: "550 5.1.1 no such user".to_owned() },
            1 => Verdict::GivenBack,
            _ => OK,
        };
        let outcomes: Vec<queue::Outcome> = (claimed.iter().enumerate())
            .map(|(at, delivery)| queue::Outcome { delivery: Box::new(delivery.clone()), verdict: verdict(at) })
            .collect();
        let claimed_at = world.now;
        world.later(-TimeDelta::days(1));
        world.write(|conn, _, now| queue::record(conn, "a", &outcomes, queue::Along::Curve, now));
        world.now = claimed_at;
        let day = day(&mut world, "google");
        assert_eq!((day.tried, day.hard), (i64::try_from(claimed.len()).unwrap() - 1, 1));
    });
}

/// The page names the ceiling, what went of it, and the day of the end; the day comes true.
#[test]
fn a_campaign_says_that_it_waits_for_a_warm_up_and_until_when() {
    on_both(|mut world| {
        many(&mut world, "gmail.com", 400);
        warming(&mut world);
        to_next_day(&mut world);
        let id = going(&mut world, FAST);
        world.later(TimeDelta::minutes(1));
        sends("a", &mut world.conn, world.now, |_| OK);
        let until = held_until(&mut world, id);
        let begun = world.now.window(DAY);
        assert_eq!(until, Some(begun + TimeDelta::days(3)), "100, 150 and the last 151");
        let mut sent = 1;
        while sent < 401 {
            sent += rest_of_day(&mut world, |_| OK).len();
        }
        assert_eq!(Some(world.now.window(DAY)), until);
    });
}

fn held_until(world: &mut World, id: CampaignId) -> Option<Timestamp> {
    let campaign = found(world, id);
    let holds = campaigns::holds(&mut world.conn, &campaign, world.now).unwrap();
    let [hold] = holds.as_slice() else { panic!("{holds:?}") };
    match &hold.why {
        Why::WarmUp { ceiling, sent, domain, until } => {
            assert_eq!((*ceiling, *sent, domain.as_str()), (100, 1, "sender.example"));
            *until
        }
        why => panic!("{why:?}"),
    }
}

/// Where nobody is warmed up, nothing is counted for it.
#[test]
fn an_installation_that_warms_nobody_up_counts_no_days() {
    on_both(|mut world| {
        readers(&mut world, &[("gmail.com", 3)]);
        going(&mut world, FAST);
        world.later(TimeDelta::minutes(1));
        assert_eq!(Node::new("a").sends(&mut world.conn, 10, world.now).len(), 3);
        for table in ["warm_ups", "warm_up_days"] {
            assert_eq!(world.count(&format!("SELECT count(*) AS number FROM {table}")), 0, "{table}");
        }
    });
}
