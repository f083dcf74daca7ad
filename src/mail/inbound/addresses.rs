//! Finds addresses in a text as people and programs write them.

/// Most that are looked for in one text.
const MOST: usize = 1000;

/// Every address in a text, with where it begins.
pub(super) fn addresses(text: &str) -> Vec<(usize, &str)> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    for (at, _) in text.match_indices('@').take(MOST) {
        let head = text.get(..at).unwrap_or_default();
        let tail = text.get(at + 1..).unwrap_or_default();
        let local = head.chars().rev().take_while(|letter| is_local(*letter)).map(char::len_utf8).sum::<usize>();
        let start = head.len() - local;
        let length = tail.find(|c: char| !(c.is_alphanumeric() || c == '.' || c == '-')).unwrap_or(tail.len());
        let domain = tail.get(..length).unwrap_or_default().trim_end_matches(['.', '-']);
        let local = head.get(start..).unwrap_or_default();
        let (cut, local) = without_prefix(local);
        let is_address = !local.is_empty()
            && local.len() <= 128
            && !domain.is_empty()
            && (domain.contains('.') || head.get(..start).is_some_and(|before| before.ends_with('<')))
            && !head.get(..start).unwrap_or_default().ends_with("://");
        if let Some(address) = text.get(start + cut..at + 1 + domain.len()).filter(|_| is_address) {
            found.push((start + cut, address));
        }
    }
    found
}

/// Whether a letter may stand before the `@`.
pub(super) fn is_local(letter: char) -> bool {
    letter.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(letter)
}

/// Without what sticks to the front of an address in reports: quotes, dots, `SMTP=`.
fn without_prefix(local: &str) -> (usize, &str) {
    let bare = local.trim_start_matches(['\'', '`', '.', '*', '|', '=', '-', '/', '#']);
    let bare = match bare.split_once('=') {
        Some((name, rest))
            if ["smtp", "to", "rcpt", "for", "address", "orcpt"]
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known)) =>
        {
            rest
        }
        _ => bare,
    };
    (local.len() - bare.len(), bare)
}
