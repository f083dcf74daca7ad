//! The pace of campaigns on their way.

use super::start::lanes::{Front, count_missing, fronts, plans, replace_plan, waiting_below};
use super::warming::Warming;
use crate::clock::Timestamp;
use crate::pacing::Plan;
use crate::pacing::lanes::{self, AccountLanes, Lanes};
use crate::storage::{AccountId, CampaignId, Conn, StoreError};

/// Lets the plans of campaigns that lag behind by more than a minute go on from where they really are, so that a machine
/// that stood still, or a relay that was away, leaves no burst behind.
///
/// A lane that is held back by its provider is no lag: the others go on by the plan, and the lane goes after them.
///
/// # Errors
/// When the database cannot do it.
pub fn keep_pace(conn: &mut Conn, now: Timestamp) -> Result<usize, StoreError> {
    count_missing(conn)?;
    let mut held = Held { lanes: lanes::all(conn)?, of_accounts: lanes::of_accounts(conn)?, warming: None, now };
    let mut rebased = 0;
    for (id, account, text) in plans(conn)? {
        let Some(plan) = Plan::read(&text) else { continue };
        let fronts = fronts(conn, id)?;
        if !fronts.iter().filter_map(|front| front.first).any(|first| plan.may_lag(now, first)) {
            continue;
        }
        held.warming = Warming::of(conn, (account, id), now)?;
        let really = really_released(conn, (id, account, &plan), &fronts, &held)?;
        if let Some(after) = plan.rebased(now, really) {
            replace_plan(conn, id, &text, &after)?;
            rebased += 1;
        }
    }
    Ok(rebased)
}

/// What holds lanes back.
struct Held {
    lanes: Lanes,
    of_accounts: AccountLanes,
    /// Of the campaign that is looked at.
    warming: Option<Warming>,
    now: Timestamp,
}

impl Held {
    fn is_free(&self, account: AccountId, lane: &str) -> bool {
        let is_open = |permille: i64| permille == 1000;
        let of_account = self.of_accounts.get(&(account, lane.to_owned()));
        let is_warming = self.warming.as_ref().is_some_and(|warming| warming.ramp(lane, self.now).is_some());
        !is_warming
            && of_account.is_none_or(|of_account| is_open(of_account.state.permille(self.now)))
            && self
                .lanes
                .get(lane)
                .is_none_or(|lane| is_open(lane.state.permille(self.now)) && !lane.is_tight(self.now))
    }
}

/// How many positions are really out, as the lanes tell that nothing holds back; where everything is held back, as the
/// lane tells that is furthest.
fn really_released(
    conn: &mut Conn,
    (id, account, plan): (CampaignId, AccountId, &Plan),
    fronts: &[Front],
    held: &Held,
) -> Result<i64, StoreError> {
    let released = plan.released(held.now);
    let (mut of_free, mut furthest) = ((0, 0), 0);
    for front in fronts {
        let waiting = match front.first {
            Some(first) if first < released => waiting_below(conn, id, &front.lane, released)?,
            _ => 0,
        };
        if held.is_free(account, &front.lane) {
            of_free = (of_free.0 + waiting, of_free.1 + front.part);
        }
        furthest = furthest.max(out(released, plan.audience(), waiting, front.part));
    }
    let (waiting, part) = of_free;
    Ok(if part > 0 { out(released, plan.audience(), waiting, part) } else { furthest })
}

/// Positions that are out, when `waiting` of the released ones still wait in lanes that have `part` of the audience.
fn out(released: i64, audience: i64, waiting: i64, part: i64) -> i64 {
    let waiting = i128::from(waiting) * i128::from(audience) / i128::from(part.max(1));
    i64::try_from((i128::from(released) - waiting).max(0)).unwrap_or(0)
}
