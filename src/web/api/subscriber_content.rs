//! What is known of a person, as it goes out.

use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::Moment;
use crate::consent::{ChainState, Record};
use crate::keyring::hex;
use crate::subscribers::Subscriber;
use crate::subscriptions::{EndReason, Subscription};

/// One list that a person asked for.
#[derive(Serialize, ToSchema)]
#[schema(as = Subscription)]
pub(super) struct SubscriptionAnswer {
    /// The list.
    list_id: Uuid,
    /// `pending`, `confirmed` or `ended`.
    state: &'static str,
    /// When it was last asked for.
    requested_at: Moment,
    /// When it was last confirmed by the owner of the address.
    confirmed_at: Option<Moment>,
    /// When it ended.
    ended_at: Option<Moment>,
    /// `one_click`, `page`, `mail`, `hard_bounce`, `soft_bounces`, `complaint`, `not_me`, `expired`, `sender`,
    /// `operator` or `erased`.
    end_reason: Option<&'static str>,
}

impl From<Subscription> for SubscriptionAnswer {
    fn from(subscription: Subscription) -> Self {
        Self {
            list_id: subscription.list_id.0,
            state: subscription.state.word(),
            requested_at: subscription.requested_at.into(),
            confirmed_at: subscription.confirmed_at.map(Moment::from),
            ended_at: subscription.ended_at.map(Moment::from),
            end_reason: subscription.end_reason.map(EndReason::word),
        }
    }
}

/// A person known to the account.
#[derive(Serialize, ToSchema)]
#[schema(as = Subscriber)]
pub(super) struct SubscriberAnswer {
    /// Its id.
    id: Uuid,
    /// The address; `null` after an erasure.
    address: Option<String>,
    /// What the person told about themselves.
    attributes: BTreeMap<String, String>,
    /// When the account first heard of the person.
    created_at: Moment,
    /// When the person had everything erased.
    erased_at: Option<Moment>,
    /// Every list that the person asked for.
    subscriptions: Vec<SubscriptionAnswer>,
}

impl SubscriberAnswer {
    pub(super) fn of(subscriber: Subscriber, subscriptions: Vec<Subscription>) -> Self {
        Self {
            id: subscriber.id.0,
            address: subscriber.address.map(|address| address.to_string()),
            attributes: subscriber.attributes,
            created_at: subscriber.created_at.into(),
            erased_at: subscriber.erased_at.map(Moment::from),
            subscriptions: subscriptions.into_iter().map(SubscriptionAnswer::from).collect(),
        }
    }
}

/// One link of the account's chain of consent records.
#[derive(Serialize, ToSchema)]
#[schema(as = ConsentRecord)]
pub(super) struct RecordAnswer {
    /// Its number, rising along the chain.
    id: i64,
    /// The list.
    list_id: Uuid,
    /// When.
    at: Moment,
    /// `requested`, `confirmed` (the stamp) or `withdrawn`.
    event: &'static str,
    /// Through which door.
    via: String,
    /// The form that was shown.
    form_id: Option<Uuid>,
    /// Which version of it.
    form_version: Option<i32>,
    /// The words that the person agreed to.
    wording: String,
    /// The language of those words.
    language: &'static str,
    /// The page on which it was done, or a word such as `mail`.
    origin: String,
    /// The network address; empty after an erasure.
    network: String,
    /// What the person's program calls itself; empty after an erasure.
    user_agent: String,
    /// What else shows it, such as the `source` of the API.
    detail: String,
    /// The hash of the record before, in the account's chain, in hexadecimal.
    previous_hash: Option<String>,
    /// SHA-256 over the hash before and the record, in hexadecimal.
    hash: String,
}

impl From<Record> for RecordAnswer {
    fn from(record: Record) -> Self {
        Self {
            id: record.id.0,
            list_id: record.list_id.0,
            at: record.at.into(),
            event: record.event.word(),
            via: record.via,
            form_id: record.form_id.map(|id| id.0),
            form_version: record.form_version,
            wording: record.wording,
            language: record.language.tag(),
            origin: record.circumstances.origin,
            network: record.circumstances.network,
            user_agent: record.circumstances.user_agent,
            detail: record.detail,
            previous_hash: record.previous_hash.as_deref().map(hex),
            hash: hex(&record.hash),
        }
    }
}

/// What was shown to a person and what the person did.
#[derive(Serialize, ToSchema)]
#[schema(as = Consent)]
pub(super) struct ConsentAnswer {
    /// The records about this person, oldest first.
    records: Vec<RecordAnswer>,
    /// Whether the whole chain of the account is as it was written.
    verified: bool,
}

impl ConsentAnswer {
    pub(super) fn of(records: Vec<Record>, chain: &ChainState) -> Self {
        Self { records: records.into_iter().map(RecordAnswer::from).collect(), verified: chain.is_whole() }
    }
}
