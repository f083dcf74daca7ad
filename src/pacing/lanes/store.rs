//! The tables `lanes` and `account_lanes`.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::{AccountLane, AccountLanes, Lane, Override};
use crate::clock::Timestamp;
use crate::pacing::{Bucket, LaneState, Provider};
use crate::storage::columns::PublicId;
use crate::storage::schema::{account_lanes, lanes};
use crate::storage::{AccountId, Conn, StoreError, binds, dialect, prepared};

#[derive(Queryable, Selectable)]
#[diesel(table_name = lanes)]
struct Row {
    name: String,
    connections: Option<i64>,
    messages: Option<i64>,
    hourly: Option<i64>,
    permille: i64,
    since: Option<Timestamp>,
    stopped_until: Option<Timestamp>,
    reply: Option<String>,
    full_at: Option<Timestamp>,
    first_at: Option<Timestamp>,
    demands_tls: Option<i64>,
}

impl Row {
    fn lane(self) -> Option<(String, Lane)> {
        let small = |count: Option<i64>| count.and_then(|count| u32::try_from(count).ok());
        let lane = Lane {
            provider: Provider::by_name(&self.name)?,
            set: Override {
                connections: small(self.connections),
                messages: small(self.messages),
                hourly: self.hourly,
                demands_tls: self.demands_tls.map(|demands| demands != 0),
            },
            state: LaneState::stored(self.permille, self.since, self.stopped_until),
            reply: self.reply,
            bucket: Bucket { full_at: self.full_at },
            first_at: self.first_at,
            is_taken_from: false,
        };
        Some((self.name, lane))
    }
}

pub(super) fn rows(conn: &mut Conn) -> Result<BTreeMap<String, Lane>, StoreError> {
    let rows: Vec<Row> = lanes::table.select(Row::as_select()).load(conn)?;
    Ok(rows.into_iter().filter_map(Row::lane).collect())
}

/// The bucket of a lane, and when the first delivery of all went in it.
pub(super) type Taken<'a> = (&'a str, Option<Timestamp>, Option<Timestamp>);

/// Writes what was taken of lanes, in one statement.
pub(super) fn write_buckets(conn: &mut Conn, taken: &[Taken<'_>]) -> Result<(), StoreError> {
    if taken.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO lanes (name, permille, full_at, first_at) VALUES {} ON CONFLICT (name) DO UPDATE \
         SET full_at = excluded.full_at, first_at = COALESCE(lanes.first_at, excluded.first_at)",
        binds::rows("(?, 1000, ?, ?)", taken.len(), 1)
    );
    let mut query = prepared(&sql);
    for (name, full_at, first_at) in taken {
        query =
            query.bind::<Text, _>(*name).bind::<Nullable<BigInt>, _>(*full_at).bind::<Nullable<BigInt>, _>(*first_at);
    }
    query.execute(conn)?;
    Ok(())
}

pub(super) fn write_state(
    conn: &mut Conn,
    name: &str,
    state: LaneState,
    reply: Option<&str>,
) -> Result<(), StoreError> {
    let (permille, since, stopped_until) = state.parts();
    diesel::sql_query(
        "INSERT INTO lanes (name, permille, since, stopped_until, reply) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (name) DO UPDATE SET permille = $2, since = $3, stopped_until = $4, reply = $5",
    )
    .bind::<Text, _>(name)
    .bind::<BigInt, _>(permille)
    .bind::<Nullable<BigInt>, _>(since)
    .bind::<Nullable<BigInt>, _>(stopped_until)
    .bind::<Nullable<Text>, _>(reply)
    .execute(conn)?;
    Ok(())
}

pub(super) fn write_override(conn: &mut Conn, name: &str, set: Override) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO lanes (name, permille, connections, messages, hourly, demands_tls) VALUES ($1, 1000, $2, $3, $4, $5) \
         ON CONFLICT (name) DO UPDATE SET connections = $2, messages = $3, hourly = $4, demands_tls = $5",
    )
    .bind::<Text, _>(name)
    .bind::<Nullable<BigInt>, _>(set.connections.map(i64::from))
    .bind::<Nullable<BigInt>, _>(set.messages.map(i64::from))
    .bind::<Nullable<BigInt>, _>(set.hourly)
    .bind::<Nullable<BigInt>, _>(set.demands_tls.map(i64::from))
    .execute(conn)?;
    Ok(())
}

pub(super) fn write_account_state(
    conn: &mut Conn,
    account: AccountId,
    name: &str,
    state: LaneState,
    reply: &str,
) -> Result<(), StoreError> {
    let (permille, since, stopped_until) = state.parts();
    diesel::sql_query(
        "INSERT INTO account_lanes (account_id, lane, permille, since, stopped_until, reply) \
         VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (account_id, lane) DO UPDATE SET permille = $3, since = $4, stopped_until = $5, reply = $6",
    )
    .bind::<PublicId, _>(account)
    .bind::<Text, _>(name)
    .bind::<BigInt, _>(permille)
    .bind::<Nullable<BigInt>, _>(since)
    .bind::<Nullable<BigInt>, _>(stopped_until)
    .bind::<Text, _>(reply)
    .execute(conn)?;
    Ok(())
}

/// Opens the lane for every account that was held; since when is kept, so that reports of mail that left before close
/// none again.
pub(super) fn open_account_states(conn: &mut Conn, name: &str, now: Timestamp) -> Result<(), StoreError> {
    let (permille, since, stopped_until) = LaneState::opened(now).parts();
    diesel::update(account_lanes::table.filter(account_lanes::lane.eq(name)))
        .set((
            account_lanes::permille.eq(permille),
            account_lanes::since.eq(since),
            account_lanes::stopped_until.eq(stopped_until),
        ))
        .execute(conn)?;
    Ok(())
}

type AccountRow = (AccountId, String, i64, Option<Timestamp>, Option<Timestamp>, Option<String>);

fn account_lane((account, lane, permille, since, until, reply): AccountRow) -> ((AccountId, String), AccountLane) {
    ((account, lane), AccountLane { state: LaneState::stored(permille, since, until), reply })
}

/// The lanes of accounts that replies changed. Few: only an account that was refused has one.
///
/// # Errors
/// When the rows cannot be read.
pub fn of_accounts(conn: &mut Conn) -> Result<AccountLanes, StoreError> {
    let rows: Vec<AccountRow> = account_lanes::table.load(conn)?;
    Ok(rows.into_iter().map(account_lane).collect())
}

/// How a lane is for one account; nobody else changes its row before the end of the write.
pub(super) fn state_held(conn: &mut Conn, account: AccountId, lane: &str) -> Result<LaneState, StoreError> {
    #[derive(QueryableByName)]
    struct Held {
        #[diesel(sql_type = Text)]
        #[expect(dead_code, reason = "a row that is locked has to be read")]
        lane: String,
    }
    let sql = format!("SELECT lane FROM account_lanes WHERE account_id = $1 AND lane = $2{}", dialect::hold_row(conn));
    let held: Vec<Held> = diesel::sql_query(sql).bind::<PublicId, _>(account).bind::<Text, _>(lane).load(conn)?;
    if held.is_empty() {
        return Ok(LaneState::OPEN);
    }
    let key = (account, lane.to_owned());
    Ok(of_account(conn, account)?.remove(&key).map_or(LaneState::OPEN, |lane| lane.state))
}

/// [`of_accounts`] for one account.
///
/// # Errors
/// When the rows cannot be read.
pub fn of_account(conn: &mut Conn, account: AccountId) -> Result<AccountLanes, StoreError> {
    let rows: Vec<AccountRow> = account_lanes::table.filter(account_lanes::account_id.eq(account)).load(conn)?;
    Ok(rows.into_iter().map(account_lane).collect())
}
