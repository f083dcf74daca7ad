//! A name server for stories: a few names, each with what a story needs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::UdpSocket;

/// Answers on loopback until its runtime ends.
pub(super) struct Names {
    address: SocketAddr,
    questions: Arc<AtomicUsize>,
}

const A: u16 = 1;
const MX: u16 = 15;
/// A name compressed to a pointer at the question's.
const SAME_NAME: [u8; 2] = [0xc0, 0x0c];

impl Names {
    pub(super) async fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (address, questions) = (socket.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let counted = questions.clone();
        tokio::spawn(async move {
            let mut buffer = [0_u8; 1500];
            while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
                counted.fetch_add(1, Ordering::SeqCst);
                if let Some(answer) = answer(&buffer[..length]) {
                    socket.send_to(&answer, peer).await.unwrap();
                }
            }
        });
        Self { address, questions }
    }

    pub(super) fn address(&self) -> String {
        self.address.to_string()
    }

    /// How often somebody asked.
    pub(super) fn questions(&self) -> usize {
        self.questions.load(Ordering::SeqCst)
    }
}

/// The answer to a question (RFC 1035, section 4.1); none where the server keeps silent.
fn answer(asked: &[u8]) -> Option<Vec<u8>> {
    let (name, end) = name_of(asked);
    let kind = u16::from_be_bytes([asked[end], asked[end + 1]]);
    let (code, record) = match (name.split('.').next().unwrap(), kind) {
        ("silent", _) => return None,
        ("gone", _) => (3, None),
        ("mx", MX) => (0, Some([&[0, 10, 2][..], b"mx", &SAME_NAME].concat())),
        ("null", MX) => (0, Some(vec![0, 0, 0])),
        ("web", A) => (0, Some(vec![192, 0, 2, 80])),
        _ => (0, None),
    };
    let question = &asked[12..end + 4];
    let mut answer = asked[..2].to_vec();
    answer.extend([0x81, 0x80 | code, 0, 1, 0, u8::from(record.is_some()), 0, 0, 0, 0]);
    answer.extend_from_slice(question);
    if let Some(record) = record {
        answer.extend(SAME_NAME);
        answer.extend(kind.to_be_bytes());
        answer.extend([0, 1, 0, 0, 0, 60]);
        answer.extend(u16::try_from(record.len()).unwrap().to_be_bytes());
        answer.extend(record);
    }
    Some(answer)
}

/// The name that is asked about, and where it ends.
fn name_of(asked: &[u8]) -> (String, usize) {
    let (mut labels, mut at) = (Vec::new(), 12);
    while asked[at] > 0 {
        let length = usize::from(asked[at]);
        labels.push(String::from_utf8_lossy(&asked[at + 1..=at + length]).to_lowercase());
        at += length + 1;
    }
    (labels.join("."), at + 1)
}
