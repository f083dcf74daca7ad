//! What the records found mean. Pure: DNS answers in, findings out.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::mail::dns::Answer;
use crate::storage::words;

words! {
    /// How a record stands.
    pub enum State {
        /// As wanted.
        Good = "good",
        /// Not there.
        Missing = "missing",
        /// There, but says something else.
        Different = "different",
        /// Nobody answered.
        Unreachable = "unreachable",
    }
}

/// One record, as the last check found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which record.
    pub record: Record,
    /// How it stands.
    pub state: State,
    /// What was seen in its place; empty when nothing was.
    pub seen: String,
}

/// The answers that a check got.
#[derive(Debug, Clone)]
pub struct Found {
    /// TXT at the selector.
    pub dkim: Answer<String>,
    /// TXT at the selector of the second key, where its record is wanted.
    pub dkim_ed25519: Option<Answer<String>>,
    /// TXT at `_dmarc` of the domain and of its parents, nearest first (RFC 9989, tree walk).
    pub dmarc: Vec<Answer<String>>,
    /// TXT at the domain.
    pub spf: Answer<String>,
    /// MX of the installation's mail domain.
    pub return_path: Answer<String>,
}

/// The public keys whose records are wanted, as `p=` carries them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKeys {
    /// Of the RSA key.
    pub rsa: String,
    /// Of the second key, where it is wanted.
    pub ed25519: Option<String>,
}

/// What the answers mean for a domain with these keys, with return paths at `mail_domain`.
#[must_use]
pub fn judge(keys: &PublicKeys, mail_domain: &str, found: &Found) -> Vec<Finding> {
    let is_key = |text: &str, wanted: &str| tag(text, "p").is_some_and(|key| key == wanted);
    let mut findings = vec![
        finding(Record::Dkim, &found.dkim, is_about_dkim, |text| is_key(text, &keys.rsa)),
        dmarc(&found.dmarc),
        finding(Record::Spf, &found.spf, is_spf, |text| names_us(text, mail_domain)),
        finding(Record::ReturnPath, &found.return_path, |_| true, |_| true),
    ];
    if let (Some(wanted), Some(answer)) = (&keys.ed25519, &found.dkim_ed25519) {
        // Without `k=` a key is read as RSA.
        let is_good = |text: &str| is_key(text, wanted) && tag(text, "k").is_some_and(|kind| kind == "ed25519");
        findings.push(finding(Record::DkimEd25519, answer, is_about_dkim, is_good));
    }
    findings
}

/// Whether the account may send from the domain: its RSA key and a DMARC policy are found, whatever signs. That record
/// is what shows whose the domain is. Where nobody answered, what was so before stays so.
#[must_use]
pub fn is_verified(findings: &[Finding], was_verified: bool) -> bool {
    let stands = |record: Record| match findings.iter().find(|finding| finding.record == record) {
        Some(Finding { state: State::Good, .. }) => true,
        Some(Finding { state: State::Unreachable, .. }) => was_verified,
        Some(_) | None => false,
    };
    stands(Record::Dkim) && stands(Record::Dmarc)
}

fn finding(
    record: Record,
    answer: &Answer<String>,
    is_about: impl Fn(&str) -> bool,
    is_good: impl Fn(&str) -> bool,
) -> Finding {
    let seen: Vec<&str> = answer.records().iter().map(String::as_str).filter(|text| is_about(text)).collect();
    let state = match answer {
        Answer::Unreachable(_) => State::Unreachable,
        _ if seen.is_empty() => State::Missing,
        _ if seen.iter().any(|text| is_good(text)) => State::Good,
        _ => State::Different,
    };
    let shown = seen.iter().find(|text| is_good(text)).or(seen.first());
    Finding { record, state, seen: shown.map(|text| text.chars().take(500).collect()).unwrap_or_default() }
}

/// The nearest level that has a policy decides; a level that did not answer hides what stands above it.
fn dmarc(levels: &[Answer<String>]) -> Finding {
    let is_good =
        |text: &str| tag(text, "p").is_some_and(|policy| ["none", "quarantine", "reject"].contains(&policy.as_str()));
    for level in levels {
        let finding = finding(Record::Dmarc, level, is_dmarc, is_good);
        if finding.state != State::Missing {
            return finding;
        }
    }
    Finding { record: Record::Dmarc, state: State::Missing, seen: String::new() }
}

fn is_about_dkim(text: &str) -> bool {
    tag(text, "p").is_some()
}

fn is_dmarc(text: &str) -> bool {
    tag(text, "v").is_some_and(|version| version.eq_ignore_ascii_case("DMARC1"))
}

fn is_spf(text: &str) -> bool {
    text.split_whitespace().next().is_some_and(|first| first.eq_ignore_ascii_case("v=spf1"))
}

fn names_us(text: &str, mail_domain: &str) -> bool {
    let wanted = format!("include:{mail_domain}");
    text.split_whitespace().any(|term| term.trim_start_matches('+').eq_ignore_ascii_case(&wanted))
}

/// The value of one tag of a tag list (RFC 6376, section 3.2), white space inside dropped.
fn tag(text: &str, name: &str) -> Option<String> {
    let pairs = text.split(';').filter_map(|pair| pair.split_once('='));
    let value = pairs.into_iter().find(|(key, _)| key.trim() == name)?.1;
    Some(value.chars().filter(|character| !character.is_whitespace()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn txt(texts: &[&str]) -> Answer<String> {
        if texts.is_empty() { Answer::Missing } else { Answer::Found(texts.iter().map(|t| (*t).to_owned()).collect()) }
    }

    fn found(dkim: &[&str], dmarc: &[&str], parent: &[&str]) -> Found {
        Found {
            dkim: txt(dkim),
            dkim_ed25519: None,
            dmarc: vec![txt(dmarc), txt(parent)],
            spf: txt(&[]),
            return_path: txt(&[]),
        }
    }

    fn keys(ed25519: Option<&str>) -> PublicKeys {
        PublicKeys { rsa: "MIIBkey".to_owned(), ed25519: ed25519.map(str::to_owned) }
    }

    fn verdict(found: &Found, was_verified: bool) -> bool {
        is_verified(&judge(&keys(None), "lists.example", found), was_verified)
    }

    #[test]
    fn aut_01_a_domain_is_verified_by_its_own_key_and_a_policy_there_or_above() {
        let key = "v=DKIM1; k=rsa; p=MIIB key";
        for (dkim, dmarc, parent, expected) in [
            (&[key][..], &["v=DMARC1; p=none"][..], &[][..], true),
            (&[key], &[], &["v=DMARC1;p=reject"], true),
            (&["p=other", key], &["something", "v=DMARC1; p=none"], &[], true),
            (&["v=DKIM1; k=rsa; p="], &["v=DMARC1; p=none"], &[], false),
            (&["v=DKIM1; p=MIIBother"], &["v=DMARC1; p=none"], &[], false),
            (&[], &["v=DMARC1; p=none"], &[], false),
            (&[key], &[], &[], false),
            (&[key], &["v=DMARC1; p=maybe"], &["v=DMARC1; p=none"], false),
        ] {
            assert_eq!(verdict(&found(dkim, dmarc, parent), false), expected, "{dkim:?} {dmarc:?} {parent:?}");
        }
    }

    #[test]
    fn silence_changes_nothing() {
        let silent = Found { dkim: Answer::Unreachable("timeout".into()), ..found(&[], &["v=DMARC1; p=none"], &[]) };
        assert!(verdict(&silent, true));
        assert!(!verdict(&silent, false));
    }

    #[test]
    fn spf_is_good_when_it_includes_our_mail_domain() {
        for (text, state) in [
            ("v=spf1 include:lists.example ~all", State::Good),
            ("v=spf1 mx -all", State::Different),
            ("v=spf10", State::Missing),
        ] {
            let found = Found { spf: txt(&[text]), ..found(&[], &[], &[]) };
            let findings = judge(&keys(None), "lists.example", &found);
            let spf = findings.iter().find(|finding| finding.record == Record::Spf).unwrap();
            assert_eq!(spf.state, state, "{text}");
        }
    }

    #[test]
    fn aut_02_the_second_key_is_good_with_its_kind_and_its_absence_takes_nothing_away() {
        let first = "v=DKIM1; k=rsa; p=MIIBkey";
        for (text, state) in [
            ("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", State::Good),
            ("v=DKIM1; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", State::Different),
            ("v=DKIM1; k=ed25519; p=", State::Different),
            ("something", State::Missing),
        ] {
            let seen = Found { dkim_ed25519: Some(txt(&[text])), ..found(&[first], &["v=DMARC1; p=none"], &[]) };
            let findings = judge(&keys(Some("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")), "lists.example", &seen);
            let second = findings.iter().find(|finding| finding.record == Record::DkimEd25519).unwrap();
            assert_eq!(second.state, state, "{text}");
            assert!(is_verified(&findings, false), "{text}");
        }
    }
}
