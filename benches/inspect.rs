//! How fast received messages are read: messages a second on one core, beside a bare `mail-parser` parse of the same
//! bytes in the same run.
//!
//! `cargo bench --bench inspect` reads the fixtures; `cargo bench --bench inspect -- FOLDER` a folder of messages.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use estampille::bounces::verdicts;
use estampille::mail::inbound;
use mail_parser::MessageParser;

/// How long each way is measured.
const MEASURED: Duration = Duration::from_secs(3);
/// The least share of the bare parser's speed.
const WANTED: f64 = 1.0 / 3.0;

fn main() {
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let folder = folder.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures"), PathBuf::from);
    let messages = messages_of(&folder);
    let bytes: usize = messages.iter().map(Vec::len).sum();
    println!("{}: {} messages, {} bytes each", folder.display(), messages.len(), bytes / messages.len().max(1));
    // Rules and phrases are made ready once.
    read_all(&messages);
    let bare = speed(&messages, |message| drop(black_box(MessageParser::default().parse(message))));
    let whole = speed(&messages, |message| drop(black_box(inbound::read(message).map(|read| verdicts(&read)))));
    let share = whole / bare;
    println!("bare mail-parser parse  {bare:>10.0} messages/s");
    println!("read and classified     {whole:>10.0} messages/s");
    println!("share                   {share:>10.2} (wanted: {WANTED:.2} or more)");
}

fn read_all(messages: &[Vec<u8>]) {
    for message in messages {
        drop(black_box(inbound::read(message).map(|read| verdicts(&read))));
    }
}

/// Every file in a folder and the folders in it, but what lies beside messages.
fn messages_of(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            let is_beside = path.extension().is_some_and(|kind| kind == "json" || kind == "tsv" || kind == "md");
            if path.is_dir() {
                folders.push(path);
            } else if !is_beside {
                found.extend(std::fs::read(&path));
            }
        }
    }
    found
}

/// Messages a second, over whole rounds.
fn speed(messages: &[Vec<u8>], mut read: impl FnMut(&[u8])) -> f64 {
    let (start, mut done) = (Instant::now(), 0_u32);
    while start.elapsed() < MEASURED && !messages.is_empty() {
        for message in messages {
            read(message);
            done += 1;
        }
    }
    f64::from(done) / start.elapsed().as_secs_f64()
}
