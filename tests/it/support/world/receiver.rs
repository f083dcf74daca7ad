//! A receiver's mail server: behaves as its manners say, and remembers all it saw.

use std::collections::HashSet;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};

use rustls::ServerConfig;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::manners::{Manners, Tls};
use super::silence::Silence;
use crate::support::{DEADLINE, Mail};

/// What a server saw of one connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Visit {
    /// Where it came from.
    pub(crate) from: Option<IpAddr>,
    /// What was said in EHLO.
    pub(crate) helo: String,
    /// Whether it was encrypted in the end.
    pub(crate) is_encrypted: bool,
    /// Messages taken over it.
    pub(crate) messages: usize,
    /// Whether it was greeted with 220.
    pub(crate) was_welcome: bool,
}

#[derive(Default)]
struct Seen {
    visits: Vec<Visit>,
    mails: Vec<Mail>,
    recipients: Vec<String>,
    /// The passwords that were told to it.
    passwords: Vec<String>,
    greylisted: HashSet<String>,
    open: usize,
    most_open: usize,
}

/// What the world gives to a server.
pub(super) struct Room {
    pub(super) silence: Silence,
    pub(super) tls: Option<Arc<ServerConfig>>,
}

/// A mail server of the world.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    arrived: watch::Sender<usize>,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Receiver {
    pub(super) async fn start(address: SocketAddr, host: &str, manners: Manners, room: Room) -> Self {
        let listener = TcpListener::bind(address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
        let (seen, arrived) = (Arc::<Mutex<Seen>>::default(), watch::channel(0).0);
        let server = Server { host: host.to_owned(), manners, room, seen: Arc::clone(&seen), arrived: arrived.clone() };
        let server = Arc::new(server);
        let serving = tokio::spawn(async move {
            let mut sessions = JoinSet::new();
            while let Ok((stream, peer)) = listener.accept().await {
                sessions.spawn(Arc::clone(&server).serve(stream, peer.ip()));
            }
        });
        Self { address, seen, arrived, serving }
    }

    /// Waits for a message to this address.
    pub(crate) async fn mail_to(&self, address: &str) -> Mail {
        let mut arrived = self.arrived.subscribe();
        let found = || self.seen().mails.iter().find(|mail| mail.to == [address]).cloned();
        let waited = async {
            loop {
                if let Some(mail) = found() {
                    return mail;
                }
                arrived.changed().await.unwrap();
            }
        };
        tokio::time::timeout(DEADLINE, waited).await.unwrap_or_else(|_| panic!("no mail to {address} in time"))
    }

    /// Waits until so many messages have come.
    pub(crate) async fn wait_for(&self, count: usize) {
        let mut arrived = self.arrived.subscribe();
        let waited = tokio::time::timeout(DEADLINE, arrived.wait_for(|seen| *seen >= count)).await;
        assert!(waited.is_ok(), "{} mails of {count} within {DEADLINE:?}", self.count());
    }

    /// How many messages it took.
    pub(crate) fn count(&self) -> usize {
        self.seen().mails.len()
    }

    /// How many messages it took for this address.
    pub(crate) fn count_to(&self, address: &str) -> usize {
        self.seen().mails.iter().filter(|mail| mail.to == [address]).count()
    }

    /// Every recipient that was named to it, taken or not.
    pub(crate) fn recipients(&self) -> Vec<String> {
        self.seen().recipients.clone()
    }

    /// Every password that was told to it, right or wrong.
    pub(crate) fn passwords(&self) -> Vec<String> {
        self.seen().passwords.clone()
    }

    /// Every connection to it.
    pub(crate) fn visits(&self) -> Vec<Visit> {
        self.seen().visits.clone()
    }

    /// Most connections open at once.
    pub(crate) fn most_open(&self) -> usize {
        self.seen().most_open
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }
}

struct Server {
    host: String,
    manners: Manners,
    room: Room,
    seen: Arc<Mutex<Seen>>,
    arrived: watch::Sender<usize>,
}

/// One connection, in the books of its server.
struct Visiting {
    server: Arc<Server>,
    at: usize,
}

impl Drop for Visiting {
    fn drop(&mut self) {
        self.server.seen.lock().unwrap().open -= 1;
    }
}

/// Whether the connection goes on under TLS, or is over.
enum Next {
    Encrypt,
    End,
}

impl Server {
    async fn serve(self: Arc<Self>, stream: TcpStream, peer: IpAddr) {
        stream.set_nodelay(true).unwrap();
        let (at, open) = {
            let mut seen = self.seen.lock().unwrap();
            seen.visits.push(Visit { from: Some(peer), ..Visit::default() });
            seen.open += 1;
            seen.most_open = seen.most_open.max(seen.open);
            (seen.visits.len() - 1, seen.open)
        };
        let visiting = Visiting { server: Arc::clone(&self), at };
        // A peer that goes away in the middle is part of what is tested.
        let _gone: io::Result<()> = self.talk(stream, open, &visiting).await;
    }

    async fn talk(&self, stream: TcpStream, open: usize, visiting: &Visiting) -> io::Result<()> {
        self.room.silence.keep(&stream, self.manners.delay).await;
        if self.manners.tls == Tls::FromTheStart {
            let config = self.room.tls.clone().unwrap();
            let mut stream = TlsAcceptor::from(config).accept(stream).await?;
            visiting.note(|visit| visit.is_encrypted = true);
            if self.greets(&mut stream, open, visiting).await? {
                self.session(&mut stream, true, visiting).await?;
            }
            return Ok(());
        }
        self.talk_in_clear(stream, open, visiting).await
    }

    /// Says the first word; `false` where that is also the last.
    async fn greets<S>(&self, stream: &mut S, open: usize, visiting: &Visiting) -> io::Result<bool>
    where
        S: AsyncWrite + Unpin,
    {
        let banner = match self.manners.connections {
            Some((most, refusal)) if open > most => refusal,
            _ => &self.manners.banner,
        };
        stream.write_all(format!("{banner}\r\n").as_bytes()).await?;
        let is_welcome = banner.starts_with("220");
        visiting.note(|visit| visit.was_welcome = is_welcome);
        Ok(is_welcome)
    }

    async fn talk_in_clear(&self, mut stream: TcpStream, open: usize, visiting: &Visiting) -> io::Result<()> {
        if !self.greets(&mut stream, open, visiting).await? {
            return Ok(());
        }
        if let Next::Encrypt = self.session(&mut stream, false, visiting).await? {
            let Some(config) = &self.room.tls else {
                // TLS was promised.
                return stream.write_all(b"this is no TLS\r\n").await;
            };
            let mut stream = TlsAcceptor::from(Arc::clone(config)).accept(stream).await?;
            visiting.note(|visit| visit.is_encrypted = true);
            self.session(&mut stream, true, visiting).await?;
        }
        Ok(())
    }

    async fn session<S>(&self, stream: &mut S, is_encrypted: bool, visiting: &Visiting) -> io::Result<Next>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut stream = BufReader::new(stream);
        let (mut from, mut to, mut line) = (String::new(), Vec::<String>::new(), String::new());
        let mut is_known = self.manners.login.is_none();
        while stream.read_line(&mut line).await? > 0 {
            let command = std::mem::take(&mut line);
            tokio::time::sleep(self.manners.delay).await;
            let verb = command.trim_end().to_ascii_uppercase();
            let reply = match verb.split([' ', ':']).next().unwrap_or_default() {
                "EHLO" | "HELO" => self.hello(&command, is_encrypted, visiting),
                "STARTTLS" if self.manners.tls == Tls::Refused => "454 4.7.0 TLS not available".to_owned(),
                "STARTTLS" if self.manners.tls == Tls::None => "502 5.5.1 Not implemented".to_owned(),
                "STARTTLS" => {
                    stream.write_all(b"220 2.0.0 Ready to start TLS\r\n").await?;
                    return Ok(Next::Encrypt);
                }
                "AUTH" => {
                    is_known = self.logs_in(&command, &mut stream).await?;
                    if is_known { "235 2.7.0 Welcome" } else { "535 5.7.8 Error: authentication failed" }.to_owned()
                }
                "MAIL" if !is_known => "530 5.7.0 Authentication required".to_owned(),
                "MAIL" => match self.refusal_to_mail(is_encrypted, visiting) {
                    Some(refusal) if refusal.starts_with("421") => {
                        stream.write_all(format!("{refusal}\r\n").as_bytes()).await?;
                        return Ok(Next::End);
                    }
                    Some(refusal) => refusal.to_owned(),
                    None => {
                        (from, to) = (path_of(&command), Vec::new());
                        "250 2.1.0 Ok".to_owned()
                    }
                },
                "RCPT" if self.manners.hangs_up_after_rcpt => return Ok(Next::End),
                "RCPT" => match self.refusal_to(&path_of(&command)) {
                    Some(refusal) => refusal.to_owned(),
                    None => {
                        to.push(path_of(&command));
                        "250 2.1.5 Ok".to_owned()
                    }
                },
                "DATA" if to.is_empty() => "503 5.5.1 No valid recipients".to_owned(),
                "DATA" => {
                    stream.write_all(b"354 Go ahead\r\n").await?;
                    let message = read_message(&mut stream).await?;
                    let mail = Mail { from: std::mem::take(&mut from), to: std::mem::take(&mut to), message };
                    self.keep(mail, visiting)
                }
                "QUIT" => {
                    stream.write_all(b"221 2.0.0 Bye\r\n").await?;
                    return Ok(Next::End);
                }
                "NOOP" | "RSET" => "250 2.0.0 Ok".to_owned(),
                _ => "502 5.5.2 Not known here".to_owned(),
            };
            stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
            stream.flush().await?;
        }
        Ok(Next::End)
    }

    fn hello(&self, command: &str, is_encrypted: bool, visiting: &Visiting) -> String {
        let (verb, helo) = command.trim_end().split_once(' ').unwrap_or_default();
        visiting.note(|visit| visit.helo = helo.to_owned());
        if verb.eq_ignore_ascii_case("EHLO") { self.abilities(is_encrypted) } else { format!("250 {}", self.host) }
    }

    /// PLAIN (RFC 4616), or LOGIN word by word.
    async fn logs_in<S>(&self, command: &str, stream: &mut BufReader<S>) -> io::Result<bool>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let words: Vec<&str> = command.split_whitespace().collect();
        let (user, password) = match words.get(1).copied().unwrap_or_default() {
            "PLAIN" => {
                let said = decoded(words.get(2).copied().unwrap_or_default());
                let mut parts = said.split('\0').skip(1).map(str::to_owned);
                (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
            }
            _ => (ask(stream, "334 VXNlcm5hbWU6").await?, ask(stream, "334 UGFzc3dvcmQ6").await?),
        };
        let is_known =
            self.manners.login.is_some_and(|login| (login.user, login.password) == (user.as_str(), password.as_str()));
        self.seen.lock().unwrap().passwords.push(password);
        Ok(is_known)
    }

    fn abilities(&self, is_encrypted: bool) -> String {
        let has_starttls = self.manners.tls != Tls::None && !is_encrypted;
        let login = self.manners.login.filter(|_| is_encrypted).map(|login| format!("AUTH {}", login.mechanisms));
        let offers = has_starttls.then_some("STARTTLS").into_iter().chain(self.manners.offers.iter().copied());
        let offers = offers.map(str::to_owned).chain(login);
        let lines: Vec<String> = std::iter::once(self.host.clone()).chain(offers).collect();
        let last = lines.len() - 1;
        let line = |(at, line): (usize, &String)| format!("250{}{line}", if at == last { ' ' } else { '-' });
        lines.iter().enumerate().map(line).collect::<Vec<_>>().join("\r\n")
    }

    fn refusal_to_mail(&self, is_encrypted: bool, visiting: &Visiting) -> Option<&'static str> {
        let messages = visiting.server.seen.lock().unwrap().visits[visiting.at].messages;
        match (self.manners.without_tls, self.manners.messages) {
            (Some(refusal), _) if !is_encrypted => Some(refusal),
            (_, Some((most, refusal))) if messages >= most => Some(refusal),
            _ => None,
        }
    }

    fn refusal_to(&self, recipient: &str) -> Option<&'static str> {
        let mut seen = self.seen.lock().unwrap();
        seen.recipients.push(recipient.to_owned());
        if recipient.starts_with("nobody@") {
            return Some(self.manners.unknown);
        }
        let is_first = self.manners.greylist.is_some() && seen.greylisted.insert(recipient.to_owned());
        self.manners.refuses.or_else(|| self.manners.greylist.filter(|_| is_first))
    }

    fn keep(&self, mail: Mail, visiting: &Visiting) -> String {
        visiting.note(|visit| visit.messages += 1);
        let mut seen = self.seen.lock().unwrap();
        seen.mails.push(mail);
        self.arrived.send_replace(seen.mails.len());
        format!("250 2.0.0 Ok: queued as {}", seen.mails.len())
    }
}

impl Visiting {
    fn note(&self, change: impl FnOnce(&mut Visit)) {
        change(&mut self.server.seen.lock().unwrap().visits[self.at]);
    }
}

async fn ask<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>, question: &str) -> io::Result<String> {
    stream.write_all(format!("{question}\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_line(&mut answer).await?;
    Ok(decoded(answer.trim()))
}

fn decoded(text: &str) -> String {
    let bytes = data_encoding::BASE64.decode(text.as_bytes()).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn path_of(command: &str) -> String {
    let path = command.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(path, _)| path);
    path.unwrap_or_default().to_owned()
}

/// Reads up to the lone dot and takes the stuffed dots out (RFC 5321, section 4.5.2).
async fn read_message<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>) -> io::Result<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let start = message.len();
        if stream.read_until(b'\n', &mut message).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match &message[start..] {
            b".\r\n" => {
                message.truncate(start);
                return Ok(message);
            }
            [b'.', ..] => {
                message.remove(start);
            }
            _ => {}
        }
    }
}
