//! The certificates with which SNS signs: fetched from the SNS host of the pinned topic's region, and remembered.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::sync::Mutex;
use url::Url;

use super::Refused;

/// Largest certificate that is read, in bytes.
const LARGEST: usize = 64 * 1024;
/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Certificates that are remembered: SNS changes its own a few times a year.
const MOST: usize = 20;

/// The public keys of certificates by their address, and how they are fetched: by HTTPS, following no redirection.
#[derive(Debug, Clone, Default)]
pub struct Certificates {
    /// Made when it is first needed.
    client: Arc<Mutex<Option<reqwest::Client>>>,
    known: Arc<RwLock<HashMap<String, Arc<[u8]>>>>,
}

impl Certificates {
    /// Certificates that this client fetches.
    #[must_use]
    pub fn fetched_by(client: reqwest::Client) -> Self {
        Self { client: Arc::new(Mutex::new(Some(client))), known: Arc::default() }
    }

    /// The public key (`SubjectPublicKeyInfo`, DER) of the certificate at an address that was judged good.
    pub(super) async fn key(&self, url: &Url) -> Result<Arc<[u8]>, Refused> {
        if let Some(key) = self.remembered(url) {
            return Ok(key);
        }
        let pem = self.get(url).await?;
        let der = CertificateDer::from_pem_slice(&pem).map_err(|_no_pem| Refused::NotTheirs)?;
        let certificate = webpki::EndEntityCert::try_from(&der).map_err(|_unreadable| Refused::NotTheirs)?;
        let key: Arc<[u8]> = certificate.subject_public_key_info().as_ref().into();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(url.to_string(), Arc::clone(&key));
        Ok(key)
    }

    fn remembered(&self, url: &Url) -> Option<Arc<[u8]>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(url.as_str()).cloned()
    }

    /// What is at an address; one request at a time, so that nobody makes us many.
    pub(super) async fn get(&self, url: &Url) -> Result<Vec<u8>, Refused> {
        let work = async {
            let mut client = self.client.lock().await;
            let client = match client.as_ref() {
                Some(client) => client,
                None => client.insert(careful()?),
            };
            let mut answer = client.get(url.clone()).send().await?.error_for_status()?;
            let mut bytes = Vec::new();
            while let Some(chunk) = answer.chunk().await? {
                bytes.extend_from_slice(&chunk);
                if bytes.len() > LARGEST {
                    break;
                }
            }
            Ok::<_, reqwest::Error>(bytes)
        };
        match tokio::time::timeout(2 * PATIENCE, work).await {
            Ok(Ok(bytes)) if bytes.len() <= LARGEST => Ok(bytes),
            Ok(Ok(_)) => Err(Refused::NotTheirs),
            Ok(Err(error)) => {
                tracing::warn!(%error, "SNS does not answer");
                Err(Refused::NotNow)
            }
            Err(_) => Err(Refused::NotNow),
        }
    }
}

fn careful() -> reqwest::Result<reqwest::Client> {
    let client = reqwest::Client::builder().https_only(true).redirect(reqwest::redirect::Policy::none());
    client.timeout(PATIENCE).build()
}
