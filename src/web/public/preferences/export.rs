//! Everything that a sender keeps of a reader, as a file (GDPR, articles 15 and 20).

use std::collections::BTreeMap;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::super::reader::Choice;
use super::{Opened, open};
use crate::app::App;
use crate::bounces::{self, Bounce};
use crate::campaigns;
use crate::consent::{self, Record};
use crate::deliveries::{self, Delivery};
use crate::lists;
use crate::storage::{CampaignId, Conn, ListId, StoreError, SubscriberId};
use crate::subscribers::{self, Subscriber};
use crate::subscriptions::{self, Subscription, address_changes};
use crate::suppressions;
use crate::web::error::PageError;
use crate::{accounts, complaints};

/// Most rows of one kind: more than twenty years of daily mail.
const MOST_ROWS: i64 = 10_000;

/// The file.
pub(super) async fn export(
    app: web::Data<App>,
    token: web::Path<String>,
    choice: web::Query<Choice>,
) -> Result<HttpResponse, PageError> {
    let person = match open(&app, &token, &choice).await? {
        Opened::Own(person) => person,
        Opened::Away(page) => return Ok(page),
    };
    let body = app.db.read(move |conn| everything(conn, person)).await?.ok_or(PageError::NotFound)?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"my-data.json\""))
        .content_type("application/json")
        .body(format!("{body:#}")))
}

/// Reads it all, under every address that the person had at this sender.
fn everything(conn: &mut Conn, id: SubscriberId) -> Result<Option<Value>, StoreError> {
    let Some(person) = subscribers::find_any(conn, id)? else { return Ok(None) };
    let account = person.account_id;
    let mut names = Names::default();
    let mut rows = Vec::from([id]);
    rows.extend(subscribers::former(conn, id)?);
    let (mut consent, mut sent, mut returned, mut complained) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        for record in consent::of_subscriber(conn, account, row)? {
            consent.push(of_record(&record, &names.list(conn, &person, record.list_id)?));
        }
        for delivery in deliveries::of_subscriber(conn, row, MOST_ROWS)? {
            let subject = names.subject(conn, &person, delivery.campaign_id)?;
            sent.push(of_delivery(&delivery, subject.as_deref()));
        }
        returned.extend(bounces::of_subscriber(conn, account, row, MOST_ROWS)?.iter().map(of_bounce));
        let found = complaints::of_subscriber(conn, account, row, MOST_ROWS)?;
        complained.extend(found.iter().map(|one| json!({ "at": one.at, "type": one.feedback_type })));
    }
    let mut going = Vec::new();
    for subscription in subscriptions::of_subscriber(conn, id)? {
        let list = names.list(conn, &person, subscription.list_id)?;
        going.push(of_subscription(conn, &subscription, &list)?);
    }
    Ok(Some(json!({
        "sender": accounts::find(conn, account)?.map(|account| account.name),
        "address": person.address,
        "attributes": person.attributes,
        "known_since": person.created_at,
        "erased_at": person.erased_at,
        "subscriptions": going,
        "consent": consent,
        "deliveries": sent,
        "bounces": returned,
        "complaints": complained,
        "suppressions": suppressed(conn, &person)?,
        "address_changes": changes(conn, id)?,
    })))
}

/// What lists and campaigns are called, each read once.
#[derive(Default)]
struct Names {
    lists: BTreeMap<ListId, String>,
    subjects: BTreeMap<CampaignId, String>,
}

impl Names {
    fn list(&mut self, conn: &mut Conn, of: &Subscriber, id: ListId) -> Result<String, StoreError> {
        if let Some(known) = self.lists.get(&id) {
            return Ok(known.clone());
        }
        let name = lists::find_even_closed(conn, of.account_id, id)?.map(|list| list.name).unwrap_or_default();
        self.lists.insert(id, name.clone());
        Ok(name)
    }

    /// The subject as it was written: merge fields stand in it as they were typed.
    fn subject(
        &mut self,
        conn: &mut Conn,
        of: &Subscriber,
        id: Option<CampaignId>,
    ) -> Result<Option<String>, StoreError> {
        let Some(id) = id else { return Ok(None) };
        if let Some(known) = self.subjects.get(&id) {
            return Ok(Some(known.clone()));
        }
        let subject = campaigns::find(conn, of.account_id, id)?.map(|campaign| campaign.content.subject);
        let subject = subject.unwrap_or_default();
        self.subjects.insert(id, subject.clone());
        Ok(Some(subject))
    }
}

fn of_subscription(conn: &mut Conn, of: &Subscription, list: &str) -> Result<Value, StoreError> {
    let rhythm = subscriptions::rhythm(conn, of.id)?;
    let told = subscriptions::reasons_of_subscriber(conn, of.subscriber_id)?;
    let reasons: Vec<Value> = told
        .iter()
        .filter(|(id, _)| *id == of.id)
        .map(|(_, told)| json!({ "at": told.told_at, "reason": told.reason, "comment": told.comment }))
        .collect();
    Ok(json!({
        "list": list,
        "state": of.state,
        "requested_at": of.requested_at,
        "confirmed_at": of.confirmed_at,
        "ended_at": of.ended_at,
        "end_reason": of.end_reason,
        "frequency": rhythm.frequency,
        "paused_until": rhythm.paused_until,
        "leave_reasons": reasons,
    }))
}

fn of_record(record: &Record, list: &str) -> Value {
    json!({
        "list": list,
        "at": record.at,
        "event": record.event,
        "via": record.via,
        "wording": record.wording,
        "language": record.language,
        "origin": record.circumstances.origin,
        "network": record.circumstances.network,
        "user_agent": record.circumstances.user_agent,
        "detail": record.detail,
    })
}

fn of_delivery(delivery: &Delivery, subject: Option<&str>) -> Value {
    json!({
        "kind": delivery.kind,
        "subject": subject,
        "address": delivery.address,
        "state": delivery.state,
        "created_at": delivery.created_at,
        "finished_at": delivery.finished_at,
        "last_reply": delivery.last_reply,
        "bounced_at": delivery.bounced_at,
        "complained_at": delivery.complained_at,
    })
}

fn of_bounce(bounce: &Bounce) -> Value {
    json!({ "at": bounce.at, "severity": bounce.severity, "class": bounce.class, "reply": bounce.reply })
}

fn suppressed(conn: &mut Conn, person: &Subscriber) -> Result<Vec<Value>, StoreError> {
    let found = suppressions::of_address(conn, person.account_id, &person.address_hash)?;
    let told = |one: &suppressions::Suppression| {
        json!({
            "reason": one.reason,
            "evidence": one.evidence,
            "created_at": one.created_at,
            "lifted_at": one.lifted_at,
            "lift_reason": one.lift_reason,
        })
    };
    Ok(found.iter().map(told).collect())
}

fn changes(conn: &mut Conn, id: SubscriberId) -> Result<Vec<Value>, StoreError> {
    let found = address_changes::of_subscriber(conn, id)?;
    let told = |one: &address_changes::AddressChange| {
        json!({
            "new_address": one.new_address,
            "asked_at": one.created_at,
            "ended_at": one.ended_at,
            "outcome": one.outcome,
        })
    };
    Ok(found.iter().map(told).collect())
}
