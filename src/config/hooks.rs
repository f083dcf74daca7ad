//! Where reports are fetched, and whose webhooks are believed.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::values::Values;
use super::{ConfigError, masked_url};
use crate::clock::parse_duration;
use crate::mail::relay_events::Provider;

/// Whose webhooks are believed, and by what; a provider without a setting has no route.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct HookSettings {
    /// The SNS topics whose notifications are taken (`TopicArn`).
    pub ses: Vec<String>,
    /// `user:password` in the URL given to Postmark.
    pub postmark: Option<String>,
    /// Mailgun's webhook signing key.
    pub mailgun: Option<String>,
    /// SendGrid's verification key: the public key in DER.
    pub sendgrid: Option<Vec<u8>>,
    /// `user:password` in the URL given to Brevo, or the bearer token.
    pub brevo: Option<String>,
}

impl std::fmt::Debug for HookSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.providers()).finish()
    }
}

impl HookSettings {
    /// The providers whose webhooks are taken.
    pub fn providers(&self) -> impl Iterator<Item = Provider> {
        Provider::ALL.iter().copied().filter(|provider| match provider {
            Provider::Ses => !self.ses.is_empty(),
            Provider::Postmark => self.postmark.is_some(),
            Provider::Mailgun => self.mailgun.is_some(),
            Provider::SendGrid => self.sendgrid.is_some(),
            Provider::Brevo => self.brevo.is_some(),
        })
    }
}

/// Whose webhooks are believed.
pub(super) fn read(values: &Values<'_>) -> Result<HookSettings, ConfigError> {
    const PASSWORD: &str = "needs USER:PASSWORD, sixteen characters or more";
    const SECRET: &str = "needs a secret of sixteen characters or more";
    const TOPIC: &str = "needs the ARN of an SNS topic, such as arn:aws:sns:eu-west-1:123456789012:reports";
    Ok(HookSettings {
        ses: values.read("hook_ses", Vec::new, topics, TOPIC)?,
        postmark: values.hidden("hook_postmark", password, PASSWORD)?,
        mailgun: values.hidden("hook_mailgun", secret, SECRET)?,
        sendgrid: values.hidden("hook_sendgrid", public_key, "needs the verification key, base64")?,
        brevo: values.hidden("hook_brevo", secret, SECRET)?,
    })
}

/// The ARNs of SNS topics.
fn topics(text: &str) -> Option<Vec<String>> {
    let is_topic = |arn: &str| {
        let parts: Vec<&str> = arn.split(':').collect();
        matches!(parts.as_slice(), ["arn", partition, "sns", region, account, name]
            if partition.starts_with("aws") && ![region, account, name].iter().any(|part| part.is_empty()))
    };
    let topics: Vec<String> = text.split(',').map(|arn| arn.trim().to_owned()).collect();
    topics.iter().all(|arn| is_topic(arn)).then_some(topics)
}

/// A secret that is hard enough to guess.
fn secret(text: &str) -> Option<Option<String>> {
    (text.len() >= 16 && !text.chars().any(char::is_whitespace)).then(|| Some(text.to_owned()))
}

/// `user:password`, as it stands in a URL.
fn password(text: &str) -> Option<Option<String>> {
    let (user, _) = text.split_once(':')?;
    if user.is_empty() { None } else { secret(text) }
}

/// A public key as SendGrid shows it: base64 of its DER, with or without the lines around a PEM.
fn public_key(text: &str) -> Option<Option<Vec<u8>>> {
    let bare: String = text.lines().filter(|line| !line.starts_with("-----")).flat_map(str::split_whitespace).collect();
    let der = data_encoding::BASE64.decode(bare.as_bytes()).ok()?;
    (der.len() > 64).then_some(Some(der))
}

/// A mailbox whose messages are reports: taken in, then removed.
#[derive(Clone, PartialEq, Eq)]
pub struct MailboxUrl {
    /// How it is spoken to.
    pub protocol: MailboxProtocol,
    /// Whether TLS begins with the connection, or by STARTTLS (STLS); never without.
    pub is_tls_from_the_start: bool,
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Who signs in.
    pub user: String,
    /// With what.
    pub password: String,
    /// The folder (IMAP).
    pub folder: String,
    /// How often it is looked into.
    pub every: Duration,
    /// A PEM file with a further certificate authority to trust.
    pub authority: Option<PathBuf>,
    shown: String,
}

/// How a mailbox is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailboxProtocol {
    /// RFC 3501, RFC 9051.
    Imap,
    /// RFC 1939.
    Pop3,
}

impl std::fmt::Debug for MailboxUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

/// What `ESTAMPILLE_MAILBOX_URL` needs.
pub(super) const MAILBOX_ALLOWED: &str = "needs imaps://USER:PASSWORD@HOST/FOLDER or pop3s://USER:PASSWORD@HOST \
     (imap:// and pop3:// for STARTTLS; ?every=PT1M, ?ca=FILE), several separated by blanks";

/// Mailboxes, separated by blanks.
pub(super) fn mailboxes(text: &str) -> Option<Vec<MailboxUrl>> {
    text.split_whitespace().map(mailbox).collect()
}

fn mailbox(text: &str) -> Option<MailboxUrl> {
    let url = Url::parse(text).ok()?;
    let (protocol, is_tls_from_the_start, port) = match url.scheme() {
        "imaps" => (MailboxProtocol::Imap, true, 993),
        "imap" => (MailboxProtocol::Imap, false, 143),
        "pop3s" => (MailboxProtocol::Pop3, true, 995),
        "pop3" => (MailboxProtocol::Pop3, false, 110),
        _ => return None,
    };
    let (mut every, mut authority) = (Duration::from_secs(60), None);
    for (key, value) in url.query_pairs() {
        match key.as_ref() {
            "every" => every = parse_duration(&value).ok()?.to_std().ok().filter(|every| !every.is_zero())?,
            "ca" => authority = Some(PathBuf::from(value.as_ref())),
            _ => return None,
        }
    }
    let folder = decoded(url.path().trim_matches('/'))?;
    Some(MailboxUrl {
        protocol,
        is_tls_from_the_start,
        host: url.host_str().filter(|host| !host.is_empty())?.trim_matches(['[', ']']).to_owned(),
        port: url.port().unwrap_or(port),
        user: decoded(url.username()).filter(|user| !user.is_empty())?,
        password: decoded(url.password()?)?,
        folder: if folder.is_empty() { "INBOX".to_owned() } else { folder },
        every,
        authority,
        shown: masked_url(&url),
    })
}

/// A part of a URL without its percent signs; `None` with a control character, which no command of these protocols has.
fn decoded(text: &str) -> Option<String> {
    let pair = format!("v={}", text.replace('+', "%2B"));
    let (_, value) = url::form_urlencoded::parse(pair.as_bytes()).next()?;
    (!value.chars().any(char::is_control)).then(|| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_says_where_how_as_whom_and_how_often() {
        let boxes = mailboxes(
            "imaps://reports%40lists.example:p%2Bw%20d@mail.example/INBOX/Reports?every=PT30S pop3://u:p@[::1]:1110?ca=/etc/ca.pem",
        )
        .unwrap();
        let imap = &boxes[0];
        assert_eq!((imap.user.as_str(), imap.password.as_str(), imap.port), ("reports@lists.example", "p+w d", 993));
        assert_eq!(
            (imap.folder.as_str(), imap.every, imap.is_tls_from_the_start),
            ("INBOX/Reports", Duration::from_secs(30), true)
        );
        assert!(!format!("{imap:?}").contains("p+w"), "{imap:?}");
        assert!(!format!("{imap:?}").contains("%20d"), "{imap:?}");
        let pop = &boxes[1];
        assert_eq!((pop.host.as_str(), pop.port, pop.is_tls_from_the_start), ("::1", 1110, false));
        assert_eq!(
            (pop.protocol, pop.authority.as_deref()),
            (MailboxProtocol::Pop3, Some(std::path::Path::new("/etc/ca.pem")))
        );
    }

    #[test]
    fn what_is_no_mailbox_is_refused() {
        for text in [
            "http://u:p@host",
            "imaps://host/INBOX",
            "imaps://u@host",
            "imaps://u:p%0d%0aQUIT@host",
            "imaps://u:p@host?every=PT0S",
            "imaps://u:p@host?tls=never",
            "imaps://u:p@host nonsense",
        ] {
            assert_eq!(mailboxes(text), None, "{text}");
        }
    }

    #[test]
    fn hooks_need_a_topic_a_key_or_a_password_that_is_hard_to_guess() {
        assert!(topics("arn:aws:sns:eu-west-1:123456789012:reports, arn:aws-cn:sns:cn-north-1:1:x").is_some());
        assert_eq!(topics("reports"), None);
        assert_eq!(topics("arn:aws:sns:eu-west-1:123456789012:"), None);
        assert_eq!((secret("short"), password("no-colon-in-this-text")), (None, None));
        assert!(password("postmark:0123456789abcdef").is_some());
        assert_eq!(public_key("AAAA"), None);
    }
}
