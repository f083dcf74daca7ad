//! A form that is asked for more than people ask: noticed once, told to the account and the operator, its mail queued
//! slowly and then held, until it is calm again.

mod mail;
mod release;
mod store;
mod tell;

use chrono::TimeDelta;

use super::ask::Pace;
use super::requests;
use super::tally::{Place, Step, Tally};
use crate::storage::{AccountId, Conn, FloodId, FormId, StoreError, Timestamp};

pub use mail::flood_mail;
pub use release::{ReleaseOutcome, discard_held, release_held};

/// A form sends its mail no faster than this once it is slow: six hundred an hour.
pub const GAP: TimeDelta = TimeDelta::seconds(6);
/// What would wait longer than this is held.
const LONGEST_QUEUE: TimeDelta = TimeDelta::hours(6);
/// How long a slow mail waits that belongs to no form: it was asked for by a program.
const WITHOUT_FORM: TimeDelta = TimeDelta::minutes(10);
/// Calm for so long, a flood is over.
const CALM: TimeDelta = TimeDelta::hours(1);
/// A form that is flooded again within this time goes on with the same flood: nobody is told twice a day.
const SAME: TimeDelta = TimeDelta::days(1);

/// One flood of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flood {
    /// Its id.
    pub id: FloodId,
    /// Whose form.
    pub account_id: AccountId,
    /// Which form.
    pub form_id: FormId,
    /// The furthest that the form had to go.
    pub step: Step,
    /// Most signups in an hour.
    pub tried: i64,
    /// Most mails in an hour.
    pub mailed: i64,
    /// Since when.
    pub began_at: Timestamp,
    /// When it was last seen.
    pub seen_at: Timestamp,
    /// When the next slow mail may leave.
    pub next_mail_at: Timestamp,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
}

/// Notices a form that demands more by its own numbers; tells of it when it begins.
pub(super) fn notice(
    conn: &mut Conn,
    place: &Place,
    tally: &Tally,
    now: Timestamp,
) -> Result<Option<Flood>, StoreError> {
    let (Some(form), Some(rate), step) = (place.form, &tally.form, tally.of_form()) else { return Ok(None) };
    if step == Step::Calm {
        return Ok(None);
    }
    let seen = Flood {
        id: FloodId::new(),
        account_id: place.account,
        form_id: form,
        step,
        tried: rate.tried,
        mailed: rate.mailed,
        began_at: now,
        seen_at: now,
        next_mail_at: now,
        ended_at: None,
    };
    if let Some(known) = store::open_or_recent(conn, form, now - SAME)? {
        let flood = Flood {
            step: known.step.max(step),
            tried: known.tried.max(seen.tried),
            mailed: known.mailed.max(seen.mailed),
            seen_at: now,
            ended_at: None,
            ..known
        };
        store::update(conn, &flood)?;
        return Ok(Some(flood));
    }
    if store::insert(conn, &seen)? {
        tell::tell(conn, &seen, now)?;
    }
    Ok(Some(seen))
}

/// When the mail of a signup may leave.
pub(super) fn pace_of(conn: &mut Conn, place: &Place, tally: &Tally, now: Timestamp) -> Result<Pace, StoreError> {
    let flood = notice(conn, place, tally, now)?;
    Ok(match (tally.step(), flood) {
        (Step::Calm | Step::Work, _) => Pace::Now,
        (Step::Slow, Some(flood)) => {
            let due_at = flood.next_mail_at.max(now);
            if due_at > now + LONGEST_QUEUE {
                return Ok(Pace::Held);
            }
            store::update(conn, &Flood { next_mail_at: due_at + GAP, ..flood })?;
            Pace::At(due_at)
        }
        // What the form did not bring about by itself waits a little; what no page could release is not held.
        (Step::Slow, None) => Pace::At(now + WITHOUT_FORM),
        (Step::Held, _) if place.form.is_none() => Pace::At(now + LONGEST_QUEUE),
        (Step::Held, _) => Pace::Held,
    })
}

/// Ends floods that have been calm, and drops passes that are too old to prove anything; says how many floods ended.
///
/// # Errors
/// When the database cannot do it.
pub fn calm_down(conn: &mut Conn, now: Timestamp) -> Result<usize, StoreError> {
    requests::forget_passes(conn, now)?;
    store::end_before(conn, now - CALM, now)
}

/// How a form stands: its flood, if there is one or was one within a day, and how many mails are held.
///
/// # Errors
/// When the database cannot be read.
pub fn of_form(
    conn: &mut Conn,
    account: AccountId,
    form: FormId,
    now: Timestamp,
) -> Result<(Option<Flood>, i64), StoreError> {
    let flood = store::open_or_recent(conn, form, now - SAME)?.filter(|flood| flood.account_id == account);
    Ok((flood, requests::count_held(conn, form)?))
}

/// The floods that go on, of one account or of all, newest first.
///
/// # Errors
/// When the database cannot be read.
pub fn open_floods(conn: &mut Conn, account: Option<AccountId>, limit: i64) -> Result<Vec<Flood>, StoreError> {
    store::open(conn, account, limit)
}
