//! `estampille trace`: a message somebody complained of (raw, ARF, or headers alone). Did this installation send it, for
//! whom, to whom, on what consent; and what its Received chain shows.

use std::path::PathBuf;

use clap::Args;

use super::context::Context;
use super::stop::Stop;
use crate::bounces::inbound_messages::marks;
use crate::consent::Record;
use crate::deliveries::Delivery;
use crate::keyring::Keyring;
use crate::mail::{dsn, inbound};
use crate::storage::{Conn, DeliveryId, StoreError};
use crate::{accounts, campaigns, consent, deliveries, lists, subscribers};

#[derive(Args)]
pub(super) struct Trace {
    /// The message: raw, as a feedback report, or its header alone
    file: PathBuf,
}

pub(super) fn run(args: &Trace, context: &Context) -> Result<(), Stop> {
    let message =
        std::fs::read(&args.file).map_err(|error| Stop::NotSo(format!("{}: {error}", args.file.display())))?;
    let text = String::from_utf8_lossy(&message).into_owned();
    let app = context.ready_app()?;
    let chain = chain(&text);
    let found = match find(&app.keys, &message, &text) {
        Some(id) => app.db.read_blocking(|conn| story(conn, id))?,
        None => None,
    };
    if let Some(story) = &found {
        println!("sent through this installation\n\n{story}");
    }
    println!("{chain}");
    match found {
        Some(_) => Ok(()),
        None => Err(Stop::NotSo("not sent through this installation: no valid mark of ours is in it".to_owned())),
    }
}

/// The delivery that a mark anywhere in the message names, inside encoded parts as well.
fn find(keys: &Keyring, message: &[u8], text: &str) -> Option<DeliveryId> {
    marks::of_header(keys, text).or_else(|| {
        let read = inbound::read(message)?;
        let feedback = read.feedback.as_ref().map(|report| format!("Return-Path: {}", report.mail_from));
        marks::of_header(keys, &read.returned).or_else(|| marks::of_header(keys, &feedback?))
    })
}

/// What we know of a delivery, one fact a line; `None` when its row is gone.
fn story(conn: &mut Conn, id: DeliveryId) -> Result<Option<String>, StoreError> {
    let Some(delivery) = deliveries::find(conn, id)? else { return Ok(None) };
    let mut facts = vec![
        ("delivery", format!("{id}, {}, {}", delivery.kind, delivery.state)),
        ("created", delivery.created_at.to_string()),
        ("recipient", delivery.address.as_ref().map_or_else(|| "erased".to_owned(), ToString::to_string)),
    ];
    facts.extend(delivery.finished_at.map(|at| ("finished", at.to_string())));
    facts.extend(delivery.last_reply.clone().map(|reply| ("last reply", reply)));
    facts.extend(of_account(conn, &delivery)?);
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    Ok(Some(facts.iter().map(|(name, value)| format!("{name:width$}  {value}\n")).collect()))
}

fn of_account(conn: &mut Conn, delivery: &Delivery) -> Result<Vec<(&'static str, String)>, StoreError> {
    let mut facts = Vec::new();
    let Some(account_id) = delivery.account_id else { return Ok(facts) };
    if let Some(account) = accounts::find(conn, account_id)? {
        facts.push(("account", format!("{} ({account_id})", account.name)));
    }
    if let Some(id) = delivery.campaign_id
        && let Some(campaign) = campaigns::find(conn, account_id, id)?
    {
        facts.push(("campaign", format!("{} ({id})", campaign.content.subject)));
    }
    if let Some(id) = delivery.list_id
        && let Some(list) = lists::find_even_closed(conn, account_id, id)?
    {
        facts.push(("list", format!("{} ({id})", list.name)));
    }
    if let Some(id) = delivery.subscriber_id {
        if let Some(subscriber) = subscribers::find(conn, account_id, id)? {
            facts.push(("subscriber", format!("{id}, known since {}", subscriber.created_at)));
        }
        let records = consent::of_subscriber(conn, account_id, id)?;
        let about = |record: &&Record| delivery.subscription_id.is_none_or(|own| own == record.subscription_id);
        facts.extend(records.iter().filter(about).map(|record| ("consent", consent_line(record))));
    }
    Ok(facts)
}

fn consent_line(record: &Record) -> String {
    let from = &record.circumstances;
    let mut line = format!("{} {} by {}", record.at, record.event, record.via);
    for (name, value) in [("on", &from.origin), ("from", &from.network), ("agreeing to", &record.wording)] {
        if !value.is_empty() {
            line.push_str(&format!(" {name} {value}"));
        }
    }
    line
}

/// The Received fields from the oldest on: each server wrote its own above those before it, and whoever sent the message
/// may have made up the oldest ones.
fn chain(text: &str) -> String {
    let fields = dsn::unfolded(text);
    let mut hops: Vec<&str> =
        fields.iter().filter(|(name, _)| name == "received").map(|(_, value)| value.as_str()).collect();
    hops.reverse();
    if hops.is_empty() {
        return "no Received field: nothing is known of its way".to_owned();
    }
    let lines: Vec<String> = hops.iter().enumerate().map(|(number, hop)| format!("{}. {hop}", number + 1)).collect();
    format!(
        "its way, the oldest hop first (those below the first server you trust may be forged):\n{}",
        lines.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::marks as mail_marks;

    fn keys() -> Keyring {
        Keyring::new(vec![[7; 32]]).expect("a key")
    }

    #[test]
    fn a_mark_is_found_raw_inside_a_report_and_inside_an_encoded_part() {
        let header =
            format!("From: a@example.org\nX-Estampille-Trace: {}\n", mail_marks::trace(&keys(), DeliveryId(9)));
        let report = format!(
            "Content-Type: multipart/report; boundary=b\nFrom: fbl@example.net\n\n--b\n\
             Content-Type: message/feedback-report\n\nFeedback-Type: abuse\n\n--b\n\
             Content-Type: text/rfc822-headers\nContent-Transfer-Encoding: base64\n\n{}\n--b--\n",
            data_encoding::BASE64.encode(header.as_bytes())
        );
        for text in [header, report] {
            assert_eq!(find(&keys(), text.as_bytes(), &text), Some(DeliveryId(9)), "{text}");
        }
        let foreign = "From: a@example.org\nX-Estampille-Trace: aaaaaaaaaaaaaaaa\n\nhello\n";
        assert_eq!(find(&keys(), foreign.as_bytes(), foreign), None);
    }

    #[test]
    fn the_chain_is_read_from_the_bottom_up() {
        let text = "Received: from b by c; Tue\nReceived: from a\n\tby b; Mon\nSubject: x\n";
        let chain = chain(text);
        assert!(chain.ends_with("1. from a by b; Mon\n2. from b by c; Tue"), "{chain}");
    }
}
