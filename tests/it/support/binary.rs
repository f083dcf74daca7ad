//! The real program, started as an operator starts it.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use super::until;

/// An address on which nothing listens at this moment.
pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The program with these settings and no others.
pub(crate) fn command(arguments: &[&str], settings: &BTreeMap<String, String>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_estampille"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ESTAMPILLE_")) {
        command.env_remove(name);
    }
    command.args(arguments).envs(settings);
    command
}

/// Runs a command of the program to its end.
pub(crate) fn run(arguments: &[&str], settings: &BTreeMap<String, String>) -> Output {
    command(arguments, settings).stdin(Stdio::null()).output().unwrap()
}

/// `estampille serve` in a process of its own; killed when this value goes.
pub(crate) struct Service {
    child: Child,
    url: String,
}

impl Service {
    /// Starts it and waits until `/readyz` says yes. What it logs goes to a file in `folder`.
    pub(crate) async fn start(settings: &BTreeMap<String, String>, folder: &Path) -> Self {
        Self::start_as("all", settings, folder).await
    }

    /// The same in a role.
    pub(crate) async fn start_as(role: &str, settings: &BTreeMap<String, String>, folder: &Path) -> Self {
        let service = Self::begin(role, settings, folder);
        let client = reqwest::Client::new();
        until("the service is ready", || async {
            let answer = client.get(format!("{}/readyz", service.url)).send().await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
        service
    }

    /// Starts it and waits for nothing.
    pub(crate) fn start_unready(settings: &BTreeMap<String, String>, folder: &Path) -> Self {
        Self::begin("all", settings, folder)
    }

    fn begin(role: &str, settings: &BTreeMap<String, String>, folder: &Path) -> Self {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("service.log")).unwrap();
        let url = format!("http://{}", settings["ESTAMPILLE_LISTEN"]);
        let child = command(&["serve", "--role", role], settings)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { child, url }
    }

    /// Sends it SIGTERM and waits for its end.
    pub(crate) async fn terminate(mut self) -> ExitStatus {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let child = std::cell::RefCell::new(&mut self.child);
        until("the service stops after SIGTERM", || async { child.borrow_mut().try_wait().unwrap() }).await
    }

    /// `kill -9`: it learns nothing of its end.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if self.child.try_wait().ok().flatten().is_none() && self.child.kill().is_ok() {
            self.child.wait().unwrap();
        }
    }
}

/// `estampille demo`, as a newcomer starts it, with a folder for temporary files of its own.
pub(crate) struct Demo {
    child: Child,
    /// What it printed up to the last line of its welcome.
    pub(crate) welcome: String,
    /// What its links start with.
    pub(crate) url: String,
    folder: tempfile::TempDir,
}

impl Demo {
    /// Starts it on a free port, reads its welcome and waits until it is ready.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::TempDir::new().unwrap();
        let address = free_address().to_string();
        let mut child = command(&["demo", "--listen", &address], &BTreeMap::new())
            .env("TMPDIR", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(folder.path().join("demo.log")).unwrap())
            .spawn()
            .unwrap();
        let out = child.stdout.take().unwrap();
        let welcome = read_welcome(out).await;
        let url = format!("http://{address}");
        let client = reqwest::Client::new();
        until("the demo is ready", || async {
            let answer = client.get(format!("{url}/readyz")).send().await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
        Self { child, welcome, url, folder }
    }

    /// The first address in the welcome that holds `part`.
    pub(crate) fn link(&self, part: &str) -> String {
        let found = self.welcome.split_whitespace().find(|word| word.starts_with("http") && word.contains(part));
        found.unwrap_or_else(|| panic!("no {part} in\n{}", self.welcome)).to_owned()
    }

    /// The word that follows `label` in the welcome.
    pub(crate) fn word_after(&self, label: &str) -> String {
        let mut words = self.welcome.split_whitespace().skip_while(|word| *word != label);
        words.nth(1).unwrap_or_else(|| panic!("no {label} in\n{}", self.welcome)).to_owned()
    }

    /// Presses Ctrl-C, and returns how it ended and what it left in the folder for temporary files.
    pub(crate) async fn interrupt(mut self) -> (ExitStatus, Vec<String>) {
        let sent = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let child = std::cell::RefCell::new(&mut self.child);
        let status = until("the demo stops after Ctrl-C", || async { child.borrow_mut().try_wait().unwrap() }).await;
        let names = std::fs::read_dir(self.folder.path()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        (status, names.filter(|name| name != "demo.log").collect())
    }
}

/// Reads up to the last line of the welcome, and goes on reading what nobody looks at.
async fn read_welcome(out: std::process::ChildStdout) -> String {
    use std::io::BufRead;
    let (said, mut lines) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::BufReader::new(out).lines().map_while(Result::ok) {
            // Nobody listens any more after the welcome.
            drop(said.send(line));
        }
    });
    let mut welcome = String::new();
    while let Some(line) = lines.recv().await {
        welcome = welcome + &line + "\n";
        if line.contains("operator signs in") {
            break;
        }
    }
    welcome
}

impl Drop for Demo {
    fn drop(&mut self) {
        if self.child.try_wait().ok().flatten().is_none() && self.child.kill().is_ok() {
            self.child.wait().unwrap();
        }
    }
}
