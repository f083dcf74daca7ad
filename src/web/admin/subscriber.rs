//! `/subscribers/{id}`: one person: the stamps, what they agreed to, what was sent to them, what came back.

use std::collections::{BTreeMap, HashMap};

use actix_web::HttpResponse;
use askama::Template;

use super::visit::{Id, Visit};
use crate::bounces::{self, Bounce};
use crate::complaints::{self, Complaint};
use crate::consent::{self, Record};
use crate::deliveries::{self, Delivery};
use crate::lists;
use crate::storage::{AccountId, Conn, ListId, StoreError, SubscriberId, SubscriptionId, Timestamp};
use crate::subscribers::{self, Subscriber};
use crate::subscriptions::{self, Rhythm, State, Subscription};
use crate::suppressions::{self, Reason, Suppression};
use crate::texts::Texts;
use crate::web::error::PageError;
use crate::web::page::{self, Page, Place, ring_text};

#[derive(Template)]
#[template(path = "admin/subscriber.html")]
struct SubscriberPage {
    page: Page,
    subscriber: Subscriber,
    /// Each subscription with its list's name, and the consent record that is its stamp.
    subscriptions: Vec<OnList>,
    records: Vec<(Record, String)>,
    deliveries: Vec<Delivery>,
    bounces: Vec<Bounce>,
    complaints: Vec<Complaint>,
    suppressed: Vec<Reason>,
    /// Every suppression of the address there ever was.
    suppressions: Vec<Suppression>,
}

/// One subscription, as the page shows it.
struct OnList {
    subscription: Subscription,
    list: String,
    stamp: Option<Stamp>,
    /// How often the reader wants mail, in words; empty where nothing was chosen.
    rhythm: Vec<String>,
}

/// What the ring of the stamp says, and the record behind it.
struct Stamp {
    id: String,
    name: String,
    date: String,
    record: Record,
}

/// Everything that is known of a person.
struct Known {
    subscriber: Subscriber,
    subscriptions: Vec<Subscription>,
    chosen: BTreeMap<SubscriptionId, Rhythm>,
    names: HashMap<ListId, String>,
    records: Vec<Record>,
    deliveries: Vec<Delivery>,
    bounces: Vec<Bounce>,
    complaints: Vec<Complaint>,
    suppressed: Vec<Reason>,
    suppressions: Vec<Suppression>,
}

/// Most deliveries and bounces that are shown.
const ROWS: i64 = 50;

pub(super) async fn show(visit: Visit, id: Id<SubscriberId>) -> Result<HttpResponse, PageError> {
    let account = visit.account_id()?;
    let known = visit.read(move |conn| read(conn, account, id.0)).await?.ok_or(PageError::NotFound)?;
    let (texts, now) = (visit.texts(), visit.now);
    let title = known.subscriber.address.as_ref().map_or_else(|| texts.say("subscriber-erased"), ToString::to_string);
    let name_of = |list: &ListId| known.names.get(list).cloned().unwrap_or_default();
    let on_list = |subscription: Subscription| {
        let list = name_of(&subscription.list_id);
        let rhythm = known.chosen.get(&subscription.id).map(|chosen| rhythm(*chosen, now, texts)).unwrap_or_default();
        OnList { stamp: stamp(&subscription, &list, &known.records, texts), list, subscription, rhythm }
    };
    Ok(page::show(&SubscriberPage {
        page: visit.page(Place::Subscribers, title).await?,
        subscriptions: known.subscriptions.into_iter().map(on_list).collect(),
        records: known.records.iter().rev().map(|record| (record.clone(), name_of(&record.list_id))).collect(),
        subscriber: known.subscriber,
        deliveries: known.deliveries,
        bounces: known.bounces,
        complaints: known.complaints,
        suppressed: known.suppressed,
        suppressions: known.suppressions,
    }))
}

fn rhythm(chosen: Rhythm, now: Timestamp, texts: Texts) -> Vec<String> {
    let often = chosen.frequency.map(|frequency| texts.say(&frequency.key()));
    let until = chosen.paused_until.filter(|_| chosen.is_paused(now));
    let paused = until.map(|until| texts.say1("rhythm-paused", "day", texts.day(until)));
    often.into_iter().chain(paused).collect()
}

/// The stamp of a subscription that stands confirmed: nobody else has one.
fn stamp(subscription: &Subscription, list: &str, records: &[Record], texts: Texts) -> Option<Stamp> {
    let is_its =
        |record: &&Record| record.subscription_id == subscription.id && record.event == consent::Event::Confirmed;
    let record = records.iter().rev().find(is_its).filter(|_| subscription.state == State::Confirmed)?;
    Some(Stamp {
        id: format!("stamp-{}", subscription.id),
        name: ring_text(list),
        date: texts.day(record.at).to_uppercase(),
        record: record.clone(),
    })
}

fn read(conn: &mut Conn, account: AccountId, id: SubscriberId) -> Result<Option<Known>, StoreError> {
    let Some(subscriber) = subscribers::find(conn, account, id)? else { return Ok(None) };
    let subscriptions = subscriptions::of_subscriber(conn, id)?;
    let mut names = HashMap::new();
    for subscription in &subscriptions {
        let list = lists::find_even_closed(conn, account, subscription.list_id)?;
        names.insert(subscription.list_id, list.map(|list| list.name).unwrap_or_default());
    }
    Ok(Some(Known {
        suppressed: suppressions::in_force(conn, account, &subscriber.address_hash)?,
        records: consent::of_subscriber(conn, account, id)?,
        deliveries: deliveries::of_subscriber(conn, id, ROWS)?,
        bounces: bounces::of_subscriber(conn, account, id, ROWS)?,
        complaints: complaints::of_subscriber(conn, account, id, ROWS)?,
        suppressions: suppressions::of_hash(conn, account, &subscriber.address_hash)?,
        chosen: subscriptions::rhythms(conn, id)?,
        subscriptions,
        subscriber,
        names,
    }))
}
