//! From the sources of a content to its pieces.

use minijinja::HtmlEscape;

use super::super::source;
use super::super::{Compiled, Reader, footer};
use super::Hole;
use crate::mail::mould::Piece;

/// Stand in the footers while they are cut; no text of ours has them.
const ADDRESS: char = '\u{F8FD}';
const DAY: char = '\u{F8FC}';
const LINK: char = '\u{F8FB}';
const OWN_PAGE: char = '\u{F8FA}';

/// What is known of a content while it is cut.
pub(super) struct Cutter<'a> {
    pub(super) compiled: &'a mut Compiled,
    pub(super) holes: Vec<Hole>,
    pub(super) subject: Vec<Piece>,
    pub(super) preheader: Vec<Piece>,
}

impl Cutter<'_> {
    /// The pieces of a source; `None` where it has anything but merge fields.
    pub(super) fn pieces(&mut self, source: &str, is_html: bool) -> Option<Vec<Piece>> {
        let (mut pieces, mut rest) = (Vec::new(), source);
        while let Some((start, end)) = source::next_field(rest) {
            push(&mut pieces, Piece::Same(rest.get(..start)?.to_owned()));
            let field = rest.get(start..end)?;
            let inner = field.strip_prefix("{{")?.strip_suffix("}}")?;
            if inner.starts_with(['-', '+']) || inner.ends_with(['-', '+']) {
                return None;
            }
            self.field(inner.trim(), is_html)?.into_iter().for_each(|piece| push(&mut pieces, piece));
            rest = rest.get(end..)?;
        }
        push(&mut pieces, Piece::Same(rest.to_owned()));
        Some(pieces)
    }

    fn field(&mut self, expression: &str, is_html: bool) -> Option<Vec<Piece>> {
        let identity = &self.compiled.identity;
        let same = |text: &str| vec![Piece::Same(if is_html { HtmlEscape(text).to_string() } else { text.to_owned() })];
        Some(match expression {
            "list" => same(&identity.list_name),
            "lang" => same(identity.language.tag()),
            // Its own fields would have to be escaped as a whole.
            "subject" | "preheader" => {
                let pieces = if expression == "subject" { &self.subject } else { &self.preheader };
                match pieces.as_slice() {
                    [] => Vec::new(),
                    [Piece::Same(text)] => same(text),
                    pieces if is_html => {
                        let pieces = pieces.to_vec();
                        self.escaped(&pieces)?
                    }
                    pieces => pieces.to_vec(),
                }
            }
            "address" => vec![self.hole(Hole::Address { is_html })],
            "unsubscribe_url" => vec![self.hole(Hole::Link)],
            "preferences_url" => vec![self.hole(Hole::OwnPage)],
            _ => vec![self.author_s(expression, is_html)?],
        })
    }

    /// The pieces of a text as they stand in HTML.
    fn escaped(&mut self, pieces: &[Piece]) -> Option<Vec<Piece>> {
        let mut escaped = Vec::new();
        for piece in pieces {
            escaped.push(match piece {
                Piece::Same(text) => Piece::Same(HtmlEscape(text).to_string()),
                Piece::Differs(number) => match self.holes.get(*number)?.clone() {
                    Hole::Address { .. } => self.hole(Hole::Address { is_html: true }),
                    Hole::Link | Hole::OwnPage => return None,
                    Hole::Day { .. } => self.hole(Hole::Day { is_html: true }),
                    Hole::Field(name) => {
                        let source = self.compiled.environment.get_template(&name).ok()?.source().to_owned();
                        let inner = source.strip_prefix("{{")?.strip_suffix("}}")?.to_owned();
                        self.author_s(inner.trim(), true)?
                    }
                },
            });
        }
        Some(escaped)
    }

    /// A field that the author wrote, as a template of its own: the same engine says what it is.
    fn author_s(&mut self, expression: &str, is_html: bool) -> Option<Piece> {
        // The same field is the same template and the same hole.
        let name = format!("field {expression}.{}", if is_html { "html" } else { "txt" });
        let source = format!("{{{{ {expression} }}}}");
        self.compiled.environment.add_template_owned(name.clone(), source).ok()?;
        Some(self.hole(Hole::Field(name)))
    }

    fn hole(&mut self, hole: Hole) -> Piece {
        let number = self.holes.iter().position(|known| *known == hole).unwrap_or_else(|| {
            self.holes.push(hole);
            self.holes.len() - 1
        });
        Piece::Differs(number)
    }

    /// A footer, cut at the reader's address, the day and the link.
    pub(super) fn footer(&mut self, name: &str, body: &[Piece], is_html: bool) -> Option<Vec<Piece>> {
        let link = self.hole(Hole::Link);
        let texts = footer::texts(&self.compiled.identity, &ADDRESS.to_string(), Some(&DAY.to_string()));
        let nobody = Reader {
            address: ADDRESS.to_string(),
            attributes: Default::default(),
            unsubscribe_url: LINK.to_string(),
            preferences_url: OWN_PAGE.to_string(),
            confirmed_at: None,
        };
        let values = self.compiled.values(&nobody);
        let whole = self.compiled.filled_footer(name, body.contains(&link), texts, &values).ok()?;
        let mut pieces = Vec::new();
        let mut rest = whole.as_str();
        while let Some(at) = rest.find([ADDRESS, DAY, LINK, OWN_PAGE]) {
            push(&mut pieces, Piece::Same(rest.get(..at)?.to_owned()));
            let sign = rest.get(at..)?.chars().next()?;
            let hole = match sign {
                ADDRESS => Hole::Address { is_html },
                DAY => Hole::Day { is_html },
                OWN_PAGE => Hole::OwnPage,
                _ => Hole::Link,
            };
            let piece = self.hole(hole);
            push(&mut pieces, piece);
            rest = rest.get(at + sign.len_utf8()..)?;
        }
        push(&mut pieces, Piece::Same(rest.to_owned()));
        Some(pieces)
    }
}

/// Puts the footer where its place is.
pub(super) fn with_footer(html: Vec<Piece>, footer: &[Piece]) -> Vec<Piece> {
    let mut whole = Vec::new();
    for piece in html {
        match piece {
            Piece::Same(text) => match text.split_once(source::FOOTER) {
                Some((before, after)) => {
                    push(&mut whole, Piece::Same(before.to_owned()));
                    footer.iter().for_each(|piece| push(&mut whole, piece.clone()));
                    push(&mut whole, Piece::Same(after.to_owned()));
                }
                None => push(&mut whole, Piece::Same(text)),
            },
            Piece::Differs(_) => push(&mut whole, piece),
        }
    }
    whole
}

/// Adds a piece; what is the same stays in one.
pub(super) fn push(pieces: &mut Vec<Piece>, piece: Piece) {
    match (pieces.last_mut(), piece) {
        (_, Piece::Same(text)) if text.is_empty() => {}
        (Some(Piece::Same(before)), Piece::Same(text)) => before.push_str(&text),
        (_, piece) => pieces.push(piece),
    }
}
