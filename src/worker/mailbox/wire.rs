//! Connections to mail servers, and their encryption. Nothing is said in clear but the wish to encrypt.

use std::io;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::config::MailboxUrl;

/// An encrypted connection.
pub(super) type Encrypted = TlsStream<TcpStream>;

/// Connects to the server.
pub(super) async fn connect(mailbox: &MailboxUrl) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((mailbox.host.as_str(), mailbox.port)).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Encrypts a connection; the certificate must be the host's, signed by whom this machine or the URL trusts.
pub(super) async fn encrypt(stream: TcpStream, mailbox: &MailboxUrl) -> io::Result<Encrypted> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = &mailbox.authority {
        let said = |error: String| io::Error::other(format!("{}: {error}", file.display()));
        for certificate in CertificateDer::pem_file_iter(file).map_err(|error| said(error.to_string()))? {
            let certificate = certificate.map_err(|error| said(error.to_string()))?;
            roots.add(certificate).map_err(|error| said(error.to_string()))?;
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(mailbox.host.clone()).map_err(io::Error::other)?;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}
