//! The style sheet of the forms on a proof: each as it was kept, within the bounds of its own drawing.

use std::collections::BTreeMap;

use actix_web::HttpResponse;

use crate::forms::Drawn;
use crate::storage::FormId;

/// The class of what one version draws.
pub(super) fn class(form: FormId, version: i32) -> String {
    format!("shown-{form}-{version}")
}

/// All of them in one, by nested rules.
pub(in crate::web) fn styles(shown: &BTreeMap<(FormId, i32), Drawn>) -> HttpResponse {
    let sheets = shown
        .iter()
        .map(|((form, version), drawn)| format!(".{}{{\n{}\n}}\n", class(*form, *version), drawn.stylesheet));
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(sheets.collect::<String>())
}
