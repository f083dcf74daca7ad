//! "I did not ask for this."

use super::{Circumstances, EndReason, State, Subscription, end, requests, store};
use crate::lists::{self, List};
use crate::storage::{Conn, StoreError, Timestamp};
use crate::suppressions::{self, NewSuppression, Reason};
use crate::{consent, subscribers};

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotMeOutcome {
    /// It ended, and no more such mail goes to the address; also when it was said before.
    Ended(Box<List>),
    /// No token of this installation.
    Unknown,
}

/// Ends what the token is for and every other open request of the account to this address, and forbids new ones.
///
/// Any token that ever was in a mail to the address will do, used and expired ones too: only its owner has it.
///
/// # Errors
/// When the database cannot do it.
pub fn not_me(conn: &mut Conn, token: &str, from: &Circumstances, now: Timestamp) -> Result<NotMeOutcome, StoreError> {
    let Some(link) = requests::find(conn, token)? else { return Ok(NotMeOutcome::Unknown) };
    let Some(asked) = store::find(conn, link.subscription_id)? else { return Ok(NotMeOutcome::Unknown) };
    let Some(list) = lists::find_even_closed(conn, asked.account_id, asked.list_id)? else {
        return Ok(NotMeOutcome::Unknown);
    };
    consent::hold(conn, asked.account_id)?;
    let unwanted: Vec<Subscription> = store::of_subscriber(conn, asked.subscriber_id)?
        .into_iter()
        .filter(|found| found.id == asked.id || found.state == State::Pending)
        .collect();
    end::end_each(conn, &unwanted, EndReason::NotMe, from, now)?;
    let subscriber = subscribers::find(conn, asked.account_id, asked.subscriber_id)?;
    if let Some(address) = subscriber.and_then(|subscriber| subscriber.address) {
        let suppression = NewSuppression {
            account_id: asked.account_id,
            address,
            reason: Reason::NotMe,
            evidence: String::new(),
            delivery_id: None,
        };
        suppressions::suppress(conn, &suppression, now)?;
    }
    Ok(NotMeOutcome::Ended(Box::new(list)))
}
