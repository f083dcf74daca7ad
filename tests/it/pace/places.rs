//! Nodes share the connections to a provider.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use estampille::pacing::places::{self, Way, Wish};
use estampille::storage::Conn;

use crate::people::world::{World, on_both};

fn google() -> Way {
    Way { lane: "google".to_owned(), source: String::new() }
}

/// What a node may have, that has so many open and could use so many.
fn share(conn: &mut Conn, world: &World, node: &str, (open, wanted): (i64, i64)) -> i64 {
    let wishes = BTreeMap::from([(google(), Wish { open, wanted, ceiling: 5 })]);
    let until = world.now + TimeDelta::seconds(60);
    let share = conn.in_write(|conn| places::share(conn, node, &wishes, (world.now, until))).unwrap();
    share.places[&google()]
}

/// PAC-01: never more than five together, also while one gives way to another and when one of them dies.
#[test]
fn pac_01_nodes_get_places_as_others_give_them_back_and_those_of_a_dead_one_when_its_time_is_over() {
    on_both(|mut world| {
        let (mut a, mut b, mut c) = (world.database.connect(), world.database.connect(), world.database.connect());
        assert_eq!(share(&mut a, &world, "a", (0, 9)), 5, "alone");
        assert_eq!(share(&mut b, &world, "b", (0, 9)), 0, "all are taken");
        let of_a = share(&mut a, &world, "a", (5, 9));
        assert!((2..=3).contains(&of_a), "{of_a}");
        assert_eq!(share(&mut b, &world, "b", (0, 9)), 0, "five are still open");
        let of_a = share(&mut a, &world, "a", (of_a, 9));
        let of_b = share(&mut b, &world, "b", (0, 9));
        assert_eq!(of_a + of_b, 5);
        // A third one comes: the others give way to it, one by one.
        assert_eq!(share(&mut c, &world, "c", (0, 9)), 0);
        let of_a = share(&mut a, &world, "a", (of_a, 9));
        let of_a = share(&mut a, &world, "a", (of_a, 9));
        let of_b = share(&mut b, &world, "b", (of_b, 9));
        let of_b = share(&mut b, &world, "b", (of_b, 9));
        let of_c = share(&mut c, &world, "c", (0, 9));
        assert!(of_a + of_b + of_c <= 5 && of_c > 0, "{of_a}, {of_b}, {of_c}");
        // The second one is gone without a word.
        world.later(TimeDelta::seconds(61));
        let of_a = share(&mut a, &world, "a", (of_a, 9));
        assert!(of_a >= 4, "the places of those who said nothing for a minute are free: {of_a}");
        places::leave(&mut a, "a").unwrap();
        assert_eq!(share(&mut c, &world, "c", (0, 9)), 5);
        assert_eq!(world.count("SELECT count(*) AS number FROM connection_places WHERE node = 'b'"), 0);
    });
}
