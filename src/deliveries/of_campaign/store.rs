//! The rows of a campaign's deliveries, each state in the index that has it.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::super::store::Row;
use super::super::{Counts, Delivery, Kind, State};
use crate::storage::columns::PublicId;
use crate::storage::schema::deliveries;
use crate::storage::{CampaignId, Conn, DeliveryId, MultiBackend, StoreError, prepared};

/// A word of ours as it stands in a statement and not as a value: SQLite looks into an index of a part only where the
/// statement names that part.
fn named(word: &'static str) -> SqlLiteral<Text> {
    sql(&format!("'{word}'"))
}

type Query = deliveries::BoxedQuery<'static, MultiBackend>;

fn all_of_campaigns() -> Query {
    deliveries::table.filter(deliveries::kind.eq(named(Kind::Campaign.word()))).into_boxed()
}

fn in_state(state: State) -> Query {
    all_of_campaigns().filter(deliveries::state.eq(named(state.word())))
}

/// Deliveries of campaigns that wait in this state, as the index of that state has them.
pub(in super::super) fn waiting_in(state: State) -> Query {
    // A column that is always there makes SQLite take that index.
    in_state(state).filter(deliveries::lane.ge(""))
}

/// The deliveries of a campaign after `cursor`, oldest first; look the campaign up by its account before.
///
/// # Errors
/// When the rows cannot be read.
pub fn of_campaign(
    conn: &mut Conn,
    campaign: CampaignId,
    state: Option<State>,
    cursor: Option<DeliveryId>,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let after = cursor.unwrap_or(DeliveryId(0));
    // Of those that wait there may be none among a million, so they are looked for in the index of their state, which has
    // them in another order; those that a node holds are few, and belong to whatever campaign.
    let of_campaign = match state {
        Some(State::Claimed) => {
            in_state(State::Claimed).filter(sql::<Bool>("COALESCE(campaign_id, NULL) = ").bind::<PublicId, _>(campaign))
        }
        Some(state @ (State::Queued | State::Deferred)) => {
            waiting_in(state).filter(deliveries::campaign_id.eq(campaign))
        }
        Some(state) => in_state(state).filter(deliveries::campaign_id.eq(campaign)),
        None => all_of_campaigns().filter(deliveries::campaign_id.eq(campaign)),
    };
    let query = match state {
        Some(State::Queued | State::Deferred | State::Claimed) => {
            of_campaign.filter(sql::<Bool>("id + 0 > ").bind::<BigInt, _>(after)).order(sql::<BigInt>("id + 0"))
        }
        _ => of_campaign.filter(deliveries::id.gt(after)).order(deliveries::id),
    };
    let rows: Vec<Row> = query.limit(limit).select(Row::as_select()).load(conn)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Each as its own index says it, all in one statement and so at one moment. A second column that is always there makes
/// SQLite take the index of that part. Those that a node holds are few, and belong to whatever campaign. What belongs to
/// a campaign and is no test is a part of its audience.
const COUNTS: &str = "SELECT (SELECT COUNT(*) FROM deliveries WHERE campaign_id = $1 AND id > 0) \
     - (SELECT COUNT(*) FROM deliveries WHERE kind = 'test' AND campaign_id = $1 AND lane >= '') AS written, \
     (SELECT COUNT(*) FROM deliveries WHERE kind = 'campaign' AND state = 'queued' AND campaign_id = $1 \
     AND lane >= '') AS queued, \
     (SELECT COUNT(CASE WHEN kind = 'campaign' AND campaign_id = $1 THEN 1 END) FROM deliveries \
     WHERE state = 'claimed') AS claimed, \
     (SELECT COUNT(*) FROM deliveries WHERE kind = 'campaign' AND state = 'deferred' AND campaign_id = $1 \
     AND lane >= '') AS deferred, \
     (SELECT COUNT(*) FROM deliveries WHERE kind = 'campaign' AND state = 'failed' AND campaign_id = $1) AS failed, \
     (SELECT COUNT(*) FROM deliveries WHERE kind = 'campaign' AND state = 'skipped' AND campaign_id = $1) AS skipped, \
     (SELECT COUNT(*) FROM deliveries WHERE kind = 'campaign' AND bounced_at IS NOT NULL AND campaign_id = $1) \
     AS bounced, \
     (SELECT COUNT(*) FROM deliveries WHERE kind = 'campaign' AND complained_at IS NOT NULL AND campaign_id = $1) \
     AS complained";

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    written: i64,
    #[diesel(sql_type = BigInt)]
    queued: i64,
    #[diesel(sql_type = BigInt)]
    claimed: i64,
    #[diesel(sql_type = BigInt)]
    deferred: i64,
    #[diesel(sql_type = BigInt)]
    failed: i64,
    #[diesel(sql_type = BigInt)]
    skipped: i64,
    #[diesel(sql_type = BigInt)]
    bounced: i64,
    #[diesel(sql_type = BigInt)]
    complained: i64,
}

/// How the deliveries of a campaign stand.
///
/// # Errors
/// When the rows cannot be counted.
pub fn counts(conn: &mut Conn, campaign: CampaignId) -> Result<Counts, StoreError> {
    let found: Counted = prepared(COUNTS).bind::<PublicId, _>(campaign).get_result(conn)?;
    let Counted { written, queued, claimed, deferred, failed, skipped, bounced, complained } = found;
    // Whatever does not wait and did not go wrong: the relay has it.
    let accepted = written - queued - claimed - deferred - failed - skipped;
    Ok(Counts { queued: queued + claimed, deferred, accepted, failed, skipped, bounced, complained })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::SubscriptionId;
    use crate::storage::testing::{empty_database, steps};

    #[test]
    fn each_state_is_counted_as_what_it_is() {
        let mut conn = empty_database();
        let campaign = CampaignId::new();
        let insert = "INSERT INTO deliveries (kind, campaign_id, subscription_id, address, lane, position, state, attempts, \
             created_at, due_at, expires_at) VALUES ($1, $2, $3, 'a@example.org', 'other', 0, $4, 0, 1, 1, 2)";
        for (at, state) in State::ALL.iter().enumerate() {
            for kind in std::iter::repeat_n(Kind::Campaign, at + 1).chain([Kind::Test]) {
                prepared(insert)
                    .bind::<Text, _>(kind)
                    .bind::<PublicId, _>(campaign)
                    .bind::<PublicId, _>(SubscriptionId::new())
                    .bind::<Text, _>(*state)
                    .execute(&mut conn)
                    .unwrap();
            }
        }
        let of = |wanted: State| State::ALL.iter().zip(1..).find(|(state, _)| **state == wanted).map_or(0, |(_, n)| n);
        let counts = counts(&mut conn, campaign).unwrap();
        assert_eq!(counts.queued, of(State::Queued) + of(State::Claimed));
        assert_eq!(counts.deferred, of(State::Deferred));
        assert_eq!(counts.accepted, of(State::Accepted));
        assert_eq!((counts.failed, counts.skipped), (of(State::Failed), of(State::Skipped)));
        assert_eq!((counts.bounced, counts.complained), (0, 0));
        for state in State::ALL {
            let found = of_campaign(&mut conn, campaign, Some(*state), None, 100).unwrap();
            assert!(found.iter().all(|delivery| delivery.state == *state), "{state}");
            assert_eq!(i64::try_from(found.len()).unwrap(), of(*state), "{state}");
            let after_the_first = of_campaign(&mut conn, campaign, Some(*state), Some(found[0].id), 100).unwrap();
            assert_eq!(after_the_first.len() + 1, found.len(), "{state}");
        }
    }

    #[test]
    fn how_a_campaign_stands_is_counted_in_indexes_alone() {
        let steps = steps(&mut empty_database(), COUNTS);
        for (index, looks) in [
            ("of_campaign", 1),
            ("tests", 1),
            ("released", 1),
            ("claimed", 1),
            ("retry", 1),
            ("ended", 2),
            ("bounced", 1),
            ("complained", 1),
        ] {
            let has = |step: &&String| step.contains(&format!("INDEX deliveries_{index}"));
            assert_eq!(steps.iter().filter(has).count(), looks, "{index}: {steps:?}");
        }
        for index in ["of_campaign", "tests", "released", "retry", "ended"] {
            let is_covered = |step: &String| step.contains(&format!("COVERING INDEX deliveries_{index}"));
            assert!(steps.iter().any(is_covered), "{index}: {steps:?}");
        }
    }
}
