//! Where reports come in: an SMTP or LMTP listener that only stores, and the loop that judges what was stored.
//!
//! The listener takes mail for signed addresses of ours and for abuse@ and postmaster@ at the mail domain, refuses
//! everything else in the session, never relays and never writes to anybody (RFC 5321, section 6.1). A `250` is only said
//! after the message is committed. The loop works from the table, so a restart loses nothing, whatever door a message
//! came through.

mod command;
mod dialogue;
mod gate;
mod judging;
mod keep;
mod keeper;
mod limits;
mod listener;
mod reporters;
mod session;
mod text;
mod told;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use keeper::Keeper;

pub use limits::Limits;

/// The listener and the judge loop of this process while they run.
#[derive(Debug)]
pub struct Handle {
    stop: CancellationToken,
    address: Option<SocketAddr>,
    tasks: Vec<JoinHandle<()>>,
}

impl Handle {
    /// Where the listener listens; `None` when none was asked for.
    #[must_use]
    pub const fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Takes no new connection, says `421` in those that are open, ends the judgement under way.
    pub async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task for inbound mail ended early");
            }
        }
    }
}

/// Starts the judge loop, and the listener where the settings ask for one.
///
/// # Errors
/// When the address cannot be listened on.
pub fn start(app: &App) -> std::io::Result<Handle> {
    match app.settings.inbound {
        Some(inbound) => listen(app, TcpListener::bind(inbound.address)?, inbound.is_lmtp),
        None => Ok(judging_with(app, &Arc::new(Notify::new()))),
    }
}

/// Starts the judge loop and a listener on a socket that is bound already.
///
/// # Errors
/// When the socket cannot be used.
pub fn listen(app: &App, socket: TcpListener, is_lmtp: bool) -> std::io::Result<Handle> {
    listen_within(app, socket, is_lmtp, Limits::default())
}

/// [`listen`] with limits of its own.
///
/// # Errors
/// When the socket cannot be used.
pub fn listen_within(app: &App, socket: TcpListener, is_lmtp: bool, limits: Limits) -> std::io::Result<Handle> {
    socket.set_nonblocking(true)?;
    let socket = tokio::net::TcpListener::from_std(socket)?;
    let address = socket.local_addr()?;
    let nudge = Arc::new(Notify::new());
    let mut handle = judging_with(app, &nudge);
    let (keeper, writer) = Keeper::start(app.clone(), nudge);
    let site = listener::Site { app: app.clone(), is_lmtp, limits, keeper, stop: handle.stop.clone() };
    handle.tasks.push(tokio::spawn(listener::run(socket, site, writer)));
    handle.address = Some(address);
    tracing::info!(%address, is_lmtp, "listening for reports");
    Ok(handle)
}

/// `nudge` wakes the loop when something was stored; it also looks by itself.
fn judging_with(app: &App, nudge: &Arc<Notify>) -> Handle {
    let stop = CancellationToken::new();
    let task = tokio::spawn(judging::run(app.clone(), Arc::clone(nudge), stop.clone()));
    Handle { stop, address: None, tasks: vec![task] }
}
