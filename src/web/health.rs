//! `/healthz`: the program runs. `/readyz`: it can do its work, or says why not.

use actix_web::{HttpResponse, web};

use crate::app::App;
use crate::storage::{Shape, shape};

pub(super) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "ok" }))
}

pub(super) async fn readyz(app: web::Data<App>) -> HttpResponse {
    let reason = match app.db.read(shape).await {
        Ok(Shape::Current) => return HttpResponse::Ok().json(serde_json::json!({ "status": "ready" })),
        Ok(Shape::Behind(_)) => "the schema is behind: run `estampille migrate`".to_owned(),
        Err(error) => error.to_string(),
    };
    HttpResponse::ServiceUnavailable().json(serde_json::json!({ "status": "not_ready", "reason": reason }))
}
