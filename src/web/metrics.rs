//! `/metrics` in the text format of Prometheus.

use actix_web::HttpResponse;

pub(super) async fn metrics() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body("")
}
