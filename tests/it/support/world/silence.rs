//! Who waits at servers that say nothing: at the same moment, and at all servers of a world together.

use std::net::TcpStream as Socket;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpStream;

/// The gauge of one world.
#[derive(Clone, Default)]
pub(crate) struct Silence(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    next: usize,
    here: Vec<(usize, Socket)>,
    most: usize,
}

/// Somebody who waits; no longer when this goes.
struct Place<'a> {
    silence: &'a Silence,
    number: usize,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.silence.0.lock().unwrap().here.retain(|(number, _)| *number != self.number);
    }
}

impl Silence {
    /// How many waited at most at once. Who hung up does not wait, whether or not the server noticed it yet.
    pub(crate) fn most_at_once(&self) -> usize {
        self.0.lock().unwrap().most
    }

    /// Says nothing for so long, or until the other side hangs up.
    pub(super) async fn keep(&self, stream: &TcpStream, delay: Duration) {
        if delay.is_zero() {
            return;
        }
        let _place = self.enter(stream);
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            () = left(stream) => {}
        }
    }

    fn enter(&self, stream: &TcpStream) -> Place<'_> {
        let socket = Socket::from(stream.as_fd().try_clone_to_owned().unwrap());
        let mut waiting = self.0.lock().unwrap();
        waiting.here.retain(|(_, socket)| is_there(socket));
        let number = waiting.next;
        waiting.next += 1;
        waiting.here.push((number, socket));
        waiting.most = waiting.most.max(waiting.here.len());
        Place { silence: self, number }
    }
}

/// Whether the other side has not hung up: nothing has come, or something that can be read.
fn is_there(socket: &Socket) -> bool {
    match socket.peek(&mut [0]) {
        Ok(read) => read > 0,
        Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
    }
}

async fn left(stream: &TcpStream) {
    if stream.peek(&mut [0]).await.is_ok_and(|read| read > 0) {
        // It talks before it was greeted, and stays.
        std::future::pending::<()>().await;
    }
}
