//! `/lists/{list}/forms/preview`: the form as it would be, drawn while somebody types.

use std::collections::BTreeMap;

use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use actix_web::{HttpResponse, web};
use askama::Template;

use super::form_form::FormForm;
use super::list_form;
use super::visit::{OfList, Sent};
use crate::forms::{self, Corners, Filling, Font, Look, Style, Wording};
use crate::texts::Texts;
use crate::web::assets;
use crate::web::error::PageError;
use crate::web::headers::CONTENT_POLICY;
use crate::web::page::{Problems, show};

#[derive(Template)]
#[template(path = "admin/form_preview.html")]
struct Preview {
    texts: Texts,
    title: String,
    body: String,
    look: String,
}

/// The drawn form; what is wrong with it is said when it is saved.
pub(super) async fn draw(list: OfList, sent: Sent<FormForm>) -> Result<HttpResponse, PageError> {
    let visit = sent.visit;
    let (account, list) = (visit.account_id()?, list_form::find(&visit, list.0).await?);
    let usual = Wording { language: list.language, ..Wording::default() };
    let wording = sent.fields.change(&mut Problems::default(), visit.texts()).on_new(&usual).wording;
    let wording = visit.read(move |conn| forms::presented(conn, account, list.id, &wording)).await?;
    let body = forms::draw(&wording, wording.language, &Filling::default())?;
    let page =
        Preview { texts: Texts(wording.language), title: wording.title.clone(), body, look: query_of(&wording.look) };
    let mut answer = show(&page);
    let policy = CONTENT_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'");
    if let Ok(value) = HeaderValue::from_str(&policy) {
        answer.headers_mut().insert(CONTENT_SECURITY_POLICY, value);
    }
    Ok(answer)
}

fn query_of(look: &Look) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("corners", look.corners.word()).append_pair("font", look.font.word());
    for (name, colour) in [("accent", look.accent), ("text", look.text), ("background", look.background)] {
        if let Some(colour) = colour {
            query.append_pair(name, &colour.to_string());
        }
    }
    query.finish()
}

/// The style sheet of a look that is not kept yet; what cannot be read is left out.
pub(super) async fn look(query: web::Query<BTreeMap<String, String>>) -> HttpResponse {
    let typed = |name: &str| query.get(name).map_or("", String::as_str);
    let usual = Look::default();
    let look = Look {
        style: Style::Styled,
        accent: typed("accent").parse().ok(),
        text: typed("text").parse().ok(),
        background: typed("background").parse().ok(),
        corners: typed("corners").parse::<Corners>().unwrap_or(usual.corners),
        font: typed("font").parse::<Font>().unwrap_or(usual.font),
    };
    let sheet = format!("{}\n{}", assets::text("form.css"), look.stylesheet());
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(sheet)
}
