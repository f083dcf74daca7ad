//! Postfix's own test programs: a server that throws everything away, and a client that sends as fast as it can.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// `smtp-sink`.
pub(crate) struct Sink {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Sink {
    pub(crate) fn start() -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut command = tool("smtp-sink");
        // As root it wants an account of little power.
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|of| std::os::unix::fs::MetadataExt::uid(&of) == 0);
        if is_root {
            command.args(["-u", "nobody"]);
        }
        command.args(["-m", "1000", &address.to_string(), "1024"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let sink = Self { child, address };
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(began.elapsed() < Duration::from_secs(10), "smtp-sink does not start: is Postfix installed?");
            std::thread::sleep(Duration::from_millis(10));
        }
        sink
    }

    /// The bytes that it read so far, from all clients.
    pub(crate) fn bytes(&self) -> u64 {
        let counts = std::fs::read_to_string(format!("/proc/{}/io", self.child.id())).unwrap();
        counts.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap().parse().unwrap()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Messages a second of `smtp-source -d`: kept connections, nothing to make, nothing to write down.
pub(crate) fn source(to: SocketAddr, connections: usize, count: usize, bytes: usize) -> f64 {
    let began = Instant::now();
    let done = tool("smtp-source")
        .args(["-d", "-s", &connections.to_string(), "-m", &count.to_string(), "-l", &bytes.to_string()])
        .args(["-f", "rose@papeterie.example", "-t", "anne@reader.example", &to.to_string()])
        .status()
        .unwrap();
    assert!(done.success(), "smtp-source failed");
    count as f64 / began.elapsed().as_secs_f64()
}

fn tool(name: &str) -> Command {
    let installed = std::path::Path::new("/usr/sbin").join(name);
    Command::new(if installed.exists() { installed } else { name.into() })
}
