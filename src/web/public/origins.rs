//! Which other origins may frame a form, read its answers, and be led to by it.

use actix_web::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_SECURITY_POLICY, HeaderValue, ORIGIN, VARY};
use actix_web::{HttpRequest, HttpResponse};

use crate::forms::Form;
use crate::web::headers::CONTENT_POLICY;

/// The policy of a form's pages: their form may lead to the address that the form is configured with, and only pages of
/// the configured origins may frame the embedded ones.
pub(super) fn with_policy(mut response: HttpResponse, form: &Form, is_framed: bool) -> HttpResponse {
    let mut policy = CONTENT_POLICY.to_owned();
    if let Some(target) = form.leads_to().and_then(|url| url::Url::parse(url).ok()) {
        let origin = target.origin().ascii_serialization();
        policy = policy.replace("form-action 'self'", &format!("form-action 'self' {origin}"));
    }
    if is_framed {
        let ancestors = format!("frame-ancestors 'self' {}", form.allowed_origins.join(" "));
        policy = policy.replace("frame-ancestors 'none'", ancestors.trim_end());
    }
    if let Ok(value) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, value);
    }
    response
}

/// Whether a script of another page's origin may read our answer: never with credentials.
pub(super) fn with_origin(mut response: HttpResponse, req: &HttpRequest, form: &Form) -> HttpResponse {
    response.headers_mut().insert(VARY, HeaderValue::from_static("origin"));
    let allowed = req
        .headers()
        .get(ORIGIN)
        .filter(|origin| form.allowed_origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()));
    if let Some(origin) = allowed {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
    response
}
