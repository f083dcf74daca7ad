//! `estampille inspect`: what a received message, or a single SMTP reply, is. Opens no database and changes nothing.

use std::io::{BufWriter, ErrorKind, IsTerminal, Write};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::ProgressBar;

use super::progress;
use super::stop::Stop;
use crate::bounces::inbound_messages::word_of;
use crate::bounces::{classify_reply, verdicts};
use crate::mail::inbound::{self, Kind};

#[derive(Args)]
pub(super) struct Inspect {
    /// Messages, folders of messages, or mbox files (named *.mbox)
    #[arg(required_unless_present = "replies", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Classify single SMTP replies instead: the first column of this file, one a line
    #[arg(long, value_name = "FILE.tsv", conflicts_with = "files")]
    replies: Option<PathBuf>,
}

pub(super) fn run(args: &Inspect) -> Result<(), Stop> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let printed = match &args.replies {
        Some(file) => replies(file, &mut out),
        None => all(&args.files, &mut out),
    };
    match printed.and_then(|()| out.flush()) {
        // `estampille inspect … | head` is well used.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Stop::NotSo(error.to_string())),
        Ok(()) => Ok(()),
    }
}

/// One line a message, in the order in which they were named. A bar shows how far it is where nobody reads the lines.
fn all(files: &[PathBuf], out: &mut impl Write) -> std::io::Result<()> {
    // Where the lines themselves go to a terminal, they show how far it is.
    let bar = if std::io::stdout().is_terminal() { ProgressBar::hidden() } else { progress::counter() };
    let mut batch = Batch::default();
    let read = files.iter().try_for_each(|file| inspect(file, &mut batch, out, &bar));
    // What was read before a file that cannot be is told first.
    batch.write(out, &bar)?;
    bar.finish_and_clear();
    read
}

fn named<T>(file: &Path, result: std::io::Result<T>) -> std::io::Result<T> {
    result.map_err(|error| std::io::Error::new(error.kind(), format!("{}: {error}", file.display())))
}

fn replies(file: &Path, out: &mut impl Write) -> std::io::Result<()> {
    let text = String::from_utf8_lossy(&named(file, std::fs::read(file))?).into_owned();
    for line in text.lines() {
        let reply = line.split('\t').next().unwrap_or_default();
        if !reply.trim().is_empty() && reply != "reply" {
            writeln!(out, "{reply}\t{}", classify_reply(reply).reply_word())?;
        }
    }
    Ok(())
}

/// Messages that were read from the disk and not looked at yet.
#[derive(Default)]
struct Batch {
    messages: Vec<(String, Vec<u8>)>,
    bytes: usize,
}

/// Most messages that wait to be looked at together.
const MOST_MESSAGES: usize = 1024;
/// Most bytes that wait.
const MOST_BYTES: usize = 64 * 1024 * 1024;

impl Batch {
    fn push(&mut self, name: String, message: Vec<u8>) {
        self.bytes += message.len();
        self.messages.push((name, message));
    }

    const fn is_full(&self) -> bool {
        self.messages.len() >= MOST_MESSAGES || self.bytes >= MOST_BYTES
    }

    /// Looks at all of them, on every core, and writes their lines in their order.
    fn write(&mut self, out: &mut impl Write, bar: &ProgressBar) -> std::io::Result<()> {
        let Self { messages, .. } = std::mem::take(self);
        for line in lines_of(&messages) {
            writeln!(out, "{line}")?;
        }
        bar.inc(u64::try_from(messages.len()).unwrap_or_default());
        Ok(())
    }
}

fn lines_of(messages: &[(String, Vec<u8>)]) -> Vec<String> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = messages.len().div_ceil(cores).max(16);
    std::thread::scope(|scope| {
        let parts: Vec<_> = messages.chunks(share).map(|part| scope.spawn(move || look(part))).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap_or_else(|trouble| resume_unwind(trouble))).collect()
    })
}

fn look(messages: &[(String, Vec<u8>)]) -> Vec<String> {
    messages.iter().map(|(name, message)| line(name, message)).collect()
}

fn inspect(file: &Path, batch: &mut Batch, out: &mut impl Write, bar: &ProgressBar) -> std::io::Result<()> {
    if file.is_dir() {
        let entries = named(file, std::fs::read_dir(file))?;
        let mut inside = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
        inside.sort();
        return inside.iter().try_for_each(|file| inspect(file, batch, out, bar));
    }
    let bytes = named(file, std::fs::read(file))?;
    let name = file.display().to_string();
    if file.extension().is_some_and(|kind| kind == "mbox" || kind == "mbx") {
        for (number, message) in messages_of(&bytes).into_iter().enumerate() {
            batch.push(format!("{name}#{}", number + 1), message.to_vec());
            if batch.is_full() {
                batch.write(out, bar)?;
            }
        }
        return Ok(());
    }
    batch.push(name, bytes);
    if batch.is_full() { batch.write(out, bar) } else { Ok(()) }
}

/// The messages of an mbox file: each begins with a `From ` line after a blank one.
fn messages_of(mbox: &[u8]) -> Vec<&[u8]> {
    let mut starts: Vec<usize> = vec![0];
    let mut after_blank = false;
    let mut offset = 0;
    for line in mbox.split_inclusive(|byte| *byte == b'\n') {
        if after_blank && line.starts_with(b"From ") {
            starts.push(offset);
        }
        after_blank = line.trim_ascii().is_empty();
        offset += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([mbox.len()]);
    let ranges = starts.iter().zip(ends);
    ranges.filter_map(|(start, end)| mbox.get(*start..end)).filter(|message| !message.trim_ascii().is_empty()).collect()
}

/// The line of one message.
fn line(name: &str, message: &[u8]) -> String {
    let Some(read) = inbound::read(message) else { return format!("{name}\tunrelated\t\t\tunreadable") };
    let is_about_recipients = !read.refusals.is_empty() || matches!(read.kind, Kind::Bounce | Kind::Delayed);
    let verdicts = if is_about_recipients { verdicts(&read) } else { Vec::new() };
    let recipients = match &read.feedback {
        Some(feedback) => feedback.recipients.clone(),
        None => read.refusals.iter().map(|one| one.address.clone()).filter(|one| !one.is_empty()).collect(),
    };
    let classes = distinct(verdicts.iter().map(|one| one.class.word().to_owned()));
    let statuses = distinct(verdicts.into_iter().map(|one| one.status));
    format!("{name}\t{}\t{}\t{statuses}\t{classes}", word_of(&read), recipients.join(","))
}

/// Each once, in the order of appearance.
fn distinct(words: impl Iterator<Item = String>) -> String {
    let mut seen: Vec<String> = Vec::new();
    for word in words.filter(|word| !word.is_empty()) {
        if !seen.contains(&word) {
            seen.push(word);
        }
    }
    seen.join(",")
}

#[cfg(test)]
mod tests {
    use super::messages_of;

    #[test]
    fn an_mbox_is_taken_apart_at_its_from_lines() {
        let mbox = b"From a Mon\nSubject: 1\n\nFrom here on\nnot quoted\n\nFrom b Tue\nSubject: 2\n\nx\n";
        let subjects: Vec<_> = messages_of(mbox).iter().map(|one| one.len()).collect();
        assert_eq!(subjects.len(), 3, "mbox writers quote `From ` after a blank line");
        assert_eq!(messages_of(b""), Vec::<&[u8]>::new());
    }
}
