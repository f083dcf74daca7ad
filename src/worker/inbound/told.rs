//! Lets lanes and campaigns follow what reports told: in writes of their own, right after the one that judged. That one
//! holds chains and deliveries, and a campaign is taken before its deliveries.

use std::collections::BTreeMap;

use crate::app::App;
use crate::bounces::Told;
use crate::campaigns::{self, Blocks, Late};
use crate::clock::Timestamp;
use crate::pacing::Heard;
use crate::pacing::lanes::{self, Answer, HearOutcome};
use crate::storage::{AccountId, CampaignId, Conn, StoreError};

/// Several reports that told the same; the latest speaks for them.
struct Several<'a> {
    latest: &'a Told,
    /// When each of the mails left.
    left: Vec<Option<Timestamp>>,
}

/// Lets lanes and campaigns follow. What cannot be written is given up: in a burst the next
/// reports say the same of others.
pub(super) async fn follow(app: &App, told: impl Iterator<Item = &Told>) {
    let (mut of_lanes, mut of_campaigns) = (BTreeMap::new(), BTreeMap::new());
    for one in told {
        if let Some(heard) = one.heard {
            add(&mut of_lanes, (one.account, one.lane.as_str(), heard == Heard::Blocked), one);
        }
        if let Some(campaign) = one.blocked {
            add(&mut of_campaigns, (one.account, campaign), one);
        }
    }
    for several in of_lanes.values() {
        tell(slow(app, several).await);
    }
    for ((account, campaign), several) in &of_campaigns {
        tell(pause(app, (*account, *campaign), several).await);
    }
}

fn add<'a, K: Ord>(groups: &mut BTreeMap<K, Several<'a>>, key: K, one: &'a Told) {
    let several = groups.entry(key).or_insert(Several { latest: one, left: Vec::new() });
    several.latest = one;
    several.left.push(one.left_at);
}

fn tell(written: Result<(), StoreError>) {
    if let Err(error) = written {
        tracing::warn!(%error, "what reports tell of a lane or a campaign could not be followed");
    }
}

async fn slow(app: &App, several: &Several<'_>) -> Result<(), StoreError> {
    let now = app.clock.now();
    let Told { account, lane, reply, heard, .. } = several.latest.clone();
    let Some(heard) = heard else { return Ok(()) };
    let answer = Answer { lane: lane.clone(), account: Some(account), reply: reply.clone(), heard };
    let told = lanes::Told { answer, left: several.left.clone() };
    let outcome = app.db.write(move |conn| lanes::hear_told(conn, &told, now)).await?;
    if outcome != HearOutcome::Nothing {
        tracing::warn!(lane, ?outcome, reply, "reports changed a lane");
    }
    Ok(())
}

async fn pause(
    app: &App,
    (account, campaign): (AccountId, CampaignId),
    several: &Several<'_>,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let Told { lane, reply, .. } = several.latest.clone();
    let times = i64::try_from(several.left.len()).unwrap_or(i64::MAX);
    let late = Late { times, left_at: several.left.iter().flatten().min().copied() };
    let count = move |conn: &mut Conn| {
        let blocks = Blocks { account, campaign, lane: &lane, reply: &reply };
        campaigns::count_blocks(conn, &blocks, &late, now)
    };
    if app.db.write(count).await? {
        tracing::warn!(%campaign, "a campaign is paused: reports say again and again that it is refused by policy");
    }
    Ok(())
}
