//! What is read of digests that were claimed.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::Digest;
use crate::accounts::warm_up::{Chosen, Switch};
use crate::deliveries::queue::store::listed;
use crate::mail::EmailAddress;
use crate::pacing::sent::Limits;
use crate::pacing::warm_up::{self, Sender};
use crate::storage::columns::PublicId;
use crate::storage::{AccountId, Conn, DeliveryId, StoreError};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: DeliveryId,
    #[diesel(sql_type = PublicId)]
    account_id: AccountId,
    #[diesel(sql_type = Text)]
    lane: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    hourly_limit: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    daily_limit: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    warm_up: Option<Switch>,
    #[diesel(sql_type = Text)]
    from_address: String,
    #[diesel(sql_type = BigInt)]
    held: i64,
}

impl Row {
    fn sender(&self, warm_up: Chosen) -> Option<Sender> {
        if !warm_up.is_on_for(self.warm_up) || !warm_up::applies_to(&self.lane) {
            return None;
        }
        let from = EmailAddress::parse(&self.from_address).ok()?;
        Some(Sender::new(self.account_id, from.receiving_domain(), &self.lane))
    }
}

/// Each of these digests, with what holds for its account and its campaigns.
pub(super) fn read(
    conn: &mut Conn,
    ids: &[DeliveryId],
    warm_up: Chosen,
) -> Result<BTreeMap<DeliveryId, Digest>, StoreError> {
    let sql = format!(
        "SELECT d.id, d.account_id, d.lane, a.hourly_limit, a.daily_limit, a.warm_up, s.from_address, \
         CAST(CASE WHEN EXISTS (SELECT 1 FROM digest_letters l JOIN deliveries h ON h.id = l.delivery_id \
         JOIN campaigns c ON c.id = h.campaign_id WHERE l.digest_id = d.id AND c.state = 'paused') \
         THEN 1 ELSE 0 END AS BIGINT) AS held \
         FROM deliveries d JOIN accounts a ON a.id = d.account_id JOIN lists s ON s.id = d.list_id WHERE d.id IN ({})",
        listed(ids)
    );
    let rows: Vec<Row> = diesel::sql_query(sql).load(conn)?;
    let digest = |row: Row| {
        let limits = Limits { hourly: row.hourly_limit, daily: row.daily_limit };
        (row.id, Digest { account: row.account_id, limits, sender: row.sender(warm_up), is_held: row.held > 0 })
    };
    Ok(rows.into_iter().map(digest).collect())
}
