//! Pages of signed-in users: one file a page, with its form and its handlers.

mod invitation;
mod sign_in;
pub(super) mod visit;

use actix_web::web::{ServiceConfig, get, post, resource};

/// Every route of signed-in users, and the sign-in itself.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(resource("/sign-in").route(get().to(sign_in::show_form)).route(post().to(sign_in::sign_in)))
        .route("/sign-out", post().to(sign_in::sign_out))
        .route("/language", post().to(sign_in::change_language))
        .service(
            resource("/invitation/{token}")
                .route(get().to(invitation::show_form))
                .route(post().to(invitation::accept)),
        );
}
