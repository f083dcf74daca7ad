//! What is put on a finished message: its signature, and the labels that the relay's own events come back with.

use std::sync::Arc;

use super::content::Made;
use super::prepare::Kitchen;
use crate::deliveries::Delivery;
use crate::mail::sign::Signer;
use crate::mail::{marks, relay_events};
use crate::sending_domains::SendingDomain;

/// A message with the fields by which the relay's own events will name the delivery.
pub(super) fn labelled(kitchen: &Kitchen, delivery: &Delivery, message: Vec<u8>) -> Vec<u8> {
    relay_events::labelled(&kitchen.settings.hooks, &marks::trace(&kitchen.keys, delivery.id), message)
}

/// The signer of a sending domain; a key that cannot be used is told, and the mail goes unsigned.
pub(super) fn signer(domain: Option<SendingDomain>) -> Option<Arc<Signer>> {
    let domain = domain?;
    match Signer::new(&domain.name, &domain.selector, &domain.private_key.0) {
        Ok(signer) => Some(Arc::new(signer)),
        Err(trouble) => {
            tracing::error!(domain = domain.name, trouble, "the DKIM key cannot be used");
            None
        }
    }
}

/// The message, signed where there is a key.
pub(super) fn signed(signer: Option<&Signer>, message: Vec<u8>) -> Made {
    match signer.map(|signer| signer.signed(&message)) {
        None => Made::Message(message),
        Some(Ok(signed)) => Made::Message(signed),
        Some(Err(trouble)) => Made::Faulty(format!("DKIM: {trouble}")),
    }
}
