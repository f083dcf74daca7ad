//! Forms of signed-in people are ours: same origin, and a token that only their own session's pages carry (WEB-02).
//!
//! A page puts `<input type="hidden" name="csrf" value="{{ csrf }}">` into each form, with `csrf` from [`token`]; the
//! handler takes [`PageForm<T>`] in place of `web::Form<T>` and gets the user with it.

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, ORIGIN};
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use url::Url;

use super::error::PageError;
use super::guard::SignedInUser;
use super::server::LARGEST_FORM;
use crate::app::App;
use crate::config::Settings;
use crate::keyring::{Keyring, Purpose, is_same};

/// The token of a session's page forms.
#[must_use]
pub fn token(keys: &Keyring, user: &SignedInUser) -> String {
    keys.sign(Purpose::PageForm, user.session.split_at(16).0)
}

/// Whether `given` is the token of this session's page forms.
#[must_use]
pub fn is_token(keys: &Keyring, user: &SignedInUser, given: &str) -> bool {
    keys.open(Purpose::PageForm, given).is_some_and(|session| is_same(&session, user.session.split_at(16).0))
}

/// Whether a browser says that the request comes from our own pages. One that says nothing is let through here: the
/// token still decides.
#[must_use]
pub fn is_from_our_pages(headers: &HeaderMap, settings: &Settings) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(ORIGIN.as_str()) else { return true };
    let Ok(origin) = Url::parse(origin) else { return false };
    origin.origin() == settings.base_url.origin() || is_host(&origin, text("host").unwrap_or_default())
}

/// Whether an origin names the host that the request was sent to: people also reach a demo by its number.
fn is_host(origin: &Url, host: &str) -> bool {
    let named = match (origin.host_str(), origin.port()) {
        (Some(name), Some(port)) => format!("{name}:{port}"),
        (Some(name), None) => name.to_owned(),
        (None, _) => return false,
    };
    named.eq_ignore_ascii_case(host)
}

/// A form that the signed-in user sent from one of our pages.
#[derive(Debug)]
pub struct PageForm<T> {
    /// Who sent it.
    pub user: SignedInUser,
    /// What was filled in.
    pub fields: T,
}

impl<T: DeserializeOwned + 'static> FromRequest for PageForm<T> {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, mut payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let user = SignedInUser::extract(&req).await?;
            let app = req.app_data::<web::Data<App>>().cloned().ok_or(PageError::ForeignForm)?;
            if !is_from_our_pages(req.headers(), &app.settings) {
                return Err(PageError::ForeignForm);
            }
            let body = read(&req, &mut payload).await?;
            let given = url::form_urlencoded::parse(body.as_bytes()).find(|(name, _)| name == "csrf");
            if !given.is_some_and(|(_, value)| is_token(&app.keys, &user, &value)) {
                return Err(PageError::ForeignForm);
            }
            let fields =
                web::Query::<T>::from_query(&body).map_err(|error| PageError::Unreadable(error.to_string()))?;
            Ok(Self { user, fields: fields.into_inner() })
        })
    }
}

async fn read(req: &HttpRequest, payload: &mut Payload) -> Result<String, PageError> {
    use futures_util::StreamExt as _;
    let unreadable = |text: &str| PageError::Unreadable(text.to_owned());
    let is_form = actix_web::HttpMessage::content_type(req).eq_ignore_ascii_case("application/x-www-form-urlencoded");
    if !is_form {
        return Err(unreadable("not a form"));
    }
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| unreadable(&error.to_string()))?;
        if body.len() + chunk.len() > LARGEST_FORM {
            return Err(unreadable("too large"));
        }
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body).map_err(|error| unreadable(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use actix_web::test::TestRequest;

    use super::*;

    fn is_ours(headers: &[(&'static str, &'static str)]) -> bool {
        let values = BTreeMap::from([("ESTAMPILLE_BASE_URL".to_owned(), "https://lists.example".to_owned())]);
        let mut request = TestRequest::default();
        for header in headers {
            request = request.insert_header(*header);
        }
        is_from_our_pages(request.to_http_request().headers(), &Settings::from_values(&values).unwrap())
    }

    #[test]
    fn web_02_a_request_that_names_another_origin_is_not_ours() {
        for (headers, expected) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://lists.example")], false),
            (&[("origin", "https://lists.example")], true),
            (&[("origin", "https://lists.example:444")], false),
            (&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")], true),
            (&[("origin", "https://evil.example"), ("host", "lists.example")], false),
            (&[("origin", "null")], false),
            (&[], true),
        ] {
            assert_eq!(is_ours(headers), expected, "{headers:?}");
        }
    }
}
