//! What goes out: JSON, pages of lists, and answers that are the same when a request is repeated.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody, web};
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use super::caller::Repeats;
use super::problem::Problem;
use crate::app::App;
use crate::clock::Timestamp;
use crate::idempotency::{self, Earlier, KeptAnswer, KeyedRequest};
use crate::storage::{Conn, StoreError};

/// An answer that says that the request was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    status: StatusCode,
    body: String,
}

impl Reply {
    fn new(status: StatusCode, value: &impl Serialize) -> Self {
        Self { status, body: serde_json::to_string(value).unwrap_or_default() }
    }

    /// 200 with this.
    pub(super) fn ok(value: &impl Serialize) -> Self {
        Self::new(StatusCode::OK, value)
    }

    /// 201: this was made.
    pub(super) fn created(value: &impl Serialize) -> Self {
        Self::new(StatusCode::CREATED, value)
    }

    /// 202: this will be done.
    pub(super) fn accepted(value: &impl Serialize) -> Self {
        Self::new(StatusCode::ACCEPTED, value)
    }

    /// 204.
    pub(super) const fn nothing() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: String::new() }
    }
}

impl Responder for Reply {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::build(self.status);
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if self.body.is_empty() {
            return response.finish();
        }
        response.content_type("application/json").body(self.body)
    }
}

/// What a use case gave: an answer, or a problem. Either ends the transaction orderly.
pub(super) type Told = Result<Reply, Problem>;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<T> {
    /// The items.
    pub(super) items: Vec<T>,
    /// Give this as `cursor` to get the next page; `null` on the last one.
    pub(super) next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page of `limit` from one item more than that, if there is one.
    pub(super) fn of<R>(mut rows: Vec<R>, limit: i64, cursor: impl Fn(&R) -> String, item: impl FnMut(R) -> T) -> Self {
        let limit = usize::try_from(limit).unwrap_or_default();
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| has_more).map(cursor);
        Self { items: rows.into_iter().map(item).collect(), next_cursor }
    }
}

/// Runs a use case that reads.
pub(super) async fn read(app: &App, work: impl FnOnce(&mut Conn) -> Result<Told, StoreError> + Send + 'static) -> Told {
    app.db.read(work).await?
}

/// Runs a use case that writes. A problem is told after its transaction: by then nothing has been written.
pub(super) async fn write(
    app: &App,
    work: impl FnOnce(&mut Conn) -> Result<Told, StoreError> + Send + 'static,
) -> Told {
    app.db.write(work).await?
}

/// Runs a use case that creates. With an `Idempotency-Key`, the answer is kept in the same write, and a repeated
/// request gets it again instead of being carried out twice.
pub(super) async fn once(
    app: &web::Data<App>,
    caller: &impl Repeats,
    hash: Vec<u8>,
    work: impl FnOnce(&mut Conn) -> Result<Told, StoreError> + Send + 'static,
) -> Told {
    let (account_id, key) = caller.repeats();
    let Some(key) = key else { return write(app, work).await };
    let request = KeyedRequest { account_id, key, hash };
    let now = app.clock.now();
    let told = app
        .db
        .write(move |conn| {
            match idempotency::earlier(conn, &request, now)? {
                Earlier::Same(answer) => return Ok(repeated(answer)),
                Earlier::Other => return Ok(Err(key_of_another_request())),
                Earlier::None => {}
            }
            let told = work(conn)?;
            if let Ok(reply) = &told {
                let answer = KeptAnswer { status: reply.status.as_u16().into(), body: reply.body.clone() };
                idempotency::keep(conn, &request, &answer, now)?;
            }
            Ok(told)
        })
        .await;
    match told {
        // Two requests of one key at the same moment on two nodes: the other one won, and this one was rolled back.
        Err(StoreError::AlreadyThere(_)) => {
            Err(Problem::conflict("The same request is being carried out, or what it makes is already there."))
        }
        told => told?,
    }
}

fn repeated(answer: KeptAnswer) -> Told {
    let status = u16::try_from(answer.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    Ok(Reply { status: status.unwrap_or(StatusCode::OK), body: answer.body })
}

fn key_of_another_request() -> Problem {
    Problem::field("Idempotency-Key", "was used for another request within the last 24 hours")
}

/// A moment: RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(transparent)]
pub(super) struct Moment(Timestamp);

impl From<Timestamp> for Moment {
    fn from(moment: Timestamp) -> Self {
        Self(moment)
    }
}

impl PartialSchema for Moment {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("A moment: RFC 3339 in UTC."))
            .into()
    }
}

impl ToSchema for Moment {}
