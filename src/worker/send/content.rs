//! A campaign's message for one reader, from a template that is compiled once a minute and not once a message.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;

use super::prepare::Kitchen;
use crate::campaigns::Reason;
use crate::campaigns::render::{Compiled, Identity, Reader};
use crate::clock::Timestamp;
use crate::deliveries::{Delivery, Kind};
use crate::forms::Attributes;
use crate::mail::compose::{self, ListMail, Unsubscribe};
use crate::mail::sign::Signer;
use crate::mail::{EmailAddress, Mailbox, marks, relay_events};
use crate::sending_domains::{self, SendingDomain};
use crate::storage::{AccountId, CampaignId, Conn, ListId, StoreError};
use crate::texts::Texts;
use crate::{accounts, campaigns, lists, subscribers, subscriptions};

/// What came of making a message.
pub(super) enum Made {
    /// The bytes.
    Message(Vec<u8>),
    /// There is nothing to say any more.
    Nothing(&'static str),
    /// It may not leave as things stand, and neither may any other of its campaign; the sentence says why.
    Refused(String),
    /// It cannot be made.
    Faulty(String),
}

/// A message with the fields by which the relay's own events will name the delivery.
pub(super) fn labelled(kitchen: &Kitchen, delivery: &Delivery, message: Vec<u8>) -> Vec<u8> {
    relay_events::labelled(&kitchen.settings.hooks, &marks::trace(&kitchen.keys, delivery.id), message)
}

/// The templates of the campaigns on their way.
pub(in super::super) type Cache = Arc<Mutex<HashMap<CampaignId, Arc<Press>>>>;

/// A campaign ready to be printed for each reader.
pub(in super::super) struct Press {
    compiled: Compiled,
    account_id: AccountId,
    campaign_id: CampaignId,
    list_id: ListId,
    list_name: String,
    from: Mailbox,
    reply_to: Option<EmailAddress>,
    signer: Option<Arc<Signer>>,
    made_at: Timestamp,
}

/// After this the account's postal address, the list's names and the key are read again.
const FRESH_FOR: TimeDelta = TimeDelta::seconds(60);
/// The way out that a test mail shows: nobody subscribed to it.
const NO_WAY_OUT: &str = "/unsubscribe/test";
/// The own page that a test mail shows.
const NO_OWN_PAGE: &str = "/preferences/test";

/// A campaign's message, or its test.
pub(super) fn list_mail(
    conn: &mut Conn,
    kitchen: &Kitchen,
    delivery: &Delivery,
    to: &EmailAddress,
) -> Result<Made, StoreError> {
    let press = match press(conn, kitchen, delivery)? {
        Ok(press) => press,
        Err(made) => return Ok(made),
    };
    let token = delivery.subscription_id.map(|id| subscriptions::unsubscribe_token(&kitchen.keys, id));
    let link = match &token {
        Some(token) => kitchen.settings.link(&format!("/unsubscribe/{token}")),
        None => kitchen.settings.link(NO_WAY_OUT),
    };
    let reader = Reader {
        address: to.as_str().to_owned(),
        attributes: attributes(conn, delivery)?,
        unsubscribe_url: link.clone(),
        preferences_url: match delivery.subscriber_id {
            Some(id) => {
                kitchen.settings.link(&format!("/preferences/{}", subscriptions::preferences_token(&kitchen.keys, id)))
            }
            None => kitchen.settings.link(NO_OWN_PAGE),
        },
        confirmed_at: match delivery.subscription_id {
            Some(id) => subscriptions::find(conn, id)?.and_then(|subscription| subscription.confirmed_at),
            None => None,
        },
    };
    let rendered = match press.compiled.render(&reader) {
        Ok(rendered) => rendered,
        Err(error) => return Ok(Made::Faulty(error.to_string())),
    };
    let mail = ListMail {
        account_id: press.account_id,
        campaign_id: press.campaign_id,
        list_id: press.list_id,
        list_name: &press.list_name,
        from: &press.from,
        reply_to: press.reply_to.as_ref(),
        to,
        subject: &rendered.subject,
        text: &rendered.text,
        html: &rendered.html,
        unsubscribe: token.as_deref().map(|token| Unsubscribe { link: &link, token }),
    };
    Ok(signed(press.signer.as_deref(), compose::list_mail(&kitchen.stationery(delivery), &mail)))
}

fn attributes(conn: &mut Conn, delivery: &Delivery) -> Result<Attributes, StoreError> {
    Ok(match delivery.subscriber_id {
        Some(id) => subscribers::find_any(conn, id)?.map(|subscriber| subscriber.attributes).unwrap_or_default(),
        None => Attributes::new(),
    })
}

/// The press of a campaign: a fresh one from the cache, else a new one. A draft under test changes, so it has none.
fn press(conn: &mut Conn, kitchen: &Kitchen, delivery: &Delivery) -> Result<Result<Arc<Press>, Made>, StoreError> {
    let (Some(account_id), Some(id)) = (delivery.account_id, delivery.campaign_id) else {
        return Ok(Err(Made::Nothing("it has no campaign")));
    };
    let is_cached = delivery.kind == Kind::Campaign;
    if is_cached {
        let cache = kitchen.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = cache.get(&id).filter(|press| kitchen.now.since(press.made_at) < FRESH_FOR);
        if let Some(press) = fresh {
            return Ok(Ok(Arc::clone(press)));
        }
    }
    let made = new_press(conn, kitchen, account_id, id)?.map(Arc::new);
    if let (true, Ok(press)) = (is_cached, &made) {
        let mut cache = kitchen.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.retain(|_, press| kitchen.now.since(press.made_at) < FRESH_FOR);
        cache.insert(id, Arc::clone(press));
    }
    Ok(made)
}

fn new_press(
    conn: &mut Conn,
    kitchen: &Kitchen,
    account_id: AccountId,
    id: CampaignId,
) -> Result<Result<Press, Made>, StoreError> {
    let Some(campaign) = campaigns::find(conn, account_id, id)? else {
        return Ok(Err(Made::Nothing("the campaign is gone")));
    };
    let list = lists::find_even_closed(conn, account_id, campaign.list_id)?;
    let (Some(list), Some(account)) = (list, accounts::find(conn, account_id)?) else {
        return Ok(Err(Made::Nothing("the list is gone")));
    };
    // The list's From address may have changed since the campaign was scheduled.
    let from_domain = list.from_address.receiving_domain();
    if !sending_domains::may_send_from(conn, account_id, from_domain, kitchen.settings.allows_unverified_domains)? {
        let reason = Reason::DomainUnverified(from_domain.to_owned());
        return Ok(Err(Made::Refused(reason.say(Texts(list.language)))));
    }
    let identity = Identity {
        list_name: list.name.clone(),
        from_name: list.from_name.clone(),
        account_name: account.name,
        postal_address: account.postal_address,
        website: account.website,
        contact: list.reply_to.as_ref().unwrap_or(&list.from_address).to_string(),
        language: list.language,
    };
    let compiled = match Compiled::new(&campaign.content, identity) {
        Ok(compiled) => compiled,
        Err(error) => return Ok(Err(Made::Faulty(error.to_string()))),
    };
    let domain = sending_domains::find_for(conn, account_id, from_domain)?;
    Ok(Ok(Press {
        compiled,
        account_id,
        campaign_id: id,
        list_id: list.id,
        list_name: list.name,
        from: Mailbox { name: list.from_name, address: list.from_address },
        reply_to: list.reply_to,
        signer: signer(domain),
        made_at: kitchen.now,
    }))
}

/// The signer of a sending domain; a key that cannot be used is told, and the mail goes unsigned.
pub(super) fn signer(domain: Option<SendingDomain>) -> Option<Arc<Signer>> {
    let domain = domain?;
    match Signer::new(&domain.name, &domain.selector, &domain.private_key.0) {
        Ok(signer) => Some(Arc::new(signer)),
        Err(trouble) => {
            tracing::error!(domain = domain.name, trouble, "the DKIM key cannot be used");
            None
        }
    }
}

/// The message, signed where there is a key.
pub(super) fn signed(signer: Option<&Signer>, message: Vec<u8>) -> Made {
    match signer.map(|signer| signer.signed(&message)) {
        None => Made::Message(message),
        Some(Ok(signed)) => Made::Message(signed),
        Some(Err(trouble)) => Made::Faulty(format!("DKIM: {trouble}")),
    }
}
