//! From where a request comes, and in which language it asks.

use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap, USER_AGENT};
use actix_web::{FromRequest, HttpRequest};

use super::error::PageError;
use super::guard::app;
use crate::config::Settings;
use crate::texts::Language;

/// Where a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The network address, seen through trusted proxies; `unknown` on a listener without addresses.
    pub network: String,
    /// What it calls itself, cut at 300 characters.
    pub user_agent: String,
    /// The language it asks for, of those with a catalogue.
    pub language: Language,
}

impl Client {
    /// Reads where a request comes from.
    #[must_use]
    pub fn of(req: &HttpRequest, settings: &Settings) -> Self {
        let address = req.peer_addr().map(|peer| client_address(peer.ip(), req.headers(), settings));
        let agent = req.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Self {
            network: address.map_or_else(|| "unknown".to_owned(), |address| address.to_string()),
            user_agent: agent.chars().take(300).collect(),
            language: language_of(req.headers()),
        }
    }

    /// The neighbourhood that a limit counts: a /24, or a /64 of IPv6, which one household has.
    #[must_use]
    pub fn neighbourhood(&self) -> String {
        let prefix = |address: IpAddr| match address {
            IpAddr::V4(_) => ipnet::IpNet::new(address, 24),
            IpAddr::V6(_) => ipnet::IpNet::new(address, 64),
        };
        let network = self.network.parse().ok().and_then(|address| prefix(address).ok());
        network.map_or_else(|| self.network.clone(), |network| network.trunc().to_string())
    }
}

impl FromRequest for Client {
    type Error = PageError;
    type Future = std::future::Ready<Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        std::future::ready(app(req).map(|app| Self::of(req, &app.settings)))
    }
}

/// The nearest address in the chain of proxies that is not one of ours. What stands further left anybody can write.
fn client_address(peer: IpAddr, headers: &HeaderMap, settings: &Settings) -> IpAddr {
    let mut address = peer.to_canonical();
    let hops = forwarded_for(headers);
    for hop in hops.iter().rev() {
        if !settings.trusts(address) {
            break;
        }
        let Some(hop) = hop else { break };
        address = hop.to_canonical();
    }
    address
}

/// The hops of `Forwarded` (RFC 7239), else of `X-Forwarded-For`; `None` where one cannot be read.
fn forwarded_for(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let values = |name: &str| {
        let texts = headers.get_all(name).filter_map(|value| value.to_str().ok());
        texts.flat_map(|text| text.split(',')).map(|hop| hop.trim().to_owned()).collect::<Vec<_>>()
    };
    let forwarded = values("forwarded");
    if forwarded.is_empty() {
        return values("x-forwarded-for").iter().map(|hop| hop_address(hop)).collect();
    }
    forwarded.iter().map(|hop| hop_address(for_of(hop).unwrap_or_default())).collect()
}

fn for_of(hop: &str) -> Option<&str> {
    let pair = |part: &'_ str| {
        part.trim().len() > 4 && part.trim().get(..4).is_some_and(|key| key.eq_ignore_ascii_case("for="))
    };
    hop.split(';').find(|part| pair(part)).and_then(|part| part.trim().get(4..))
}

fn hop_address(hop: &str) -> Option<IpAddr> {
    let bare = hop.trim_matches('"');
    bare.parse().ok().or_else(|| bare.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip())).or_else(|| {
        let inner = bare.strip_prefix('[')?.split_once(']')?.0;
        inner.parse().ok()
    })
}

/// The first language of `Accept-Language` that has a catalogue.
#[must_use]
pub fn language_of(headers: &HeaderMap) -> Language {
    let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let tag =
        |part: &str| part.split(';').next().and_then(|tag| tag.split('-').next()).map(|tag| tag.trim().to_lowercase());
    wanted.split(',').take(20).filter_map(tag).find_map(|tag| tag.parse().ok()).unwrap_or(Language::ENGLISH)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use actix_web::test::TestRequest;

    use super::*;

    fn settings(trusted: &str) -> Settings {
        let values = BTreeMap::from([("ESTAMPILLE_TRUSTED_PROXIES".to_owned(), trusted.to_owned())]);
        Settings::from_values(&values).unwrap()
    }

    fn seen(trusted: &str, name: &'static str, value: &str) -> String {
        let peer = "10.0.0.9:4711".parse().unwrap();
        let request = TestRequest::default().peer_addr(peer).insert_header((name, value)).to_http_request();
        Client::of(&request, &settings(trusted)).network
    }

    #[test]
    fn forwarding_headers_are_believed_from_trusted_proxies_only_and_from_the_right() {
        for (trusted, name, value, expected) in [
            ("", "x-forwarded-for", "203.0.113.7", "10.0.0.9"),
            ("10.0.0.0/8", "x-forwarded-for", "203.0.113.7", "203.0.113.7"),
            ("10.0.0.0/8", "x-forwarded-for", "1.1.1.1, 203.0.113.7, 10.1.2.3", "203.0.113.7"),
            ("10.0.0.0/8", "x-forwarded-for", "203.0.113.7, nonsense", "10.0.0.9"),
            ("10.0.0.9", "forwarded", "for=192.0.2.1;proto=https", "192.0.2.1"),
            ("10.0.0.9", "forwarded", "proto=https;For=\"[2001:db8::7]:4711\"", "2001:db8::7"),
            ("10.0.0.9", "forwarded", "for=_hidden", "10.0.0.9"),
        ] {
            assert_eq!(seen(trusted, name, value), expected, "{trusted} {value}");
        }
    }

    #[test]
    fn a_limit_counts_the_neighbourhood() {
        let of = |network: &str| {
            let client = Client { network: network.to_owned(), user_agent: String::new(), language: Language::ENGLISH };
            client.neighbourhood()
        };
        assert_eq!(of("192.0.2.77"), "192.0.2.0/24");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(of("unknown"), "unknown");
    }

    #[test]
    fn the_first_language_with_a_catalogue_is_taken() {
        for (wanted, tag) in [("fr-CA,fr;q=0.9,en;q=0.8", "fr"), ("tlh, FR;q=0.5", "fr"), ("xx", "en"), ("", "en")] {
            let request = TestRequest::default().insert_header((ACCEPT_LANGUAGE, wanted)).to_http_request();
            assert_eq!(language_of(request.headers()).tag(), tag, "{wanted}");
        }
    }
}
