//! The API under `/api/v1`.

use actix_web::web::ServiceConfig;

/// Every route of the API, its description and its documentation.
pub fn routes(_cfg: &mut ServiceConfig) {}
