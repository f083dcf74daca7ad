//! A wire that is 10 ms long: what goes in at one end comes out at the other 10 ms later, in both directions.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::Instant;

const ONE_WAY: Duration = Duration::from_millis(10);

/// The near end.
pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
}

impl Wire {
    pub(crate) fn to(far: SocketAddr) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            loop {
                let (near, _) = listener.accept().await.unwrap();
                tokio::spawn(join(near, far));
            }
        });
        Self { address, _runtime: runtime }
    }
}

async fn join(near: TcpStream, far: SocketAddr) {
    let far = TcpStream::connect(far).await.unwrap();
    near.set_nodelay(true).unwrap();
    far.set_nodelay(true).unwrap();
    let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
    tokio::spawn(carry(from_near, to_far));
    carry(from_far, to_near).await;
}

async fn carry(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin + Send + 'static) {
    let (under_way, mut arriving) = mpsc::channel::<(Instant, Vec<u8>)>(1024);
    tokio::spawn(async move {
        while let Some((at, bytes)) = arriving.recv().await {
            tokio::time::sleep_until(at).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
        // Whoever is gone needs no goodbye.
        drop(to.shutdown().await);
    });
    let mut room = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut room).await {
        let piece = room.get(..count).unwrap_or_default().to_vec();
        if under_way.send((Instant::now() + ONE_WAY, piece)).await.is_err() {
            return;
        }
    }
}
