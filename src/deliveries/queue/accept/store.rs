//! The statement that writes acceptances.

use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};

use super::super::store::Settled;
use crate::clock::Timestamp;
use crate::storage::{Conn, Prepared, StoreError, binds, prepared, round_up};

/// Rows in one statement.
pub(super) const MOST: usize = 512;

/// Writes the acceptances and adds them to the minute of `now` of their campaigns.
pub(super) fn accept(conn: &mut Conn, accepted: &[Settled], now: Timestamp) -> Result<(), StoreError> {
    let rows = round_up(accepted.len());
    let sql = accept_sql(rows);
    let nothing = Settled::nothing();
    let filled_up = accepted.iter().chain(std::iter::repeat(&nothing)).take(rows);
    let statement = prepared(&sql).bind::<BigInt, _>(now).bind::<BigInt, _>(now.window(TimeDelta::minutes(1)));
    filled_up.fold(statement, bind_accepted).execute(conn)?;
    Ok(())
}

fn bind_accepted<'a>(statement: Prepared<'a>, row: &'a Settled) -> Prepared<'a> {
    statement
        .bind::<BigInt, _>(row.id)
        .bind::<Integer, _>(row.attempts)
        .bind::<Nullable<Integer>, _>(row.last_code)
        .bind::<Nullable<Text>, _>(row.last_reply.as_deref())
}

fn accept_sql(rows: usize) -> String {
    format!(
        "WITH done (id, attempts, last_code, last_reply) AS (VALUES {}), accepted AS (UPDATE deliveries \
         SET state = 'accepted', attempts = done.attempts, claimed_by = NULL, claimed_until = NULL, \
         last_code = done.last_code, last_reply = done.last_reply, finished_at = $1 \
         FROM done WHERE deliveries.id = done.id AND deliveries.state <> 'accepted' RETURNING deliveries.campaign_id) \
         INSERT INTO campaign_progress (campaign_id, minute_at, accepted, failed, deferred, skipped) \
         SELECT campaign_id, $2, COUNT(*), 0, 0, 0 FROM accepted GROUP BY campaign_id ORDER BY campaign_id \
         ON CONFLICT (campaign_id, minute_at) DO UPDATE SET accepted = campaign_progress.accepted + excluded.accepted",
        binds::rows("(?, ?, ?, ?)", rows, 3)
    )
}
