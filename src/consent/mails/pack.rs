//! Deflate (RFC 1951) with a window that starts with a text known to both sides.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// The window of deflate; what lies further back is of no use.
const WINDOW: usize = 32 * 1024;
/// A stored block (RFC 1951, section 3.2.4) holds at most so many bytes.
const LARGEST_BLOCK: usize = 65_535;
/// No mail that we keep is longer.
const LONGEST: usize = 1024 * 1024;

/// What `text` adds to `known`; `None` when it is too long.
pub(super) fn pack(known: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    if text.len() > LONGEST {
        return None;
    }
    let known = window(known);
    let mut deflate = Compress::new(Compression::best(), false);
    // Written and thrown away: only the window that it leaves counts.
    let mut thrown_away = Vec::with_capacity(known.len() + 1024);
    deflate.compress_vec(known, &mut thrown_away, FlushCompress::Sync).ok()?;
    let mut packed = Vec::with_capacity(text.len() + 1024);
    let status = deflate.compress_vec(text, &mut packed, FlushCompress::Finish).ok()?;
    (status == Status::StreamEnd).then_some(packed)
}

/// The text that [`pack`] packed; `None` when the bytes are no such thing.
pub(super) fn unpack(known: &[u8], packed: &[u8]) -> Option<Vec<u8>> {
    let known = window(known);
    let length = u16::try_from(known.len().min(LARGEST_BLOCK)).ok()?;
    let mut block = vec![0];
    block.extend_from_slice(&length.to_le_bytes());
    block.extend_from_slice(&(!length).to_le_bytes());
    block.extend_from_slice(known);
    block.extend_from_slice(packed);
    let mut inflate = Decompress::new(false);
    let mut text = Vec::with_capacity(known.len() + packed.len() * 8 + 16 * 1024);
    loop {
        let read = usize::try_from(inflate.total_in()).ok()?;
        let status = inflate.decompress_vec(block.get(read..)?, &mut text, FlushDecompress::None).ok()?;
        match status {
            Status::StreamEnd => break,
            _ if text.len() > LONGEST + WINDOW => return None,
            // The room is used up: there is more to come. Otherwise the bytes end before the stream does.
            _ if text.len() == text.capacity() => text.reserve(64 * 1024),
            _ => return None,
        }
    }
    Some(text.split_off(known.len().min(text.len())))
}

fn window(known: &[u8]) -> &[u8] {
    known.get(known.len().saturating_sub(WINDOW)..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn letter(who: &str) -> Vec<u8> {
        let line = "A line that stands in every mail of this list, and in no other mail anywhere.\r\n";
        let lines: String = (0..40).map(|number| format!("{number} {line}")).collect();
        format!("To: {who}\r\n\r\n{lines}Dear {who}, press here.\r\n").into_bytes()
    }

    #[test]
    fn a_mail_costs_only_what_it_adds_to_its_sample() {
        let (sample, mail) = (letter("reader@example.org"), letter("anne.dupont@jardin.example"));
        let packed = pack(&sample, &mail).unwrap();
        assert!(packed.len() < 150, "{} bytes for {}", packed.len(), mail.len());
        assert_eq!(unpack(&sample, &packed).unwrap(), mail);
        assert_ne!(unpack(&letter("other@example.org"), &packed), Some(mail));
        assert_eq!(unpack(&sample, &packed[..packed.len() / 2]), None);
    }

    proptest! {
        #[test]
        fn whatever_is_packed_comes_out_again(
            known in proptest::collection::vec(any::<u8>(), 0..40_000),
            text in proptest::collection::vec(any::<u8>(), 0..5_000),
        ) {
            let packed = pack(&known, &text).unwrap();
            prop_assert_eq!(unpack(&known, &packed).unwrap(), text);
        }

        #[test]
        fn no_bytes_make_it_panic(known in any::<Vec<u8>>(), packed in any::<Vec<u8>>()) {
            drop(unpack(&known, &packed));
        }
    }
}
