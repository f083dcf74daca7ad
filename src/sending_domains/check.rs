//! Asking DNS for the records of a sending domain and keeping what was found.

use super::records::{dkim_host, ed25519_host, public_keys};
use super::{Found, Record, SendingDomain, State, is_verified, judge, store};
use crate::mail::dns::Dns;
use crate::storage::{AccountId, Db, SendingDomainId, StoreError, Timestamp};

/// How far up the tree a DMARC policy is looked for (RFC 9989 walks at most eight names).
const MOST_LEVELS: usize = 8;

/// Checks the DNS records of a sending domain; `None` when the account has none with this id.
///
/// DNS is asked between two transactions, never inside one.
///
/// # Errors
/// When the database cannot be read or written; silence of the DNS is a finding, not an error.
pub async fn check(
    db: &Db,
    dns: &Dns,
    mail_domain: &str,
    (account, id): (AccountId, SendingDomainId),
    now: Timestamp,
) -> Result<Option<SendingDomain>, StoreError> {
    let Some(mut domain) = db.read(move |conn| store::by_id(conn, account, id)).await? else { return Ok(None) };
    let found = look(dns, &domain, mail_domain).await;
    domain.findings = judge(&public_keys(&domain), mail_domain, &found);
    domain.checked_at = Some(now);
    domain.verified_at = is_verified(&domain.findings, domain.is_verified()).then(|| domain.verified_at.unwrap_or(now));
    domain.ed25519_found_at = ed25519_found_at(&domain, now);
    let kept = domain.clone();
    db.write(move |conn| store::set_findings(conn, &kept)).await?;
    Ok(Some(domain))
}

/// Since when the second key is found; where nobody answered, what was so before stays so.
fn ed25519_found_at(domain: &SendingDomain, now: Timestamp) -> Option<Timestamp> {
    let finding = domain.findings.iter().find(|finding| finding.record == Record::DkimEd25519)?;
    match finding.state {
        State::Good => domain.ed25519_found_at.or(Some(now)),
        State::Unreachable => domain.ed25519_found_at,
        State::Missing | State::Different => None,
    }
}

async fn look(dns: &Dns, domain: &SendingDomain, mail_domain: &str) -> Found {
    let mut dmarc = Vec::new();
    for level in levels(&domain.name) {
        dmarc.push(dns.txt(&format!("_dmarc.{level}")).await);
    }
    Found {
        dkim: dns.txt(&dkim_host(domain)).await,
        dkim_ed25519: if domain.wants_ed25519() { Some(dns.txt(&ed25519_host(domain)).await) } else { None },
        dmarc,
        spf: dns.txt(&domain.name).await,
        return_path: dns.mx(mail_domain).await,
    }
}

/// The domain and its parents down to two labels, nearest first.
fn levels(name: &str) -> Vec<&str> {
    let mut levels = Vec::new();
    let mut rest = name;
    while rest.contains('.') && levels.len() < MOST_LEVELS {
        levels.push(rest);
        rest = rest.split_once('.').map_or("", |(_, parent)| parent);
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_looked_for_at_the_domain_and_at_its_parents() {
        assert_eq!(levels("news.example.org"), ["news.example.org", "example.org"]);
        assert_eq!(levels("example.org"), ["example.org"]);
    }
}
