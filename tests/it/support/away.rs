//! A way to a server that goes away and comes back, as a network or a database does: connections end, or nothing moves
//! any more, or an answer is lost.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Whether anything passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passage {
    Open,
    /// Connections end, and no more are taken.
    Closed,
    /// Connections stay and new ones are taken, but nothing moves.
    Stalled,
}

/// Passes connections on to a server while it is open.
pub(crate) struct Way {
    /// Where it begins.
    pub(crate) address: SocketAddr,
    passage: Arc<watch::Sender<Passage>>,
    to_lose: Arc<AtomicUsize>,
}

impl Way {
    /// A way to this server, open.
    pub(crate) async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let way = Self { address, passage: Arc::new(watch::channel(Passage::Open).0), to_lose: Arc::default() };
        tokio::spawn(pass(listener, server, Arc::clone(&way.passage), Arc::clone(&way.to_lose)));
        way
    }

    /// Ends every connection, and takes no more.
    pub(crate) fn close(&self) {
        self.passage.send_replace(Passage::Closed);
    }

    /// Lets nothing pass, and tells nobody.
    pub(crate) fn stall(&self) {
        self.passage.send_replace(Passage::Stalled);
    }

    /// Lets everything through again, once every connection of before has ended.
    pub(crate) fn open_later(&self) {
        let passage = Arc::clone(&self.passage);
        tokio::spawn(async move {
            while passage.receiver_count() > 0 {
                tokio::task::yield_now().await;
            }
            passage.send_replace(Passage::Open);
        });
    }

    /// Lets everything through again.
    pub(crate) fn open(&self) {
        self.passage.send_replace(Passage::Open);
    }

    /// Carries the next so many `COMMIT`s, and acceptances that need none, to the server and ends their connections before
    /// it says that they are done.
    pub(crate) fn lose_answers_to_commits(&self, count: usize) {
        self.to_lose.store(count, Ordering::SeqCst);
    }

    /// How many of them are still to come.
    pub(crate) fn answers_to_lose(&self) -> usize {
        self.to_lose.load(Ordering::SeqCst)
    }
}

async fn pass(listener: TcpListener, server: String, passage: Arc<watch::Sender<Passage>>, to_lose: Arc<AtomicUsize>) {
    loop {
        let (near, _) = listener.accept().await.unwrap();
        let carrier = Carrier { passage: passage.subscribe(), to_lose: Arc::clone(&to_lose), is_lost: Arc::default() };
        let (mut closed, server) = (passage.subscribe(), server.clone());
        if *closed.borrow() == Passage::Closed {
            continue;
        }
        tokio::spawn(async move {
            tokio::select! {
                () = carrier.connect(near, server) => {}
                ended = closed.wait_for(|passage| *passage == Passage::Closed) => drop(ended),
            }
        });
    }
}

/// Who carries the bytes of one connection.
#[derive(Clone)]
struct Carrier {
    passage: watch::Receiver<Passage>,
    to_lose: Arc<AtomicUsize>,
    /// The next answer is not handed on.
    is_lost: Arc<AtomicBool>,
}

impl Carrier {
    async fn connect(self, near: TcpStream, server: String) {
        let mut passage = self.passage.clone();
        // Only a test that is over drops the sender.
        if passage.wait_for(|passage| *passage != Passage::Stalled).await.is_err() {
            return;
        }
        let Ok(far) = TcpStream::connect(server).await else { return };
        near.set_nodelay(true).unwrap();
        far.set_nodelay(true).unwrap();
        let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
        let (there, back) = (self.clone(), self);
        // Where one side has ended, the other one has nobody to talk to.
        tokio::select! {
            () = there.carry(from_near, to_far, true) => {}
            () = back.carry(from_far, to_near, false) => {}
        }
    }

    async fn carry(mut self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, is_there: bool) {
        let mut bytes = vec![0; 16_384];
        while let Ok(read @ 1..) = from.read(&mut bytes).await {
            if self.passage.wait_for(|passage| *passage != Passage::Stalled).await.is_err() {
                return;
            }
            if is_there && is_of_commit(&bytes[..read]) && self.takes_one_to_lose() {
                self.is_lost.store(true, Ordering::SeqCst);
            }
            if !is_there && self.is_lost.load(Ordering::SeqCst) {
                return;
            }
            if to.write_all(&bytes[..read]).await.is_err() {
                return;
            }
        }
    }

    fn takes_one_to_lose(&self) -> bool {
        self.to_lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}

/// What the relay of a test says of a message that it took.
const ACCEPTED: &[u8] = b"Ok: queued as";

fn is_of_commit(bytes: &[u8]) -> bool {
    [b"COMMIT".as_slice(), ACCEPTED].iter().any(|word| memchr::memmem::find(bytes, word).is_some())
}
