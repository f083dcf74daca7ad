//! Whose fault it is that nobody can be reached: the receivers', or our own network's.

use std::collections::HashSet;
use std::io;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// The receivers that could not be reached since one was.
#[derive(Debug, Default)]
pub(super) struct Network(Mutex<HashSet<String>>);

/// So many receivers away in a row, and none reached between them, is no coincidence.
const MANY: usize = 6;

impl Network {
    /// A receiver could not be reached; says whether it looks like our own trouble.
    pub(super) fn failed(&self, domain: &str) -> bool {
        let mut away = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One more than needed is never kept.
        if away.len() < MANY {
            away.insert(domain.to_owned());
        }
        away.len() >= MANY
    }

    /// [`Network::failed`] where a receiver was tried at all.
    pub(super) fn failed_if(&self, was_tried: bool, domain: &str) -> bool {
        was_tried && self.failed(domain)
    }

    /// A receiver answered.
    pub(super) fn worked(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Whether a connection failed before it left this machine: no route, no such source address, no more files.
///
/// A machine without IPv6 is no trouble: its receivers' IPv4 addresses are tried as well.
pub(super) fn is_ours(error: &io::Error, peer: IpAddr) -> bool {
    match error.kind() {
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => peer.is_ipv4(),
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied => peer.is_ipv4(),
        // EMFILE and ENFILE, which have no kind of their own.
        _ => matches!(error.raw_os_error(), Some(23 | 24)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_receivers_away_are_theirs_and_many_in_a_row_are_ours() {
        let network = Network::default();
        for _ in 0..20 {
            assert!(!network.failed("one.example"), "the same one again says nothing new");
        }
        for at in 2..6 {
            assert!(!network.failed(&format!("{at}.example")));
        }
        assert!(network.failed("6.example"));
        network.worked();
        assert!(!network.failed("7.example"), "one answer shows that the network is there");
    }

    #[test]
    fn no_route_is_ours_for_ipv4_and_a_refusal_is_theirs() {
        let (four, six) = ("192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap());
        let unreachable = io::Error::from(io::ErrorKind::NetworkUnreachable);
        assert!(is_ours(&unreachable, four) && !is_ours(&unreachable, six));
        assert!(!is_ours(&io::Error::from(io::ErrorKind::ConnectionRefused), four));
        assert!(!is_ours(&io::Error::from(io::ErrorKind::TimedOut), four));
        assert!(is_ours(&io::Error::from_raw_os_error(24), six));
    }
}
