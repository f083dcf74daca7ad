//! Whether a signup may be answered with a mail, and whether a reason ends a subscription: values in, verdict out.

use chrono::TimeDelta;

use super::{EndReason, State, Via};
use crate::storage::{Timestamp, words};
use crate::suppressions::Reason;

/// Most confirmation mails to one address for one list in [`LIST_SPAN`].
const MOST_FOR_A_LIST: usize = 2;
/// The span over which mails for one list are counted.
pub(super) const LIST_SPAN: TimeDelta = TimeDelta::days(30);
/// Most confirmation mails in [`LIST_SPAN`] to an address that confirmed none of them, whoever asks (CON-10).
pub(super) const MOST_UNCONFIRMED: usize = 2;
/// Most confirmation mails to one address in [`ADDRESS_SPAN`], whoever asks, even when it confirms them.
pub(super) const MOST_FOR_AN_ADDRESS: i64 = 3;
/// The span over which mails to one address are counted.
pub(super) const ADDRESS_SPAN: TimeDelta = TimeDelta::days(1);
/// No second mail for one list comes sooner than this.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);

words! {
    /// Why a signup is answered without a mail. Never shown to whoever fills in the form (CON-11).
    pub enum Silence {
        /// The subscription is confirmed already.
        AlreadyConfirmed = "already_confirmed",
        /// The address is suppressed for this account.
        Suppressed = "suppressed",
        /// The person left by their own wish, and did not ask themselves (CON-13).
        HasLeft = "has_left",
        /// The mail before this one is not ten minutes old.
        TooSoon = "too_soon",
        /// Two mails went out for this list in thirty days (CON-10).
        ListCeiling = "list_ceiling",
        /// Two mails went to this address in thirty days and it confirmed none, or three in a day (CON-10).
        AddressCeiling = "address_ceiling",
        /// Its owner said "I did not ask for this", to whichever account: nobody asks again (CON-10).
        Unwanted = "unwanted",
    }
}

/// What is known when somebody signs up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// Where the subscription stands, if there is one.
    pub(super) state: Option<State>,
    /// Whether the last thing that the person themselves did was to leave.
    pub(super) has_left: bool,
    /// Why the address may not be mailed.
    pub(super) suppressed: Vec<Reason>,
    /// When mails for this list went out in the last [`LIST_SPAN`], newest first.
    pub(super) list_mails: Vec<Timestamp>,
    /// How many mails went to the address in the last [`ADDRESS_SPAN`].
    pub(super) address_mails: i64,
    /// How many mails asked the address in the last [`LIST_SPAN`], for whichever account, since it last confirmed one.
    pub(super) unconfirmed: usize,
    /// Whether its owner said "I did not ask for this", to whichever account.
    pub(super) is_unwanted: bool,
}

/// Why no mail goes out; `None` when one does.
pub(super) fn silence(standing: &Standing, via: Via, now: Timestamp) -> Option<Silence> {
    if standing.suppressed.iter().any(|reason| !(reason.lets_the_person_come_back() && via.is_the_person())) {
        return Some(Silence::Suppressed);
    }
    if standing.state == Some(State::Confirmed) {
        return Some(Silence::AlreadyConfirmed);
    }
    // The reader's own pages open with a link that only the owner of the mailbox has.
    if standing.is_unwanted && via != Via::ReaderPage {
        return Some(Silence::Unwanted);
    }
    if standing.has_left && !via.is_the_person() {
        return Some(Silence::HasLeft);
    }
    if standing.list_mails.first().is_some_and(|last| now.since(*last) < PATIENCE) {
        return Some(Silence::TooSoon);
    }
    if standing.list_mails.len() >= MOST_FOR_A_LIST {
        return Some(Silence::ListCeiling);
    }
    let is_full = standing.unconfirmed >= MOST_UNCONFIRMED || standing.address_mails >= MOST_FOR_AN_ADDRESS;
    is_full.then_some(Silence::AddressCeiling)
}

/// Whether `reason` changes a subscription in this state: it ends what goes on, and a person's own wish replaces a lesser
/// reason for an end.
pub(super) fn ends(state: State, ended_by: Option<EndReason>, reason: EndReason) -> bool {
    match state {
        State::Pending | State::Confirmed => true,
        State::Ended => reason.is_own_wish() && !ended_by.is_some_and(EndReason::is_own_wish),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn standing(state: Option<State>) -> Standing {
        Standing { state, ..Standing::default() }
    }

    #[test]
    fn every_prior_state_has_its_answer_for_a_person_and_for_a_sender() {
        let left = |state| Standing { has_left: true, ..standing(state) };
        let cases = [
            (standing(None), None, None),
            (standing(Some(State::Pending)), None, None),
            (standing(Some(State::Confirmed)), Some(Silence::AlreadyConfirmed), Some(Silence::AlreadyConfirmed)),
            (standing(Some(State::Ended)), None, None),
            (left(Some(State::Ended)), None, Some(Silence::HasLeft)),
            (left(Some(State::Pending)), None, Some(Silence::HasLeft)),
        ];
        for (standing, to_person, to_sender) in cases {
            assert_eq!(silence(&standing, Via::Form, NOW), to_person, "{standing:?}");
            for via in [Via::Api, Via::Import, Via::Operator] {
                assert_eq!(silence(&standing, via, NOW), to_sender, "{standing:?} {via}");
            }
        }
    }

    #[test]
    fn only_an_erased_person_comes_back_and_only_by_themselves() {
        for reason in Reason::ALL {
            let standing = Standing { suppressed: vec![*reason], ..Standing::default() };
            let expected = (*reason != Reason::Erased).then_some(Silence::Suppressed);
            assert_eq!(silence(&standing, Via::Form, NOW), expected, "{reason}");
            assert_eq!(silence(&standing, Via::Api, NOW), Some(Silence::Suppressed), "{reason}");
        }
        let both = Standing { suppressed: vec![Reason::Erased, Reason::Complaint], ..Standing::default() };
        assert_eq!(silence(&both, Via::Form, NOW), Some(Silence::Suppressed));
    }

    #[test]
    fn con_10_mails_are_spaced_and_counted() {
        let ago = |minutes| NOW - TimeDelta::minutes(minutes);
        for (list_mails, address_mails, expected) in [
            (vec![ago(9)], 1, Some(Silence::TooSoon)),
            (vec![ago(10)], 1, None),
            (vec![ago(10), ago(60)], 2, Some(Silence::ListCeiling)),
            (vec![], 2, None),
            (vec![], 3, Some(Silence::AddressCeiling)),
        ] {
            let standing = Standing { list_mails, address_mails, ..standing(Some(State::Pending)) };
            assert_eq!(silence(&standing, Via::Form, NOW), expected, "{standing:?}");
        }
    }

    #[test]
    fn con_10_who_confirms_none_is_asked_twice_and_who_did_not_ask_never_again() {
        for (unconfirmed, is_unwanted, expected) in
            [(1, false, None), (2, false, Some(Silence::AddressCeiling)), (0, true, Some(Silence::Unwanted))]
        {
            let standing = Standing { unconfirmed, is_unwanted, ..Standing::default() };
            for via in [Via::Form, Via::Api, Via::Import] {
                assert_eq!(silence(&standing, via, NOW), expected, "{standing:?} {via}");
            }
        }
        let by_own_link = Standing { is_unwanted: true, ..Standing::default() };
        assert_eq!(silence(&by_own_link, Via::ReaderPage, NOW), None);
    }

    #[test]
    fn an_own_wish_replaces_a_lesser_reason_and_nothing_replaces_an_own_wish() {
        for reason in EndReason::ALL {
            assert!(ends(State::Pending, None, *reason) && ends(State::Confirmed, None, *reason));
            for before in EndReason::ALL {
                let expected = reason.is_own_wish() && !before.is_own_wish();
                assert_eq!(ends(State::Ended, Some(*before), *reason), expected, "{before} then {reason}");
            }
        }
    }
}
