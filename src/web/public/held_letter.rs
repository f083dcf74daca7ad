//! A letter that was held back for a reader who wants a digest, behind the link of that digest.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use actix_web::{HttpResponse, web};
use askama::Template;

use super::archive::LETTER_POLICY;
use super::reader::{Choice, Reader};
use crate::app::App;
use crate::campaigns::archive::Letter;
use crate::campaigns::digest;
use crate::lists::List;
use crate::web::error::PageError;
use crate::web::page::show_with;

#[derive(Template)]
#[template(path = "public/held_letter.html")]
struct HeldLetterPage {
    page: Reader,
    list: List,
    letter: Letter,
}

/// Shows it; looking changes nothing.
pub(super) async fn show(
    app: web::Data<App>,
    token: web::Path<String>,
    choice: web::Query<Choice>,
) -> Result<HttpResponse, PageError> {
    let (keys, wanted) = (app.keys.clone(), token.clone());
    let found = app.db.read(move |conn| digest::letter(conn, &keys, &wanted)).await?;
    let (list, letter) = found.ok_or(PageError::NotFound)?;
    let page = Reader::new(choice.texts(list.language), letter.subject.clone(), &format!("/letter/{token}"));
    let mut answer = show_with(StatusCode::OK, &HeldLetterPage { page, list, letter });
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(LETTER_POLICY));
    Ok(answer)
}
