//! What another mail server says to ours (RFC 5321).

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A conversation with a mail server, one command after the other.
pub(crate) struct SmtpClient(BufReader<TcpStream>);

impl SmtpClient {
    /// Connects and reads the greeting.
    pub(crate) async fn connect(address: SocketAddr) -> (Self, String) {
        let stream = TcpStream::connect(address).await.unwrap();
        // Else the end of each message waits 40 ms for an acknowledgement, and a burst is none.
        stream.set_nodelay(true).unwrap();
        let mut client = Self(BufReader::new(stream));
        let greeting = client.reply().await;
        (client, greeting)
    }

    /// Says one line and returns the reply, all its lines.
    pub(crate) async fn say(&mut self, line: &str) -> String {
        self.0.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        self.reply().await
    }

    /// Sends a message after a 354, dots stuffed.
    pub(crate) async fn message(&mut self, message: &[u8]) -> String {
        self.begin(message).await;
        self.say("\r\n.").await
    }

    /// Sends a message after a 354, but not its end.
    pub(crate) async fn begin(&mut self, message: &[u8]) {
        let text = String::from_utf8_lossy(message).replace("\r\n", "\n").replace("\n.", "\n..").replace('\n', "\r\n");
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// The next reply, all its lines.
    pub(crate) async fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let start = reply.len();
            if self.0.read_line(&mut reply).await.unwrap() == 0 || reply.as_bytes().get(start + 3) != Some(&b'-') {
                return reply.trim_end().to_owned();
            }
        }
    }
}

/// Delivers one message; the reply that refused it is the error.
pub(crate) async fn deliver(server: SocketAddr, from: &str, to: &str, message: &[u8]) -> Result<String, String> {
    let (mut client, greeting) = SmtpClient::connect(server).await;
    accepted(greeting)?;
    accepted(client.say("EHLO mx.receiver.example").await)?;
    accepted(client.say(&format!("MAIL FROM:<{from}>")).await)?;
    accepted(client.say(&format!("RCPT TO:<{to}>")).await)?;
    accepted(client.say("DATA").await)?;
    let reply = accepted(client.message(message).await)?;
    client.say("QUIT").await;
    Ok(reply)
}

fn accepted(reply: String) -> Result<String, String> {
    if reply.starts_with(['2', '3']) { Ok(reply) } else { Err(reply) }
}
