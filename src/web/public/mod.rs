//! Pages without a login: signup, confirmation, unsubscription.

use actix_web::web::ServiceConfig;

/// Every public route.
pub fn routes(_cfg: &mut ServiceConfig) {}
