//! Making and revoking API tokens, on the settings page.

use actix_web::HttpResponse;
use serde::Deserialize;

use super::settings::settings_page;
use super::sign_in::Nothing;
use super::visit::{Id, Sent, again};
use crate::accounts::Scope;
use crate::accounts::tokens::{self, NewToken};
use crate::storage::ApiTokenId;
use crate::web::error::PageError;
use crate::web::page::{self, Problems, see_other};

/// A token that is asked for.
#[derive(Deserialize)]
pub(super) struct TokenForm {
    label: String,
    scope: Scope,
}

pub(super) async fn create(sent: Sent<TokenForm>) -> Result<HttpResponse, PageError> {
    let (now, visit) = (sent.visit.now, sent.visit);
    let label = sent.fields.label.trim().to_owned();
    if label.is_empty() || label.chars().count() > 200 {
        let mut problems = Problems::default();
        problems.add("label", visit.texts().say("token-label-needed"));
        return Ok(again(&problems, &settings_page(&visit, None, problems.clone(), None).await?));
    }
    let (by, account_id) = (visit.user.actor(), visit.user.user.account_id);
    let new = NewToken { account_id, label, scope: sent.fields.scope };
    let (_, token) = visit.write(move |conn| tokens::create(conn, &new, by, now)).await?;
    // Shown by this answer and by no address: a reload cannot show it again.
    Ok(page::show(&settings_page(&visit, None, Problems::default(), Some(token)).await?))
}

pub(super) async fn revoke(id: Id<ApiTokenId>, sent: Sent<Nothing>) -> Result<HttpResponse, PageError> {
    let (now, visit) = (sent.visit.now, sent.visit);
    let (by, account) = (visit.user.actor(), visit.user.user.account_id);
    if visit.write(move |conn| tokens::revoke(conn, account, id.0, by, now)).await? {
        Ok(see_other("/settings?done=token-revoked#tokens"))
    } else {
        Err(PageError::NotFound)
    }
}
