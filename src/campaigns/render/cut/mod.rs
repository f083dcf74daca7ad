//! A campaign's content, cut at what differs from reader to reader, so that the rest is rendered and encoded once.
//!
//! That works where the author wrote merge fields only; a content with conditions or loops is rendered as a whole.

mod cutter;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::HtmlEscape;

use self::cutter::{Cutter, push, with_footer};
use super::super::Content;
use super::source::{self, Sources};
use super::{Compiled, FOOTER_HTML, FOOTER_TEXT, Reader, RenderError};
use crate::mail::mould::{Mould, Piece, joined};
use crate::texts::Texts;

/// Where the content differs.
#[derive(Debug, Default)]
pub(super) struct Cut {
    subject: Vec<Piece>,
    text: Vec<Piece>,
    html: Vec<Piece>,
    holes: Vec<Hole>,
    /// The names of days: most readers of a list confirmed on few of them.
    days: Mutex<HashMap<i64, Arc<str>>>,
}

/// What stands where the content differs.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Hole {
    Address {
        is_html: bool,
    },
    Day {
        is_html: bool,
    },
    Link,
    OwnPage,
    /// A merge field of the author: the name of its template.
    Field(String),
}

/// More days than that are not kept.
const MOST_DAYS: usize = 4096;

/// Cuts a content; `None` where it has more than merge fields. Adds the templates of the fields to `compiled`.
pub(super) fn cut(compiled: &mut Compiled, content: &Content, sources: &Sources) -> Option<Cut> {
    let mut cutter = Cutter { compiled, holes: Vec::new(), subject: Vec::new(), preheader: Vec::new() };
    cutter.subject = cutter.pieces(&content.subject, false)?;
    cutter.preheader = cutter.pieces(&content.preheader, false)?;
    let has_text = |piece: &Piece| matches!(piece, Piece::Same(text) if !text.is_empty());
    let preheader = source::PREHEADER.trim_end();
    let block = match &content.preheader {
        empty if empty.is_empty() => "",
        // Whether there is one would differ from reader to reader.
        _ if !cutter.preheader.iter().any(has_text) => return None,
        _ => preheader.strip_prefix("{% if preheader %}")?.strip_suffix("{% endif %}")?,
    };
    let html = sources.html.replacen(preheader, block, 1);
    let html = cutter.pieces(html.strip_suffix('\n').unwrap_or(&html), true)?;
    let mut text = cutter.pieces(&sources.text.replace(source::FOOTER, ""), false)?;
    if let Some(Piece::Same(last)) = text.last_mut() {
        last.truncate(last.trim_end().len());
    }
    let html_footer = cutter.footer(FOOTER_HTML, &html, true)?;
    let text_footer = cutter.footer(FOOTER_TEXT, &text, false)?;
    push(&mut text, Piece::Same("\n".to_owned()));
    text_footer.into_iter().for_each(|piece| push(&mut text, piece));
    let subject = std::mem::take(&mut cutter.subject);
    let cut = Cut { subject, text, html: with_footer(html, &html_footer), holes: cutter.holes, ..Cut::default() };
    is_the_same(compiled, &cut).then_some(cut)
}

impl Cut {
    pub(super) fn mould(&self, name: &[u8]) -> Mould {
        Mould::new(self.subject.clone(), &self.text, &self.html, name)
    }

    /// What differs for one reader; `None` for one who confirmed nothing.
    pub(super) fn fill(&self, compiled: &Compiled, reader: &Reader) -> Option<Result<Vec<String>, RenderError>> {
        let day = self.day(compiled, reader)?;
        // Made only where the author asks for a field.
        let mut values = None;
        let of = |hole: &Hole| {
            Ok(match hole {
                Hole::Address { is_html: true } => HtmlEscape(&reader.address).to_string(),
                Hole::Address { is_html: false } => reader.address.clone(),
                Hole::Day { is_html: true } => HtmlEscape(&day).to_string(),
                Hole::Day { is_html: false } => day.to_string(),
                Hole::Link => reader.unsubscribe_url.clone(),
                Hole::OwnPage => reader.preferences_url.clone(),
                Hole::Field(name) => compiled.part(name, values.get_or_insert_with(|| compiled.values(reader)))?,
            })
        };
        Some(self.holes.iter().map(of).collect())
    }

    fn day(&self, compiled: &Compiled, reader: &Reader) -> Option<Arc<str>> {
        let moment = reader.confirmed_at?;
        let number = moment.seconds().div_euclid(86_400);
        let mut days = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        if days.len() > MOST_DAYS {
            days.clear();
        }
        let named = || Texts(compiled.identity.language).day(moment).into();
        Some(Arc::clone(days.entry(number).or_insert_with(named)))
    }
}

/// Whether the pieces make the same message as the whole rendering does.
fn is_the_same(compiled: &Compiled, cut: &Cut) -> bool {
    let samples = [Vec::new(), vec![("name".to_owned(), "Léa & <Zoé>".to_owned())]];
    samples.into_iter().all(|attributes| {
        let reader = Reader {
            address: "someone+else@reader.example".to_owned(),
            attributes: attributes.into_iter().collect(),
            unsubscribe_url: "https://lists.example/unsubscribe/abc".to_owned(),
            preferences_url: "https://lists.example/preferences/abc".to_owned(),
            confirmed_at: Some(crate::clock::Timestamp::from_micros(0)),
        };
        match (compiled.render(&reader), cut.fill(compiled, &reader)) {
            (Ok(whole), Some(Ok(values))) => {
                joined(&cut.subject, &values) == whole.subject
                    && joined(&cut.text, &values) == whole.text
                    && joined(&cut.html, &values) == whole.html
            }
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests;
