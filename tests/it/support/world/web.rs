//! A web server that says one text to everybody.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Says `text` over HTTPS until the runtime ends.
pub(crate) async fn serve_text(address: SocketAddr, config: Arc<ServerConfig>, text: &str) {
    let listener = TcpListener::bind(address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, answer) = (TlsAcceptor::from(Arc::clone(&config)), answer.clone());
            tokio::spawn(async move {
                // Who does not trust us goes away; that is part of what is tested.
                let _gone: std::io::Result<()> = say(acceptor, stream, &answer).await;
            });
        }
    });
}

async fn say(acceptor: TlsAcceptor, stream: TcpStream, answer: &str) -> std::io::Result<()> {
    let mut stream = acceptor.accept(stream).await?;
    let mut heard = Vec::new();
    while !heard.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut heard).await? == 0 {
            return Ok(());
        }
    }
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}
