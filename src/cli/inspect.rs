//! `estampille inspect`: what a received message, or a single SMTP reply, is. Opens no database and changes nothing.

use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;

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
        None => args.files.iter().try_for_each(|file| inspect(file, &mut out)),
    };
    match printed.and_then(|()| out.flush()) {
        // `estampille inspect … | head` is well used.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Stop::NotSo(error.to_string())),
        Ok(()) => Ok(()),
    }
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

fn inspect(file: &Path, out: &mut impl Write) -> std::io::Result<()> {
    if file.is_dir() {
        let entries = named(file, std::fs::read_dir(file))?;
        let mut inside = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
        inside.sort();
        return inside.iter().try_for_each(|file| inspect(file, out));
    }
    let bytes = named(file, std::fs::read(file))?;
    let name = file.display().to_string();
    if file.extension().is_some_and(|kind| kind == "mbox" || kind == "mbx") {
        for (number, message) in messages_of(&bytes).into_iter().enumerate() {
            line(&format!("{name}#{}", number + 1), message, out)?;
        }
        return Ok(());
    }
    line(&name, &bytes, out)
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

fn line(name: &str, message: &[u8], out: &mut impl Write) -> std::io::Result<()> {
    let Some(read) = inbound::read(message) else { return writeln!(out, "{name}\tunrelated\t\t\tunreadable") };
    let is_about_recipients = !read.refusals.is_empty() || matches!(read.kind, Kind::Bounce | Kind::Delayed);
    let verdicts = if is_about_recipients { verdicts(&read) } else { Vec::new() };
    let recipients = match &read.feedback {
        Some(feedback) => feedback.recipients.clone(),
        None => read.refusals.iter().map(|one| one.address.clone()).filter(|one| !one.is_empty()).collect(),
    };
    let classes = distinct(verdicts.iter().map(|one| one.class.word().to_owned()));
    let statuses = distinct(verdicts.into_iter().map(|one| one.status));
    writeln!(out, "{name}\t{}\t{}\t{statuses}\t{classes}", word_of(&read), recipients.join(","))
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
