//! `estampille serve`: the web, the workers, or both, until a signal stops them.

mod database;
mod signals;
mod workers;

use std::net::TcpListener;

use actix_web::dev::ServerHandle;
use clap::{Args, ValueEnum};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::context::{self, Context};
use super::log;
use super::stop::Stop;
use crate::app::App;
use crate::web::server;

/// What this process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Everything
    All,
    /// Pages and the API
    Web,
    /// Sending, receiving and housekeeping
    Worker,
}

impl Role {
    /// Whether this process answers HTTP.
    #[must_use]
    pub const fn has_web(self) -> bool {
        matches!(self, Self::All | Self::Web)
    }

    /// Whether this process sends, receives and keeps house.
    #[must_use]
    pub const fn has_workers(self) -> bool {
        matches!(self, Self::All | Self::Worker)
    }
}

#[derive(Args)]
pub(super) struct Serve {
    /// What this process does, where several share the work around one PostgreSQL
    #[arg(long, value_enum, default_value_t = Role::All)]
    role: Role,
}

pub(super) fn run(args: &Serve, context: &Context) -> Result<(), Stop> {
    let settings = context.settings()?;
    log::start(&settings);
    let app = context::open(settings)?;
    let state = database::prepare(&app)?;
    let listener = if args.role.has_web() { Some(listen(&app)?) } else { None };
    runtime()?.block_on(serve(app, args.role, listener, state))
}

/// Serves an installation whose database is ready, until a signal stops it.
///
/// # Errors
/// When the system gives no threads or the web server cannot run.
pub fn until_stopped(app: App, role: Role, listener: Option<TcpListener>) -> Result<(), Stop> {
    runtime()?.block_on(serve(app, role, listener, database::State::Ready))
}

/// The threads that run everything but the web's own.
///
/// # Errors
/// When the system gives no threads.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

fn listen(app: &App) -> Result<TcpListener, Stop> {
    let address = app.settings.listen;
    TcpListener::bind(address).map_err(|error| Stop::NotSo(format!("ESTAMPILLE_LISTEN = `{address}`: {error}")))
}

/// Runs until a signal comes; then no new connection is taken, and what is under way ends.
///
/// # Errors
/// When the web server cannot run, or the inbound address cannot be listened on.
async fn serve(app: App, role: Role, listener: Option<TcpListener>, state: database::State) -> Result<(), Stop> {
    let mut signals = signals::Signals::listen()?;
    let web = listener.map(|listener| start_web(&app, listener)).transpose()?;
    let stop = CancellationToken::new();
    let workers = role.has_workers().then(|| workers::start(&app, state, &stop)).transpose()?;
    let watch = tokio::spawn(database::watch(app.clone()));
    signals.next().await;
    tracing::info!("stopping: no new work, what is under way ends");
    stop.cancel();
    tokio::select! {
        () = ended(web, workers) => tracing::info!("stopped"),
        () = signals.next() => return Err(Stop::NotSo("stopped at once by a second signal".to_owned())),
    }
    watch.abort();
    Ok(())
}

/// Waits until the web and the workers have ended, side by side.
async fn ended(web: Option<ServerHandle>, workers: Option<JoinHandle<()>>) {
    let web = async {
        if let Some(web) = web {
            web.stop(true).await;
        }
    };
    let workers = async {
        let Some(workers) = workers else { return };
        if let Err(error) = workers.await {
            tracing::error!(%error, "the workers ended early");
        }
    };
    tokio::join!(web, workers);
}

fn start_web(app: &App, listener: TcpListener) -> Result<ServerHandle, Stop> {
    let address = listener.local_addr()?;
    let server = server::serve(app.clone(), listener)?;
    let handle = server.handle();
    tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "the web server ended");
        }
    });
    tracing::info!(%address, base_url = %app.settings.base_url, "the web is up");
    Ok(handle)
}
