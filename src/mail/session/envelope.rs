//! Where a message goes, as the commands that announce it.

use super::{DATA, Offers, RESET, Reply};

/// Where a message goes, and what the server has to know of it beforehand. The addresses were checked before: no white
/// space, no `>`.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    from: &'a str,
    to: &'a str,
    size: usize,
    is_ascii: bool,
}

impl<'a> Envelope<'a> {
    /// The envelope of a message.
    #[must_use]
    pub fn new(from: &'a str, to: &'a str, message: &[u8]) -> Self {
        let is_ascii = from.is_ascii() && to.is_ascii() && message.is_ascii();
        Self { from, to, size: message.len(), is_ascii }
    }

    /// The commands, for a server that offers this; `needs_reset` where a transaction before came to nothing.
    pub(super) fn lines(&self, offers: &Offers, needs_reset: bool) -> Result<Vec<String>, Reply> {
        let mut parameters = String::new();
        if offers.size.is_some() {
            // RFC 1870, section 6: so that what is too long is refused before it is sent.
            parameters.push_str(&format!(" SIZE={}", self.size));
        }
        if !self.is_ascii {
            // RFC 6531, section 3.2: such an address travels only where it is understood.
            if !offers.has_smtputf8 {
                let text = "553 5.6.7 the relay does not offer SMTPUTF8, which this address needs".to_owned();
                return Err(Reply::Refused { code: 553, text });
            }
            parameters.push_str(" SMTPUTF8 BODY=8BITMIME");
        }
        let Self { from, to, .. } = self;
        let reset = needs_reset.then(|| RESET.to_owned());
        let envelope = [format!("MAIL FROM:<{from}>{parameters}\r\n"), format!("RCPT TO:<{to}>\r\n"), DATA.to_owned()];
        Ok(reset.into_iter().chain(envelope).collect())
    }
}
