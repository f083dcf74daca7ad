//! The lanes of a campaign: how much of its audience each has, and how far each is.

mod store;

pub(in super::super) use store::count_missing;
pub(super) use store::{add, audience};
pub(in super::super) use store::{fronts, plans, replace_plan, waiting_below};

/// How far a campaign is in a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Front {
    pub(in super::super) lane: String,
    /// Deliveries of the campaign in this lane, in all.
    pub(in super::super) part: i64,
    /// The first position that was not tried yet.
    pub(in super::super) first: Option<i64>,
}
