//! Questions to the domain name system, asked at the edge; rules get the answers as values.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};

/// What the domain name system says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<T> {
    /// Records of the kind asked for.
    Found(Vec<T>),
    /// There are none, or there is no such name.
    Missing,
    /// Nobody answered; says nothing about the records.
    Unreachable(String),
}

impl<T> Answer<T> {
    /// The records; none where there are none or nobody answered.
    pub fn records(&self) -> &[T] {
        match self {
            Self::Found(records) => records,
            Self::Missing | Self::Unreachable(_) => &[],
        }
    }
}

/// One line of what a domain says about where its mail goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exchange {
    /// The lowest goes first.
    pub preference: u16,
    /// The host; empty for the root, which means that the domain takes no mail (RFC 7505).
    pub host: String,
}

/// How long one question may take.
const TIMEOUT: Duration = Duration::from_secs(3);

/// A resolver.
#[derive(Clone)]
pub struct Dns(Result<Resolvers, String>);

/// The same name server, asked in two ways.
#[derive(Clone)]
struct Resolvers {
    /// Remembers answers for as long as they say.
    usual: TokioResolver,
    /// Remembers nothing: what it says was said just now.
    forgetful: TokioResolver,
}

impl Dns {
    /// A resolver that asks `server`, or the system's where none is given.
    #[must_use]
    pub fn new(server: Option<SocketAddr>) -> Self {
        let both =
            resolver(server, true).and_then(|usual| Ok(Resolvers { usual, forgetful: resolver(server, false)? }));
        Self(both.map_err(|error| error.to_string()))
    }

    /// The TXT records of a name, each with its parts joined (RFC 7208, section 3.3).
    pub async fn txt(&self, name: &str) -> Answer<String> {
        self.ask(name, RecordType::TXT, |data| match data {
            RData::TXT(txt) => Some(txt.txt_data.iter().map(|part| String::from_utf8_lossy(part)).collect()),
            _ => None,
        })
        .await
    }

    /// The mail exchangers of a domain, best first, without the trailing dot (RFC 5321, section 5.1).
    pub async fn mx(&self, name: &str) -> Answer<String> {
        match self.exchanges(name).await {
            Answer::Found(mut exchanges) => {
                exchanges.sort();
                Answer::Found(exchanges.into_iter().map(|exchange| exchange.host).collect())
            }
            Answer::Missing => Answer::Missing,
            Answer::Unreachable(why) => Answer::Unreachable(why),
        }
    }

    /// The mail exchangers of a domain with their preferences, in the order of the answer.
    pub async fn exchanges(&self, name: &str) -> Answer<Exchange> {
        self.ask(name, RecordType::MX, |data| match data {
            RData::MX(mx) => Some(Exchange { preference: mx.preference, host: host_name(&mx.exchange) }),
            _ => None,
        })
        .await
    }

    /// The names that a network address has by reverse lookup, without the trailing dot (RFC 1035, section 3.5).
    pub async fn names_of(&self, address: IpAddr) -> Answer<String> {
        let name = Name::from(address).to_ascii();
        self.ask(name.trim_end_matches('.'), RecordType::PTR, |data| match data {
            RData::PTR(pointer) => Some(host_name(pointer)),
            _ => None,
        })
        .await
    }

    /// Whether the resolver itself works: it says something of the root, be it only that it will not.
    pub async fn is_working(&self) -> bool {
        match &self.0 {
            Ok(both) => match tokio::time::timeout(TIMEOUT * 2, both.forgetful.lookup(".", RecordType::NS)).await {
                Ok(Ok(_)) => true,
                Ok(Err(NetError::Dns(DnsError::ResponseCode(code)))) => code != ResponseCode::ServFail,
                Ok(Err(error)) => error.is_no_records_found(),
                Err(_) => false,
            },
            Err(_) => false,
        }
    }

    /// The IPv4 addresses of a host; block lists answer with them too (RFC 5782).
    pub async fn addresses_v4(&self, name: &str) -> Answer<Ipv4Addr> {
        self.ask(name, RecordType::A, |data| match data {
            RData::A(address) => Some(address.0),
            _ => None,
        })
        .await
    }

    /// The network addresses of a host.
    pub async fn addresses(&self, name: &str) -> Answer<IpAddr> {
        let four = self.ask(name, RecordType::A, |data| match data {
            RData::A(address) => Some(IpAddr::from(address.0)),
            _ => None,
        });
        let six = self.ask(name, RecordType::AAAA, |data| match data {
            RData::AAAA(address) => Some(IpAddr::from(address.0)),
            _ => None,
        });
        match tokio::join!(four, six) {
            (Answer::Found(mut four), six) => {
                four.extend_from_slice(six.records());
                Answer::Found(four)
            }
            (Answer::Unreachable(_), Answer::Found(six)) | (Answer::Missing, Answer::Found(six)) => Answer::Found(six),
            (Answer::Missing, Answer::Missing) => Answer::Missing,
            (Answer::Unreachable(why), _) | (_, Answer::Unreachable(why)) => Answer::Unreachable(why),
        }
    }

    async fn ask<T>(&self, name: &str, kind: RecordType, read: impl Fn(&RData) -> Option<T>) -> Answer<T> {
        let resolver = match &self.0 {
            Ok(both) => &both.usual,
            Err(why) => return Answer::Unreachable(why.clone()),
        };
        // The trailing dot keeps the system's search list out of it.
        match tokio::time::timeout(TIMEOUT * 2, resolver.lookup(format!("{name}."), kind)).await {
            Ok(Ok(lookup)) => {
                let records: Vec<T> = lookup.answers().iter().filter_map(|record| read(&record.data)).collect();
                if records.is_empty() { Answer::Missing } else { Answer::Found(records) }
            }
            Ok(Err(error)) => missing_or_unreachable(&error),
            Err(_) => Answer::Unreachable("no answer in time".to_owned()),
        }
    }
}

fn host_name(name: &Name) -> String {
    name.to_ascii().trim_end_matches('.').to_lowercase()
}

fn missing_or_unreachable<T>(error: &NetError) -> Answer<T> {
    if error.is_no_records_found() || error.is_nx_domain() {
        Answer::Missing
    } else {
        Answer::Unreachable(error.to_string())
    }
}

fn resolver(server: Option<SocketAddr>, remembers: bool) -> Result<TokioResolver, NetError> {
    let mut builder = match server {
        None => TokioResolver::builder_tokio()?,
        Some(address) => {
            let mut name_server = NameServerConfig::udp_and_tcp(address.ip());
            for connection in &mut name_server.connections {
                connection.port = address.port();
            }
            let config = ResolverConfig::from_name_servers(vec![name_server]);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        }
    };
    builder.options_mut().timeout = TIMEOUT;
    builder.options_mut().attempts = 1;
    if !remembers {
        builder.options_mut().cache_size = 0;
    }
    builder.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_is_not_there_says_nothing_about_the_records() {
        let closed = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(matches!(Dns::new(Some(closed)).txt("example.org").await, Answer::Unreachable(_)));
    }
}
