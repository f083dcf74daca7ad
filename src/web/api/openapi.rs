//! The OpenAPI 3.1 document, made from the same table of endpoints that is served.

use actix_web::{HttpResponse, http::header};
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

use super::endpoint::{Endpoint, Gives, Takes};
use super::problem::{FieldError, Problem};
use super::{ROOT, table};

/// `GET /api/openapi.json`.
pub(super) async fn serve() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .content_type("application/json")
        .body(document(&table::endpoints()).to_string())
}

/// The document of these endpoints.
pub(super) fn document(endpoints: &[Endpoint]) -> Value {
    let mut paths = Map::new();
    for endpoint in endpoints {
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(endpoint.method.as_str().to_ascii_lowercase(), operation(endpoint));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Estampille",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Mailing lists with confirmed opt-in. Times are RFC 3339 in UTC, durations ISO 8601, \
                            errors RFC 9457.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": ROOT }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas(endpoints),
        },
    })
}

fn schemas(endpoints: &[Endpoint]) -> Map<String, Value> {
    let mut schemas = Map::new();
    for endpoint in endpoints {
        let taken = match &endpoint.takes {
            Takes::Json(named) | Takes::Multipart(named) => &named.schemas[..],
            Takes::Nothing | Takes::Message => &[],
        };
        let given = match &endpoint.gives {
            Gives::One(named) | Gives::Page(named) => &named.schemas[..],
            Gives::Nothing => &[],
        };
        for (name, schema) in taken.iter().chain(given) {
            schemas.insert(name.clone(), json!(schema));
        }
    }
    schemas.insert(Problem::name().into_owned(), json!(Problem::schema()));
    schemas.insert(FieldError::name().into_owned(), json!(FieldError::schema()));
    schemas
}

fn operation(endpoint: &Endpoint) -> Value {
    let mut operation = json!({
        "operationId": operation_id(endpoint),
        "tags": [tag(endpoint.path)],
        "summary": endpoint.summary,
        "description": endpoint.access.meaning(),
        "parameters": parameters(endpoint),
        "responses": responses(endpoint),
    });
    if let (Some(body), Some(operation)) = (request_body(endpoint), operation.as_object_mut()) {
        operation.insert("requestBody".to_owned(), body);
    }
    operation
}

/// `post_campaigns_id_pause`.
pub(super) fn operation_id(endpoint: &Endpoint) -> String {
    let path = endpoint.path.replace(['{', '}'], "").replace('/', "_");
    format!("{}{path}", endpoint.method.as_str().to_ascii_lowercase())
}

/// The first noun of the path.
pub(super) fn tag(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default()
}

/// The names between braces.
pub(super) fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let text = json!({ "type": "string" });
    let id = json!({ "type": "string", "format": "uuid" });
    let number = json!({ "type": "integer", "format": "int64" });
    let in_path = path_parameters(endpoint.path).map(|name| {
        let schema = if endpoint.path.starts_with("/operator/reports/") { &number } else { &id };
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    });
    let in_query = endpoint.parameters.iter().map(|(name, meaning)| {
        let schema =
            if *name == "limit" { json!({ "type": "integer", "minimum": 1, "maximum": 200 }) } else { text.clone() };
        json!({ "name": name, "in": "query", "required": false, "description": meaning, "schema": schema })
    });
    let key = endpoint.is_repeatable.then(|| {
        json!({
            "name": "Idempotency-Key", "in": "header", "required": false, "schema": text,
            "description": "A repeated request with the same key and body within 24 hours gets the first answer again.",
        })
    });
    in_path.chain(in_query).chain(key).collect()
}

fn request_body(endpoint: &Endpoint) -> Option<Value> {
    match &endpoint.takes {
        Takes::Nothing => None,
        Takes::Json(named) => {
            Some(json!({ "required": true, "content": { "application/json": { "schema": named.reference() } } }))
        }
        Takes::Multipart(named) => {
            Some(json!({ "required": true, "content": { "multipart/form-data": { "schema": named.reference() } } }))
        }
        Takes::Message => Some(json!({
            "required": true,
            "content": { "message/rfc822": { "schema": { "type": "string", "format": "binary" } } },
        })),
    }
}

fn responses(endpoint: &Endpoint) -> Value {
    let schema = match &endpoint.gives {
        Gives::Nothing => None,
        Gives::One(named) => Some(json!(named.reference())),
        Gives::Page(named) => Some(json!({
            "type": "object",
            "required": ["items", "next_cursor"],
            "properties": {
                "items": { "type": "array", "items": named.reference() },
                "next_cursor": { "type": ["string", "null"] },
            },
        })),
    };
    let good = match schema {
        None => json!({ "description": "Done." }),
        Some(schema) => json!({ "description": "Done.", "content": { "application/json": { "schema": schema } } }),
    };
    let problem = json!({
        "description": "Not done, and why (RFC 9457).",
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    });
    json!({ endpoint.status.to_string(): good, "default": problem })
}
