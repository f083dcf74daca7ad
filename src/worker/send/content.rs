//! A campaign's message for one reader, from a template that is compiled once a minute and not once a message.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;

use super::super::Engine;
use super::prepare::{self, Kitchen, Prepared};
use super::seal::signed;
use crate::accounts::Account;
use crate::campaigns::Reason;
use crate::campaigns::render::{Compiled, Identity, Reader, Rendered};
use crate::clock::Timestamp;
use crate::deliveries::{Delivery, Kind};
use crate::forms::Attributes;
use crate::lists::List;
use crate::mail::compose::{self, Body, ListMail, Unsubscribe};
use crate::mail::mould::Mould;
use crate::mail::sign::Signer;
use crate::mail::{EmailAddress, Mailbox};
use crate::sending_domains;
use crate::storage::{AccountId, CampaignId, Conn, ListId, StoreError};
use crate::subscriptions::Addressee;
use crate::texts::Texts;
use crate::{accounts, campaigns, lists, subscriptions};

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

/// The templates of the campaigns on their way.
pub(in super::super) type Cache = Arc<Mutex<HashMap<CampaignId, Arc<Press>>>>;

/// A campaign ready to be printed for each reader.
pub(in super::super) struct Press {
    compiled: Compiled,
    mould: Option<Mould>,
    account_id: AccountId,
    campaign_id: CampaignId,
    list_id: ListId,
    list_name: String,
    from: Mailbox,
    reply_to: Option<EmailAddress>,
    signer: Option<Arc<Signer>>,
    made_at: Timestamp,
}

/// A campaign's message for one reader, to be written.
pub(super) struct Letter {
    pub(super) press: Arc<Press>,
    pub(super) to: EmailAddress,
    pub(super) addressee: Addressee,
}

/// After this the account's postal address, the list's names and the key are read again.
const FRESH_FOR: TimeDelta = TimeDelta::seconds(60);
/// The way out that a test mail shows: nobody subscribed to it.
const NO_WAY_OUT: &str = "/unsubscribe/test";
/// The own page that a test mail shows.
const NO_OWN_PAGE: &str = "/preferences/test";

/// A campaign's message for one reader; everything is at hand.
pub(super) fn written(engine: &Engine, delivery: &Delivery, letter: &Letter) -> Prepared {
    let kitchen = Kitchen::of(engine);
    let Letter { press, to, addressee } = letter;
    let token = way_out(&kitchen, delivery);
    let who = (to, addressee.attributes.clone(), addressee.confirmed_at);
    let reader = reader(&kitchen, delivery, who, token.as_deref());
    let made = printed(&kitchen, press, delivery, (&reader, to, token.as_deref()));
    prepare::prepared(&kitchen, delivery, to.clone(), made)
}

/// A draft's message to its sender.
pub(super) fn test_mail(
    conn: &mut Conn,
    kitchen: &Kitchen,
    delivery: &Delivery,
    to: &EmailAddress,
) -> Result<Made, StoreError> {
    let press = match press(conn, kitchen, delivery)? {
        Ok(press) => press,
        Err(made) => return Ok(made),
    };
    let token = way_out(kitchen, delivery);
    let reader = reader(kitchen, delivery, (to, Attributes::new(), None), token.as_deref());
    Ok(printed(kitchen, &press, delivery, (&reader, to, token.as_deref())))
}

/// The token with which its reader leaves; none where nobody subscribed.
fn way_out(kitchen: &Kitchen, delivery: &Delivery) -> Option<String> {
    delivery.subscription_id.map(|id| subscriptions::unsubscribe_token(&kitchen.keys, id))
}

fn reader(
    kitchen: &Kitchen,
    delivery: &Delivery,
    (to, attributes, confirmed_at): (&EmailAddress, Attributes, Option<Timestamp>),
    token: Option<&str>,
) -> Reader {
    let unsubscribe_url = match token {
        Some(token) => kitchen.settings.link(&format!("/unsubscribe/{token}")),
        None => kitchen.settings.link(NO_WAY_OUT),
    };
    let preferences_url = match delivery.subscriber_id {
        Some(id) => {
            kitchen.settings.link(&format!("/preferences/{}", subscriptions::preferences_token(&kitchen.keys, id)))
        }
        None => kitchen.settings.link(NO_OWN_PAGE),
    };
    Reader { address: to.as_str().to_owned(), attributes, unsubscribe_url, preferences_url, confirmed_at }
}

/// The message for one reader: cast where there is a mould, else rendered as a whole.
fn printed(
    kitchen: &Kitchen,
    press: &Press,
    delivery: &Delivery,
    (reader, to, token): (&Reader, &EmailAddress, Option<&str>),
) -> Made {
    let unsubscribe = token.map(|token| Unsubscribe { link: &reader.unsubscribe_url, token });
    let cast = press.mould.as_ref().and_then(|mould| Some((mould, press.compiled.fill(reader)?)));
    let bytes = match cast {
        Some((mould, Ok(values))) => {
            let subject = mould.subject(&values);
            press.write(kitchen, delivery, (to, &subject, unsubscribe), Body::Cast { mould, values: &values })
        }
        Some((_, Err(error))) => return Made::Faulty(error.to_string()),
        None => match press.compiled.render(reader) {
            Ok(Rendered { subject, text, html }) => {
                press.write(kitchen, delivery, (to, &subject, unsubscribe), Body::Parts { text: &text, html: &html })
            }
            Err(error) => return Made::Faulty(error.to_string()),
        },
    };
    signed(press.signer.as_deref(), bytes)
}

impl Press {
    fn write(
        &self,
        kitchen: &Kitchen,
        delivery: &Delivery,
        (to, subject, unsubscribe): (&EmailAddress, &str, Option<Unsubscribe<'_>>),
        body: Body<'_>,
    ) -> Vec<u8> {
        let mail = ListMail {
            account_id: self.account_id,
            campaign_id: self.campaign_id,
            list_id: self.list_id,
            list_name: &self.list_name,
            from: &self.from,
            reply_to: self.reply_to.as_ref(),
            to,
            subject,
            body,
            unsubscribe,
        };
        compose::list_mail(&kitchen.stationery(delivery), &mail)
    }
}

/// The press of a campaign: a fresh one from the cache, else a new one. A draft under test changes, so it has none.
pub(super) fn press(
    conn: &mut Conn,
    kitchen: &Kitchen,
    delivery: &Delivery,
) -> Result<Result<Arc<Press>, Made>, StoreError> {
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
    let compiled = match Compiled::new(&campaign.content, identity(&list, account)) {
        Ok(compiled) => compiled,
        Err(error) => return Ok(Err(Made::Faulty(error.to_string()))),
    };
    let domain = sending_domains::find_for(conn, account_id, from_domain)?;
    let mould = compiled.mould(id.bytes());
    Ok(Ok(Press {
        compiled,
        mould,
        account_id,
        campaign_id: id,
        list_id: list.id,
        list_name: list.name,
        from: Mailbox { name: list.from_name, address: list.from_address },
        reply_to: list.reply_to,
        signer: kitchen.signers.of(domain, kitchen.settings.relay_signs),
        made_at: kitchen.now,
    }))
}

/// Who writes, as the footer and merge fields say it.
fn identity(list: &List, account: Account) -> Identity {
    Identity {
        list_name: list.name.clone(),
        from_name: list.from_name.clone(),
        account_name: account.name,
        postal_address: account.postal_address,
        website: account.website,
        contact: list.reply_to.as_ref().unwrap_or(&list.from_address).to_string(),
        language: list.language,
    }
}
