//! The rows that a campaign's course through the worker touches.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::super::State;
use crate::clock::Timestamp;
use crate::mail::EmailAddress;
use crate::pacing::Plan;
use crate::storage::columns::PublicId;
use crate::storage::schema::{campaigns, lists, subscriptions};
use crate::storage::{AccountId, CampaignId, Conn, ListId, StoreError, SubscriptionId, prepared};
use crate::subscriptions::State as SubscriptionState;

/// A campaign whose audience is being written.
pub(super) struct Freezing {
    pub(super) id: CampaignId,
    pub(super) list_id: ListId,
    /// Places that are written.
    pub(super) written: i64,
    /// Where another version of this program stopped reading the list.
    pub(super) cursor: Option<SubscriptionId>,
    pub(super) started_at: Timestamp,
    pub(super) plan: Option<Plan>,
}

/// A campaign whose time has come.
pub(super) struct Scheduled {
    pub(super) id: CampaignId,
    pub(super) account: AccountId,
    pub(super) list: ListId,
    /// The domain of its From address.
    pub(super) from_domain: String,
}

/// The campaigns whose time has come.
pub(super) fn due(conn: &mut Conn, now: Timestamp) -> Result<Vec<Scheduled>, StoreError> {
    let rows: Vec<(CampaignId, AccountId, ListId, String)> = campaigns::table
        .inner_join(lists::table.on(lists::id.eq(campaigns::list_id)))
        .filter(campaigns::state.eq(State::Scheduled))
        .filter(campaigns::start_at.le(now))
        .select((campaigns::id, campaigns::account_id, campaigns::list_id, lists::from_address))
        .load(conn)?;
    let domain = |from: &str| EmailAddress::parse(from).map(|from| from.receiving_domain().to_owned());
    let scheduled = |(id, account, list, from): (_, _, _, String)| Scheduled {
        id,
        account,
        list,
        from_domain: domain(&from).unwrap_or_default(),
    };
    Ok(rows.into_iter().map(scheduled).collect())
}

pub(super) fn confirmed(conn: &mut Conn, list: ListId, until: Timestamp) -> Result<i64, StoreError> {
    Ok(subscriptions::table
        .filter(subscriptions::list_id.eq(list))
        .filter(subscriptions::state.eq(SubscriptionState::Confirmed))
        .filter(subscriptions::confirmed_at.le(until))
        .count()
        .get_result(conn)?)
}

/// From here on the campaign is on its way; `audience` is the number of places until it is frozen.
pub(super) fn begin(conn: &mut Conn, id: CampaignId, audience: i64, now: Timestamp) -> Result<bool, StoreError> {
    let scheduled = campaigns::table.filter(campaigns::id.eq(id)).filter(campaigns::state.eq(State::Scheduled));
    let begun = diesel::update(scheduled)
        .set((
            campaigns::state.eq(State::Sending),
            campaigns::started_at.eq(now),
            campaigns::audience.eq(audience),
            campaigns::frozen.eq(0),
        ))
        .execute(conn)?;
    Ok(begun > 0)
}

pub(super) fn freezing(conn: &mut Conn) -> Result<Vec<CampaignId>, StoreError> {
    Ok(campaigns::table
        .filter(campaigns::state.eq(State::Sending))
        .filter(campaigns::frozen_at.is_null())
        .select(campaigns::id)
        .load(conn)?)
}

type FreezingRow = (ListId, i64, Option<SubscriptionId>, Option<Timestamp>, Option<String>);

pub(super) fn freezing_one(conn: &mut Conn, id: CampaignId) -> Result<Option<Freezing>, StoreError> {
    let row: Option<FreezingRow> = campaigns::table
        .filter(campaigns::id.eq(id))
        .filter(campaigns::state.eq(State::Sending))
        .filter(campaigns::frozen_at.is_null())
        .select((
            campaigns::list_id,
            campaigns::frozen,
            campaigns::freeze_cursor,
            campaigns::started_at,
            campaigns::plan,
        ))
        .first(conn)
        .optional()?;
    Ok(row.and_then(|(list_id, written, cursor, started_at, plan)| {
        let plan = plan.as_deref().and_then(Plan::read);
        Some(Freezing { id, list_id, written, cursor, started_at: started_at?, plan })
    }))
}

/// Remembers how many places of the audience are written.
pub(super) fn count_places(conn: &mut Conn, id: CampaignId, places: i64) -> Result<(), StoreError> {
    let campaign = campaigns::table.find(id);
    diesel::update(campaign).set(campaigns::frozen.eq(campaigns::frozen + places)).execute(conn)?;
    Ok(())
}

/// The audience is what was really written; the plan counts places. Only of a campaign that is being sent.
pub(super) fn complete(conn: &mut Conn, id: CampaignId, plan: &Plan, now: Timestamp) -> Result<(), StoreError> {
    let audience = super::lanes::audience(conn, id)?;
    diesel::update(campaigns::table.filter(campaigns::id.eq(id)).filter(campaigns::state.eq(State::Sending)))
        .set((campaigns::plan.eq(plan.written()), campaigns::audience.eq(audience), campaigns::frozen_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// What waits is looked for in the index of its state, which the lane makes SQLite take; those that a node holds are few,
/// and all of them are looked at.
const FINISH: &str = "UPDATE campaigns SET state = 'finished', finished_at = $1 WHERE state = 'sending' \
     AND frozen_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM deliveries \
     WHERE campaign_id = campaigns.id AND kind = 'campaign' AND state = 'queued' AND lane >= '') \
     AND NOT EXISTS (SELECT 1 FROM deliveries \
     WHERE campaign_id = campaigns.id AND kind = 'campaign' AND state = 'deferred' AND lane >= '') \
     AND NOT EXISTS (SELECT 1 FROM deliveries WHERE state = 'claimed' \
     AND CASE WHEN kind = 'campaign' AND campaign_id = campaigns.id THEN 1 ELSE 0 END = 1)";
const OPEN_CANCELLED: &str = "SELECT id FROM campaigns WHERE state = 'cancelled' AND (EXISTS (SELECT 1 FROM deliveries \
     WHERE campaign_id = campaigns.id AND kind = 'campaign' AND state = 'queued' AND lane >= '') \
     OR EXISTS (SELECT 1 FROM deliveries \
     WHERE campaign_id = campaigns.id AND kind = 'campaign' AND state = 'deferred' AND lane >= ''))";

/// Ends the campaigns that have nothing left to send; says how many.
pub(in super::super) fn finish(conn: &mut Conn, now: Timestamp) -> Result<usize, StoreError> {
    Ok(prepared(FINISH).bind::<BigInt, _>(now).execute(conn)?)
}

/// Cancelled campaigns that still have something waiting.
pub(in super::super) fn open_cancelled(conn: &mut Conn) -> Result<Vec<CampaignId>, StoreError> {
    #[derive(QueryableByName)]
    struct Open {
        #[diesel(sql_type = PublicId)]
        id: CampaignId,
    }
    let open: Vec<Open> = prepared(OPEN_CANCELLED).load(conn)?;
    Ok(open.into_iter().map(|campaign| campaign.id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{empty_database, steps};

    #[test]
    fn whether_anything_waits_is_not_asked_of_what_is_over() {
        for sql in [FINISH, OPEN_CANCELLED] {
            let steps = steps(&mut empty_database(), sql);
            let asked = |step: &&String| step.contains("deliveries");
            let of_one_state = ["deliveries_released", "deliveries_retry", "deliveries_claimed"];
            assert!(steps.iter().filter(asked).count() > 1, "{steps:?}");
            for step in steps.iter().filter(asked) {
                assert!(of_one_state.iter().any(|index| step.contains(index)), "{steps:?}");
            }
        }
    }
}
