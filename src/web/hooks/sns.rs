//! Amazon SNS: a signed envelope around each event of SES. See "Verifying the signatures of Amazon SNS messages" and
//! "Parsing Amazon SNS message formats" in its Developer Guide.
//!
//! Only the topics of the settings are listened to, and the only host that is ever asked is the SNS host of such a
//! topic's own region: for the certificate of a signature, and for the confirmation of a subscription whose message
//! carries a good one.

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, RsaParameters, UnparsedPublicKey,
};
use chrono::{DateTime, TimeDelta};
use data_encoding::BASE64;
use serde::Deserialize;
use url::Url;

use super::{Certificates, Proven, Refused, window};
use crate::clock::Timestamp;

/// SNS tries for an hour at most.
const LONGEST: TimeDelta = TimeDelta::hours(2);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope {
    #[serde(rename = "Type")]
    kind: String,
    message_id: String,
    topic_arn: String,
    subject: Option<String>,
    message: String,
    timestamp: String,
    signature_version: String,
    signature: String,
    #[serde(rename = "SigningCertURL")]
    certificate_url: String,
    #[serde(rename = "SubscribeURL")]
    subscribe_url: Option<String>,
    token: Option<String>,
}

/// The event in a notification of one of these topics, when SNS signed it. A subscription is confirmed.
pub(super) async fn check(
    topics: &[String],
    certificates: &Certificates,
    body: &[u8],
    now: Timestamp,
) -> Result<Proven, Refused> {
    let envelope: Envelope = serde_json::from_slice(body).map_err(|_unlike| Refused::Unreadable)?;
    let host = host_of(topics.iter().find(|topic| **topic == envelope.topic_arn).ok_or(Refused::NotTheirs)?);
    let host = host.ok_or(Refused::NotTheirs)?;
    let made_at = DateTime::parse_from_rfc3339(&envelope.timestamp).map_err(|_no_time| Refused::Unreadable)?;
    window::check(made_at.to_utc().into(), LONGEST, now)?;
    let certificate_url = certificate_url(&envelope.certificate_url, &host).ok_or(Refused::NotTheirs)?;
    let (algorithm, signature) = (algorithm(&envelope)?, BASE64.decode(envelope.signature.as_bytes()));
    let signature = signature.map_err(|_no_base64| Refused::NotTheirs)?;
    let key = certificates.key(&certificate_url).await?;
    let key = UnparsedPublicKey::new(algorithm, &*key);
    key.verify(signed_text(&envelope).as_bytes(), &signature).map_err(|_wrong| Refused::NotTheirs)?;
    match envelope.kind.as_str() {
        "Notification" => Ok(Proven::Events(envelope.message.into_bytes())),
        "SubscriptionConfirmation" => confirm(&envelope, &host, certificates).await,
        // Whoever ended the subscription can begin it again; we do not.
        _ => Ok(Proven::Nothing),
    }
}

/// The SNS host of a topic's region: `arn:PARTITION:sns:REGION:ACCOUNT:NAME`.
fn host_of(topic: &str) -> Option<String> {
    let mut parts = topic.split(':').skip(1);
    let (partition, region) = (parts.next()?, parts.nth(1)?);
    let is_name =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let end = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    (!region.is_empty() && is_name(region)).then(|| format!("sns.{region}.{end}"))
}

fn certificate_url(text: &str, host: &str) -> Option<Url> {
    let url = at_host(text, host)?;
    let is_certificate = url.path().ends_with(".pem") && url.path().matches('/').count() == 1 && url.query().is_none();
    is_certificate.then_some(url)
}

/// An address on exactly this host, by HTTPS on its own port, without credentials.
fn at_host(text: &str, host: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_bare = url.port().is_none() && url.username().is_empty() && url.password().is_none();
    (url.scheme() == "https" && url.host_str() == Some(host) && is_bare).then_some(url)
}

fn algorithm(envelope: &Envelope) -> Result<&'static RsaParameters, Refused> {
    match envelope.signature_version.as_str() {
        "1" => Ok(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY),
        "2" => Ok(&RSA_PKCS1_2048_8192_SHA256),
        _ => Err(Refused::NotTheirs),
    }
}

/// What SNS signs: names and values of certain fields in the order of their names, each on a line of its own.
fn signed_text(envelope: &Envelope) -> String {
    let is_notification = envelope.kind == "Notification";
    let (subject, subscribe_url, token) = (&envelope.subject, &envelope.subscribe_url, &envelope.token);
    let fields = [
        ("Message", Some(&envelope.message)),
        ("MessageId", Some(&envelope.message_id)),
        ("Subject", subject.as_ref().filter(|_| is_notification)),
        ("SubscribeURL", subscribe_url.as_ref().filter(|_| !is_notification)),
        ("Timestamp", Some(&envelope.timestamp)),
        ("Token", token.as_ref().filter(|_| !is_notification)),
        ("TopicArn", Some(&envelope.topic_arn)),
        ("Type", Some(&envelope.kind)),
    ];
    fields.iter().filter_map(|(name, value)| value.map(|value| format!("{name}\n{value}\n"))).collect()
}

/// Confirms the subscription of a pinned topic at its own host; nothing else in the answer is looked at.
async fn confirm(envelope: &Envelope, host: &str, certificates: &Certificates) -> Result<Proven, Refused> {
    let url = at_host(envelope.subscribe_url.as_deref().unwrap_or_default(), host).ok_or(Refused::NotTheirs)?;
    let says = |wanted: &str, is: &str| url.query_pairs().any(|(key, value)| key == wanted && value == is);
    if !says("Action", "ConfirmSubscription") || !says("TopicArn", &envelope.topic_arn) {
        return Err(Refused::NotTheirs);
    }
    certificates.get(&url).await?;
    tracing::info!(topic = envelope.topic_arn, "SNS will notify us");
    Ok(Proven::Nothing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sns_host_of_the_topics_own_region_is_ever_asked() {
        let host = host_of("arn:aws:sns:eu-west-1:123456789012:reports").unwrap();
        assert_eq!(host, "sns.eu-west-1.amazonaws.com");
        assert_eq!(host_of("arn:aws-cn:sns:cn-north-1:1:x").unwrap(), "sns.cn-north-1.amazonaws.com.cn");
        assert_eq!(host_of("arn:aws:sns:x.evil.example/:1:x"), None);
        assert!(
            certificate_url("https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0f.pem", &host).is_some()
        );
        for url in [
            "http://sns.eu-west-1.amazonaws.com/x.pem",
            "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem",
            "https://evil.example/x.pem?https://sns.eu-west-1.amazonaws.com/x.pem",
            "https://sns.eu-west-1.amazonaws.com@evil.example/x.pem",
            "https://u:p@sns.eu-west-1.amazonaws.com/x.pem",
            "https://sns.eu-west-1.amazonaws.com:8443/x.pem",
            "https://sns.us-east-1.amazonaws.com/x.pem",
            "https://s3.eu-west-1.amazonaws.com/bucket/x.pem",
            "https://sns.eu-west-1.amazonaws.com/bucket/x.pem",
            "https://sns.eu-west-1.amazonaws.com/x.pem?Action=ConfirmSubscription",
            "https://sns.eu-west-1.amazonaws.com/",
            "file:///etc/x.pem",
            "x.pem",
        ] {
            assert_eq!(certificate_url(url, &host), None, "{url}");
        }
    }
}
