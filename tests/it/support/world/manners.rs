//! How receivers' mail servers behave: as the big providers are known to, and as badly kept ones do.

use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;

use super::certificates::{Authority, self_signed};

/// How a server behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manners {
    /// What it greets with; anything but a 220 ends the connection.
    pub(crate) banner: String,
    /// What its EHLO offers, without STARTTLS.
    pub(crate) offers: Vec<&'static str>,
    /// How it does TLS.
    pub(crate) tls: Tls,
    /// Connections at once from one address, and what it greets further ones with.
    pub(crate) connections: Option<(usize, &'static str)>,
    /// Messages over a connection, and what it says to the next MAIL before it closes.
    pub(crate) messages: Option<(usize, &'static str)>,
    /// What it says to the first attempt for each recipient.
    pub(crate) greylist: Option<&'static str>,
    /// What it says to MAIL without TLS.
    pub(crate) without_tls: Option<&'static str>,
    /// What it says to every recipient.
    pub(crate) refuses: Option<&'static str>,
    /// What it says to the recipient `nobody@…`.
    pub(crate) unknown: &'static str,
    /// It closes the connection after RCPT.
    pub(crate) hangs_up_after_rcpt: bool,
    /// It takes so long for each answer.
    pub(crate) delay: Duration,
    /// Who may send by it; anybody where there is none.
    pub(crate) login: Option<Login>,
}

/// A user of a server, and how it lets users log in; never in clear (RFC 4954, section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Login {
    /// As EHLO offers them.
    pub(crate) mechanisms: &'static str,
    pub(crate) user: &'static str,
    pub(crate) password: &'static str,
}

/// How a server does TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tls {
    /// Not at all.
    None,
    /// With a certificate of its name, signed by the world's authority.
    Good,
    /// With such a certificate, and before the first word (RFC 8314).
    FromTheStart,
    /// With a certificate of another name.
    WrongName,
    /// With a certificate that it signed itself.
    SelfSigned,
    /// It says 220, and then no TLS comes.
    Broken,
    /// It offers STARTTLS and refuses it.
    Refused,
}

impl Default for Manners {
    /// A server that takes everything.
    fn default() -> Self {
        Self {
            banner: "220 mx ESMTP".to_owned(),
            offers: vec!["PIPELINING", "SIZE 52428800", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"],
            tls: Tls::Good,
            connections: None,
            messages: None,
            greylist: None,
            without_tls: None,
            refuses: None,
            unknown: "550 5.1.1 User unknown",
            hangs_up_after_rcpt: false,
            delay: Duration::ZERO,
            login: None,
        }
    }
}

impl Manners {
    /// Gmail: TLS wanted, CHUNKING and PIPELINING, its own words for a mailbox that is not there.
    pub(crate) fn gmail() -> Self {
        Self {
            banner: "220 mx.google.com ESMTP a1-20020a05600c - gsmtp".to_owned(),
            unknown: "550-5.1.1 The email account that you tried to reach does not exist. Please try\r\n550 5.1.1 \
                      double-checking the recipient's email address - gsmtp",
            without_tls: Some("530 5.7.0 Must issue a STARTTLS command first - gsmtp"),
            ..Self::default()
        }
    }

    /// Outlook.com: RP-001 to more than a few connections.
    pub(crate) fn microsoft() -> Self {
        Self {
            banner: "220 BN8NAM12FT013.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready".to_owned(),
            connections: Some((
                5,
                "421 RP-001 (BN8NAM12FT013) Unfortunately, some messages from 127.0.0.1 weren't sent",
            )),
            unknown: "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)",
            ..Self::default()
        }
    }

    /// Yahoo: twenty messages over a connection, then a word in its own style.
    pub(crate) fn yahoo() -> Self {
        Self {
            banner: "220 mtaproxy511.free.mail.ir2.yahoo.com ESMTP ready".to_owned(),
            messages: Some((20, "421 4.7.0 Too many messages on this connection")),
            unknown: "552 1 Requested mail action aborted, mailbox not found",
            ..Self::default()
        }
    }

    /// Orange: two connections, and an answer in French to a third.
    pub(crate) fn orange() -> Self {
        Self {
            banner: "220 mwinf5c36 ME ESMTP server ready".to_owned(),
            connections: Some((
                2,
                "421 mwinf5c36 ME Trop de connexions, veuillez verifier votre configuration. OFR_104",
            )),
            unknown: "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]",
            ..Self::default()
        }
    }

    /// Free: no STARTTLS, greylisting.
    pub(crate) fn free() -> Self {
        Self {
            banner: "220 mx1-g20.free.fr ESMTP Postfix".to_owned(),
            tls: Tls::None,
            greylist: Some("450 4.2.0 Greylisted, see http://postgrey.schweikert.ch/help/free.fr.html"),
            ..Self::default()
        }
    }

    /// iCloud: ten connections, five messages over each.
    pub(crate) fn apple() -> Self {
        Self {
            banner: "220 iCloud iSCREAM SMTP - pv50p00im-ztbu10021601".to_owned(),
            messages: Some((5, "421 4.7.1 Messages per connection exceeded")),
            ..Self::default()
        }
    }

    /// GMX and WEB.DE: nothing without TLS.
    pub(crate) fn gmx() -> Self {
        Self {
            banner: "220 gmx.net (mxgmx015) Nemesis ESMTP Service ready".to_owned(),
            without_tls: Some("530 Must issue STARTTLS command first"),
            ..Self::default()
        }
    }

    /// A plain server of the last century: no extensions at all.
    pub(crate) fn old() -> Self {
        Self { offers: Vec::new(), tls: Tls::None, ..Self::default() }
    }

    pub(super) fn server_config(&self, authority: &Authority, host: &str) -> Option<Arc<ServerConfig>> {
        match self.tls {
            Tls::None | Tls::Broken | Tls::Refused => None,
            Tls::Good | Tls::FromTheStart => Some(authority.server_config(host)),
            Tls::WrongName => Some(authority.server_config("somebody-else.example")),
            Tls::SelfSigned => Some(self_signed(host)),
        }
    }
}
