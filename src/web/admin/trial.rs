//! `/campaigns/{id}/test`: the draft, mailed to its sender.

use actix_web::HttpResponse;
use serde::Deserialize;

use super::visit::{Id, Sent};
use crate::campaigns::{self, TestOutcome};
use crate::mail::EmailAddress;
use crate::storage::CampaignId;
use crate::web::error::PageError;
use crate::web::page::see_other;

/// To whom.
#[derive(Deserialize)]
pub(super) struct TestForm {
    addresses: String,
}

pub(super) async fn send(id: Id<CampaignId>, sent: Sent<TestForm>) -> Result<HttpResponse, PageError> {
    let (now, visit, id) = (sent.visit.now, sent.visit, id.0);
    let (account, by) = (visit.account_id()?, visit.user.actor());
    let typed = sent.fields.addresses.split([',', ';', '\n']).map(str::trim).filter(|text| !text.is_empty());
    let Ok(addresses) = typed.map(EmailAddress::parse).collect::<Result<Vec<_>, _>>() else {
        return Ok(see_other(&format!("/campaigns/{id}/edit?done=test-bad-address#test")));
    };
    let outcome = visit.write(move |conn| campaigns::send_test(conn, account, id, &addresses, by, now)).await?;
    let done = match outcome {
        TestOutcome::Queued(_) => "test-queued",
        TestOutcome::Refused(_) => return Ok(see_other(&format!("/campaigns/{id}/schedule?done=test-refused"))),
        TestOutcome::WrongCount => "test-wrong-count",
        TestOutcome::TooMany => "test-too-many",
        TestOutcome::NoSuch => return Err(PageError::NotFound),
    };
    Ok(see_other(&format!("/campaigns/{id}/edit?done={done}#test")))
}
