//! One request of somebody who signed in: what the handlers of pages take.

use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use askama::Template;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use crate::accounts::{self, Account};
use crate::app::App;
use crate::clock::Timestamp;
use crate::config::RelayUrl;
use crate::storage::{AccountId, Conn, ListId, StoreError};
use crate::texts::Texts;
use crate::web::csrf::{self, PageForm};
use crate::web::error::PageError;
use crate::web::guard::SignedInUser;
use crate::web::page::{self, Page, Place, Problems, Visitor};

/// A request of somebody who signed in.
pub(in crate::web) struct Visit {
    /// The installation.
    pub(in crate::web) app: web::Data<App>,
    /// Who asks.
    pub(in crate::web) user: SignedInUser,
    /// When.
    pub(in crate::web) now: Timestamp,
    path: String,
    query: Vec<(String, String)>,
}

/// A form that somebody sent from one of our pages.
pub(in crate::web) struct Sent<T> {
    /// Who, when.
    pub(in crate::web) visit: Visit,
    /// What was filled in.
    pub(in crate::web) fields: T,
}

/// The `{id}` in the path; what cannot be an id answers "not found".
pub(in crate::web) struct Id<T>(pub(in crate::web) T);

/// The `{list}` in the path.
pub(in crate::web) struct OfList(pub(in crate::web) ListId);

impl Visit {
    fn new(req: &HttpRequest, user: SignedInUser) -> Result<Self, PageError> {
        let app = req.app_data::<web::Data<App>>().cloned();
        let app = app.ok_or_else(|| PageError::Broken("no state in this server".to_owned()))?;
        let query = url::form_urlencoded::parse(req.query_string().as_bytes()).into_owned().collect();
        Ok(Self { now: app.clock.now(), app, user, path: req.path().to_owned(), query })
    }

    /// Whether the address has this part after its `?`.
    pub(in crate::web) fn has_query(&self, name: &str) -> bool {
        self.query.iter().any(|(key, _)| key == name)
    }

    /// What stands after `name=` behind the `?`.
    pub(in crate::web) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The account whose pages these are.
    ///
    /// # Errors
    /// [`PageError::Forbidden`] for an operator, who has none.
    pub(in crate::web) fn account_id(&self) -> Result<AccountId, PageError> {
        self.user.account_id()
    }

    /// The catalogue of the user's language.
    pub(in crate::web) fn texts(&self) -> Texts {
        self.user.texts()
    }

    /// What is around a page with this title, already in the user's language.
    ///
    /// # Errors
    /// When the account cannot be read.
    pub(in crate::web) async fn page(&self, place: Place, title: impl Into<String>) -> Result<Page, PageError> {
        let account = match self.user.user.account_id {
            Some(id) => self.read(move |conn| accounts::find(conn, id)).await?,
            None => None,
        };
        let account_name = account.map(|account: Account| account.name).unwrap_or_default();
        Ok(Page {
            texts: self.texts(),
            title: title.into(),
            place,
            visitor: Some(Visitor {
                address: self.user.user.address.to_string(),
                account_name,
                is_operator: self.user.is_operator(),
            }),
            csrf: csrf::token(&self.app.keys, &self.user),
            notice: self.notice(),
            has_tray: shows_tray(&self.app, Some(&self.user)),
            path: self.path.clone(),
        })
    }

    /// [`Visit::page`] with the title of this key.
    ///
    /// # Errors
    /// When the account cannot be read.
    pub(in crate::web) async fn page_of(&self, place: Place, key: &str) -> Result<Page, PageError> {
        self.page(place, self.texts().say(key)).await
    }

    /// What the redirection to this page says was done; anything that is no such text is left out.
    fn notice(&self) -> Option<String> {
        let (_, done) = self.query.iter().find(|(key, _)| key == "done")?;
        let key = format!("done-{done}");
        let text = self.texts().say(&key);
        (text != key).then_some(text)
    }

    /// Reads from the database.
    ///
    /// # Errors
    /// What `work` returns.
    pub(in crate::web) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, PageError> {
        Ok(self.app.db.read(work).await?)
    }

    /// Writes to the database, in one transaction.
    ///
    /// # Errors
    /// What `work` returns.
    pub(in crate::web) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, PageError> {
        Ok(self.app.db.write(work).await?)
    }
}

/// Whether there is a tray that this visitor may open.
pub(in crate::web) fn shows_tray(app: &App, user: Option<&SignedInUser>) -> bool {
    app.settings.relay == RelayUrl::Tray && (app.is_demo || user.is_some_and(SignedInUser::is_operator))
}

/// The form again, with its problems: 422.
pub(in crate::web) fn again(problems: &Problems, template: &impl Template) -> HttpResponse {
    page::show_with(if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, template)
}

impl FromRequest for Visit {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { Self::new(&req, SignedInUser::extract(&req).await?) })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Sent<T> {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, form) = (req.clone(), PageForm::<T>::from_request(req, payload));
        Box::pin(async move {
            let PageForm { user, fields } = form.await?;
            Ok(Self { visit: Visit::new(&req, user)?, fields })
        })
    }
}

impl<T: FromStr> FromRequest for Id<T> {
    type Error = PageError;
    type Future = std::future::Ready<Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let id = req.match_info().get("id").and_then(|text| text.parse().ok());
        std::future::ready(id.map(Self).ok_or(PageError::NotFound))
    }
}

impl FromRequest for OfList {
    type Error = PageError;
    type Future = std::future::Ready<Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let id = req.match_info().get("list").and_then(|text| text.parse().ok());
        std::future::ready(id.map(Self).ok_or(PageError::NotFound))
    }
}
