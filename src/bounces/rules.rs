//! What receiving sides say, and the class it stands for: data (`rules.toml`), the first group that fits wins.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use serde::Deserialize;

use super::{Class, Severity};

/// Most that a `*` of a pattern stands for, in bytes: what is further apart does not belong together.
const WIDEST_GAP: usize = 60;

/// A group of phrases that stand for one class.
#[derive(Deserialize, Debug, Clone)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What it stands for.
    pub class: Class,
    /// Who writes so; empty for many.
    pub provider: String,
    /// Where this was learnt.
    pub source: String,
    /// Set where the words prove less than their class: a dead address then needs a second report.
    pub severity: Option<Severity>,
    /// Set where the words may stand beside what was refused as well: then whatever is said first counts.
    #[serde(default)]
    pub only_first: bool,
    /// Folded phrases, `*` for a little of anything in between, `|` at an end for the edge of a word.
    pub patterns: Vec<String>,
}

impl Rule {
    /// Whether the words are those of one provider or program, which means one thing by them.
    #[must_use]
    pub const fn is_of_a_provider(&self) -> bool {
        !self.provider.is_empty()
    }
}

#[derive(Deserialize)]
struct Table {
    rule: Vec<Rule>,
}

/// A pattern, taken apart.
#[derive(Debug, Clone)]
struct Pattern {
    rule: usize,
    /// All its pieces, where it has gaps.
    pieces: Vec<String>,
    starts_a_word: bool,
    ends_a_word: bool,
}

/// The rules, ready to be looked up in one pass over a text.
struct Rules {
    rules: Vec<Rule>,
    /// Finds the longest piece of each pattern.
    pieces: AhoCorasick,
    /// For each piece: its pattern.
    patterns: Vec<Pattern>,
    /// The domains that patterns name, with what follows them.
    domains: Vec<String>,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::read(include_str!("rules.toml")));

impl Rules {
    /// The table is compiled in and tested; without it every text would be unknown, and nobody would be taken out.
    fn read(text: &str) -> Self {
        let rules = toml::from_str::<Table>(text).map(|table| table.rule).unwrap_or_default();
        let (mut pieces, mut patterns) = (Vec::new(), Vec::new());
        for (rule, written) in rules.iter().enumerate().flat_map(|(n, rule)| rule.patterns.iter().map(move |p| (n, p)))
        {
            let bare = written.trim_matches('|');
            pieces.push(bare.split('*').max_by_key(|piece| piece.len()).unwrap_or_default().to_owned());
            let gapped = if bare.contains('*') { bare.split('*').map(str::to_owned).collect() } else { Vec::new() };
            let (starts_a_word, ends_a_word) = (written.starts_with('|'), written.ends_with('|'));
            patterns.push(Pattern { rule, pieces: gapped, starts_a_word, ends_a_word });
        }
        let pieces = AhoCorasick::new(&pieces).or_else(|_| AhoCorasick::new([] as [&str; 0]));
        // An empty machine can always be built.
        let pieces = pieces.unwrap_or_else(|_| unreachable!("no patterns, no trouble"));
        let named = rules.iter().flat_map(|rule| &rule.patterns).filter_map(|pattern| pattern.strip_prefix('@'));
        let domains = named.filter_map(|rest| rest.split(' ').next().map(str::to_owned)).collect();
        Self { rules, pieces, patterns, domains }
    }
}

/// The first rule one of whose phrases is in a folded text. One that counts only where its words come first gives way to
/// the first of the others where that one's come before.
#[must_use]
pub fn find(folded: &str) -> Option<&'static Rule> {
    let (others, only_first) = hits(folded);
    let best = match (others, only_first) {
        (Some(other), Some(one)) if other.rule < one.rule || other.start < one.start => Some(other),
        (other, one) => one.or(other),
    };
    best.and_then(|hit| RULES.rules.get(hit.rule))
}

/// [`find`] without the rules that count only where their words come first.
#[must_use]
pub fn find_anywhere(folded: &str) -> Option<&'static Rule> {
    hits(folded).0.and_then(|hit| RULES.rules.get(hit.rule))
}

/// A rule that fits, and where its words begin.
#[derive(Clone, Copy)]
struct Hit {
    rule: usize,
    start: usize,
}

impl Hit {
    /// The rule that stands first, at the first of its places.
    fn or(known: Option<Self>, found: Self) -> Self {
        known.filter(|known| (known.rule, known.start) <= (found.rule, found.start)).unwrap_or(found)
    }
}

/// The best of the rules that count anywhere, and of those that count only first.
fn hits(folded: &str) -> (Option<Hit>, Option<Hit>) {
    let (rules, mut others, mut only_first) = (&*RULES, None, None);
    for found in rules.pieces.find_overlapping_iter(folded) {
        let Some(pattern) = rules.patterns.get(found.pattern().as_usize()) else { continue };
        let best = if rules.rules.get(pattern.rule).is_some_and(|rule| rule.only_first) {
            &mut only_first
        } else {
            &mut others
        };
        let is_beaten = best.is_some_and(|known: Hit| known.rule < pattern.rule);
        if !is_beaten && pattern.fits(folded, found.start(), found.end()) {
            *best = Some(Hit::or(*best, Hit { rule: pattern.rule, start: found.start() }));
        }
    }
    (others, only_first)
}

impl Pattern {
    /// Whether the whole pattern is there, its longest piece having been found at these bytes.
    fn fits(&self, folded: &str, start: usize, end: usize) -> bool {
        if !self.pieces.is_empty() {
            return self.fits_with_gaps(folded);
        }
        let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        let before = || folded.get(..start).and_then(|text| text.chars().next_back());
        let after = || folded.get(end..).and_then(|text| text.chars().next());
        (!self.starts_a_word || !is_letter(before())) && (!self.ends_a_word || !is_letter(after()))
    }

    /// Looks from each place of the first piece on; the text is short and such patterns are few.
    fn fits_with_gaps(&self, folded: &str) -> bool {
        let Some((first, others)) = self.pieces.split_first() else { return false };
        folded.match_indices(first.as_str()).take(16).any(|(at, _)| {
            let mut end = at + first.len();
            others.iter().all(|piece| {
                let found = folded.get(end..).and_then(|rest| rest.find(piece.as_str()));
                end += found.unwrap_or_default() + piece.len();
                found.is_some_and(|gap| gap <= WIDEST_GAP)
            })
        })
    }
}

/// Whether a rule looks for this end of a word, an address without what stands before its `@`.
#[must_use]
pub(super) fn names(domain: &str) -> bool {
    RULES.domains.iter().any(|known| known == domain)
}

/// Every rule, in order.
#[must_use]
pub fn all() -> &'static [Rule] {
    &RULES.rules
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::inbound::fold::fold;

    #[test]
    fn the_table_is_read_and_its_patterns_are_folded() {
        assert!(all().len() > 80);
        for rule in all() {
            assert!(!rule.source.is_empty() && !rule.patterns.is_empty());
            for pattern in &rule.patterns {
                let is_told = |piece: &str| piece.trim().len() >= 3 || !piece.is_ascii();
                assert!(pattern.split('*').any(is_told), "{pattern} would fit everything");
                assert_eq!(&fold(pattern), pattern, "would never be found");
                let text = pattern.trim_matches('|').replace('*', " … ");
                assert!(find(&text).is_some(), "{pattern}");
            }
        }
    }

    #[test]
    fn no_pattern_stands_twice() {
        let mut seen = std::collections::HashSet::new();
        for pattern in all().iter().flat_map(|rule| &rule.patterns) {
            assert!(seen.insert(pattern), "{pattern}");
        }
    }

    #[test]
    fn the_first_group_wins() {
        assert_eq!(find("552 5.1.1 mailbox unknown ofr_417").map(|rule| rule.class), Some(Class::MailboxFull));
        assert!(find("nyaan").is_none());
    }

    #[test]
    fn gaps_are_narrow_and_edges_are_kept() {
        let pattern = |text: &str| Pattern {
            rule: 0,
            pieces: text.split('*').map(str::to_owned).collect(),
            starts_a_word: false,
            ends_a_word: false,
        };
        assert!(pattern("user*unknown").fits("the user anne is unknown", 4, 8));
        let far = format!("user {} unknown", "x".repeat(WIDEST_GAP));
        assert!(!pattern("user*unknown").fits(&far, 0, 4));
        assert!(pattern("user*unknown").fits(&format!("{far}, user anne unknown"), 0, 4), "a later place fits");
        let edged = Pattern { pieces: Vec::new(), starts_a_word: true, ends_a_word: true, ..pattern("lock") };
        assert!(edged.fits("no lock here", 3, 7) && !edged.fits("a clock", 3, 7));
    }
}
