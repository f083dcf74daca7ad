//! A message as it goes after DATA (RFC 5321, section 4.5.2).

use memchr::memmem;

/// Leading dots doubled, ended by a dot alone; then what goes out in the same write.
pub(super) fn stuffed(message: &[u8], after: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 16 + after.len());
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
    if !message.is_empty() && !message.ends_with(b"\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out.extend_from_slice(after.as_bytes());
    out
}

#[cfg(test)]
mod tests {
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
            assert_eq!(String::from_utf8_lossy(&stuffed(message.as_bytes(), "")), wire);
        }
    }
}
