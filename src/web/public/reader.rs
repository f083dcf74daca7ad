//! What every page for readers carries, and from where a reader acts.

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderName, ORIGIN, REFERER};
use serde::Deserialize;
use url::Url;

use crate::clock::Timestamp;
use crate::config::Settings;
use crate::consent::Circumstances;
use crate::texts::{Argument, Language, Texts};
use crate::web::guard::Client;

/// Longest origin that is recorded, in characters.
const LONGEST_ORIGIN: usize = 300;

/// The part of the query that chooses the language of a page.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Choice {
    /// A language tag; anything else is as if it were not there.
    language: Option<String>,
}

impl Choice {
    /// The catalogue that the reader chose, else the one of `usual`.
    pub(super) fn texts(&self, usual: Language) -> Texts {
        Texts(self.chosen().unwrap_or(usual))
    }

    fn chosen(&self) -> Option<Language> {
        self.language.as_deref().and_then(|tag| tag.parse().ok())
    }

    /// `?language=…` when the reader chose one, for the addresses that a page's forms go to.
    pub(super) fn query(&self) -> String {
        self.chosen().map(|language| format!("?language={language}")).unwrap_or_default()
    }
}

/// What every page for readers carries.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    pub(super) texts: Texts,
    /// The title, already in the reader's language.
    pub(super) title: String,
    /// The path of the page in another language, after its token; empty where there is nothing to switch.
    pub(super) path: String,
}

impl Reader {
    /// A page with this title, at this path.
    pub(super) fn new(texts: Texts, title: String, path: &str) -> Self {
        Self { texts, title, path: path.to_owned() }
    }

    /// The text of `key`.
    pub(super) fn say(&self, key: &str) -> String {
        self.texts.say(key)
    }

    /// The text of `key` with one argument.
    pub(super) fn say1(&self, key: &str, name: &'static str, value: &str) -> String {
        self.texts.say_with(key, &[(name, Argument::from(value))])
    }

    /// A day.
    pub(super) fn day(&self, at: &Timestamp) -> String {
        self.texts.day(*at)
    }

    /// A day and a time of day.
    pub(super) fn moment(&self, at: &Timestamp) -> String {
        self.texts.moment(*at)
    }

    /// The other languages: address, tag, own name.
    pub(super) fn languages(&self) -> Vec<(String, &'static str, String)> {
        let others = Language::all().iter().filter(|language| **language != self.texts.0);
        others
            .filter(|_| !self.path.is_empty())
            .map(|other| (format!("{}?language={other}", self.path), other.tag(), Texts(*other).say("reader-language")))
            .collect()
    }
}

/// From where a reader acts: the page (without its query, and never with a token), the network, the program.
pub(super) fn circumstances(req: &HttpRequest, settings: &Settings) -> Circumstances {
    let client = Client::of(req, settings);
    Circumstances { origin: origin_of(req), network: client.network, user_agent: client.user_agent }
}

/// The page that sent the reader, as far as the browser tells.
fn origin_of(req: &HttpRequest) -> String {
    let header = |name: HeaderName| req.headers().get(name).and_then(|value| value.to_str().ok());
    // `null` is what a browser says that may not tell.
    let origin = || header(ORIGIN).filter(|origin| *origin != "null").map(str::to_owned);
    let page = header(REFERER).and_then(without_secrets).or_else(origin);
    page.unwrap_or_default().chars().take(LONGEST_ORIGIN).collect()
}

/// Scheme, host and path; only web pages, and of pages whose path is a secret only the first word.
fn without_secrets(page: &str) -> Option<String> {
    let mut url = Url::parse(page).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    url.set_query(None);
    url.set_fragment(None);
    let first = url.path_segments().and_then(|mut parts| parts.next()).unwrap_or_default().to_owned();
    if ["confirm", "unsubscribe", "preferences", "address"].contains(&first.as_str()) {
        url.set_path(&first);
    }
    Some(url.to_string())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn an_origin_has_no_query_and_no_token() {
        for (page, kept) in [
            ("https://example.org/club/news?utm=1#x", Some("https://example.org/club/news")),
            ("https://lists.example/confirm/abcdef?language=fr", Some("https://lists.example/confirm")),
            ("javascript:alert(1)", None),
            ("nonsense", None),
        ] {
            assert_eq!(without_secrets(page).as_deref(), kept, "{page}");
        }
    }

    #[test]
    fn a_page_that_may_not_be_told_is_no_page() {
        let from = |origin: &str| origin_of(&TestRequest::post().insert_header((ORIGIN, origin)).to_http_request());
        assert_eq!((from("null").as_str(), from("https://club.example").as_str()), ("", "https://club.example"));
    }

    #[test]
    fn an_unknown_language_is_as_if_none_was_chosen() {
        let choice = Choice { language: Some("xx\"><script>".to_owned()) };
        assert_eq!(choice.texts(Language::ENGLISH).tag(), "en");
        assert_eq!(choice.query(), "");
    }
}
