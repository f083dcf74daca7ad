//! A throw-away PostgreSQL with its usual durability.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use estampille::storage::DatabaseUrl;
use tempfile::TempDir;

/// A running server; it ends with this value.
pub(crate) struct Server {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

impl Server {
    pub(crate) fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { folder, programs: programs(), port };
        let home = server.folder.path();
        if is_root() {
            let give = Command::new("chown").args(["postgres", home.to_str().unwrap()]).status().unwrap();
            assert!(give.success());
        }
        let data = server.data();
        let made = ["-D", &data, "-U", "estampille", "-A", "trust", "-E", "UTF8", "--locale=C"];
        server.run("initdb", &made);
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c shared_buffers=256MB",
            home.display()
        );
        let log = home.join("log").display().to_string();
        server.run("pg_ctl", &["-D", &data, "-s", "-w", "-t", "60", "-l", &log, "-o", &options, "start"]);
        server
    }

    /// Its one database, empty.
    pub(crate) fn database(&self) -> DatabaseUrl {
        DatabaseUrl::Postgres(format!("postgres://estampille@127.0.0.1:{}/postgres?sslmode=disable", self.port))
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn run(&self, program: &str, words: &[&str]) {
        let program = self.programs.join(program);
        // It refuses to run as root.
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let done = command.args(words).current_dir(self.folder.path()).stdout(std::process::Stdio::null()).status();
        assert!(done.unwrap().success(), "PostgreSQL: {words:?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.run("pg_ctl", &["-D", &self.data(), "-s", "-m", "immediate", "stop"]);
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|of| std::os::unix::fs::MetadataExt::uid(&of) == 0)
}

/// The folder of the newest server programs that are installed.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let newest =
        versions.map(|version| version.path().join("bin")).filter(|folder| folder.join("initdb").exists()).max();
    newest.unwrap_or_else(|| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path).find(|folder| Path::new(folder).join("initdb").exists());
        found.unwrap_or_else(|| panic!("PostgreSQL's server programs are not installed"))
    })
}
