//! The late check, of a few deliveries together: one read says of each whether it may still leave.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::Engine;
use super::super::claim::Claimed;
use super::super::source::{Feed, OfKind, Source};
use super::content::{self, Letter};
use super::late_check::{Check, against, judge};
use super::prepare::{self, Kitchen, Prepared};
use crate::clock::Timestamp;
use crate::deliveries::queue::{self, Standing};
use crate::deliveries::{Delivery, Kind};
use crate::mail::EmailAddress;
use crate::storage::{Conn, StoreError};
use crate::subscriptions::{self, Addressee};

/// A claimed delivery, and what its late check found.
pub(in super::super) struct Checked {
    pub(super) delivery: Delivery,
    pub(super) finding: Finding,
    /// When what the check found was true for certain.
    pub(super) at: Instant,
}

impl OfKind for Checked {
    fn kind(&self) -> Kind {
        self.delivery.kind
    }
}

/// What a late check found.
pub(super) enum Finding {
    /// A campaign's message may go to this reader.
    Letter(Box<Letter>),
    /// No campaign's: it is checked and made for itself, when its turn comes.
    Single,
    /// There is no message to make.
    Instead(Prepared),
}

/// Whether the rows of the deliveries themselves are read; what stands above them, and their subscriptions, always are.
#[derive(Debug, Clone, Copy)]
enum Rows {
    /// They were claimed so short a time ago that the claim has seen them.
    AsClaimed,
    ReadAgain,
}

/// The claim itself has just written the row.
const AS_CLAIMED: Duration = Duration::from_millis(500);
/// Looked at together; with fewer waiting nobody waits for more.
const MOST: usize = 64;

/// Checks what was claimed, until there is nothing more; each in the order in which it was claimed.
pub(in super::super) async fn run(engine: Engine, claimed: Source<Claimed>, ready: Feed<Checked>) {
    loop {
        let group = claimed.group(MOST).await;
        if group.is_empty() {
            return;
        }
        // As old as the oldest claim while its rows need not be read again.
        let (oldest, now) = (group.iter().map(|claimed| claimed.at).min(), Instant::now());
        let at = oldest.filter(|at| now.duration_since(*at) <= AS_CLAIMED);
        let group: Vec<Delivery> = group.into_iter().map(|claimed| claimed.delivery).collect();
        let rows = if at.is_some() { Rows::AsClaimed } else { Rows::ReadAgain };
        let at = at.unwrap_or(now);
        let findings = findings(&engine, &group, rows).await;
        for (delivery, finding) in group.into_iter().zip(findings) {
            if ready.send(Checked { delivery, finding, at }).await.is_err() {
                return;
            }
        }
    }
}

/// Checks one once more.
pub(super) async fn again(engine: &Engine, delivery: &Delivery) -> Finding {
    let found = findings(engine, std::slice::from_ref(delivery), Rows::ReadAgain).await.into_iter().next();
    found.unwrap_or(Finding::Instead(Prepared::NotNow))
}

/// Whether a message that was announced a while ago may still follow.
pub(super) async fn may_still_go(engine: &Engine, delivery: &Delivery) -> bool {
    match again(engine, delivery).await {
        Finding::Letter(_) => true,
        Finding::Single => matches!(prepare::prepare(engine, delivery).await, Prepared::Ready(_)),
        Finding::Instead(_) => false,
    }
}

/// What the check finds of each.
async fn findings(engine: &Engine, group: &[Delivery], rows: Rows) -> Vec<Finding> {
    let not_now = || group.iter().map(|_| Finding::Instead(Prepared::NotNow)).collect();
    if engine.stop.is_cancelled() || engine.relay.is_waiting() {
        return not_now();
    }
    match read(engine, group.into(), rows).await {
        Ok(findings) => findings,
        // The database went away between the claim and now.
        Err(error) if error.is_passing() => not_now(),
        Err(_) => one_by_one(engine, group).await,
    }
}

/// Each for itself, because one of them cannot be read.
async fn one_by_one(engine: &Engine, group: &[Delivery]) -> Vec<Finding> {
    let mut findings = Vec::with_capacity(group.len());
    for delivery in group {
        let found = read(engine, Arc::new([delivery.clone()]), Rows::ReadAgain).await;
        findings.push(match found.map(|mut found| found.pop()) {
            Ok(found) => found.unwrap_or(Finding::Instead(Prepared::NotNow)),
            Err(error) if error.is_passing() => Finding::Instead(Prepared::NotNow),
            Err(error) => Finding::Instead(Prepared::Faulty(error.to_string())),
        });
    }
    findings
}

async fn read(engine: &Engine, group: Arc<[Delivery]>, rows: Rows) -> Result<Vec<Finding>, StoreError> {
    let (kitchen, node) = (Kitchen::of(engine), engine.node.id.clone());
    let read = move |conn: &mut Conn| {
        let letters: Vec<&Delivery> = group.iter().filter(|delivery| delivery.kind == Kind::Campaign).collect();
        let subscriptions: Vec<_> = letters.iter().filter_map(|delivery| delivery.subscription_id).collect();
        let standings = match rows {
            Rows::AsClaimed => queue::standings_as_claimed(conn, &node, &letters)?,
            Rows::ReadAgain => queue::standings(conn, &letters.iter().map(|letter| letter.id).collect::<Vec<_>>())?,
        };
        let mut addressees = subscriptions::addressees(conn, &subscriptions)?;
        let mut finding = |delivery: &Delivery| {
            if delivery.kind != Kind::Campaign {
                return Ok(Finding::Single);
            }
            let addressee = delivery.subscription_id.and_then(|id| addressees.remove(&id));
            match verdict(delivery, standings.get(&delivery.id), addressee, &node, kitchen.now) {
                Ok((to, addressee)) => letter(conn, &kitchen, delivery, to, addressee),
                Err(prepared) => Ok(Finding::Instead(prepared)),
            }
        };
        group.iter().map(&mut finding).collect()
    };
    engine.app.db.read(read).await
}

/// What a reader chose may hold a mail back; else there is one to write.
fn letter(
    conn: &mut Conn,
    kitchen: &Kitchen,
    delivery: &Delivery,
    to: EmailAddress,
    addressee: Addressee,
) -> Result<Finding, StoreError> {
    if let Some(id) = delivery.subscription_id
        && let Some(why) = subscriptions::held_back_by(conn, addressee.rhythm, (id, delivery.id), kitchen.now)?
    {
        return Ok(Finding::Instead(Prepared::Over(why.to_string())));
    }
    Ok(match content::press(conn, kitchen, delivery)? {
        Ok(press) => Finding::Letter(Box::new(Letter { press, to, addressee })),
        Err(made) => Finding::Instead(prepare::prepared(kitchen, delivery, to, made)),
    })
}

/// Promise 1: checked again right before `MAIL FROM` (CON-01, UNS-05).
fn verdict(
    delivery: &Delivery,
    standing: Option<&Standing>,
    addressee: Option<Addressee>,
    node: &str,
    now: Timestamp,
) -> Result<(EmailAddress, Addressee), Prepared> {
    let over = |cause: &str| Prepared::Over(cause.to_owned());
    let standing = standing.ok_or_else(|| over("it is gone"))?;
    let to = match judge(delivery, standing, node, now) {
        Check::Go(to) => to,
        Check::Over(cause) => return Err(Prepared::Over(cause)),
        Check::NotNow => return Err(Prepared::NotNow),
    };
    let addressee = addressee.ok_or_else(|| over("the subscription is not confirmed"))?;
    match against(addressee.may_receive) {
        None => Ok((to, addressee)),
        Some(cause) => Err(Prepared::Over(cause)),
    }
}
