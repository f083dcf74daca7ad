//! Every text that pages and mails ask for is there in every language, and none is there that nobody asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use estampille::texts::{Language, Texts};
use estampille::{
    accounts, bounces, campaigns, consent, deliveries, forms, imports, sending_domains, subscriptions, suppressions,
};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// Everything that may ask for a text: templates and source.
fn askers() -> String {
    let mut found = Vec::new();
    files(&root().join("src"), &mut found);
    files(&root().join("templates"), &mut found);
    found.iter().map(|path| std::fs::read_to_string(path).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The keys of one language, each with its file.
fn keys(language: Language) -> BTreeMap<String, String> {
    let mut found = Vec::new();
    files(&root().join("locales").join(language.tag()), &mut found);
    let mut keys = BTreeMap::new();
    for path in found {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            let is_key = |text: &str| {
                text.starts_with(|c: char| c.is_ascii_lowercase())
                    && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            };
            if let Some((key, _)) = line.split_once(" =").filter(|(key, _)| is_key(key)) {
                assert!(keys.insert(key.to_owned(), file.clone()).is_none(), "{key} stands twice in {language}");
            }
        }
    }
    keys
}

/// The first quoted text after each place where `call` stands.
fn quoted_after<'a>(askers: &'a str, call: &str) -> BTreeSet<&'a str> {
    askers
        .split(call)
        .skip(1)
        .filter_map(|rest| rest.split_once('"').filter(|(before, _)| before.len() < 60 && !before.contains(';')))
        .filter_map(|(_, rest)| rest.split_once('"').map(|(key, _)| key))
        .filter(|key| {
            key.contains('-')
                && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        })
        .collect()
}

#[test]
fn every_language_has_the_same_keys_in_the_same_files() {
    let english = keys(Language::ENGLISH);
    for language in Language::all() {
        assert_eq!(keys(*language), english, "{language}");
    }
}

/// A line may not break before these signs, nor after an opening quotation mark.
#[test]
fn french_keeps_its_signs_and_their_words_together() {
    let mut found = Vec::new();
    files(&root().join("locales/fr"), &mut found);
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        for (at, line) in text.lines().enumerate() {
            let is_apart = [" :", " ;", " ?", " !", " »", "« "].iter().any(|pair| line.contains(pair));
            assert!(!is_apart && !line.contains('\''), "{}:{}: {line}", path.display(), at + 1);
        }
    }
}

#[test]
fn every_text_that_is_asked_for_is_there() {
    let (askers, keys) = (askers(), keys(Language::ENGLISH));
    let mut missing = BTreeSet::new();
    for call in ["say(", "say1(", "say_of(", "say_with(", ".count(", "page_of(", "stranger("] {
        missing.extend(quoted_after(&askers, call).into_iter().filter(|key| !keys.contains_key(*key)));
    }
    assert_eq!(missing, BTreeSet::new());
}

#[test]
fn every_notice_after_a_redirection_is_there() {
    let (askers, keys) = (askers(), keys(Language::ENGLISH));
    let written = askers
        .split("done=")
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_lowercase() && c != '-').next())
        .filter(|word| !word.is_empty());
    // Pages with many answers have a `back(id, "word")`, and nothing else may put a variable there.
    let handed = askers.split("back(id, \"").skip(1).filter_map(|rest| rest.split('"').next());
    assert_eq!(askers.matches("done={").count(), askers.matches("fn back(").count());
    let said: BTreeSet<String> = written.chain(handed).map(|word| format!("done-{word}")).collect();
    let there: BTreeSet<String> = keys.into_keys().filter(|key| key.starts_with("done-")).collect();
    assert_eq!(said, there);
}

#[test]
fn every_word_of_our_enums_has_its_text() {
    fn of<T: std::fmt::Display>(prefix: &str, all: &[T]) -> Vec<String> {
        all.iter().map(|word| format!("{prefix}-{}", word.to_string().replace('_', "-"))).collect()
    }
    let mut wanted = of("subscription-state", subscriptions::State::ALL);
    wanted.extend(of("end-reason", subscriptions::EndReason::ALL));
    wanted.extend(of("consent-via", subscriptions::EndReason::ALL));
    wanted.extend(of("consent-via", subscriptions::Via::ALL));
    wanted.extend(of("consent-event", consent::Event::ALL));
    wanted.extend(of("consent-difference", consent::Difference::ALL));
    wanted.extend(of("import-state", imports::State::ALL));
    wanted.extend(of("import-pause", imports::PauseReason::ALL));
    wanted.extend(of("import-row", imports::RowRefusal::ALL));
    wanted.extend(of("campaign-state", campaigns::State::ALL));
    wanted.extend(of("body-format", campaigns::BodyFormat::ALL));
    wanted.extend(of("delivery-state", deliveries::State::ALL));
    wanted.extend(of("delivery-kind", deliveries::Kind::ALL));
    wanted.extend(of("bounce-class", bounces::Class::ALL));
    wanted.extend(of("bounce-severity", bounces::Severity::ALL));
    wanted.extend(of("inbound-state", bounces::inbound_messages::State::ALL));
    wanted.extend(of("inbound-note", bounces::inbound_messages::Note::ALL));
    wanted.extend(of("inbound-reporter", bounces::inbound_messages::Reporter::ALL));
    wanted.extend(of("suppression-reason", suppressions::Reason::ALL));
    wanted.extend(of("domain-record", sending_domains::Record::ALL));
    wanted.extend(of("domain-finding", sending_domains::State::ALL));
    wanted.extend(of("scope", accounts::Scope::ALL));
    wanted.extend(of("field-kind", forms::FieldKind::ALL));
    wanted.extend(of("look-style", forms::Style::ALL));
    wanted.extend(of("look-corners", forms::Corners::ALL));
    wanted.extend(of("look-font", forms::Font::ALL));
    wanted.extend(of("rhythm", subscriptions::Frequency::ALL));
    wanted.extend(of("flood-step", subscriptions::Step::ALL));
    let missing: Vec<&String> = wanted.iter().filter(|key| Texts(Language::ENGLISH).say(key) == **key).collect();
    assert_eq!(missing, Vec::<&String>::new());
}

#[test]
fn no_text_is_there_that_nobody_asks_for() {
    let askers = askers();
    // Made of a beginning and a word: `page.word("beginning", word)`, `format!("beginning-{word}")`.
    let mut beginnings: BTreeSet<String> =
        quoted_after(&askers, "word(").into_iter().map(|start| format!("{start}-")).collect();
    let formatted = askers.split("format!(\"").skip(1).filter_map(|rest| rest.split_once('{').map(|(start, _)| start));
    beginnings.extend(formatted.filter(|start| start.ends_with('-')).map(ToOwned::to_owned));
    let is_asked_for = |key: &str| {
        let quoted = |text: &str| askers.contains(&format!("\"{text}\""));
        let stem = key.rsplit_once('-').map_or("", |(stem, _)| stem);
        quoted(key) || quoted(stem) || beginnings.iter().any(|start| key.starts_with(start.as_str()))
    };
    let unused: Vec<String> = keys(Language::ENGLISH).into_keys().filter(|key| !is_asked_for(key)).collect();
    assert_eq!(unused, Vec::<String>::new());
}

/// Whoever adds a language adds a folder: no part of the program asks which language it is.
#[test]
fn a_further_language_needs_one_folder_and_no_code() {
    let mut folders: Vec<String> = std::fs::read_dir(root().join("locales"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    folders.sort();
    let mut known: Vec<&str> = Language::all().iter().map(|language| language.tag()).collect();
    known.sort_unstable();
    assert_eq!(known, folders, "every folder is a language, and every language is a folder");
    let mut sources = Vec::new();
    files(&root().join("src"), &mut sources);
    files(&root().join("templates"), &mut sources);
    let asks = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let program = text.split("#[cfg(test)]").next().unwrap_or_default();
        // The demo shows the second language on purpose.
        let is_demo = path.components().any(|part| part.as_os_str() == "demo");
        let is_test = path.to_string_lossy().ends_with("tests.rs");
        !is_demo && !is_test && folders.iter().any(|tag| tag != "en" && program.contains(&format!("\"{tag}\"")))
    };
    assert_eq!(sources.iter().filter(|path| asks(path)).collect::<Vec<_>>(), Vec::<&PathBuf>::new());
}
