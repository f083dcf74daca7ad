//! `/invitation/{token}`: a new user sets a password.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::sign_in::stranger;
use super::visit::again;
use crate::accounts::User;
use crate::accounts::invitations::{self, AcceptOutcome};
use crate::accounts::passwords::{self, PasswordError};
use crate::app::App;
use crate::texts::Texts;
use crate::web::csrf;
use crate::web::error::PageError;
use crate::web::page::{self, Page, Problems};

#[derive(Template)]
#[template(path = "admin/invitation.html")]
struct InvitationPage {
    page: Page,
    address: String,
    shortest: i64,
    problems: Problems,
}

/// The new password.
#[derive(Deserialize)]
pub(super) struct PasswordForm {
    password: String,
}

pub(super) async fn show_form(app: web::Data<App>, token: web::Path<String>) -> Result<HttpResponse, PageError> {
    let user = invited(&app, &token).await?;
    Ok(page::show(&invitation_page(&app, &user, Problems::default())))
}

pub(super) async fn accept(
    req: HttpRequest,
    app: web::Data<App>,
    token: web::Path<String>,
    form: web::Form<PasswordForm>,
) -> Result<HttpResponse, PageError> {
    if !csrf::is_from_our_pages(req.headers(), &app.settings) {
        return Err(PageError::ForeignForm);
    }
    let user = invited(&app, &token).await?;
    if let Err(error) = passwords::check(&form.password) {
        let mut problems = Problems::default();
        problems.add("password", say_password_error(&error, Texts(user.language)));
        return Ok(again(&problems, &invitation_page(&app, &user, problems.clone())));
    }
    let hash = passwords::hash(form.into_inner().password).await?;
    let (token, now) = (token.into_inner(), app.clock.now());
    match app.db.write(move |conn| invitations::accept(conn, &token, &hash, now)).await? {
        AcceptOutcome::Accepted(_) => Ok(page::see_other("/sign-in")),
        AcceptOutcome::Gone => Err(PageError::NotFound),
    }
}

async fn invited(app: &App, token: &str) -> Result<User, PageError> {
    let (token, now) = (token.to_owned(), app.clock.now());
    app.db.read(move |conn| invitations::find(conn, &token, now)).await?.ok_or(PageError::NotFound)
}

fn invitation_page(app: &App, user: &User, problems: Problems) -> InvitationPage {
    InvitationPage {
        page: stranger(app, Texts(user.language), "invitation-title"),
        address: user.address.to_string(),
        shortest: i64::try_from(passwords::SHORTEST).unwrap_or(i64::MAX),
        problems,
    }
}

/// What is wrong with a password, for the reader.
pub(super) fn say_password_error(error: &PasswordError, texts: Texts) -> String {
    match error {
        PasswordError::TooShort => texts.say1("password-too-short", "count", passwords::SHORTEST),
        PasswordError::TooLong => texts.say1("password-too-long", "count", passwords::LONGEST),
        PasswordError::Busy | PasswordError::Broken => texts.say("password-busy"),
    }
}
