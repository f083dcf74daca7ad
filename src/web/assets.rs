//! The files of `static/`, inside the program, under addresses that change with their content.

use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use rust_embed::RustEmbed;

use super::allowing::Allowing;
use crate::keyring::{digest, hex};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// Names the content of all files together, so that a module can import its neighbour by a relative path.
static EDITION: LazyLock<String> = LazyLock::new(|| {
    let mut everything = Vec::new();
    for name in Files::iter() {
        everything.extend_from_slice(name.as_bytes());
        everything.extend_from_slice(&Files::get(&name).map(|file| file.data.into_owned()).unwrap_or_default());
    }
    hex(digest(&everything).get(..6).unwrap_or_default())
});

/// The address of a file, such as `estampille.css`.
#[must_use]
pub fn url(path: &str) -> String {
    format!("/assets/{}/{path}", *EDITION)
}

/// What a file says; empty when there is none.
#[must_use]
pub fn text(path: &str) -> String {
    Files::get(path).map(|file| String::from_utf8_lossy(&file.data).into_owned()).unwrap_or_default()
}

/// Where the files are served.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(Allowing::at("/assets/{edition}/{path:.*}").shows(serve));
}

async fn serve(path: web::Path<(String, String)>) -> HttpResponse {
    let (edition, path) = path.into_inner();
    let Some(file) = Files::get(&path) else { return HttpResponse::NotFound().finish() };
    // During an upgrade the other version's page may ask here: it gets ours, and no cache keeps it.
    let keep = if edition == *EDITION { "public, max-age=31536000, immutable" } else { "no-store" };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, mime_guess::from_path(&path).first_or_octet_stream().to_string()))
        .insert_header((CACHE_CONTROL, keep))
        .body(file.data.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn a_file_is_served_for_ever_under_its_edition_and_uncached_under_another() {
        let app = actix_web::test::init_service(actix_web::App::new().configure(routes)).await;
        for (address, status, cache) in [
            (url("estampille.css"), 200, Some("public, max-age=31536000, immutable")),
            ("/assets/000000/estampille.css".to_owned(), 200, Some("no-store")),
            (url("no-such.css"), 404, None),
            (url("../Cargo.toml"), 404, None),
        ] {
            let request = actix_web::test::TestRequest::get().uri(&address).to_request();
            let answer = actix_web::test::call_service(&app, request).await;
            assert_eq!(answer.status(), status, "{address}");
            assert_eq!(answer.headers().get(CACHE_CONTROL).and_then(|value| value.to_str().ok()), cache);
        }
    }
}
