//! Leaving, through every door.

use chrono::TimeDelta;
use estampille::audit::Actor;
use estampille::consent::{self, Event};
use estampille::keyring::Keyring;
use estampille::lists;
use estampille::storage::SubscriptionId;
use estampille::subscriptions::{self, EndReason, MayReceive, State, UnsubscribeOutcome, Via};
use estampille::suppressions::{self, NewSuppression, Reason};

use super::world::{World, address, from_home, on_both};

const ROSE: &str = "rose@reader.example";

fn leave(world: &mut World, id: SubscriptionId, reason: EndReason) -> UnsubscribeOutcome {
    world.write(|conn, _, now| subscriptions::unsubscribe(conn, id, reason, &from_home(), now))
}

#[test]
fn uns_07_leaving_twice_is_leaving_once() {
    on_both(|mut world| {
        let id = world.stamp(ROSE).id;
        world.later(TimeDelta::hours(1));
        let left_at = world.now;
        assert!(matches!(leave(&mut world, id, EndReason::OneClick), UnsubscribeOutcome::Ended(_)));
        world.later(TimeDelta::hours(1));
        for reason in EndReason::ALL {
            assert!(matches!(leave(&mut world, id, *reason), UnsubscribeOutcome::AlreadyEnded(_)), "{reason}");
        }
        let subscription = world.subscription(ROSE);
        assert_eq!((subscription.ended_at, subscription.end_reason), (Some(left_at), Some(EndReason::OneClick)));
        let subscriber = subscription.subscriber_id;
        let records = consent::of_subscriber(&mut world.conn, world.account, subscriber).unwrap();
        let events: Vec<Event> = records.iter().map(|record| record.event).collect();
        assert_eq!(events, [Event::Requested, Event::Confirmed, Event::Withdrawn]);
        assert_eq!(records[2].via, "one_click");
    });
}

#[test]
fn uns_06_a_link_works_after_the_list_closed_the_key_changed_and_years_went_by() {
    on_both(|mut world| {
        let id = world.stamp(ROSE).id;
        let token = subscriptions::unsubscribe_token(&world.keys, id);
        let (account, list) = (world.account, world.list.id);
        world.write(|conn, _, now| lists::close(conn, account, list, now));
        world.later(TimeDelta::days(3650));
        let rotated = Keyring::new(vec![[9; 32], [8; 32], [7; 32]]).unwrap();
        let opened = subscriptions::open_unsubscribe_token(&rotated, &token.to_uppercase()).unwrap();
        assert!(matches!(leave(&mut world, opened, EndReason::OneClick), UnsubscribeOutcome::Ended(_)));
        assert_eq!(leave(&mut world, SubscriptionId::new(), EndReason::OneClick), UnsubscribeOutcome::Gone);
    });
}

#[test]
fn who_leaves_before_confirming_gets_no_mail_and_cannot_confirm_any_more() {
    on_both(|mut world| {
        world.sign_up(ROSE, Via::Form);
        let token = world.tokens(ROSE).pop().unwrap();
        let id = world.subscription(ROSE).id;
        leave(&mut world, id, EndReason::Page);
        assert_eq!((world.waiting(ROSE), world.tokens(ROSE).len()), (0, 0));
        let outcome = world.write(|conn, _, now| subscriptions::confirm(conn, &token, &from_home(), now));
        assert!(matches!(outcome, subscriptions::ConfirmOutcome::Expired(_)));
    });
}

#[test]
fn an_own_wish_is_recorded_over_a_lesser_reason_and_the_end_stays_where_it_was() {
    on_both(|mut world| {
        let id = world.stamp(ROSE).id;
        leave(&mut world, id, EndReason::Sender);
        let ended_at = world.now;
        world.later(TimeDelta::days(1));
        assert!(matches!(leave(&mut world, id, EndReason::OneClick), UnsubscribeOutcome::Ended(_)));
        let subscription = world.subscription(ROSE);
        assert_eq!((subscription.ended_at, subscription.end_reason), (Some(ended_at), Some(EndReason::OneClick)));
    });
}

#[test]
fn a_complaint_ends_every_list_of_the_account_and_none_of_another() {
    on_both(|mut world| {
        let (account, list, form) = (world.account, world.list.clone(), world.form.clone());
        let first = world.stamp(ROSE);
        world.list = world.other_list(account, "Second");
        world.later(TimeDelta::hours(1));
        let second = world.stamp(ROSE);
        world.account = world.other_account("Other");
        world.list = world.other_list(world.account, "Letters");
        world.later(TimeDelta::hours(1));
        let foreign = world.stamp(ROSE);
        let ended = world.write(|conn, _, now| {
            subscriptions::end_all(conn, first.subscriber_id, EndReason::Complaint, &from_home(), now)
        });
        assert_eq!(ended, 2);
        for (id, state) in [(first.id, State::Ended), (second.id, State::Ended), (foreign.id, State::Confirmed)] {
            assert_eq!(subscriptions::find(&mut world.conn, id).unwrap().unwrap().state, state);
        }
        drop((list, form));
    });
}

/// UNS-05, CON-01: the late check.
#[test]
fn only_a_confirmed_subscription_of_an_open_list_without_suppression_may_receive() {
    on_both(|mut world| {
        world.sign_up(ROSE, Via::Form);
        let id = world.subscription(ROSE).id;
        let may = |world: &mut World| subscriptions::may_receive(&mut world.conn, id).unwrap();
        assert_eq!(may(&mut world), MayReceive::NotConfirmed);
        let token = world.tokens(ROSE).pop().unwrap();
        world.write(|conn, _, now| subscriptions::confirm(conn, &token, &from_home(), now));
        assert_eq!(may(&mut world), MayReceive::Yes);
        for reason in [Reason::Manual, Reason::HardBounce, Reason::SoftBounces] {
            let new = NewSuppression {
                account_id: world.account,
                address: address(ROSE),
                reason,
                evidence: String::new(),
                delivery_id: None,
            };
            let suppression = world.write(|conn, _, now| suppressions::suppress(conn, &new, now)).unwrap();
            assert_eq!(may(&mut world), MayReceive::Suppressed(reason));
            let account = world.account;
            let lifted = world
                .write(|conn, _, now| suppressions::lift(conn, account, suppression, "a mistake", Actor::System, now));
            assert_eq!(lifted, suppressions::LiftOutcome::Lifted);
            assert_eq!(may(&mut world), MayReceive::Yes);
            // What came back is forgiven once; the next reason begins anew.
            world.tamper("DELETE FROM suppressions");
        }
        let (account, list) = (world.account, world.list.id);
        world.write(|conn, _, now| lists::close(conn, account, list, now));
        assert_eq!(may(&mut world), MayReceive::ListClosed);
        leave(&mut world, id, EndReason::Mail);
        assert_eq!(may(&mut world), MayReceive::NotConfirmed);
    });
}

#[test]
fn a_sender_cannot_lift_what_a_person_wished() {
    on_both(|mut world| {
        let (account, other) = (world.account, world.other_account("Other"));
        for reason in Reason::ALL {
            let new = NewSuppression {
                account_id: account,
                address: address(&format!("{reason}@reader.example")),
                reason: *reason,
                evidence: String::new(),
                delivery_id: None,
            };
            let id = world.write(|conn, _, now| suppressions::suppress(conn, &new, now)).unwrap();
            assert_eq!(world.write(|conn, _, now| suppressions::suppress(conn, &new, now)), None, "{reason} twice");
            let foreign = world.write(|conn, _, now| suppressions::lift(conn, other, id, "", Actor::System, now));
            assert_eq!(foreign, suppressions::LiftOutcome::NotThere, "{reason}");
            let lifted =
                world.write(|conn, _, now| suppressions::lift(conn, account, id, "a mistake", Actor::System, now));
            let expected = match reason {
                Reason::HardBounce | Reason::SoftBounces | Reason::Manual => suppressions::LiftOutcome::Lifted,
                Reason::Complaint | Reason::NotMe | Reason::Erased => suppressions::LiftOutcome::NotTheirs(*reason),
            };
            assert_eq!(lifted, expected, "{reason}");
        }
    });
}
