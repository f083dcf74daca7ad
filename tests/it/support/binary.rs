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
        let service = Self::start_unready(settings, folder);
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
        let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("service.log")).unwrap();
        let url = format!("http://{}", settings["ESTAMPILLE_LISTEN"]);
        let child = command(&["serve"], settings)
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
