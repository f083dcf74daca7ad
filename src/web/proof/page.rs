//! The proof on paper: one column, in words that need no knowledge of this program.

use askama::Template;

use super::masked;
use crate::clock::Timestamp;
use crate::consent::{Break, ChainState, Event, Record};
use crate::forms::Drawn;
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
    /// Where the same is as JSON.
    pub(in crate::web) json: String,
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
    form: Option<Drawn>,
    mail: Option<Reading>,
    is_mail_gone: bool,
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
        form: step.shown.clone().filter(|_| record.event == Event::Requested),
        mail: step.mail.as_deref().and_then(masked::read),
        is_mail_gone: record.mail_hash.is_some() && step.mail.is_none(),
        record,
    }
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

    fn checked(&self) -> String {
        match &self.proof.chain {
            ChainState::Whole(count) => {
                let count = i64::try_from(*count).unwrap_or(i64::MAX);
                let number = self.reader.texts.number(count);
                self.reader.texts.say_with("proof-chain-whole", &[("count", count.into()), ("number", number.into())])
            }
            ChainState::Broken(found) => self.broken(found),
        }
    }

    fn broken(&self, found: &Break) -> String {
        let what = self.say(&format!("consent-difference-{}", found.difference.word().replace('_', "-")));
        let at = match (&found.record, &found.day) {
            (Some(id), _) => self.reader.texts.say1("proof-chain-record", "number", id.to_string()),
            (None, Some(day)) => self.reader.texts.say1("proof-chain-day", "day", day),
            (None, None) => self.say("proof-chain-end"),
        };
        self.reader.texts.say_with("proof-chain-broken", &[("at", at.into()), ("what", what.into())])
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
