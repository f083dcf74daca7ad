//! The MTA-STS policies in force: found by DNS, fetched over HTTPS, kept for as long as they say (RFC 8461).

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;

use super::fetch::Fetcher;
use super::policy::{Policy, policy_id};
use crate::clock::{Clock, Timestamp};
use crate::mail::dns::Dns;

/// Every policy that this node knows.
pub(super) struct Policies {
    dns: Dns,
    clock: Clock,
    fetcher: Fetcher,
    folder: PathBuf,
    known: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Known>>>>,
}

/// What is known of one domain.
#[derive(Debug, Default)]
struct Known {
    is_loaded: bool,
    kept: Option<Kept>,
    failed_at: Option<Timestamp>,
}

/// A policy as it was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    id: String,
    fetched_at: Timestamp,
    text: String,
    policy: Policy,
}

/// What there is to do for the next mail to a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    UseKept,
    Fetch,
    NoPolicy,
}

/// A policy is fetched again after this, also when its id is the same (section 3.3).
const FRESH_FOR: TimeDelta = TimeDelta::hours(24);
/// A web server that did not give the policy is not asked again before this (section 3.3).
const AGAIN_AFTER: TimeDelta = TimeDelta::minutes(5);
/// Domains remembered at most in memory; the files stay.
const MOST_DOMAINS: usize = 50_000;

impl Policies {
    /// Policies are kept in `folder`, one file a domain, so that a restart does not open a gap.
    pub(super) fn new(dns: Dns, clock: Clock, fetcher: Fetcher, folder: PathBuf) -> Self {
        Self { dns, clock, fetcher, folder, known: Mutex::default() }
    }

    /// The policy to apply to a domain now; none where it has none, or none that could be had.
    pub(super) async fn of(&self, domain: &str) -> Option<Policy> {
        let id = policy_id(self.dns.txt(&format!("_mta-sts.{domain}")).await.records());
        let entry = self.entry(domain);
        // One fetch at a time for a domain; others wait for its result.
        let mut known = entry.lock().await;
        if !known.is_loaded {
            (known.is_loaded, known.kept) = (true, self.load(domain).await);
        }
        let now = self.clock.now();
        match step(&known, id.as_deref(), now) {
            Step::NoPolicy => None,
            Step::UseKept => known.kept.as_ref().map(|kept| kept.policy.clone()),
            Step::Fetch => self.fetch(domain, &mut known, id.unwrap_or_default(), now).await,
        }
    }

    async fn fetch(&self, domain: &str, known: &mut Known, id: String, now: Timestamp) -> Option<Policy> {
        let fetched = self.fetcher.fetch(domain).await.and_then(|text| match Policy::read(&text) {
            Some(policy) => Ok(Kept { id, fetched_at: now, text, policy }),
            None => Err("what the web server gave is no policy".to_owned()),
        });
        match fetched {
            Ok(kept) => {
                self.save(domain, &kept).await;
                known.failed_at = None;
                known.kept = Some(kept);
            }
            Err(trouble) => {
                tracing::warn!(domain, trouble, "the MTA-STS policy of a receiver cannot be had");
                known.failed_at = Some(now);
                known.kept = known.kept.take().filter(|kept| kept.is_valid(now));
            }
        }
        known.kept.as_ref().map(|kept| kept.policy.clone())
    }

    fn entry(&self, domain: &str) -> Arc<tokio::sync::Mutex<Known>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_DOMAINS {
            known.clear();
        }
        Arc::clone(known.entry(domain.to_owned()).or_default())
    }

    async fn load(&self, domain: &str) -> Option<Kept> {
        let text = tokio::fs::read_to_string(self.folder.join(domain)).await.ok()?;
        Kept::read(&text)
    }

    async fn save(&self, domain: &str, kept: &Kept) {
        let saved = async {
            tokio::fs::create_dir_all(&self.folder).await?;
            let (file, draft) = (self.folder.join(domain), self.folder.join(format!(".{domain}")));
            tokio::fs::write(&draft, kept.written()).await?;
            tokio::fs::rename(draft, file).await
        };
        if let Err(error) = saved.await {
            tracing::warn!(domain, %error, "an MTA-STS policy cannot be kept over a restart");
        }
    }
}

impl Kept {
    fn is_valid(&self, now: Timestamp) -> bool {
        now.since(self.fetched_at) < delta(self.policy.max_age)
    }

    /// The id and the time in the first line, the policy as it came below.
    fn written(&self) -> String {
        format!("{} {}\n{}", self.id, self.fetched_at.micros(), self.text)
    }

    fn read(written: &str) -> Option<Self> {
        let (first, text) = written.split_once('\n')?;
        let (id, micros) = first.split_once(' ')?;
        let fetched_at = Timestamp::from_micros(micros.parse().ok()?);
        Some(Self { id: id.to_owned(), fetched_at, text: text.to_owned(), policy: Policy::read(text)? })
    }
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

/// Decides by what DNS says now: a kept policy holds until it ends, also when DNS or the web server is away (section 5.1).
fn step(known: &Known, id: Option<&str>, now: Timestamp) -> Step {
    let kept = known.kept.as_ref().filter(|kept| kept.is_valid(now));
    let or_kept = |other: Step| if kept.is_some() { Step::UseKept } else { other };
    let Some(id) = id else { return or_kept(Step::NoPolicy) };
    let is_fresh = kept.is_some_and(|kept| kept.id == id && now.since(kept.fetched_at) < FRESH_FOR);
    let has_failed = known.failed_at.is_some_and(|at| now.since(at) < AGAIN_AFTER);
    if is_fresh {
        Step::UseKept
    } else if has_failed {
        or_kept(Step::NoPolicy)
    } else {
        Step::Fetch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);
    const TEXT: &str = "version: STSv1\nmode: enforce\nmx: mx.example\nmax_age: 604800\n";

    fn kept(hours_ago: i64) -> Known {
        let fetched_at = NOW - TimeDelta::hours(hours_ago);
        let policy = Policy::read(TEXT).unwrap();
        let kept = Kept { id: "a1".to_owned(), fetched_at, text: TEXT.to_owned(), policy };
        Known { is_loaded: true, kept: Some(kept), failed_at: None }
    }

    #[test]
    fn a_policy_is_fetched_when_it_is_new_changed_or_a_day_old() {
        assert_eq!(step(&Known::default(), Some("a1"), NOW), Step::Fetch);
        assert_eq!(step(&kept(1), Some("a1"), NOW), Step::UseKept);
        assert_eq!(step(&kept(1), Some("b2"), NOW), Step::Fetch);
        assert_eq!(step(&kept(25), Some("a1"), NOW), Step::Fetch);
        assert_eq!(step(&Known::default(), None, NOW), Step::NoPolicy);
    }

    #[test]
    fn a_kept_policy_holds_until_it_ends_though_dns_or_the_web_server_is_silent() {
        assert_eq!(step(&kept(100), None, NOW), Step::UseKept, "who takes DNS away does not take the policy away");
        assert_eq!(step(&kept(24 * 7), None, NOW), Step::NoPolicy);
        let failed = |known: Known| Known { failed_at: Some(NOW - TimeDelta::minutes(1)), ..known };
        assert_eq!(step(&failed(kept(100)), Some("b2"), NOW), Step::UseKept);
        assert_eq!(step(&failed(Known::default()), Some("a1"), NOW), Step::NoPolicy);
        assert_eq!(step(&failed(Known::default()), Some("a1"), NOW + TimeDelta::minutes(4)), Step::Fetch);
    }

    #[test]
    fn what_was_written_is_read_back() {
        let kept = kept(3).kept.unwrap();
        assert_eq!(Kept::read(&kept.written()), Some(kept));
        assert_eq!(Kept::read("nonsense"), None);
    }
}
