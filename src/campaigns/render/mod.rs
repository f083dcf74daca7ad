//! A campaign's content, compiled once and rendered for each reader.
//!
//! Merge fields are minijinja: `{{ address }}`, `{{ attributes.name }}`, `{{ unsubscribe_url }}`,
//! `{{ preferences_url }}`, `{{ list }}`. Whatever
//! the author wrote, both parts carry the way out, the sender's identity and why the reader gets it.

mod cut;
mod footer;
mod source;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

use super::preflight::Part;
use super::{BodyFormat, Content};
use crate::clock::Timestamp;
use crate::forms::Attributes;
use crate::mail::mould::Mould;
use crate::texts::{Language, Texts};

/// Whose message it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The list's name.
    pub list_name: String,
    /// The display name in the From field.
    pub from_name: String,
    /// The account on whose behalf it goes out.
    pub account_name: String,
    /// The account's postal address, in lines.
    pub postal_address: String,
    /// The account's web site; may be empty.
    pub website: String,
    /// Where the sender is reached by mail.
    pub contact: String,
    /// The language of the list.
    pub language: Language,
}

/// Who reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reader {
    /// Their address.
    pub address: String,
    /// What they told about themselves.
    pub attributes: Attributes,
    /// Their way out.
    pub unsubscribe_url: String,
    /// The way to their own page; it opens nothing by itself.
    pub preferences_url: String,
    /// When they confirmed; nobody did in a test.
    pub confirmed_at: Option<Timestamp>,
}

/// A message as one reader gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The subject.
    pub subject: String,
    /// The plain-text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// A part that cannot be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {trouble}", part.field())]
pub struct RenderError {
    /// Which part.
    pub part: Part,
    /// Where and why.
    pub trouble: String,
}

/// A campaign's content, ready to be rendered.
#[derive(Debug)]
pub struct Compiled {
    environment: Environment<'static>,
    identity: Identity,
    body_format: BodyFormat,
    /// The content cut at what differs, where that is possible.
    cut: Option<cut::Cut>,
}

/// Instructions of one rendering: far over what a mail needs, far under what would hold a worker up.
const FUEL: u64 = 200_000;
const SUBJECT: &str = "subject.txt";
const PREHEADER: &str = "preheader.txt";
const HTML: &str = "body.html";
const TEXT: &str = "body.txt";
const FOOTER_HTML: &str = "footer.html";
const FOOTER_TEXT: &str = "footer.txt";

impl Compiled {
    /// Compiles the content of a campaign.
    ///
    /// # Errors
    /// The first part that is no template, or no body of its format.
    pub fn new(content: &Content, identity: Identity) -> Result<Self, RenderError> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(
            |name| {
                if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None }
            },
        );
        environment.set_undefined_behavior(UndefinedBehavior::Chainable);
        environment.set_fuel(Some(FUEL));
        let mut compiled = Self { environment, identity, body_format: content.body_format, cut: None };
        let sources = source::sources(content)
            .map_err(|trouble| RenderError { part: Part::Body(content.body_format), trouble })?;
        compiled.add(SUBJECT, content.subject.clone())?;
        compiled.add(PREHEADER, content.preheader.clone())?;
        compiled.add(HTML, sources.html.clone())?;
        compiled.add(TEXT, sources.text.clone())?;
        compiled.add(FOOTER_HTML, include_str!("../../../templates/mail/campaign/footer.html").to_owned())?;
        compiled.add(FOOTER_TEXT, include_str!("../../../templates/mail/campaign/footer.txt").to_owned())?;
        compiled.cut = cut::cut(&mut compiled, content, &sources);
        Ok(compiled)
    }

    /// What all messages of the campaign have in common, encoded; none where the author wrote conditions or loops. `name`
    /// tells the campaign from others.
    #[must_use]
    pub fn mould(&self, name: &[u8]) -> Option<Mould> {
        self.cut.as_ref().map(|cut| cut.mould(name))
    }

    /// What stands in the mould for one reader; `None` where only [`Compiled::render`] makes the message.
    ///
    /// # Errors
    /// The first part that cannot be rendered for this reader.
    #[must_use]
    pub fn fill(&self, reader: &Reader) -> Option<Result<Vec<String>, RenderError>> {
        self.cut.as_ref()?.fill(self, reader)
    }

    /// The message for one reader.
    ///
    /// # Errors
    /// The first part that cannot be rendered for this reader.
    pub fn render(&self, reader: &Reader) -> Result<Rendered, RenderError> {
        let values = self.values(reader);
        let subject = self.part(SUBJECT, &values)?;
        let preheader = self.part(PREHEADER, &values)?;
        let whole = context! { subject => subject.clone(), preheader, ..values };
        let html = self.part(HTML, &whole)?;
        let text = self.part(TEXT, &whole)?;
        let html_footer = self.footer(FOOTER_HTML, &html, reader, &whole)?;
        let text_footer = self.footer(FOOTER_TEXT, &text, reader, &whole)?;
        Ok(Rendered {
            subject,
            html: html.replace(source::FOOTER, &html_footer),
            text: format!("{}\n{text_footer}", text.replace(source::FOOTER, "").trim_end()),
        })
    }

    /// The subject and the HTML part for a reader of whom nothing is known, without the footer and the hidden line: what
    /// everybody may read. The text part stays empty.
    ///
    /// # Errors
    /// The first part that cannot be rendered.
    pub fn render_for_nobody(&self) -> Result<Rendered, RenderError> {
        let nobody = Reader {
            address: String::new(),
            attributes: Attributes::new(),
            unsubscribe_url: String::new(),
            preferences_url: String::new(),
            confirmed_at: None,
        };
        let values = self.values(&nobody);
        let subject = self.part(SUBJECT, &values)?;
        let html = self.part(HTML, &context! { subject => subject.clone(), preheader => "", ..values })?;
        Ok(Rendered { subject, html: html.replace(source::FOOTER, ""), text: String::new() })
    }

    /// The footer of a part, with the way out unless the author put it in.
    fn footer(&self, name: &str, body: &str, reader: &Reader, values: &Value) -> Result<String, RenderError> {
        let has_link = body.contains(&reader.unsubscribe_url);
        let day = reader.confirmed_at.map(|moment| Texts(self.identity.language).day(moment));
        let texts = footer::texts(&self.identity, &reader.address, day.as_deref());
        self.filled_footer(name, has_link, texts, values)
    }

    fn filled_footer(&self, name: &str, has_link: bool, footer: Value, values: &Value) -> Result<String, RenderError> {
        self.part(name, &context! { has_link, footer, ..values.clone() })
    }

    fn values(&self, reader: &Reader) -> Value {
        context! {
            address => reader.address.clone(),
            attributes => Value::from(reader.attributes.clone()),
            // Safe: made by us of letters, digits and slashes, which the escaping of HTML would write as entities.
            unsubscribe_url => Value::from_safe_string(reader.unsubscribe_url.clone()),
            preferences_url => Value::from_safe_string(reader.preferences_url.clone()),
            list => self.identity.list_name.clone(),
            lang => self.identity.language.tag(),
        }
    }

    fn add(&mut self, name: &'static str, source: String) -> Result<(), RenderError> {
        self.environment.add_template_owned(name, source).map_err(|error| self.trouble(name, &error))
    }

    fn part(&self, name: &str, values: &Value) -> Result<String, RenderError> {
        let rendered = self.environment.get_template(name).and_then(|template| template.render(values.clone()));
        rendered.map_err(|error| self.trouble(name, &error))
    }

    fn trouble(&self, name: &str, error: &minijinja::Error) -> RenderError {
        let part = match name {
            SUBJECT => Part::Subject,
            PREHEADER => Part::Preheader,
            TEXT => Part::BodyText,
            _ => Part::Body(self.body_format),
        };
        RenderError { part, trouble: error.to_string() }
    }
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
