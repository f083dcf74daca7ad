//! What the API answers when it does not do what was asked: RFC 9457, `application/problem+json`.

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::storage::StoreError;

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct FieldError {
    /// The field, as a path: `fields[0].name`.
    pub(super) field: String,
    /// What is wrong with it, in English.
    pub(super) message: String,
}

impl FieldError {
    /// A field and what is wrong with it.
    pub(super) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// An answer by RFC 9457.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Problem {
    /// `about:blank`: the status says it all (RFC 9457, section 4.2.1).
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    /// The status in words.
    pub(super) title: String,
    /// The HTTP status.
    pub(super) status: u16,
    /// What is wrong with this request.
    pub(super) detail: String,
    /// What is wrong with which field; absent when the trouble lies in no field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) errors: Vec<FieldError>,
    /// Seconds after which another attempt makes sense; goes into `Retry-After`.
    #[serde(skip)]
    pub(super) retry_after: Option<i64>,
}

impl Problem {
    /// A problem of this status.
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error").to_owned();
        Self {
            kind: "about:blank",
            title,
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// 404: not there, or not this account's (WEB-01: the two answer alike).
    #[must_use]
    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "There is no such thing here.")
    }

    /// 409: the thing stands at a point where this cannot be done to it.
    pub(super) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// 422 with every field that is wrong.
    #[must_use]
    pub(super) fn fields(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Some fields cannot be used.") }
    }

    /// 422 with one field that is wrong.
    pub(super) fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::fields(vec![FieldError::new(field, message)])
    }

    fn code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.code());
        match self.code() {
            StatusCode::UNAUTHORIZED => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"estampille\""));
            }
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                response.insert_header((header::RETRY_AFTER, self.retry_after.unwrap_or(10)));
            }
            _ => {}
        }
        response
            .content_type("application/problem+json")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(serde_json::to_string(self).unwrap_or_default())
    }
}

impl From<StoreError> for Problem {
    /// What the database says stays in the log: it may hold what was stored.
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::Uncertain(_)) {
            return Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "The database went away at the last moment: this may have been done, or not. Try again with the same \
                 Idempotency-Key, or look first.",
            );
        }
        if error.is_passing() {
            tracing::debug!(%error, "an API request had to be refused for now");
            return Self::new(StatusCode::SERVICE_UNAVAILABLE, "The database is not available. Try again.");
        }
        tracing::error!(%error, "an API request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "The request could not be carried out.")
    }
}

/// Answers a path under `/api` that leads nowhere.
pub(super) async fn no_such_route(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(Problem::new(StatusCode::NOT_FOUND, format!("There is nothing at {}.", request.path())))
}
