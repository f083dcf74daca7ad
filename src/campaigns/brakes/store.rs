//! The rows of `campaign_brakes`, and the numbers that they are judged by.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::{Finding, LookBack, Rate, Seen, Standing};
use crate::campaigns::State;
use crate::clock::Timestamp;
use crate::storage::columns::PublicId;
use crate::storage::schema::{campaign_brakes, campaigns};
use crate::storage::{AccountId, CampaignId, Conn, StoreError};

/// What a brake did to a campaign, and from where it counts.
#[derive(Queryable, Debug, Clone, Copy)]
pub(super) struct Row {
    rate: Rate,
    hits: i64,
    sent: i64,
    most: i64,
    pub(super) warned_at: Option<Timestamp>,
    pub(super) paused_at: Option<Timestamp>,
    base_sent: i64,
    base_bounces: i64,
    base_complaints: i64,
}

impl Row {
    pub(super) const fn base(&self) -> Seen {
        Seen { sent: self.base_sent, bounces: self.base_bounces, complaints: self.base_complaints }
    }

    pub(super) fn standing(&self) -> Option<Standing> {
        let finding = Finding { rate: self.rate, hits: self.hits, sent: self.sent, most: self.most };
        let is_paused = self.paused_at.is_some();
        (is_paused || self.warned_at.is_some()).then_some(Standing { finding, is_paused })
    }
}

pub(super) fn row(conn: &mut Conn, id: CampaignId) -> Result<Option<Row>, StoreError> {
    Ok(campaign_brakes::table
        .find(id)
        .select((
            campaign_brakes::rate,
            campaign_brakes::hits,
            campaign_brakes::sent,
            campaign_brakes::most,
            campaign_brakes::warned_at,
            campaign_brakes::paused_at,
            campaign_brakes::base_sent,
            campaign_brakes::base_bounces,
            campaign_brakes::base_complaints,
        ))
        .first(conn)
        .optional()?)
}

/// The campaigns on their way.
pub(super) fn sending(conn: &mut Conn) -> Result<Vec<(AccountId, CampaignId)>, StoreError> {
    Ok(campaigns::table
        .filter(campaigns::state.eq(State::Sending))
        .select((campaigns::account_id, campaigns::id))
        .load(conn)?)
}

/// Some of the campaigns that finished after this, in the order of their ids.
pub(super) fn finished_since(
    conn: &mut Conn,
    since: Timestamp,
    from: LookBack,
) -> Result<Vec<(AccountId, CampaignId)>, StoreError> {
    let mut finished = campaigns::table
        .filter(campaigns::state.eq(State::Finished))
        .filter(campaigns::finished_at.gt(since))
        .select((campaigns::account_id, campaigns::id))
        .order(campaigns::id)
        .limit(from.most)
        .into_boxed();
    if let Some(after) = from.after {
        finished = finished.filter(campaigns::id.gt(after));
    }
    Ok(finished.load(conn)?)
}

#[derive(QueryableByName)]
struct Numbers {
    #[diesel(sql_type = BigInt)]
    sent: i64,
    #[diesel(sql_type = BigInt)]
    bounces: i64,
    #[diesel(sql_type = BigInt)]
    complaints: i64,
}

/// By the minutes of the campaign, of which there are few, and by what came back; no delivery is looked at.
const SEEN: &str = "SELECT \
     (SELECT CAST(COALESCE(SUM(accepted + failed), 0) AS BIGINT) FROM campaign_progress WHERE campaign_id = $1) AS sent, \
     (SELECT COUNT(DISTINCT delivery_id) FROM bounces WHERE campaign_id = $1 AND severity = 'hard') AS bounces, \
     (SELECT COUNT(*) FROM complaints WHERE campaign_id = $1) AS complaints";

pub(super) fn seen(conn: &mut Conn, id: CampaignId) -> Result<Seen, StoreError> {
    let found: Numbers = diesel::sql_query(SEEN).bind::<PublicId, _>(id).get_result(conn)?;
    Ok(Seen { sent: found.sent, bounces: found.bounces, complaints: found.complaints })
}

/// What was found, and when it was acted on; the base stays.
const FOUND: &str = "INSERT INTO campaign_brakes \
     (campaign_id, account_id, rate, hits, sent, most, warned_at, paused_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
     ON CONFLICT (campaign_id) DO UPDATE SET rate = excluded.rate, hits = excluded.hits, sent = excluded.sent, \
     most = excluded.most, warned_at = excluded.warned_at, paused_at = excluded.paused_at";

pub(super) fn write(
    conn: &mut Conn,
    (account, id): (AccountId, CampaignId),
    finding: Finding,
    (warned_at, paused_at): (Option<Timestamp>, Option<Timestamp>),
) -> Result<(), StoreError> {
    diesel::sql_query(FOUND)
        .bind::<PublicId, _>(id)
        .bind::<PublicId, _>(account)
        .bind::<Text, _>(finding.rate)
        .bind::<BigInt, _>(finding.hits)
        .bind::<BigInt, _>(finding.sent)
        .bind::<BigInt, _>(finding.most)
        .bind::<Nullable<BigInt>, _>(warned_at)
        .bind::<Nullable<BigInt>, _>(paused_at)
        .execute(conn)?;
    Ok(())
}

/// Counts from here on.
pub(super) fn rebase(conn: &mut Conn, id: CampaignId, base: Seen) -> Result<(), StoreError> {
    diesel::update(campaign_brakes::table.find(id))
        .set((
            campaign_brakes::warned_at.eq(None::<Timestamp>),
            campaign_brakes::paused_at.eq(None::<Timestamp>),
            campaign_brakes::base_sent.eq(base.sent),
            campaign_brakes::base_bounces.eq(base.bounces),
            campaign_brakes::base_complaints.eq(base.complaints),
        ))
        .execute(conn)?;
    Ok(())
}
