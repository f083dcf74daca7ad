//! Signing up, in every state that an address can be in.

use chrono::TimeDelta;
use estampille::consent::{self, Event};
use estampille::subscriptions::{self, EndReason, SignupOutcome, Silence, State, Via};
use estampille::suppressions::{self, NewSuppression, Reason};
use estampille::{forms, subscribers};

use super::world::{World, address, from_home, on_both};

const ROSE: &str = "rose@reader.example";

#[test]
fn a_new_address_is_asked_and_everything_about_it_is_one_write() {
    on_both(|mut world| {
        let SignupOutcome::Asked(id) = world.sign_up(ROSE, Via::Form) else { panic!("not asked") };
        let subscription = world.subscription(ROSE);
        assert_eq!((subscription.id, subscription.state), (id, State::Pending));
        assert_eq!(subscription.expires_at, Some(world.now + TimeDelta::days(7)));
        let subscriber = world.subscriber(ROSE);
        let records = consent::of_subscriber(&mut world.conn, world.account, subscriber.id).unwrap();
        let [record] = &records[..] else { panic!("{records:?}") };
        assert_eq!((record.event, record.via.as_str(), record.at), (Event::Requested, "form", world.now));
        assert_eq!((record.form_id, record.form_version), (Some(world.form.id), Some(1)));
        assert_eq!(record.wording, "I want the letter, twice a month.");
        assert_eq!(record.circumstances, from_home());
        let mails = world.mails(ROSE);
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].subscription_id, Some(id));
        assert_eq!(world.tokens(ROSE).len(), 1);
    });
}

#[test]
fn a_signup_that_fails_half_way_leaves_nothing() {
    on_both(|mut world| {
        let (asked, keys, now) = (world.asked(ROSE, Via::Form), world.keys.clone(), world.now);
        let failed = world.conn.in_write(|conn| {
            subscriptions::signup(conn, &keys, &asked, now)?;
            Err::<(), _>(estampille::storage::StoreError::Refused("the plug was pulled".to_owned()))
        });
        assert!(failed.is_err());
        for table in ["subscribers", "subscriptions", "confirmations", "consent_records", "deliveries", "counters"] {
            assert_eq!(world.count(&format!("SELECT count(*) AS number FROM {table}")), 0, "{table}");
        }
    });
}

/// How an address comes to stand as it does.
fn end(world: &mut World, reason: EndReason) {
    let id = world.stamp(ROSE).id;
    world.write(|conn, _, now| subscriptions::unsubscribe(conn, id, reason, &from_home(), now));
}

/// CON-13 among them: after an own wish only the person's own form asks again.
#[test]
fn con_13_what_ended_is_asked_again_by_the_person_and_only_sometimes_by_the_sender() {
    on_both(|mut world| {
        for (at, reason) in EndReason::ALL.iter().enumerate() {
            let list = world.other_list(world.account, &format!("List {at}"));
            world.list = list;
            world.later(TimeDelta::days(2));
            end(&mut world, *reason);
            world.later(TimeDelta::days(1));
            let by_sender = world.sign_up(ROSE, Via::Api);
            if reason.is_own_wish() {
                assert_eq!(by_sender, SignupOutcome::Silent(Silence::HasLeft), "{reason}");
                assert_eq!(world.subscription(ROSE).state, State::Ended, "{reason}");
                assert!(matches!(world.sign_up(ROSE, Via::Form), SignupOutcome::Asked(_)), "{reason}");
            } else {
                assert!(matches!(by_sender, SignupOutcome::Asked(_)), "{reason}");
            }
            let again = world.subscription(ROSE);
            assert_eq!((again.state, again.ended_at, again.end_reason), (State::Pending, None, None), "{reason}");
        }
    });
}

#[test]
fn who_left_and_let_a_new_request_expire_still_counts_as_gone() {
    on_both(|mut world| {
        end(&mut world, EndReason::OneClick);
        world.later(TimeDelta::days(1));
        assert!(matches!(world.sign_up(ROSE, Via::Form), SignupOutcome::Asked(_)));
        world.later(TimeDelta::days(40));
        world.write(|conn, _, now| subscriptions::expire_pending(conn, now, 10));
        assert_eq!(world.subscription(ROSE).end_reason, Some(EndReason::Expired));
        assert_eq!(world.sign_up(ROSE, Via::Import), SignupOutcome::Silent(Silence::HasLeft));
    });
}

#[test]
fn a_confirmed_address_and_a_suppressed_one_get_no_mail_and_do_not_change() {
    on_both(|mut world| {
        world.stamp(ROSE);
        world.later(TimeDelta::days(1));
        assert_eq!(world.sign_up(ROSE, Via::Form), SignupOutcome::Silent(Silence::AlreadyConfirmed));
        assert_eq!((world.subscription(ROSE).state, world.mails(ROSE).len()), (State::Confirmed, 1));
        for reason in [Reason::HardBounce, Reason::SoftBounces, Reason::Complaint, Reason::NotMe, Reason::Manual] {
            let who = format!("{reason}@reader.example");
            let new = NewSuppression {
                account_id: world.account,
                address: address(&who),
                reason,
                evidence: "550 5.1.1".to_owned(),
                delivery_id: None,
            };
            world.write(|conn, _, now| suppressions::suppress(conn, &new, now));
            for via in [Via::Form, Via::Api] {
                let outcome = world.sign_up(&who.to_uppercase(), via);
                assert_eq!(outcome, SignupOutcome::Silent(Silence::Suppressed), "{reason} {via}");
            }
            let found = subscribers::find_by_address(&mut world.conn, world.account, &address(&who)).unwrap();
            assert_eq!(found, None, "{reason}");
        }
    });
}

#[test]
fn a_second_mail_waits_ten_minutes_and_every_link_works_until_one_is_used() {
    on_both(|mut world| {
        world.sign_up(ROSE, Via::Form);
        world.later(TimeDelta::minutes(9));
        assert_eq!(world.sign_up(ROSE, Via::Form), SignupOutcome::Silent(Silence::TooSoon));
        world.later(TimeDelta::minutes(1));
        assert!(matches!(world.sign_up(ROSE, Via::Form), SignupOutcome::Asked(_)));
        let tokens = world.tokens(ROSE);
        assert_eq!(tokens.len(), 2);
        world.write(|conn, _, now| subscriptions::confirm(conn, &tokens[0], &from_home(), now));
        assert_eq!(world.subscription(ROSE).state, State::Confirmed);
        assert_eq!(world.tokens(ROSE), Vec::<String>::new(), "no mail with a used-up link goes out");
    });
}

#[test]
fn con_10_a_thousand_signups_of_one_address_bring_at_most_two_mails_for_a_list() {
    on_both(|mut world| {
        for _ in 0..1000 {
            world.later(TimeDelta::minutes(40));
            let mut asked = world.asked(ROSE, Via::Form);
            asked.circumstances.network = String::new();
            world.write(|conn, keys, now| subscriptions::signup(conn, keys, &asked, now));
            world.write(|conn, _, now| subscriptions::expire_pending(conn, now, 10));
        }
        assert_eq!(world.mails(ROSE).len(), 2, "in {} days", 1000 * 40 / 60 / 24);
    });
}

#[test]
fn con_10_an_address_that_confirms_none_is_asked_twice_in_thirty_days_however_many_senders_ask() {
    on_both(|mut world| {
        let mut asked = 0;
        for at in 0..8 {
            world.account = world.other_account(&format!("Sender{at}"));
            world.list = world.other_list(world.account, "Letters");
            let mut signup = world.asked(ROSE, Via::Api);
            signup.form = None;
            let outcome = world.write(|conn, keys, now| subscriptions::signup(conn, keys, &signup, now));
            asked += usize::from(matches!(outcome, SignupOutcome::Asked(_)));
            world.later(TimeDelta::minutes(20));
        }
        assert_eq!(asked, 2);
        world.later(TimeDelta::days(28));
        assert_eq!(world.sign_up(ROSE, Via::Api), SignupOutcome::Silent(Silence::AddressCeiling));
        world.later(TimeDelta::days(2));
        assert!(matches!(world.sign_up(ROSE, Via::Api), SignupOutcome::Asked(_)));
    });
}

#[test]
fn con_10_who_confirms_may_be_asked_again_up_to_three_times_a_day() {
    on_both(|mut world| {
        let mut asked = 0;
        for at in 0..5 {
            let account = world.account;
            world.list = world.other_list(account, &format!("List {at}"));
            let outcome = world.sign_up(ROSE, Via::Form);
            asked += usize::from(matches!(outcome, SignupOutcome::Asked(_)));
            if let Some(token) = world.tokens(ROSE).pop() {
                world.write(|conn, _, now| subscriptions::confirm(conn, &token, &from_home(), now));
            }
            world.later(TimeDelta::minutes(20));
        }
        assert_eq!(asked, 3);
    });
}

#[test]
fn a_network_that_signs_up_without_end_is_told_when_to_come_back() {
    on_both(|mut world| {
        let list = world.list.id;
        let mut asked = world.asked(ROSE, Via::Form);
        for at in 0..1000 {
            asked.circumstances.network = format!("2001:db8::{at:x}");
            let outcome = world.write(|conn, keys, now| subscriptions::signup(conn, keys, &asked, now));
            assert!(!matches!(outcome, SignupOutcome::TooMany { .. }), "{at}");
        }
        let over = world.write(|conn, keys, now| subscriptions::signup(conn, keys, &asked, now));
        assert_eq!(over, SignupOutcome::TooMany { retry_after_seconds: 900 });
        asked.circumstances.network = "2001:db8:0:1::1".to_owned();
        asked.list_id = list;
        let neighbour = world.write(|conn, keys, now| subscriptions::signup(conn, keys, &asked, now));
        assert!(!matches!(neighbour, SignupOutcome::TooMany { .. }));
    });
}

#[test]
fn a_stranger_changes_nothing_that_is_known_until_the_owner_confirms() {
    on_both(|mut world| {
        let mut first = world.asked(ROSE, Via::Form);
        first.attributes = [("town".to_owned(), "Lyon".to_owned())].into();
        world.write(|conn, keys, now| subscriptions::signup(conn, keys, &first, now));
        assert_eq!(world.subscriber(ROSE).attributes["town"], "Lyon");
        world.later(TimeDelta::hours(1));
        let mut strange = world.asked(ROSE, Via::Form);
        strange.attributes = [("town".to_owned(), "Paris".to_owned()), ("age".to_owned(), "7".to_owned())].into();
        world.write(|conn, keys, now| subscriptions::signup(conn, keys, &strange, now));
        assert_eq!(world.subscriber(ROSE).attributes, first.attributes);
        let token = world.tokens(ROSE).pop().unwrap();
        world.write(|conn, _, now| subscriptions::confirm(conn, &token, &from_home(), now));
        assert_eq!(world.subscriber(ROSE).attributes, strange.attributes);
    });
}

#[test]
fn the_list_of_another_account_and_a_closed_one_answer_alike() {
    on_both(|mut world| {
        let other = world.other_account("Other");
        let mut asked = world.asked(ROSE, Via::Api);
        asked.account_id = other;
        let foreign = world.write(|conn, keys, now| subscriptions::signup(conn, keys, &asked, now));
        let (account, list) = (world.account, world.list.id);
        world.write(|conn, _, now| estampille::lists::close(conn, account, list, now));
        assert_eq!((foreign, world.sign_up(ROSE, Via::Form)), (SignupOutcome::NoList, SignupOutcome::NoList));
        assert_eq!(forms::find_public(&mut world.conn, world.form.id).unwrap(), None);
    });
}
