//! Who goes next, and over how many connections.

use super::super::line::BELIEVED_FOR;
use super::shares::FAIR_SHARE;
use super::*;
use crate::deliveries::Kind;
use crate::mail::direct::Destination;
use crate::storage::DeliveryId;
use crate::worker::testing::delivery;

fn place(key: &str, lane: &str, connections: usize) -> Place {
    let to = Arc::new(Destination::of_host(key));
    Place {
        key: key.to_owned(),
        to,
        lane: lane.to_owned(),
        is_shared: false,
        sources: vec![0],
        connections,
        messages: 100,
        demands_tls: false,
    }
}

fn put(desk: &mut Desk, key: &str, count: i64) {
    for id in 0..count {
        desk.put(place(key, key, 10), delivery(id, Kind::Campaign));
    }
}

/// Opens all connections that the desk wants, each answering at once.
fn open_all(desk: &mut Desk) -> Vec<Start> {
    let mut started = Vec::new();
    while let Some(start) = desk.start(Instant::now()) {
        desk.opened(&start.place.key);
        desk.lessons(&start.place.key).unwrap().answered();
        started.push(start);
    }
    started
}

fn keys(started: &[Start]) -> Vec<&str> {
    started.iter().map(|start| start.place.key.as_str()).collect()
}

#[test]
fn no_line_takes_more_than_half_of_all_connections() {
    let mut desk = Desk::new(10);
    put(&mut desk, "big.example", 1000);
    assert_eq!(open_all(&mut desk).len(), 5);
    put(&mut desk, "small.example", 1);
    assert_eq!(keys(&open_all(&mut desk)), ["small.example"]);
}

#[test]
fn a_server_gets_one_more_connection_for_each_answer() {
    let mut desk = Desk::new(20);
    put(&mut desk, "a.example", 100);
    let mut opened = 0;
    for answers in 0..4 {
        while let Some(start) = desk.start(Instant::now()) {
            desk.opened(&start.place.key);
            opened += 1;
        }
        assert_eq!(opened, answers + 1);
        desk.lessons("a.example").unwrap().answered();
    }
}

#[test]
fn a_server_that_has_not_answered_gets_one_connection_and_unopened_ones_leave_half_free() {
    let mut desk = Desk::new(4);
    for dead in ["dead1.example", "dead2.example", "dead3.example"] {
        put(&mut desk, dead, 50);
    }
    let first = desk.start(Instant::now()).unwrap();
    let second = desk.start(Instant::now()).unwrap();
    assert_ne!(first.place.key, second.place.key);
    assert!(desk.start(Instant::now()).is_none(), "half of all connections are not open yet");
    assert!(*desk.hurry().borrow(), "the third waits for one of them");
    desk.opened(&first.place.key);
    let third = desk.start(Instant::now()).unwrap();
    assert_eq!(third.place.key, "dead3.example", "lines take turns");
    assert!(!*desk.hurry().borrow());
}

#[test]
fn a_lane_keeps_its_ceiling_over_all_its_lines_for_each_source() {
    let mut desk = Desk::new(100);
    for tenant in ["one.mx.example", "two.mx.example", "three.mx.example"] {
        for id in 0..20 {
            desk.put(Place { sources: vec![0, 1], ..place(tenant, "provider", 2) }, delivery(id, Kind::Campaign));
        }
    }
    let started = open_all(&mut desk);
    assert_eq!(started.len(), 4, "two from each source");
    assert_eq!(started.iter().filter(|start| start.source == 0).count(), 2);
    desk.closed(&started[0], true, Instant::now());
    assert_eq!(open_all(&mut desk)[0].source, started[0].source, "the source that has room");
}

#[test]
fn single_mails_go_before_campaigns_in_and_between_lines() {
    let mut desk = Desk::new(2);
    put(&mut desk, "a.example", 5);
    put(&mut desk, "b.example", 5);
    desk.put(place("b.example", "b.example", 10), delivery(99, Kind::Confirmation));
    let start = desk.start(Instant::now()).unwrap();
    assert_eq!(start.place.key, "b.example");
    assert_eq!(desk.take("b.example").map(|delivery| delivery.id), Some(DeliveryId(99)));
}

#[test]
fn who_has_had_its_share_makes_room_for_who_has_nothing() {
    let mut desk = Desk::new(1);
    put(&mut desk, "big.example", 1000);
    let big = open_all(&mut desk);
    assert!(!desk.makes_room("big.example", 500), "nobody else waits");
    put(&mut desk, "small.example", 1);
    assert!(desk.start(Instant::now()).is_none());
    assert!(!desk.makes_room("big.example", FAIR_SHARE - 1));
    assert!(desk.makes_room("big.example", FAIR_SHARE));
    desk.closed(&big[0], true, Instant::now());
    assert_eq!(keys(&open_all(&mut desk)), ["small.example"]);
}

#[test]
fn few_messages_need_few_connections_and_idle_ones_are_used_first() {
    let mut desk = Desk::new(10);
    put(&mut desk, "a.example", 1);
    assert_eq!(open_all(&mut desk).len(), 1);
    desk.take("a.example").unwrap();
    desk.rests("a.example").unwrap();
    put(&mut desk, "a.example", 1);
    assert!(desk.start(Instant::now()).is_none(), "the idle one takes it");
    desk.rises("a.example");
    desk.take("a.example").unwrap();
    assert!(desk.start(Instant::now()).is_none(), "nobody waits");
}

#[test]
fn what_was_learnt_holds_for_half_an_hour() {
    let mut desk = Desk::new(20);
    put(&mut desk, "a.example", 100);
    let now = Instant::now();
    assert_eq!(open_all(&mut desk).len(), 10);
    desk.lessons("a.example").unwrap().learn_connections(3, now);
    desk.lessons("a.example").unwrap().learn_messages(7, now);
    for _ in 0..7 {
        let start = Start { place: Arc::new(place("a.example", "a.example", 10)), source: 0, held: 0, is_known: true };
        desk.closed(&start, true, now);
    }
    assert!(desk.start(now).is_none());
    assert_eq!(desk.most_messages(&place("a.example", "a.example", 10), now), 7);
    assert!(desk.start(now + BELIEVED_FOR).is_some());
    assert_eq!(desk.most_messages(&place("a.example", "a.example", 10), now + BELIEVED_FOR), 100);
}

#[test]
fn what_is_taken_back_waits_no_more_and_can_come_again() {
    let mut desk = Desk::new(4);
    put(&mut desk, "a.example", 3);
    assert_eq!(desk.take_all().len(), 3);
    assert!(desk.start(Instant::now()).is_none());
    put(&mut desk, "a.example", 1);
    assert_eq!(keys(&open_all(&mut desk)), ["a.example"]);
    let taken = desk.take("a.example").unwrap();
    assert!(desk.put_back("a.example", taken).is_ok());
    assert_eq!(desk.take_all().len(), 1);
}

/// PAC-01: what all nodes share is opened only as far as this node has places, and given up when it has fewer.
#[test]
fn a_node_opens_no_more_connections_than_it_has_places_for() {
    let mut desk = Desk::new(40);
    let granted = |places: usize| Granted::of(&[("google", 0, places)], 3);
    desk.grant(granted(0));
    for id in 0..50 {
        let shared = Place { is_shared: true, ..place("mx.google", "google", 5) };
        desk.put(shared, delivery(id, Kind::Campaign));
    }
    assert!(open_all(&mut desk).is_empty());
    let wish = desk.wishes(Instant::now())[&("google".to_owned(), 0)];
    assert_eq!((wish.open, wish.wanted, wish.ceiling), (0, 1, 5), "a server that nobody knows gets one connection");
    desk.grant(granted(3));
    let started = open_all(&mut desk);
    assert_eq!(started.len(), 3);
    assert_eq!(desk.wishes(Instant::now())[&("google".to_owned(), 0)].open, 3);
    assert!(!desk.makes_room("mx.google", 1), "it may have three");
    desk.grant(granted(2));
    assert!(desk.makes_room("mx.google", 1), "one is too many");
    assert!(!desk.makes_room("mx.google", 1), "and no more than one");
    desk.closed(&started[0], true, Instant::now());
    assert!(open_all(&mut desk).is_empty());
}

/// The servers of all others are many: each node has its part of the ceiling for each of them.
#[test]
fn a_server_of_all_others_gets_its_part_of_the_connections_from_each_node() {
    let mut desk = Desk::new(40);
    desk.grant(Granted::of(&[], 3));
    put(&mut desk, "mx.reader.example", 50);
    assert_eq!(open_all(&mut desk).len(), 3, "a third of ten");
}
