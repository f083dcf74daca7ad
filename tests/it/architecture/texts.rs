//! Every text that the program says is in both catalogues, and none is written for nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::assert_none;
use super::source::project;

#[test]
fn every_language_has_the_same_texts() {
    let (english, french) = (keys_of("en"), keys_of("fr"));
    let lacking = |have: &BTreeMap<String, String>, want: &BTreeMap<String, String>, language: &str| -> Vec<String> {
        let missing = want.iter().filter(|(key, _)| !have.contains_key(*key));
        missing.map(|(key, file)| format!("{language}: {key} (see {file})")).collect()
    };
    let broken = [lacking(&english, &french, "en"), lacking(&french, &english, "fr")].concat();
    assert_none("these texts are missing from a language", &broken);
}

#[test]
fn a_text_is_written_once_a_language() {
    let mut broken = Vec::new();
    for language in ["en", "fr"] {
        let mut seen = BTreeSet::new();
        for (file, key) in entries_of(language) {
            if !seen.insert(key.clone()) {
                broken.push(format!("{language}: {key} again in {file}"));
            }
        }
    }
    assert_none("a key has one text", &broken);
}

#[test]
fn every_key_that_is_said_has_a_text() {
    let known = keys_of("en");
    let mut broken = Vec::new();
    for folder in ["src", "templates"] {
        for (path, text) in files_under(&project().join(folder)) {
            for key in said_in(&text) {
                if !known.contains_key(&key) {
                    broken.push(format!("{path}: {key}"));
                }
            }
        }
    }
    assert_none("these keys have no text", &broken);
}

/// The keys that stand as a literal in `say("…")`, `say1("…")` and `say_with("…")`.
fn said_in(text: &str) -> Vec<String> {
    let mut keys = Vec::new();
    for call in [".say(", ".say1(", ".say_with("] {
        for rest in text.split(call).skip(1) {
            let literal = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"'));
            // Other things say something too: an SMTP session its reply.
            let key = literal.map(|(key, _)| key).filter(|key| !key.contains(' '));
            keys.extend(key.map(ToOwned::to_owned));
        }
    }
    keys
}

fn keys_of(language: &str) -> BTreeMap<String, String> {
    entries_of(language).into_iter().map(|(file, key)| (key, file)).collect()
}

fn entries_of(language: &str) -> Vec<(String, String)> {
    let mut entries = Vec::new();
    for (path, text) in files_under(&project().join("locales").join(language)) {
        for line in text.lines().filter(|line| line.starts_with(|letter: char| letter.is_ascii_alphabetic())) {
            if let Some((key, _)) = line.split_once('=') {
                entries.push((path.clone(), key.trim().to_owned()));
            }
        }
    }
    assert!(!entries.is_empty(), "{language} has no catalogue");
    entries
}

fn files_under(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_under(&path));
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            files.push((path.strip_prefix(project()).unwrap().to_string_lossy().into_owned(), text));
        }
    }
    files
}
