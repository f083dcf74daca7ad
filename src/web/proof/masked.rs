//! The confirmation mail as it may be shown: without the secret part of its links. Whoever has that can confirm in the
//! reader's place (CON-08).

use crate::mail::reading::{self, Reading};

/// What stands in place of the secret.
const MASK: &str = "•••";
/// Where the secret part of a link starts.
const STARTS: [&str; 1] = ["/confirm/"];

/// A mail as a mail program shows it, its secrets masked; `None` when it is none.
pub(super) fn read(message: &[u8]) -> Option<Reading> {
    let mut reading = reading::read(message)?;
    reading.text = reading.text.as_deref().map(masked);
    reading.html = reading.html.as_deref().map(masked);
    Some(reading)
}

/// The text with every token masked: what follows a path of ours and could be one.
pub(super) fn masked(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, start)) = STARTS.iter().filter_map(|start| Some((rest.find(start)?, start))).min() {
        let (before, after) = rest.split_at(at + start.len());
        let length = after.bytes().take_while(u8::is_ascii_alphanumeric).count();
        shown.push_str(before);
        shown.push_str(if length > 0 { MASK } else { "" });
        rest = after.get(length..).unwrap_or_default();
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn con_08_no_token_of_a_confirmation_link_is_shown() {
        let text =
            "Press https://l.example/confirm/abc234def and not https://l.example/confirm/abc234def#not-me, é/confirm/";
        let shown = masked(text);
        assert_eq!(
            shown,
            "Press https://l.example/confirm/••• and not https://l.example/confirm/•••#not-me, é/confirm/"
        );
    }
}
