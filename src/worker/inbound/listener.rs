//! Takes connections, and no more than it can serve.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::dialogue::Recipient;
use super::gate::{Gate, Pass};
use super::keeper::Keeper;
use super::limits::Limits;
use super::session;
use crate::app::App;
use crate::bounces::inbound_messages::marks;

/// What every session of a listener needs.
#[derive(Clone)]
pub(super) struct Site {
    pub(super) app: App,
    pub(super) is_lmtp: bool,
    pub(super) limits: Limits,
    /// The way to what writes.
    pub(super) keeper: Keeper,
    pub(super) stop: CancellationToken,
}

/// What a session needs besides: a share of the memory for texts.
pub(super) type Memory = Arc<Semaphore>;

impl Site {
    /// What a recipient is to us.
    pub(super) fn look_up(&self, address: &str) -> Recipient {
        let is_at_ours = address.rsplit_once('@').is_some_and(|(local, domain)| {
            !local.contains('@') && domain.eq_ignore_ascii_case(&self.app.settings.mail_domain)
        });
        if !is_at_ours {
            Recipient::Foreign
        } else if marks::of_address(&self.app.keys, address).is_some() {
            Recipient::Marked
        } else if marks::is_for_the_operator(address) {
            Recipient::Operator
        } else {
            Recipient::Unknown
        }
    }
}

/// Serves until the stop of `site`; then waits for the sessions to say so.
pub(super) async fn run(socket: TcpListener, site: Site, writer: JoinHandle<()>) {
    let (gate, sessions) = (Gate::default(), TaskTracker::new());
    let memory: Memory = Arc::new(Semaphore::new(site.limits.chunks()));
    loop {
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            () = site.stop.cancelled() => break,
        };
        let Some((mut stream, peer)) = taken(accepted).await else { continue };
        match gate.enter(peer.ip()) {
            Some(pass) => drop(sessions.spawn(serve(stream, site.clone(), Arc::clone(&memory), pass))),
            None => turn_away(&mut stream).await,
        }
    }
    drop(socket);
    sessions.close();
    sessions.wait().await;
    // The writer ends with the last way to it.
    drop(site);
    if let Err(error) = writer.await {
        tracing::error!(%error, "the writer of reports ended early");
    }
}

/// A connection, unless we are out of file descriptors or the peer left at once: the others go on.
async fn taken(accepted: std::io::Result<(TcpStream, SocketAddr)>) -> Option<(TcpStream, SocketAddr)> {
    match accepted {
        Ok(taken) => Some(taken),
        Err(error) => {
            tracing::debug!(%error, "a connection could not be taken");
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            None
        }
    }
}

/// One session, for as long as its pass is good.
async fn serve(stream: TcpStream, site: Site, memory: Memory, _pass: Pass) {
    session::run(stream, &site, &memory).await;
}

/// One write into an empty socket buffer; whoever does not read it is not waited for.
async fn turn_away(stream: &mut TcpStream) {
    const REPLY: &[u8] = b"421 4.7.0 too many connections, try again later\r\n";
    let write = tokio::time::timeout(std::time::Duration::from_millis(200), stream.write_all(REPLY)).await;
    if !matches!(write, Ok(Ok(()))) {
        tracing::debug!("a peer that was turned away did not listen");
    }
}
