//! From what the author wrote to the sources of the two parts, merge fields untouched.
//!
//! Markdown, MJML and the making of the text part would break the quotes and brackets of a merge field, so each is held
//! as one plain word on the way and put back after.

use pulldown_cmark::{Options, Parser, html};

use super::super::{BodyFormat, Content};

/// The sources of the two parts.
pub(super) struct Sources {
    /// A whole HTML document that holds [`FOOTER`] once.
    pub(super) html: String,
    /// The text part without its footer.
    pub(super) text: String,
}

/// Where the footer goes: a character that no author types.
pub(super) const FOOTER: char = '\u{F8FF}';

const DOCUMENT: &str = include_str!("../../../templates/mail/campaign/document.html");
pub(super) const PREHEADER: &str = include_str!("../../../templates/mail/campaign/preheader.html");
/// As wide as a text part is shown everywhere.
const WIDTH: usize = 76;

/// Makes both sources.
///
/// # Errors
/// Why the body cannot be read as what it says it is.
pub(super) fn sources(content: &Content) -> Result<Sources, String> {
    let held = Held::hold(&content.body.replace(FOOTER, ""));
    let html = as_html(content.body_format, &held.text)?;
    let text = match &content.body_text {
        Some(text) => text.clone(),
        None => held.put_back(&as_text(&html)?),
    };
    Ok(Sources { html: held.put_back(&whole(&html)), text })
}

fn as_html(format: BodyFormat, body: &str) -> Result<String, String> {
    match format {
        BodyFormat::Html => Ok(body.to_owned()),
        BodyFormat::Markdown => {
            let mut out = String::new();
            html::push_html(&mut out, Parser::new_ext(body, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH));
            Ok(out)
        }
        BodyFormat::Mjml => {
            let parsed = mrml::parse(body).map_err(|error| error.to_string())?;
            let options = mrml::prelude::render::RenderOptions::default();
            parsed.element.render(&options).map_err(|error| error.to_string())
        }
    }
}

fn as_text(html: &str) -> Result<String, String> {
    html2text::config::plain()
        .no_table_borders()
        .string_from_read(html.as_bytes(), WIDTH)
        .map_err(|error| error.to_string())
}

/// A whole document, with its language, the preheader at the start of its body and the place of the footer at the end.
fn whole(html: &str) -> String {
    let is_whole = find(html, "<body").is_some() || find(html, "<html").is_some();
    let mut document = if is_whole { html.to_owned() } else { DOCUMENT.replace("[content]", html) };
    if let Some(at) = find(&document, "<html").and_then(|at| tag_end(&document, at).map(|end| (at, end))) {
        let has_language = document.get(at.0..at.1).is_some_and(|tag| tag.contains("lang="));
        if !has_language {
            document.insert_str(at.0 + "<html".len(), " lang=\"{{ lang }}\"");
        }
    }
    let begin = find(&document, "<body").and_then(|at| tag_end(&document, at)).unwrap_or(0);
    document.insert_str(begin, PREHEADER.trim_end());
    let end = document.to_ascii_lowercase().rfind("</body").unwrap_or(document.len());
    document.insert(end, FOOTER);
    document
}

fn find(html: &str, tag: &str) -> Option<usize> {
    html.to_ascii_lowercase().find(tag)
}

/// Behind the `>` of the tag that begins at `at`.
fn tag_end(html: &str, at: usize) -> Option<usize> {
    html.get(at..)?.find('>').map(|length| at + length + 1)
}

/// A text whose merge fields and tags stand as words.
struct Held {
    text: String,
    fields: Vec<String>,
}

impl Held {
    fn hold(source: &str) -> Self {
        let (mut text, mut fields, mut rest) = (String::new(), Vec::new(), source);
        while let Some((start, end)) = next_field(rest) {
            text.push_str(rest.get(..start).unwrap_or_default());
            text.push_str(&word(fields.len()));
            fields.push(rest.get(start..end).unwrap_or_default().to_owned());
            rest = rest.get(end..).unwrap_or_default();
        }
        text.push_str(rest);
        Self { text, fields }
    }

    fn put_back(&self, text: &str) -> String {
        // From the last on, so that the word of field 1 is not found in that of field 11.
        let words = self.fields.iter().enumerate().rev();
        words.fold(text.to_owned(), |text, (number, field)| text.replace(&word(number), field))
    }
}

fn word(number: usize) -> String {
    format!("zqmerge{number}zq")
}

/// Where the first merge field, tag or comment begins, and where it ends.
pub(super) fn next_field(text: &str) -> Option<(usize, usize)> {
    let start = ["{{", "{%", "{#"].iter().filter_map(|mark| text.find(mark)).min()?;
    let close = match text.get(start..start + 2)? {
        "{{" => "}}",
        "{%" => "%}",
        _ => "#}",
    };
    let length = text.get(start..)?.find(close)?;
    Some((start, start + length + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merge_fields_pass_through_every_format_untouched() {
        let field = r#"{{ attributes.name | default("<you>") }}"#;
        for (format, body) in [
            (BodyFormat::Markdown, format!("Hello *{field}*, [leave]({{{{ unsubscribe_url }}}})")),
            (BodyFormat::Html, format!("<p>Hello {field}, <a href=\"{{{{ unsubscribe_url }}}}\">leave</a></p>")),
            (
                BodyFormat::Mjml,
                format!(
                    "<mjml><mj-body><mj-section><mj-column><mj-text>Hello {field}</mj-text>\
                     <mj-button href=\"{{{{ unsubscribe_url }}}}\">leave</mj-button></mj-column></mj-section></mj-body></mjml>"
                ),
            ),
        ] {
            let content = Content {
                subject: String::new(),
                preheader: String::new(),
                body_format: format,
                body,
                body_text: None,
            };
            let sources = sources(&content).expect("readable");
            for part in [&sources.html, &sources.text] {
                assert!(part.contains(field), "{format}: {part}");
            }
            assert!(sources.html.contains("href=\"{{ unsubscribe_url }}\""), "{format}: {}", sources.html);
            assert_eq!(sources.html.matches(FOOTER).count(), 1);
            assert!(sources.html.contains("lang="));
        }
    }
}
