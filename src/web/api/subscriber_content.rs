//! What is known of a person, as it goes out.

use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::Moment;
use crate::storage::SubscriptionId;
use crate::subscribers::Subscriber;
use crate::subscriptions::{EndReason, Frequency, Rhythm, Subscription};

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
    /// The reader wants one digest a `digest_week` or `digest_month`, or one mail a `day`, `week` or `month` at most; `null`
    /// for every mail. Only the reader sets it.
    frequency: Option<&'static str>,
    /// The reader wants no mail before this moment. Only the reader sets it.
    paused_until: Option<Moment>,
}

impl SubscriptionAnswer {
    fn of(subscription: &Subscription, chosen: Rhythm) -> Self {
        Self {
            list_id: subscription.list_id.0,
            state: subscription.state.word(),
            requested_at: subscription.requested_at.into(),
            confirmed_at: subscription.confirmed_at.map(Moment::from),
            ended_at: subscription.ended_at.map(Moment::from),
            end_reason: subscription.end_reason.map(EndReason::word),
            frequency: chosen.frequency.map(Frequency::word),
            paused_until: chosen.paused_until.map(Moment::from),
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
    /// A person with every subscription, and what the person chose for each.
    pub(super) fn of(
        subscriber: Subscriber,
        subscriptions: &[Subscription],
        chosen: &BTreeMap<SubscriptionId, Rhythm>,
    ) -> Self {
        let chosen_for = |id| chosen.get(id).copied().unwrap_or_default();
        Self {
            id: subscriber.id.0,
            address: subscriber.address.map(|address| address.to_string()),
            attributes: subscriber.attributes,
            created_at: subscriber.created_at.into(),
            erased_at: subscriber.erased_at.map(Moment::from),
            subscriptions: subscriptions.iter().map(|one| SubscriptionAnswer::of(one, chosen_for(&one.id))).collect(),
        }
    }
}
