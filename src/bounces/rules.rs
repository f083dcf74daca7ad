//! What receiving sides say, and the class it stands for: data (`rules.toml`), the first group that fits wins.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use serde::Deserialize;

use super::Class;

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
    /// Folded phrases, `*` for anything in between.
    pub patterns: Vec<String>,
}

#[derive(Deserialize)]
struct Table {
    rule: Vec<Rule>,
}

/// The rules, ready to be looked up in one pass over a text.
struct Rules {
    rules: Vec<Rule>,
    /// Finds the longest piece of each pattern.
    pieces: AhoCorasick,
    /// For each piece: its rule, and the whole pattern when it has gaps.
    owners: Vec<(usize, Option<String>)>,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::read(include_str!("rules.toml")));

impl Rules {
    /// The table is compiled in and tested; without it every text would be unknown, and nobody would be taken out.
    fn read(text: &str) -> Self {
        let rules = toml::from_str::<Table>(text).map(|table| table.rule).unwrap_or_default();
        let mut pieces = Vec::new();
        let mut owners = Vec::new();
        for (number, rule) in rules.iter().enumerate() {
            for pattern in &rule.patterns {
                let longest = pattern.split('*').max_by_key(|piece| piece.len()).unwrap_or_default();
                pieces.push(longest.to_owned());
                owners.push((number, pattern.contains('*').then(|| pattern.clone())));
            }
        }
        let pieces = AhoCorasick::new(&pieces).or_else(|_| AhoCorasick::new([] as [&str; 0]));
        // An empty machine can always be built.
        let pieces = pieces.unwrap_or_else(|_| unreachable!("no patterns, no trouble"));
        Self { rules, pieces, owners }
    }
}

/// The first rule one of whose phrases is in a folded text.
#[must_use]
pub fn find(folded: &str) -> Option<&'static Rule> {
    let rules = &*RULES;
    let mut best: Option<usize> = None;
    for hit in rules.pieces.find_overlapping_iter(folded) {
        let Some((number, pattern)) = rules.owners.get(hit.pattern().as_usize()) else { continue };
        if best.is_none_or(|known| *number < known) && pattern.as_deref().is_none_or(|whole| fits(whole, folded)) {
            best = Some(*number);
        }
    }
    best.and_then(|number| rules.rules.get(number))
}

fn fits(pattern: &str, folded: &str) -> bool {
    let mut rest = folded;
    pattern.split('*').all(|piece| match rest.split_once(piece) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
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
        assert!(all().len() > 20);
        for rule in all() {
            assert!(!rule.source.is_empty() && !rule.patterns.is_empty());
            for pattern in &rule.patterns {
                assert!(pattern.split('*').any(|piece| piece.trim().len() >= 2), "{pattern} would fit everything");
                assert_eq!(&fold(pattern), pattern.trim(), "would never be found");
                assert!(find(&pattern.replace('*', " … ")).is_some(), "{pattern}");
            }
        }
    }

    #[test]
    fn the_first_group_wins() {
        assert_eq!(find("552 5.1.1 mailbox unknown ofr_417").map(|rule| rule.class), Some(Class::MailboxFull));
        assert!(find("nyaan").is_none());
    }
}
