//! What the stories share: databases, a running installation with verbs, a mail server that listens.

pub(crate) mod app;
pub(crate) mod away;
pub(crate) mod binary;
pub(crate) mod browser;
pub(crate) mod customer;
pub(crate) mod databases;
pub(crate) mod mail;
pub(crate) mod smtp_client;
pub(crate) mod smtp_sink;
pub(crate) mod world;

pub(crate) use app::TestApp;
pub(crate) use customer::Customer;
pub(crate) use databases::{DatabaseKind, TestDatabase, on, on_both_databases};
pub(crate) use mail::Mail;
pub(crate) use smtp_sink::{Answer, Inbox, Stage, Trouble};
pub(crate) use world::{Login, Manners, Tls, World};

use std::time::Duration;

/// Nothing in a test waits longer than this for something that must come.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A campaign of the demo takes a minute, and what comes back of it comes after.
pub(crate) const A_CAMPAIGN: Duration = Duration::from_secs(120);

/// Asks `probe` again and again until it answers, or fails the test with `what` after the deadline.
pub(crate) async fn until<T, F: Future<Output = Option<T>>>(what: &str, probe: impl FnMut() -> F) -> T {
    until_within(DEADLINE, what, probe).await
}

/// [`until`] with another deadline.
pub(crate) async fn until_within<T, F: Future<Output = Option<T>>>(
    deadline: Duration,
    what: &str,
    mut probe: impl FnMut() -> F,
) -> T {
    let asked = async {
        loop {
            if let Some(value) = probe().await {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(deadline, asked).await.unwrap_or_else(|_| panic!("waited {deadline:?} in vain: {what}"))
}
