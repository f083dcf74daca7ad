//! Mails to one person that are no campaign: what follows from what a reader did, and the copy that goes into a proof.

use std::sync::Arc;

use super::content::Made;
use super::prepare::Kitchen;
use super::seal;
use crate::clock::Timestamp;
use crate::consent::KeptMail;
use crate::deliveries::{Delivery, Kind};
use crate::mail::Notice;
use crate::mail::compose::{self, Stationery};
use crate::storage::{Conn, DeliveryId, StoreError};
use crate::{campaigns, sending_domains, subscriptions};

/// The mails that follow from what one reader did.
pub(super) fn to_reader(conn: &mut Conn, kitchen: &Kitchen, delivery: &Delivery) -> Result<Option<Notice>, StoreError> {
    let (keys, settings) = (&kitchen.keys, &kitchen.settings);
    match delivery.kind {
        Kind::Confirmation => subscriptions::confirmation_mail(conn, keys, settings, delivery),
        Kind::Welcome | Kind::Goodbye => subscriptions::greeting_mail(conn, keys, settings, delivery),
        Kind::Digest => campaigns::digest::mail(conn, keys, settings, delivery),
        Kind::Preferences => subscriptions::pass_mail(conn, keys, settings, delivery),
        Kind::AddressChange => subscriptions::address_changes::mail(conn, keys, settings, delivery),
        Kind::Flood => subscriptions::floods::flood_mail(conn, settings, delivery),
        Kind::Campaign | Kind::Test | Kind::Invitation | Kind::Notice => Ok(None),
    }
}

/// A notice as a message, signed where there is a key.
pub(super) fn noticed(
    conn: &mut Conn,
    kitchen: &Kitchen,
    delivery: &Delivery,
    notice: Option<Notice>,
) -> Result<Made, StoreError> {
    let Some(notice) = notice else { return Ok(Made::Nothing("there is nothing left to ask")) };
    let message = compose::notice(&kitchen.stationery(delivery), &notice);
    let domain = match delivery.account_id {
        Some(account) => sending_domains::find_for(conn, account, notice.from.address.receiving_domain())?,
        None => None,
    };
    let signer = kitchen.signers.of(domain, kitchen.settings.relay_signs);
    Ok(seal::signed(signer.as_deref(), message))
}

/// The copy of a confirmation mail, packed here so that no write transaction waits for it.
pub(super) fn copy(
    conn: &mut Conn,
    kitchen: &Kitchen,
    delivery: &Delivery,
    message: &[u8],
) -> Result<Option<Arc<KeptMail>>, StoreError> {
    if delivery.kind != Kind::Confirmation {
        return Ok(None);
    }
    let sample = subscriptions::confirmation_sample(conn, &kitchen.settings, delivery)?;
    let nobody = Stationery {
        keys: &kitchen.keys,
        mail_domain: &kitchen.settings.mail_domain,
        delivery: DeliveryId(0),
        date: Timestamp::from_micros(0),
    };
    let sample = sample.map(|sample| compose::notice(&nobody, &sample)).unwrap_or_default();
    Ok(KeptMail::of(&kitchen.keys, message, sample).map(Arc::new))
}
