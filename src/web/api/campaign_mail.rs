//! The mail of a campaign: a test before it goes out, and what came of each delivery.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{Moment, Page, Reply, Told, once, read};
use super::body::{Body, Parameters, PathId};
use super::caller::Caller;
use super::campaign_course::refused;
use super::fields::{Fields, Read};
use super::problem::Problem;
use crate::app::App;
use crate::campaigns::{self, TestOutcome, Trial, trial};
use crate::deliveries::{self, Delivery, State};
use crate::mail::EmailAddress;
use crate::storage::{CampaignId, DeliveryId};

/// To whom a campaign's content is mailed before it goes out.
#[derive(ToSchema)]
#[schema(as = TestMail)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct TestMailSchema {
    /// One to five addresses; an account may send 20 such mails a day.
    addresses: Vec<String>,
}

pub(super) struct TestMail(Vec<EmailAddress>);

impl Read for TestMail {
    fn read(fields: &mut Fields) -> Option<Self> {
        let Some(texts) = fields.maybe_list("addresses") else {
            if fields.is_fine() {
                fields.refuse("addresses", "is needed");
            }
            return None;
        };
        let mut addresses = Vec::new();
        for (at, text) in texts.iter().enumerate() {
            match EmailAddress::parse(text) {
                Ok(address) => addresses.push(address),
                Err(error) => fields.refuse(&format!("addresses[{at}]"), error.to_string()),
            }
        }
        Some(Self(addresses))
    }
}

/// How many test mails wait to be sent.
#[derive(Serialize, ToSchema)]
#[schema(as = QueuedTest)]
pub(super) struct QueuedAnswer {
    /// So many.
    queued: usize,
}

pub(super) async fn test(app: Data<App>, caller: Caller, id: PathId<CampaignId>, body: Body<TestMail>) -> Told {
    let (now, account_id) = (app.clock.now(), caller.account_id);
    let trial = Trial {
        addresses: body.value.0,
        by: caller.actor(),
        allows_unverified_domains: app.settings.allows_unverified_domains,
    };
    once(&app, &caller, body.hash, move |conn| {
        Ok(match campaigns::send_test(conn, account_id, id.0, &trial, now)? {
            TestOutcome::Queued(queued) => Ok(Reply::accepted(&QueuedAnswer { queued })),
            TestOutcome::Refused(reasons) => Err(refused(&reasons)),
            TestOutcome::WrongCount => {
                Err(Problem::field("addresses", format!("needs 1 to {} addresses", trial::MOST_ADDRESSES)))
            }
            TestOutcome::TooMany => {
                let detail = format!("An account may send {} test mails a day.", trial::MOST_A_DAY);
                Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, detail))
            }
            TestOutcome::NoSuch => Err(Problem::not_found()),
        })
    })
    .await
}

/// One message of a campaign to one recipient.
#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(super) struct DeliveryAnswer {
    /// Its number.
    id: i64,
    /// The address; `null` after an erasure.
    recipient: Option<String>,
    /// `queued`, `claimed`, `deferred`, `accepted`, `failed` or `skipped`.
    state: &'static str,
    /// When the next attempt is due; `null` when there will be none.
    due_at: Option<Moment>,
    /// How often it was tried.
    attempts: i32,
    /// What the relay said last.
    last_reply: Option<String>,
    /// When it ended.
    finished_at: Option<Moment>,
    /// When it came back.
    bounced_at: Option<Moment>,
    /// When it was reported as unwanted.
    complained_at: Option<Moment>,
}

impl From<Delivery> for DeliveryAnswer {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id.0,
            recipient: delivery.address.map(|address| address.to_string()),
            state: delivery.state.word(),
            due_at: (!delivery.state.is_final()).then(|| delivery.due_at.into()),
            attempts: delivery.attempts,
            last_reply: delivery.last_reply,
            finished_at: delivery.finished_at.map(Moment::from),
            bounced_at: delivery.bounced_at.map(Moment::from),
            complained_at: delivery.complained_at.map(Moment::from),
        }
    }
}

pub(super) async fn deliveries(
    app: Data<App>,
    caller: Caller,
    id: PathId<CampaignId>,
    mut parameters: Parameters,
) -> Told {
    let (limit, cursor) = (parameters.limit(), parameters.cursor::<DeliveryIdText>().map(|text| text.0));
    let state = parameters.maybe::<State>("state", "queued, claimed, deferred, accepted, failed or skipped");
    parameters.done()?;
    read(&app, move |conn| {
        if campaigns::find(conn, caller.account_id, id.0)?.is_none() {
            return Ok(Err(Problem::not_found()));
        }
        let found = deliveries::of_campaign(conn, id.0, state, cursor, limit + 1)?;
        let page = Page::of(found, limit, |delivery| delivery.id.to_string(), DeliveryAnswer::from);
        Ok(Ok(Reply::ok(&page)))
    })
    .await
}

/// A cursor over deliveries.
struct DeliveryIdText(DeliveryId);

impl std::str::FromStr for DeliveryIdText {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(|number| Self(DeliveryId(number)))
    }
}
