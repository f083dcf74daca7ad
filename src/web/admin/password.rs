//! Changing one's password, on the settings page: every session ends, this one begins anew.

use actix_web::HttpResponse;
use serde::Deserialize;

use super::invitation::say_password_error;
use super::settings::settings_page;
use super::visit::{Sent, Visit, again};
use crate::accounts::throttle::{self, Allowance};
use crate::accounts::{passwords, sessions, users};
use crate::web::error::PageError;
use crate::web::guard::{self, Client};
use crate::web::page::{Problems, see_other};

/// The old password and the new one.
#[derive(Deserialize)]
pub(super) struct PasswordForm {
    old_password: String,
    new_password: String,
}

pub(super) async fn change(client: Client, sent: Sent<PasswordForm>) -> Result<HttpResponse, PageError> {
    let (now, visit, fields) = (sent.visit.now, sent.visit, sent.fields);
    let mut problems = Problems::default();
    if let Err(error) = passwords::check(&fields.new_password) {
        problems.add("new_password", say_password_error(&error, visit.texts()));
    } else if !is_own_password(&visit, &client, fields.old_password).await? {
        problems.add("old_password", visit.texts().say("password-wrong"));
    }
    if !problems.is_empty() {
        return Ok(again(&problems, &settings_page(&visit, None, problems.clone(), None).await?));
    }
    let hash = passwords::hash(fields.new_password).await?;
    let (user, network) = (visit.user.user.user_id, client.network);
    let token = visit
        .write(move |conn| {
            users::set_password(conn, user, &hash, now)?;
            sessions::open(conn, user, &network, now)
        })
        .await?;
    let mut answer = see_other("/settings?done=password-changed");
    let cookie = guard::session_cookie(&visit.app.settings, &token);
    answer.add_cookie(&cookie).map_err(|error| PageError::Broken(error.to_string()))?;
    Ok(answer)
}

/// Somebody at an open session gets as few attempts as somebody at the door.
async fn is_own_password(visit: &Visit, client: &Client, typed: String) -> Result<bool, PageError> {
    let (address, network, now) = (visit.user.user.address.clone(), client.neighbourhood(), visit.now);
    let of_attempt = address.to_string();
    let keys = visit.app.keys.clone();
    let allowance = visit.write(move |conn| throttle::attempt(conn, &keys, &of_attempt, &network, now)).await?;
    if let Allowance::Wait { seconds } = allowance {
        return Err(PageError::TooMany { retry_after: seconds });
    }
    let stored = visit.read(move |conn| users::password_hash(conn, &address)).await?;
    Ok(passwords::is_right(typed, stored.map(|(_, hash)| hash)).await?)
}
