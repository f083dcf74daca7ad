//! The mail that asked for a confirmation, as proof: which bytes were handed over, when, and what was answered (CON-04).

use super::{Circumstances, requests, store};
use crate::consent::{self, Event, KeptMail, NewRecord};
use crate::deliveries::Delivery;
use crate::storage::{Conn, StoreError, Timestamp};
use crate::{lists, subscribers};

/// The word for the door of such a record.
const VIA: &str = "relay";

/// Records that the mail of a confirmation delivery was accepted; `answer` is what the relay said.
///
/// # Errors
/// When the database cannot do it.
pub fn record_mail(
    conn: &mut Conn,
    delivery: &Delivery,
    mail: &KeptMail,
    answer: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(cause) = &delivery.cause else { return Ok(()) };
    let Some(link) = requests::find_by_hash(conn, cause)? else { return Ok(()) };
    let Some(subscription) = store::find(conn, link.subscription_id)? else { return Ok(()) };
    let account = subscription.account_id;
    consent::hold(conn, account)?;
    let list = lists::find_even_closed(conn, account, subscription.list_id)?;
    let Some(list) = list else { return Ok(()) };
    let record = NewRecord {
        account_id: account,
        subscription_id: subscription.id,
        subscriber_id: subscription.subscriber_id,
        list_id: subscription.list_id,
        event: Event::Mailed,
        via: VIA,
        form: link.form,
        // The request says it.
        shown_in: None,
        wording: String::new(),
        language: list.language,
        circumstances: Circumstances { origin: "mail".to_owned(), ..Circumstances::default() },
        detail: detail(delivery, answer),
    };
    consent::append_mail(conn, &record, mail, now)?;
    // The person may have had everything erased while the mail was on its way.
    let subscriber = subscribers::find(conn, account, subscription.subscriber_id)?;
    if subscriber.is_some_and(|subscriber| subscriber.address.is_none()) {
        consent::forget_personal(conn, account, subscription.subscriber_id)?;
    }
    Ok(())
}

/// What a record may hold for ever; an answer that names an address may not.
fn detail(delivery: &Delivery, answer: &str) -> String {
    let answer = if answer.contains('@') { answer.split_whitespace().next().unwrap_or_default() } else { answer };
    format!("delivery: {}; answer: {answer}", delivery.id)
}
