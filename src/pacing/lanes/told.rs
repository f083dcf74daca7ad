//! What reports tell of a lane, hours after the mail left, by the word of others.

use chrono::TimeDelta;

use super::hear::{Answer, HearOutcome, change_for};
use super::store;
use crate::ceilings;
use crate::clock::Timestamp;
use crate::pacing::{Provider, Step};
use crate::storage::{Conn, StoreError};

/// Reports about so many deliveries move a lane.
const FEWEST: i64 = 5;
/// The time that is looked at; with the counting window in which it began, up to twice as long.
const LOOKED_AT: TimeDelta = TimeDelta::minutes(15);

/// What several reports told of one lane of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The latest answer among them.
    pub answer: Answer,
    /// When each of the mails left that it was told of; none where that is not on record.
    pub left: Vec<Option<Timestamp>>,
}

/// Counts what reports told, and lets the lane of the account follow when it is a burst.
///
/// An answer on the wire is the receiving side's own; a report may be anybody's who got one of our mails. So one
/// changes nothing, and however many there are, they change the lane of the account whose mail they are about and
/// nobody else's. Mail that left before that lane last changed changes it no more: in a relay's queue there may be
/// hundreds.
///
/// # Errors
/// When the rows cannot be read or written.
pub fn hear_told(conn: &mut Conn, told: &Told, now: Timestamp) -> Result<HearOutcome, StoreError> {
    let answer = &told.answer;
    let (Some(provider), Some(account)) = (Provider::by_name(&answer.lane), answer.account) else {
        return Ok(HearOutcome::Nothing);
    };
    let (step, _) = provider.step(&answer.reply, answer.heard);
    if step == Step::Nothing {
        return Ok(HearOutcome::Nothing);
    }
    let before = store::state_held(conn, account, &answer.lane)?;
    let news = told.left.iter().filter(|left_at| before.is_news(**left_at)).count();
    let name = format!("told/{}/{account}", answer.lane);
    ceilings::hit_times(conn, &name, i64::try_from(news).unwrap_or(i64::MAX), now)?;
    if news == 0 || ceilings::hits(conn, &name, LOOKED_AT, now)? < FEWEST {
        return Ok(HearOutcome::Nothing);
    }
    let outcome = change_for(conn, account, answer, now, |before| before.after(step, now))?;
    // The next change takes as many again.
    ceilings::reset(conn, &name)?;
    Ok(outcome)
}
