//! The rows that a claim marks, and what decides which.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::super::store::listed;
use super::waiting::Waiting;
use crate::accounts::warm_up::{Chosen, Switch};
use crate::clock::Timestamp;
use crate::deliveries::Delivery;
use crate::deliveries::store::Row;
use crate::mail::EmailAddress;
use crate::pacing::sent::Limits;
use crate::pacing::warm_up::{self, Sender};
use crate::storage::columns::PublicId;
use crate::storage::{AccountId, Conn, DeliveryId, StoreError, binds, dialect, prepared};

/// What holds for every claim.
pub(super) struct Begun {
    pub(super) warm_up: Chosen,
    pub(super) digest_due_at: Option<Timestamp>,
}

/// Whose delivery it is and in which lane, as far as that decides when it goes.
#[derive(QueryableByName)]
pub(super) struct Owner {
    #[diesel(sql_type = PublicId)]
    pub(super) account_id: AccountId,
    #[diesel(sql_type = Text)]
    pub(super) lane: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    hourly_limit: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    daily_limit: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    warm_up: Option<Switch>,
    #[diesel(sql_type = Text)]
    from_address: String,
}

impl Owner {
    /// What [`Owner`] reads of accounts `a` and lists `s`; the account and the lane stand beside it.
    pub(super) const COLUMNS: &str = "a.hourly_limit, a.daily_limit, a.warm_up, s.from_address";

    pub(super) const fn limits(&self) -> Limits {
        Limits { hourly: self.hourly_limit, daily: self.daily_limit }
    }

    /// Who is warmed up, when this account is.
    pub(super) fn sender(&self, warm_up: Chosen) -> Option<Sender> {
        if !warm_up.is_on_for(self.warm_up) || !warm_up::applies_to(&self.lane) {
            return None;
        }
        let from = EmailAddress::parse(&self.from_address).ok()?;
        Some(Sender::new(self.account_id, from.receiving_domain(), &self.lane))
    }
}

/// Who claims, and until when.
pub(super) struct Lease<'a> {
    pub(super) node: &'a str,
    pub(super) until: Timestamp,
    pub(super) now: Timestamp,
}

/// Confirmations and invitations go on for a paused account: they are its subscribers' own wish. Tests and digests wait.
const SINGLE: &str = "kind NOT IN ('campaign', 'digest') AND state IN ('queued', 'deferred') AND due_at <= $3 \
     AND (kind <> 'test' OR NOT EXISTS (SELECT 1 FROM accounts \
     WHERE accounts.id = deliveries.account_id AND accounts.paused_at IS NOT NULL)) \
     ORDER BY due_at, id LIMIT $4";
const DIGESTS: &str = "kind = 'digest' AND state IN ('queued', 'deferred') AND due_at <= $3 \
     AND NOT EXISTS (SELECT 1 FROM accounts \
     WHERE accounts.id = deliveries.account_id AND accounts.paused_at IS NOT NULL) \
     ORDER BY due_at, id LIMIT $4";
/// With the first digest that is due: nearly every claim finds none, and then does not ask for them.
const BEGIN: &str = "SELECT sending_paused_at, warm_up, delivers_directly, (SELECT MIN(due_at) FROM deliveries \
     WHERE kind = 'digest' AND state IN ('queued', 'deferred')) AS digest_due_at FROM installation WHERE id = 1";
const RETRY: &str = "kind = 'campaign' AND state = 'deferred' AND campaign_id = ? AND lane = ? AND due_at <= ? \
     ORDER BY due_at LIMIT ?";
const RELEASED: &str = "kind = 'campaign' AND state = 'queued' AND campaign_id = ? AND lane = ? AND position < ? \
     ORDER BY position LIMIT ?";
/// What [`Row`] reads, by name: PostgreSQL refuses a kept plan whose `*` means something else after a migration.
const COLUMNS: &str = "id, kind, account_id, campaign_id, list_id, subscriber_id, subscription_id, cause, address, \
     lane, position, state, attempts, created_at, due_at, expires_at, last_code, last_reply, finished_at, bounced_at, \
     complained_at";

fn claim_sql(which: &str) -> String {
    format!(
        "UPDATE deliveries SET state = 'claimed', claimed_by = $1, claimed_until = $2 WHERE id IN ({which}) \
         RETURNING {COLUMNS}"
    )
}

fn due_sql(conn: &Conn, which: &str) -> String {
    claim_sql(&format!("SELECT id FROM deliveries WHERE {which}{}", dialect::skip_locked(conn)))
}

/// One look into an index for each that is asked for, all in one statement.
fn each_sql(conn: &Conn, which: Which, asked: usize) -> String {
    let which = match which {
        Which::Retries => RETRY,
        Which::Released => RELEASED,
    };
    let one = format!("SELECT id FROM deliveries WHERE {which}{}", dialect::skip_locked(conn));
    let one = format!("SELECT id FROM ({one}) AS one");
    claim_sql(&binds::joined(&one, asked, 3, " UNION ALL "))
}

/// Waits for the claims of other nodes to end; says what holds for new senders, and nothing while the operator stopped
/// all sending.
pub(super) fn begin(conn: &mut Conn) -> Result<Option<Begun>, StoreError> {
    #[derive(QueryableByName)]
    struct Installation {
        #[diesel(sql_type = Nullable<BigInt>)]
        sending_paused_at: Option<Timestamp>,
        #[diesel(sql_type = Nullable<Text>)]
        warm_up: Option<Switch>,
        #[diesel(sql_type = BigInt)]
        delivers_directly: i64,
        #[diesel(sql_type = Nullable<BigInt>)]
        digest_due_at: Option<Timestamp>,
    }
    let sql = format!("{BEGIN}{}", dialect::hold_row(conn));
    let found: Option<Installation> = prepared(&sql).get_result(conn).optional()?;
    Ok(found.filter(|row| row.sending_paused_at.is_none()).map(|row| Begun {
        warm_up: Chosen { word: row.warm_up, delivers_directly: row.delivers_directly != 0 },
        digest_due_at: row.digest_due_at,
    }))
}

/// Claims mails that somebody waits for, the longest due first.
pub(super) fn claim_single(conn: &mut Conn, lease: &Lease<'_>, limit: i64) -> Result<Vec<Delivery>, StoreError> {
    claim_due(conn, lease, SINGLE, limit)
}

/// Claims digests, the longest due first.
pub(super) fn claim_digests(conn: &mut Conn, lease: &Lease<'_>, limit: i64) -> Result<Vec<Delivery>, StoreError> {
    claim_due(conn, lease, DIGESTS, limit)
}

fn claim_due(conn: &mut Conn, lease: &Lease<'_>, which: &str, limit: i64) -> Result<Vec<Delivery>, StoreError> {
    let sql = due_sql(conn, which);
    let rows: Vec<Row> = prepared(&sql)
        .bind::<Text, _>(lease.node)
        .bind::<BigInt, _>(lease.until)
        .bind::<BigInt, _>(lease.now)
        .bind::<BigInt, _>(limit)
        .load(conn)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Which deliveries of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Those that were put off, the longest due first.
    Retries,
    /// Those that were not tried yet, the first positions first.
    Released,
}

/// What is asked for of a lane of a campaign.
pub(super) struct Asked<'a> {
    pub(super) lane: &'a Waiting,
    /// Retries that are due by then, or positions below this one.
    pub(super) below: i64,
    pub(super) most: i64,
}

/// Looks in one statement: SQLite takes no more than 500 parts.
const LOOKS: usize = 64;

/// Claims what is asked for of many lanes; the first positions stand first.
pub(super) fn claim_each(
    conn: &mut Conn,
    lease: &Lease<'_>,
    which: Which,
    asked: &[Asked<'_>],
) -> Result<Vec<Delivery>, StoreError> {
    let mut claimed: Vec<Delivery> = Vec::new();
    for chunk in asked.chunks(LOOKS) {
        let sql = each_sql(conn, which, chunk.len());
        let mut query = prepared(&sql).bind::<Text, _>(lease.node).bind::<BigInt, _>(lease.until);
        for Asked { lane, below, most } in chunk {
            query = query
                .bind::<PublicId, _>(lane.campaign)
                .bind::<Text, _>(lane.lane.as_str())
                .bind::<BigInt, _>(*below)
                .bind::<BigInt, _>(*most);
        }
        let rows: Vec<Row> = query.load(conn)?;
        claimed.extend(rows.into_iter().map(Delivery::from));
    }
    claimed.sort_by_key(|delivery| (delivery.position, delivery.id));
    Ok(claimed)
}

/// Puts single mails that were just claimed off until then; no attempt is counted.
pub(super) fn put_off(conn: &mut Conn, ids: &[DeliveryId], until: Timestamp) -> Result<(), StoreError> {
    let sql = format!(
        "UPDATE deliveries SET state = CASE WHEN attempts > 0 THEN 'deferred' ELSE 'queued' END, claimed_by = NULL, \
         claimed_until = NULL, due_at = $1 WHERE id IN ({})",
        listed(ids)
    );
    diesel::sql_query(sql).bind::<BigInt, _>(until).execute(conn)?;
    Ok(())
}

/// What waits for a lane and belongs to no campaign, each as its index has it.
const OF_NO_CAMPAIGN: [&str; 2] = ["kind NOT IN ('campaign', 'digest')", "kind = 'digest'"];

/// Lets the mails that wait for a lane and belong to no campaign go now; says how many.
pub(super) fn hurry(conn: &mut Conn, lane: &str, now: Timestamp) -> Result<usize, StoreError> {
    OF_NO_CAMPAIGN.iter().try_fold(0, |hurried, kinds| {
        let sql = format!(
            "UPDATE deliveries SET due_at = $1 WHERE {kinds} AND state IN ('queued', 'deferred') \
             AND due_at > $1 AND lane = $2"
        );
        Ok(hurried + diesel::sql_query(sql).bind::<BigInt, _>(now).bind::<Text, _>(lane).execute(conn)?)
    })
}

#[cfg(test)]
#[path = "plans_tests.rs"]
mod tests;
