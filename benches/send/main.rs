//! What a campaign costs on its way to a relay, beside Postfix's own `smtp-source` to the same sink in the same run.
//!
//! - `cargo bench --bench send`: all of what follows, 100,000 recipients each.
//! - `cargo bench --bench send -- 20000 sqlite 20k none`: only what these words name: how many, on which database
//!   (`sqlite`, `postgres`), how large (`5k`, `20k`), how signed (`none`, `rsa`, `ed25519` beside `rsa`), `far` for 20 ms of round
//!   trip and 64 connections.
//!
//! Needs Postfix's `smtp-sink` and `smtp-source`, and the server programs of PostgreSQL.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "it watches another process, and gives it an environment")]

mod campaign;
mod far;
mod house;
mod peers;
mod program;
mod server;
#[path = "../house/settle.rs"]
mod settle;

use house::{House, Signing};
use peers::Sink;

const RECIPIENTS: usize = 100_000;
const CONNECTIONS: usize = 16;
const FAR_CONNECTIONS: usize = 64;

/// What one run is about.
struct Run {
    bytes: usize,
    signing: Signing,
    is_far: bool,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let recipients = words.iter().find_map(|word| word.parse().ok()).unwrap_or(RECIPIENTS);
    let is_wanted = |names: &[&str], name: &str| {
        let is_named = |word: &String| names.contains(&word.as_str());
        words.iter().any(|word| word == name) || !words.iter().any(is_named)
    };
    let server = is_wanted(&["sqlite", "postgres"], "postgres").then(server::Server::start);
    for database in ["sqlite", "postgres"].into_iter().filter(|name| is_wanted(&["sqlite", "postgres"], name)) {
        let house = House::open(server.as_ref().filter(|_| database == "postgres"), recipients);
        println!("{database}: {recipients} people taken in {:.1} s", house.taken_in);
        for run in
            runs(|name| is_wanted(&["5k", "20k"], name), |name| is_wanted(&["none", "ed25519", "rsa", "far"], name))
        {
            measure(&house, &run);
        }
    }
}

fn runs(is_size: impl Fn(&str) -> bool, is_kind: impl Fn(&str) -> bool) -> Vec<Run> {
    let sizes = [("5k", 5_000), ("20k", 20_000)].into_iter().filter(|(name, _)| is_size(name));
    let kinds = [("none", Signing::None), ("ed25519", Signing::Ed25519), ("rsa", Signing::Rsa), ("far", Signing::None)];
    sizes
        .flat_map(|(_, bytes)| kinds.map(|(name, signing)| (name, Run { bytes, signing, is_far: name == "far" })))
        .filter(|(name, run)| is_kind(name) && (!run.is_far || run.bytes > 5_000))
        .map(|(_, run)| run)
        .collect()
}

/// One campaign, and `smtp-source` before and after it.
fn measure(house: &House, run: &Run) {
    let sink = Sink::start();
    let wire = run.is_far.then(|| far::Wire::to(sink.address));
    let relay = wire.as_ref().map_or(sink.address, |wire| wire.address);
    let connections = if run.is_far { FAR_CONNECTIONS } else { CONNECTIONS };
    let before = peers::source(relay, connections, house.recipients, run.bytes);
    let sent = campaign::send(house, run, relay, connections, &sink);
    let after = peers::source(relay, connections, house.recipients, run.bytes);
    let source = f64::midpoint(before, after);
    println!(
        "{} bytes{}\t{:.0} messages/s\tsmtp-source {source:.0}/s\tratio {:.2}\t{:.3} ms processor a message\tpeak {} MB\tfrozen in {:.1} s\t{}",
        sent.bytes,
        if run.is_far { ", 20 ms away, 64 connections" } else { "" },
        sent.rate,
        sent.rate / source,
        sent.processor_millis,
        sent.peak_kilobytes / 1024,
        sent.frozen_in,
        run.signing.name(),
    );
}
