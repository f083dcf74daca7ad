//! A message as it goes after DATA (RFC 5321, section 4.5.2).

use std::borrow::Cow;

use memchr::memmem;

/// Leading dots doubled, and the last line ended; the dot alone that ends the message is not in it.
pub(super) fn stuffed(message: &[u8]) -> Cow<'_, [u8]> {
    let is_ended = message.is_empty() || message.ends_with(b"\n");
    if is_ended && message.first() != Some(&b'.') && memmem::find(message, b"\n.").is_none() {
        return Cow::Borrowed(message);
    }
    let mut out = Vec::with_capacity(message.len() + 16);
    if message.first() == Some(&b'.') {
        out.push(b'.');
    }
    let mut copied = 0;
    for at in memmem::find_iter(message, b"\n.") {
        let (done, _) = message.split_at(at + 1);
        out.extend_from_slice(done.get(copied..).unwrap_or_default());
        out.push(b'.');
        copied = at + 1;
    }
    out.extend_from_slice(message.get(copied..).unwrap_or_default());
    if !is_ended {
        out.extend_from_slice(b"\r\n");
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::super::END;
    use super::*;

    #[test]
    fn leading_dots_are_doubled_and_the_end_is_a_dot_alone() {
        for (message, wire) in [
            ("a\r\n", "a\r\n.\r\n"),
            ("a", "a\r\n.\r\n"),
            (".\r\n..\r\na.b\r\n", "..\r\n...\r\na.b\r\n.\r\n"),
            ("a\r\n.\r\n.\r\nb", "a\r\n..\r\n..\r\nb\r\n.\r\n"),
            (".", "..\r\n.\r\n"),
            ("", ".\r\n"),
        ] {
            let sent = [stuffed(message.as_bytes()).as_ref(), END.as_bytes()].concat();
            assert_eq!(String::from_utf8_lossy(&sent), wire);
        }
    }
}
