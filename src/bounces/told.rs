//! What a report tells of how we send. A relay takes everything, so the receiving side's policies and throttles come back
//! as reports: once for each delivery, and late.

use chrono::TimeDelta;

use super::{Class, Lasting, Verdict, heard, store};
use crate::deliveries::{Delivery, Kind};
use crate::mail::plain;
use crate::pacing::{Heard, Provider, Step};
use crate::storage::{AccountId, CampaignId, Conn, StoreError, Timestamp};

/// Longest reply that is passed on, in bytes.
const LONGEST_REPLY: usize = 1000;

/// What the report of one delivery tells of how we send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Whose mail it was.
    pub account: AccountId,
    /// The lane in which it went.
    pub lane: String,
    /// When it left; none where that is not on record.
    pub left_at: Option<Timestamp>,
    /// What the receiving side said.
    pub reply: String,
    /// What its class says of how we send; `None` where the lane's provider means nothing by it.
    pub heard: Option<Heard>,
    /// The campaign that was refused by policy for good, where it was.
    pub blocked: Option<CampaignId>,
}

/// For so long one reader's reports are one voice: whoever kept old mails may write a report of each.
const ONE_VOICE: TimeDelta = TimeDelta::minutes(30);

/// What a refusal that was just recorded says of how we send; `None` when it speaks of the address, and when it is not
/// the first one of this reader.
///
/// Only of what a sender chose to send: anybody may have confirmations sent to addresses of their own.
pub(super) fn told(
    conn: &mut Conn,
    delivery: &Delivery,
    (verdict, reply): (&Verdict, &str),
    now: Timestamp,
) -> Result<Option<Told>, StoreError> {
    let Some(subscriber) = delivery.subscriber_id.filter(|_| delivery.kind.is_limited()) else { return Ok(None) };
    let Some(told) = read(delivery, verdict, reply) else { return Ok(None) };
    let is_first = store::reports_since(conn, subscriber, now - ONE_VOICE)? <= 1;
    Ok(is_first.then_some(told))
}

fn read(delivery: &Delivery, verdict: &Verdict, reply: &str) -> Option<Told> {
    let account = delivery.account_id?;
    let is_final = verdict.lasting == Lasting::ForGood;
    let is_block = is_final && matches!(verdict.class, Class::Policy | Class::Authentication | Class::Content);
    let heard = heard::of_class(verdict.class, is_final);
    let step = Provider::by_name(&delivery.lane).map_or(Step::Nothing, |provider| provider.step(reply, heard).0);
    let heard = (step != Step::Nothing).then_some(heard);
    let blocked = delivery.campaign_id.filter(|_| is_block && delivery.kind == Kind::Campaign);
    (heard.is_some() || blocked.is_some()).then(|| Told {
        account,
        lane: delivery.lane.clone(),
        left_at: delivery.finished_at,
        reply: plain(reply, LONGEST_REPLY),
        heard,
        blocked,
    })
}
