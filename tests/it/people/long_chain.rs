//! CON-05 where a chain is too long to be walked while somebody waits: the person's records and their neighbours are
//! checked at once, the whole chain by the worker once a day.

use chrono::TimeDelta;
use diesel::RunQueryDsl;
use estampille::clock::Clock;
use estampille::consent::walks::{self, PastWalk};
use estampille::consent::{self, Break, ChainState, Checked, Difference, Scope};
use estampille::storage::{ConsentRecordId, Timestamp};
use estampille::subscriptions::Via;

use super::chain::{state, story};
use super::world::{World, on_both};
use crate::support::{TestApp, on_both_databases};

fn own_records(world: &mut World, who: &str) -> Vec<ConsentRecordId> {
    let person = world.subscriber(who).id;
    let records = consent::of_subscriber(&mut world.conn, world.account, person).unwrap();
    records.into_iter().map(|record| record.id).collect()
}

fn check(world: &mut World, ids: &[ConsentRecordId], at_once: i64) -> Checked {
    consent::verify_for(&mut world.conn, &world.keys, (world.account, ids), at_once).unwrap()
}

fn write_down(world: &mut World) -> ChainState {
    let (found, account) = (state(world), world.account);
    world.write(|conn, _, now| walks::record(conn, account, &found, now));
    found
}

#[test]
fn con_05_only_a_short_chain_is_walked_at_once_and_the_answer_says_which() {
    on_both(|mut world| {
        story(&mut world);
        let anne = own_records(&mut world, "anne@reader.example");
        assert_eq!(check(&mut world, &anne, 8), Checked { state: ChainState::Whole(8), scope: Scope::Chain });
        let short = Checked { state: ChainState::Whole(3), scope: Scope::Person(None) };
        assert_eq!(check(&mut world, &anne, 7), short);
        write_down(&mut world);
        let walk = PastWalk { walked_at: world.now, records: 8, broken: None };
        assert_eq!(check(&mut world, &anne, 7), Checked { scope: Scope::Person(Some(walk)), ..short });
    });
}

/// Anne's records are the first, the second and the seventh of eight.
#[test]
fn con_05_what_was_changed_in_a_persons_records_or_beside_them_is_named_without_a_walk() {
    on_both(|mut world| {
        story(&mut world);
        let anne = own_records(&mut world, "anne@reader.example");
        world.break_in();
        for number in 1..=8_i64 {
            let id = anne[0].0 + number - 1;
            world.tamper(&format!("UPDATE consent_records SET wording = wording || '!' WHERE id = {id}"));
            let found = check(&mut world, &anne, 0).state;
            let is_near = ![4, 5].contains(&number);
            let named = Break { record: Some(ConsentRecordId(id)), day: None, difference: Difference::Content };
            let expected = if is_near { ChainState::Broken(named) } else { ChainState::Whole(3) };
            assert_eq!(found, expected, "record {number}");
            if !is_near {
                write_down(&mut world);
                assert!(!check(&mut world, &anne, 0).state.is_whole(), "the last walk found it");
            }
            world.tamper(&format!(
                "UPDATE consent_records SET wording = substr(wording, 1, length(wording) - 1) WHERE id = {id}"
            ));
            assert!(write_down(&mut world).is_whole());
        }
        for (number, broken, difference) in [(6, Some(7), Difference::Link), (8, None, Difference::Head)] {
            let id = anne[0].0 + number - 1;
            let gone = format!("UPDATE consent_records SET account_id = subscriber_id WHERE id = {id}");
            let back = format!(
                "UPDATE consent_records SET account_id = (SELECT account_id FROM consent_records WHERE id = {}) \
                 WHERE id = {id}",
                anne[0].0
            );
            world.tamper(&gone);
            let record = broken.map(|number: i64| ConsentRecordId(anne[0].0 + number - 1));
            let expected = ChainState::Broken(Break { record, day: None, difference });
            assert_eq!(check(&mut world, &anne, 0).state, expected, "record {number} is gone");
            world.tamper(&back);
        }
        assert!(check(&mut world, &anne, 0).state.is_whole());
    });
}

#[test]
fn con_05_the_worker_walks_along_every_chain_once_a_day_and_keeps_what_it_found() {
    on_both_databases(|kind| async move {
        let clock = Clock::standing_at(Timestamp::from_micros(1_800_000_000_000_000));
        let app = TestApp::start_with(kind, &[], clock).await;
        let shop = app.create_account("Papeterie").await;
        shop.stamp(&shop.form(&shop.list("Letters", "en").await).await, "anne@reader.example").await;
        app.until_number("SELECT count(*) AS number FROM consent_records", 3).await;
        // A worker looks for its walks when it starts.
        app.restart_worker().await;
        app.until_number("SELECT count(*) AS number FROM consent_walks WHERE records = 3", 1).await;
        let forge = "UPDATE subscribers SET address_hash = address_key FROM accounts WHERE accounts.id = account_id";
        app.app.db.write(move |conn| Ok(diesel::sql_query(forge).execute(conn)?)).await.unwrap();
        let due = |app: &TestApp| {
            let (db, now) = (app.app.db.clone(), app.app.clock.now());
            async move { db.read(move |conn| walks::due(conn, now)).await.unwrap() }
        };
        app.app.clock.advance(TimeDelta::hours(23));
        assert_eq!(due(&app).await, None, "walked less than a day ago");
        app.app.clock.advance(TimeDelta::hours(2));
        app.restart_worker().await;
        app.until_number("SELECT count(*) AS number FROM consent_walks WHERE difference = 'content'", 1).await;
        let broken = app.app.db.read(walks::broken).await.unwrap();
        assert_eq!(broken.len(), 1);
        assert_eq!((broken[0].0.as_str(), broken[0].1.difference), ("Papeterie", Difference::Content));
        app.stop().await;
    });
}

#[test]
fn a_chain_that_was_begun_and_not_walked_to_its_end_keeps_no_other_one_waiting() {
    on_both(|mut world| {
        story(&mut world);
        let (first, other) = (world.account, world.other_account("Other"));
        let list = world.other_list(other, "Letters");
        (world.account, world.list) = (other, list);
        world.sign_up("anne@reader.example", Via::Api);
        let now = world.now;
        let due = |world: &mut World| walks::due(&mut world.conn, now).unwrap();
        for _ in 0..3 {
            for expected in [first, other] {
                assert_eq!(due(&mut world), Some(expected));
                world.later(TimeDelta::minutes(1));
                world.write(|conn, _, now| walks::begin(conn, expected, now));
            }
        }
        world.account = other;
        write_down(&mut world);
        assert_eq!(due(&mut world), Some(first), "one was walked, the other one still waits");
    });
}
