//! Pages of signed-in users.

use actix_web::web::ServiceConfig;

/// Every route of signed-in users, and the sign-in itself.
pub fn routes(_cfg: &mut ServiceConfig) {}
