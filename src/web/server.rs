//! The web server: limits, time-outs, headers around all routes.

use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App as WebApp, HttpServer, web};

use super::hooks::Certificates;
use super::{headers, routes};
use crate::app::App;

/// Headers of a request must have come within this time (slow-loris).
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// A kept-alive connection without a request is closed after this time.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// Requests in flight get this long at a stop.
const SHUTDOWN_SECONDS: u64 = 10;
/// Nobody looks at a page that does not come: a database that answers later than this counts as away.
const DATABASE_PATIENCE: Duration = Duration::from_secs(15);
/// The largest form that is read: a campaign's body fits.
pub const LARGEST_FORM: usize = 2 * 1024 * 1024;
/// The largest body of any kind that is read into memory: an imported file, a received message.
pub const LARGEST_BODY: usize = 32 * 1024 * 1024;

/// A server on `listener`, running until its handle stops it; signals are the caller's.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(app: App, listener: std::net::TcpListener) -> std::io::Result<Server> {
    serve_with(app, listener, Certificates::default())
}

/// [`serve`] with another way to fetch the certificates of notifications.
///
/// # Errors
/// As [`serve`].
pub fn serve_with(app: App, listener: std::net::TcpListener, certificates: Certificates) -> std::io::Result<Server> {
    let app = App { db: app.db.within(DATABASE_PATIENCE), ..app };
    let (state, certificates) = (web::Data::new(app), web::Data::new(certificates));
    let server = HttpServer::new(move || {
        WebApp::new()
            .app_data(state.clone())
            .app_data(certificates.clone())
            .app_data(web::FormConfig::default().limit(LARGEST_FORM).error_handler(super::error::bad_form))
            .app_data(web::QueryConfig::default().error_handler(super::error::bad_query))
            .app_data(web::PayloadConfig::new(LARGEST_BODY))
            .wrap(from_fn(headers::around))
            .wrap(Compress::default())
            .configure(routes::configure)
    })
    .client_request_timeout(REQUEST_TIMEOUT)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(SHUTDOWN_SECONDS)
    .disable_signals()
    .server_hostname("estampille")
    .listen(listener)?;
    Ok(server.run())
}
