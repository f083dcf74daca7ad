//! The real program in a process of its own, and what it takes of the machine.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

fn command(words: &[&str], settings: &BTreeMap<String, String>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_estampille"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ESTAMPILLE_")) {
        command.env_remove(name);
    }
    command.args(words).envs(settings).stdin(Stdio::null());
    command
}

/// Runs a command of the program to its end.
pub(crate) fn run(words: &[&str], settings: &BTreeMap<String, String>) {
    let done = command(words, settings).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// `estampille serve`.
pub(crate) struct Program(Child);

impl Program {
    /// Starts it and waits until it listens.
    pub(crate) fn start(settings: &BTreeMap<String, String>) -> Self {
        let child = command(&["serve"], settings).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let program = Self(child);
        let began = Instant::now();
        while std::net::TcpStream::connect(&settings["ESTAMPILLE_LISTEN"]).is_err() {
            assert!(began.elapsed() < PATIENCE, "the program does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        program
    }

    /// Milliseconds of processor that it took so far (user and system).
    pub(crate) fn processor_millis(&self) -> f64 {
        processor_millis(self.0.id())
    }

    /// The most memory that it held.
    pub(crate) fn peak_kilobytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }

    pub(crate) fn stop(mut self) {
        assert!(Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status().unwrap().success());
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Milliseconds of processor that a process took so far; Linux counts in hundredths of a second.
fn processor_millis(id: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |at: usize| -> f64 { fields.get(at).unwrap().parse().unwrap() };
    (ticks(11) + ticks(12)) * 10.0
}
