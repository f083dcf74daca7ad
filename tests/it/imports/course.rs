//! What becomes of the rows, decision by decision, on both databases and a clock that the story turns.

use std::fs::File;
use std::io::Write as _;

use chrono::TimeDelta;
use estampille::audit::Actor;
use estampille::imports::{
    self, Act, ActOutcome, Import, NewImport, PauseReason, Provenance, ReadOutcome, ReceiveOutcome, RowRefusal, State,
};
use estampille::storage::Db;
use estampille::subscriptions::{self, EndReason, Via};
use estampille::suppressions::{self, NewSuppression, Reason};

use crate::people::world::{World, address, from_home, on_both};

fn file(text: &str) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn receive(world: &mut World, text: &str, per_day: i64, evidence: Option<&str>) -> ReceiveOutcome {
    let mut file = file(text);
    let look = imports::look(&mut file, None, None).unwrap();
    let provenance = Provenance {
        source: "order form of the shop".to_owned(),
        collected_on: "2026-03-01".parse().unwrap(),
        basis: "they ticked the box".to_owned(),
        evidence: evidence.map(ToOwned::to_owned),
    };
    let new = NewImport {
        account_id: world.account,
        list_id: world.list.id,
        provenance,
        file_name: "people.csv".to_owned(),
        look,
        per_day,
        waits: false,
    };
    let db = Db::new(&world.database.setting().parse().unwrap());
    imports::receive(&db, &mut file, &new, world.now).unwrap()
}

fn begin(world: &mut World, text: &str, per_day: i64) -> Import {
    let ReceiveOutcome::Received(import) = receive(world, text, per_day, None) else { panic!("known") };
    *import
}

fn read_all(world: &mut World, import: &Import) -> Import {
    let id = import.id;
    while matches!(world.write(|conn, keys, now| imports::read_chunk(conn, keys, id, now)), ReadOutcome::Read(_)) {}
    found(world, import)
}

fn found(world: &mut World, import: &Import) -> Import {
    imports::find(&mut world.conn, import.account_id, import.id).unwrap().unwrap()
}

fn ask(world: &mut World, import: &Import) -> usize {
    let id = import.id;
    let mut total = 0;
    loop {
        let asked = world.write(|conn, keys, now| imports::ask_due(conn, keys, id, now));
        if asked == 0 {
            return total;
        }
        total += asked;
    }
}

fn people(count: usize) -> String {
    let rows: String = (0..count).map(|number| format!("person{number}@reader{}.example\n", number % 7)).collect();
    format!("address\n{rows}")
}

#[test]
fn con_13_con_10_every_row_is_pending_or_refused_with_its_reason() {
    on_both(|mut world| {
        world.stamp("anne@reader.example");
        world.stamp("rose@reader.example");
        let left = world.subscription("rose@reader.example").id;
        world.write(|conn, _, now| subscriptions::unsubscribe(conn, left, EndReason::OneClick, &from_home(), now));
        world.sign_up("waits@reader.example", Via::Form);
        for (who, reason) in [("hard@reader.example", Reason::HardBounce), ("angry@reader.example", Reason::Complaint)]
        {
            let new = NewSuppression {
                account_id: world.account,
                address: address(who),
                reason,
                evidence: String::new(),
                delivery_id: None,
            };
            world.write(|conn, _, now| suppressions::suppress(conn, &new, now).map(drop));
        }
        let text = "address;town\nnew@reader.example;Orléans\nanne@reader.example;\nrose@reader.example;\n\
            waits@reader.example;\nno address;\nNEW@reader.example;\nhard@reader.example;\nangry@reader.example;\n=1+1;\n";
        let import = begin(&mut world, text, 1000);
        assert_eq!((import.state, import.counts.rows), (State::Reading, 9));
        let import = read_all(&mut world, &import);
        assert_eq!((import.counts.accepted, import.counts.refused, import.state), (1, 8, State::Asking));
        let refused = imports::refused(&mut world.conn, import.id, 0, 100).unwrap();
        let refused: Vec<(i64, &str, RowRefusal)> =
            refused.iter().map(|row| (row.line, row.address.as_str(), row.reason)).collect();
        assert_eq!(
            refused,
            [
                (3, "anne@reader.example", RowRefusal::AlreadyConfirmed),
                (4, "rose@reader.example", RowRefusal::HasLeft),
                (5, "waits@reader.example", RowRefusal::Repeated),
                (6, "no address", RowRefusal::BadAddress),
                (7, "new@reader.example", RowRefusal::Repeated),
                (8, "hard@reader.example", RowRefusal::Suppressed),
                (9, "angry@reader.example", RowRefusal::Suppressed),
                (10, "=1+1", RowRefusal::BadAddress),
            ]
        );
        let subscription = world.subscription("new@reader.example");
        assert_eq!((subscription.state, subscription.expires_at), (subscriptions::State::Pending, None));
        assert_eq!(world.mails("new@reader.example").len(), 0, "nobody is asked before their turn");
        assert_eq!(world.subscriber("new@reader.example").attributes["town"], "Orléans");
        let detail = "SELECT count(*) AS number FROM consent_records WHERE via = 'import' AND event = 'requested' \
            AND detail = 'source: order form of the shop; collected: 2026-03-01; basis: they ticked the box; \
            file people.csv; line 2'";
        assert_eq!(world.count(detail), 1);
        assert_eq!(world.count("SELECT count(*) AS number FROM import_chunks"), 0, "nothing of the file stays");
    });
}

#[test]
fn people_are_asked_at_the_pace_over_days_and_can_confirm_when_their_mail_came() {
    on_both(|mut world| {
        let import = begin(&mut world, &people(60), 48);
        let import = read_all(&mut world, &import);
        assert_eq!((import.counts.accepted, ask(&mut world, &import)), (60, 0));
        for (hours, expected) in [(1, 2), (5, 10), (18, 36)] {
            let mut asked = 0;
            for _ in 0..hours * 12 {
                world.later(TimeDelta::minutes(5));
                asked += ask(&mut world, &import);
            }
            assert_eq!(asked, expected, "in {hours} more hours");
        }
        world.later(TimeDelta::minutes(5));
        let first = world.subscription("person0@reader0.example");
        assert!(first.expires_at.is_some_and(|at| at > world.now), "the days to confirm begin with the mail");
        for _ in 0..12 * 12 {
            world.later(TimeDelta::minutes(5));
            ask(&mut world, &import);
        }
        assert_eq!(found(&mut world, &import).state, State::Finished);
        assert_eq!(world.count("SELECT count(*) AS number FROM deliveries WHERE kind = 'confirmation'"), 60);
        let token = world.tokens("person59@reader3.example").pop().unwrap();
        world.write(|conn, _, now| subscriptions::confirm(conn, &token, &from_home(), now));
        assert_eq!(world.subscription("person59@reader3.example").state, subscriptions::State::Confirmed);
        assert_eq!(imports::confirmed(&mut world.conn, import.id).unwrap(), 1);
    });
}

#[test]
fn who_waits_for_their_turn_does_not_expire_and_who_left_meanwhile_is_not_asked() {
    on_both(|mut world| {
        let import = begin(&mut world, &people(30), 1);
        let import = read_all(&mut world, &import);
        world.later(TimeDelta::days(30));
        world.write(|conn, _, now| subscriptions::expire_pending(conn, now, 100));
        assert_eq!(world.subscription("person29@reader1.example").state, subscriptions::State::Pending);
        let (account, id) = (world.account, world.subscriber("person0@reader0.example").id);
        world.write(|conn, _, now| subscriptions::erase(conn, account, id, &from_home(), now));
        // A month without a worker is not caught up in a burst.
        assert_eq!(ask(&mut world, &import), 0);
        world.later(TimeDelta::minutes(2));
        assert!(ask(&mut world, &import) <= 3);
        let mails =
            world.count("SELECT count(*) AS number FROM deliveries WHERE kind = 'confirmation' AND address = ''");
        assert_eq!(mails, 0);
    });
}

#[test]
fn b14_too_many_bounces_stop_an_import_until_somebody_lets_it_go_on() {
    on_both(|mut world| {
        let import = begin(&mut world, &people(300), 10_000);
        let import = read_all(&mut world, &import);
        for _ in 0..20 {
            world.later(TimeDelta::minutes(1));
            ask(&mut world, &import);
        }
        let asked = found(&mut world, &import).counts.asked;
        assert!((100..200).contains(&asked), "{asked}");
        world.tamper("UPDATE deliveries SET state = 'accepted' WHERE kind = 'confirmation'");
        world.tamper("UPDATE deliveries SET state = 'failed' WHERE kind = 'confirmation' AND id % 10 = 0");
        world.later(TimeDelta::minutes(1));
        assert_eq!(ask(&mut world, &import), 0);
        let stopped = found(&mut world, &import);
        assert_eq!(stopped.paused.map(|(_, reason)| reason), Some(PauseReason::Bounces));
        world.later(TimeDelta::days(1));
        assert_eq!(ask(&mut world, &import), 0);
        let (account, id) = (world.account, import.id);
        let outcome = world.write(|conn, _, now| imports::act(conn, (account, id), Act::Resume, Actor::System, now));
        assert!(matches!(outcome, ActOutcome::Done(import) if import.paused.is_none()));
        assert_eq!(ask(&mut world, &import), 0, "the day that was missed is not caught up");
        world.later(TimeDelta::minutes(2));
        assert!(ask(&mut world, &import) > 0);
        let stranger = world.other_account("Other");
        let foreign = world.write(|conn, _, now| imports::act(conn, (stranger, id), Act::Pause, Actor::System, now));
        assert_eq!(foreign, ActOutcome::NotThere);
    });
}

#[test]
fn con_10_people_who_did_not_ask_stop_an_import() {
    on_both(|mut world| {
        let import = begin(&mut world, &people(100), 10_000);
        let import = read_all(&mut world, &import);
        world.later(TimeDelta::minutes(2));
        ask(&mut world, &import);
        for who in ["person0@reader0.example", "person1@reader1.example", "person2@reader2.example"] {
            let token = world.tokens(who).pop().unwrap();
            world.write(|conn, _, now| subscriptions::not_me(conn, &token, &from_home(), now));
        }
        world.later(TimeDelta::minutes(1));
        assert_eq!(ask(&mut world, &import), 0);
        assert_eq!(found(&mut world, &import).paused.map(|(_, reason)| reason), Some(PauseReason::NotMe));
    });
}

#[test]
fn an_import_that_is_given_up_asks_nobody_more_and_lets_everybody_go() {
    on_both(|mut world| {
        let import = begin(&mut world, &people(250), 1000);
        let id = import.id;
        let first = world.write(|conn, keys, now| imports::read_chunk(conn, keys, id, now));
        assert_eq!(first, ReadOutcome::Read(200));
        let account = world.account;
        world.write(|conn, _, now| imports::act(conn, (account, id), Act::Cancel, Actor::System, now));
        assert_eq!(world.write(|conn, keys, now| imports::read_chunk(conn, keys, id, now)), ReadOutcome::NotNow);
        while world.write(|conn, _, now| imports::forget_old(conn, now)) > 0 {}
        assert_eq!(world.count("SELECT count(*) AS number FROM subscriptions WHERE state = 'pending'"), 0);
        assert_eq!(world.count("SELECT count(*) AS number FROM deliveries"), 0);
        assert_eq!(world.count("SELECT count(*) AS number FROM import_chunks"), 0);
    });
}

#[test]
fn the_same_file_is_one_import_and_refused_rows_are_forgotten_after_a_month() {
    on_both(|mut world| {
        let text = "address\nanne@reader.example\nno address\n";
        let import = begin(&mut world, text, 1000);
        let import = read_all(&mut world, &import);
        let ReceiveOutcome::Known(again) = receive(&mut world, text, 1000, None) else { panic!("taken twice") };
        assert_eq!(again.id, import.id);
        world.later(TimeDelta::days(1));
        ask(&mut world, &import);
        world.later(TimeDelta::minutes(5));
        ask(&mut world, &import);
        assert_eq!(found(&mut world, &import).state, State::Finished);
        assert_eq!(imports::refused(&mut world.conn, import.id, 0, 10).unwrap().len(), 1);
        world.later(TimeDelta::days(31));
        world.write(|conn, _, now| imports::forget_old(conn, now));
        assert_eq!(imports::refused(&mut world.conn, import.id, 0, 10).unwrap(), []);
    });
}

#[test]
fn con_08_the_operators_word_stamps_each_row_with_its_evidence() {
    on_both(|mut world| {
        let text = "address\nanne@reader.example\n";
        let evidence = "export of the old system, confirmed there on 2025-01-02";
        let ReceiveOutcome::Received(import) = receive(&mut world, text, 1000, Some(evidence)) else { panic!("known") };
        let import = read_all(&mut world, &import);
        assert_eq!((import.state, import.counts.accepted), (State::Finished, 1));
        assert_eq!(world.subscription("anne@reader.example").state, subscriptions::State::Confirmed);
        let sql = format!(
            "SELECT count(*) AS number FROM consent_records WHERE event = 'confirmed' AND via = 'operator' AND detail LIKE '%{evidence}%'"
        );
        assert_eq!(world.count(&sql), 1);
        assert_eq!(world.count("SELECT count(*) AS number FROM deliveries"), 0);
    });
}

#[test]
fn con_08_many_rows_of_the_operators_word_are_stamped_once_each_and_who_left_stays_out() {
    on_both(|mut world| {
        world.stamp("anne@reader.example");
        let left = world.subscription("anne@reader.example").id;
        world.write(|conn, _, now| subscriptions::unsubscribe(conn, left, EndReason::Page, &from_home(), now));
        assert!(matches!(world.sign_up("jules@reader.example", Via::Form), subscriptions::SignupOutcome::Asked(_)));
        let before = world.count("SELECT count(*) AS number FROM consent_records");
        let mut text = "address,town\nanne@reader.example,\njules@reader.example,\nno address,\n".to_owned();
        for number in 0..300 {
            text.push_str(&format!("reader{number}@reader.example,Town {number}\nREADER{number}@reader.example,\n"));
        }
        let ReceiveOutcome::Received(import) = receive(&mut world, &text, 1000, Some("paper forms")) else {
            panic!("known")
        };
        let import = read_all(&mut world, &import);
        assert_eq!((import.counts.accepted, import.counts.refused), (301, 302));
        assert_eq!(world.subscription("anne@reader.example").state, subscriptions::State::Ended);
        assert_eq!(world.subscription("jules@reader.example").state, subscriptions::State::Confirmed);
        assert_eq!(world.subscriber("reader299@reader.example").attributes["town"], "Town 299");
        let stamped =
            "SELECT count(*) AS number FROM subscriptions WHERE state = 'confirmed' AND confirmed_at IS NOT NULL";
        assert_eq!(world.count(stamped), 301);
        assert_eq!(world.count("SELECT count(*) AS number FROM consent_records") - before, 301);
        let state = estampille::consent::verify_chain(&mut world.conn, &world.keys, world.account).unwrap();
        assert!(state.is_whole(), "{state:?}");
    });
}

#[test]
fn uns_12_an_erased_person_is_named_by_no_refused_row() {
    on_both(|mut world| {
        world.stamp("anne@reader.example");
        let import = begin(&mut world, "address\nanne@reader.example\n", 1000);
        let import = read_all(&mut world, &import);
        assert_eq!(import.state, State::Finished);
        let (account, id) = (world.account, world.subscriber("anne@reader.example").id);
        world.write(|conn, _, now| subscriptions::erase(conn, account, id, &from_home(), now));
        let refused = imports::refused(&mut world.conn, import.id, 0, 10).unwrap();
        assert_eq!((refused.len(), refused[0].address.as_str()), (1, ""));
    });
}
