//! The text of a message as it comes after `354` (RFC 5321, section 4.5.2): dots unstuffed, its end found.
//!
//! Only CRLF ends a line. A bare CR or LF makes the message refused, because programs that disagree on what ends a line
//! can be made to see two messages where there is one (SMTP smuggling).

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum At {
    #[default]
    LineStart,
    Dot,
    DotCr,
    Line,
    Cr,
}

/// Collects a message byte by byte.
#[derive(Debug, Default)]
pub(super) struct Text {
    at: At,
    message: Vec<u8>,
    is_over_limit: bool,
    has_bare_line_end: bool,
}

/// How a text ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The message, with CRLF line ends.
    Message(Vec<u8>),
    /// It was longer than allowed.
    TooLong,
    /// It had a CR or LF by itself.
    BareLineEnd,
}

impl Text {
    /// Takes what came in; says how many of its bytes belong to the text, and whether it has ended.
    pub(super) fn take(&mut self, bytes: &[u8], limit: usize) -> (usize, bool) {
        for (number, byte) in bytes.iter().enumerate() {
            if self.step(*byte) {
                return (number + 1, true);
            }
            if self.message.len() > limit {
                self.is_over_limit = true;
                self.message = Vec::new();
            }
        }
        (bytes.len(), false)
    }

    /// How many bytes are held.
    pub(super) fn held(&self) -> usize {
        self.message.capacity()
    }

    /// What it was.
    pub(super) fn end(self) -> Ended {
        if self.is_over_limit {
            Ended::TooLong
        } else if self.has_bare_line_end {
            Ended::BareLineEnd
        } else {
            Ended::Message(self.message)
        }
    }

    fn push(&mut self, byte: u8) {
        if !self.is_over_limit {
            self.message.push(byte);
        }
    }

    /// Takes one byte; `true` when it was the last of the end mark.
    fn step(&mut self, byte: u8) -> bool {
        match (self.at, byte) {
            (At::DotCr, b'\n') => return true,
            (At::LineStart, b'.') => self.at = At::Dot,
            (At::Dot, b'\r') => self.at = At::DotCr,
            (At::LineStart | At::Line, b'\r') => self.at = At::Cr,
            (At::Cr, b'\n') => {
                self.push(b'\r');
                self.push(b'\n');
                self.at = At::LineStart;
            }
            (_, b'\n') => {
                self.has_bare_line_end = true;
                self.push(b'\n');
                self.at = At::LineStart;
            }
            (At::Cr | At::DotCr, other) => {
                self.has_bare_line_end = true;
                self.push(other);
                self.at = if other == b'\r' { At::Cr } else { At::Line };
            }
            (At::LineStart | At::Dot | At::Line, other) => {
                self.push(other);
                self.at = At::Line;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<(Ended, usize)> {
        let mut text = Text::default();
        let (used, is_over) = text.take(bytes, 1000);
        is_over.then(|| (text.end(), used))
    }

    #[test]
    fn dots_are_unstuffed_and_the_end_is_found() {
        let bytes = b"Subject: x\r\n\r\n..a\r\n.b\r\n..\r\n.\r\nQUIT\r\n";
        let (ended, used) = read(bytes).expect("an end");
        assert_eq!(ended, Ended::Message(b"Subject: x\r\n\r\n.a\r\nb\r\n.\r\n".to_vec()));
        assert_eq!(&bytes[used..], b"QUIT\r\n");
        assert_eq!(read(b".\r\n").map(|(ended, _)| ended), Some(Ended::Message(Vec::new())));
    }

    #[test]
    fn other_line_ends_neither_end_the_text_nor_are_taken() {
        for smuggled in [
            &b"a\n.\nMAIL FROM:<x>\r\n.\r\n"[..],
            b"a\r\n.\nb\r\n.\r\n",
            b"a\n.\r\nb\r\n.\r\n",
            b"a\r.\r\nb\r\n.\r\n",
            b"a\r\n.\rb\r\n.\r\n",
            b"a\r\r\n.\r\n",
        ] {
            let read = read(smuggled);
            assert!(matches!(read, Some((Ended::BareLineEnd, _))), "{smuggled:?} gave {read:?}");
        }
    }

    #[test]
    fn a_text_over_the_limit_is_read_to_its_end_and_refused() {
        let mut text = Text::default();
        let long = [b"a".repeat(3000), b"\r\n.\r\n".to_vec()].concat();
        assert_eq!(text.take(&long, 1000), (long.len(), true));
        assert!(text.held() <= 4096);
        assert_eq!(text.end(), Ended::TooLong);
    }

    proptest::proptest! {
        #[test]
        fn any_message_comes_back_as_it_was_sent(lines in proptest::collection::vec("[ -~]{0,20}", 0..10)) {
            let message: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            let stuffed: String =
                lines.iter().map(|line| format!("{}{line}\r\n", if line.starts_with('.') { "." } else { "" })).collect();
            let read = read(format!("{stuffed}.\r\n").as_bytes());
            proptest::prop_assert_eq!(read.map(|(ended, _)| ended), Some(Ended::Message(message.into_bytes())));
        }
    }
}
