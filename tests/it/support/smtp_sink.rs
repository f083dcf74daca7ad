//! A mail server for tests (RFC 5321): keeps what it gets, answers as told, and can be taken down.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{DEADLINE, Mail};

/// What the server says to one recipient, or to one whole message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// This reply, such as `450 4.2.1 later`, once; then the next one that was set, then acceptance.
    Once(String),
    /// This reply from now on.
    Always(String),
    /// The connection is closed without a word, once.
    HangUp,
}

/// How far a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Greeting,
    Hello,
    Mail,
    Recipient,
    Data,
    /// The end of the message.
    End,
    /// `MAIL FROM`, where it came with the message before.
    Announced,
}

impl Stage {
    /// From the first to the last of any session.
    pub(crate) const ALL: [Self; 6] = [Self::Greeting, Self::Hello, Self::Mail, Self::Recipient, Self::Data, Self::End];
}

/// What a relay does to everybody that is not about any message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It says this and closes the connection.
    Says(&'static str),
    /// It closes the connection without a word.
    HangsUp,
    /// It says nothing more, until the other side hangs up.
    SaysNothing,
}

#[derive(Default)]
struct State {
    trouble: Option<(Stage, Trouble)>,
    /// Every so many-th recipient gets this reply.
    refuses_each: Option<(usize, String)>,
    recipients: usize,
    /// Sessions in which the end of the message is not answered yet.
    held: usize,
    /// Sessions in which trouble was made.
    troubled: usize,
    mails: Vec<Mail>,
    taken: Vec<bool>,
    arrivals: Vec<Instant>,
    answers: HashMap<String, VecDeque<Answer>>,
    at_data: VecDeque<Answer>,
    open: usize,
    most_open: usize,
}

/// The mail server that the installation under test relays to.
pub(crate) struct Inbox {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    arrived: watch::Sender<usize>,
    holds: watch::Sender<bool>,
    serving: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl Inbox {
    /// Starts one on a free port.
    pub(crate) async fn start() -> Self {
        Self::start_at("127.0.0.1:0").await
    }

    /// Starts one on this port.
    pub(crate) async fn start_at(address: &str) -> Self {
        let listener = TcpListener::bind(address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
        let address = listener.local_addr().unwrap();
        let (arrived, holds) = (watch::channel(0).0, watch::channel(false).0);
        let inbox = Self { address, state: Arc::default(), arrived, holds, serving: Mutex::default() };
        inbox.serve(listener);
        inbox
    }

    /// As `ESTAMPILLE_RELAY_URL` takes it.
    pub(crate) fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Stops listening and closes every connection, as a relay does that went down.
    pub(crate) async fn go_down(&self) {
        let serving = self.serving.lock().unwrap().take();
        if let Some(task) = serving {
            task.abort();
            assert!(task.await.is_err_and(|error| error.is_cancelled()), "the mail server had ended by itself");
        }
    }

    /// Listens again on the same port.
    pub(crate) async fn come_back(&self) {
        self.serve(TcpListener::bind(self.address).await.unwrap());
    }

    /// Tells how to answer the next `RCPT TO` of this address; several are used up one after the other.
    pub(crate) fn answer(&self, address: &str, answer: Answer) {
        self.state().answers.entry(address.to_owned()).or_default().push_back(answer);
    }

    /// Tells how to answer the end of the next message.
    pub(crate) fn answer_at_data(&self, answer: Answer) {
        self.state().at_data.push_back(answer);
    }

    /// Makes trouble at this stage of every session, until it behaves again.
    pub(crate) fn makes_trouble(&self, stage: Stage, trouble: Trouble) {
        self.state().trouble = Some((stage, trouble));
    }

    /// Makes no trouble any more.
    pub(crate) fn behaves(&self) {
        self.state().trouble = None;
    }

    /// Answers every so many-th recipient with this reply.
    pub(crate) fn refuse_each(&self, number: usize, reply: &str) {
        self.state().refuses_each = Some((number, reply.to_owned()));
    }

    /// Takes messages, and does not say so before [`Inbox::let_answers_go`].
    pub(crate) fn hold_answers(&self) {
        self.holds.send_replace(true);
    }

    /// Says what it did not say; who hung up meanwhile does not hear it, and the message is there all the same.
    pub(crate) fn let_answers_go(&self) {
        self.holds.send_replace(false);
    }

    /// In how many sessions somebody waits, or waited, for the answer to a message.
    pub(crate) fn held(&self) -> usize {
        self.state().held
    }

    /// In how many sessions it made trouble.
    pub(crate) fn troubled(&self) -> usize {
        self.state().troubled
    }

    /// Waits for a message to `address` that no test has looked at yet, and takes it.
    pub(crate) async fn next_to(&self, address: &str) -> Mail {
        let mut arrived = self.arrived.subscribe();
        let waited = async {
            loop {
                if let Some(mail) = self.take(address) {
                    return mail;
                }
                arrived.changed().await.unwrap();
            }
        };
        tokio::time::timeout(DEADLINE, waited).await.unwrap_or_else(|_| {
            let seen: Vec<Vec<String>> = self.state().mails.iter().map(|mail| mail.to.clone()).collect();
            panic!("no mail to {address} within {DEADLINE:?}; there were mails to {seen:?}")
        })
    }

    fn take(&self, address: &str) -> Option<Mail> {
        let mut state = self.state();
        let at = state.mails.iter().zip(&state.taken).position(|(mail, taken)| !taken && mail.to == [address])?;
        state.taken[at] = true;
        Some(state.mails[at].clone())
    }

    /// Waits until this many messages have come in all.
    pub(crate) async fn wait_for(&self, count: usize) {
        let mut arrived = self.arrived.subscribe();
        let waited = tokio::time::timeout(DEADLINE, arrived.wait_for(|seen| *seen >= count)).await;
        assert!(waited.is_ok(), "{} mails of {count} within {DEADLINE:?}", self.count());
    }

    /// Every message so far, in the order of arrival; marks all as looked at.
    pub(crate) fn take_all(&self) -> Vec<Mail> {
        let mut state = self.state();
        state.taken.fill(true);
        state.mails.clone()
    }

    /// When each message came, in the order of arrival.
    pub(crate) fn arrivals(&self) -> Vec<Instant> {
        self.state().arrivals.clone()
    }

    /// How many messages came to this address.
    pub(crate) fn count_to(&self, address: &str) -> usize {
        self.state().mails.iter().filter(|mail| mail.to == [address]).count()
    }

    /// How many messages came in all.
    pub(crate) fn count(&self) -> usize {
        self.state().mails.len()
    }

    /// The recipients of the messages nobody looked at.
    pub(crate) fn left_over(&self) -> Vec<String> {
        let state = self.state();
        let left = state.mails.iter().zip(&state.taken).filter(|(_, taken)| !**taken);
        left.flat_map(|(mail, _)| mail.to.clone()).collect()
    }

    /// How many connections were open at most at once.
    pub(crate) fn most_connections(&self) -> usize {
        self.state().most_open
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn serve(&self, listener: TcpListener) {
        let (state, arrived, holds) = (Arc::clone(&self.state), self.arrived.clone(), self.holds.clone());
        *self.serving.lock().unwrap() = Some(tokio::spawn(async move {
            // Dropped with this task, and the sessions with it.
            let mut sessions = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let session = Session { state: Arc::clone(&state), arrived: arrived.clone(), holds: holds.subscribe() };
                sessions.spawn(session.run(stream));
            }
        }));
    }
}

/// One connection.
struct Session {
    state: Arc<Mutex<State>>,
    arrived: watch::Sender<usize>,
    holds: watch::Receiver<bool>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.state.lock().unwrap().open -= 1;
    }
}

const GREETING: &str = "220 inbox.example ESMTP";
const ABILITIES: &str =
    "250-inbox.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES";

impl Session {
    async fn run(self, stream: TcpStream) {
        {
            let mut state = self.state.lock().unwrap();
            state.open += 1;
            state.most_open = state.most_open.max(state.open);
        }
        stream.set_nodelay(true).unwrap();
        // A peer that goes away in the middle is part of what is tested.
        let _gone: std::io::Result<()> = self.talk(stream).await;
    }

    async fn talk(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let (reader, mut writer) = stream.split();
        let mut reader = BufReader::new(reader);
        if let Some(trouble) = self.trouble_at(Stage::Greeting) {
            return make(trouble, reader, writer).await;
        }
        writer.write_all(format!("{GREETING}\r\n").as_bytes()).await?;
        let (mut from, mut to) = (String::new(), Vec::<String>::new());
        let (mut line, mut is_announced) = (String::new(), false);
        while reader.read_line(&mut line).await? > 0 {
            let command = std::mem::take(&mut line);
            let verb = command.trim_end().to_ascii_uppercase();
            let verb = verb.split([' ', ':']).next().unwrap_or_default();
            let announced = Some(Stage::Announced).filter(|_| is_announced && verb == "MAIL");
            if let Some(trouble) = stage_of(verb).into_iter().chain(announced).find_map(|at| self.trouble_at(at)) {
                return make(trouble, reader, writer).await;
            }
            let reply = match verb {
                "EHLO" => ABILITIES.to_owned(),
                "MAIL" => {
                    (from, to) = (path_of(&command), Vec::new());
                    "250 2.1.0 Ok".to_owned()
                }
                "RCPT" => match self.answer_to(&path_of(&command)) {
                    Some(Answer::HangUp) => return Ok(()),
                    Some(Answer::Once(reply) | Answer::Always(reply)) => reply,
                    None => {
                        to.push(path_of(&command));
                        "250 2.1.5 Ok".to_owned()
                    }
                },
                "DATA" if to.is_empty() => "554 5.5.1 No valid recipients".to_owned(),
                "DATA" => {
                    writer.write_all(b"354 Go ahead\r\n").await?;
                    let message = read_message(&mut reader).await?;
                    is_announced = !reader.buffer().is_empty();
                    if let Some(trouble) = self.trouble_at(Stage::End) {
                        return make(trouble, reader, writer).await;
                    }
                    self.until_let_go().await;
                    match self.answer_at_end() {
                        Some(Answer::HangUp) => return Ok(()),
                        Some(Answer::Once(reply) | Answer::Always(reply)) => reply,
                        None => {
                            self.keep(Mail { from: std::mem::take(&mut from), to: std::mem::take(&mut to), message })
                        }
                    }
                }
                "QUIT" => {
                    writer.write_all(b"221 2.0.0 Bye\r\n").await?;
                    return Ok(());
                }
                "HELO" | "NOOP" | "RSET" => "250 2.0.0 Ok".to_owned(),
                _ => "502 5.5.2 Not known here".to_owned(),
            };
            writer.write_all(format!("{reply}\r\n").as_bytes()).await?;
        }
        Ok(())
    }

    fn keep(&self, mail: Mail) -> String {
        let mut state = self.state.lock().unwrap();
        state.mails.push(mail);
        state.taken.push(false);
        state.arrivals.push(Instant::now());
        let count = state.mails.len();
        self.arrived.send_replace(count);
        format!("250 2.0.0 Ok: queued as {count}")
    }

    fn answer_to(&self, address: &str) -> Option<Answer> {
        let mut state = self.state.lock().unwrap();
        state.recipients += 1;
        let number = state.recipients;
        let refused = state.refuses_each.as_ref().filter(|(each, _)| number.is_multiple_of(*each));
        if let Some((_, reply)) = refused {
            return Some(Answer::Always(reply.clone()));
        }
        next_answer(state.answers.get_mut(address)?)
    }

    fn trouble_at(&self, stage: Stage) -> Option<Trouble> {
        let mut state = self.state.lock().unwrap();
        let trouble = state.trouble.filter(|(at, _)| *at == stage).map(|(_, trouble)| trouble)?;
        state.troubled += 1;
        Some(trouble)
    }

    async fn until_let_go(&self) {
        let mut holds = self.holds.clone();
        if *holds.borrow_and_update() {
            self.state.lock().unwrap().held += 1;
            // Only a mail server that is gone drops the other end.
            drop(holds.wait_for(|holds| !holds).await);
        }
    }

    fn answer_at_end(&self) -> Option<Answer> {
        next_answer(&mut self.state.lock().unwrap().at_data)
    }
}

/// The stage that this command belongs to.
fn stage_of(verb: &str) -> Option<Stage> {
    match verb {
        "EHLO" => Some(Stage::Hello),
        "MAIL" => Some(Stage::Mail),
        "RCPT" => Some(Stage::Recipient),
        "DATA" => Some(Stage::Data),
        _ => None,
    }
}

/// The rest of a session with trouble.
async fn make(
    trouble: Trouble,
    mut reader: BufReader<tokio::net::tcp::ReadHalf<'_>>,
    mut writer: tokio::net::tcp::WriteHalf<'_>,
) -> std::io::Result<()> {
    match trouble {
        Trouble::HangsUp => {}
        Trouble::Says(reply) => {
            writer.write_all(format!("{reply}\r\n").as_bytes()).await?;
            writer.shutdown().await?;
            // What is still on its way is read, so that the reply is not lost with it.
            tokio::io::copy(&mut reader, &mut tokio::io::sink()).await?;
        }
        Trouble::SaysNothing => {
            tokio::io::copy(&mut reader, &mut tokio::io::sink()).await?;
        }
    }
    Ok(())
}

fn next_answer(answers: &mut VecDeque<Answer>) -> Option<Answer> {
    match answers.front() {
        Some(Answer::Always(_)) => answers.front().cloned(),
        _ => answers.pop_front(),
    }
}

/// What stands between the angle brackets of a MAIL or RCPT command.
fn path_of(command: &str) -> String {
    command
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map(|(path, _)| path)
        .unwrap_or_default()
        .to_owned()
}

/// Reads up to the lone dot and takes the stuffed dots out (RFC 5321, section 4.5.2).
async fn read_message(reader: &mut BufReader<tokio::net::tcp::ReadHalf<'_>>) -> std::io::Result<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let start = message.len();
        if reader.read_until(b'\n', &mut message).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
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
