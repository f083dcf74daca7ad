//! What came back: bounces, complaints, and reports that somebody else received for us.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, dev};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::{Moment, Page, Reply, Told, once, read};
use super::body::{Parameters, content_type, read_bounded, request_hash, unsupported};
use super::caller::Caller;
use super::problem::Problem;
use crate::app::App;
use crate::bounces::inbound_messages::{self, Channel, Received, marks};
use crate::bounces::{self, Bounce};
use crate::complaints::{self, Complaint};
use crate::mail::inbound;
use crate::storage::{BounceId, ComplaintId};

/// Most bytes of a received message.
const LARGEST_MESSAGE: usize = 10 * 1024 * 1024;
/// Bytes in which its header is looked for.
const LARGEST_HEADER: usize = 64 * 1024;

/// One refusal of one delivery.
#[derive(Serialize, ToSchema)]
#[schema(as = Bounce)]
pub(super) struct BounceAnswer {
    /// Its id.
    id: Uuid,
    /// The delivery that was refused.
    delivery_id: i64,
    /// Its campaign; `null` for a confirmation.
    campaign_id: Option<Uuid>,
    /// The subscriber whose address it is.
    subscriber_id: Option<Uuid>,
    /// The address we wrote to; `null` after an erasure.
    recipient: Option<String>,
    /// `hard` (the address is dead) or `soft` (not now).
    severity: &'static str,
    /// Why, such as `unknown_user` or `mailbox_full`.
    class: &'static str,
    /// The enhanced status code (RFC 3463), where there was one.
    status: Option<String>,
    /// What the receiving side said.
    reply: String,
    /// When we learned of it.
    at: Moment,
}

impl From<Bounce> for BounceAnswer {
    fn from(bounce: Bounce) -> Self {
        Self {
            id: bounce.id.0,
            delivery_id: bounce.delivery_id.0,
            campaign_id: bounce.campaign_id.map(|id| id.0),
            subscriber_id: bounce.subscriber_id.map(|id| id.0),
            recipient: Some(bounce.address).filter(|address| !address.is_empty()),
            severity: bounce.severity.word(),
            class: bounce.class.word(),
            status: Some(bounce.status).filter(|status| !status.is_empty()),
            reply: bounce.reply,
            at: bounce.at.into(),
        }
    }
}

/// One message that its reader reported as unwanted.
#[derive(Serialize, ToSchema)]
#[schema(as = Complaint)]
pub(super) struct ComplaintAnswer {
    /// Its id.
    id: Uuid,
    /// The delivery that was complained of.
    delivery_id: i64,
    /// Its campaign.
    campaign_id: Option<Uuid>,
    /// The subscriber who complained.
    subscriber_id: Option<Uuid>,
    /// The address we wrote to; `null` after an erasure.
    recipient: Option<String>,
    /// `abuse`, `fraud`, `virus` or `other` (RFC 5965).
    feedback_type: String,
    /// Who sent the report.
    source: String,
    /// When we learned of it.
    at: Moment,
}

impl From<Complaint> for ComplaintAnswer {
    fn from(complaint: Complaint) -> Self {
        Self {
            id: complaint.id.0,
            delivery_id: complaint.delivery_id.0,
            campaign_id: complaint.campaign_id.map(|id| id.0),
            subscriber_id: complaint.subscriber_id.map(|id| id.0),
            recipient: Some(complaint.address).filter(|address| !address.is_empty()),
            feedback_type: complaint.feedback_type,
            source: complaint.source,
            at: complaint.at.into(),
        }
    }
}

/// A received message is kept; it is judged soon.
#[derive(Serialize, ToSchema)]
#[schema(as = KeptReport)]
pub(super) struct ReportAnswer {
    /// Always `stored`.
    status: &'static str,
}

pub(super) async fn bounces(app: Data<App>, caller: Caller, mut parameters: Parameters) -> Told {
    let (limit, cursor) = (parameters.limit(), parameters.cursor::<BounceId>());
    parameters.done()?;
    read(&app, move |conn| {
        let found = bounces::page(conn, caller.account_id, cursor, limit + 1)?;
        Ok(Ok(Reply::ok(&Page::of(found, limit, |bounce| bounce.id.to_string(), BounceAnswer::from))))
    })
    .await
}

pub(super) async fn complaints(app: Data<App>, caller: Caller, mut parameters: Parameters) -> Told {
    let (limit, cursor) = (parameters.limit(), parameters.cursor::<ComplaintId>());
    parameters.done()?;
    read(&app, move |conn| {
        let found = complaints::page(conn, caller.account_id, cursor, limit + 1)?;
        Ok(Ok(Reply::ok(&Page::of(found, limit, |complaint| complaint.id.to_string(), ComplaintAnswer::from))))
    })
    .await
}

/// Keeps a received message. A bounce acts by the return path in its header (`Delivered-To`, `To`…), for a delivery of
/// the token's account only; what else it may do is said in [`inbound_messages::marks`].
pub(super) async fn receive(app: Data<App>, caller: Caller, request: HttpRequest, payload: Payload) -> Told {
    if content_type(&request) != "message/rfc822" {
        return Err(unsupported("message/rfc822"));
    }
    let mut payload: dev::Payload = payload.into_inner();
    let message = read_bounded(&mut payload, LARGEST_MESSAGE).await?.to_vec();
    if message.is_empty() {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "There is no message in the body."));
    }
    let (hash, now) = (request_hash(&request, &message), app.clock.now());
    let (keys, account) = (app.keys.clone(), caller.account_id);
    let recipients = inbound::recipients(message.get(..LARGEST_HEADER).unwrap_or(&message));
    once(&app, &caller, hash, move |conn| {
        let envelope_to = marks::own_return_path(conn, &keys, account, &recipients)?.unwrap_or_default();
        let (envelope_from, source) = (String::new(), account.to_string());
        let received = Received { channel: Channel::Api, envelope_from, envelope_to, source, message };
        inbound_messages::store(conn, &received, now)?;
        Ok(Ok(Reply::accepted(&ReportAnswer { status: "stored" })))
    })
    .await
}
