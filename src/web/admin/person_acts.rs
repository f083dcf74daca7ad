//! What a sender may do to a subscriber: suppress the address, or erase the person at their request.

use actix_web::HttpResponse;
use serde::Deserialize;

use super::sign_in::Nothing;
use super::visit::{Id, Sent, Visit};
use crate::audit::{self, Entry};
use crate::bounces;
use crate::storage::{AccountId, Conn, StoreError, SubscriberId, Timestamp};
use crate::subscribers;
use crate::subscriptions::{self, Circumstances, EndReason, EraseOutcome};
use crate::suppressions::{self, NewSuppression, Reason};
use crate::web::error::PageError;
use crate::web::guard::Client;
use crate::web::page::see_other;

/// Why.
#[derive(Deserialize)]
pub(super) struct WhyForm {
    #[serde(default)]
    pub(super) reason: String,
}

pub(super) async fn suppress(
    id: Id<SubscriberId>,
    client: Client,
    sent: Sent<WhyForm>,
) -> Result<HttpResponse, PageError> {
    let (now, visit, id) = (sent.visit.now, sent.visit, id.0);
    let (account, from) = (visit.account_id()?, circumstances(&visit, client));
    let why = sent.fields.reason.trim().to_owned();
    let is_there = visit.write(move |conn| leave_alone(conn, account, id, &why, &from, now)).await?;
    if is_there { Ok(see_other(&format!("/subscribers/{id}?done=suppressed"))) } else { Err(PageError::NotFound) }
}

/// Suppresses the address and ends every subscription of it, in one write.
fn leave_alone(
    conn: &mut Conn,
    account: AccountId,
    id: SubscriberId,
    why: &str,
    from: &Circumstances,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(subscriber) = subscribers::find(conn, account, id)? else { return Ok(false) };
    let Some(address) = subscriber.address else { return Ok(true) };
    let evidence = why.to_owned();
    let new = NewSuppression { account_id: account, address, reason: Reason::Manual, evidence, delivery_id: None };
    suppressions::suppress(conn, &new, now)?;
    subscriptions::end_all(conn, id, EndReason::Sender, from, now)?;
    Ok(true)
}

pub(super) async fn erase(
    id: Id<SubscriberId>,
    client: Client,
    sent: Sent<Nothing>,
) -> Result<HttpResponse, PageError> {
    let (now, visit, id) = (sent.visit.now, sent.visit, id.0);
    let (account, by, from) = (visit.account_id()?, visit.user.actor(), circumstances(&visit, client));
    let outcome = visit
        .write(move |conn| {
            let outcome = bounces::erase_person(conn, account, id, &from, now)?;
            if outcome == EraseOutcome::Erased {
                audit::record(conn, &Entry::of(by, "subscriber.erase").account(account).subject(&id), now)?;
            }
            Ok(outcome)
        })
        .await?;
    match outcome {
        EraseOutcome::Erased => Ok(see_other(&format!("/subscribers/{id}?done=erased"))),
        EraseOutcome::NotThere => Err(PageError::NotFound),
    }
}

/// From where a sender acted: the page, not the person's own machine.
fn circumstances(visit: &Visit, client: Client) -> Circumstances {
    Circumstances {
        origin: visit.app.settings.link("/subscribers"),
        network: client.network,
        user_agent: client.user_agent,
    }
}
