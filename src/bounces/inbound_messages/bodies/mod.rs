//! How long the bodies of messages that came in are kept. The rows stay, so that the same message is still known.

mod store;

use chrono::TimeDelta;

use super::State;

pub use store::drop_bodies;

/// How long the body of a message in a state is kept after it came; `None` for ever.
const fn kept_for(state: State) -> Option<TimeDelta> {
    match state {
        State::Stored => None,
        State::Judged => Some(TimeDelta::days(180)),
        // As long as a complaint counts: an operator may still let it act.
        State::Quarantined => Some(TimeDelta::days(400)),
        State::Unmarked | State::Dismissed | State::Expired | State::Unreadable | State::Kept => {
            Some(TimeDelta::days(30))
        }
    }
}
