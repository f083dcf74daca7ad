//! Where mail goes, as the operator says it in one URL.

use url::Url;

use super::masked_url;
use crate::mail::direct::DirectSettings;

/// Where mail goes.
#[derive(Clone, PartialEq, Eq)]
pub enum RelayUrl {
    /// A relay, as lettre reads its URL (`smtp://`, `smtps://`, with credentials and `?tls=`).
    Smtp(Url),
    /// Own delivery to the MX of each receiving domain.
    Direct(DirectSettings),
    /// Files that the tray page shows; nothing leaves the machine.
    Tray,
}

impl std::fmt::Debug for RelayUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Smtp(url) => f.write_str(&masked_url(url)),
            Self::Direct(settings) => write!(f, "{settings}"),
            Self::Tray => f.write_str("tray:"),
        }
    }
}

impl RelayUrl {
    /// The pools of source addresses that accounts can be put into; none where mail goes through a relay.
    #[must_use]
    pub fn pools(&self) -> Vec<&str> {
        match self {
            Self::Direct(direct) => direct.pools(),
            Self::Smtp(_) | Self::Tray => Vec::new(),
        }
    }
}
