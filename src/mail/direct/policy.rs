//! MTA-STS: what a domain demands of who brings it mail (RFC 8461).

use std::time::Duration;

/// A policy (section 3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Policy {
    pub(super) mode: Mode,
    /// The hosts that mail may go to: names, or `*.` and a name.
    pub(super) hosts: Vec<String>,
    pub(super) max_age: Duration,
}

/// What to do with a host that breaks the policy (section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Nothing goes there.
    Enforce,
    /// Mail goes, and the trouble is noted.
    Testing,
    /// The domain has no policy any more.
    None,
}

/// Section 3.2: about a year.
const LONGEST_AGE: u64 = 31_557_600;

/// The id of the policy, from the TXT records at `_mta-sts.` and the domain (section 3.1); `None` when there is not exactly
/// one that can be read.
pub(super) fn policy_id(texts: &[String]) -> Option<String> {
    let mut records = texts.iter().filter(|text| fields(text).next() == Some(("v", "STSv1")));
    let (only, more) = (records.next()?, records.next());
    if more.is_some() {
        return None;
    }
    let (_, id) = fields(only).find(|(key, _)| *key == "id")?;
    let is_id = (1..=32).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_id.then(|| id.to_owned())
}

fn fields(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = text.split(';').filter_map(|field| field.split_once('='));
    pairs.map(|(key, value)| (key.trim(), value.trim()))
}

impl Policy {
    /// Reads a policy (section 3.2); of a key that must stand once the first counts, unknown keys are passed over.
    pub(super) fn read(text: &str) -> Option<Self> {
        let lines: Vec<(&str, &str)> = text
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(key, value)| (key.trim(), value.trim()))
            .collect();
        let first = |wanted: &str| lines.iter().find(|(key, _)| *key == wanted).map(|(_, value)| *value);
        if first("version") != Some("STSv1") {
            return None;
        }
        let mode = match first("mode")? {
            "enforce" => Mode::Enforce,
            "testing" => Mode::Testing,
            "none" => Mode::None,
            _ => return None,
        };
        let age: u64 = first("max_age")?.parse().ok()?;
        let patterns = lines.iter().filter(|(key, _)| *key == "mx").map(|(_, host)| *host);
        let hosts: Vec<String> = patterns.map(|host| host.trim_end_matches('.').to_ascii_lowercase()).collect();
        let is_usable = mode == Mode::None || !hosts.is_empty();
        is_usable.then(|| Self { mode, hosts, max_age: Duration::from_secs(age.min(LONGEST_AGE)) })
    }

    /// Whether mail may go to this host (section 4.1): `*.` stands for exactly one label.
    pub(super) fn allows(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.hosts.iter().any(|pattern| match pattern.strip_prefix("*.") {
            Some(parent) => host.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == parent),
            None => *pattern == host,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n";

    #[test]
    fn a_policy_is_read_with_either_line_end_and_unknown_keys() {
        let policy = Policy::read(GOOD).unwrap();
        assert_eq!((policy.mode, policy.max_age), (Mode::Enforce, Duration::from_secs(604_800)));
        assert_eq!(policy.hosts, ["mail.example.com", "*.example.net"]);
        assert_eq!(Policy::read(&GOOD.replace("\r\n", "\n")), Some(policy.clone()));
        assert_eq!(Policy::read(&format!("{GOOD}colour: blue\r\nmode: none\r\n")), Some(policy));
        let none = Policy::read("version: STSv1\nmode: none\nmax_age: 86400\n").unwrap();
        assert_eq!((none.mode, none.hosts.len()), (Mode::None, 0));
        let long = Policy::read(&GOOD.replace("604800", "99999999999")).unwrap();
        assert_eq!(long.max_age.as_secs(), LONGEST_AGE);
    }

    #[test]
    fn what_is_no_policy_is_none() {
        for text in [
            "",
            "<html>version: STSv1</html>",
            &GOOD.replace("STSv1", "STSv2"),
            &GOOD.replace("enforce", "strict"),
            &GOOD.replace("604800", "soon"),
            "version: STSv1\nmode: enforce\nmax_age: 86400\n",
        ] {
            assert_eq!(Policy::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_star_stands_for_exactly_one_label() {
        let policy = Policy::read(GOOD).unwrap();
        for (host, is_allowed) in [
            ("mail.example.com", true),
            ("MAIL.example.com.", true),
            ("mx1.example.net", true),
            ("example.net", false),
            (".example.net", false),
            ("a.b.example.net", false),
            ("mx1.example.net.evil.org", false),
            ("evilexample.net", false),
        ] {
            assert_eq!(policy.allows(host), is_allowed, "{host}");
        }
    }

    #[test]
    fn exactly_one_record_names_the_policy() {
        let id = |texts: &[&str]| policy_id(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert_eq!(id(&["v=STSv1; id=20160831085700Z;"]).as_deref(), Some("20160831085700Z"));
        assert_eq!(id(&["v=spf1 -all", "v=STSv1;id=a1"]).as_deref(), Some("a1"));
        for texts in [
            &[][..],
            &["v=STSv1; id=1;", "v=STSv1; id=2;"],
            &["id=1; v=STSv1;"],
            &["v=STSv1;"],
            &["v=STSv1; id=not-plain;"],
        ] {
            assert_eq!(id(texts), None, "{texts:?}");
        }
    }
}
