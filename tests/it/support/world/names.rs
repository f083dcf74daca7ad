//! The name server of the world (hickory-server): what each name has, and what is wrong with some.

use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_resolver::config::{NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_server::Server;
use hickory_server::net::runtime::Time;
use hickory_server::proto::op::{Metadata, ResponseCode};
use hickory_server::proto::rr::rdata::{CNAME, MX, PTR, TXT};
use hickory_server::proto::rr::{Name, RData, Record, RecordType};
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::MessageResponseBuilder;
use mail_auth::MessageAuthenticator;
use tokio::net::{TcpListener, UdpSocket};

/// What is known of names.
#[derive(Default)]
struct Known {
    records: HashMap<String, Vec<RData>>,
    broken: Vec<String>,
}

/// A name server.
pub(crate) struct Names {
    address: SocketAddr,
    known: Arc<Mutex<Known>>,
    /// Answers as long as this value is there.
    server: tokio::sync::Mutex<Option<Server<Answers>>>,
}

impl Names {
    /// One that knows nothing.
    pub(crate) async fn start() -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = tcp.local_addr().unwrap();
        let known = Arc::<Mutex<Known>>::default();
        let mut server = Server::new(Answers(Arc::clone(&known)));
        server.register_socket(UdpSocket::bind(address).await.unwrap());
        server.register_listener(tcp, Duration::from_secs(5), 64);
        Self { address, known, server: tokio::sync::Mutex::new(Some(server)) }
    }

    /// Where it answers.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// It answers no more.
    pub(crate) async fn go_down(&self) {
        if let Some(mut server) = self.server.lock().await.take() {
            server.shutdown_gracefully().await.unwrap();
        }
    }

    /// It answers again.
    pub(crate) async fn come_back(&self) {
        let mut server = Server::new(Answers(Arc::clone(&self.known)));
        server.register_socket(UdpSocket::bind(self.address).await.unwrap());
        server.register_listener(TcpListener::bind(self.address).await.unwrap(), Duration::from_secs(5), 64);
        *self.server.lock().await = Some(server);
    }

    /// Mail to a domain goes to these hosts.
    pub(crate) fn mx(&self, domain: &str, hosts: &[(u16, &str)]) {
        for (preference, host) in hosts {
            self.add(domain, RData::MX(MX::new(*preference, name(host))));
        }
    }

    /// The domain takes no mail (RFC 7505).
    pub(crate) fn null_mx(&self, domain: &str) {
        self.add(domain, RData::MX(MX::new(0, Name::root())));
    }

    /// A host has this address.
    pub(crate) fn address_of(&self, host: &str, address: IpAddr) {
        self.add(host, RData::from(address));
    }

    /// A name is another name.
    pub(crate) fn alias(&self, host: &str, other: &str) {
        self.add(host, RData::CNAME(CNAME(name(other))));
    }

    /// A text record, in as many parts as it needs.
    pub(crate) fn txt(&self, host: &str, text: &str) {
        let parts = text.as_bytes().chunks(255).map(|part| String::from_utf8_lossy(part).into_owned());
        self.add(host, RData::TXT(TXT::new(parts.collect())));
    }

    /// A verifier of signatures that asks here.
    pub(crate) fn verifier(&self) -> MessageAuthenticator {
        let mut server = NameServerConfig::udp_and_tcp(self.address.ip());
        for connection in &mut server.connections {
            connection.port = self.address.port();
        }
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
        MessageAuthenticator::new(config, ResolverOpts::default()).unwrap()
    }

    /// An address has this name by reverse lookup.
    pub(crate) fn name_of(&self, address: IpAddr, host: &str) {
        self.add(&Name::from(address).to_ascii(), RData::PTR(PTR(name(host))));
    }

    /// Everything at and below this name ends in SERVFAIL.
    pub(crate) fn breaks(&self, domain: &str) {
        self.known.lock().unwrap().broken.push(key(domain));
    }

    fn add(&self, host: &str, data: RData) {
        self.known.lock().unwrap().records.entry(key(host)).or_default().push(data);
    }
}

fn name(host: &str) -> Name {
    Name::from_str(&key(host)).unwrap()
}

fn key(host: &str) -> String {
    format!("{}.", host.trim_end_matches('.').to_lowercase())
}

struct Answers(Arc<Mutex<Known>>);

impl Answers {
    fn find(&self, asked: &str, kind: RecordType) -> (ResponseCode, Vec<Record>) {
        let known = self.0.lock().unwrap();
        if known.broken.iter().any(|broken| asked == broken || asked.ends_with(&format!(".{broken}"))) {
            return (ResponseCode::ServFail, Vec::new());
        }
        let mut answers = Vec::new();
        let mut here = asked.to_owned();
        while let Some(found) = known.records.get(&here) {
            let owner = Name::from_str(&here).unwrap();
            let record = |data: &RData| Record::from_rdata(owner.clone(), 1, data.clone());
            answers.extend(found.iter().filter(|data| data.record_type() == kind).map(record));
            let alias = found.iter().find_map(|data| match data {
                RData::CNAME(CNAME(other)) => Some((record(data), other.to_ascii())),
                _ => None,
            });
            let Some((record, other)) = alias.filter(|_| kind != RecordType::CNAME) else {
                return (ResponseCode::NoError, answers);
            };
            answers.push(record);
            here = other;
        }
        if answers.is_empty() && asked != "." {
            (ResponseCode::NXDomain, answers)
        } else {
            (ResponseCode::NoError, answers)
        }
    }
}

impl RequestHandler for Answers {
    // What `async_trait` would write.
    fn handle_request<'life0, 'life1, 'async_trait, R, T>(
        &'life0 self,
        request: &'life1 Request,
        mut response: R,
    ) -> Pin<Box<dyn Future<Output = ResponseInfo> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait,
        R: ResponseHandler + 'async_trait,
        T: Time + 'async_trait,
    {
        Box::pin(async move {
            let info = request.request_info().unwrap();
            let asked = Name::from(info.query.name().clone()).to_ascii().to_lowercase();
            let (code, answers) = self.find(&asked, info.query.query_type());
            let mut metadata = Metadata::response_from_request(info.metadata);
            metadata.response_code = code;
            metadata.authoritative = true;
            metadata.recursion_available = true;
            let none: [&Record; 0] = [];
            let message =
                MessageResponseBuilder::from_message_request(request).build(metadata, &answers, none, none, none);
            response.send_response(message).await.unwrap()
        })
    }
}
