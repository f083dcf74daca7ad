//! A false Amazon SNS: an HTTPS server under the name of the real one, with a certificate that signs.

use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use data_encoding::BASE64;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, SigningKey};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::provider::Call;

pub(super) const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:reports";
pub(super) const CERTIFICATE: &str = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0f.pem";
const HOST: &str = "sns.eu-west-1.amazonaws.com";

pub(in crate::inbound) struct Sns {
    key: KeyPair,
    /// What was asked of it: the first line of each request.
    pub(super) asked: Arc<Mutex<Vec<String>>>,
    authority: Vec<u8>,
    address: std::net::SocketAddr,
}

impl Sns {
    pub(super) async fn start() -> Self {
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
        let signing = CertificateParams::new(vec!["sns.amazonaws.com".to_owned()]).unwrap().self_signed(&key).unwrap();
        let server_key = KeyPair::generate().unwrap();
        let server = CertificateParams::new(vec![HOST.to_owned()]).unwrap().self_signed(&server_key).unwrap();
        let config = rustls::ServerConfig::builder_with_provider(rustls::crypto::aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![server.der().clone()], server_key.serialize_der().try_into().unwrap())
            .unwrap();
        let (asked, listener) = (Arc::new(Mutex::new(Vec::new())), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, TlsAcceptor::from(Arc::new(config)), signing.pem(), Arc::clone(&asked)));
        Self { key, asked, authority: server.der().to_vec(), address }
    }

    /// What believes that this is Amazon's host.
    pub(super) fn client(&self) -> reqwest::Client {
        reqwest::Client::builder()
            .https_only(true)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .resolve(HOST, self.address)
            .tls_certs_only([reqwest::Certificate::from_der(&self.authority).unwrap()])
            .build()
            .unwrap()
    }

    /// A notification with this message, in the newer way of signing.
    pub(super) fn notify(&self, message: &str, timestamp: &str) -> Call {
        self.signed(&Self::notification(message, timestamp), "2")
    }

    /// A notification without its signature.
    pub(super) fn notification(message: &str, timestamp: &str) -> Value {
        json!({
            "Type": "Notification", "MessageId": "da41e39f-ea4d-435a-b922-c6aae3915ebe", "TopicArn": TOPIC,
            "Message": message, "Timestamp": timestamp, "SigningCertURL": CERTIFICATE,
            "UnsubscribeURL": format!("https://{HOST}/?Action=Unsubscribe&SubscriptionArn={TOPIC}:x"),
        })
    }

    /// A question whether we want to be notified.
    pub(super) fn subscription(topic: &str, url: &str, timestamp: &str) -> Value {
        json!({
            "Type": "SubscriptionConfirmation", "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b", "Token": "2336412f37",
            "TopicArn": topic, "Message": "You have chosen to subscribe.", "SubscribeURL": url, "Timestamp": timestamp,
            "SigningCertURL": CERTIFICATE,
        })
    }

    /// Signs an envelope as SNS does: SHA-1 in version 1, SHA-256 in version 2.
    pub(super) fn signed(&self, envelope: &Value, version: &str) -> Call {
        let names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
        let lines = names.iter().filter_map(|name| Some(format!("{name}\n{}\n", envelope.get(name)?.as_str()?)));
        let text: String = lines.collect();
        let signature = match version {
            "1" => sha1_signature(&self.key.serialize_pem(), &text),
            _ => self.key.sign(text.as_bytes()).unwrap(),
        };
        let mut envelope = envelope.clone();
        envelope["SignatureVersion"] = json!(version);
        envelope["Signature"] = json!(BASE64.encode(&signature));
        call(&envelope)
    }
}

/// An envelope as SNS posts it.
pub(super) fn call(envelope: &Value) -> Call {
    let headers = vec![("content-type", "text/plain; charset=UTF-8".to_owned())];
    Call { provider: "ses", headers, body: envelope.to_string() }
}

/// Nothing but the old tool signs with SHA-1 any more.
fn sha1_signature(key: &str, text: &str) -> Vec<u8> {
    use std::io::Write;
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("key.pem");
    std::fs::write(&file, key).unwrap();
    let mut openssl = Command::new("openssl")
        .args(["dgst", "-sha1", "-sign", file.to_str().unwrap()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    openssl.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = openssl.wait_with_output().unwrap();
    assert!(output.status.success());
    output.stdout
}

async fn serve(listener: TcpListener, tls: TlsAcceptor, certificate: String, asked: Arc<Mutex<Vec<String>>>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        // Whoever does not believe our certificate hangs up.
        let Ok(stream) = tls.accept(stream).await else { continue };
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        let mut header = String::new();
        while stream.read_line(&mut header).await.unwrap() > 2 {
            header.clear();
        }
        let body = if line.contains(".pem") { certificate.as_str() } else { "<ConfirmSubscriptionResponse/>" };
        asked.lock().unwrap().push(line.trim_end().to_owned());
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
    }
}
