//! Every group of routes on one page.

use actix_web::web::{self, ServiceConfig};

use super::{admin, api, assets, error, health, hooks, public};

/// Registers all routes; what none of them answers is "not found".
pub fn configure(cfg: &mut ServiceConfig) {
    // /healthz, /readyz, /metrics.
    health::routes(cfg);
    // Styles, scripts and pictures.
    assets::routes(cfg);
    // Forms, confirmations, unsubscriptions, preferences, archives.
    public::routes(cfg);
    // /api/v1, /api/openapi.json, /api/docs.
    api::routes(cfg);
    // What the relay tells us.
    hooks::routes(cfg);
    // Sign-in and everything behind it.
    admin::routes(cfg);
    cfg.default_service(web::to(error::not_found));
}
