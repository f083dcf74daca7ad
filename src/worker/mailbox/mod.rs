//! Mailboxes that collect reports, by IMAP or POP3, always over TLS: each message is stored, then removed.
//!
//! A visit that breaks off loses nothing and takes nothing twice: what was stored is known by its content when it is met
//! again. Trouble is said once, and when it is over.

mod imap;
mod pop3;
mod shelf;
mod wire;

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::config::{MailboxProtocol, MailboxUrl};
use crate::worker::once::Once;
use shelf::Shelf;

/// Most messages of one visit; more are fetched by the next one, at once.
const MOST: usize = 200;
/// Longest part of a message that is fetched, in bytes; what a report says stands at its start.
const LONGEST: usize = 10 * 1024 * 1024;
/// How long one answer of a server may take.
const ANSWER: Duration = Duration::from_secs(60);
/// How long a whole visit may take.
const VISIT: Duration = Duration::from_secs(900);
/// How soon a server that made trouble is asked again, at the earliest.
const AFTER_TROUBLE: Duration = Duration::from_secs(5);

/// The visits of this process while they go on.
#[derive(Debug)]
pub struct Handle {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Handle {
    /// Ends the visits; one under way breaks off.
    pub async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "the visits to a mailbox ended early");
            }
        }
    }
}

/// Starts visiting each mailbox of the settings.
#[must_use]
pub fn start(app: &App) -> Handle {
    let stop = CancellationToken::new();
    let boxes = app.settings.mailboxes.iter().cloned();
    let tasks = boxes.map(|mailbox| tokio::spawn(run(app.clone(), mailbox, stop.clone()))).collect();
    Handle { stop, tasks }
}

async fn run(app: App, mailbox: MailboxUrl, stop: CancellationToken) {
    let mut told = Once::new("emptying a mailbox of reports");
    let shelf = Shelf::new(app);
    while !stop.is_cancelled() {
        let visited = tokio::select! {
            visited = tokio::time::timeout(VISIT, visit(&mailbox, &shelf)) => visited,
            () = stop.cancelled() => return,
        };
        let visited = visited.unwrap_or_else(|_| Err(format!("not done within {} s", VISIT.as_secs())));
        let visited = visited.map_err(|trouble| format!("{}: {trouble}", mailbox.host));
        let wait = match told.tell_of(visited) {
            Some(taken) if taken >= MOST => Duration::ZERO,
            Some(_) => mailbox.every,
            None => mailbox.every.max(AFTER_TROUBLE),
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// One visit: signs in, takes what is there, signs off. Says how many messages it took.
async fn visit(mailbox: &MailboxUrl, shelf: &Shelf) -> Result<usize, String> {
    match mailbox.protocol {
        MailboxProtocol::Imap => imap::visit(mailbox, shelf).await,
        MailboxProtocol::Pop3 => pop3::visit(mailbox, shelf).await,
    }
}

/// An answer within its time, or what is wrong.
async fn within<T, E: std::fmt::Display>(work: impl Future<Output = Result<T, E>>) -> Result<T, String> {
    match tokio::time::timeout(ANSWER, work).await {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {} s", ANSWER.as_secs())),
    }
}
