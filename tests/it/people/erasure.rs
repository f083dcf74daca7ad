//! UNS-12: after an erasure nothing says who it was, and the address stays out until its owner comes back.

use chrono::TimeDelta;
use diesel::RunQueryDsl;
use diesel::sql_types::Text;
use estampille::consent;
use estampille::storage::Conn;
use estampille::subscriptions::{self, EndReason, EraseOutcome, SignupOutcome, Silence, State, Via};
use estampille::suppressions::{self, NewSuppression, Reason};

use super::world::{World, address, from_home, on_both};

const ROSE: &str = "rose@reader.example";

fn erase(world: &mut World) -> EraseOutcome {
    let (account, id) = (world.account, world.subscriber(ROSE).id);
    world.write(|conn, _, now| subscriptions::erase(conn, account, id, &from_home(), now))
}

#[derive(diesel::QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
}

/// The text columns of every table in which `needle` stands.
fn places_of(world: &mut World, needle: &str) -> Vec<String> {
    let columns = match &world.conn {
        Conn::Sqlite(_) => {
            "SELECT m.name AS table_name, c.name AS column_name FROM sqlite_master m, pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND c.type = 'TEXT'"
        }
        Conn::Postgres(_) => {
            "SELECT table_name::text, column_name::text FROM information_schema.columns \
             WHERE table_schema = 'public' AND data_type = 'text'"
        }
    };
    let columns: Vec<Column> = diesel::sql_query(columns).load(&mut world.conn).unwrap();
    assert!(columns.len() > 50, "the schema was read");
    let found = columns.into_iter().filter(|place| {
        let (table, column) = (&place.table_name, &place.column_name);
        world.count(&format!("SELECT count(*) AS number FROM {table} WHERE {column} LIKE '%{needle}%'")) > 0
    });
    found.map(|place| format!("{}.{}", place.table_name, place.column_name)).collect()
}

#[test]
fn uns_12_no_column_keeps_the_address_or_the_network_and_the_chain_still_holds() {
    on_both(|mut world| {
        let mut asked = world.asked(ROSE, Via::Form);
        asked.attributes = [("town".to_owned(), "Combray".to_owned())].into();
        world.write(|conn, keys, now| subscriptions::signup(conn, keys, &asked, now));
        let token = world.tokens(ROSE).pop().unwrap();
        world.write(|conn, _, now| subscriptions::confirm(conn, &token, &from_home(), now));
        let bounced = NewSuppression {
            account_id: world.account,
            address: address(ROSE),
            reason: Reason::SoftBounces,
            evidence: format!("452 4.2.2 <{ROSE}> mailbox full"),
            delivery_id: None,
        };
        world.write(|conn, _, now| suppressions::suppress(conn, &bounced, now));
        assert!(places_of(&mut world, ROSE).len() >= 3, "the story put the address somewhere");
        assert_eq!(erase(&mut world), EraseOutcome::Erased);
        for needle in [ROSE, "rose", "192.0.2.7", "Reader/1.0", "Combray"] {
            assert_eq!(places_of(&mut world, needle), Vec::<String>::new(), "{needle}");
        }
        assert!(consent::verify_chain(&mut world.conn, &world.keys, world.account).unwrap().is_whole());
        let subscription = world.subscription(ROSE);
        assert_eq!((subscription.state, subscription.end_reason), (State::Ended, Some(EndReason::Erased)));
        assert_eq!(erase(&mut world), EraseOutcome::Erased);
    });
}

#[test]
fn uns_12_a_sender_cannot_bring_an_erased_address_back() {
    on_both(|mut world| {
        world.stamp(ROSE);
        erase(&mut world);
        world.later(TimeDelta::days(40));
        for via in [Via::Api, Via::Import, Via::Operator] {
            assert_eq!(world.sign_up(ROSE, via), SignupOutcome::Silent(Silence::Suppressed), "{via}");
        }
        assert_eq!(places_of(&mut world, ROSE), Vec::<String>::new());
    });
}

#[test]
fn an_erased_person_comes_back_by_asking_and_confirming() {
    on_both(|mut world| {
        world.stamp(ROSE);
        erase(&mut world);
        world.later(TimeDelta::days(1));
        assert!(matches!(world.sign_up(ROSE, Via::Form), SignupOutcome::Asked(_)));
        let hash = world.subscriber(ROSE).address_hash;
        assert_eq!(suppressions::in_force(&mut world.conn, world.account, &hash).unwrap(), [Reason::Erased]);
        let token = world.tokens(ROSE).pop().unwrap();
        world.write(|conn, _, now| subscriptions::confirm(conn, &token, &from_home(), now));
        assert_eq!(suppressions::in_force(&mut world.conn, world.account, &hash).unwrap(), []);
        let id = world.subscription(ROSE).id;
        assert!(subscriptions::may_receive(&mut world.conn, id).unwrap().is_yes());
        assert_eq!(world.subscriber(ROSE).address, Some(address(ROSE)));
    });
}

#[test]
fn an_erased_address_that_a_stranger_typed_in_goes_away_again() {
    on_both(|mut world| {
        world.stamp(ROSE);
        erase(&mut world);
        world.later(TimeDelta::days(1));
        assert!(matches!(world.sign_up(ROSE, Via::Form), SignupOutcome::Asked(_)));
        world.later(TimeDelta::days(7));
        assert_eq!(world.write(|conn, _, now| subscriptions::expire_pending(conn, now, 10)), 1);
        assert_eq!(places_of(&mut world, ROSE), Vec::<String>::new());
        assert!(consent::verify_chain(&mut world.conn, &world.keys, world.account).unwrap().is_whole());
    });
}

#[test]
fn another_account_can_neither_see_nor_erase_a_person() {
    on_both(|mut world| {
        let id = world.stamp(ROSE).subscriber_id;
        let other = world.other_account("Other");
        let outcome = world.write(|conn, _, now| subscriptions::erase(conn, other, id, &from_home(), now));
        assert_eq!(outcome, EraseOutcome::NotThere);
        assert_eq!(estampille::subscribers::find(&mut world.conn, other, id).unwrap(), None);
        assert_eq!(consent::of_subscriber(&mut world.conn, other, id).unwrap(), []);
        assert_eq!(world.subscriber(ROSE).address, Some(address(ROSE)));
    });
}
