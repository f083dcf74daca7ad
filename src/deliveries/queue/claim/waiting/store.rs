//! What is read and written of campaigns on their way.

use std::collections::BTreeMap;
use std::rc::Rc;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::super::store::Owner;
use super::{Room, Waiting};
use crate::accounts::warm_up::Chosen;
use crate::clock::Timestamp;
use crate::pacing::sent::Limits;
use crate::pacing::{Bucket, Plan};
use crate::storage::columns::PublicId;
use crate::storage::{AccountId, CampaignId, Conn, StoreError, binds, prepared};

/// The first of each lane is one look into an index, however many wait.
pub(in super::super) const WAITING: &str = "SELECT c.account_id, a.hourly_limit, a.daily_limit, a.warm_up, s.from_address, \
     c.id AS campaign_id, c.plan, l.lane, l.audience AS part, l.full_at, l.retries_full_at, \
     (SELECT MIN(position) FROM deliveries WHERE kind = 'campaign' AND state = 'queued' AND campaign_id = l.campaign_id \
     AND lane = l.lane) AS first, \
     (SELECT MIN(due_at) FROM deliveries WHERE kind = 'campaign' AND state = 'deferred' AND campaign_id = l.campaign_id \
     AND lane = l.lane) AS due \
     FROM campaigns c JOIN accounts a ON a.id = c.account_id JOIN campaign_lanes l ON l.campaign_id = c.id \
     JOIN lists s ON s.id = c.list_id \
     WHERE c.state = 'sending' AND c.frozen_at IS NOT NULL AND c.plan IS NOT NULL AND a.paused_at IS NULL \
     ORDER BY c.id, l.lane";

#[derive(QueryableByName)]
struct WaitingRow {
    #[diesel(embed)]
    owner: Owner,
    #[diesel(sql_type = PublicId)]
    campaign_id: CampaignId,
    #[diesel(sql_type = Text)]
    plan: String,
    #[diesel(sql_type = BigInt)]
    part: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    full_at: Option<Timestamp>,
    #[diesel(sql_type = Nullable<BigInt>)]
    retries_full_at: Option<Timestamp>,
    #[diesel(sql_type = Nullable<BigInt>)]
    first: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    due: Option<Timestamp>,
}

/// What campaigns on their way have waiting, and the limits of their accounts.
#[derive(Default)]
pub(in super::super) struct Found {
    pub(in super::super) lanes: Vec<Waiting>,
    pub(in super::super) limits: BTreeMap<AccountId, Limits>,
}

/// Every lane of every campaign that is being sent.
pub(in super::super) fn read(conn: &mut Conn, warm_up: Chosen) -> Result<Found, StoreError> {
    let rows: Vec<WaitingRow> = prepared(WAITING).load(conn)?;
    let mut found = Found::default();
    let mut plans: BTreeMap<CampaignId, Option<Rc<Plan>>> = BTreeMap::new();
    for row in rows {
        let plan = plans.entry(row.campaign_id).or_insert_with(|| Plan::read(&row.plan).map(Rc::new));
        let Some(plan) = plan.clone() else { continue };
        found.limits.insert(row.owner.account_id, row.owner.limits());
        found.lanes.push(Waiting {
            sender: row.owner.sender(warm_up),
            asked: Room::default(),
            is_taken_from: false,
            account: row.owner.account_id,
            campaign: row.campaign_id,
            plan,
            lane: row.owner.lane,
            part: row.part,
            first: row.first,
            due: row.due,
            fresh: Bucket { full_at: row.full_at },
            retries: Bucket { full_at: row.retries_full_at },
        });
    }
    Ok(found)
}

/// Lanes in one statement.
const LANES: usize = 64;

/// Writes what was taken of the pace of campaigns in their lanes, in one statement.
pub(in super::super) fn write_paces(conn: &mut Conn, lanes: &[&Waiting]) -> Result<(), StoreError> {
    for chunk in lanes.chunks(LANES) {
        let sql = format!(
            "WITH taken (campaign_id, lane, full_at, retries_full_at) AS (VALUES {}) \
             UPDATE campaign_lanes SET full_at = taken.full_at, retries_full_at = taken.retries_full_at FROM taken \
             WHERE campaign_lanes.campaign_id = taken.campaign_id AND campaign_lanes.lane = taken.lane",
            binds::rows("(?, ?, ?, ?)", chunk.len(), 1)
        );
        let mut query = prepared(&sql);
        for lane in chunk {
            query = query
                .bind::<PublicId, _>(lane.campaign)
                .bind::<Text, _>(lane.lane.as_str())
                .bind::<Nullable<BigInt>, _>(lane.fresh.full_at)
                .bind::<Nullable<BigInt>, _>(lane.retries.full_at);
        }
        query.execute(conn)?;
    }
    Ok(())
}
