//! `POST /campaigns/preview`: what is being typed, as a reader would see it. Shown in a sandboxed frame of its own policy.

use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_SECURITY_POLICY;
use askama::Template;

use super::compose::ComposeForm;
use super::visit::Sent;
use crate::campaigns::BodyFormat;
use crate::texts::Texts;
use crate::web::error::PageError;
use crate::web::page;

/// Mail brings its own styles and pictures, but no script, no form and no frame ever runs here.
const POLICY: &str = "default-src 'none'; img-src http: https: data:; style-src 'self' 'unsafe-inline'; \
     frame-ancestors 'self'; sandbox";

#[derive(Template)]
#[template(path = "admin/preview.html")]
struct Preview<'a> {
    texts: Texts,
    subject: &'a str,
    preheader: &'a str,
    html: String,
}

pub(super) async fn show(sent: Sent<ComposeForm>) -> Result<HttpResponse, PageError> {
    let typed = sent.fields;
    let preview = Preview {
        texts: sent.visit.texts(),
        subject: &typed.subject,
        preheader: &typed.preheader,
        html: harmless(typed.format(), &typed.body),
    };
    let mut answer = page::show(&preview);
    let policy = actix_web::http::header::HeaderValue::from_static(POLICY);
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    Ok(answer)
}

/// The body as HTML in which nothing can act.
fn harmless(format: BodyFormat, body: &str) -> String {
    let html = match format {
        BodyFormat::Markdown => {
            let mut html = String::new();
            pulldown_cmark::html::push_html(&mut html, pulldown_cmark::Parser::new_ext(body, extensions()));
            html
        }
        BodyFormat::Html => body.to_owned(),
        BodyFormat::Mjml => mrml::parse(body)
            .ok()
            .and_then(|parsed| parsed.element.render(&mrml::prelude::render::RenderOptions::default()).ok())
            .unwrap_or_default(),
    };
    ammonia::Builder::default()
        .add_generic_attributes(["style", "class", "align", "width", "height", "bgcolor", "border", "cellpadding"])
        .add_tags(["center", "font"])
        .clean(&html)
        .to_string()
}

fn extensions() -> pulldown_cmark::Options {
    pulldown_cmark::Options::ENABLE_TABLES | pulldown_cmark::Options::ENABLE_STRIKETHROUGH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_preview_can_act() {
        let body =
            "# Hi\n\n<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n[x](javascript:alert(1)) **bold**";
        let html = harmless(BodyFormat::Markdown, body);
        assert!(html.contains("<h1>Hi</h1>") && html.contains("<strong>bold</strong>"), "{html}");
        for evil in ["script", "onerror", "javascript"] {
            assert!(!html.contains(evil), "{evil} in {html}");
        }
        let html = harmless(BodyFormat::Html, "<p style=\"color:red\">x</p><iframe src=//evil></iframe>");
        assert_eq!(html, "<p style=\"color:red\">x</p>");
    }

    #[test]
    fn mjml_is_drawn_and_broken_mjml_is_empty() {
        let mjml =
            "<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section></mj-body></mjml>";
        assert!(harmless(BodyFormat::Mjml, mjml).contains("Hello"));
        assert_eq!(harmless(BodyFormat::Mjml, "<mjml"), "");
    }
}
