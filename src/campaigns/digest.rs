//! What a digest tells: the letters that were held back for one reader, each with a link to a page that shows it.
//!
//! The link is signed and bound to the delivery, not the page of the archive: a letter may be held back while its campaign
//! still runs, may have gone to a part of the list only, and most lists have no archive. What the page shows is what the
//! archive would show: the letter as nobody in particular gets it, because links in mails get forwarded.

use super::archive::{self, Letter};
use super::{Campaign, State, find};
use crate::config::Settings;
use crate::deliveries::{self, Delivery, Kind};
use crate::keyring::Keyring;
use crate::lists::{self, List};
use crate::mail::Notice;
use crate::storage::{Conn, DeliveryId, StoreError};
use crate::subscriptions::digests::{self, Told};

/// The mail of a delivery of kind digest; `None` when there is nothing to tell any more.
///
/// # Errors
/// When the database cannot be read, or a template is broken.
pub fn mail(
    conn: &mut Conn,
    keys: &Keyring,
    settings: &Settings,
    delivery: &Delivery,
) -> Result<Option<Notice>, StoreError> {
    let mut told = Vec::new();
    for id in digests::letters_of(conn, delivery.id)? {
        if let Some((held, campaign)) = campaign_of(conn, id)? {
            let letter = shown(conn, &campaign)?;
            let address =
                letter.is_some().then(|| settings.link(&format!("/letter/{}", digests::letter_token(keys, id))));
            let subject = letter.map_or(campaign.content.subject, |(_, letter)| letter.subject);
            told.push(Told { subject, at: held.finished_at.unwrap_or(held.created_at), address });
        }
    }
    digests::digest_mail(conn, keys, settings, delivery, &told)
}

/// The letter behind the link of a digest, with its list, open or closed.
///
/// # Errors
/// When the database cannot be read.
pub fn letter(conn: &mut Conn, keys: &Keyring, token: &str) -> Result<Option<(List, Letter)>, StoreError> {
    let Some(id) = digests::open_letter_token(keys, token) else { return Ok(None) };
    let Some((held, campaign)) = campaign_of(conn, id)? else { return Ok(None) };
    let at = held.finished_at.unwrap_or(held.created_at);
    Ok(shown(conn, &campaign)?.map(|(list, letter)| (list, Letter { at, ..letter })))
}

fn campaign_of(conn: &mut Conn, id: DeliveryId) -> Result<Option<(Delivery, Campaign)>, StoreError> {
    let Some(held) = deliveries::find(conn, id)?.filter(|held| held.kind == Kind::Campaign) else { return Ok(None) };
    let Some((account, campaign)) = held.account_id.zip(held.campaign_id) else { return Ok(None) };
    // Its sender took it back.
    let campaign = find(conn, account, campaign)?.filter(|campaign| campaign.state != State::Cancelled);
    Ok(campaign.map(|campaign| (held, campaign)))
}

fn shown(conn: &mut Conn, campaign: &Campaign) -> Result<Option<(List, Letter)>, StoreError> {
    let Some(list) = lists::find_even_closed(conn, campaign.account_id, campaign.list_id)? else { return Ok(None) };
    Ok(archive::as_shown(conn, campaign, &list)?.map(|letter| (list, letter)))
}
