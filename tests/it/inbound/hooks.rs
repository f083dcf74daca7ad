//! Webhooks of relays: what they do when they are the provider's, and each way of being false.

mod acting;
pub(super) mod provider;
mod refused;
mod sns;
