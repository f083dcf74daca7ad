//! A way to a server that can be closed and opened again, as a network or a database goes away and comes back.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Passes connections on to a server while it is open.
pub(crate) struct Way {
    /// Where it begins.
    pub(crate) address: SocketAddr,
    is_open: Arc<watch::Sender<bool>>,
}

impl Way {
    /// A way to this server, open.
    pub(crate) async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let way = Self { address: listener.local_addr().unwrap(), is_open: Arc::new(watch::channel(true).0) };
        tokio::spawn(pass(listener, server, Arc::clone(&way.is_open)));
        way
    }

    /// Ends every connection, and takes no more.
    pub(crate) fn close(&self) {
        self.is_open.send_replace(false);
    }

    /// Lets connections through again.
    pub(crate) fn open(&self) {
        self.is_open.send_replace(true);
    }
}

async fn pass(listener: TcpListener, server: String, is_open: Arc<watch::Sender<bool>>) {
    loop {
        let (mut near, _) = listener.accept().await.unwrap();
        let (mut closed, server) = (is_open.subscribe(), server.clone());
        if !*closed.borrow() {
            continue;
        }
        tokio::spawn(async move {
            let Ok(mut far) = TcpStream::connect(server).await else { return };
            tokio::select! {
                ended = tokio::io::copy_bidirectional(&mut near, &mut far) => drop(ended),
                ended = closed.wait_for(|is_open| !is_open) => drop(ended),
            }
        });
    }
}
