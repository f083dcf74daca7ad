//! One message to the audience of a list, from its draft to its report.

use crate::storage::words;

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
