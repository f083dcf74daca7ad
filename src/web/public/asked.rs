//! "Look into your mailbox": what every page says on which a reader asked for a list again.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::reader::Reader;
use crate::lists::List;
use crate::texts::Texts;
use crate::web::page::show_with;

#[derive(Template)]
#[template(path = "public/asked.html")]
struct AskedPage<'a> {
    page: Reader,
    list: &'a List,
}

/// The page, which is the same whether or not a mail goes out.
pub(super) fn asked_page(texts: Texts, list: &List) -> HttpResponse {
    let page = Reader::new(texts, texts.say("asked-title"), "");
    show_with(StatusCode::OK, &AskedPage { page, list })
}
