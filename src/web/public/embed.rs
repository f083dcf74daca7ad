//! The form inside somebody else's page: in a frame, or put there by a script.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use serde_json::json;

use super::form::{find, hand};
use super::form_page::{Asked, Back, form_page};
use super::origins::with_origin;
use crate::app::App;
use crate::forms::{self, Filling, Form, Look, Style};
use crate::storage::FormId;
use crate::texts::Texts;
use crate::web::assets;
use crate::web::error::PageError;

/// What the ids of a form inside somebody else's page begin with.
const PREFIX: &str = "estampille-";
/// How long other pages keep our scripts and styles.
const SHORT: &str = "public, max-age=60";

/// The form for an iframe.
pub(super) async fn frame(
    app: web::Data<App>,
    req: HttpRequest,
    path: web::Path<String>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, PageError> {
    let (form, _) = find(&app, &path).await?;
    let handed = hand(&app, &req, &form, Some(asked.language(&form))).await?;
    let framed = Asked { frame: Some("1".to_owned()), ..asked.into_inner() };
    form_page(&form, &framed, &handed, &Back::default())
}

#[derive(Template)]
#[template(path = "public/embed.js", escape = "none")]
struct Script {
    form: String,
    work: String,
}

/// The script that puts the form into the page that loads it.
pub(super) async fn script(
    app: web::Data<App>,
    path: web::Path<String>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, PageError> {
    let (form, _) = find(&app, &path).await?;
    let texts = asked.choice.texts(form.wording.language);
    let page = app.settings.link(&format!("/forms/{}", form.id));
    let script = Script { form: told(&form, texts, &page, &asked)?, work: assets::text("scripts/work.js") };
    Ok(foreign("text/javascript; charset=utf-8", script.render()?))
}

/// Everything that the script shows, as JSON, which is an expression of the language it is written into.
fn told(form: &Form, texts: Texts, page: &str, asked: &Asked) -> Result<String, PageError> {
    let filling = Filling {
        action: format!("{page}{}", asked.choice.query()),
        prefix: PREFIX,
        is_inside: true,
        ..Filling::default()
    };
    let is_styled = form.wording.look.style == Style::Styled;
    Ok(json!({
        "page": page,
        "query": asked.choice.query(),
        "version": form.version,
        "language": texts.tag(),
        "html": forms::draw(&form.wording, texts.0, &filling)?,
        "styles": is_styled.then(|| forms::stylesheet(&form.wording.look)),
        "redirect": form.leads_to(),
        "words": {
            "done": texts.say("check-inbox-title"),
            "line": texts.say("check-inbox-line"),
            "trouble": texts.say("form-trouble"),
            "problems": texts.say("form-has-problems"),
            "working": texts.say("moment-working"),
            "instead": texts.say("form-use-this"),
        },
    })
    .to_string())
}

#[derive(Template)]
#[template(path = "public/frame.js", escape = "none")]
struct FrameScript {
    page: String,
}

/// The script that makes the frame as high as the form in it.
pub(super) async fn frame_script(app: web::Data<App>, path: web::Path<String>) -> Result<HttpResponse, PageError> {
    let (form, _) = find(&app, &path).await?;
    let page = json!(app.settings.link(&format!("/forms/{}/embed", form.id))).to_string();
    Ok(foreign("text/javascript; charset=utf-8", FrameScript { page }.render()?))
}

/// Loaded by pages of other origins: that is what it is for.
fn foreign(kind: &str, body: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(kind)
        .insert_header((CACHE_CONTROL, SHORT))
        .insert_header(("cross-origin-resource-policy", "cross-origin"))
        .body(body)
}

/// Which version is meant.
#[derive(Debug, Deserialize)]
pub(super) struct Version {
    version: Option<i32>,
}

/// The whole style sheet of a version: a look never changes, so it may be kept.
pub(super) async fn look(
    app: web::Data<App>,
    path: web::Path<String>,
    asked: web::Query<Version>,
) -> Result<HttpResponse, PageError> {
    let id: FormId = path.parse().map_err(|_not_an_id| PageError::NotFound)?;
    let version = asked.version;
    let look: Option<Look> = app
        .db
        .read(move |conn| {
            let version = match version {
                Some(version) => Some(version),
                None => forms::find_public(conn, id)?.map(|form| form.version),
            };
            let Some(version) = version else { return Ok(None) };
            Ok(forms::wording_of(conn, id, version)?.map(|wording| wording.look))
        })
        .await?;
    let sheet = forms::stylesheet(&look.ok_or(PageError::NotFound)?);
    let keep = if version.is_some() { "public, max-age=3600" } else { SHORT };
    Ok(HttpResponse::Ok().content_type("text/css; charset=utf-8").insert_header((CACHE_CONTROL, keep)).body(sheet))
}

/// A pass for the script, and the work that the form wants to see just now; only for pages of the form's own origins. Our
/// script says which version it drew; whoever does not say it draws the form in a way that we do not know.
pub(super) async fn pass(
    app: web::Data<App>,
    req: HttpRequest,
    path: web::Path<String>,
    asked: web::Query<Asked>,
    drawn: web::Query<Version>,
) -> Result<HttpResponse, PageError> {
    let (form, _) = find(&app, &path).await?;
    let drawn_in = (drawn.version == Some(form.version)).then(|| asked.language(&form));
    let handed = hand(&app, &req, &form, drawn_in).await?;
    let answer = HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(json!({ "pass": handed.pass, "bits": handed.bits }));
    Ok(with_origin(answer, &req, &form))
}
