//! One subscriber on one list: asked for, confirmed, ended.
//!
//! What was decided, and is tested in this folder:
//! - **Signup** ([`signup()`]) of an address that may be asked: in one write the subscriber, the subscription `pending` for
//!   seven days, the consent record, the request with its token, and the confirmation mail. Signing up again while it is
//!   pending sends a second mail, not sooner than ten minutes after the first. An address that confirms none is asked
//!   twice in thirty days, whichever accounts, lists and forms ask; one that does, three times a day and twice in thirty
//!   days for one list. A confirmed subscription stays as it is.
//!   One that ended goes back to `pending`, and only by the person's own form when it ended by their own wish (CON-13).
//!   A suppressed address is not written to, unless only its erasure suppresses it. Every one of these looks the same to
//!   whoever fills in the form (CON-11), and a stranger's answers reach a known person only when they confirm.
//! - **Signup by a form** ([`signup_by_form`]): one mail for all the lists that were chosen. The more a form, account,
//!   network or the installation is asked, the more the form demands ([`Step`]): work or a wait, then its mail goes out
//!   slowly, then it is held until somebody looks ([`floods`]).
//! - **Confirm** ([`confirm()`]) needs the token and a POST (CON-02, CON-03); it uses up every token of the subscription.
//! - **Not me** ([`not_me()`]) ends the subscription and every other open request to that address, in every account,
//!   forbids new ones everywhere, and counts against the form; another list that its owner did confirm goes on.
//! - **Unsubscribe** ([`unsubscribe`]) works in every state and for ever, and says the same twice (UNS-06, UNS-07). A
//!   person's own wish replaces a lesser reason for an end that was recorded before.
//! - **Ask again** ([`ask_again()`]) is what undoes a mistaken click or follows an expired link: a new request like any other.
//! - **Pass** ([`pass()`]): what opens a reader's own page is mailed to the address; a link in a mail that was forwarded opens
//!   nothing.
//! - **Address change** ([`address_changes`]) needs a yes from both mailboxes.
//! - **Erase** ([`erase()`]) ends everything, takes the address away everywhere and leaves its keyed hash (UNS-12).

pub mod address_changes;
mod ask;
mod ask_again;
mod by_form;
mod by_import;
mod by_operator;
mod confirm;
mod confirmation_mail;
pub mod digests;
mod end;
mod erase;
mod expire;
pub mod floods;
mod greetings;
mod judge;
mod leave_reasons;
mod letter;
mod look;
mod marks;
mod may_receive;
mod movement;
mod not_me;
mod own_answers;
mod pass;
mod pass_mail;
mod proof;
mod record_mail;
mod requests;
mod rhythm;
mod signup;
mod store;
mod strangers;
mod tally;

use crate::storage::{AccountId, Conn, ListId, StoreError, SubscriberId, SubscriptionId, Timestamp, words};

pub use crate::consent::Circumstances;
pub use ask_again::{AgainOutcome, ask_again, ask_again_by_link, join, joinable};
pub use by_form::{FormOutcome, FormSignup, demanded_now, signup_by_form};
pub use by_import::{
    AskRegisteredOutcome, RegisterOutcome, ask_registered, register, register_strangers, withdraw_registered,
};
pub use by_operator::{StampOutcome, stamp_by_operator, stamp_strangers};
pub use confirm::{ConfirmOutcome, Stamp, confirm};
pub use confirmation_mail::{confirmation_mail, confirmation_sample};
pub use end::{UnsubscribeOutcome, end_all, unsubscribe};
pub use erase::{EraseOutcome, erase};
pub use expire::expire_pending;
pub use greetings::{greeting_mail, may_say_goodbye};
pub use judge::Silence;
pub use leave_reasons::{
    LONGEST_COMMENT, LeaveReason, Reasons, Told, reasons_of_campaign, reasons_of_list, reasons_of_subscriber, tell_why,
};
pub use look::{Looked, Request, look};
pub use marks::{open_preferences_token, open_unsubscribe_token, preferences_token, unsubscribe_token};
pub use may_receive::{Addressee, MayReceive, addressees, may_receive};
pub use movement::{Movement, movement};
pub use not_me::{NotMeOutcome, not_me};
pub use own_answers::{AnswersOutcome, answer_again, own_questions};
pub use pass::{Door, PASS_LIFETIME, PassOutcome, door, mail_pass, pass};
pub use pass_mail::pass_mail;
pub use proof::{Proof, ProvedList, ProvedStep, forms_shown, proof};
pub use record_mail::record_mail;
pub use rhythm::{Frequency, HeldBack, LONGEST_PAUSE, Rhythm, choose_rhythm, held_back_by, rhythm, rhythms};
pub use signup::{Signup, SignupOutcome, signup};
pub use tally::{Demand, Step};

words! {
    /// Where a subscription stands.
    pub enum State {
        /// Asked for; only the confirmation mail may go there.
        Pending = "pending",
        /// Stamped by its owner: may receive mail.
        Confirmed = "confirmed",
        /// Over.
        Ended = "ended",
    }
}

words! {
    /// Why a subscription ended, and through which door.
    pub enum EndReason {
        /// The mail program's own button (RFC 8058).
        OneClick = "one_click",
        /// The button on our page.
        Page = "page",
        /// A mail to the unsubscribe address.
        Mail = "mail",
        /// A hard bounce.
        HardBounce = "hard_bounce",
        /// Soft bounces over weeks.
        SoftBounces = "soft_bounces",
        /// A complaint.
        Complaint = "complaint",
        /// "I did not ask for this."
        NotMe = "not_me",
        /// Nobody confirmed in time.
        Expired = "expired",
        /// The account took the address out.
        Sender = "sender",
        /// The operator took the address out.
        Operator = "operator",
        /// The person asked for erasure.
        Erased = "erased",
    }
}

impl EndReason {
    /// Whether the person, or their mailbox provider on their behalf, asked to be left alone.
    #[must_use]
    pub const fn is_own_wish(self) -> bool {
        matches!(self, Self::OneClick | Self::Page | Self::Mail | Self::Complaint | Self::NotMe | Self::Erased)
    }
}

words! {
    /// Through which door a subscription was asked for or confirmed.
    pub enum Via {
        /// Our form, filled in by a person.
        Form = "form",
        /// The account's program.
        Api = "api",
        /// The account's file.
        Import = "import",
        /// The link in a confirmation mail.
        ConfirmPage = "confirm_page",
        /// One of the reader's own pages: an undone leaving, an expired link, the preferences.
        ReaderPage = "reader_page",
        /// A change of address to which both mailboxes said yes.
        AddressChange = "address_change",
        /// The operator's word, with evidence, at the machine.
        Operator = "operator",
    }
}

impl Via {
    /// Whether the person did it, and not somebody on their behalf.
    #[must_use]
    pub const fn is_the_person(self) -> bool {
        matches!(self, Self::Form | Self::ConfirmPage | Self::ReaderPage | Self::AddressChange)
    }
}

/// One subscriber on one list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id, which unsubscribe links carry.
    pub id: SubscriptionId,
    /// Whose list and subscriber.
    pub account_id: AccountId,
    /// Who.
    pub subscriber_id: SubscriberId,
    /// On which list.
    pub list_id: ListId,
    /// Where it stands.
    pub state: State,
    /// When it was last asked for.
    pub requested_at: Timestamp,
    /// When it was last confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it ended.
    pub end_reason: Option<EndReason>,
    /// Until when it may be confirmed, while it is pending.
    pub expires_at: Option<Timestamp>,
}

/// How many subscriptions of a list stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Asked for.
    pub pending: i64,
    /// Stamped.
    pub confirmed: i64,
    /// Over.
    pub ended: i64,
}

/// The subscription with this id, whosesoever: for signed links and for deliveries.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, id: SubscriptionId) -> Result<Option<Subscription>, StoreError> {
    store::find(conn, id)
}

/// The subscription of this person to this list.
///
/// # Errors
/// When the database cannot be read.
pub fn find_on_list(
    conn: &mut Conn,
    subscriber: SubscriberId,
    list: ListId,
) -> Result<Option<Subscription>, StoreError> {
    store::find_on_list(conn, subscriber, list)
}

/// Every subscription of a person, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub fn of_subscriber(conn: &mut Conn, subscriber: SubscriberId) -> Result<Vec<Subscription>, StoreError> {
    store::of_subscriber(conn, subscriber)
}

/// How many subscriptions of a list of this account stand where.
///
/// # Errors
/// When the database cannot be read.
pub fn counts(conn: &mut Conn, account: AccountId, list: ListId) -> Result<Counts, StoreError> {
    store::counts(conn, account, list)
}
