//! Fetching a policy from a domain's web server (RFC 8461, section 3.3).

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::CONTENT_TYPE;

use crate::mail::dns::{Answer, Dns};

/// Asks web servers for policies.
pub(super) struct Fetcher {
    web: reqwest::Client,
    port: u16,
}

/// Mail waits for it: less than the minute that the RFC allows.
const PATIENCE: Duration = Duration::from_secs(20);
/// Section 3.3.
const LONGEST_POLICY: usize = 64 * 1024;

impl Fetcher {
    /// Finds web servers by `dns`, and believes them by `tls`.
    ///
    /// # Errors
    /// When TLS cannot be used.
    pub(super) fn new(dns: Dns, tls: rustls::ClientConfig, port: u16) -> Result<Self, String> {
        let web = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(Names(dns))
            .timeout(PATIENCE)
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { web, port })
    }

    /// The text of a domain's policy.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub(super) async fn fetch(&self, domain: &str) -> Result<String, String> {
        let url = format!("https://mta-sts.{domain}:{}/.well-known/mta-sts.txt", self.port);
        let mut answer = self.web.get(url).send().await.map_err(|error| told(&error))?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(format!("the web server said {}", answer.status()));
        }
        let kind = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !kind.to_ascii_lowercase().starts_with("text/plain") {
            return Err(format!("the web server gave `{kind}` instead of text"));
        }
        let mut text = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| told(&error))? {
            text.extend_from_slice(&chunk);
            if text.len() > LONGEST_POLICY {
                return Err("the policy is too long".to_owned());
            }
        }
        String::from_utf8(text).map_err(|error| error.to_string())
    }
}

/// The last cause is the one that says something.
fn told(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// Names looked up as all others of this installation.
struct Names(Dns);

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let dns = self.0.clone();
        Box::pin(async move {
            match dns.addresses(name.as_str()).await {
                Answer::Found(found) => {
                    let addresses: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
                    Ok(addresses)
                }
                Answer::Missing => Err("the web server of the policy has no address".into()),
                Answer::Unreachable(why) => Err(why.into()),
            }
        })
    }
}
