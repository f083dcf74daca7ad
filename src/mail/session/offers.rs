//! What a server says that it can do, in its answer to EHLO (RFC 5321, section 4.1.1.1).

/// The abilities that matter to us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offers {
    /// `PIPELINING` (RFC 2920).
    pub has_pipelining: bool,
    /// `STARTTLS` (RFC 3207).
    pub has_starttls: bool,
    /// `8BITMIME` (RFC 6152).
    pub has_eight_bit: bool,
    /// `SMTPUTF8` (RFC 6531).
    pub has_smtputf8: bool,
    /// `SIZE` (RFC 1870): the longest message that it takes, in bytes; 0 when it does not say.
    pub size: Option<u64>,
}

impl Offers {
    /// Reads the lines of the answer, codes taken off.
    pub(super) fn read<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut offers = Self::default();
        // The first line is the server's name.
        for line in lines.skip(1) {
            let mut words = line.split_ascii_whitespace();
            match words.next().unwrap_or_default().to_ascii_uppercase().as_str() {
                "PIPELINING" => offers.has_pipelining = true,
                "STARTTLS" => offers.has_starttls = true,
                "8BITMIME" => offers.has_eight_bit = true,
                "SMTPUTF8" => offers.has_smtputf8 = true,
                "SIZE" => offers.size = Some(words.next().and_then(|size| size.parse().ok()).unwrap_or(0)),
                _ => {}
            }
        }
        offers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_ehlo_say_what_a_server_can_do_whatever_their_case() {
        let said = "mx.example.org at your service\nsize 35882577\n8BITMIME\nSTARTTLS\nEnhancedStatusCodes\npipelining\nSMTPUTF8";
        let all = Offers {
            has_pipelining: true,
            has_starttls: true,
            has_eight_bit: true,
            has_smtputf8: true,
            size: Some(35_882_577),
        };
        assert_eq!(Offers::read(said.lines()), all);
        assert_eq!(Offers::read("PIPELINING".lines()), Offers::default(), "a server may be called so");
        assert_eq!(Offers::read("mx\nSIZE".lines()).size, Some(0));
    }
}
