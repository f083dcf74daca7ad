//! What each provider takes, and who waits for whom.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;
use diesel::RunQueryDsl;
use diesel::connection::{Connection, InstrumentationEvent};
use estampille::accounts::warm_up::Switch;
use estampille::audit::Actor;
use estampille::campaigns::{self, Blocks, FreezeOutcome, State};
use estampille::deliveries::queue::{self, Claim, Turn};
use estampille::deliveries::{Delivery, Kind};
use estampille::pacing::lanes::{self, Answer, HearOutcome, Override, OverrideOutcome};
use estampille::pacing::{Heard, Pace, Standing, receiving_domains, sent, warm_up};
use estampille::storage::{AccountId, CampaignId, Conn, Timestamp};

use super::{begun_at, found, going};
use crate::people::world::{World, on_both};

/// A node that claims as the engine does.
pub(super) struct Node {
    name: &'static str,
    turn: Turn,
}

impl Node {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, turn: Turn::default() }
    }

    /// Claims and takes at once what it got as accepted.
    pub(super) fn sends(&mut self, conn: &mut Conn, limit: usize, now: Timestamp) -> Vec<Delivery> {
        let until = now + TimeDelta::minutes(5);
        let wanted = Claim { node: self.name.to_owned(), limit, spare: 0, until };
        conn.in_write(|conn| {
            let claimed = queue::claim(conn, &wanted, &mut self.turn, now)?;
            let outcomes: Vec<queue::Outcome> = claimed
                .iter()
                .map(|delivery| queue::Outcome {
                    delivery: Box::new(delivery.clone()),
                    verdict: queue::Verdict::Accepted { code: 250, reply: "250 2.0.0 Ok".to_owned() },
                })
                .collect();
            queue::record(conn, self.name, &outcomes, queue::Along::Nothing, now)?;
            Ok(claimed)
        })
        .unwrap()
    }
}

/// How many campaign deliveries there are in each lane.
pub(super) fn by_lane(sent: &[Delivery]) -> BTreeMap<String, usize> {
    let mut lanes = BTreeMap::new();
    for delivery in sent.iter().filter(|delivery| delivery.kind == Kind::Campaign) {
        *lanes.entry(delivery.lane.clone()).or_default() += 1;
    }
    lanes
}

/// Sends what one node can in so many turns of a second.
fn sent_in(world: &mut World, node: &mut Node, seconds: i64) -> Vec<Delivery> {
    let mut all = Vec::new();
    for _ in 0..seconds {
        world.later(TimeDelta::seconds(1));
        all.extend(node.sends(&mut world.conn, 1000, world.now));
    }
    all
}

/// Readers of these domains, each with so many, and nothing left of their confirmation mails.
pub(super) fn readers(world: &mut World, domains: &[(&str, usize)]) {
    world.write(|conn, _, _| receiving_domains::prepare(conn));
    for (domain, count) in domains {
        for reader in 0..*count {
            world.stamp(&format!("reader{reader}@{domain}"));
        }
    }
    world.later(TimeDelta::hours(1));
    let now = world.now;
    Node::new("before").sends(&mut world.conn, 10_000, now);
    world.later(TimeDelta::hours(1));
}

fn hear(world: &mut World, lane: &str, reply: &str, heard: Heard) -> HearOutcome {
    let answer = Answer { lane: lane.to_owned(), account: Some(world.account), reply: reply.to_owned(), heard };
    world.write(|conn, _, now| lanes::hear(conn, &answer, now))
}

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    number: i64,
}

const FAST: Pace = Pace::SpreadOver { seconds: 1 };
const TSS04: &str = "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume";

/// PAC-02: TSS04 stops Yahoo for two hours and nobody else; then it goes again, slowly, and makes up for nothing.
#[test]
fn a_throttled_lane_waits_for_itself_alone_and_comes_back_without_a_burst() {
    on_both(|mut world| {
        readers(&mut world, &[("yahoo.fr", 20), ("gmail.com", 20), ("reader.example", 20)]);
        let id = going(&mut world, Pace::PerHour { count: 3600 });
        let mut node = Node::new("a");
        let before = by_lane(&sent_in(&mut world, &mut node, 10));
        assert!(before.contains_key("yahoo") && before.contains_key("google"), "{before:?}");
        let told = hear(&mut world, "yahoo", TSS04, Heard::Throttled);
        let until = world.now + TimeDelta::hours(2);
        assert_eq!(told, HearOutcome::Changed(Standing::Stopped(until)));
        let during = by_lane(&sent_in(&mut world, &mut node, 80));
        assert_eq!(during.get("yahoo"), None);
        assert_eq!((before["google"] + during["google"], before["other"] + during["other"]), (20, 20));
        // Nobody lags but the lane that waits: the plan went on.
        world.write(|conn, _, now| campaigns::keep_pace(conn, now));
        assert_eq!(found(&mut world, id).plan.unwrap().released(world.now), 60);
        world.later(TimeDelta::minutes(119));
        let first = by_lane(&sent_in(&mut world, &mut node, 60)).remove("yahoo").unwrap_or(0);
        // A third of the audience at one a second: no more than a third and a tenth of that in a second.
        let waited = 20 - before["yahoo"];
        assert!((1..=waited).contains(&first) && first <= 60 * 37 / 100 + 2, "{first} in the first minute");
        for _ in 0..600 {
            world.later(TimeDelta::seconds(9));
            sent_in(&mut world, &mut node, 1);
        }
        let left = "SELECT count(*) AS number FROM deliveries WHERE kind = 'campaign' AND state <> 'accepted'";
        assert_eq!(world.count(left), 0);
    });
}

/// PAC-01: a ceiling holds for all nodes together, whoever asks.
#[test]
fn two_nodes_share_a_ceiling() {
    on_both(|mut world| {
        readers(&mut world, &[("gmail.com", 40), ("reader.example", 10)]);
        // Thirty at once, as a small list has them, then one in eleven seconds.
        let hourly = Override { hourly: Some(360), ..Override::default() };
        let set = world.write(|conn, _, now| lanes::set(conn, "google", hourly, Actor::System, now));
        assert_eq!(set, OverrideOutcome::Done);
        going(&mut world, FAST);
        world.later(TimeDelta::seconds(2));
        let (mut nodes, mut other) = ([Node::new("a"), Node::new("b")], world.database.connect());
        let (mut google, mut others) = (0, 0);
        for turn in 0..40 {
            world.later(TimeDelta::seconds(5));
            let conn = if turn % 2 == 0 { &mut world.conn } else { &mut other };
            let lanes = by_lane(&nodes[turn % 2].sends(conn, 1000, world.now));
            google += lanes.get("google").copied().unwrap_or(0);
            others += lanes.get("other").copied().unwrap_or(0);
            assert!(google <= 30 + turn / 2 + 1, "{google} after {} seconds", turn * 5);
        }
        assert_eq!((google, others), (40, 10));
    });
}

/// PAC-06: an account with three mails does not wait for one with a hundred, and a dead lane of one is not the other's.
#[test]
fn accounts_share_and_the_dead_lane_of_one_is_not_the_others() {
    on_both(|mut world| {
        readers(&mut world, &[("gmail.com", 10), ("reader.example", 50)]);
        let small = world.other_account("Imprimerie");
        let (list, big) = (world.other_list(small, "Prints"), world.account);
        let mine = world.list.clone();
        going(&mut world, FAST);
        (world.account, world.list) = (small, list.clone());
        copy_readers(&mut world, &mine.id.to_string(), &list.id.to_string(), small);
        going(&mut world, FAST);
        world.later(TimeDelta::minutes(1));
        // Google refuses the big account for what it sends, not our address.
        let reply = "550-5.7.1 this message is likely unsolicited mail";
        let answer =
            Answer { lane: "google".to_owned(), account: Some(big), reply: reply.to_owned(), heard: Heard::Blocked };
        let told = world.write(|conn, _, now| lanes::hear(conn, &answer, now));
        assert!(matches!(told, HearOutcome::ChangedFor(account, Standing::Stopped(_)) if account == big), "{told:?}");
        let (mut node, mut of) = (Node::new("a"), BTreeMap::<AccountId, usize>::new());
        let mut google = BTreeMap::<AccountId, usize>::new();
        for _ in 0..14 {
            world.later(TimeDelta::seconds(30));
            for delivery in node.sends(&mut world.conn, 4, world.now) {
                *of.entry(delivery.account_id.unwrap()).or_default() += 1;
                if delivery.lane == "google" {
                    *google.entry(delivery.account_id.unwrap()).or_default() += 1;
                }
            }
        }
        assert!(of[&small].abs_diff(of[&big]) <= 2, "{of:?}");
        assert_eq!(google.get(&big), None, "its lane stands still");
        assert!(google[&small] > 0, "the other's does not");
    });
}

/// Stamps the readers of one list for another account as well, without mails.
fn copy_readers(world: &mut World, from: &str, to: &str, account: AccountId) {
    let (plain, uuid) = match world.conn {
        Conn::Sqlite(_) => (true, "randomblob(16)"),
        Conn::Postgres(_) => (false, "gen_random_uuid()"),
    };
    let id = |text: &str| if plain { format!("x'{}'", text.replace('-', "")) } else { format!("'{text}'") };
    let account = id(&account.to_string());
    world.tamper(&format!(
        "INSERT INTO subscribers (id, account_id, address, address_hash, attributes, created_at) \
         SELECT {uuid}, {account}, p.address, p.address_hash, p.attributes, p.created_at FROM subscribers p \
         JOIN subscriptions s ON s.subscriber_id = p.id WHERE s.list_id = {}",
        id(from)
    ));
    world.tamper(&format!(
        "INSERT INTO subscriptions (id, account_id, subscriber_id, list_id, state, requested_at, confirmed_at) \
         SELECT {uuid}, {account}, p.id, {}, 'confirmed', p.created_at, p.created_at FROM subscribers p \
         WHERE p.account_id = {account}",
        id(to)
    ));
}

#[test]
fn the_limits_of_an_account_are_kept_and_say_until_when_the_rest_waits() {
    on_both(|mut world| {
        readers(&mut world, &[("reader.example", 30)]);
        let account = world.account;
        let limits = (Some(10), Some(25));
        world.write(|conn, _, now| estampille::accounts::set_limits(conn, account, limits, Actor::System, now));
        going(&mut world, FAST);
        let limits = sent::Limits { hourly: Some(10), daily: Some(25) };
        let waits = |world: &mut World| {
            let sent = sent::of_account(&mut world.conn, world.account, world.now).unwrap();
            (sent.in_hour(world.now), limits.waits_until(&sent, world.now))
        };
        let mut node = Node::new("a");
        assert_eq!(sent_in(&mut world, &mut node, 60).len(), 10);
        let (hour, until) = waits(&mut world);
        let until = until.expect("it waits");
        assert!(hour == 10 && until > world.now + TimeDelta::minutes(45), "{until}");
        world.now = until - TimeDelta::seconds(2);
        assert_eq!(sent_in(&mut world, &mut node, 1).len(), 0, "not before");
        assert_eq!(sent_in(&mut world, &mut node, 60).len(), 10);
        world.now = waits(&mut world).1.unwrap();
        assert_eq!(sent_in(&mut world, &mut node, 60).len(), 5, "the day is full");
        let until = waits(&mut world).1.unwrap();
        assert!(until > world.now + TimeDelta::hours(20), "{until}");
        world.now = until;
        assert_eq!(sent_in(&mut world, &mut node, 60).len(), 5);
    });
}

/// Somebody waits for a confirmation: it goes before a campaign, also when the hand is full of one.
#[test]
fn single_mails_go_first_and_have_a_place_in_a_full_hand() {
    on_both(|mut world| {
        readers(&mut world, &[("reader.example", 30)]);
        going(&mut world, FAST);
        world.later(TimeDelta::seconds(2));
        world.sign_up("new@reader.example", estampille::subscriptions::Via::Form);
        let claim = |world: &mut World, limit, spare| {
            let until = world.now + TimeDelta::minutes(5);
            let wanted = Claim { node: "a".to_owned(), limit, spare, until };
            world.write(|conn, _, now| queue::claim(conn, &wanted, &mut Turn::default(), now))
        };
        let kinds: Vec<Kind> = claim(&mut world, 0, 5).iter().map(|delivery| delivery.kind).collect();
        assert_eq!(kinds, [Kind::Confirmation]);
        world.sign_up("newer@reader.example", estampille::subscriptions::Via::Form);
        let claimed = claim(&mut world, 10, 5);
        assert_eq!((claimed.len(), claimed[0].kind), (10, Kind::Confirmation));
    });
}

/// A mail that somebody waits for waits too where the lane stands still, and goes as soon as it goes again.
#[test]
fn a_single_mail_waits_for_its_lane_and_stands_before_nobody() {
    on_both(|mut world| {
        world.write(|conn, _, _| receiving_domains::prepare(conn));
        hear(&mut world, "yahoo", TSS04, Heard::Throttled);
        world.sign_up("one@yahoo.fr", estampille::subscriptions::Via::Form);
        world.sign_up("two@reader.example", estampille::subscriptions::Via::Form);
        let mut node = Node::new("a");
        let lanes = |sent: Vec<Delivery>| sent.into_iter().map(|delivery| delivery.lane).collect::<Vec<_>>();
        assert_eq!(lanes(sent_in(&mut world, &mut node, 2)), ["other"]);
        world.write(|conn, _, now| queue::open_lane(conn, "yahoo", "they answered", Actor::System, now));
        assert_eq!(lanes(sent_in(&mut world, &mut node, 2)), ["yahoo"]);
    });
}

/// PAC-07: refusals by policy in a burst pause the campaign, with the numbers and the reply.
#[test]
fn a_burst_of_refusals_by_policy_pauses_the_campaign() {
    on_both(|mut world| {
        readers(&mut world, &[("reader.example", 30)]);
        let id = going(&mut world, Pace::PerHour { count: 3600 });
        let account = world.account;
        let refused = |world: &mut World| {
            let block = Blocks { account, campaign: id, lane: "other", reply: "550 5.7.1 Refused by policy" };
            world.write(|conn, _, now| campaigns::count_block(conn, &block, now))
        };
        let paused: Vec<bool> = (0..11).map(|_| refused(&mut world)).collect();
        assert_eq!(paused.iter().position(|is| *is), Some(9), "{paused:?}");
        let campaign = found(&mut world, id);
        let reason = campaign.paused_reason.unwrap();
        assert_eq!(campaign.state, State::Paused);
        assert!(
            reason.starts_with("10 of the last 10 messages were refused by policy") && reason.contains("550 5.7.1")
        );
        assert!(sent_in(&mut world, &mut Node::new("a"), 30).is_empty());
    });
}

/// Two nodes that look for retries get together what the pace of the plan gives, not each of them.
#[test]
fn retries_go_at_the_pace_of_the_plan_across_nodes() {
    on_both(|mut world| {
        readers(&mut world, &[("reader.example", 40)]);
        going(&mut world, Pace::PerHour { count: 3600 });
        world.tamper("UPDATE deliveries SET state = 'deferred', attempts = 1 WHERE kind = 'campaign'");
        let (mut nodes, mut other) = ([Node::new("a"), Node::new("b")], world.database.connect());
        let mut gone = 0;
        for turn in 0..40 {
            world.later(TimeDelta::milliseconds(500));
            let conn = if turn % 2 == 0 { &mut world.conn } else { &mut other };
            gone += nodes[turn % 2].sends(conn, 1000, world.now).len();
        }
        assert!((18..=21).contains(&gone), "{gone} in twenty seconds at one a second");
    });
}

/// However small the chunks are in which an audience is written: every position once, and each lane over the whole of it.
#[test]
fn an_audience_has_every_position_once_and_each_lane_evenly_in_whatever_chunks_it_is_written() {
    for chunk in [7, 90, 2000] {
        on_both(|mut world| {
            // As an import would bring them: one provider after the other.
            readers(&mut world, &[("gmail.com", 60), ("orange.fr", 60), ("reader.example", 60)]);
            let id = begun_at(&mut world, FAST, None);
            world.write(|conn, _, now| campaigns::start(conn, now));
            let mut outcome = FreezeOutcome::More;
            while outcome == FreezeOutcome::More {
                outcome = world.write(|conn, _, now| campaigns::freeze_some(conn, id, chunk, now));
            }
            assert_eq!(outcome, FreezeOutcome::Frozen);
            let of = |what: &str| format!("SELECT count(DISTINCT position) AS number FROM deliveries WHERE {what}");
            assert_eq!(world.count(&of("kind = 'campaign' AND position >= 0 AND position < 180")), 180);
            assert_eq!(world.count("SELECT count(*) AS number FROM campaign_ranges"), 0);
            let campaign = found(&mut world, id);
            assert_eq!((campaign.audience, campaign.plan.unwrap().audience()), (180, 180));
            for lane in ["google", "orange", "other"] {
                let lanes = format!("SELECT audience AS number FROM campaign_lanes WHERE lane = '{lane}'");
                assert_eq!(world.count(&lanes), 60);
                let early = world.count(&of(&format!("kind = 'campaign' AND position < 90 AND lane = '{lane}'")));
                assert!(chunk < 90 || (24..=36).contains(&early), "{early} of 60 in the first half: {lane}");
            }
        });
    }
}

/// What a claim reads does not grow with the table: PostgreSQL counts the rows that it looked at.
#[test]
fn a_claim_reads_no_more_rows_when_there_are_many() {
    let mut world = World::new(crate::support::DatabaseKind::Postgres);
    readers(&mut world, &[("reader.example", 5)]);
    let id = going(&mut world, FAST);
    for sql in many_more(id) {
        world.tamper(&sql);
    }
    world.tamper("ANALYZE");
    hear(&mut world, "yahoo", TSS04, Heard::Throttled);
    world.later(TimeDelta::seconds(2));
    let looked_at = "SELECT CAST(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) AS BIGINT) AS number \
         FROM pg_stat_xact_user_tables WHERE relname = 'deliveries'";
    let until = world.now + TimeDelta::minutes(5);
    let wanted = Claim { node: "a".to_owned(), limit: 10, spare: 10, until };
    let (claimed, rows) = world.write(|conn, _, now| {
        let claimed = queue::claim(conn, &wanted, &mut Turn::default(), now)?.len();
        Ok((claimed, diesel::sql_query(looked_at).get_result::<Number>(conn)?.number))
    });
    assert!(claimed == 10 && rows < 200, "{claimed} claimed, {rows} rows looked at");
}

/// A hundred thousand more of a campaign, half of them in a lane that will stand still, and as many that are done.
fn many_more(id: CampaignId) -> [String; 3] {
    let columns = "kind, account_id, campaign_id, list_id, address, lane, position, state, attempts, created_at, due_at, \
         expires_at";
    let rows = |state: &str, from: i64| {
        format!(
            "INSERT INTO deliveries ({columns}) SELECT kind, account_id, campaign_id, list_id, address, \
             CASE WHEN n % 2 = 0 THEN 'yahoo' ELSE 'other' END, {from} + n, '{state}', 0, created_at, due_at, expires_at \
             FROM (SELECT * FROM deliveries WHERE campaign_id = '{id}' LIMIT 1) d, generate_series(1, 50000) n"
        )
    };
    let lane = format!("INSERT INTO campaign_lanes (campaign_id, lane, audience) VALUES ('{id}', 'yahoo', 25000)");
    [rows("queued", -50_001), rows("accepted", 100_000), lane]
}

/// One domain of each of fourteen providers.
const PROVIDERS: [&str; 14] = [
    "gmail.com",
    "outlook.com",
    "yahoo.fr",
    "icloud.com",
    "orange.fr",
    "free.fr",
    "sfr.fr",
    "laposte.net",
    "bbox.fr",
    "gmx.de",
    "t-online.de",
    "comcast.net",
    "proton.me",
    "mail.ru",
];

/// However many lanes there are, with limits and a warm-up: a dozen statements, and a few more where a lane had less than
/// was thought.
#[test]
fn a_claim_over_many_lanes_makes_a_dozen_statements() {
    on_both(|mut world| {
        let domains: Vec<(&str, usize)> = PROVIDERS.iter().map(|domain| (*domain, 2)).collect();
        readers(&mut world, &domains);
        let (account, on) = (world.account, Some(Switch::On));
        world.write(|conn, _, now| warm_up::switch(conn, on, Actor::System, now));
        let limits = (Some(1000), Some(1000));
        world.write(|conn, _, now| estampille::accounts::set_limits(conn, account, limits, Actor::System, now));
        going(&mut world, FAST);
        world.later(TimeDelta::seconds(2));
        let statements = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&statements);
        world.conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { .. } = event {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        let until = world.now + TimeDelta::minutes(5);
        let wanted = Claim { node: "a".to_owned(), limit: 500, spare: 0, until };
        let (claimed, made) = world.write(|conn, _, now| {
            let before = statements.load(Ordering::SeqCst);
            let claimed = queue::claim(conn, &wanted, &mut Turn::default(), now)?;
            Ok((claimed, statements.load(Ordering::SeqCst) - before))
        });
        let lanes = by_lane(&claimed);
        assert_eq!((lanes.len(), claimed.len()), (14, 14), "one of each, as a new sender may");
        assert!(made <= 13, "{made} statements");
    });
}
