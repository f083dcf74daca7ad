//! How much of a reader's network address is kept as proof: the operator's choice between evidence and privacy.

use std::net::IpAddr;

use crate::storage::words;

words! {
    /// How much of a reader's network address a consent record keeps.
    pub enum KeptNetworks {
        /// The whole address.
        Full = "full",
        /// The /24 of an IPv4 address, the /48 of an IPv6 address: a provider and a region, hardly a person.
        Truncated = "truncated",
        /// Nothing.
        None = "none",
    }
}

impl KeptNetworks {
    /// What is kept of this address. What is no address, such as `unknown`, says nothing and stays.
    #[must_use]
    pub fn kept(self, network: &str) -> String {
        let truncated = |address: IpAddr| {
            let length = if address.is_ipv4() { 24 } else { 48 };
            ipnet::IpNet::new(address, length).ok().map(|network| network.trunc().to_string())
        };
        match self {
            Self::Full => network.to_owned(),
            Self::Truncated => network.parse().ok().and_then(truncated).unwrap_or_else(|| network.to_owned()),
            Self::None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_whole_as_its_network_or_not_at_all() {
        for (network, truncated) in
            [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2:3::4", "2001:db8:1::/48"), ("unknown", "unknown"), ("", "")]
        {
            assert_eq!(KeptNetworks::Full.kept(network), network);
            assert_eq!(KeptNetworks::Truncated.kept(network), truncated);
            assert_eq!(KeptNetworks::None.kept(network), "");
        }
    }
}
