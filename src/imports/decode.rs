//! A file as UTF-8, piece by piece.

use std::io::{self, Read};

use encoding_rs::{Decoder, ISO_8859_15, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::Encoding;

/// What is read at once.
const PIECE: usize = 16 * 1024;

/// A reader that turns another one's bytes into UTF-8. What is no letter of the encoding becomes U+FFFD.
pub(super) struct Decoded<R> {
    source: R,
    decoder: Decoder,
    encoded: Vec<u8>,
    /// Which part of `encoded` is still to be decoded.
    encoded_from: usize,
    encoded_to: usize,
    text: Vec<u8>,
    text_from: usize,
    text_to: usize,
    is_over: bool,
}

impl<R: Read> Decoded<R> {
    /// Reads `source` as text of this encoding; a byte order mark is left out.
    pub(super) fn new(source: R, encoding: Encoding) -> Self {
        let table = match encoding {
            Encoding::Utf8 => UTF_8,
            Encoding::Utf16Le => UTF_16LE,
            Encoding::Utf16Be => UTF_16BE,
            Encoding::Windows1252 => WINDOWS_1252,
            Encoding::Iso885915 => ISO_8859_15,
        };
        Self {
            source,
            decoder: table.new_decoder_with_bom_removal(),
            encoded: vec![0; PIECE],
            encoded_from: 0,
            encoded_to: 0,
            text: vec![0; PIECE * 3],
            text_from: 0,
            text_to: 0,
            is_over: false,
        }
    }

    /// Decodes until there is text, or nothing more to decode.
    fn refill(&mut self) -> io::Result<()> {
        while self.text_from == self.text_to && !self.is_over {
            let mut is_last = false;
            if self.encoded_from == self.encoded_to {
                self.encoded_from = 0;
                self.encoded_to = self.source.read(&mut self.encoded)?;
                is_last = self.encoded_to == 0;
            }
            let encoded = self.encoded.get(self.encoded_from..self.encoded_to).unwrap_or_default();
            let (result, read, written, _) = self.decoder.decode_to_utf8(encoded, &mut self.text, is_last);
            self.encoded_from += read;
            (self.text_from, self.text_to) = (0, written);
            self.is_over = is_last && result == encoding_rs::CoderResult::InputEmpty;
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.refill()?;
        let text = self.text.get(self.text_from..self.text_to).unwrap_or_default();
        let length = text.len().min(out.len());
        for (to, from) in out.iter_mut().zip(text) {
            *to = *from;
        }
        self.text_from += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8], encoding: Encoding) -> String {
        let mut text = String::new();
        Decoded::new(bytes, encoding).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn every_encoding_comes_out_as_the_same_letters() {
        let text = "address;name\nanne@example.org;Zoé\n";
        let utf16: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decoded(&utf16, Encoding::Utf16Le), text);
        assert_eq!(decoded(&[b"\xef\xbb\xbf", text.as_bytes()].concat(), Encoding::Utf8), text);
        assert_eq!(decoded(b"Zo\xe9 \x80", Encoding::Windows1252), "Zoé €");
        assert_eq!(decoded(b"Zo\xe9 \xa4 \xbd", Encoding::Iso885915), "Zoé € œ");
        assert_eq!(decoded(b"a\xffb", Encoding::Utf8), "a\u{fffd}b");
        assert_eq!(decoded(b"", Encoding::Utf16Be), "");
    }

    #[test]
    fn long_files_come_out_whole() {
        let text = "é€𝄞 ".repeat(PIECE);
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decoded(&utf16, Encoding::Utf16Be), text);
    }
}
