//! In which order the mail servers of a domain are tried (RFC 5321, section 5.1; RFC 7505).

use crate::mail::dns::Exchange;

/// What the MX records of a domain say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Order {
    /// These hosts, one after the other.
    Hosts(Vec<String>),
    /// The domain takes no mail (RFC 7505).
    Nobody,
}

/// More hosts than these are not tried: a domain that names hundreds would only hold us up.
const MOST_HOSTS: usize = 10;

/// Orders the hosts: the lowest preference first, among equals as `draw` has it, each host once.
pub(super) fn order(exchanges: Vec<Exchange>, mut draw: impl FnMut() -> u32) -> Order {
    if exchanges.iter().all(|exchange| exchange.host.is_empty()) {
        return Order::Nobody;
    }
    let named = exchanges.into_iter().filter(|exchange| !exchange.host.is_empty());
    let mut drawn: Vec<(u16, u32, String)> =
        named.map(|exchange| (exchange.preference, draw(), exchange.host)).collect();
    drawn.sort();
    let mut hosts: Vec<String> = Vec::new();
    for (_, _, host) in drawn {
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts.truncate(MOST_HOSTS);
    Order::Hosts(hosts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchanges(lines: &[(u16, &str)]) -> Vec<Exchange> {
        lines.iter().map(|(preference, host)| Exchange { preference: *preference, host: (*host).to_owned() }).collect()
    }

    fn hosts(order: Order) -> Vec<String> {
        match order {
            Order::Hosts(hosts) => hosts,
            Order::Nobody => panic!("the domain takes mail"),
        }
    }

    #[test]
    fn the_lowest_preference_goes_first_whatever_is_drawn() {
        let mut draws = [9, 1, 5].into_iter();
        let order = order(exchanges(&[(20, "b"), (10, "a"), (30, "c")]), || draws.next().unwrap());
        assert_eq!(hosts(order), ["a", "b", "c"]);
    }

    #[test]
    fn equals_are_shuffled_so_that_each_comes_first_in_its_turn() {
        for (draws, first) in [([1, 2, 0], "a"), ([2, 1, 0], "b")] {
            let mut draws = draws.into_iter();
            let order = order(exchanges(&[(10, "a"), (10, "b"), (20, "c")]), || draws.next().unwrap());
            assert_eq!((hosts(order.clone())[0].as_str(), hosts(order)[2].as_str()), (first, "c"));
        }
    }

    #[test]
    fn a_host_that_is_named_twice_is_tried_once_and_hundreds_are_cut() {
        assert_eq!(hosts(order(exchanges(&[(10, "a"), (20, "a"), (15, "b")]), || 0)), ["a", "b"]);
        let many: Vec<Exchange> =
            (0..300).map(|at| Exchange { preference: 10, host: format!("mx{at}.example") }).collect();
        assert_eq!(hosts(order(many, || 0)).len(), MOST_HOSTS);
    }

    #[test]
    fn a_null_mx_takes_no_mail_but_a_root_among_real_hosts_is_only_a_slip() {
        assert_eq!(order(exchanges(&[(0, "")]), || 0), Order::Nobody);
        assert_eq!(order(exchanges(&[(10, "")]), || 0), Order::Nobody);
        assert_eq!(hosts(order(exchanges(&[(0, ""), (10, "a")]), || 0)), ["a"]);
    }
}
