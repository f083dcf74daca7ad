//! What is recorded while the database refuses some of it. The refusals are triggers, so that the writes are the real ones.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::super::send::Outlet;
use super::super::testing::engine;
use super::*;
use crate::deliveries::queue::Claim;
use crate::deliveries::{self, Kind, NewDelivery, State};
use crate::mail::EmailAddress;
use crate::storage::{AccountId, migrate, testing};

const NO_ACCEPTANCE: &str = "CREATE TRIGGER no_acceptance BEFORE UPDATE ON deliveries WHEN NEW.state = 'accepted' \
     BEGIN SELECT RAISE(ABORT, 'a word that nobody foresaw'); END";

struct Site {
    scribe: Scribe,
    claimed: Vec<Delivery>,
    _dir: tempfile::TempDir,
}

/// A node on an embedded database that holds some claims.
fn site(deliveries: usize) -> Site {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine(dir.path(), Outlet::Tray);
    let (db, now) = (&engine.app.db, engine.app.clock.now());
    db.read_blocking(|conn| migrate(conn).map(drop)).unwrap();
    let until = now + TimeDelta::minutes(5);
    let claim = Claim { node: engine.node.id.clone(), limit: deliveries, spare: 0, until };
    let claimed = db.write_blocking(|conn| {
        for reader in 0..deliveries {
            deliveries::enqueue(conn, &to(&format!("reader{reader}@example.org"), until), now)?;
        }
        queue::claim(conn, &claim, &mut queue::Turn::default(), now)
    });
    let claimed = claimed.unwrap();
    engine.hand.take(claimed.iter().map(|delivery| delivery.id));
    Site { scribe: Scribe::new(engine, Once::new("recording")), claimed, _dir: dir }
}

fn to(address: &str, expires_at: Timestamp) -> NewDelivery {
    NewDelivery {
        kind: Kind::Invitation,
        account_id: None,
        campaign_id: None,
        list_id: None,
        subscriber_id: None,
        subscription_id: None,
        cause: None,
        address: EmailAddress::parse(address).unwrap(),
        expires_at,
    }
}

impl Site {
    fn run(&self, sql: &str) {
        self.scribe.engine.app.db.write_blocking(|conn| testing::run(conn, sql)).unwrap();
    }

    fn states(&self) -> Vec<State> {
        let db = &self.scribe.engine.app.db;
        let state =
            |delivery: &Delivery| db.read_blocking(|conn| deliveries::find(conn, delivery.id)).unwrap().unwrap();
        self.claimed.iter().map(|delivery| state(delivery).state).collect()
    }
}

fn job(delivery: &Delivery, verdict: Verdict) -> (Job, oneshot::Receiver<()>) {
    let (done, written) = oneshot::channel();
    (Job { outcome: Outcome { delivery: Box::new(delivery.clone()), verdict }, done }, written)
}

fn accepted() -> Verdict {
    Verdict::Accepted { code: 250, reply: "250 2.0.0 queued".to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acceptance_that_the_database_refuses_stays_in_the_hand_until_it_is_written() {
    let mut site = site(2);
    site.run(NO_ACCEPTANCE);
    let (first, mut first_written) = job(&site.claimed[0], accepted());
    let failed = Verdict::Failed { code: 550, reply: "550 5.1.1 no such user".to_owned() };
    let (second, mut second_written) = job(&site.claimed[1], failed);
    let kept = site.scribe.settle(vec![first, second]).await;
    assert_eq!(site.states(), [State::Claimed, State::Failed], "one that is refused holds up nobody else");
    assert_eq!(kept.len(), 1);
    assert_eq!(site.scribe.engine.hand.ids(), [site.claimed[0].id], "its lease is renewed");
    assert!(second_written.try_recv().is_ok());
    assert!(first_written.try_recv().is_err(), "its sender waits");
    site.run("DROP TRIGGER no_acceptance");
    assert!(site.scribe.settle(kept).await.is_empty());
    assert_eq!(site.states(), [State::Accepted, State::Failed]);
    assert!(first_written.try_recv().is_ok());
    assert_eq!(site.scribe.engine.hand.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_ends_when_the_last_acceptance_is_written_and_not_before() {
    let site = site(1);
    site.run(NO_ACCEPTANCE);
    let (outcomes, to_record) = mpsc::channel(4);
    let (only, written) = job(&site.claimed[0], accepted());
    outcomes.send(only).await.ok().unwrap();
    drop(outcomes);
    let mut recording = tokio::spawn(run(
        Scribe::new(site.scribe.engine.clone(), site.scribe.away.clone()),
        Arc::new(Mutex::new(to_record)),
    ));
    assert!(tokio::time::timeout(AGAIN * 2, &mut recording).await.is_err(), "it gave up");
    site.run("DROP TRIGGER no_acceptance");
    recording.await.unwrap();
    assert_eq!(site.states(), [State::Accepted]);
    written.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_noted_beside_a_state_is_left_out() {
    let mut site = site(1);
    site.claimed[0].kind = Kind::Campaign;
    // A campaign that is not there: the curve's foreign key refuses it.
    site.claimed[0].campaign_id = Some(crate::storage::CampaignId::new());
    let (only, mut written) = job(&site.claimed[0], accepted());
    let outcomes: Arc<[Outcome]> = Arc::new([only.outcome.clone()]);
    for along in [Along::Everything(note_bounce), Along::Curve] {
        let refused = site.scribe.write(&outcomes, along).await;
        assert!(refused.is_err_and(|error| !error.is_passing()), "{along:?}");
    }
    site.scribe.write(&outcomes, Along::Nothing).await.unwrap();
    assert!(site.scribe.settle(vec![only]).await.is_empty());
    assert_eq!(site.states(), [State::Accepted]);
    assert!(written.try_recv().is_ok());
}

/// Whatever may end a subscription takes its chain before its row, as those do who judge reports.
#[tokio::test(flavor = "multi_thread")]
async fn the_chains_of_refusals_and_of_proofs_are_taken_first_and_no_others() {
    let site = site(1);
    let of = |kind, account, verdict| {
        let delivery = Delivery { kind, account_id: Some(account), ..site.claimed[0].clone() };
        Outcome { delivery: Box::new(delivery), verdict }
    };
    let accounts: Vec<_> = (0..5).map(|_| AccountId::new()).collect();
    let (code, reply) = (452, "452 4.2.2 mailbox full".to_owned());
    let now = site.claimed[0].due_at;
    let outcomes = [
        of(Kind::Campaign, accounts[0], accepted()),
        of(Kind::Campaign, accounts[1], Verdict::Failed { code: 550, reply: reply.clone() }),
        of(Kind::Confirmation, accounts[2], accepted()),
        of(Kind::Campaign, accounts[3], Verdict::Deferred { code, reply, due_at: now, expires_at: now }),
        of(Kind::Campaign, accounts[4], Verdict::GivenBack),
    ];
    let wanted: BTreeSet<_> = accounts[1..4].iter().copied().collect();
    assert_eq!(prove::written(&outcomes), wanted);
}
