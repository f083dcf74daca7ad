//! Signing in and out, and the language of the pages.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::visit::{Sent, again, shows_tray};
use crate::accounts::throttle::{self, Allowance};
use crate::accounts::{passwords, sessions, users};
use crate::app::App;
use crate::mail::EmailAddress;
use crate::storage::UserId;
use crate::texts::{Language, Texts};
use crate::web::csrf;
use crate::web::error::PageError;
use crate::web::guard::{self, Client};
use crate::web::page::{self, Page, Place, Problems};

#[derive(Template)]
#[template(path = "admin/sign_in.html")]
struct SignInPage {
    page: Page,
    form: SignInForm,
    problems: Problems,
}

/// What is typed to sign in.
#[derive(Deserialize, Default)]
pub(super) struct SignInForm {
    #[serde(default)]
    address: String,
    #[serde(default)]
    password: String,
    /// Where to go then; a path of ours.
    #[serde(default)]
    next: String,
}

pub(super) async fn show_form(
    app: web::Data<App>,
    client: Client,
    query: web::Query<SignInForm>,
) -> Result<HttpResponse, PageError> {
    // A password in an address bar would be kept by the browser: it is not taken from there.
    let form = SignInForm { next: query.into_inner().next, ..SignInForm::default() };
    let page = stranger(&app, Texts(client.language), "sign-in-title");
    Ok(page::show(&SignInPage { page, form, problems: Problems::default() }))
}

pub(super) async fn sign_in(
    req: HttpRequest,
    app: web::Data<App>,
    client: Client,
    form: web::Form<SignInForm>,
) -> Result<HttpResponse, PageError> {
    if !csrf::is_from_our_pages(req.headers(), &app.settings) {
        return Err(PageError::ForeignForm);
    }
    let form = form.into_inner();
    let Some(user) = authenticate(&app, &client, &form).await? else {
        let texts = Texts(client.language);
        let mut problems = Problems::default();
        problems.add("password", texts.say("sign-in-wrong"));
        let page = stranger(&app, texts, "sign-in-title");
        return Ok(again(&problems, &SignInPage { page, form, problems: problems.clone() }));
    };
    let (network, now) = (client.network, app.clock.now());
    let token = app.db.write(move |conn| sessions::open(conn, user, &network, now)).await?;
    let mut answer = page::see_other(own_path(&form.next));
    answer.add_cookie(&guard::session_cookie(&app.settings, &token)).map_err(|e| PageError::Broken(e.to_string()))?;
    Ok(answer)
}

/// Who this is, if the password is right; takes equally long for somebody unknown.
async fn authenticate(app: &App, client: &Client, form: &SignInForm) -> Result<Option<UserId>, PageError> {
    let (typed, network, now) = (form.address.trim().to_owned(), client.neighbourhood(), app.clock.now());
    let address = EmailAddress::parse(&typed).ok();
    let keys = app.keys.clone();
    let allowance = app.db.write(move |conn| throttle::attempt(conn, &keys, &typed, &network, now)).await?;
    if let Allowance::Wait { seconds } = allowance {
        return Err(PageError::TooMany { retry_after: seconds });
    }
    let stored = match address {
        Some(address) => app.db.read(move |conn| users::password_hash(conn, &address)).await?,
        None => None,
    };
    let (user, hash) = stored.unzip();
    let is_right = passwords::is_right(form.password.clone(), hash).await?;
    Ok(user.filter(|_| is_right))
}

pub(super) async fn sign_out(req: HttpRequest, sent: Sent<Nothing>) -> Result<HttpResponse, PageError> {
    let visit = sent.visit;
    if let Some(token) = guard::session_token(&req, &visit.app.settings) {
        visit.write(move |conn| sessions::close(conn, &token)).await?;
    }
    let mut answer = page::see_other("/sign-in");
    answer.add_cookie(&guard::forget_session(&visit.app.settings)).map_err(|e| PageError::Broken(e.to_string()))?;
    Ok(answer)
}

/// A form with nothing but its button.
#[derive(Deserialize)]
pub(super) struct Nothing {}

/// Which language, and where to go back to.
#[derive(Deserialize)]
pub(super) struct LanguageForm {
    language: String,
    #[serde(default)]
    back: String,
}

pub(super) async fn change_language(sent: Sent<LanguageForm>) -> Result<HttpResponse, PageError> {
    let language: Language = sent.fields.language.parse().map_err(PageError::Unreadable)?;
    let user = sent.visit.user.user.user_id;
    sent.visit.write(move |conn| users::set_language(conn, user, language)).await?;
    Ok(page::see_other(own_path(&sent.fields.back)))
}

/// What is around a page that nobody signed in for.
pub(in crate::web) fn stranger(app: &App, texts: Texts, title_key: &str) -> Page {
    Page {
        texts,
        title: texts.say(title_key),
        place: Place::Nowhere,
        visitor: None,
        csrf: String::new(),
        notice: None,
        has_tray: shows_tray(app, None),
        path: String::new(),
    }
}

/// A path on this installation, or the first page: nobody is led elsewhere by a link with `next` in it.
fn own_path(wanted: &str) -> &str {
    let is_ours = wanted.starts_with('/')
        && !wanted.starts_with("//")
        && !wanted.contains(|character: char| character == '\\' || character.is_control());
    if is_ours { wanted } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_to_another_site_after_signing_in() {
        for (wanted, leads_to) in [
            ("/lists?page=2", "/lists?page=2"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/x\r\nSet-Cookie: y", "/"),
        ] {
            assert_eq!(own_path(wanted), leads_to, "{wanted:?}");
        }
    }
}
