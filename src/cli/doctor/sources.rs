//! The addresses that mail leaves from: do they and their names confirm each other, and are they on block lists?

use std::net::IpAddr;

use super::{Health, Line, block_lists};
use crate::app::App;
use crate::config::RelayUrl;
use crate::mail::dns::{Answer, Dns};

/// Looks at every source address of direct delivery; a relay's addresses are the relay's affair.
pub(super) async fn look(app: &App, dns: &Dns) -> Vec<Line> {
    let RelayUrl::Direct(direct) = &app.settings.relay else { return Vec::new() };
    let common = direct.helo.as_deref().unwrap_or(&app.settings.mail_domain);
    let mut lines = Vec::new();
    if direct.sources.is_empty() {
        lines.push(Line::new(
            Health::Weak,
            "source address",
            "the machine chooses: name it (direct:?source=…&helo=…) to have its name and block lists looked at",
        ));
        lines.push(forward(common, None, &dns.addresses(common).await));
    }
    for source in &direct.sources {
        let helo = source.helo.as_deref().unwrap_or(common);
        let addresses = dns.addresses(helo).await;
        for address in &source.addresses {
            lines.push(forward(helo, Some(*address), &addresses));
            lines.push(backward(dns, *address).await);
            lines.extend(block_lists::of_address(dns, *address).await);
        }
    }
    lines
}

/// Whether the name in EHLO leads to the address (RFC 5321, section 4.1.4; Orange asks for it).
fn forward(helo: &str, address: Option<IpAddr>, found: &Answer<IpAddr>) -> Line {
    let subject = format!("{helo} helo");
    match (found, address) {
        (Answer::Unreachable(why), _) => Line::new(Health::Weak, subject, why.clone()),
        (Answer::Missing, _) => {
            Line::new(Health::Bad, subject, "has no address: receivers refuse a name that leads nowhere")
        }
        (Answer::Found(found), Some(address)) if !found.contains(&address) => {
            Line::new(Health::Weak, subject, format!("leads to {}, not to {address}", joined(found)))
        }
        (Answer::Found(found), _) => Line::new(Health::Good, subject, format!("leads to {}", joined(found))),
    }
}

/// Whether the address has a name that leads back to it: Gmail, Microsoft and Orange refuse mail otherwise.
async fn backward(dns: &Dns, address: IpAddr) -> Line {
    let subject = format!("{address} ptr");
    let names = match dns.names_of(address).await {
        Answer::Found(names) => names,
        Answer::Missing => return Line::new(Health::Bad, subject, "has no name: ask your provider for a PTR record"),
        Answer::Unreachable(why) => return Line::new(Health::Weak, subject, why),
    };
    let mut silent = None;
    for name in &names {
        match dns.addresses(name).await {
            Answer::Found(found) if found.contains(&address) => {
                return Line::new(Health::Good, subject, format!("{name}, which leads back"));
            }
            Answer::Found(_) | Answer::Missing => {}
            Answer::Unreachable(why) => silent = Some(why),
        }
    }
    match silent {
        Some(why) => Line::new(Health::Weak, subject, why),
        None => Line::new(Health::Bad, subject, format!("{} does not lead back to it", names.join(", "))),
    }
}

fn joined(addresses: &[IpAddr]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
