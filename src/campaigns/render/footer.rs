//! The foot of every campaign's message: why the reader gets it, the way out, and who writes (LAW-01, UNS-08).

use minijinja::{Value, context};

use super::Identity;
use crate::texts::Texts;

/// The texts of the footer for the reader at this address, who confirmed on this day, as the templates name them.
pub(super) fn texts(identity: &Identity, address: &str, day: Option<&str>) -> Value {
    let texts = Texts(identity.language);
    let who = [("list", identity.list_name.as_str().into()), ("address", address.into())];
    let why = match day {
        Some(day) => {
            let [list, address] = who;
            texts.say_with("footer-why", &[list, address, ("day", day.into())])
        }
        None => texts.say_with("footer-why-test", &who),
    };
    let is_own = identity.from_name.trim().is_empty() || identity.from_name == identity.account_name;
    let sender = if is_own {
        identity.account_name.clone()
    } else {
        let names =
            [("sender", identity.from_name.as_str().into()), ("account", identity.account_name.as_str().into())];
        texts.say_with("footer-sender", &names)
    };
    let filled = |text: &String| !text.trim().is_empty();
    let contact: Vec<String> =
        [&identity.website, &identity.contact].into_iter().filter(|text| filled(text)).cloned().collect();
    context! {
        why,
        unsubscribe => texts.say("footer-unsubscribe"),
        preferences => texts.say("footer-preferences"),
        preferences_label => texts.say("footer-preferences-label"),
        unsubscribe_label => texts.say("footer-unsubscribe-label"),
        sender,
        postal_address => identity.postal_address.lines().map(str::to_owned).filter(filled).collect::<Vec<_>>(),
        contact,
    }
}
