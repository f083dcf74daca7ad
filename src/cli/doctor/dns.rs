//! What DNS says of the installation and of its sending domains.

use super::{Health, Line, block_lists};
use crate::app::App;
use crate::mail::dns::{Answer, Dns};
use crate::sending_domains::{self, Finding, Record, SendingDomain, State};

/// Looks at the mail domain, at each sending domain, and at named domains that no account has.
pub(super) async fn look(app: &App, dns: &Dns, names: &[String], domains: Vec<SendingDomain>) -> Vec<Line> {
    let mut lines = mail_domain(dns, &app.settings.mail_domain).await;
    for name in names.iter().filter(|name| !domains.iter().any(|domain| domain.name == **name)) {
        lines.push(Line::new(Health::Weak, name, "no account has this sending domain; its DKIM key cannot be known"));
        lines.extend(foreign(dns, name).await);
    }
    for domain in domains {
        lines.extend(block_lists::of_domain(dns, &domain.name).await);
        let now = app.clock.now();
        let which = (domain.account_id, domain.id);
        match sending_domains::check(&app.db, dns, &app.settings.mail_domain, which, now).await {
            Ok(Some(checked)) => lines.extend(checked.findings.iter().map(|finding| line(&checked.name, finding))),
            Ok(None) => {}
            Err(error) => lines.push(Line::new(Health::Bad, domain.name, error.to_string())),
        }
    }
    lines
}

fn line(name: &str, finding: &Finding) -> Line {
    let is_required = matches!(finding.record, Record::Dkim | Record::Dmarc);
    let health = match finding.state {
        State::Good => Health::Good,
        State::Unreachable => Health::Weak,
        State::Missing | State::Different if is_required => Health::Bad,
        State::Missing | State::Different => Health::Weak,
    };
    let text = match finding.seen.as_str() {
        "" => finding.state.to_string(),
        seen => format!("{}: {seen}", finding.state),
    };
    Line::new(health, format!("{name} {}", finding.record), text)
}

/// Return paths, and with them SPF, are the mail domain's.
async fn mail_domain(dns: &Dns, name: &str) -> Vec<Line> {
    if name == "localhost" {
        return vec![Line::new(
            Health::Bad,
            "mail domain",
            "localhost: bounces cannot come back; set ESTAMPILLE_MAIL_DOMAIN",
        )];
    }
    let mut lines = vec![spf(dns, name, Health::Bad).await];
    lines.extend(block_lists::of_domain(dns, name).await);
    lines.push(match dns.mx(name).await {
        Answer::Found(hosts) => Line::new(Health::Good, format!("{name} mx"), hosts.join(", ")),
        Answer::Missing => Line::new(Health::Bad, format!("{name} mx"), "missing: bounces cannot come back"),
        Answer::Unreachable(why) => Line::new(Health::Weak, format!("{name} mx"), why),
    });
    lines
}

async fn foreign(dns: &Dns, name: &str) -> Vec<Line> {
    let dmarc = dns.txt(&format!("_dmarc.{name}")).await;
    let is_there = dmarc.records().iter().any(|text| text.trim_start().to_uppercase().starts_with("V=DMARC1"));
    let (health, text) = match dmarc {
        Answer::Unreachable(why) => (Health::Weak, why),
        _ if is_there => (Health::Good, "good".to_owned()),
        Answer::Found(_) | Answer::Missing => (Health::Bad, "missing".to_owned()),
    };
    vec![spf(dns, name, Health::Weak).await, Line::new(health, format!("{name} dmarc"), text)]
}

async fn spf(dns: &Dns, name: &str, when_missing: Health) -> Line {
    let subject = format!("{name} spf");
    match dns.txt(name).await {
        Answer::Unreachable(why) => Line::new(Health::Weak, subject, why),
        answer => match answer.records().iter().find(|text| text.to_lowercase().starts_with("v=spf1")) {
            Some(text) => Line::new(Health::Good, subject, text.clone()),
            None => Line::new(when_missing, subject, "missing"),
        },
    }
}
