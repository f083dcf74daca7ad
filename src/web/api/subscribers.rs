//! People that an account knows.

use actix_web::HttpRequest;
use actix_web::web::Data;
use std::collections::BTreeMap;
use utoipa::ToSchema;

use super::answer::{Page, Reply, Told, read, write};
use super::body::{Body, Parameters, PathId};
use super::caller::Caller;
use super::fields::{Fields, Read};
use super::problem::Problem;
use super::subscriber_content::SubscriberAnswer;
use super::subscriptions::attributes;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::bounces;
use crate::mail::EmailAddress;
use crate::storage::{Conn, ListId, StoreError, SubscriberId};
use crate::subscribers::{self, Filter, Subscriber};
use crate::subscriptions::{self, Circumstances, EraseOutcome, State};
use crate::web::guard::Client;
use crate::web::proof::ConsentAnswer;

/// What shall change of a subscriber.
#[derive(ToSchema)]
#[schema(as = SubscriberChange)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct SubscriberChangeSchema {
    /// Every attribute, in place of the ones before.
    attributes: BTreeMap<String, String>,
}

pub(super) struct SubscriberChange(BTreeMap<String, String>);

impl Read for SubscriberChange {
    const IS_CHANGE: bool = true;

    fn read(fields: &mut Fields) -> Option<Self> {
        let attributes = attributes(fields);
        if attributes.is_none() && fields.is_fine() {
            fields.refuse("attributes", "is needed");
        }
        attributes.map(Self)
    }
}

/// The subscriber with every subscription.
fn answer(conn: &mut Conn, subscriber: Subscriber) -> Result<SubscriberAnswer, StoreError> {
    let found = subscriptions::of_subscriber(conn, subscriber.id)?;
    let chosen = subscriptions::rhythms(conn, subscriber.id)?;
    Ok(SubscriberAnswer::of(subscriber, &found, &chosen))
}

pub(super) async fn all(app: Data<App>, caller: Caller, mut parameters: Parameters) -> Told {
    let (limit, cursor) = (parameters.limit(), parameters.cursor::<SubscriberId>());
    let address = parameters.maybe::<EmailAddress>("address", "an address");
    let filter = Filter {
        list_id: parameters.maybe::<ListId>("list_id", "the id of a list"),
        state: parameters.maybe::<State>("state", "pending, confirmed or ended").map(State::word),
        address_part: None,
    };
    parameters.done()?;
    read(&app, move |conn| {
        let found = match &address {
            Some(address) => subscribers::find_by_address(conn, caller.account_id, address)?.into_iter().collect(),
            None => subscribers::page(conn, caller.account_id, &filter, cursor, limit + 1)?,
        };
        let page = Page::of(found, limit, |subscriber| subscriber.id.to_string(), |subscriber| subscriber);
        let items = page.items.into_iter().map(|subscriber| answer(conn, subscriber)).collect::<Result<_, _>>()?;
        Ok(Ok(Reply::ok(&Page::<SubscriberAnswer> { items, next_cursor: page.next_cursor })))
    })
    .await
}

pub(super) async fn show(app: Data<App>, caller: Caller, id: PathId<SubscriberId>) -> Told {
    read(&app, move |conn| {
        Ok(match subscribers::find(conn, caller.account_id, id.0)? {
            Some(subscriber) => Ok(Reply::ok(&answer(conn, subscriber)?)),
            None => Err(Problem::not_found()),
        })
    })
    .await
}

pub(super) async fn change(
    app: Data<App>,
    caller: Caller,
    id: PathId<SubscriberId>,
    body: Body<SubscriberChange>,
) -> Told {
    write(&app, move |conn| {
        Ok(match subscribers::change_attributes(conn, caller.account_id, id.0, &body.value.0)? {
            Some(subscriber) => Ok(Reply::ok(&answer(conn, subscriber)?)),
            None => Err(Problem::not_found()),
        })
    })
    .await
}

pub(super) async fn erase(app: Data<App>, caller: Caller, request: HttpRequest, id: PathId<SubscriberId>) -> Told {
    let (now, client) = (app.clock.now(), Client::of(&request, &app.settings));
    let from =
        Circumstances { origin: "api".to_owned(), network: client.network.clone(), user_agent: client.user_agent };
    write(&app, move |conn| {
        Ok(match bounces::erase_person(conn, caller.account_id, id.0, &from, now)? {
            EraseOutcome::Erased => {
                let entry = Entry::of(caller.actor(), "subscriber.erase").account(caller.account_id);
                audit::record(conn, &entry.subject(&id.0).network(&client.network), now)?;
                Ok(Reply::nothing())
            }
            EraseOutcome::NotThere => Err(Problem::not_found()),
        })
    })
    .await
}

pub(super) async fn consent(app: Data<App>, caller: Caller, id: PathId<SubscriberId>) -> Told {
    let keys = app.keys.clone();
    read(&app, move |conn| {
        Ok(match subscriptions::proof(conn, &keys, caller.account_id, id.0)? {
            Some(proof) => Ok(Reply::ok(&ConsentAnswer::from(proof))),
            None => Err(Problem::not_found()),
        })
    })
    .await
}
