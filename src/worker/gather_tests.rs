//! Who waits for whom before a commit.

use std::path::Path;

use super::super::send::Outlet;
use super::super::testing::{delivery, engine};
use super::*;
use crate::deliveries::Kind;
use crate::storage::DeliveryId;

#[test]
fn a_commit_waits_only_while_there_is_more_mail_and_never_once_half_of_the_senders_wait() {
    for (handed_in, held, senders, is_wanted) in [
        (1, 1, 16, false),
        (3, 3, 16, false),
        (1, 2, 16, true),
        (7, 60, 16, true),
        (8, 60, 16, false),
        (1, 60, 2, false),
        (1, 60, 1, false),
    ] {
        assert_eq!(is_shared(handed_in, held, senders), is_wanted, "{handed_in} of {held}, {senders} senders");
    }
}

/// A node that holds more than is handed in here.
fn busy(folder: &Path) -> Engine {
    let engine = engine(folder, Outlet::Tray);
    engine.hand.take([DeliveryId(1), DeliveryId(2)].into_iter());
    engine
}

/// Hands something in, and hears no answer.
fn hand_in(outcomes: &mpsc::Sender<Job>) {
    outcomes.try_send(Job::any(delivery(1, Kind::Campaign))).ok().unwrap();
}

#[tokio::test]
async fn what_comes_within_the_moment_is_in_the_same_commit_up_to_the_limit() {
    let dir = tempfile::tempdir().unwrap();
    let engine = busy(dir.path());
    let (sender, receiver) = mpsc::channel(BATCH * 2);
    let (outcomes, mut batch) = (Arc::new(Mutex::new(receiver)), Vec::new());
    hand_in(&sender);
    let meanwhile = || (0..BATCH).for_each(|_| hand_in(&sender));
    assert!(take(&outcomes, &mut batch, &engine, meanwhile).await);
    assert_eq!(batch.len(), BATCH);
    batch.clear();
    assert!(take(&outcomes, &mut batch, &engine, || ()).await);
    assert_eq!(batch.len(), 1, "nothing is lost");
}

#[tokio::test]
async fn nobody_waits_for_a_moment_once_the_node_stops() {
    let dir = tempfile::tempdir().unwrap();
    let engine = busy(dir.path());
    let (sender, receiver) = mpsc::channel(2);
    let (outcomes, mut batch) = (Arc::new(Mutex::new(receiver)), Vec::new());
    hand_in(&sender);
    engine.stop.cancel();
    assert!(take(&outcomes, &mut batch, &engine, || panic!("it waited")).await);
    drop(sender);
    assert!(!take(&outcomes, &mut batch, &engine, || panic!("it waited")).await);
    assert_eq!(batch.len(), 1);
}
