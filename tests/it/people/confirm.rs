//! The stamp, and what must not become one.

use chrono::TimeDelta;
use estampille::consent::{self, Event};
use estampille::forms::{self, FormChange};
use estampille::subscriptions::{
    self, ConfirmOutcome, EndReason, Looked, NotMeOutcome, SignupOutcome, Silence, State, Via,
};
use estampille::suppressions::{self, Reason};

use super::world::{World, from_home, on_both};

const ROSE: &str = "rose@reader.example";

fn confirm(world: &mut World, token: &str) -> ConfirmOutcome {
    world.write(|conn, _, now| subscriptions::confirm(conn, token, &from_home(), now))
}

#[test]
fn con_04_the_stamp_keeps_the_words_that_were_shown_though_the_form_has_others_now() {
    on_both(|mut world| {
        world.sign_up(ROSE, Via::Form);
        let (account, form) = (world.account, world.form.id);
        let change = FormChange { consent_text: Some("Other words.".to_owned()), ..FormChange::default() };
        let changed = world.write(|conn, _, now| forms::change(conn, account, form, &change, now)).unwrap();
        assert_eq!(changed.version, 2);
        world.later(TimeDelta::hours(3));
        let token = world.tokens(ROSE).pop().unwrap();
        let ConfirmOutcome::Confirmed(stamp) = confirm(&mut world, &token) else { panic!("not stamped") };
        assert_eq!(stamp.confirmed_at, world.now);
        let record = consent::stamp_of(&mut world.conn, stamp.subscription_id).unwrap().unwrap();
        assert_eq!((record.event, record.via.as_str(), record.at), (Event::Confirmed, "confirm_page", world.now));
        assert_eq!((record.form_version, record.wording.as_str()), (Some(1), "I want the letter, twice a month."));
        assert_eq!(record.circumstances, from_home());
        let subscription = world.subscription(ROSE);
        assert_eq!((subscription.state, subscription.expires_at), (State::Confirmed, None));
    });
}

#[test]
fn con_02_looking_a_hundred_times_changes_nothing() {
    on_both(|mut world| {
        world.sign_up(ROSE, Via::Form);
        let token = world.tokens(ROSE).pop().unwrap();
        for _ in 0..100 {
            let looked = subscriptions::look(&mut world.conn, &token, world.now).unwrap();
            assert!(matches!(looked, Looked::Open(_)));
        }
        assert_eq!(world.subscription(ROSE).state, State::Pending);
    });
}

#[test]
fn con_03_a_replayed_token_says_so_and_stamps_once() {
    on_both(|mut world| {
        world.sign_up(ROSE, Via::Form);
        let token = world.tokens(ROSE).pop().unwrap();
        let first = world.now;
        assert!(matches!(confirm(&mut world, &token), ConfirmOutcome::Confirmed(_)));
        world.later(TimeDelta::days(1));
        let ConfirmOutcome::AlreadyConfirmed(stamp) = confirm(&mut world, &token) else { panic!("stamped again") };
        assert_eq!(stamp.confirmed_at, first);
        let stamps = "SELECT count(*) AS number FROM consent_records WHERE event = 'confirmed'";
        assert_eq!(world.count(stamps), 1);
    });
}

#[test]
fn con_03_a_used_token_does_not_bring_back_who_left() {
    on_both(|mut world| {
        world.sign_up(ROSE, Via::Form);
        let token = world.tokens(ROSE).pop().unwrap();
        confirm(&mut world, &token);
        let id = world.subscription(ROSE).id;
        world.write(|conn, _, now| subscriptions::unsubscribe(conn, id, EndReason::OneClick, &from_home(), now));
        assert!(matches!(confirm(&mut world, &token), ConfirmOutcome::Expired(_)));
        assert_eq!(world.subscription(ROSE).state, State::Ended);
    });
}

#[test]
fn con_03_a_token_works_for_seven_days_and_not_a_moment_longer() {
    on_both(|mut world| {
        for (who, wait, works) in [
            ("early@reader.example", TimeDelta::days(7) - TimeDelta::microseconds(1), true),
            ("late@reader.example", TimeDelta::days(7), false),
        ] {
            world.sign_up(who, Via::Form);
            let token = world.tokens(who).pop().unwrap();
            world.later(wait);
            assert_eq!(matches!(confirm(&mut world, &token), ConfirmOutcome::Confirmed(_)), works, "{who}");
        }
        world.write(|conn, _, now| subscriptions::expire_pending(conn, now, 10));
        let late = world.subscription("late@reader.example");
        assert_eq!((late.state, late.end_reason), (State::Ended, Some(EndReason::Expired)));
        assert_eq!(world.subscription("early@reader.example").state, State::Confirmed);
    });
}

#[test]
fn con_03_no_changed_character_leaves_a_token_that_anything_answers_to() {
    on_both(|mut world| {
        world.sign_up(ROSE, Via::Form);
        let token = world.tokens(ROSE).pop().unwrap();
        assert_eq!(token.len(), 26, "128 bits in base32");
        for at in 0..token.len() {
            for with in ["a", "b", "z", "7", "A"] {
                let mut forged = token.clone();
                forged.replace_range(at..=at, with);
                if forged != token {
                    assert_eq!(confirm(&mut world, &forged), ConfirmOutcome::Unknown, "{forged}");
                    let not_me = world.write(|conn, _, now| subscriptions::not_me(conn, &forged, &from_home(), now));
                    assert_eq!(not_me, NotMeOutcome::Unknown, "{forged}");
                }
            }
        }
        let id = world.subscription(ROSE).id;
        let purposes = subscriptions::unsubscribe_token(&world.keys, id);
        assert_eq!(confirm(&mut world, &purposes), ConfirmOutcome::Unknown);
        assert_eq!(world.subscription(ROSE).state, State::Pending);
    });
}

#[test]
fn not_me_ends_every_open_request_and_leaves_what_the_owner_confirmed() {
    on_both(|mut world| {
        let wanted = world.stamp(ROSE);
        let first = world.other_list(world.account, "Second");
        let second = world.other_list(world.account, "Third");
        for list in [&first, &second] {
            world.list = list.clone();
            world.later(TimeDelta::hours(1));
            assert!(matches!(world.sign_up(ROSE, Via::Form), SignupOutcome::Asked(_)));
        }
        let token = world.tokens(ROSE).pop().unwrap();
        for _ in 0..2 {
            let outcome = world.write(|conn, _, now| subscriptions::not_me(conn, &token, &from_home(), now));
            assert!(matches!(outcome, NotMeOutcome::Ended(_)));
        }
        let subscriber = world.subscriber(ROSE);
        for subscription in subscriptions::of_subscriber(&mut world.conn, subscriber.id).unwrap() {
            let expected = if subscription.id == wanted.id { None } else { Some(EndReason::NotMe) };
            assert_eq!(subscription.end_reason, expected);
        }
        assert!(subscriptions::may_receive(&mut world.conn, wanted.id).unwrap().is_yes());
        let reasons = suppressions::in_force(&mut world.conn, world.account, &subscriber.address_hash).unwrap();
        assert_eq!(reasons, [Reason::NotMe]);
        assert_eq!(world.waiting(ROSE), 1, "only the mail of the confirmed list was not skipped");
        world.later(TimeDelta::days(60));
        assert_eq!(world.sign_up(ROSE, Via::Form), SignupOutcome::Silent(Silence::Suppressed));
    });
}

#[test]
fn con_08_the_operators_word_stamps_with_evidence_and_never_who_left() {
    on_both(|mut world| {
        let mut asked = world.asked(ROSE, Via::Operator);
        asked.detail = "export of the old list, 2025-03-01, double opt-in log line 17".to_owned();
        let stamped = world.write(|conn, keys, now| subscriptions::stamp_by_operator(conn, keys, &asked, now));
        let subscriptions::StampOutcome::Stamped(id) = stamped else { panic!("{stamped:?}") };
        let record = consent::stamp_of(&mut world.conn, id).unwrap().unwrap();
        assert_eq!((record.via.as_str(), record.detail.as_str()), ("operator", asked.detail.as_str()));
        assert_eq!(world.mails(ROSE).len(), 0);
        world.write(|conn, _, now| subscriptions::unsubscribe(conn, id, EndReason::Page, &from_home(), now));
        let again = world.write(|conn, keys, now| subscriptions::stamp_by_operator(conn, keys, &asked, now));
        assert_eq!(again, subscriptions::StampOutcome::Left(Silence::HasLeft));
        assert_eq!(world.subscription(ROSE).state, State::Ended);
    });
}
