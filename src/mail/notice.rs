//! A mail to one person that is no campaign: a confirmation, an invitation.

use super::EmailAddress;
use crate::storage::{AccountId, ListId};
use crate::texts::Language;

/// A name and an address, as they stand in a From field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// The display name.
    pub name: String,
    /// The address.
    pub address: EmailAddress,
}

/// What a notice says; the mail edge adds the headers, `Auto-Submitted: auto-generated` among them (RFC 3834).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Who writes.
    pub from: Mailbox,
    /// Where answers go, when not to the From address.
    pub reply_to: Option<EmailAddress>,
    /// Who reads.
    pub to: EmailAddress,
    /// The subject line.
    pub subject: String,
    /// The plain-text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// The language of both parts.
    pub language: Language,
    /// The list that it speaks for, which can be left from it as from any mail of that list; `None` for all others.
    pub of_list: Option<OfList>,
}

/// The list that a greeting speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfList {
    /// On whose behalf.
    pub account_id: AccountId,
    /// Which list.
    pub list_id: ListId,
    /// Its name, as readers see it.
    pub name: String,
    /// What kind of mail it is, in one word, for `Feedback-ID`.
    pub kind: &'static str,
    /// The address of the page that takes the one-click POST.
    pub link: String,
    /// The token of that link.
    pub token: String,
}
