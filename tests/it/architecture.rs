//! The shape that ARCHITECTURE.md describes, held by a machine.

mod imports;
mod source;
mod texts;

use source::{Source, all_sources};

/// The nouns of list mail by rank: a noun imports those of lower ranks, and of its own rank without a circle.
const NOUNS: &[&[&str]] = &[
    &["audit", "ceilings"],
    &["accounts"],
    &["sending_domains", "lists", "forms", "subscribers", "suppressions", "consent", "idempotency"],
    &["deliveries", "pacing"],
    &["subscriptions"],
    &["campaigns", "bounces", "complaints", "imports"],
    &["reputation", "simulation"],
];
/// What runs the nouns; no noun and no side may import it.
const EDGES: &[&str] = &["web", "worker", "cli", "app"];
/// What stands at the side: values and keys that everything may name, and that name no noun.
const SIDES: &[&str] = &["storage", "mail", "keyring", "clock", "texts", "config"];

const LONGEST_FILE: usize = 250;
/// One `table!` or one phrase after the other: lists, not texts.
const LISTS: &[&str] = &["src/storage/schema.rs", "src/mail/inbound/phrases.rs"];
const LONGEST_FUNCTION: usize = 60;

/// Every file that breaks a rule, each with what it does wrong.
fn assert_none(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}\n  {}", broken.join("\n  "));
}

fn rank_of(noun: &str) -> Option<usize> {
    NOUNS.iter().position(|rank| rank.contains(&noun))
}

#[test]
fn the_reader_of_imports_sees_paths_groups_supers_macros_and_attributes_but_no_tests() {
    let text = "use crate::{web::guard, lists};
        fn send() { super::super::campaigns::start(); write!(out, \"{}\", crate::bounces::LIMIT); }
        #[diesel(table_name = crate::storage::schema::forms)] struct Row;
        #[cfg(test)] mod tests { use crate::worker::start; }";
    let source = Source::parse("src/deliveries/store.rs", text);
    let used: Vec<String> = imports::parts_used(&source).into_iter().map(|(part, _)| part).collect();
    assert_eq!(used, ["bounces", "campaigns", "lists", "storage", "web"]);
    assert_eq!(imports::lines_naming(&source, "diesel"), [3]);
    assert_eq!(source.lines_without_tests(), 3);
}

#[test]
fn every_folder_is_a_known_noun_edge_or_side() {
    let unknown: Vec<String> = all_sources()
        .iter()
        .map(Source::part)
        .filter(|part| !["lib", "main"].contains(&part.as_str()))
        .filter(|part| rank_of(part).is_none() && !EDGES.contains(&part.as_str()) && !SIDES.contains(&part.as_str()))
        .collect();
    assert_none("these parts of src/ have no place in the order of imports", &unknown);
}

#[test]
fn nouns_import_leftwards_only() {
    let mut broken = Vec::new();
    for source in all_sources() {
        let Some(own) = rank_of(&source.part()) else { continue };
        for (used, line) in imports::parts_used(&source) {
            let is_above = EDGES.contains(&used.as_str()) || rank_of(&used).is_some_and(|rank| rank > own);
            if is_above {
                broken.push(format!("{}:{line} uses crate::{used}", source.path));
            }
        }
    }
    assert_none("a noun of list mail may only use what stands to its left", &broken);
}

#[test]
fn nouns_of_one_rank_import_each_other_without_a_circle() {
    let used: Vec<(String, String)> = all_sources()
        .iter()
        .flat_map(|source| imports::parts_used(source).into_iter().map(|(used, _)| (source.part(), used)))
        .collect();
    for rank in NOUNS {
        let used_by = |part: &str| -> Vec<String> {
            let of_part = used.iter().filter(|(user, used)| user == part && rank.contains(&used.as_str()));
            of_part.map(|(_, used)| used.clone()).collect()
        };
        for start in *rank {
            let (mut reached, mut next) = (Vec::<String>::new(), used_by(start));
            while let Some(part) = next.pop() {
                assert!(part != *start, "{start} imports itself by way of {reached:?}");
                if !reached.contains(&part) {
                    next.extend(used_by(&part));
                    reached.push(part);
                }
            }
        }
    }
}

#[test]
fn the_sides_name_no_noun_and_no_edge() {
    let mut broken = Vec::new();
    for source in all_sources().iter().filter(|source| SIDES.contains(&source.part().as_str())) {
        for (used, line) in imports::parts_used(source) {
            if rank_of(&used).is_some() || EDGES.contains(&used.as_str()) {
                broken.push(format!("{}:{line} uses crate::{used}", source.path));
            }
        }
    }
    assert_none("mail, storage, keys, clock, texts and settings know no rule of list mail", &broken);
}

#[test]
fn web_and_worker_do_not_know_each_other_nor_the_commands() {
    let mut broken = Vec::new();
    for source in all_sources() {
        let forbidden: &[&str] = match source.part().as_str() {
            "web" => &["worker", "cli"],
            "worker" => &["web", "cli"],
            _ => continue,
        };
        for (used, line) in imports::parts_used(&source) {
            if forbidden.contains(&used.as_str()) {
                broken.push(format!("{}:{line} uses crate::{used}", source.path));
            }
        }
    }
    assert_none("web and worker stand beside each other, below the commands", &broken);
}

#[test]
fn only_stores_and_storage_name_diesel() {
    let mut broken = Vec::new();
    for source in all_sources() {
        let is_store = source.path.ends_with("/store.rs") || source.path.contains("/store/");
        if source.part() == "storage" || is_store {
            continue;
        }
        broken.extend(imports::lines_naming(&source, "diesel").iter().map(|line| format!("{}:{line}", source.path)));
    }
    assert_none("queries belong in store.rs files and in src/storage", &broken);
}

#[test]
fn files_are_short() {
    let texts = all_sources().into_iter().filter(|source| !LISTS.contains(&source.path.as_str()));
    let long = texts.filter(|source| source.lines_without_tests() > LONGEST_FILE);
    let broken: Vec<String> =
        long.map(|source| format!("{}: {} lines", source.path, source.lines_without_tests())).collect();
    assert_none(&format!("a file has one verb and at most {LONGEST_FILE} lines without its tests"), &broken);
}

#[test]
fn functions_are_short() {
    let mut broken = Vec::new();
    for source in all_sources() {
        for (name, line, length) in source.functions() {
            if length > LONGEST_FUNCTION {
                broken.push(format!("{}:{line} {name}: {length} lines", source.path));
            }
        }
    }
    assert_none(&format!("a function has at most {LONGEST_FUNCTION} lines"), &broken);
}

#[test]
fn names_say_what_a_thing_is() {
    const FILES: &[&str] = &["utils", "util", "helpers", "helper", "common", "misc", "types", "models", "services"];
    const ENDINGS: &[&str] = &["Manager", "Handler", "Helper", "Helpers", "Util", "Utils", "Data", "Info"];
    let mut broken = Vec::new();
    for source in all_sources() {
        if source.path.trim_end_matches(".rs").split('/').any(|segment| FILES.contains(&segment)) {
            broken.push(source.path.clone());
        }
        let vague = |name: &String| ENDINGS.iter().any(|ending| name.ends_with(ending)) && name != "Data";
        broken.extend(source.type_names().into_iter().filter(vague).map(|name| format!("{}: {name}", source.path)));
    }
    assert_none("these names say nothing", &broken);
}
