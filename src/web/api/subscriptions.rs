//! Asking for a subscription.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::{Reply, Told, once};
use super::body::Body;
use super::caller::Caller;
use super::fields::{Fields, Read};
use super::problem::Problem;
use crate::app::App;
use crate::mail::EmailAddress;
use crate::storage::ListId;
use crate::subscriptions::{self, Circumstances, Signup, SignupOutcome, Via};
use crate::web::guard::Client;

/// A subscription that somebody asked for. It starts `pending`, whatever is known of the address: only the owner of
/// the address can confirm it, from a mail.
#[derive(ToSchema)]
#[schema(as = NewSubscription)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct NewSubscriptionSchema {
    /// The list.
    list_id: Uuid,
    /// The address.
    #[schema(format = Email)]
    address: String,
    /// What the person told about themselves, by name.
    attributes: Option<BTreeMap<String, String>>,
    /// Where the person asked, such as the address of a page; kept with the consent record.
    source: String,
}

pub(super) struct Wanted {
    list_id: ListId,
    address: EmailAddress,
    attributes: BTreeMap<String, String>,
    source: String,
}

/// Most attributes of a person.
const MOST_ATTRIBUTES: usize = 50;
/// Longest value of an attribute, and longest source, in characters.
const LONGEST_VALUE: usize = 1000;

/// Attributes that are not too many and not too long; may be missing.
pub(super) fn attributes(fields: &mut Fields) -> Option<BTreeMap<String, String>> {
    let attributes = fields.maybe_texts("attributes")?;
    if attributes.len() > MOST_ATTRIBUTES {
        fields.refuse("attributes", format!("are more than {MOST_ATTRIBUTES}"));
    }
    for (name, value) in &attributes {
        if name.chars().count() > 60 || value.chars().count() > LONGEST_VALUE {
            fields.refuse(&format!("attributes.{name}"), format!("is longer than {LONGEST_VALUE} characters"));
        }
    }
    Some(attributes)
}

impl Read for Wanted {
    fn read(fields: &mut Fields) -> Option<Self> {
        let list_id = fields.word("list_id", "the id of a list");
        let address = fields.address("address");
        let attributes = attributes(fields).unwrap_or_default();
        let source = fields.text("source");
        if source.as_ref().is_some_and(|source| source.chars().count() > LONGEST_VALUE) {
            fields.refuse("source", format!("is longer than {LONGEST_VALUE} characters"));
        }
        Some(Self { list_id: list_id?, address: address?, attributes, source: source? })
    }
}

/// Always the same, whatever is known of the address.
#[derive(Serialize, ToSchema)]
#[schema(as = AskedSubscription)]
pub(super) struct AskedAnswer {
    /// Always `check_your_inbox`.
    status: &'static str,
}

pub(super) async fn create(app: Data<App>, caller: Caller, request: HttpRequest, body: Body<Wanted>) -> Told {
    let client = Client::of(&request, &app.settings);
    let (now, keys) = (app.clock.now(), app.keys.clone());
    let Wanted { list_id, address, attributes, source } = body.value;
    let asked = Signup {
        account_id: caller.account_id,
        list_id,
        address,
        attributes,
        form: None,
        shown_in: None,
        wording: String::new(),
        language: None,
        via: Via::Api,
        circumstances: Circumstances {
            origin: "api".to_owned(),
            network: client.network,
            user_agent: client.user_agent,
        },
        detail: source,
    };
    once(&app, &caller, body.hash, move |conn| {
        Ok(match subscriptions::signup(conn, &keys, &asked, now)? {
            SignupOutcome::Asked(_) | SignupOutcome::Silent(_) => {
                Ok(Reply::accepted(&AskedAnswer { status: "check_your_inbox" }))
            }
            SignupOutcome::NoList => Err(Problem::field("list_id", "names no open list of this account")),
            SignupOutcome::TooMany { retry_after_seconds } => Err(Problem {
                retry_after: Some(retry_after_seconds),
                ..Problem::new(StatusCode::TOO_MANY_REQUESTS, "Too many subscriptions were asked for from here.")
            }),
        })
    })
    .await
}
