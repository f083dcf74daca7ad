//! One message to the audience of a list, from its draft to its report.
//!
//! A draft is written ([`draft`]), judged ([`preflight()`]: all reasons at once) and scheduled ([`schedule()`]). The worker
//! freezes the audience and renders each message; pausing, resuming and changing the pace ([`pause()`]) change one row.

pub mod archive;
mod blocks;
pub mod brakes;
pub mod digest;
pub mod draft;
pub mod finish;
mod held;
mod keep_pace;
pub mod pause;
pub mod preflight;
pub mod render;
pub mod report;
pub mod schedule;
pub mod start;
mod store;
pub mod trial;
mod warming;

pub use blocks::{Blocks, Late, count_block, count_blocks, is_burst};
pub use draft::{ChangeOutcome, Content, CreateOutcome, DeleteOutcome, Draft, change, create, delete};
pub use finish::{finish, skip_cancelled};
pub use held::{AccountUse, Hold, Why, account_use, holds};
pub use keep_pace::keep_pace;
pub use pause::{CancelOutcome, PaceOutcome, PauseOutcome, ResumeOutcome, cancel, change_pace, pause, resume};
pub use preflight::{Reason, Situation, preflight};
pub use report::{Counts, Minute, counts, curve, expected_end};
pub use schedule::{Schedule, ScheduleOutcome, readiness, schedule};
pub use start::{Due, FreezeOutcome, begin, due, freeze, freeze_some, start};
pub use store::{find, of_account};
pub use trial::{TestOutcome, Trial, send_test};
pub use warming::{Forecast, forecast, going};

use crate::clock::Timestamp;
use crate::pacing::Plan;
use crate::storage::words;
use crate::storage::{AccountId, CampaignId, ListId};

/// A campaign as its sender sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Campaign {
    /// Its public id.
    pub id: CampaignId,
    /// Whose it is.
    pub account_id: AccountId,
    /// The list whose confirmed subscribers get it.
    pub list_id: ListId,
    /// What it says.
    pub content: Content,
    /// Where it stands.
    pub state: State,
    /// Why it is paused, in the words of who paused it.
    pub paused_reason: Option<String>,
    /// When its audience is frozen and the first delivery may go; none while a draft.
    pub start_at: Option<Timestamp>,
    /// How its deliveries are released over time; none while a draft. Before the start it is made for the audience that
    /// was expected when it was scheduled.
    pub plan: Option<Plan>,
    /// How many deliveries it has, or is going to have; 0 while a draft.
    pub audience: i64,
    /// When the last delivery of its audience was written.
    pub frozen_at: Option<Timestamp>,
    /// When the draft was made.
    pub created_at: Timestamp,
    /// When the worker began to freeze its audience.
    pub started_at: Option<Timestamp>,
    /// When the last delivery ended, or when it was cancelled.
    pub finished_at: Option<Timestamp>,
}

words! {
    /// Where a campaign stands.
    pub enum State {
        /// Being written.
        Draft = "draft",
        /// Waits for its start.
        Scheduled = "scheduled",
        /// Its audience is frozen, or being frozen, and its deliveries go out.
        Sending = "sending",
        /// Stands still until it is resumed.
        Paused = "paused",
        /// Every delivery has ended.
        Finished = "finished",
        /// Stopped for good.
        Cancelled = "cancelled",
    }
}

words! {
    /// How the body is written.
    pub enum BodyFormat {
        /// CommonMark.
        Markdown = "markdown",
        /// A whole HTML document or a fragment.
        Html = "html",
        /// MJML.
        Mjml = "mjml",
    }
}
