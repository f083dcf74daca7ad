//! The loop that listens to what receiving sides answer: lanes are slowed, stopped and opened by it, and a campaign that
//! is refused by policy again and again is paused.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;

use super::Engine;
use super::once::Once;
use crate::bounces::{self, Class};
use crate::campaigns::{self, Blocks};
use crate::clock::Timestamp;
use crate::deliveries::{Delivery, Kind};
use crate::pacing::lanes::{self, Answer, HearOutcome};
use crate::pacing::{Provider, Standing, Step};
use crate::storage::{AccountId, CampaignId, StoreError};

/// Answers that wait to be heard; of more, nobody learns anything new.
const ROOM: usize = 1000;
/// How often is looked whether a lane that stands still was opened by somebody else.
const LOOKS_EVERY: Duration = Duration::from_secs(2);

/// An answer, and the campaign that it refused by policy.
struct Overheard {
    answer: Answer,
    blocked: Option<(AccountId, CampaignId)>,
}

/// What the senders of this node know of lanes, and whom they tell what they hear.
#[derive(Clone)]
pub(super) struct LaneWatch {
    closed: Closed,
    ears: mpsc::Sender<Overheard>,
}

/// The listening end.
pub(super) struct Ears(mpsc::Receiver<Overheard>);

/// Lanes that stand still, of everybody or of one account, each until when.
#[derive(Clone, Default)]
struct Closed(Arc<Mutex<Until>>);

/// Of a lane, of everybody or of one account, until when it stands still.
type Until = BTreeMap<(Option<AccountId>, String), Timestamp>;

/// A watch and its ears.
pub(super) fn watch() -> (LaneWatch, Ears) {
    let (ears, heard) = mpsc::channel(ROOM);
    (LaneWatch { closed: Closed::default(), ears }, Ears(heard))
}

impl LaneWatch {
    /// Whether the lane of a delivery stands still, so that what this node holds of it goes back.
    pub(super) fn is_closed(&self, delivery: &Delivery, now: Timestamp) -> bool {
        let closed = self.closed.lock();
        if closed.is_empty() {
            return false;
        }
        let stands = |account| closed.get(&(account, delivery.lane.clone())).is_some_and(|until| now < *until);
        stands(None) || (delivery.kind.is_limited() && delivery.account_id.is_some() && stands(delivery.account_id))
    }

    /// Passes on what a receiving side refused a delivery with, where it speaks of how we send.
    pub(super) fn hear(&self, delivery: &Delivery, reply: &str) {
        let (class, heard) = (bounces::classify_reply(reply).class, bounces::heard(reply));
        // What passes is mostly greylisting: no reason to stop a campaign.
        let is_final = reply.starts_with('5');
        let is_block = is_final && matches!(class, Class::Policy | Class::Authentication | Class::Content);
        let blocked =
            delivery.account_id.zip(delivery.campaign_id).filter(|_| is_block && delivery.kind == Kind::Campaign);
        let step = Provider::by_name(&delivery.lane).map_or(Step::Nothing, |provider| provider.step(reply, heard).0);
        if step == Step::Nothing && blocked.is_none() {
            return;
        }
        let (lane, account) = (delivery.lane.clone(), delivery.account_id);
        let answer = Answer { lane, account, reply: reply.to_owned(), heard };
        // Of a thousand answers that wait already, one more says nothing new.
        let _is_heard = self.ears.try_send(Overheard { answer, blocked }).is_ok();
    }
}

impl Closed {
    fn lock(&self) -> MutexGuard<'_, Until> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, outcome: HearOutcome, lane: &str) {
        let (account, standing) = match outcome {
            HearOutcome::Nothing => return,
            HearOutcome::Changed(standing) => (None, standing),
            HearOutcome::ChangedFor(account, standing) => (Some(account), standing),
        };
        if let Standing::Stopped(until) = standing {
            self.lock().insert((account, lane.to_owned()), until);
        }
    }
}

/// Listens until the stop.
pub(super) async fn run(engine: Engine, mut ears: Ears) {
    let mut told = Once::new("keeping the lanes");
    loop {
        let next = tokio::select! {
            () = engine.stop.cancelled() => return,
            next = tokio::time::timeout(LOOKS_EVERY, ears.0.recv()) => next,
        };
        match next {
            Ok(None) => return,
            Ok(Some(overheard)) => drop(told.tell(follow(&engine, overheard).await)),
            Err(_) => drop(told.tell(look(&engine).await)),
        }
    }
}

/// Lets the lane, and where it comes to that the campaign, follow an answer.
async fn follow(engine: &Engine, overheard: Overheard) -> Result<(), StoreError> {
    let now = engine.app.clock.now();
    let Overheard { answer, blocked } = overheard;
    let (lane, reply) = (answer.lane.clone(), answer.reply.clone());
    let (outcome, is_paused) = engine
        .app
        .db
        .write(move |conn| {
            let outcome = lanes::hear(conn, &answer, now)?;
            let is_paused = match blocked {
                Some((account, campaign)) => {
                    let blocks = Blocks { account, campaign, lane: &answer.lane, reply: &answer.reply };
                    campaigns::count_block(conn, &blocks, now)?
                }
                None => false,
            };
            Ok((outcome, is_paused))
        })
        .await?;
    engine.lanes.closed.note(outcome, &lane);
    if outcome != HearOutcome::Nothing {
        tracing::warn!(lane, ?outcome, reply, "an answer changed a lane");
    }
    if let (true, Some((_, campaign))) = (is_paused, blocked) {
        tracing::warn!(%campaign, lane, "a campaign is paused: it is refused by policy again and again");
    }
    Ok(())
}

/// Learns which lanes were opened, or stopped by other nodes.
async fn look(engine: &Engine) -> Result<(), StoreError> {
    let now = engine.app.clock.now();
    let (all, of_accounts) = engine.app.db.read(|conn| Ok((lanes::all(conn)?, lanes::of_accounts(conn)?))).await?;
    let for_all = all.iter().filter_map(|(name, _)| Some(((None, name.to_owned()), all.stopped_until(name, now)?)));
    let for_one = of_accounts.iter().filter_map(|((account, lane), found)| match found.state.standing(now) {
        Standing::Stopped(until) => Some(((Some(*account), lane.clone()), until)),
        Standing::Open | Standing::Slowed(_) => None,
    });
    *engine.lanes.closed.lock() = for_all.chain(for_one).collect();
    Ok(())
}
