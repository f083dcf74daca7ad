//! How programs that write to us write: data (`phrases.toml`), each list looked for in one pass over a folded text.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use serde::Deserialize;

use super::fold::fold;

/// The lists, as they are written.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Lists {
    announcing: Vec<String>,
    quoting: Vec<String>,
    returned: Vec<String>,
    returned_loose: Vec<String>,
    daemons: Vec<String>,
    failed_subjects: Vec<String>,
    failed_prose: Vec<String>,
    delayed: Vec<String>,
    succeeded: Vec<String>,
    r#final: Vec<String>,
    challenges: Vec<String>,
    challenging: Vec<String>,
    automatic_subjects: Vec<String>,
}

/// The table is compiled in and tested.
static LISTS: LazyLock<Lists> = LazyLock::new(|| toml::from_str(include_str!("phrases.toml")).unwrap_or_default());

/// One list, ready to be looked for; nothing is found when it could not be made ready.
struct Machine(Option<AhoCorasick>);

impl Machine {
    fn of(words: &[String]) -> Self {
        Self(AhoCorasick::new(words).ok())
    }

    /// Looks faster, in ten times the memory: for what is looked for in every line.
    fn quick(words: &[String]) -> Self {
        Self(AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(words).ok())
    }

    fn is_in(&self, folded: &str) -> bool {
        self.0.as_ref().is_some_and(|machine| machine.is_match(folded))
    }
}

static QUOTING: LazyLock<Machine> = LazyLock::new(|| Machine::of(&LISTS.quoting));
static RETURNED: LazyLock<Machine> = LazyLock::new(|| Machine::of(&LISTS.returned));
/// Both of them, for a first look in one pass.
static RETURNED_ANY: LazyLock<Machine> =
    LazyLock::new(|| Machine::quick(&[LISTS.returned.as_slice(), &LISTS.returned_loose].concat()));
static RETURNED_LOOSE: LazyLock<Machine> = LazyLock::new(|| Machine::of(&LISTS.returned_loose));
static DAEMONS: LazyLock<Machine> = LazyLock::new(|| Machine::of(&LISTS.daemons));
static FAILED_SUBJECTS: LazyLock<Machine> = LazyLock::new(|| Machine::of(&LISTS.failed_subjects));
static FAILED_PROSE: LazyLock<Machine> = LazyLock::new(|| Machine::of(&LISTS.failed_prose));
static DELAYED: LazyLock<Machine> = LazyLock::new(|| Machine::of(&LISTS.delayed));
static SUCCEEDED: LazyLock<Machine> = LazyLock::new(|| Machine::of(&LISTS.succeeded));
static FINAL: LazyLock<Machine> = LazyLock::new(|| Machine::of(&LISTS.r#final));
static CHALLENGING: LazyLock<Machine> = LazyLock::new(|| Machine::of(&LISTS.challenging));
static CHALLENGES: LazyLock<Machine> = LazyLock::new(|| Machine::of(&LISTS.challenges));
static AUTOMATIC: LazyLock<Machine> = LazyLock::new(|| Machine::of(&LISTS.automatic_subjects));

/// Whether folded text that ends right before an address announces it as the one that failed.
pub(super) fn announces_an_address(before: &str) -> bool {
    LISTS.announcing.iter().any(|word| {
        let head = before.strip_suffix(word.trim_end_matches(':'));
        head.is_some_and(|head| !head.chars().next_back().is_some_and(char::is_alphanumeric))
    })
}

/// What stands after the words by which a report says that it quotes the other server, in a folded line.
pub(super) fn quoted_after(folded: &str) -> Option<&str> {
    let hit = QUOTING.0.as_ref()?.find(folded)?;
    folded.get(hit.end()..)
}

/// Whether this folded line announces the returned message.
pub(super) fn announces_returned(folded: &str) -> bool {
    let line = folded.trim_start_matches("> ");
    let is_drawn = || line.ends_with(':') || line.contains("--") || line.contains("==");
    (RETURNED_ANY.is_in(line) && (RETURNED.is_in(line) || (is_drawn() && RETURNED_LOOSE.is_in(line))))
        || (line.starts_with("the first ") && line.contains("of the original message"))
}

/// Whether a From field is one of a program that returns mail.
pub(super) fn is_daemon(from: &str) -> bool {
    DAEMONS.is_in(&fold(from))
}

/// Whether a folded subject is one of mail that comes back.
pub(super) fn is_failed_subject(folded: &str) -> bool {
    FAILED_SUBJECTS.is_in(folded)
}

/// Whether folded prose says that mail comes back.
pub(super) fn is_failed_prose(folded: &str) -> bool {
    FAILED_PROSE.is_in(folded)
}

/// Whether folded text says that mail is only late.
pub(super) fn is_delayed(folded: &str) -> bool {
    DELAYED.is_in(folded) && !FINAL.is_in(folded)
}

/// Whether folded text says that mail arrived.
pub(super) fn is_success(folded: &str) -> bool {
    SUCCEEDED.is_in(folded)
}

/// Whether a folded subject asks a sender to prove to be a person.
pub(super) fn is_challenge(folded: &str) -> bool {
    CHALLENGES.is_in(folded)
}

/// Whether folded prose asks a sender to prove to be a person, in words that only such programs use.
pub(super) fn is_challenge_prose(folded: &str) -> bool {
    CHALLENGING.is_in(folded)
}

/// Whether a folded subject is one that programs put over their answers.
pub(super) fn is_automatic_subject(folded: &str) -> bool {
    let Some(machine) = AUTOMATIC.0.as_ref() else { return false };
    machine.find_overlapping_iter(folded).any(|hit| {
        let phrase = folded.get(hit.start()..hit.end()).unwrap_or_default();
        // Short words would be found inside ordinary ones.
        phrase.len() > 10 || !phrase.is_ascii() || opens_a_part(folded, hit.start(), hit.end())
    })
}

/// Whether a word stands by itself at the start of a subject or of a part of it: `Re: Urlaub`.
fn opens_a_part(text: &str, start: usize, end: usize) -> bool {
    let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    let after = text.get(end..).and_then(|text| text.chars().next());
    let ends = text.get(start..end).is_some_and(|word| word.ends_with([' ', ':'])) || !is_letter(after);
    let head = text.get(..start).unwrap_or_default().trim_end();
    ends && (head.is_empty() || head.ends_with([':', '[', '(']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_read_and_their_phrases_are_folded() {
        let lists = &*LISTS;
        let all = [
            &lists.announcing,
            &lists.quoting,
            &lists.returned,
            &lists.returned_loose,
            &lists.daemons,
            &lists.failed_subjects,
            &lists.failed_prose,
            &lists.delayed,
            &lists.succeeded,
            &lists.r#final,
            &lists.challenges,
            &lists.challenging,
            &lists.automatic_subjects,
        ];
        for list in all {
            assert!(list.len() >= 8);
            for phrase in list {
                assert_eq!(&fold(phrase), phrase, "would never be found");
            }
        }
    }

    #[test]
    fn an_announcing_word_stands_by_itself() {
        assert!(announces_an_address("nachricht an") && announces_an_address("for"));
        assert!(!announces_an_address("japan") && !announces_an_address("therefor"));
    }

    #[test]
    fn short_words_announce_an_answer_only_where_they_open_a_subject() {
        for subject in ["absence : vos questions", "re: urlaub", "out of office: anne", "不在のお知らせ"] {
            assert!(is_automatic_subject(subject), "{subject}");
        }
        for subject in ["urlaubsangebote", "sommerurlaub buchen", "the absence of noise", "ferienwohnung"] {
            assert!(!is_automatic_subject(subject), "{subject}");
        }
    }
}
