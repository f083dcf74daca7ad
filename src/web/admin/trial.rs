//! `/campaigns/{id}/test`: the draft, mailed to its sender.

use actix_web::HttpResponse;
use serde::Deserialize;

use super::visit::{Id, Sent};
use crate::campaigns::{self, Reason, TestOutcome, Trial};
use crate::mail::EmailAddress;
use crate::storage::CampaignId;
use crate::web::error::PageError;
use crate::web::page::see_other;

/// To whom.
#[derive(Deserialize)]
pub(super) struct TestForm {
    addresses: String,
}

fn is_of_an_address(reason: &Reason) -> bool {
    matches!(reason, Reason::AddressSuppressed(..))
}

pub(super) async fn send(id: Id<CampaignId>, sent: Sent<TestForm>) -> Result<HttpResponse, PageError> {
    let (now, visit, id) = (sent.visit.now, sent.visit, id.0);
    let (account, by) = (visit.account_id()?, visit.user.actor());
    let allows_unverified_domains = visit.app.settings.allows_unverified_domains;
    let typed = sent.fields.addresses.split([',', ';', '\n']).map(str::trim).filter(|text| !text.is_empty());
    let Ok(addresses) = typed.map(EmailAddress::parse).collect::<Result<Vec<_>, _>>() else {
        return Ok(back(id, "test-bad-address"));
    };
    let trial = Trial { addresses, by, allows_unverified_domains };
    let outcome = visit.write(move |conn| campaigns::send_test(conn, account, id, &trial, now)).await?;
    match outcome {
        TestOutcome::Queued(_) => Ok(back(id, "test-queued")),
        TestOutcome::Refused(reasons) if reasons.iter().all(is_of_an_address) => Ok(back(id, "test-suppressed")),
        TestOutcome::Refused(_) => Ok(see_other(&format!("/campaigns/{id}/schedule?done=test-refused"))),
        TestOutcome::WrongCount => Ok(back(id, "test-wrong-count")),
        TestOutcome::TooMany => Ok(back(id, "test-too-many")),
        TestOutcome::NoSuch => Err(PageError::NotFound),
    }
}

fn back(id: CampaignId, done: &str) -> HttpResponse {
    see_other(&format!("/campaigns/{id}/edit?done={done}#test"))
}
