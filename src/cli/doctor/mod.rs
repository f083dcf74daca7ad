//! `estampille doctor`: what would hurt delivery, found before a receiver finds it.

mod block_lists;
mod dns;
mod machine;
mod sources;

use std::fmt;

use clap::Args;

use super::context::Context;
use super::stop::Stop;
use crate::app::App;
use crate::mail::dns::Dns;
use crate::sending_domains::{self, SendingDomain};
use crate::storage::StoreError;

#[derive(Args)]
pub(super) struct Doctor {
    /// Sending domains to look at; every one of the installation when none is named
    #[arg(value_name = "DOMAIN")]
    domains: Vec<String>,
}

/// How one thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Good,
    /// Better mended, hurts little.
    Weak,
    /// Hurts delivery.
    Bad,
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    health: Health,
    subject: String,
    text: String,
}

impl Line {
    fn new(health: Health, subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self { health, subject: subject.into(), text: text.into() }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.health {
            Health::Good => "ok  ",
            Health::Weak => "weak",
            Health::Bad => "BAD ",
        };
        write!(f, "{word}  {:<28} {}", self.subject, self.text)
    }
}

pub(super) fn run(args: &Doctor, context: &Context) -> Result<(), Stop> {
    let app = context.app()?;
    let mut lines = machine::look(&app);
    let domains = domains(&app, &args.domains);
    let dns = Dns::new(app.settings.dns_server);
    lines.extend(super::serve::runtime()?.block_on(async {
        let mut asked = sources::look(&app, &dns).await;
        asked.extend(dns::look(&app, &dns, &args.domains, domains).await);
        asked
    }));
    for line in &lines {
        println!("{line}");
    }
    let bad = lines.iter().filter(|line| line.health == Health::Bad).count();
    if bad == 0 { Ok(()) } else { Err(Stop::NotSo(format!("{bad} of {} would hurt delivery", lines.len()))) }
}

/// The sending domains to look at. A database that is away is a line of its own already.
fn domains(app: &App, names: &[String]) -> Vec<SendingDomain> {
    let all = app.db.read_blocking(|conn| {
        let mut all = Vec::new();
        for account in crate::accounts::all(conn)? {
            all.extend(sending_domains::of_account(conn, account.id)?);
        }
        Ok::<_, StoreError>(all)
    });
    let is_wanted = |domain: &SendingDomain| names.is_empty() || names.contains(&domain.name);
    all.unwrap_or_default().into_iter().filter(is_wanted).collect()
}
