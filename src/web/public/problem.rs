//! What a program gets instead of a page: `application/problem+json` (RFC 9457).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use serde_json::{Value, json};

/// An answer with what is wrong, by field.
pub(super) fn problem(status: StatusCode, detail: &str, errors: &[(String, String)]) -> HttpResponse {
    let title = status.canonical_reason().unwrap_or_default();
    let list: Vec<_> = errors.iter().map(|(field, message)| json!({ "field": field, "message": message })).collect();
    let about = json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail });
    let body = match about {
        Value::Object(mut members) if !list.is_empty() => {
            members.insert("errors".to_owned(), Value::Array(list));
            Value::Object(members)
        }
        bare => bare,
    };
    HttpResponse::build(status)
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type("application/problem+json")
        .body(body.to_string())
}
