//! A visit by IMAP (RFC 3501): fetch, store, mark as deleted, expunge.

use async_imap::types::Fetch;
use async_imap::{Client, Session};
use futures_util::TryStreamExt;

use super::shelf::Shelf;
use super::wire::{self, Encrypted};
use super::{LONGEST, MOST, within};
use crate::config::MailboxUrl;

/// Takes what is in the folder; says how many messages.
pub(super) async fn visit(mailbox: &MailboxUrl, shelf: &Shelf) -> Result<usize, String> {
    let client = client(mailbox).await?;
    let signed_in = async { client.login(&mailbox.user, &mailbox.password).await.map_err(|(error, _)| error) };
    let mut session = within(signed_in).await?;
    within(session.select(&mailbox.folder)).await?;
    let mut found: Vec<u32> = within(session.uid_search("ALL")).await?.into_iter().collect();
    found.sort_unstable();
    found.truncate(MOST);
    let (mut taken, mut trouble) = (Vec::new(), None);
    for uid in found {
        match take(&mut session, uid, shelf).await {
            Ok(()) => taken.push(uid.to_string()),
            Err(error) => {
                trouble = Some(error);
                break;
            }
        }
    }
    if !taken.is_empty() {
        remove(&mut session, &taken.join(",")).await?;
    }
    within(session.logout()).await?;
    trouble.map_or(Ok(taken.len()), Err)
}

async fn client(mailbox: &MailboxUrl) -> Result<Client<Encrypted>, String> {
    let stream = within(wire::connect(mailbox)).await?;
    if mailbox.is_tls_from_the_start {
        let mut client = Client::new(within(wire::encrypt(stream, mailbox)).await?);
        within(client.read_response()).await?.ok_or("it does not greet")?;
        return Ok(client);
    }
    let mut client = Client::new(stream);
    within(client.read_response()).await?.ok_or("it does not greet")?;
    within(client.run_command_and_check_ok("STARTTLS", None)).await?;
    // What came in clear behind the answer goes with the old client (CVE-2011-0411).
    Ok(Client::new(within(wire::encrypt(client.into_inner(), mailbox)).await?))
}

/// Fetches one message without marking it as seen, no more of it than we read, and keeps it.
async fn take(session: &mut Session<Encrypted>, uid: u32, shelf: &Shelf) -> Result<(), String> {
    let query = format!("(UID BODY.PEEK[]<0.{LONGEST}>)");
    let fetched = async {
        let answers = session.uid_fetch(uid.to_string(), query).await?;
        answers.try_collect::<Vec<Fetch>>().await
    };
    let fetched = within(fetched).await?;
    // Others may have removed it meanwhile.
    let message = fetched.iter().find(|one| one.uid == Some(uid)).and_then(Fetch::body);
    match message {
        Some(message) => shelf.keep(message.get(..LONGEST).unwrap_or(message).to_vec()).await,
        None => Ok(()),
    }
}

/// Removes exactly these messages where the server can (UIDPLUS, RFC 4315); else whatever is marked as deleted.
async fn remove(session: &mut Session<Encrypted>, uids: &str) -> Result<(), String> {
    let marked = async {
        let answers = session.uid_store(uids, "+FLAGS.SILENT (\\Deleted)").await?;
        answers.try_collect::<Vec<Fetch>>().await
    };
    within(marked).await?;
    let can_name = within(session.capabilities()).await?.has_str("UIDPLUS");
    let expunged = async {
        if can_name {
            session.uid_expunge(uids).await?.try_collect::<Vec<u32>>().await
        } else {
            session.expunge().await?.try_collect::<Vec<u32>>().await
        }
    };
    within(expunged).await.map(drop)
}
