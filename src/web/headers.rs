//! What stands around every answer: security headers, the error page in the reader's language, one line in the log.

use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{Error, web};

use super::error::{self, PageError};
use super::guard;
use crate::app::App;
use crate::texts::Texts;

/// Own scripts, styles and pictures; nothing from elsewhere, nothing inline (WEB: ASVS 3.4.3).
pub const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'; connect-src 'self'; frame-src 'self'";

/// A request, its body included, is answered within this time or not at all: nobody holds a place by trickling bytes.
const LONGEST_REQUEST: Duration = Duration::from_secs(60);

/// Paths whose link is a secret: never in a `Referer`, never in a cache.
const TOKEN_PATHS: [&str; 6] = ["/confirm/", "/unsubscribe/", "/preferences/", "/address/", "/letter/", "/invitation/"];
/// Paths that anybody may keep for a while, as their own handler says.
const OPEN_PATHS: [&str; 3] = ["/assets/", "/forms/", "/archive/"];

/// The middleware.
///
/// # Errors
/// `408` for a request that takes too long; a handler's error has become an answer before it comes here.
pub(super) async fn around(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_https = req.app_data::<web::Data<App>>().is_some_and(|app| app.settings.base_url.scheme() == "https");
    // A clone of the request may not be held here: the router needs it for itself.
    let (path, language) = (req.path().to_owned(), guard::language_of(req.headers()));
    let Ok(answer) = tokio::time::timeout(LONGEST_REQUEST, next.call(req)).await else {
        return Err(actix_web::error::ErrorRequestTimeout("the request took too long"));
    };
    let mut response = answer?.map_into_boxed_body();
    let failure = response.response().error().and_then(|error| error.as_error::<PageError>()).map(|failure| {
        note(failure, &path);
        error::page(failure, Texts(language))
    });
    if let Some(page) = failure {
        response = response.map_body(|_, _| BoxBody::new(page));
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, html);
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    add(response.headers_mut(), &path, is_https);
    Ok(response)
}

/// The log gets the cause of our own faults; a lost database is told by the part that watches it, not by each page.
fn note(failure: &PageError, path: &str) {
    let route = if is_token_path(path) { "a page with a token" } else { path };
    match failure {
        PageError::Broken(cause) => tracing::error!(%cause, route, "a page could not be made"),
        PageError::Unavailable(cause) | PageError::Uncertain(cause) => {
            tracing::debug!(%cause, route, "a page is not available");
        }
        _ => {}
    }
}

fn is_token_path(path: &str) -> bool {
    TOKEN_PATHS.iter().any(|start| path.starts_with(start))
}

/// A handler that set one of these itself keeps its own.
fn add(headers: &mut HeaderMap, path: &str, is_https: bool) {
    let is_secret = is_token_path(path);
    let mut put = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    put(CONTENT_SECURITY_POLICY, CONTENT_POLICY);
    put(X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(REFERRER_POLICY, if is_secret { "no-referrer" } else { "same-origin" });
    if is_https {
        put(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if is_secret || !OPEN_PATHS.iter().any(|start| path.starts_with(start)) {
        put(CACHE_CONTROL, "no-store");
    }
}
