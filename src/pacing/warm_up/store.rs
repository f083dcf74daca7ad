//! The tables `warm_ups` and `warm_up_days`.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::{Day, Ramp, Sender};
use crate::clock::Timestamp;
use crate::mail::EmailAddress;
use crate::pacing::Bucket;
use crate::storage::columns::PublicId;
use crate::storage::schema::{lists, warm_up_days, warm_ups};
use crate::storage::{AccountId, Conn, ListId, MultiBackend, StoreError, binds, dialect};

/// What days came to, in the one order in which their rows are written: so nobody waits for anybody in turns.
pub(super) type DayCounts = BTreeMap<Sender, Day>;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = PublicId)]
    account_id: AccountId,
    #[diesel(sql_type = Text)]
    domain: String,
    #[diesel(sql_type = Text)]
    lane: String,
    #[diesel(sql_type = BigInt)]
    day_at: Timestamp,
    #[diesel(sql_type = BigInt)]
    ceiling: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    full_at: Option<Timestamp>,
    #[diesel(sql_type = Nullable<BigInt>)]
    warm_at: Option<Timestamp>,
    #[diesel(sql_type = BigInt)]
    tried: i64,
    #[diesel(sql_type = BigInt)]
    hard: i64,
    #[diesel(sql_type = BigInt)]
    deferred: i64,
    #[diesel(sql_type = BigInt)]
    complaints: i64,
}

impl From<Row> for (Sender, Ramp) {
    fn from(row: Row) -> Self {
        let Row { account_id: account, domain, lane, day_at, ceiling, full_at, warm_at, .. } = row;
        let Row { tried, hard, deferred, complaints, .. } = row;
        // What was counted on another day may be given back on this one.
        let day = Day { ceiling, tried: tried.max(0), hard, deferred, complaints };
        (Sender { account, domain, lane }, Ramp { day_at, day, bucket: Bucket { full_at }, warm_at })
    }
}

/// What came back later belongs to the day on which the mail went, until the next mail goes.
const ROWS: &str = "SELECT w.account_id, w.domain, w.lane, w.day_at, w.ceiling, w.full_at, w.warm_at, \
     COALESCE(d.tried, 0) AS tried, \
     CAST(COALESCE((SELECT SUM(t.hard) FROM warm_up_days t WHERE t.account_id = w.account_id AND t.domain = w.domain \
     AND t.lane = w.lane AND t.day_at >= w.day_at), 0) AS BIGINT) AS hard, \
     CAST(COALESCE((SELECT SUM(t.deferred) FROM warm_up_days t WHERE t.account_id = w.account_id \
     AND t.domain = w.domain AND t.lane = w.lane AND t.day_at >= w.day_at), 0) AS BIGINT) AS deferred, \
     CAST(COALESCE((SELECT SUM(t.complaints) FROM warm_up_days t WHERE t.account_id = w.account_id \
     AND t.domain = w.domain AND t.lane = w.lane AND t.day_at >= w.day_at), 0) AS BIGINT) AS complaints \
     FROM warm_ups w LEFT JOIN warm_up_days d ON d.account_id = w.account_id \
     AND d.domain = w.domain AND d.lane = w.lane AND d.day_at = w.day_at WHERE ";

pub(super) fn of_sending(conn: &mut Conn) -> Result<Vec<(Sender, Ramp)>, StoreError> {
    let sql = format!("{ROWS} w.account_id IN (SELECT c.account_id FROM campaigns c WHERE c.state = 'sending')");
    let rows: Vec<Row> = diesel::sql_query(sql).load(conn)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

pub(super) fn of_account(conn: &mut Conn, account: AccountId) -> Result<Vec<(Sender, Ramp)>, StoreError> {
    let rows: Vec<Row> =
        diesel::sql_query(format!("{ROWS} w.account_id = $1")).bind::<PublicId, _>(account).load(conn)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Rows in one statement; seven binds each at most.
const ROWS_AT_ONCE: usize = 500;

/// Writes how far these are.
pub(super) fn write(conn: &mut Conn, ramps: &[(&Sender, &Ramp)]) -> Result<(), StoreError> {
    for chunk in ramps.chunks(ROWS_AT_ONCE) {
        let sql = format!(
            "INSERT INTO warm_ups (account_id, domain, lane, day_at, ceiling, full_at, warm_at) VALUES {} \
             ON CONFLICT (account_id, domain, lane) DO UPDATE SET day_at = excluded.day_at, ceiling = excluded.ceiling, \
             full_at = excluded.full_at, warm_at = COALESCE(warm_ups.warm_at, excluded.warm_at)",
            binds::rows("(?, ?, ?, ?, ?, ?, ?)", chunk.len(), 1)
        );
        let mut query = diesel::sql_query(sql).into_boxed::<MultiBackend>();
        for (sender, ramp) in chunk {
            query = query
                .bind::<PublicId, _>(sender.account)
                .bind::<Text, _>(sender.domain.as_str())
                .bind::<Text, _>(sender.lane.as_str())
                .bind::<BigInt, _>(ramp.day_at)
                .bind::<BigInt, _>(ramp.day.ceiling)
                .bind::<Nullable<BigInt>, _>(ramp.bucket.full_at)
                .bind::<Nullable<BigInt>, _>(ramp.warm_at);
        }
        query.execute(conn)?;
    }
    Ok(())
}

/// Whatever the clock says.
const TODAY: &str = "SELECT account_id, domain, lane, day_at, tried, hard, deferred, complaints FROM more WHERE true";

/// What was not tried goes out of the day on which it was counted, which is the last one of its warm-up; trouble belongs to
/// today, or to that day where the clock was set back since.
const AS_IT_CAME: &str = "SELECT account_id, domain, lane, day_at, CAST(SUM(tried) AS BIGINT), CAST(SUM(hard) AS BIGINT), \
     CAST(SUM(deferred) AS BIGINT), CAST(SUM(complaints) AS BIGINT) FROM ( \
     SELECT m.account_id, m.domain, m.lane, w.day_at, m.tried, 0 AS hard, 0 AS deferred, 0 AS complaints \
     FROM more m JOIN warm_ups w ON w.account_id = m.account_id AND w.domain = m.domain AND w.lane = m.lane \
     WHERE m.tried <> 0 AND EXISTS (SELECT 1 FROM warm_up_days d WHERE d.account_id = m.account_id \
     AND d.domain = m.domain AND d.lane = m.lane AND d.day_at = w.day_at) \
     UNION ALL SELECT m.account_id, m.domain, m.lane, CASE WHEN w.day_at > m.day_at THEN w.day_at ELSE m.day_at END, \
     0, m.hard, m.deferred, m.complaints \
     FROM more m JOIN warm_ups w ON w.account_id = m.account_id AND w.domain = m.domain AND w.lane = m.lane \
     WHERE m.hard + m.deferred + m.complaints > 0 AND w.warm_at IS NULL) came \
     GROUP BY account_id, domain, lane, day_at";

/// Adds to what was tried, also on a day that has no row yet.
pub(super) fn count_tried(conn: &mut Conn, counts: &DayCounts, day_at: Timestamp) -> Result<(), StoreError> {
    add(conn, counts, day_at, TODAY)
}

/// Adds to what was tried, only on days that have a row, and to the trouble of those that are being warmed up.
pub(super) fn settle(conn: &mut Conn, counts: &DayCounts, day_at: Timestamp) -> Result<(), StoreError> {
    add(conn, counts, day_at, AS_IT_CAME)
}

/// Adds to days; `which` makes the rows of what comes.
fn add(conn: &mut Conn, counts: &DayCounts, day_at: Timestamp, which: &str) -> Result<(), StoreError> {
    let counts: Vec<(&Sender, &Day)> = counts.iter().collect();
    for chunk in counts.chunks(ROWS_AT_ONCE) {
        let sql = format!(
            "WITH more (account_id, domain, lane, day_at, tried, hard, deferred, complaints) AS (VALUES {}) \
             INSERT INTO warm_up_days (account_id, domain, lane, day_at, tried, hard, deferred, complaints) \
             {which} ORDER BY account_id, domain, lane, day_at \
             ON CONFLICT (account_id, domain, lane, day_at) DO UPDATE SET tried = warm_up_days.tried + excluded.tried, \
             hard = warm_up_days.hard + excluded.hard, deferred = warm_up_days.deferred + excluded.deferred, \
             complaints = warm_up_days.complaints + excluded.complaints",
            binds::rows("(?, ?, ?, ?, ?, ?, ?, ?)", chunk.len(), 1)
        );
        let mut query = diesel::sql_query(sql).into_boxed::<MultiBackend>();
        for (sender, day) in chunk {
            query = query
                .bind::<PublicId, _>(sender.account)
                .bind::<Text, _>(sender.domain.as_str())
                .bind::<Text, _>(sender.lane.as_str())
                .bind::<BigInt, _>(day_at)
                .bind::<BigInt, _>(day.tried)
                .bind::<BigInt, _>(day.hard)
                .bind::<BigInt, _>(day.deferred)
                .bind::<BigInt, _>(day.complaints);
        }
        query.execute(conn)?;
    }
    Ok(())
}

/// The domains of the From addresses of lists.
pub(super) fn domains(
    conn: &mut Conn,
    ids: impl Iterator<Item = ListId>,
) -> Result<HashMap<ListId, String>, StoreError> {
    let mut ids: Vec<ListId> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    let rows: Vec<(ListId, String)> =
        lists::table.filter(lists::id.eq_any(ids)).select((lists::id, lists::from_address)).load(conn)?;
    let domain = |(id, from): (ListId, String)| {
        let from = EmailAddress::parse(&from).ok()?;
        Some((id, from.receiving_domain().to_owned()))
    };
    Ok(rows.into_iter().filter_map(domain).collect())
}

/// Takes the domains as warm from which campaigns were sent and of which no warm-up has begun; of one account, or of
/// all.
pub(super) fn take_as_warm(conn: &mut Conn, account: Option<AccountId>, now: Timestamp) -> Result<usize, StoreError> {
    let domain = dialect::after_at(conn, "l.from_address");
    let of = if account.is_some() { "AND l.account_id = $2 " } else { "" };
    let sql = format!(
        "INSERT INTO warm_ups (account_id, domain, lane, day_at, ceiling, warm_at) \
         SELECT DISTINCT l.account_id, {domain}, '', $1, 0, $1 FROM lists l JOIN campaigns c ON c.list_id = l.id \
         WHERE c.started_at IS NOT NULL {of}AND NOT EXISTS (SELECT 1 FROM warm_ups w \
         WHERE w.account_id = l.account_id AND w.domain = {domain}) ON CONFLICT DO NOTHING"
    );
    let query = diesel::sql_query(sql).bind::<BigInt, _>(now);
    Ok(match account {
        Some(account) => query.bind::<PublicId, _>(account).execute(conn)?,
        None => query.execute(conn)?,
    })
}

/// Takes a domain as warm, or lets it begin again.
pub(super) fn set_domain(
    conn: &mut Conn,
    account: AccountId,
    domain: &str,
    is_warm: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let rows = warm_ups::table.filter(warm_ups::account_id.eq(account)).filter(warm_ups::domain.eq(domain));
    diesel::delete(rows).execute(conn)?;
    let days = warm_up_days::table.filter(warm_up_days::account_id.eq(account));
    diesel::delete(days.filter(warm_up_days::domain.eq(domain))).execute(conn)?;
    if is_warm {
        diesel::insert_into(warm_ups::table)
            .values((
                warm_ups::account_id.eq(account),
                warm_ups::domain.eq(domain),
                warm_ups::lane.eq(""),
                warm_ups::day_at.eq(now),
                warm_ups::ceiling.eq(0),
                warm_ups::warm_at.eq(now),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Forgets days that are long over; says how many.
pub(super) fn forget_days(conn: &mut Conn, before: Timestamp) -> Result<usize, StoreError> {
    Ok(diesel::sql_query("DELETE FROM warm_up_days WHERE day_at < $1").bind::<BigInt, _>(before).execute(conn)?)
}
