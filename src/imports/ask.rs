//! Asking the people of an import to confirm, as many as its pace lets go.

use super::brake::{PauseReason, SAMPLE, brake};
use super::{Import, State, askings, store};
use crate::keyring::Keyring;
use crate::storage::{Conn, ImportId, StoreError, Timestamp};
use crate::subscriptions::{AskRegisteredOutcome, ask_registered};
use crate::{accounts, consent};

/// People asked in one transaction.
const TOGETHER: i64 = 50;

/// The imports whose people are being asked.
///
/// # Errors
/// When the database cannot be read.
pub fn asking(conn: &mut Conn) -> Result<Vec<ImportId>, StoreError> {
    store::in_state(conn, State::Asking)
}

/// Asks those whose turn has come, and says how many; stops the import where too many mails came back or were unwanted.
///
/// # Errors
/// When the database cannot do it; then nothing was.
pub fn ask_due(conn: &mut Conn, keys: &Keyring, id: ImportId, now: Timestamp) -> Result<usize, StoreError> {
    let Some(mut import) = store::take(conn, id)? else { return Ok(0) };
    if import.state != State::Asking || import.paused.is_some() || is_held(conn, &import)? {
        return Ok(0);
    }
    if let Some(anew) = import.pace.after_a_gap(import.counts.asked, now) {
        store::set_pace(conn, id, anew)?;
        import.pace = anew;
    }
    let due = (import.pace.released(now) - import.counts.asked).min(import.left_to_ask()).min(TOGETHER);
    if due <= 0 {
        return Ok(0);
    }
    if let Some(reason) = brake(askings::fate(conn, id, import.pace.leg_at, SAMPLE)?) {
        stop(conn, &import, reason, now)?;
        return Ok(0);
    }
    consent::hold(conn, import.account_id)?;
    let next = askings::next(conn, id, import.counts.asked, due)?;
    for asking in &next {
        let delivery = match ask_registered(conn, keys, asking.subscription_id, &asking.request, now)? {
            AskRegisteredOutcome::Asked(delivery) => Some(delivery),
            AskRegisteredOutcome::Over => None,
            AskRegisteredOutcome::Later => {
                let last = import.counts.accepted + import.counts.postponed;
                askings::insert_all(conn, id, last, vec![(asking.subscription_id, asking.request.clone())])?;
                import.counts.postponed += 1;
                None
            }
        };
        askings::set_asked(conn, id, asking.position, delivery, now)?;
        import.counts.asked += 1;
    }
    store::set_counts(conn, id, import.counts)?;
    if import.left_to_ask() == 0 {
        store::set_state(conn, id, State::Finished, Some(now))?;
    }
    Ok(next.len())
}

/// An import is the sender's wish: while the account or the installation stands still, so does it.
fn is_held(conn: &mut Conn, import: &Import) -> Result<bool, StoreError> {
    let is_paused = accounts::find(conn, import.account_id)?.is_none_or(|account| account.is_paused());
    Ok(is_paused || accounts::installation::sending_pause(conn)?.is_some())
}

fn stop(conn: &mut Conn, import: &Import, reason: PauseReason, now: Timestamp) -> Result<(), StoreError> {
    tracing::warn!(import = %import.id, %reason, "an import stopped asking by itself");
    store::set_paused(conn, import.id, Some((now, reason)))
}
