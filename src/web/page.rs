//! What every page carries beside its own content, and what its forms carry back.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ContentType};
use askama::Template;

pub use super::field::{Choice, Problems, language_choices};
use crate::clock::Timestamp;
use crate::texts::{Language, Texts};

/// Where a page stands in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The state of things.
    Home,
    /// Lists and forms.
    Lists,
    /// Subscribers.
    Subscribers,
    /// Campaigns.
    Campaigns,
    /// Bounces.
    Bounces,
    /// Suppressions.
    Suppressions,
    /// Settings of the account.
    Settings,
    /// The installation.
    Operator,
    /// The local mail tray.
    Tray,
    /// Outside of the navigation.
    Nowhere,
}

/// One link of the navigation.
#[derive(Debug, Clone, Copy)]
pub struct NavLink {
    /// Where it leads.
    pub href: &'static str,
    /// The key of its text.
    pub key: &'static str,
    /// Whether the page belongs to it.
    pub is_here: bool,
}

/// Who looks at a signed-in page.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The address with which the user signs in.
    pub address: String,
    /// The account's name; empty for an operator.
    pub account_name: String,
    /// Whether the user runs the installation.
    pub is_operator: bool,
}

/// What every page carries.
#[derive(Debug, Clone)]
pub struct Page {
    /// The catalogue of the reader's language.
    pub texts: Texts,
    /// The title, already in the reader's language.
    pub title: String,
    /// Where it stands in the navigation.
    pub place: Place,
    /// Who looks; nobody before sign-in.
    pub visitor: Option<Visitor>,
    /// Ties the page's forms to the session.
    pub csrf: String,
    /// What has just been done, said once.
    pub notice: Option<String>,
    /// Whether mail goes to the tray, which then has a link.
    pub has_tray: bool,
    /// The path and query of the page, to come back to.
    pub path: String,
}

impl Page {
    /// The text of `key`.
    #[must_use]
    pub fn say(&self, key: &str) -> String {
        self.texts.say(key)
    }

    /// The text of `key` with a count in it.
    #[must_use]
    pub fn count(&self, key: &str, count: &i64) -> String {
        self.texts.say_with(key, &[("count", (*count).into()), ("number", self.texts.number(*count).into())])
    }

    /// The text of `key` with a name in it.
    #[must_use]
    pub fn say_of(&self, key: &str, name: &str) -> String {
        self.texts.say1(key, "name", name)
    }

    /// The text for one word of an enum: the key is `prefix-word`, with `-` where the word has `_`.
    #[must_use]
    pub fn word(&self, prefix: &str, word: impl std::fmt::Display) -> String {
        self.texts.say(&format!("{prefix}-{}", word.to_string().replace('_', "-")))
    }

    /// A count with the language's separators.
    #[must_use]
    pub fn number(&self, count: &i64) -> String {
        self.texts.number(*count)
    }

    /// A day and a time of day.
    #[must_use]
    pub fn moment(&self, at: &Timestamp) -> String {
        self.texts.moment(*at)
    }

    /// A day.
    #[must_use]
    pub fn day(&self, at: &Timestamp) -> String {
        self.texts.day(*at)
    }

    /// What a language calls itself.
    #[must_use]
    pub fn language_name(&self, language: &Language) -> String {
        Texts(*language).say("language-name")
    }

    /// The languages to switch to: tag, and what each calls itself.
    #[must_use]
    pub fn other_languages(&self) -> Vec<(&'static str, String)> {
        let others = Language::all().iter().filter(|language| **language != self.texts.0);
        others.map(|other| (other.tag(), self.language_name(other))).collect()
    }

    /// The version of the program.
    #[must_use]
    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// The links of the navigation that this visitor may follow.
    #[must_use]
    pub fn links(&self) -> Vec<NavLink> {
        let has_account = self.visitor.as_ref().is_some_and(|visitor| !visitor.is_operator);
        let is_operator = self.visitor.as_ref().is_some_and(|visitor| visitor.is_operator);
        let all = [
            (has_account, Place::Home, "/", "nav-home"),
            (has_account, Place::Lists, "/lists", "nav-lists"),
            (has_account, Place::Subscribers, "/subscribers", "nav-subscribers"),
            (has_account, Place::Campaigns, "/campaigns", "nav-campaigns"),
            (has_account, Place::Bounces, "/bounces", "nav-bounces"),
            (has_account, Place::Suppressions, "/suppressions", "nav-suppressions"),
            (is_operator, Place::Operator, "/operator", "nav-operator"),
            (true, Place::Settings, "/settings", "nav-settings"),
            (self.has_tray, Place::Tray, "/tray", "nav-tray"),
        ];
        all.into_iter()
            .filter(|(is_shown, ..)| *is_shown)
            .map(|(_, place, href, key)| NavLink { href, key, is_here: place == self.place })
            .collect()
    }
}

/// Most characters that the ring of the stamp holds.
const RING_LENGTH: usize = 24;

/// A list's name as the ring of the stamp can hold it: capitals, cut with an ellipsis.
#[must_use]
pub fn ring_text(name: &str) -> String {
    let capitals = name.to_uppercase();
    if capitals.chars().count() <= RING_LENGTH {
        return capitals;
    }
    let cut: String = capitals.chars().take(RING_LENGTH - 1).collect();
    format!("{}…", cut.trim_end())
}

/// The page as an answer, never kept by a cache.
pub fn show(template: &impl Template) -> HttpResponse {
    show_with(StatusCode::OK, template)
}

/// [`show`] with a status of its own: 422 for a form that comes back with its problems.
pub fn show_with(status: StatusCode, template: &impl Template) -> HttpResponse {
    match template.render() {
        Ok(html) => HttpResponse::build(status)
            .insert_header(ContentType::html())
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(html),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// "See other": what follows a form that was done.
#[must_use]
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((actix_web::http::header::LOCATION, path)).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_too_long_for_the_ring_is_cut_with_an_ellipsis() {
        assert_eq!(ring_text("Lettre d’été"), "LETTRE D’ÉTÉ");
        let long = ring_text("Nouvelles du jardin botanique de Nantes");
        assert_eq!((long.chars().count() <= RING_LENGTH, long.ends_with('…')), (true, true), "{long}");
    }
}
