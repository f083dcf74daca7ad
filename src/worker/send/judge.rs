//! What a reply means for a delivery.

use chrono::TimeDelta;

use super::super::Engine;
use super::super::hand::Fault;
use crate::deliveries::Delivery;
use crate::deliveries::queue::Verdict;
use crate::deliveries::retry::{Retry, after_refusal};
use crate::keyring::random_bytes;
use crate::mail::relay::Reply;
use crate::pacing::Provider;

/// So long other messages have the relay to themselves.
const ASIDE: TimeDelta = TimeDelta::minutes(2);

/// The verdict on a delivery that was handed to the relay.
///
/// A connection that breaks is the relay's affair, not the recipient's. Only a message that breaks one fresh connection
/// after the other makes room, so that it does not stop all others; and it is counted an attempt only when others were
/// answered meanwhile.
pub(in super::super) fn verdict(engine: &Engine, delivery: &Delivery, reply: Reply, is_fresh: bool) -> Verdict {
    match reply {
        Reply::Accepted { code, text } => {
            engine.hand.was_answered(delivery.id);
            Verdict::Accepted { code, reply: text }
        }
        Reply::Refused { code, text } => {
            engine.hand.was_answered(delivery.id);
            engine.lanes.hear(delivery, &text);
            refused(engine, delivery, code, text)
        }
        Reply::Trouble { text, .. } if is_fresh => broken(engine, delivery, &text),
        Reply::Trouble { .. } => Verdict::GivenBack,
    }
}

/// Whose a reply is: 421 with words that the provider of the lane is known for was not said by the relay about itself, but
/// passed on, and is about this message and its lane.
pub(in super::super) fn of_whom(reply: Reply, lane: &str) -> Reply {
    match reply {
        Reply::Trouble { code: Some(421), text } if Provider::by_name(lane).is_some_and(|found| found.knows(&text)) => {
            Reply::Refused { code: 421, text }
        }
        other => other,
    }
}

fn broken(engine: &Engine, delivery: &Delivery, text: &str) -> Verdict {
    match engine.hand.was_cut(delivery.id) {
        Fault::Unknown => Verdict::GivenBack,
        Fault::OfTheRelay => {
            let due_at = engine.app.clock.now() + engine.app.settings.retry.first.min(ASIDE);
            Verdict::PutOff { due_at, cause: text.to_owned() }
        }
        Fault::OfTheMessage => refused(engine, delivery, 451, format!("451 4.4.2 the connection broke: {text}")),
    }
}

/// A 5xx fails; a 4xx waits, until it was tried for long enough.
pub(in super::super) fn refused(engine: &Engine, delivery: &Delivery, code: u16, reply: String) -> Verdict {
    if code >= 500 { Verdict::Failed { code, reply } } else { deferred(engine, delivery, code, reply) }
}

/// Waits, until it was tried for long enough; whatever the code, which may speak of us and not of the recipient.
pub(in super::super) fn deferred(engine: &Engine, delivery: &Delivery, code: u16, reply: String) -> Verdict {
    let [jitter] = random_bytes::<1>();
    let now = engine.app.clock.now();
    let retry = &engine.app.settings.retry;
    match after_refusal(retry, delivery.attempts, delivery.expires_at, f64::from(jitter) / 255.0, now) {
        Retry::At { due_at, expires_at } => Verdict::Deferred { code, reply, due_at, expires_at },
        Retry::GiveUp => Verdict::Failed { code, reply },
    }
}
