//! A question to name servers, and whose fault it is when nobody answers: those of the domain, or our own.

use std::net::IpAddr;

use super::Direct;
use crate::mail::dns::{Answer, Exchange};

/// What came of a question.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked<T> {
    /// Records of the kind asked for.
    Found(Vec<T>),
    /// There are none.
    Missing,
    /// The domain's own name servers do not answer.
    TheirsAreSilent(String),
    /// Ours does not answer; says nothing of the domain.
    OursIsSilent(String),
}

impl Direct {
    /// The mail exchangers of a domain.
    pub(super) async fn exchanges_of(&self, domain: &str) -> Asked<Exchange> {
        asked(|| self.0.dns.exchanges(domain), || self.0.dns.is_working()).await
    }

    /// The addresses of a host.
    pub(super) async fn addresses_of(&self, host: &str) -> Asked<IpAddr> {
        asked(|| self.0.dns.addresses(host), || self.0.dns.is_working()).await
    }
}

/// Asks, and where nobody answered asks once more: the silence is theirs only if our own name server worked before and
/// after the second question, because it may go away or come back between any two.
async fn asked<T, Q: Future<Output = Answer<T>>, W: Future<Output = bool>>(
    question: impl Fn() -> Q,
    is_working: impl Fn() -> W,
) -> Asked<T> {
    let mut answer = question().await;
    if let Answer::Unreachable(why) = answer {
        if !is_working().await {
            return Asked::OursIsSilent(why);
        }
        answer = question().await;
    }
    match answer {
        Answer::Found(records) => Asked::Found(records),
        Answer::Missing => Asked::Missing,
        Answer::Unreachable(why) if is_working().await => Asked::TheirsAreSilent(why),
        Answer::Unreachable(why) => Asked::OursIsSilent(why),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// What comes of these answers to the question, and of these to whether our name server works; each once.
    async fn of(answers: &[Answer<u8>], working: &[bool]) -> Asked<u8> {
        let (answers, working) = (RefCell::new(answers.iter().cloned()), RefCell::new(working.iter().copied()));
        let asked = asked(
            || std::future::ready(answers.borrow_mut().next().unwrap()),
            || std::future::ready(working.borrow_mut().next().unwrap()),
        )
        .await;
        assert!(answers.borrow_mut().next().is_none() && working.borrow_mut().next().is_none(), "asked too little");
        asked
    }

    #[tokio::test]
    async fn silence_is_theirs_only_where_our_name_server_worked_before_and_after_the_question() {
        let silent = || Answer::Unreachable("silence".to_owned());
        assert_eq!(of(&[Answer::Found(vec![7])], &[]).await, Asked::Found(vec![7]));
        assert_eq!(of(&[Answer::Missing], &[]).await, Asked::Missing);
        assert_eq!(of(&[silent()], &[false]).await, Asked::OursIsSilent("silence".to_owned()));
        assert_eq!(of(&[silent(), Answer::Found(vec![7])], &[true]).await, Asked::Found(vec![7]), "it came back");
        let gone_between = of(&[silent(), silent()], &[true, false]).await;
        assert_eq!(gone_between, Asked::OursIsSilent("silence".to_owned()));
        assert_eq!(of(&[silent(), silent()], &[true, true]).await, Asked::TheirsAreSilent("silence".to_owned()));
    }
}
