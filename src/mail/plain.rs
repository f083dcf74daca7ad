//! Text that came from outside, as it may be stored and shown.

/// The text with a blank for every control character, at most `longest` bytes, cut where a character ends. PostgreSQL
/// takes no NUL, and a page or a terminal no escape.
#[must_use]
pub fn plain(text: &str, longest: usize) -> String {
    // Trimmed and cut first: what comes in may be megabytes, what is kept is a few lines.
    let text = text.trim();
    let end = (0..=longest.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let mut plain = String::with_capacity(end);
    for letter in text.get(..end).unwrap_or_default().chars() {
        plain.push(if letter.is_control() { ' ' } else { letter });
    }
    plain.truncate(plain.trim_end().len());
    plain
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn control_characters_become_blanks_and_length_is_bounded() {
        assert_eq!(plain(" 5.1.1 no\r\nsuch\0user \0\n", 100), "5.1.1 no  such user");
        assert_eq!(plain("a\u{1b}[31mb\u{85}c\u{7f}", 100), "a [31mb c");
        assert_eq!((plain("ééé", 5).as_str(), plain("ééé", 0).as_str(), plain("", 5).as_str()), ("éé", "", ""));
    }

    proptest::proptest! {
        #[test]
        fn any_text_comes_out_storable(text in "\\PC{0,40}|[\\x00-\\xff]{0,40}", longest in 0_usize..60) {
            let plain = plain(&text, longest);
            proptest::prop_assert!(plain.len() <= longest && !plain.contains(char::is_control));
        }
    }
}
