//! What a page answers when it cannot answer as asked.
//!
//! A handler returns `Result<HttpResponse, PageError>` and uses `?` on [`StoreError`]s. The page that the reader sees is
//! rendered in the reader's language by the middleware around all routes; the log gets the cause, the reader does not.

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, LOCATION, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use askama::Template;

use super::assets;
use crate::accounts::passwords::PasswordError;
use crate::storage::StoreError;
use crate::texts::Texts;

/// Why a page is not shown.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// There is no such page, or it belongs to another account: both answer alike.
    #[error("not found")]
    NotFound,
    /// Only for people who signed in; `next` is where they wanted to go.
    #[error("sign in first")]
    SignInNeeded {
        /// The path and query that was asked for.
        next: String,
    },
    /// Signed in, but not as somebody who may.
    #[error("not allowed")]
    Forbidden,
    /// This path answers other methods only.
    #[error("only {allowed} can be done here")]
    NotAllowed {
        /// Those methods, for `Allow`.
        allowed: String,
    },
    /// The form does not come from our page, or the page is too old (CSRF).
    #[error("the form does not come from this page")]
    ForeignForm,
    /// The request cannot be read.
    #[error("the request cannot be read: {0}")]
    Unreadable(String),
    /// Past a limit.
    #[error("too many attempts")]
    TooMany {
        /// Seconds until another attempt makes sense.
        retry_after: i64,
    },
    /// Passing trouble: the database is away, too much at once.
    #[error("not available: {0}")]
    Unavailable(String),
    /// The database went away at the last moment: what was asked for may have been done.
    #[error("uncertain: {0}")]
    Uncertain(String),
    /// A fault of ours.
    #[error("broken: {0}")]
    Broken(String),
}

impl PageError {
    /// The part of the catalogue keys that belongs to it.
    const fn key(&self) -> &'static str {
        match self {
            Self::NotFound | Self::SignInNeeded { .. } => "error-not-found",
            Self::Forbidden => "error-forbidden",
            Self::NotAllowed { .. } => "error-not-allowed",
            Self::ForeignForm => "error-foreign-form",
            Self::Unreadable(_) => "error-unreadable",
            Self::TooMany { .. } => "error-too-many",
            Self::Unavailable(_) => "error-unavailable",
            Self::Uncertain(_) => "error-uncertain",
            Self::Broken(_) => "error-broken",
        }
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Unavailable(error.to_string()),
            StoreError::Uncertain(_) => Self::Uncertain(error.to_string()),
            StoreError::AlreadyThere(_) | StoreError::Refused(_) => Self::Broken(error.to_string()),
        }
    }
}

impl From<PasswordError> for PageError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::TooShort | PasswordError::TooLong => Self::Unreadable(error.to_string()),
            PasswordError::Busy => Self::Unavailable(error.to_string()),
            PasswordError::Broken => Self::Broken(error.to_string()),
        }
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> Self {
        Self::Broken(format!("a template: {error}"))
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignInNeeded { .. } => StatusCode::SEE_OTHER,
            Self::Forbidden | Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::NotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unreadable(_) => StatusCode::BAD_REQUEST,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) | Self::Uncertain(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::SignInNeeded { next } => {
                let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
                response.insert_header((LOCATION, format!("/sign-in?next={next}")));
            }
            Self::NotAllowed { allowed } => {
                response.insert_header((ALLOW, allowed.as_str()));
            }
            Self::TooMany { retry_after } => {
                response.insert_header((RETRY_AFTER, retry_after.to_string()));
            }
            Self::Unavailable(_) | Self::Uncertain(_) => {
                response.insert_header((RETRY_AFTER, "10"));
            }
            _ => {}
        }
        response.finish()
    }
}

#[derive(Template)]
#[template(path = "errors/page.html")]
struct ErrorPage {
    texts: Texts,
    title: String,
    line: String,
    stylesheet: String,
}

/// The page a reader sees instead; empty for a redirection.
pub(super) fn page(error: &PageError, texts: Texts) -> String {
    if matches!(error, PageError::SignInNeeded { .. }) {
        return String::new();
    }
    let key = error.key();
    let page = ErrorPage {
        texts,
        title: texts.say(&format!("{key}-title")),
        line: texts.say(&format!("{key}-line")),
        stylesheet: assets::url("estampille.css"),
    };
    page.render().unwrap_or_default()
}

/// What no route answers.
pub(super) async fn not_found() -> Result<HttpResponse, PageError> {
    Err(PageError::NotFound)
}

/// A form that cannot be read.
#[expect(clippy::needless_pass_by_value, reason = "the shape actix-web asks for")]
pub(super) fn bad_form(error: actix_web::error::UrlencodedError, _req: &HttpRequest) -> actix_web::Error {
    PageError::Unreadable(error.to_string()).into()
}

/// A query that cannot be read.
#[expect(clippy::needless_pass_by_value, reason = "the shape actix-web asks for")]
pub(super) fn bad_query(error: actix_web::error::QueryPayloadError, _req: &HttpRequest) -> actix_web::Error {
    PageError::Unreadable(error.to_string()).into()
}
