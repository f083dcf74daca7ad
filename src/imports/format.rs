//! In which encoding a file is, and what stands between its values: found by looking, never asked for.

use std::io::Read;

use super::FileError;
use crate::storage::words;

words! {
    /// How the letters of a file are written.
    pub enum Encoding {
        /// UTF-8, with or without a byte order mark.
        Utf8 = "utf-8",
        /// UTF-16, the low byte first, as spreadsheets on Windows write “Unicode text”.
        Utf16Le = "utf-16le",
        /// UTF-16, the high byte first.
        Utf16Be = "utf-16be",
        /// What Windows programs wrote in Western Europe.
        Windows1252 = "windows-1252",
        /// Latin-9: Latin-1 with the euro and the French ligatures.
        Iso885915 = "iso-8859-15",
    }
}

words! {
    /// What stands between two values.
    pub enum Delimiter {
        /// `,`
        Comma = "comma",
        /// `;`, where the comma stands in numbers.
        Semicolon = "semicolon",
        /// A tabulator.
        Tab = "tab",
        /// `|`
        Pipe = "pipe",
    }
}

impl Delimiter {
    /// The character itself.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }
}

/// What is read at once.
const PIECE: usize = 64 * 1024;

/// The encoding of a text, read through to its end.
///
/// # Errors
/// When it cannot be read.
pub(super) fn encoding_of(mut source: impl Read) -> Result<Encoding, FileError> {
    let mut seen = Seen::default();
    let mut piece = vec![0; PIECE];
    loop {
        let length = source.read(&mut piece)?;
        if length == 0 {
            return Ok(seen.verdict());
        }
        seen.look(piece.get(..length).unwrap_or_default());
    }
}

/// What was seen of a file so far.
struct Seen {
    first: Vec<u8>,
    length: u64,
    /// How often each byte was there.
    counts: [u64; 256],
    /// Zero bytes at even and at odd places.
    zeros: [u64; 2],
    is_utf8: bool,
    /// The beginning of a letter whose end is in the next piece.
    cut: Vec<u8>,
}

impl Default for Seen {
    fn default() -> Self {
        Self { first: Vec::new(), length: 0, counts: [0; 256], zeros: [0; 2], is_utf8: true, cut: Vec::new() }
    }
}

impl Seen {
    fn look(&mut self, piece: &[u8]) {
        for byte in piece {
            if self.first.len() < 3 {
                self.first.push(*byte);
            }
            if let Some(count) = self.counts.get_mut(usize::from(*byte)) {
                *count += 1;
            }
            if *byte == 0 {
                let [even, odd] = &mut self.zeros;
                *(if self.length.is_multiple_of(2) { even } else { odd }) += 1;
            }
            self.length += 1;
        }
        self.check_utf8(piece);
    }

    fn check_utf8(&mut self, piece: &[u8]) {
        let whole = [self.cut.as_slice(), piece].concat();
        self.cut.clear();
        match std::str::from_utf8(&whole) {
            Ok(_) => {}
            Err(error) if error.error_len().is_none() => {
                self.cut = whole.get(error.valid_up_to()..).unwrap_or_default().to_vec();
            }
            Err(_) => self.is_utf8 = false,
        }
    }

    fn verdict(&self) -> Encoding {
        match self.first.as_slice() {
            [0xFF, 0xFE, ..] => return Encoding::Utf16Le,
            [0xFE, 0xFF, ..] => return Encoding::Utf16Be,
            _ => {}
        }
        // Western text in UTF-16 has a zero in almost every other place.
        let [even, odd] = self.zeros;
        if odd * 5 > self.length && even * 20 < self.length {
            return Encoding::Utf16Le;
        }
        if even * 5 > self.length && odd * 20 < self.length {
            return Encoding::Utf16Be;
        }
        if self.is_utf8 && self.cut.is_empty() {
            return Encoding::Utf8;
        }
        let is_there = |mut bytes: std::ops::RangeInclusive<u8>| {
            bytes.any(|byte| self.counts.get(usize::from(byte)).is_some_and(|count| *count > 0))
        };
        // Latin-9 has control characters there, which no file of addresses holds.
        if is_there(0x80..=0x9F) {
            return Encoding::Windows1252;
        }
        // The euro, Œ, œ and Ÿ in Latin-9; the currency sign and fractions in Windows-1252, which no name holds.
        if is_there(0xA4..=0xA4) || is_there(0xBC..=0xBE) { Encoding::Iso885915 } else { Encoding::Windows1252 }
    }
}

/// What stands between the values of a text, by its first lines: what the first line has most of, outside of quotes.
pub(super) fn delimiter_of(beginning: &str) -> Delimiter {
    let first = beginning.lines().next().unwrap_or_default();
    let outside = first.split('"').step_by(2).collect::<String>();
    let count = |delimiter: &Delimiter| outside.bytes().filter(|byte| *byte == delimiter.byte()).count();
    let most = Delimiter::ALL.iter().rev().max_by_key(|delimiter| count(delimiter));
    most.filter(|delimiter| count(delimiter) > 0).copied().unwrap_or(Delimiter::Comma)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(bytes: &[u8]) -> Encoding {
        encoding_of(bytes).unwrap()
    }

    fn utf16(text: &str, little: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    }

    #[test]
    fn every_common_encoding_is_found() {
        let text = "address;name\nanne@example.org;Zoé\n";
        assert_eq!(found(b"address\nanne@example.org\n"), Encoding::Utf8);
        assert_eq!(found(text.as_bytes()), Encoding::Utf8);
        assert_eq!(found(&[b"\xef\xbb\xbf", text.as_bytes()].concat()), Encoding::Utf8);
        for little in [true, false] {
            let expected = if little { Encoding::Utf16Le } else { Encoding::Utf16Be };
            assert_eq!(found(&utf16(text, little)), expected);
            assert_eq!(found(&utf16(&format!("\u{feff}{text}"), little)), expected);
        }
        assert_eq!(found(b"address;name\nanne@example.org;Zo\xe9\n"), Encoding::Windows1252);
        assert_eq!(found(b"address;name\nanne@example.org;L\x92\xe9t\xe9\n"), Encoding::Windows1252);
        assert_eq!(found(b"address;name\nanne@example.org;C\xbdur\n"), Encoding::Iso885915);
        assert_eq!(found(b""), Encoding::Utf8);
    }

    #[test]
    fn a_letter_cut_by_the_end_of_a_piece_is_no_fault_and_one_cut_by_the_end_of_the_file_is() {
        let mut text = "x".repeat(PIECE - 1).into_bytes();
        text.extend_from_slice("é\n".as_bytes());
        assert_eq!(found(&text), Encoding::Utf8);
        assert_eq!(found(b"Zo\xc3"), Encoding::Windows1252);
    }

    #[test]
    fn the_delimiter_is_what_the_first_line_has_most_of() {
        for (text, expected) in [
            ("address,first_name\n", Delimiter::Comma),
            ("address;first_name;town\na,b;c\n", Delimiter::Semicolon),
            ("address\tname\n", Delimiter::Tab),
            ("address|name\n", Delimiter::Pipe),
            ("\"address\";\"a,b,c\"\n", Delimiter::Semicolon),
            ("address\n", Delimiter::Comma),
            ("", Delimiter::Comma),
        ] {
            assert_eq!(delimiter_of(text), expected, "{text}");
        }
    }
}
