//! `POST /hooks/{provider}`: what the relay tells us of the mail that it took, in its own way.
//!
//! Each request proves first that it is the provider's ([`sns`], [`mailgun`], [`sendgrid`], [`password`]), within a
//! window of time where the proof carries one. Its events are then kept like any report that comes in, and acted on by
//! our own mark only. A provider that the settings do not name has no route. What is refused is counted, not kept.

mod certificates;
mod mailgun;
mod password;
mod sendgrid;
mod sns;
mod take;
mod window;

pub use certificates::Certificates;

use actix_web::web::ServiceConfig;

use super::allowing::Allowing;
use crate::mail::relay_events::Provider;

/// The route.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(Allowing::at("/hooks/{provider}").takes(take::take));
}

/// The name of the count of requests that were refused.
#[must_use]
pub fn refused_name(provider: Provider) -> String {
    format!("hook/refused/{provider}")
}

/// Why a request is not believed, or cannot be answered now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    /// The signature, the password or the topic is not the right one.
    NotTheirs,
    /// It was made too long ago, or in the future.
    OutOfTime,
    /// It proves itself with what proved another event before.
    Replayed,
    /// It cannot be read.
    Unreadable,
    /// It cannot be checked at this moment.
    NotNow,
}

/// What a request that proved itself brings.
#[derive(Debug, PartialEq, Eq)]
enum Proven {
    /// Events, as JSON.
    Events(Vec<u8>),
    /// Events, and the token that may prove no others.
    EventsOnce(Vec<u8>, String),
    /// Nothing to keep.
    Nothing,
}
