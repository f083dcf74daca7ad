//! The table `installation`, and counts over what waits.

use std::collections::BTreeMap;

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::storage::schema::{inbound_messages, installation};
use crate::storage::{Conn, StoreError, Timestamp, prepared};

pub(super) fn sending_pause(conn: &mut Conn) -> Result<Option<String>, StoreError> {
    let row: Option<(Option<Timestamp>, Option<String>)> = installation::table
        .find(1)
        .select((installation::sending_paused_at, installation::sending_pause_reason))
        .first(conn)
        .optional()?;
    Ok(row.and_then(|(at, reason)| at.map(|_| reason.unwrap_or_default())))
}

pub(super) fn set_sending_pause(conn: &mut Conn, pause: Option<(&str, Timestamp)>) -> Result<(), StoreError> {
    diesel::update(installation::table.find(1))
        .set((
            installation::sending_paused_at.eq(pause.map(|(_, at)| at)),
            installation::sending_pause_reason.eq(pause.map(|(reason, _)| reason)),
        ))
        .execute(conn)?;
    Ok(())
}

/// All of them, and each state but the one of nearly all as its own indexes say it.
const BY_STATE: &str = "SELECT 'accepted' AS state, COUNT(*) AS found FROM deliveries \
     UNION ALL SELECT 'queued', COUNT(*) FROM deliveries WHERE kind = 'campaign' AND state = 'queued' \
     UNION ALL SELECT 'deferred', COUNT(*) FROM deliveries WHERE kind = 'campaign' AND state = 'deferred' \
     UNION ALL SELECT state, COUNT(*) FROM deliveries WHERE kind NOT IN ('campaign', 'digest') \
     AND state IN ('queued', 'deferred') AND due_at > 0 GROUP BY state \
     UNION ALL SELECT state, COUNT(*) FROM deliveries WHERE kind = 'digest' AND state IN ('queued', 'deferred') \
     AND due_at > 0 GROUP BY state \
     UNION ALL SELECT 'claimed', COUNT(*) FROM deliveries WHERE state = 'claimed' \
     UNION ALL SELECT 'failed', COUNT(*) FROM deliveries WHERE state = 'failed' \
     UNION ALL SELECT 'skipped', COUNT(*) FROM deliveries WHERE state = 'skipped'";

#[derive(QueryableByName)]
struct OfState {
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = BigInt)]
    found: i64,
}

pub(super) fn deliveries_by_state(conn: &mut Conn) -> Result<Vec<(String, i64)>, StoreError> {
    let found: Vec<OfState> = prepared(BY_STATE).load(conn)?;
    let mut states: BTreeMap<String, i64> = BTreeMap::new();
    for OfState { state, found } in found {
        // Whatever is in no other state.
        if state != "accepted" {
            *states.entry("accepted".to_owned()).or_default() -= found;
        }
        *states.entry(state).or_default() += found;
    }
    Ok(states.into_iter().filter(|(_, found)| *found > 0).collect())
}

pub(super) fn inbound_by_state(conn: &mut Conn) -> Result<Vec<(String, i64)>, StoreError> {
    let counted =
        inbound_messages::table.group_by(inbound_messages::state).select((inbound_messages::state, count_star()));
    Ok(counted.load(conn)?)
}

/// Literal words, as the partial indexes have them: SQLite sees no index behind a bound value.
const OLDEST_SINGLE: &str = "SELECT MIN(due_at) AS due_at FROM deliveries \
     WHERE kind NOT IN ('campaign', 'digest') AND state IN ('queued', 'deferred') AND due_at <= $1";
const OLDEST_RETRY: &str = "SELECT MIN(due_at) AS due_at FROM deliveries \
     WHERE kind = 'campaign' AND state = 'deferred' AND due_at <= $1";

#[derive(QueryableByName)]
struct Due {
    #[diesel(sql_type = Nullable<BigInt>)]
    due_at: Option<Timestamp>,
}

pub(super) fn oldest_due(conn: &mut Conn, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let single: Due = diesel::sql_query(OLDEST_SINGLE).bind::<BigInt, _>(now).get_result(conn)?;
    let retried: Due = diesel::sql_query(OLDEST_RETRY).bind::<BigInt, _>(now).get_result(conn)?;
    Ok([single.due_at, retried.due_at].into_iter().flatten().min())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::numbers;
    use super::*;
    use crate::storage::testing::{empty_database, steps};

    const NOW: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

    #[test]
    fn the_oldest_due_delivery_is_known_and_later_ones_do_not_count() {
        let mut conn = empty_database();
        assert_eq!(oldest_due(&mut conn, NOW).unwrap(), None);
        let due = NOW - TimeDelta::minutes(5);
        insert_delivery(&mut conn, "invitation", "queued", due);
        insert_delivery(&mut conn, "invitation", "accepted", due - TimeDelta::hours(1));
        insert_delivery(&mut conn, "invitation", "deferred", NOW + TimeDelta::hours(1));
        let numbers = numbers(&mut conn, NOW).unwrap();
        assert_eq!((numbers.oldest_due_at, numbers.oldest_due_age(NOW)), (Some(due), TimeDelta::minutes(5)));
        assert!(numbers.deliveries.contains(&("queued".to_owned(), 1)));
    }

    #[test]
    fn deliveries_are_counted_by_state_whatever_their_kind() {
        let mut conn = empty_database();
        let states = ["queued", "deferred", "claimed", "accepted", "failed", "skipped"];
        for kind in ["campaign", "digest", "invitation"] {
            for (at, state) in states.iter().enumerate() {
                (0..=at).for_each(|_| insert_delivery(&mut conn, kind, state, NOW));
            }
        }
        let mut wanted: Vec<(String, i64)> =
            states.iter().zip(1_i64..).map(|(state, count)| ((*state).to_owned(), count * 3)).collect();
        wanted.sort();
        assert_eq!(deliveries_by_state(&mut conn).unwrap(), wanted);
        let steps = steps(&mut conn, BY_STATE);
        for index in ["released", "retry", "single", "digests", "claimed", "ended"] {
            let is_asked = |step: &String| step.contains(&format!("INDEX deliveries_{index}"));
            assert!(steps.iter().any(is_asked), "{index}: {steps:?}");
        }
    }

    /// The engine's own use cases stand to the right of accounts; a test writes the row itself.
    fn insert_delivery(conn: &mut Conn, kind: &str, state: &str, due: Timestamp) {
        use diesel::connection::SimpleConnection as _;
        let due = due.micros();
        conn.batch_execute(&format!(
            "INSERT INTO deliveries (kind, address, lane, position, state, attempts, created_at, due_at, expires_at)
             VALUES ('{kind}', 'a@example.org', '', 0, '{state}', 0, {due}, {due}, {due})"
        ))
        .unwrap();
    }
}
