//! What readers decide by themselves: the pass to their page, how often, another address, and the mails that follow.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use estampille::config::Settings;
use estampille::consent::{self, Event};
use estampille::deliveries::{self, Delivery, Kind};
use estampille::lists::{self, ListChange};
use estampille::storage::SubscriptionId;
use estampille::subscribers;
use estampille::subscriptions::address_changes::{self, AgreeOutcome, AskOutcome, RefuseOutcome};
use estampille::subscriptions::{
    self, AgainOutcome, Door, EndReason, Frequency, HeldBack, PassOutcome, Rhythm, SignupOutcome, Silence, State, Via,
};
use estampille::suppressions::{self, NewSuppression, Reason};

use super::world::{World, address, from_home, on_both};

const ROSE: &str = "rose@reader.example";
const NEW: &str = "rose@balbec.example";

fn settings() -> Settings {
    Settings::from_values(&BTreeMap::new()).unwrap()
}

/// The mails of this kind to this address, oldest first.
fn mails(world: &mut World, kind: Kind, who: &str) -> Vec<Delivery> {
    let ids = world.count("SELECT COALESCE(MAX(id), 0) AS number FROM deliveries");
    let all =
        (1..=ids).filter_map(|id| deliveries::find(&mut world.conn, estampille::storage::DeliveryId(id)).unwrap());
    all.filter(|mail| mail.kind == kind && mail.address == Some(address(who))).collect()
}

fn suppress(world: &mut World, who: &str, reason: Reason) {
    let new = NewSuppression {
        account_id: world.account,
        address: address(who),
        reason,
        evidence: String::new(),
        delivery_id: None,
    };
    world.write(|conn, _, now| suppressions::suppress(conn, &new, now));
}

fn leave(world: &mut World, id: SubscriptionId, reason: EndReason) {
    world.write(|conn, _, now| subscriptions::unsubscribe(conn, id, reason, &from_home(), now));
}

fn is_open(world: &mut World, token: &str) -> bool {
    let (keys, now) = (world.keys.clone(), world.now);
    matches!(subscriptions::door(&mut world.conn, &keys, token, now).unwrap(), Some(Door::Open(_)))
}

fn ask_for_pass(world: &mut World) -> PassOutcome {
    let id = world.subscriber(ROSE).id;
    world.write(|conn, keys, now| subscriptions::mail_pass(conn, keys, id, "192.0.2.7", now))
}

/// The word of the path after `/part/` in the latest mail of this kind to this address.
fn token(world: &mut World, kind: Kind, who: &str, part: &str) -> String {
    let (keys, latest) = (world.keys.clone(), mails(world, kind, who).pop().unwrap());
    let conn = &mut world.conn;
    let notice = match kind {
        Kind::Preferences => subscriptions::pass_mail(conn, &keys, &settings(), &latest),
        Kind::AddressChange => address_changes::mail(conn, &keys, &settings(), &latest),
        _ => panic!("{kind} has no token"),
    };
    let text = notice.unwrap().expect("there is something to mail").text;
    text.split_once(part).unwrap().1.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn a_pass_opens_the_page_for_a_day_and_the_link_of_a_mail_never_does() {
    on_both(|mut world| {
        let person = world.stamp(ROSE).subscriber_id;
        let mark = subscriptions::preferences_token(&world.keys, person);
        assert!(!is_open(&mut world, &mark));
        assert_eq!(ask_for_pass(&mut world), PassOutcome::Mailed);
        let pass = token(&mut world, Kind::Preferences, ROSE, "/preferences/");
        assert!(is_open(&mut world, &pass) && is_open(&mut world, &pass.to_uppercase()));
        world.later(TimeDelta::hours(23));
        assert!(is_open(&mut world, &pass));
        world.later(TimeDelta::hours(1));
        assert!(!is_open(&mut world, &pass));
        let (keys, now) = (world.keys.clone(), world.now);
        let (door, unknown) = (
            subscriptions::door(&mut world.conn, &keys, &pass, now).unwrap(),
            subscriptions::door(&mut world.conn, &keys, &format!("{pass}x"), now).unwrap(),
        );
        assert!(matches!(door, Some(Door::Closed(_))), "a new one can be asked for");
        assert_eq!(unknown, None);
    });
}

#[test]
fn con_10_passes_are_counted_and_whoever_wants_silence_gets_none() {
    on_both(|mut world| {
        world.stamp(ROSE);
        let outcomes: Vec<PassOutcome> = (0..4).map(|_| ask_for_pass(&mut world)).collect();
        assert_eq!(outcomes, [PassOutcome::Mailed, PassOutcome::Mailed, PassOutcome::Mailed, PassOutcome::Silent]);
        world.later(TimeDelta::days(2));
        for (reason, expected) in [
            (Reason::Manual, PassOutcome::Mailed),
            (Reason::SoftBounces, PassOutcome::Mailed),
            (Reason::Complaint, PassOutcome::Silent),
        ] {
            suppress(&mut world, ROSE, reason);
            assert_eq!(ask_for_pass(&mut world), expected, "{reason}");
        }
    });
}

#[test]
fn a_reader_who_wants_mail_less_often_is_held_back_until_the_next_span() {
    on_both(|mut world| {
        let subscription = world.stamp(ROSE);
        let (id, person) = (subscription.id, subscription.subscriber_id);
        let choose = |world: &mut World, chosen: Rhythm| {
            world.write(|conn, _, now| subscriptions::choose_rhythm(conn, person, id, chosen, now))
        };
        let held = |world: &mut World, delivery| {
            let now = world.now;
            let rhythm = subscriptions::rhythm(&mut world.conn, id).unwrap();
            subscriptions::held_back_by(&mut world.conn, rhythm, (id, delivery), now).unwrap()
        };
        let first = campaign_mail(&mut world, id, "accepted");
        let second = campaign_mail(&mut world, id, "claimed");
        assert_eq!(held(&mut world, second), None, "nothing was chosen");
        assert!(choose(&mut world, Rhythm { frequency: Some(Frequency::Daily), paused_until: None }));
        assert_eq!(held(&mut world, second), Some(HeldBack::HasHad(Frequency::Daily)));
        assert_eq!(held(&mut world, first), None, "a message does not hold itself back");
        world.later(TimeDelta::days(1));
        assert_eq!(held(&mut world, second), None);
        let third = campaign_mail(&mut world, id, "claimed");
        assert_eq!(held(&mut world, third), Some(HeldBack::HasHad(Frequency::Daily)), "one before it is on its way");
        let until = world.now + TimeDelta::days(5);
        assert!(choose(&mut world, Rhythm { frequency: None, paused_until: Some(until) }));
        assert_eq!(held(&mut world, second), Some(HeldBack::PausedUntil(until)));
        world.later(TimeDelta::days(5));
        assert_eq!(held(&mut world, second), None, "a pause ends by itself");
        let stranger = world.stamp("jules@reader.example").subscriber_id;
        let chosen = Rhythm { frequency: Some(Frequency::Monthly), paused_until: None };
        let foreign = world.write(|conn, _, now| subscriptions::choose_rhythm(conn, stranger, id, chosen, now));
        assert!(!foreign, "nobody chooses for somebody else");
        let far = Rhythm { frequency: None, paused_until: Some(world.now + TimeDelta::days(9999)) };
        assert!(choose(&mut world, far));
        let kept = subscriptions::rhythm(&mut world.conn, id).unwrap();
        assert_eq!(kept.paused_until, Some(world.now + subscriptions::LONGEST_PAUSE));
    });
}

/// A delivery of some campaign, written past the program.
fn campaign_mail(world: &mut World, id: SubscriptionId, state: &str) -> estampille::storage::DeliveryId {
    let now = world.now.micros();
    let hex: String = id.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let id = match &world.conn {
        estampille::storage::Conn::Sqlite(_) => format!("x'{hex}'"),
        estampille::storage::Conn::Postgres(_) => format!("'{hex}'::uuid"),
    };
    world.tamper(&format!(
        "INSERT INTO deliveries (kind, subscription_id, address, lane, position, state, attempts, created_at, due_at, \
         expires_at, finished_at) VALUES ('campaign', {id}, '{ROSE}', 'reader.example', 0, '{state}', 1, {now}, {now}, \
         {now}, {now})"
    ));
    estampille::storage::DeliveryId(world.count("SELECT MAX(id) AS number FROM deliveries"))
}

fn change_to(world: &mut World, new: &str) -> AskOutcome {
    let (id, new) = (world.subscriber(ROSE).id, address(new));
    world.write(|conn, keys, now| address_changes::ask(conn, keys, id, &new, "192.0.2.7", now))
}

fn agree(world: &mut World, token: &str) -> AgreeOutcome {
    world.write(|conn, _, now| address_changes::agree(conn, token, &from_home(), now))
}

#[test]
fn an_address_changes_once_both_mailboxes_said_yes_in_either_order() {
    for old_first in [true, false] {
        on_both(|mut world| {
            let before = world.stamp(ROSE);
            assert_eq!(change_to(&mut world, ROSE), AskOutcome::Same);
            assert_eq!(change_to(&mut world, NEW), AskOutcome::Asked);
            let waiting = campaign_mail(&mut world, before.id, "queued");
            let mut tokens = [
                token(&mut world, Kind::AddressChange, ROSE, "/address/"),
                token(&mut world, Kind::AddressChange, NEW, "/address/"),
            ];
            if !old_first {
                tokens.reverse();
            }
            for _ in 0..2 {
                assert!(matches!(agree(&mut world, &tokens[0]), AgreeOutcome::Waiting(_)), "one yes is not enough");
            }
            assert_eq!(world.subscription(ROSE), before);
            assert!(matches!(agree(&mut world, &tokens[1]), AgreeOutcome::Done(_)));
            assert!(matches!(agree(&mut world, &tokens[0]), AgreeOutcome::Done(_)), "saying it again changes nothing");
            let after = subscriptions::find(&mut world.conn, before.id).unwrap().unwrap();
            assert_eq!((after.state, after.confirmed_at), (State::Confirmed, before.confirmed_at));
            assert_ne!(after.subscriber_id, before.subscriber_id);
            let moved = subscribers::find_moved(&mut world.conn, before.subscriber_id).unwrap().unwrap();
            assert_eq!((moved.id, moved.address.clone()), (after.subscriber_id, Some(address(NEW))));
            assert_eq!(subscribers::former(&mut world.conn, moved.id).unwrap(), [before.subscriber_id]);
            let sent_to = deliveries::find(&mut world.conn, waiting).unwrap().unwrap();
            assert_eq!(sent_to.address, Some(address(NEW)), "what still waits goes to the new address");
            assert!(subscriptions::may_receive(&mut world.conn, before.id).unwrap().is_yes());
            let account = world.account;
            let old = consent::of_subscriber(&mut world.conn, account, before.subscriber_id).unwrap();
            let new = consent::of_subscriber(&mut world.conn, account, moved.id).unwrap();
            let events: Vec<Event> = old.iter().map(|record| record.event).collect();
            assert_eq!(events, [Event::Requested, Event::Confirmed, Event::Withdrawn], "the history is kept");
            assert_eq!((new.len(), new[0].event, new[0].via.as_str()), (1, Event::Confirmed, "address_change"));
            assert_eq!(new[0].wording, old[1].wording);
            assert!(consent::verify_chain(&mut world.conn, &world.keys, account).unwrap().is_whole());
            assert_eq!(world.count("SELECT count(*) AS number FROM address_changes WHERE new_address IS NOT NULL"), 0);
        });
    }
}

#[test]
fn a_no_of_either_mailbox_or_a_week_leaves_everything_as_it_is() {
    on_both(|mut world| {
        let before = world.stamp(ROSE);
        let refuse = |world: &mut World, token: &str| {
            let outcome = world.write(|conn, _, now| address_changes::refuse(conn, token, now));
            assert!(matches!(outcome, RefuseOutcome::Ended(_)));
        };
        assert_eq!(change_to(&mut world, "typo@balbec.example"), AskOutcome::Asked);
        let replaced = token(&mut world, Kind::AddressChange, "typo@balbec.example", "/address/");
        assert_eq!(change_to(&mut world, NEW), AskOutcome::Asked);
        assert!(matches!(agree(&mut world, &replaced), AgreeOutcome::Over(_)), "only the latest wish counts");
        let (old, new) = (
            token(&mut world, Kind::AddressChange, ROSE, "/address/"),
            token(&mut world, Kind::AddressChange, NEW, "/address/"),
        );
        agree(&mut world, &new);
        refuse(&mut world, &old);
        assert!(matches!(agree(&mut world, &old), AgreeOutcome::Over(_)));
        world.later(TimeDelta::days(1));
        assert_eq!(change_to(&mut world, NEW), AskOutcome::Asked);
        let late = token(&mut world, Kind::AddressChange, NEW, "/address/");
        world.later(TimeDelta::days(8));
        assert!(matches!(agree(&mut world, &late), AgreeOutcome::Over(_)));
        assert_eq!(world.write(|conn, _, now| address_changes::expire(conn, now, 10)), 1);
        assert_eq!(change_to(&mut world, NEW), AskOutcome::Asked);
        let new = token(&mut world, Kind::AddressChange, NEW, "/address/");
        refuse(&mut world, &new);
        world.later(TimeDelta::days(2));
        assert_eq!(change_to(&mut world, NEW), AskOutcome::Silent, "CON-10: who said “not me” is not asked again");
        assert_eq!(world.subscription(ROSE), before);
        assert_eq!(agree(&mut world, "nonsense"), AgreeOutcome::Unknown);
    });
}

#[test]
fn an_address_that_the_account_knows_gets_the_link_to_its_own_page_and_a_suppressed_one_nothing() {
    on_both(|mut world| {
        world.stamp(ROSE);
        world.stamp("jules@reader.example");
        assert_eq!(change_to(&mut world, "jules@reader.example"), AskOutcome::Silent);
        assert_eq!(mails(&mut world, Kind::Preferences, "jules@reader.example").len(), 1);
        for (at, reason) in Reason::ALL.iter().enumerate() {
            let new = format!("{at}@balbec.example");
            suppress(&mut world, &new, *reason);
            assert_eq!(change_to(&mut world, &new), AskOutcome::Silent, "{reason}");
        }
        assert_eq!(world.count("SELECT count(*) AS number FROM address_changes"), 0);
        world.later(TimeDelta::days(1));
        let outcomes: Vec<AskOutcome> =
            (0..4).map(|at| change_to(&mut world, &format!("other{at}@balbec.example"))).collect();
        assert_eq!(outcomes, [AskOutcome::Asked, AskOutcome::Asked, AskOutcome::Asked, AskOutcome::Silent], "CON-10");
        let said = token(&mut world, Kind::AddressChange, "other2@balbec.example", "/address/");
        let old = token(&mut world, Kind::AddressChange, ROSE, "/address/");
        agree(&mut world, &old);
        suppress(&mut world, "other2@balbec.example", Reason::HardBounce);
        assert!(matches!(agree(&mut world, &said), AgreeOutcome::Over(_)), "suppressed meanwhile");
        assert_eq!(world.subscription(ROSE).state, State::Confirmed);
    });
}

#[test]
fn uns_12_an_erasure_forgets_every_address_that_the_person_had() {
    on_both(|mut world| {
        world.stamp(ROSE);
        move_to_new(&mut world);
        let (account, id) = (world.account, world.subscriber(NEW).id);
        world.write(|conn, _, now| subscriptions::erase(conn, account, id, &from_home(), now));
        for who in [ROSE, NEW] {
            let column = format!("SELECT count(*) AS number FROM deliveries WHERE address = '{who}'");
            assert_eq!(world.count(&column), 0, "{who}");
            assert_eq!(world.sign_up(who, Via::Api), SignupOutcome::Silent(Silence::Suppressed), "{who}");
        }
        assert_eq!(world.count("SELECT count(*) AS number FROM consent_records WHERE network <> ''"), 0);
        assert!(consent::verify_chain(&mut world.conn, &world.keys, account).unwrap().is_whole());
    });
}

fn move_to_new(world: &mut World) {
    assert_eq!(change_to(world, NEW), AskOutcome::Asked);
    for who in [ROSE, NEW] {
        let token = token(world, Kind::AddressChange, who, "/address/");
        agree(world, &token);
    }
}

#[test]
fn who_moved_may_move_back() {
    on_both(|mut world| {
        let first = world.stamp(ROSE);
        move_to_new(&mut world);
        world.later(TimeDelta::days(2));
        let (id, back) = (world.subscriber(NEW).id, address(ROSE));
        let outcome = world.write(|conn, keys, now| address_changes::ask(conn, keys, id, &back, "192.0.2.7", now));
        assert_eq!(outcome, AskOutcome::Asked);
        for who in [NEW, ROSE] {
            let token = token(&mut world, Kind::AddressChange, who, "/address/");
            agree(&mut world, &token);
        }
        let now_at = subscriptions::find(&mut world.conn, first.id).unwrap().unwrap();
        assert_eq!((now_at.subscriber_id, now_at.state), (first.subscriber_id, State::Confirmed));
        assert_eq!(world.subscriber(ROSE).address, Some(address(ROSE)));
        let met = subscribers::find_moved(&mut world.conn, id).unwrap().unwrap();
        assert_eq!(met.id, first.subscriber_id);
    });
}

#[test]
fn con_13_asking_again_is_a_request_like_any_other() {
    on_both(|mut world| {
        let id = world.stamp(ROSE).id;
        let again = |world: &mut World| {
            world.write(|conn, keys, now| subscriptions::ask_again(conn, keys, id, &from_home(), now))
        };
        assert_eq!(again(&mut world), AgainOutcome::NotThere, "who is on the list has nothing to ask for");
        leave(&mut world, id, EndReason::Page);
        world.later(TimeDelta::hours(1));
        assert_eq!(again(&mut world), AgainOutcome::Taken);
        assert_eq!(world.subscription(ROSE).state, State::Pending);
        let records = {
            let (account, person) = (world.account, world.subscriber(ROSE).id);
            consent::of_subscriber(&mut world.conn, account, person).unwrap()
        };
        let last = records.last().unwrap();
        assert_eq!((last.event, last.via.as_str()), (Event::Requested, "reader_page"));
        assert_eq!(last.wording, "I want the letter, twice a month.", "the words that were agreed to the last time");
        suppress(&mut world, ROSE, Reason::Complaint);
        leave(&mut world, id, EndReason::Complaint);
        world.later(TimeDelta::days(40));
        assert_eq!(again(&mut world), AgainOutcome::Taken, "the page says the same");
        assert_eq!(world.subscription(ROSE).state, State::Ended);
        let (account, list) = (world.account, world.list.id);
        world.write(|conn, _, now| lists::close(conn, account, list, now));
        assert_eq!(again(&mut world), AgainOutcome::NotThere);
    });
}

#[test]
fn another_list_of_the_sender_is_asked_for_in_the_words_of_its_form() {
    on_both(|mut world| {
        let person = world.stamp(ROSE).subscriber_id;
        let hidden = world.other_list(world.account, "Internal");
        let open = world.other_list(world.account, "Offers");
        let form = world.other_form(&open);
        let offered = subscriptions::joinable(&mut world.conn, person).unwrap();
        let names: Vec<&str> = offered.iter().map(|(list, _)| list.name.as_str()).collect();
        assert_eq!(names, ["Offers"], "a list without an open form is nobody's business: {}", hidden.name);
        let join = |world: &mut World, form| {
            world.write(|conn, keys, now| subscriptions::join(conn, keys, person, form, &from_home(), now))
        };
        assert_eq!(join(&mut world, form.id), AgainOutcome::Taken);
        let joined = subscriptions::find_on_list(&mut world.conn, person, open.id).unwrap().unwrap();
        assert_eq!(joined.state, State::Pending);
        let stranger = world.other_account("Other");
        let foreign = world.other_list(stranger, "Foreign");
        let foreign = world.other_form(&foreign);
        assert_eq!(join(&mut world, foreign.id), AgainOutcome::NotThere);
    });
}

#[test]
fn a_list_greets_whoever_confirms_and_leaves_by_their_own_hand_and_nobody_else() {
    on_both(|mut world| {
        world.stamp("before@reader.example");
        let change = ListChange { sends_welcome: Some(true), sends_goodbye: Some(true), ..ListChange::default() };
        let (account, list) = (world.account, world.list.id);
        world.write(|conn, _, _| lists::change(conn, account, list, &change));
        for reason in EndReason::ALL {
            let who = format!("{reason}@reader.example");
            let id = world.stamp(&who).id;
            assert_eq!(mails(&mut world, Kind::Welcome, &who).len(), 1);
            leave(&mut world, id, *reason);
            let expected = matches!(reason, EndReason::OneClick | EndReason::Page | EndReason::Mail);
            assert_eq!(mails(&mut world, Kind::Goodbye, &who).len(), usize::from(expected), "{reason}");
        }
        assert_eq!(mails(&mut world, Kind::Welcome, "before@reader.example").len(), 0, "off by default");
        world.sign_up("pending@reader.example", Via::Form);
        let pending = world.subscription("pending@reader.example").id;
        leave(&mut world, pending, EndReason::Page);
        assert_eq!(mails(&mut world, Kind::Goodbye, "pending@reader.example").len(), 0, "nobody who never came leaves");
        let id = world.subscription("page@reader.example").id;
        assert!(subscriptions::may_say_goodbye(&mut world.conn, id).unwrap());
        suppress(&mut world, "page@reader.example", Reason::Complaint);
        assert!(!subscriptions::may_say_goodbye(&mut world.conn, id).unwrap(), "a complaint came in between");
    });
}
