//! The machine: database, disk, clock, relay, queue.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use chrono::{TimeDelta, TimeZone as _, Utc};

use super::{Health, Line};
use crate::accounts::installation;
use crate::app::App;
use crate::config::RelayUrl;
use crate::storage::{Shape, shape};

/// A relay that does not answer within this time is away.
const PATIENCE: Duration = Duration::from_secs(5);
/// Mail that is due for longer than this is late.
const LATE: TimeDelta = TimeDelta::minutes(10);

pub(super) fn look(app: &App) -> Vec<Line> {
    vec![database(app), disk(app), clock(app), relay(app), queue(app)]
}

fn database(app: &App) -> Line {
    match app.db.read_blocking(shape) {
        Ok(Shape::Current) => Line::new(Health::Good, "database", "answers and is up to date"),
        Ok(Shape::Behind(missing)) => {
            Line::new(Health::Bad, "database", format!("{} migrations are missing: run `migrate`", missing.len()))
        }
        Err(error) => Line::new(Health::Bad, "database", error.to_string()),
    }
}

fn disk(app: &App) -> Line {
    let folder = &app.settings.data_dir;
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        std::io::Write::write_all(&mut file, &[0; 65_536])?;
        file.as_file().sync_all()
    });
    match written {
        Ok(()) => Line::new(Health::Good, "disk", format!("{} can be written", folder.display())),
        Err(error) => Line::new(Health::Bad, "disk", format!("{}: {error}", folder.display())),
    }
}

/// A clock before this program was written is wrong: signatures and certificates would be refused.
fn clock(app: &App) -> Line {
    let now = app.clock.now();
    let written = Utc.with_ymd_and_hms(2026, 11, 1, 0, 0, 0).single().unwrap_or_default();
    if now.utc() < written {
        return Line::new(Health::Bad, "clock", format!("{now} lies before this version was written"));
    }
    Line::new(Health::Good, "clock", now.to_string())
}

fn relay(app: &App) -> Line {
    let url = match &app.settings.relay {
        RelayUrl::Tray => return Line::new(Health::Weak, "relay", "tray: mail stays on this machine"),
        RelayUrl::Direct(_) => return Line::new(Health::Good, "relay", "direct: to the receivers' own servers"),
        RelayUrl::Smtp(url) => url,
    };
    let default = if url.scheme() == "smtps" { 465 } else { 25 };
    let (host, port) = (url.host_str().unwrap_or_default(), url.port().unwrap_or(default));
    let name = format!("{host}:{port}");
    let addresses = match (host.trim_matches(['[', ']']), port).to_socket_addrs() {
        Ok(addresses) => addresses,
        Err(error) => return Line::new(Health::Bad, "relay", format!("{name}: {error}")),
    };
    let mut trouble = "no address".to_owned();
    for address in addresses {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(_) => return Line::new(Health::Good, "relay", format!("{name} answers at {address}")),
            Err(error) => trouble = error.to_string(),
        }
    }
    Line::new(Health::Bad, "relay", format!("{name}: {trouble}"))
}

fn queue(app: &App) -> Line {
    let now = app.clock.now();
    let looked =
        app.db.read_blocking(|conn| Ok((installation::sending_pause(conn)?, installation::oldest_due(conn, now)?)));
    match looked {
        Err(error) => Line::new(Health::Bad, "queue", error.to_string()),
        Ok((Some(reason), _)) => Line::new(Health::Bad, "queue", format!("all sending is paused: {reason}")),
        Ok((None, Some(due))) if now.since(due) > LATE => {
            let minutes = now.since(due).num_minutes();
            Line::new(Health::Bad, "queue", format!("mail has been due for {minutes} minutes; does a worker run?"))
        }
        Ok((None, _)) => Line::new(Health::Good, "queue", "nothing is late"),
    }
}
