//! The API under `/api/v1`.
//!
//! [`table`] lists every endpoint once; what is served, guarded and documented is made from it.

mod account;
mod answer;
mod aside;
mod body;
mod brakes;
mod caller;
mod campaign_content;
mod campaign_course;
mod campaign_mail;
mod campaigns;
mod docs;
mod endpoint;
mod fields;
mod form_content;
mod form_reading;
mod forms;
mod import_table;
mod imports;
mod lane_table;
mod lanes;
mod lists;
mod openapi;
mod operator;
mod problem;
mod queue;
mod reports;
mod sending_domain_table;
mod sending_domains;
mod subscriber_content;
mod subscribers;
mod subscriptions;
mod suppressions;
mod table;
#[cfg(test)]
mod tests;
mod values;
mod warm_up;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource};

use endpoint::Endpoint;
pub(in crate::web) use form_content::LookAnswer;
use problem::Problem;

/// What every path of the API starts with.
const ROOT: &str = "/api/v1";

/// Every route of the API, its description and its documentation.
pub fn routes(cfg: &mut ServiceConfig) {
    let mut v1 = web::scope("/v1").default_service(web::to(problem::no_such_route));
    for resource in resources(table::endpoints()) {
        v1 = v1.service(resource);
    }
    let api = web::scope("/api")
        .service(resource("/openapi.json", "GET, HEAD").get(openapi::serve).head(openapi::serve))
        .service(resource("/docs", "GET, HEAD").get(docs::serve).head(docs::serve))
        .service(v1)
        .default_service(web::to(problem::no_such_route));
    cfg.service(api);
}

/// One resource a path, with its methods.
fn resources(endpoints: Vec<Endpoint>) -> Vec<Resource> {
    let mut paths: Vec<(&'static str, Vec<Endpoint>)> = Vec::new();
    for endpoint in endpoints {
        match paths.iter_mut().find(|(path, _)| *path == endpoint.path) {
            Some((_, methods)) => methods.push(endpoint),
            None => paths.push((endpoint.path, vec![endpoint])),
        }
    }
    paths.into_iter().map(|(path, endpoints)| one_resource(path, endpoints)).collect()
}

fn one_resource(path: &'static str, endpoints: Vec<Endpoint>) -> Resource {
    let allowed: Vec<&str> = endpoints.iter().map(Endpoint::allows).collect();
    let resource = resource(path, &allowed.join(", "));
    endpoints.into_iter().fold(resource, |resource, endpoint| resource.route(endpoint.route))
}

/// A path that answers 405 to every other method (RFC 9110, section 15.5.6).
fn resource(path: &str, allowed: &str) -> Resource {
    let allowed = allowed.to_owned();
    web::resource(path).default_service(web::to(move |request: HttpRequest| {
        let allowed = allowed.clone();
        async move { not_allowed(&request, &allowed) }
    }))
}

fn not_allowed(request: &HttpRequest, allowed: &str) -> HttpResponse {
    let detail = format!("{} cannot be done here, only {allowed}.", request.method());
    let problem = Problem::new(actix_web::http::StatusCode::METHOD_NOT_ALLOWED, detail);
    let mut response = actix_web::ResponseError::error_response(&problem);
    if let Ok(value) = allowed.parse() {
        response.headers_mut().insert(actix_web::http::header::ALLOW, value);
    }
    response
}
