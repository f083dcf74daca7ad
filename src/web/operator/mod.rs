//! Pages of operators: accounts, the way out, the queue, what came in and belongs to nobody.

mod accounts;
mod lanes;
mod overview;
mod proofs;
mod report;
mod reports;
mod sending;
mod thresholds;
mod warm_up;

use actix_web::web::{ServiceConfig, get, post};

/// Every route of operators; everybody else gets "not found".
pub(in crate::web) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/operator", get().to(overview::show))
        .route("/operator/accounts", post().to(accounts::create))
        .route("/operator/accounts/{id}/pause", post().to(accounts::pause))
        .route("/operator/accounts/{id}/resume", post().to(accounts::resume))
        .route("/operator/reports", get().to(reports::all))
        .route("/operator/reports/{id}", get().to(report::show))
        .route("/operator/reports/{id}/message.eml", get().to(report::download))
        .route("/operator/reports/{id}/release", post().to(report::let_act))
        .route("/operator/reports/{id}/dismiss", post().to(report::set_aside))
        .route("/operator/accounts/{id}/limits", post().to(accounts::limit))
        .route("/operator/lanes", get().to(lanes::show))
        .route("/operator/lanes/now", get().to(lanes::part))
        .route("/operator/lanes/{lane}", post().to(lanes::set))
        .route("/operator/lanes/{lane}/open", post().to(lanes::open))
        .route("/operator/thresholds", get().to(thresholds::show))
        .route("/operator/thresholds", post().to(thresholds::set))
        .route("/operator/warm-up", post().to(warm_up::switch))
        .route("/operator/accounts/{id}/warm-up", post().to(warm_up::switch_account))
        .route("/operator/accounts/{id}/warm-up/domain", post().to(warm_up::set_domain))
        .route("/operator/proofs", get().to(proofs::show))
        .route("/operator/proofs/{id}.json", get().to(proofs::json))
        .route("/operator/proofs/{id}.css", get().to(proofs::css))
        .route("/operator/proofs/{id}/{record}.eml", get().to(proofs::mail))
        .route("/operator/proofs/{id}", get().to(proofs::proof))
        .route("/operator/seals.txt", get().to(proofs::seals))
        .route("/operator/sending/pause", post().to(sending::pause))
        .route("/operator/sending/resume", post().to(sending::resume));
}
