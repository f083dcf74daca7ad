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

/// What may be done with an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Lets one that was looked at begin.
    Start,
    /// Lets it stand still.
    Pause,
    /// Lets it go on, at the pace of its first day: what was missed is not caught up.
    Resume,
    /// Gives it up: no further row is read and nobody more is asked. Who was registered and not asked yet is let go by
    /// [`forget_old`], some at a time.
    Cancel,
}

impl Act {
    const fn action(self) -> &'static str {
        match self {
            Self::Start => "import.start",
            Self::Pause => "import.pause",
            Self::Resume => "import.resume",
            Self::Cancel => "import.cancel",
        }
    }

    /// Whether the import stands where this can be done.
    fn may(self, import: &Import) -> bool {
        match self {
            Self::Start => import.state == State::Ready,
            Self::Pause => matches!(import.state, State::Reading | State::Asking) && import.paused.is_none(),
            Self::Resume => import.paused.is_some() && !import.state.is_final(),
            Self::Cancel => !import.state.is_final(),
        }
    }
}

/// Does it, and writes down who did.
///
/// # Errors
/// When the database cannot do it.
pub fn act(
    conn: &mut Conn,
    (account, id): (AccountId, ImportId),
    act: Act,
    by: Actor,
    now: Timestamp,
) -> Result<ActOutcome, StoreError> {
    let Some(import) = store::hold(conn, id)?.filter(|import| import.account_id == account) else {
        return Ok(ActOutcome::NotThere);
    };
    if !act.may(&import) {
        return Ok(ActOutcome::NotNow);
    }
    carry_out(conn, &import, act, now)?;
    audit::record(conn, &Entry::of(by, act.action()).account(account).subject(&id), now)?;
    Ok(store::find(conn, id)?.map_or(ActOutcome::NotThere, |import| ActOutcome::Done(Box::new(import))))
}

fn carry_out(conn: &mut Conn, import: &Import, act: Act, now: Timestamp) -> Result<(), StoreError> {
    let id = import.id;
    match act {
        Act::Start => store::set_state(conn, id, State::Reading, None),
        Act::Pause => store::set_paused(conn, id, Some((now, PauseReason::User))),
        Act::Resume => {
            store::set_paused(conn, id, None)?;
            store::set_pace(conn, id, import.pace.from_here(import.pace.per_day, import.counts.asked, now))
        }
        Act::Cancel => {
            store::set_state(conn, id, State::Cancelled, Some(now))?;
            chunks::delete_all(conn, id)
        }
    }
}

/// People whose registration is taken back in one transaction.
const TOGETHER: i64 = 100;
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
