//! The readable documentation of the API: one page, made from the same table of endpoints that is served.

use actix_web::HttpResponse;
use actix_web::http::header;
use askama::Template;
use serde_json::Value;

use super::endpoint::{Endpoint, Gives, Takes};
use super::openapi::{document, operation_id, tag};
use super::problem::Problem;
use super::{ROOT, table};

/// One field of a schema, in words.
struct FieldLine {
    name: String,
    kind: String,
    is_needed: bool,
    meaning: String,
}

/// One schema, in words.
struct SchemaLines {
    name: String,
    meaning: String,
    fields: Vec<FieldLine>,
}

/// One route, in words.
struct RouteLines {
    id: String,
    method: String,
    path: String,
    summary: &'static str,
    access: &'static str,
    parameters: Vec<(&'static str, &'static str)>,
    is_repeatable: bool,
    takes: Option<String>,
    takes_message: bool,
    status: u16,
    gives: Option<String>,
    is_page: bool,
}

/// The routes of one noun.
struct Group {
    noun: String,
    routes: Vec<RouteLines>,
}

#[derive(Template)]
#[template(path = "api/docs.html")]
struct DocsPage {
    version: &'static str,
    groups: Vec<Group>,
    schemas: Vec<SchemaLines>,
    stylesheets: [String; 2],
}

/// `GET /api/docs`.
pub(super) async fn serve() -> Result<HttpResponse, Problem> {
    let endpoints = table::endpoints();
    let page = DocsPage {
        version: env!("CARGO_PKG_VERSION"),
        schemas: schema_lines(&document(&endpoints)),
        groups: groups(&endpoints),
        stylesheets: ["estampille.css", "api.css"].map(crate::web::assets::url),
    };
    let html = page.render().map_err(|error| {
        tracing::error!(%error, "the page of the API documentation");
        Problem::new(actix_web::http::StatusCode::INTERNAL_SERVER_ERROR, "The page could not be made.")
    })?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .content_type("text/html; charset=utf-8")
        .body(html))
}

fn groups(endpoints: &[Endpoint]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for endpoint in endpoints {
        let noun = tag(endpoint.path);
        let lines = route_lines(endpoint);
        match groups.iter_mut().find(|group| group.noun == noun) {
            Some(group) => group.routes.push(lines),
            None => groups.push(Group { noun: noun.to_owned(), routes: vec![lines] }),
        }
    }
    groups
}

fn route_lines(endpoint: &Endpoint) -> RouteLines {
    RouteLines {
        id: operation_id(endpoint),
        method: endpoint.method.to_string(),
        path: format!("{ROOT}{}", endpoint.path),
        summary: endpoint.summary,
        access: endpoint.access.meaning(),
        parameters: endpoint.parameters.clone(),
        is_repeatable: endpoint.is_repeatable,
        takes: match &endpoint.takes {
            Takes::Json(named) | Takes::Multipart(named) => Some(named.name.clone()),
            Takes::Nothing | Takes::Message => None,
        },
        takes_message: matches!(endpoint.takes, Takes::Message),
        status: endpoint.status,
        gives: match &endpoint.gives {
            Gives::One(named) | Gives::Page(named) => Some(named.name.clone()),
            Gives::Nothing => None,
        },
        is_page: matches!(endpoint.gives, Gives::Page(_)),
    }
}

fn schema_lines(document: &Value) -> Vec<SchemaLines> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    schemas.into_iter().flatten().map(|(name, schema)| one_schema(name, schema)).collect()
}

fn one_schema(name: &str, schema: &Value) -> SchemaLines {
    let needed = |field: &str| {
        schema.get("required").and_then(Value::as_array).is_some_and(|names| names.iter().any(|name| name == field))
    };
    let properties = schema.get("properties").and_then(Value::as_object);
    let line = |(field, schema): (&String, &Value)| FieldLine {
        name: field.clone(),
        kind: kind(schema),
        is_needed: needed(field),
        meaning: text(schema, "description"),
    };
    SchemaLines {
        name: name.to_owned(),
        meaning: text(schema, "description"),
        fields: properties.into_iter().flatten().map(line).collect(),
    }
}

fn text(schema: &Value, key: &str) -> String {
    schema.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// What a field holds, in a few words: `string (uuid)`, `array of Field`, `string or null`.
fn kind(schema: &Value) -> String {
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        return target.rsplit('/').next().unwrap_or_default().to_owned();
    }
    if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
        return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    let type_ = match schema.get("type") {
        Some(Value::String(type_)) => type_.clone(),
        Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => String::new(),
    };
    match (schema.get("items"), schema.get("format").and_then(Value::as_str)) {
        (Some(items), _) => format!("{type_} of {}", kind(items)),
        (None, Some(format)) => format!("{type_} ({format})"),
        (None, None) => type_,
    }
}
