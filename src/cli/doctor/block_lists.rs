//! Whether an address or a domain stands on a block list that receivers ask (RFC 5782).

use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use serde::Deserialize;

use super::{Health, Line};
use crate::mail::dns::{Answer, Dns};

/// A block list, as its row says.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct BlockList {
    name: String,
    zone: String,
    of: Of,
    listed: Vec<String>,
    refused: Vec<String>,
    hurts: Hurts,
    remove: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "for who reads the table"))]
    source: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "for who reads the table"))]
    as_of: String,
}

#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Of {
    Address,
    Domain,
}

#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Hurts {
    Delivery,
    Little,
}

#[derive(Deserialize)]
struct Table {
    list: Vec<BlockList>,
}

static LISTS: LazyLock<Vec<BlockList>> = LazyLock::new(|| {
    toml::from_str::<Table>(include_str!("block_lists.toml")).map(|table| table.list).unwrap_or_default()
});

/// What the answer of a list means.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Standing {
    /// It knows nothing bad.
    Clean,
    /// It stands there.
    Listed(Vec<Ipv4Addr>),
    /// It does not answer this resolver; says nothing.
    Refused,
    /// Nobody answered; says nothing.
    Silent(String),
}

/// Asks every list about an address that mail leaves from; all at once, so that the slowest sets the time.
pub(super) async fn of_address(dns: &Dns, address: IpAddr) -> Vec<Line> {
    let asked = LISTS.iter().filter(|list| list.of == Of::Address);
    let lines = asked.map(|list| line(dns, list, address.to_string(), format!("{}.{}", reversed(address), list.zone)));
    summed_up(&address.to_string(), futures_util::future::join_all(lines).await)
}

/// Asks every list about a domain that mail comes from.
pub(super) async fn of_domain(dns: &Dns, domain: &str) -> Vec<Line> {
    let asked = LISTS.iter().filter(|list| list.of == Of::Domain);
    let lines = asked.map(|list| line(dns, list, domain.to_owned(), format!("{domain}.{}", list.zone)));
    summed_up(domain, futures_util::future::join_all(lines).await)
}

/// One line says that all is well; what is not has a line of its own.
fn summed_up(subject: &str, lines: Vec<(Standing, Line)>) -> Vec<Line> {
    let clean = lines.iter().filter(|(standing, _)| *standing == Standing::Clean).count();
    let mut told: Vec<Line> =
        lines.into_iter().filter(|(standing, _)| *standing != Standing::Clean).map(|(_, line)| line).collect();
    if clean > 0 {
        told.insert(0, Line::new(Health::Good, format!("{subject} block lists"), format!("on none of {clean} asked")));
    }
    told
}

async fn line(dns: &Dns, list: &BlockList, subject: String, question: String) -> (Standing, Line) {
    let standing = standing(list, dns.addresses_v4(&question).await);
    let line = told(list, &subject, &standing);
    (standing, line)
}

fn told(list: &BlockList, subject: &str, standing: &Standing) -> Line {
    let subject = format!("{subject} {}", list.name);
    match standing {
        Standing::Clean => Line::new(Health::Good, subject, "not listed"),
        Standing::Listed(codes) => {
            let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
            let health = if list.hurts == Hurts::Delivery { Health::Bad } else { Health::Weak };
            Line::new(health, subject, format!("listed ({}); see {}", codes.join(", "), list.remove))
        }
        Standing::Refused => Line::new(
            Health::Weak,
            subject,
            "the list does not answer this resolver; set ESTAMPILLE_DNS_SERVER to your own",
        ),
        Standing::Silent(why) => Line::new(Health::Weak, subject, why.clone()),
    }
}

fn standing(list: &BlockList, answer: Answer<Ipv4Addr>) -> Standing {
    match answer {
        Answer::Missing => Standing::Clean,
        Answer::Unreachable(why) => Standing::Silent(why),
        Answer::Found(codes) => {
            // First: 127.255.255.254 would look like a listing to who only asks whether there is an answer.
            if codes.iter().any(|code| fits(&list.refused, *code)) {
                return Standing::Refused;
            }
            let listed: Vec<Ipv4Addr> = codes.into_iter().filter(|code| fits(&list.listed, *code)).collect();
            if listed.is_empty() { Standing::Clean } else { Standing::Listed(listed) }
        }
    }
}

fn fits(patterns: &[String], code: Ipv4Addr) -> bool {
    let code = code.to_string();
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => code.starts_with(start),
        None => *pattern == code,
    })
}

/// An address as block lists are asked for it (RFC 5782, sections 2.1 and 2.4).
fn reversed(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.octets().iter().rev().map(ToString::to_string).collect::<Vec<_>>().join("."),
        IpAddr::V6(address) => {
            let nibbles = address.octets().into_iter().rev().flat_map(|octet| [octet & 0xf, octet >> 4]);
            nibbles.map(|nibble| format!("{nibble:x}")).collect::<Vec<_>>().join(".")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(name: &str) -> &'static BlockList {
        LISTS.iter().find(|list| list.name == name).unwrap()
    }

    fn found(codes: &[[u8; 4]]) -> Answer<Ipv4Addr> {
        Answer::Found(codes.iter().map(|code| Ipv4Addr::from(*code)).collect())
    }

    #[test]
    fn a02_a_refusal_to_answer_is_never_a_listing() {
        let zen = list("Spamhaus ZEN");
        assert_eq!(standing(zen, found(&[[127, 255, 255, 254]])), Standing::Refused);
        assert_eq!(standing(zen, found(&[[127, 255, 255, 252]])), Standing::Refused);
        assert_eq!(told(zen, "192.0.2.1", &Standing::Refused).health, Health::Weak);
    }

    #[test]
    fn a02_a_listing_hurts_and_says_where_to_go() {
        let zen = list("Spamhaus ZEN");
        let listed = standing(zen, found(&[[127, 0, 0, 2], [127, 0, 0, 9]]));
        assert_eq!(listed, Standing::Listed(vec![Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 0, 0, 9)]));
        let line = told(zen, "192.0.2.1", &listed);
        assert_eq!(line.health, Health::Bad);
        assert!(line.text.contains("127.0.0.2, 127.0.0.9") && line.text.contains("https://"), "{}", line.text);
        let dbl = list("Spamhaus DBL");
        assert_eq!(
            standing(dbl, found(&[[127, 0, 1, 255]])),
            Standing::Refused,
            "an address was asked of a list of domains"
        );
        assert!(matches!(standing(dbl, found(&[[127, 0, 1, 4]])), Standing::Listed(_)));
        assert_eq!(standing(zen, Answer::Missing), Standing::Clean);
    }

    #[test]
    fn addresses_are_asked_for_the_other_way_round() {
        assert_eq!(reversed("192.0.2.99".parse().unwrap()), "99.2.0.192");
        let six = reversed("2001:db8::1".parse().unwrap());
        assert!(six.starts_with("1.0.0.0.") && six.ends_with(".8.b.d.0.1.0.0.2"), "{six}");
        assert_eq!(six.len(), 63);
    }

    #[test]
    fn the_table_is_readable_and_every_row_says_where_it_was_learnt() {
        assert!(LISTS.len() >= 5);
        for list in LISTS.iter() {
            assert!(list.source.starts_with("https://") && list.as_of.len() == 10, "{}", list.name);
        }
    }
}
