//! Who asks.

use actix_web::cookie::{Cookie, SameSite, time};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;

pub use super::client::{Client, language_of};
use super::error::PageError;
use crate::accounts::Role;
use crate::accounts::sessions::{self, SignedIn};
use crate::app::App;
use crate::audit::Actor;
use crate::config::Settings;
use crate::keyring::digest;
use crate::storage::AccountId;
use crate::texts::Texts;

/// A person who signed in; without one the request is sent to `/sign-in`.
#[derive(Debug, Clone)]
pub struct SignedInUser {
    /// Who it is.
    pub user: SignedIn,
    /// SHA-256 of the session's token: what page forms are tied to.
    pub(super) session: [u8; 32],
}

impl SignedInUser {
    /// The account whose pages these are; operators have none of their own.
    ///
    /// # Errors
    /// [`PageError::Forbidden`] for an operator.
    pub fn account_id(&self) -> Result<AccountId, PageError> {
        self.user.account_id.ok_or(PageError::Forbidden)
    }

    /// Whether this is an operator.
    #[must_use]
    pub fn is_operator(&self) -> bool {
        self.user.role == Role::Operator
    }

    /// Lets only operators through.
    ///
    /// # Errors
    /// [`PageError::NotFound`] for everybody else: what operators have is nobody's business.
    pub fn must_be_operator(&self) -> Result<(), PageError> {
        if self.is_operator() { Ok(()) } else { Err(PageError::NotFound) }
    }

    /// The user as the audit log names them.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self.user.role {
            Role::Operator => Actor::Operator(self.user.user_id),
            Role::Owner => Actor::User(self.user.user_id),
        }
    }

    /// The catalogue of the user's language.
    #[must_use]
    pub fn texts(&self) -> Texts {
        Texts(self.user.language)
    }
}

impl FromRequest for SignedInUser {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { signed_in(&req).await })
    }
}

/// Who is signed in by the cookie of this request.
async fn signed_in(req: &HttpRequest) -> Result<SignedInUser, PageError> {
    let app = app(req)?;
    let next = req.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let away = || PageError::SignInNeeded { next };
    let Some(token) = session_token(req, &app.settings) else { return Err(away()) };
    let (now, session) = (app.clock.now(), digest(token.as_bytes()));
    let (of_read, of_write) = (token.clone(), token);
    let user = app.db.read(move |conn| sessions::find(conn, &of_read, now)).await?.ok_or_else(away)?;
    if user.is_to_be_seen_again(now) {
        app.db.write(move |conn| sessions::seen(conn, &of_write, now)).await?;
    }
    Ok(SignedInUser { user, session })
}

pub(super) fn app(req: &HttpRequest) -> Result<web::Data<App>, PageError> {
    req.app_data::<web::Data<App>>().cloned().ok_or_else(|| PageError::Broken("no state in this server".to_owned()))
}

/// The session token of the request's cookie.
#[must_use]
pub fn session_token(req: &HttpRequest, settings: &Settings) -> Option<String> {
    req.cookie(session_cookie_name(settings)).map(|cookie| cookie.value().to_owned()).filter(|value| value.len() <= 64)
}

/// On https the name binds the cookie to this host and to https (`__Host-`, RFC 6265bis, section 4.1.3.2).
fn session_cookie_name(settings: &Settings) -> &'static str {
    if is_https(settings) { "__Host-estampille_session" } else { "estampille_session" }
}

fn is_https(settings: &Settings) -> bool {
    settings.base_url.scheme() == "https"
}

/// The cookie that carries a new session's token.
#[must_use]
pub fn session_cookie(settings: &Settings, token: &str) -> Cookie<'static> {
    Cookie::build(session_cookie_name(settings), token.to_owned())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(is_https(settings))
        .max_age(time::Duration::seconds(sessions::LONGEST.num_seconds()))
        .finish()
}

/// The cookie that makes a browser forget its session.
#[must_use]
pub fn forget_session(settings: &Settings) -> Cookie<'static> {
    let mut cookie = session_cookie(settings, "");
    cookie.make_removal();
    cookie
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn settings(base_url: &str) -> Settings {
        let values = BTreeMap::from([("ESTAMPILLE_BASE_URL".to_owned(), base_url.to_owned())]);
        Settings::from_values(&values).unwrap()
    }

    #[test]
    fn a_session_cookie_is_bound_to_the_host_where_there_is_https() {
        let plain = session_cookie(&settings("http://localhost:8080"), "t");
        assert_eq!((plain.name(), plain.secure(), plain.http_only()), ("estampille_session", Some(false), Some(true)));
        let bound = session_cookie(&settings("https://lists.example"), "t");
        assert_eq!((bound.name(), bound.secure()), ("__Host-estampille_session", Some(true)));
        assert_eq!((bound.same_site(), bound.path(), bound.domain()), (Some(SameSite::Lax), Some("/"), None));
    }
}
