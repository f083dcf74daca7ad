//! The header fields that tell what a message is. Most others are long, and nobody looks at them.

use mail_parser::Message;

use super::automatic;
use super::fold::on_one_line;

/// The fields that are looked at, beside those of programs that answer.
const LOOKED_AT: &[&str] = &[
    "from",
    "to",
    "cc",
    "subject",
    "sender",
    "reply-to",
    "return-path",
    "delivered-to",
    "envelope-to",
    "x-original-to",
    "in-reply-to",
    "references",
    "auto-submitted",
    "precedence",
    "x-precedence",
    "preference",
    "x-apple-action",
    "x-ms-exchange-generated-message-source",
    "x-mail-autoreply",
    "x-auto-response-suppress",
    "x-failed-recipients",
    "x-mlserver",
    "x-hmxmroriginalrecipient",
    "x-xarf",
    "x-arf",
];

/// The name of a field as this side writes it; `None` where nobody looks at it.
pub(super) fn looked_at(name: &str) -> Option<&'static str> {
    LOOKED_AT.iter().chain(automatic::FIELDS).copied().find(|known| known.eq_ignore_ascii_case(name))
}

/// Those fields of a message: folding undone, encoded words read.
pub(super) fn fields_of(message: &Message<'_>) -> Vec<(&'static str, String)> {
    let looked_at = message.headers().iter().filter_map(|header| Some((looked_at(header.name.as_str())?, header)));
    looked_at
        .map(|(name, header)| {
            let raw = message.raw_message().get(header.offset_start as usize..header.offset_end as usize);
            let written = String::from_utf8_lossy(raw.unwrap_or_default());
            let value = match header.value.as_text() {
                Some(text) if written.contains("=?") => on_one_line(text),
                _ => on_one_line(&written),
            };
            (name, value)
        })
        .collect()
}
