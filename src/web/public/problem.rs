//! What a program gets instead of a page: `application/problem+json` (RFC 9457).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use serde_json::{Value, json};

/// An answer with what is wrong, by field.
pub(super) fn problem(status: StatusCode, detail: &str, errors: &[(String, String)]) -> HttpResponse {
    problem_with(status, detail, errors, None)
}

/// [`problem`] with the further members of an object (RFC 9457, section 3.2).
pub(super) fn problem_with(
    status: StatusCode,
    detail: &str,
    errors: &[(String, String)],
    more: Option<Value>,
) -> HttpResponse {
    let title = status.canonical_reason().unwrap_or_default();
    let list: Vec<_> = errors.iter().map(|(field, message)| json!({ "field": field, "message": message })).collect();
    let mut about = json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail });
    if let Value::Object(members) = &mut about {
        if !list.is_empty() {
            members.insert("errors".to_owned(), Value::Array(list));
        }
        if let Some(Value::Object(more)) = more {
            members.extend(more);
        }
    }
    HttpResponse::build(status)
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type("application/problem+json")
        .body(about.to_string())
}
