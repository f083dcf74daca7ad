//! The networks from which a signup comes, as they are counted together.

use std::net::IpAddr;

/// A network of a certain size around an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::subscriptions) enum Reach {
    /// The 256 addresses of an IPv4 /24: a small provider's neighbourhood, an office, a block of a data centre.
    Four24,
    /// The IPv6 /64 that one customer or one machine has.
    Six64,
    /// The IPv6 /48 that one site has, with 65,536 of those.
    Six48,
    /// What is no address, as it is told.
    Other,
}

impl Reach {
    /// The word that stands for it in the name of a count.
    pub(in crate::subscriptions) const fn word(self) -> &'static str {
        match self {
            Self::Four24 => "net24",
            Self::Six64 => "net64",
            Self::Six48 => "net48",
            Self::Other => "net",
        }
    }
}

/// The networks around an address, the nearest first; none where there is no address.
pub(in crate::subscriptions) fn networks(address: &str) -> Vec<(Reach, String)> {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, _] = address.octets();
            vec![(Reach::Four24, format!("{a}.{b}.{c}.0/24"))]
        }
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            vec![
                (Reach::Six64, format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")),
                (Reach::Six48, format!("{a:x}:{b:x}:{c:x}::/48")),
            ]
        }
        Err(_) if address.is_empty() => Vec::new(),
        Err(_) => vec![(Reach::Other, address.to_owned())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_counted_together() {
        let texts = |address: &str| networks(address).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(texts("192.0.2.7"), ["192.0.2.0/24"]);
        assert_eq!(texts("::ffff:192.0.2.7"), ["192.0.2.0/24"]);
        assert_eq!(texts("2001:db8:1:2:3:4:5:6"), ["2001:db8:1:2::/64", "2001:db8:1::/48"]);
        assert_eq!(texts("unknown"), ["unknown"]);
        assert_eq!(texts(""), Vec::<String>::new());
    }
}
