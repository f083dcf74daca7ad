//! An installation with a list of confirmed people, and the settings that the program runs with.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use estampille::audit::Actor;
use estampille::clock::Clock;
use estampille::lists::List;
use estampille::pacing::lanes::{self, Override, OverrideOutcome};
use estampille::storage::{AccountId, Conn, DatabaseUrl, migrate};
use tempfile::TempDir;

use super::program;
use super::server::Server;
use super::settle;

/// How the messages are signed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Signing {
    None,
    Ed25519,
    Rsa,
}

impl Signing {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::None => "not signed",
            Self::Ed25519 => "RSA-2048 and Ed25519",
            Self::Rsa => "RSA-2048",
        }
    }

    /// The domain that the campaign is sent from; each has its own keys.
    pub(crate) const fn domain(self) -> &'static str {
        match self {
            Self::None => "plain.example",
            Self::Ed25519 => "ed25519.example",
            Self::Rsa => "rsa.example",
        }
    }
}

/// The installation.
pub(crate) struct House {
    pub(crate) folder: TempDir,
    pub(crate) database: DatabaseUrl,
    pub(crate) account: AccountId,
    pub(crate) list: List,
    pub(crate) recipients: usize,
    /// Seconds that the import took.
    pub(crate) taken_in: f64,
}

impl House {
    pub(crate) fn open(server: Option<&Server>, recipients: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let database =
            server.map_or_else(|| DatabaseUrl::Sqlite(folder.path().join("estampille.db")), |server| server.database());
        let mut conn = connect(&database);
        migrate(&mut conn).unwrap();
        let (account, list) = settle(&mut conn);
        let mut house = Self { folder, database, account, list, recipients, taken_in: 0.0 };
        let began = Instant::now();
        house.import();
        house.taken_in = began.elapsed().as_secs_f64();
        house
    }

    pub(crate) fn connect(&self) -> Conn {
        connect(&self.database)
    }

    /// The settings of the program.
    pub(crate) fn settings(&self, relay: &str, connections: usize) -> BTreeMap<String, String> {
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let database = match &self.database {
            DatabaseUrl::Sqlite(file) => format!("sqlite://{}", file.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        };
        [
            ("DATA_DIR", self.folder.path().to_str().unwrap()),
            ("DATABASE_URL", &database),
            ("LISTEN", &address),
            ("BASE_URL", "https://lists.estampille.example"),
            ("RELAY_URL", relay),
            ("RELAY_CONNECTIONS", &connections.to_string()),
            ("MAIL_DOMAIN", "bounces.estampille.example"),
            ("UNVERIFIED_DOMAINS", "allow"),
            ("DNS_SERVER", "127.0.0.1:1"),
        ]
        .into_iter()
        .map(|(name, value)| (format!("ESTAMPILLE_{name}"), value.to_owned()))
        .collect()
    }

    /// Brings the people in by the command, as an operator does who has evidence for each.
    fn import(&self) {
        let file: PathBuf = self.folder.path().join("people.csv");
        let mut rows = std::io::BufWriter::new(std::fs::File::create(&file).unwrap());
        writeln!(rows, "address,first_name,town").unwrap();
        for number in 0..self.recipients {
            writeln!(rows, "person{number}@reader{}.example,Anne-{number},Orléans", number % 97).unwrap();
        }
        rows.into_inner().unwrap();
        let list = self.list.id.to_string();
        let words = ["import", file.to_str().unwrap(), "--list", &list, "--source", "the shop's own book"];
        let grounds = ["--collected-at", "2026-01-01", "--basis", "signed at the counter"];
        let evidence = ["--confirmed-elsewhere", "--evidence", "book 7"];
        program::run(&[&words[..], &grounds[..], &evidence[..]].concat(), &self.settings("tray:", 1));
    }
}

fn connect(database: &DatabaseUrl) -> Conn {
    match database {
        DatabaseUrl::Sqlite(file) => Conn::open_sqlite(file.to_str().unwrap()).unwrap(),
        DatabaseUrl::Postgres(url) => Conn::open_postgres(url).unwrap(),
    }
}

/// An account, its list, and a lane without ceilings: what is measured is the engine and not its patience.
fn settle(conn: &mut Conn) -> (AccountId, List) {
    let now = Clock::System.now();
    let account = settle::account(conn, "Papeterie", now);
    let list = settle::list(conn, account, &format!("rose@{}", Signing::None.domain()), now);
    let wide = Override {
        connections: Some(10_000),
        messages: Some(100_000),
        hourly: Some(1_000_000_000),
        ..Override::default()
    };
    assert_eq!(lanes::set(conn, "other", wide, Actor::System, now).unwrap(), OverrideOutcome::Done);
    (account, list)
}
