//! What a person does with an import: start it, let it stand still, let it go on, give it up.

use chrono::TimeDelta;

use super::brake::PauseReason;
use super::{Import, State, askings, chunks, refusals, store};
use crate::audit::{self, Actor, Entry};
use crate::consent;
use crate::storage::{AccountId, Conn, ImportId, StoreError, Timestamp};
use crate::subscriptions::withdraw_registered;

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActOutcome {
    /// Done; the import as it stands now.
    Done(Box<Import>),
    /// The account has no such import.
    NotThere,
    /// It stands where this cannot be done.
    NotNow,
}

/// Lets an import that was looked at begin.
///
/// # Errors
/// When the database cannot do it.
pub fn start(
    conn: &mut Conn,
    account: AccountId,
    id: ImportId,
    by: Actor,
    now: Timestamp,
) -> Result<ActOutcome, StoreError> {
    act(conn, (account, id), (by, "import.start"), now, |conn, import| {
        let may = import.state == State::Ready;
        if may {
            store::set_state(conn, id, State::Reading, None)?;
        }
        Ok(may)
    })
}

/// Lets an import stand still.
///
/// # Errors
/// When the database cannot do it.
pub fn pause(
    conn: &mut Conn,
    account: AccountId,
    id: ImportId,
    by: Actor,
    now: Timestamp,
) -> Result<ActOutcome, StoreError> {
    act(conn, (account, id), (by, "import.pause"), now, |conn, import| {
        let may = matches!(import.state, State::Reading | State::Asking) && import.paused.is_none();
        if may {
            store::set_paused(conn, id, Some((now, PauseReason::User)))?;
        }
        Ok(may)
    })
}

/// Lets an import go on, at the pace of its first day: what was missed is not caught up.
///
/// # Errors
/// When the database cannot do it.
pub fn resume(
    conn: &mut Conn,
    account: AccountId,
    id: ImportId,
    by: Actor,
    now: Timestamp,
) -> Result<ActOutcome, StoreError> {
    act(conn, (account, id), (by, "import.resume"), now, |conn, import| {
        let may = import.paused.is_some() && !import.state.is_final();
        if may {
            store::set_paused(conn, id, None)?;
            store::set_pace(conn, id, import.pace.from_here(import.pace.per_day, import.counts.asked, now))?;
        }
        Ok(may)
    })
}

/// People whose registration is taken back in one transaction.
const TOGETHER: i64 = 100;

/// Gives an import up: no further row is read and nobody more is asked.
///
/// Who was registered and not asked yet is let go by [`forget_old`], some at a time.
///
/// # Errors
/// When the database cannot do it.
pub fn cancel(
    conn: &mut Conn,
    account: AccountId,
    id: ImportId,
    by: Actor,
    now: Timestamp,
) -> Result<ActOutcome, StoreError> {
    act(conn, (account, id), (by, "import.cancel"), now, |conn, import| {
        if import.state.is_final() {
            return Ok(false);
        }
        store::set_state(conn, id, State::Cancelled, Some(now))?;
        chunks::delete_all(conn, id)?;
        Ok(true)
    })
}

fn act(
    conn: &mut Conn,
    (account, id): (AccountId, ImportId),
    (by, action): (Actor, &'static str),
    now: Timestamp,
    work: impl FnOnce(&mut Conn, &Import) -> Result<bool, StoreError>,
) -> Result<ActOutcome, StoreError> {
    let Some(import) = store::hold(conn, id)?.filter(|import| import.account_id == account) else {
        return Ok(ActOutcome::NotThere);
    };
    if !work(conn, &import)? {
        return Ok(ActOutcome::NotNow);
    }
    audit::record(conn, &Entry::of(by, action).account(account).subject(&id), now)?;
    Ok(store::find(conn, id)?.map_or(ActOutcome::NotThere, |import| ActOutcome::Done(Box::new(import))))
}

/// A file whose laying down broke off is forgotten after this time.
const BROKEN_OFF_FOR: TimeDelta = TimeDelta::days(1);
/// Refused rows stay so long after the end, for whoever looks at them.
const REFUSALS_FOR: TimeDelta = TimeDelta::days(30);

/// Lets go who was registered by an import that was given up, and forgets refused rows and broken-off files whose time has
/// come; says how much there was to do.
///
/// # Errors
/// When the database cannot do it.
pub fn forget_old(conn: &mut Conn, now: Timestamp) -> Result<usize, StoreError> {
    let mut done = 0;
    for import in store::cancelled_with_waiting(conn)? {
        consent::hold(conn, import.account_id)?;
        for asking in askings::next(conn, import.id, import.counts.asked, TOGETHER)? {
            withdraw_registered(conn, asking.subscription_id, now)?;
            askings::set_asked(conn, import.id, asking.position, None, now)?;
            done += 1;
        }
        let asked = import.counts.asked + i64::try_from(done).unwrap_or(0);
        store::set_counts(conn, import.id, super::Counts { asked, ..import.counts })?;
        if done > 0 {
            return Ok(done);
        }
    }
    refusals::forget(conn, now - REFUSALS_FOR)?;
    for id in store::broken_off(conn, now - BROKEN_OFF_FOR)? {
        chunks::delete_all(conn, id)?;
        store::set_state(conn, id, State::Cancelled, Some(now))?;
        done += 1;
    }
    Ok(done)
}
