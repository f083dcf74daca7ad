//! A small internet on loopback addresses: name servers, receivers' mail servers with the manners of real ones, and web
//! servers with MTA-STS policies. Real sockets throughout.

pub(crate) mod certificates;
pub(crate) mod manners;
pub(crate) mod names;
pub(crate) mod receiver;
pub(crate) mod silence;
pub(crate) mod web;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU8, Ordering};

use tempfile::TempDir;

pub(crate) use certificates::Authority;
pub(crate) use manners::{Login, Manners, Tls};
pub(crate) use names::Names;
pub(crate) use receiver::Receiver;
pub(crate) use silence::Silence;

/// The whole of it; goes away with this value.
pub(crate) struct World {
    /// Who knows the names.
    pub(crate) names: Names,
    /// Who signs certificates.
    pub(crate) authority: Authority,
    /// Who waits at the servers that say nothing.
    pub(crate) silence: Silence,
    /// The port of every mail server.
    pub(crate) port: u16,
    policy_port: u16,
    next: AtomicU8,
    folder: TempDir,
}

impl World {
    /// An empty world.
    pub(crate) async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let authority = Authority::new();
        std::fs::write(folder.path().join("roots.pem"), authority.pem()).unwrap();
        Self {
            names: Names::start().await,
            authority,
            silence: Silence::default(),
            port: free_port(),
            policy_port: free_port(),
            next: AtomicU8::new(1),
            folder,
        }
    }

    /// As `ESTAMPILLE_RELAY_URL` takes it; `more` are further parameters, such as `&source=…`.
    pub(crate) fn url(&self, more: &str) -> String {
        format!("direct:?port={}&policy_port={}&roots={}{more}", self.port, self.policy_port, self.roots())
    }

    /// The file with the certificate of its authority.
    pub(crate) fn roots(&self) -> String {
        self.folder.path().join("roots.pem").display().to_string()
    }

    /// As `ESTAMPILLE_DNS_SERVER` takes it.
    pub(crate) fn dns_server(&self) -> String {
        self.names.address().to_string()
    }

    /// A mail server of this name with these manners, on an address of its own; its name has an address then.
    pub(crate) async fn server(&self, host: &str, manners: Manners) -> Receiver {
        let address = self.address();
        self.names.address_of(host, address);
        self.server_at(address, host, manners).await
    }

    /// A mail server on this address, which the name servers are not told of.
    pub(crate) async fn server_at(&self, address: IpAddr, host: &str, manners: Manners) -> Receiver {
        let tls = manners.server_config(&self.authority, host);
        let room = receiver::Room { silence: self.silence.clone(), tls };
        Receiver::start(SocketAddr::new(address, self.port), host, manners, room).await
    }

    /// A domain whose mail goes to one server of these manners.
    pub(crate) async fn domain(&self, domain: &str, manners: Manners) -> Receiver {
        let host = format!("mx.{domain}");
        self.names.mx(domain, &[(10, &host)]);
        self.server(&host, manners).await
    }

    /// A web server with the MTA-STS policy of a domain, and the record that says so.
    pub(crate) async fn policy(&self, domain: &str, policy: &str) {
        let host = format!("mta-sts.{domain}");
        self.names.txt(&format!("_mta-sts.{domain}"), "v=STSv1; id=20261122;");
        let address = self.address();
        self.names.address_of(&host, address);
        let config = self.authority.server_config(&host);
        web::serve_text(SocketAddr::new(address, self.policy_port), config, policy).await;
    }

    /// An address of this world that nobody has.
    pub(crate) fn address(&self) -> IpAddr {
        Ipv4Addr::new(127, 0, 1, self.next.fetch_add(1, Ordering::SeqCst)).into()
    }
}

/// A port that is free on all addresses of this machine.
fn free_port() -> u16 {
    std::net::TcpListener::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port()
}
