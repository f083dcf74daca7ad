//! Stopping all mail, and letting it leave again: one row.

use actix_web::HttpResponse;
use serde::Deserialize;

use crate::accounts::installation;
use crate::web::admin::visit::Sent;
use crate::web::error::PageError;
use crate::web::page::see_other;

/// Why.
#[derive(Deserialize)]
pub(super) struct WhyForm {
    #[serde(default)]
    pub(super) reason: String,
}

impl WhyForm {
    /// The reason, if there is one.
    pub(super) fn given(&self) -> Option<String> {
        Some(self.reason.trim().to_owned()).filter(|reason| !reason.is_empty())
    }
}

pub(super) async fn pause(sent: Sent<WhyForm>) -> Result<HttpResponse, PageError> {
    let (now, visit) = (sent.visit.now, &sent.visit);
    visit.user.must_be_operator()?;
    let by = visit.user.actor();
    let Some(reason) = sent.fields.given() else { return Ok(see_other("/operator?done=needs-reason")) };
    visit.write(move |conn| installation::pause_sending(conn, &reason, by, now)).await?;
    Ok(see_other("/operator?done=sending-stopped"))
}

pub(super) async fn resume(sent: Sent<WhyForm>) -> Result<HttpResponse, PageError> {
    let (now, visit) = (sent.visit.now, &sent.visit);
    visit.user.must_be_operator()?;
    let by = visit.user.actor();
    let reason = sent.fields.given().unwrap_or_default();
    visit.write(move |conn| installation::resume_sending(conn, &reason, by, now)).await?;
    Ok(see_other("/operator?done=sending-resumed"))
}
