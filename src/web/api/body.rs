//! What comes in with an API request: a JSON body, a path, a page to be shown.

use std::collections::BTreeMap;

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::web::BytesMut;
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::{LocalBoxFuture, Ready, ready};
use serde_json::Value;

use super::fields::{Fields, Read};
use super::problem::{FieldError, Problem};
use crate::keyring::digest;

/// Most bytes of a JSON body: a campaign of a size that no mail program shows in full.
pub(super) const LARGEST_JSON: usize = 2 * 1024 * 1024;

/// A JSON body, and the hash by which a repeated request is known again.
#[derive(Debug)]
pub(super) struct Body<T> {
    /// What was read from it.
    pub(super) value: T,
    /// SHA-256 over the method, the path and the body.
    pub(super) hash: Vec<u8>,
}

impl<T: Read + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let type_ = content_type(&request);
            if type_ != "application/json" {
                return Err(unsupported("application/json"));
            }
            let bytes = read_bounded(&mut payload, LARGEST_JSON).await?;
            let value = serde_json::from_slice(&bytes).map_err(|error| bad_json(&error))?;
            let Value::Object(object) = value else {
                return Err(Problem::new(StatusCode::BAD_REQUEST, "The body has to be a JSON object."));
            };
            let value = Fields::read(object).map_err(Problem::fields)?;
            Ok(Self { value, hash: request_hash(&request, &bytes) })
        })
    }
}

fn bad_json(error: &serde_json::Error) -> Problem {
    let place = format!("line {}, column {}", error.line(), error.column());
    Problem::new(StatusCode::BAD_REQUEST, format!("The body is not JSON: see {place}."))
}

/// 415: the body has to be of another type.
pub(super) fn unsupported(wanted: &str) -> Problem {
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("The body has to be {wanted}."))
}

/// The media type of the body, without its parameters, in lower case.
pub(super) fn content_type(request: &HttpRequest) -> String {
    let given = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The whole body, refused as soon as it is larger than `limit` bytes.
pub(super) async fn read_bounded(payload: &mut Payload, limit: usize) -> Result<BytesMut, Problem> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk =
            chunk.map_err(|_broken| Problem::new(StatusCode::BAD_REQUEST, "The body broke off before its end."))?;
        if bytes.len() + chunk.len() > limit {
            let detail = format!("The body is larger than {limit} bytes.");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// SHA-256 over the method, the path and the body.
pub(super) fn request_hash(request: &HttpRequest, body: &[u8]) -> Vec<u8> {
    let head = format!("{} {}\n", request.method(), request.path());
    digest(&[head.as_bytes(), body].concat()).to_vec()
}

/// Most items on one page.
const LARGEST_PAGE: i64 = 200;
/// Items on a page where the request says nothing.
const USUAL_PAGE: i64 = 50;

/// What stands behind the `?`: `limit`, `cursor` and the filters of one route.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    given: BTreeMap<String, String>,
    errors: Vec<FieldError>,
}

impl FromRequest for Parameters {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let given = url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
        ready(Ok(Self { given, errors: Vec::new() }))
    }
}

impl Parameters {
    /// A filter that may be missing; what cannot be read is noted.
    pub(super) fn maybe<T: std::str::FromStr>(&mut self, name: &str, what: &'static str) -> Option<T> {
        let text = self.given.remove(name)?;
        let value = text.parse().ok();
        if value.is_none() {
            self.errors.push(FieldError::new(name, format!("needs {what}")));
        }
        value
    }

    /// How many items the page may hold.
    pub(super) fn limit(&mut self) -> i64 {
        let limit = self.maybe("limit", "a number from 1 to 200").unwrap_or(USUAL_PAGE);
        if !(1..=LARGEST_PAGE).contains(&limit) {
            self.errors.push(FieldError::new("limit", "needs a number from 1 to 200"));
        }
        limit.clamp(1, LARGEST_PAGE)
    }

    /// Where the page before ended.
    pub(super) fn cursor<T: std::str::FromStr>(&mut self) -> Option<T> {
        self.maybe("cursor", "the next_cursor of an earlier answer")
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Every parameter that is wrong or not known.
    pub(super) fn done(mut self) -> Result<(), Problem> {
        self.errors.extend(self.given.keys().map(|name| FieldError::new(name, "is not known here")));
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::fields(self.errors)) }
    }
}

/// The one id in a path. What cannot be an id answers like one that is not there.
#[derive(Debug, Clone, Copy)]
pub(super) struct PathId<T>(pub(super) T);

impl<T: std::str::FromStr> FromRequest for PathId<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = request.match_info().get("id").and_then(|text| text.parse().ok());
        ready(id.map(Self).ok_or_else(Problem::not_found))
    }
}
