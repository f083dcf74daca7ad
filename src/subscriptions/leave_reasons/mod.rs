//! Why people leave, if they care to say: one word of a short list, and a few words of their own.

mod store;

use super::{EndReason, State, store as subscriptions};
use crate::storage::{AccountId, CampaignId, Conn, ListId, StoreError, SubscriberId, SubscriptionId, Timestamp, words};

/// Longest text in a reader's own words, in characters.
pub const LONGEST_COMMENT: usize = 500;

words! {
    /// Why somebody left.
    pub enum LeaveReason {
        /// Too much mail.
        TooOften = "too_often",
        /// It does not interest them any more.
        NotInteresting = "not_interesting",
        /// It is not what they had expected.
        NotExpected = "not_expected",
        /// They do not remember to have asked for it.
        NeverAsked = "never_asked",
        /// Something else.
        Other = "other",
    }
}

/// What a reader told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The word they chose.
    pub reason: LeaveReason,
    /// Their own words; may be empty.
    pub comment: String,
    /// When.
    pub told_at: Timestamp,
}

/// How often each reason was told, the commonest first, and the latest own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reasons {
    /// Only those that were told.
    pub counts: Vec<(LeaveReason, i64)>,
    /// Newest first, without a name.
    pub comments: Vec<Told>,
}

/// Keeps why somebody left; a second answer replaces the first. `false` when nobody left here by their own hand, which
/// is all that the link can be used for.
///
/// # Errors
/// When the database cannot do it.
pub fn tell_why(
    conn: &mut Conn,
    id: SubscriptionId,
    reason: LeaveReason,
    comment: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let left = subscriptions::find(conn, id)?.filter(|found| found.state == State::Ended && has_left(found.end_reason));
    let Some((subscription, left_at)) = left.and_then(|found| found.ended_at.map(|at| (found, at))) else {
        return Ok(false);
    };
    let comment: String = comment.trim().chars().filter(|sign| !is_unwanted(*sign)).take(LONGEST_COMMENT).collect();
    store::keep(conn, &subscription, left_at, &Told { reason, comment, told_at: now })?;
    Ok(true)
}

/// Whether somebody pressed a button or wrote a mail: bounces and complaints are not asked why.
fn has_left(reason: Option<EndReason>) -> bool {
    matches!(reason, Some(EndReason::OneClick | EndReason::Page | EndReason::Mail))
}

fn is_unwanted(sign: char) -> bool {
    sign.is_control() && sign != '\n'
}

/// Why people left a list of this account.
///
/// # Errors
/// When the database cannot be read.
pub fn reasons_of_list(conn: &mut Conn, account: AccountId, list: ListId) -> Result<Reasons, StoreError> {
    Ok(Reasons {
        counts: store::counts_of_list(conn, account, list)?,
        comments: store::comments_of_list(conn, account, list)?,
    })
}

/// Why people left after a campaign's message and before a later one reached them; look the campaign up by its account
/// before.
///
/// # Errors
/// When the database cannot be read.
pub fn reasons_of_campaign(conn: &mut Conn, id: CampaignId) -> Result<Vec<(LeaveReason, i64)>, StoreError> {
    store::counts_of_campaign(conn, id)
}

/// What this person told, with the subscription that they left.
///
/// # Errors
/// When the database cannot be read.
pub fn reasons_of_subscriber(
    conn: &mut Conn,
    subscriber: SubscriberId,
) -> Result<Vec<(SubscriptionId, Told)>, StoreError> {
    store::of_subscriber(conn, subscriber)
}

/// Takes a person's own words away; the chosen ones say nothing of anybody.
pub(super) fn forget_comments(conn: &mut Conn, subscriber: SubscriberId) -> Result<(), StoreError> {
    store::blank(conn, subscriber)
}
