//! The proof on paper: one column, in words that need no knowledge of this program.

use askama::Template;

use super::{masked, styles};
use crate::clock::Timestamp;
use crate::consent::walks::PastWalk;
use crate::consent::{Break, ChainState, Event, Record, Scope};
use crate::forms::{Drawn, Look};
use crate::keyring::hex;
use crate::mail::reading::Reading;
use crate::subscriptions::{Proof, ProvedList, ProvedStep, State, Via};
use crate::texts::{Language, Texts};

/// Who reads it, and where their links lead.
pub(in crate::web) struct Reader {
    /// In which language.
    pub(in crate::web) texts: Texts,
    /// When it was made.
    pub(in crate::web) now: Timestamp,
    /// Where they came from.
    pub(in crate::web) back: String,
    /// Where the page lies: `.json` after it is the same as JSON, `.css` the styles of its forms.
    pub(in crate::web) here: String,
    /// Where the mail of a record is as a file, without its number; only the operator has it.
    pub(in crate::web) mails: Option<String>,
    /// The installation's address, as readers know it.
    pub(in crate::web) site: String,
}

#[derive(Template)]
#[template(path = "proof/page.html")]
struct ProofPage {
    reader: Reader,
    who: String,
    proof: Proof,
    lists: Vec<ListShown>,
}

struct ListShown {
    title: String,
    in_short: String,
    steps: Vec<StepShown>,
}

struct StepShown {
    title: String,
    sentence: String,
    record: Record,
    form: Option<FormShown>,
    mail: Option<Reading>,
    is_mail_gone: bool,
}

struct FormShown {
    title: String,
    drawn: Drawn,
    class: String,
    /// What the look consists of, in words.
    facts: Vec<(String, String)>,
}

/// The page as HTML.
///
/// # Errors
/// When the template is broken.
pub(in crate::web) fn print(reader: Reader, proof: Proof) -> impl Template {
    let texts = reader.texts;
    let who = proof.subscriber.address.as_ref().map_or_else(|| texts.say("proof-erased-person"), ToString::to_string);
    let lists = proof.lists.iter().map(|list| list_shown(texts, &who, list)).collect();
    ProofPage { reader, who, proof, lists }
}

fn list_shown(texts: Texts, who: &str, proved: &ProvedList) -> ListShown {
    ListShown {
        title: texts.say1("proof-list", "list", &proved.list.name),
        in_short: in_short(texts, who, proved),
        steps: proved.steps.iter().map(|step| step_shown(texts, step)).collect(),
    }
}

/// Where the subscription stands and why, in one or two sentences.
fn in_short(texts: Texts, who: &str, proved: &ProvedList) -> String {
    let subscription = &proved.subscription;
    let stamp = proved.steps.iter().rev().find(|step| step.record.event == Event::Confirmed);
    let asked = texts.moment(subscription.requested_at);
    let mut text = match stamp {
        Some(stamp) => {
            let key = if is_by_operator(&stamp.record) { "proof-short-elsewhere" } else { "proof-short-confirmed" };
            let at = texts.moment(stamp.record.at);
            texts.say_with(key, &[("who", who.into()), ("list", proved.list.name.as_str().into()), ("at", at.into())])
        }
        None => texts.say_with(
            "proof-short-unconfirmed",
            &[("who", who.into()), ("list", proved.list.name.as_str().into()), ("at", asked.into())],
        ),
    };
    if let (State::Ended, Some(ended_at), Some(reason)) =
        (subscription.state, subscription.ended_at, subscription.end_reason)
    {
        let why = texts.say(&format!("end-reason-{}", reason.word().replace('_', "-")));
        text.push(' ');
        let at = texts.moment(ended_at);
        text.push_str(&texts.say_with("proof-short-ended", &[("at", at.into()), ("why", why.into())]));
    }
    text
}

fn is_by_operator(record: &Record) -> bool {
    record.via == Via::Operator.word()
}

fn step_shown(texts: Texts, step: &ProvedStep) -> StepShown {
    let record = step.record.clone();
    let key = match record.event {
        Event::Requested => "proof-step-requested",
        Event::Mailed => "proof-step-mailed",
        Event::Confirmed if is_by_operator(&record) => "proof-step-elsewhere",
        Event::Confirmed => "proof-step-confirmed",
        Event::Withdrawn => "proof-step-withdrawn",
    };
    let via = texts.say(&format!("consent-via-{}", record.via.replace('_', "-")));
    StepShown {
        title: texts.say(&format!("consent-event-{}", record.event)),
        sentence: texts.say1(key, "via", via),
        form: form_shown(texts, step),
        mail: step.mail.as_deref().and_then(masked::read),
        is_mail_gone: record.mail_hash.is_some() && step.mail.is_none(),
        record,
    }
}

fn form_shown(texts: Texts, step: &ProvedStep) -> Option<FormShown> {
    let record = &step.record;
    let (form, version) = record.form_id.zip(record.form_version)?;
    let drawn = step.shown.clone().filter(|_| record.event == Event::Requested)?;
    let mut facts = vec![
        (texts.say("form-version"), version.to_string()),
        (texts.say("proof-form-from"), texts.moment(drawn.shown_from)),
    ];
    facts.extend(
        drawn.shown_in.map(|language| (texts.say("proof-form-language"), Texts(language).say("language-name"))),
    );
    facts.extend(drawn.shown_until.map(|until| (texts.say("proof-form-until"), texts.moment(until))));
    facts.extend(look(texts, &drawn.wording.look));
    let title = match drawn.shown_in {
        Some(_) => "proof-form-shown",
        None if record.via == Via::ReaderPage.word() => "proof-form-own-page",
        None => "proof-form-stood",
    };
    Some(FormShown { title: texts.say(title), class: styles::class(form, version), facts, drawn })
}

fn look(texts: Texts, look: &Look) -> Vec<(String, String)> {
    let colours = [("look-accent", look.accent), ("look-text", look.text), ("look-background", look.background)];
    let colours = colours.into_iter().filter_map(|(key, colour)| Some((key, colour?.to_string())));
    let words = [
        ("look-style", texts.say(&format!("proof-style-{}", look.style))),
        ("look-corners", texts.say(&format!("look-corners-{}", look.corners))),
        ("look-font", texts.say(&format!("look-font-{}", look.font))),
    ];
    words.into_iter().chain(colours).map(|(key, value)| (texts.say(key), value)).collect()
}

/// Where something is not as it was written, and what.
pub(in crate::web) fn break_in_words(texts: Texts, found: &Break) -> String {
    let what = texts.say(&format!("consent-difference-{}", found.difference.word().replace('_', "-")));
    let at = match (&found.record, &found.day) {
        (Some(id), _) => texts.say1("proof-chain-record", "number", id.to_string()),
        (None, Some(day)) => texts.say1("proof-chain-day", "day", day),
        (None, None) => texts.say("proof-chain-end"),
    };
    texts.say_with("proof-chain-at", &[("at", at.into()), ("what", what.into())])
}

impl ProofPage {
    fn say(&self, key: &str) -> String {
        self.reader.texts.say(key)
    }

    fn moment(&self, at: &Timestamp) -> String {
        self.reader.texts.moment(*at)
    }

    fn hex(&self, hash: &[u8]) -> String {
        hex(hash)
    }

    /// The other languages: their tags, and what they call themselves.
    fn languages(&self) -> Vec<(&'static str, String)> {
        let other = Language::all().iter().filter(|language| **language != self.reader.texts.0);
        other.map(|language| (language.tag(), Texts(*language).say("language-name"))).collect()
    }

    /// What was checked, and what was found.
    fn checked(&self) -> Vec<String> {
        let checked = &self.proof.checked;
        let mut lines = Vec::new();
        match (&checked.state, &checked.scope) {
            (ChainState::Broken(found), _) => lines.push(self.reader.texts.say1(
                "proof-chain-broken",
                "what",
                break_in_words(self.reader.texts, found),
            )),
            (ChainState::Whole(count), Scope::Chain) => lines.push(self.counted("proof-chain-whole", *count)),
            (ChainState::Whole(count), Scope::Person(_)) => lines.push(self.counted("proof-person-whole", *count)),
        }
        if let Scope::Person(walk) = &checked.scope {
            lines.push(self.walked(walk.as_ref()));
        }
        lines
    }

    fn counted(&self, key: &str, count: u64) -> String {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let number = self.reader.texts.number(count);
        self.reader.texts.say_with(key, &[("count", count.into()), ("number", number.into())])
    }

    /// What the last walk along the whole chain found, where this page made none.
    fn walked(&self, walk: Option<&PastWalk>) -> String {
        let Some(walk) = walk else { return self.say("proof-walked-never") };
        let (at, number) = (self.moment(&walk.walked_at), self.reader.texts.number(walk.records));
        let key = if walk.broken.is_some() { "proof-walked-broken" } else { "proof-walked" };
        self.reader.texts.say_with(key, &[("at", at.into()), ("number", number.into())])
    }

    /// The network of a record in words: why it may be missing is part of the proof.
    fn network(&self, record: &Record) -> String {
        let network = &record.circumstances.network;
        match (&record.personal_salt, network.is_empty()) {
            (None, _) => self.say("proof-network-erased"),
            (Some(_), true) => self.say("proof-network-none"),
            (Some(_), false) => network.clone(),
        }
    }
}
