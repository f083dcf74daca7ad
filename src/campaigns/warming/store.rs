//! What is read of lists for a warm-up.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::mail::EmailAddress;
use crate::storage::columns::PublicId;
use crate::storage::schema::{campaigns, lists, subscriptions};
use crate::storage::{AccountId, CampaignId, Conn, ListId, StoreError, dialect};
use crate::subscriptions::State;

/// The domain of the From address of a campaign.
pub(super) fn from_domain(conn: &mut Conn, id: CampaignId) -> Result<Option<String>, StoreError> {
    let from: Option<String> = campaigns::table
        .inner_join(lists::table.on(lists::id.eq(campaigns::list_id)))
        .filter(campaigns::id.eq(id))
        .select(lists::from_address)
        .first(conn)
        .optional()?;
    Ok(from.and_then(|from| domain(&from)))
}

/// The campaigns that are being sent.
pub(super) fn going(conn: &mut Conn) -> Result<Vec<(AccountId, CampaignId)>, StoreError> {
    let sending = campaigns::table.filter(campaigns::state.eq(crate::campaigns::State::Sending));
    Ok(sending.order(campaigns::id).select((campaigns::account_id, campaigns::id)).load(conn)?)
}

/// The domain of the From address of a list.
pub(super) fn domain_of_list(conn: &mut Conn, id: ListId) -> Result<Option<String>, StoreError> {
    let from: Option<String> = lists::table.find(id).select(lists::from_address).first(conn).optional()?;
    Ok(from.and_then(|from| domain(&from)))
}

fn domain(from: &str) -> Option<String> {
    EmailAddress::parse(from).ok().map(|from| from.receiving_domain().to_owned())
}

/// So many of the latest readers stand for all.
const SAMPLE: i64 = 5000;

#[derive(QueryableByName)]
struct OfLane {
    #[diesel(sql_type = Text)]
    lane: String,
    #[diesel(sql_type = BigInt)]
    readers: i64,
}

/// About how many confirmed readers of a list there are in each lane.
pub(super) fn readers_by_lane(conn: &mut Conn, list: ListId) -> Result<Vec<(String, i64)>, StoreError> {
    let all: i64 = subscriptions::table
        .filter(subscriptions::list_id.eq(list))
        .filter(subscriptions::state.eq(State::Confirmed))
        .count()
        .get_result(conn)?;
    let name = dialect::after_at(conn, "p.address");
    let sql = format!(
        "SELECT COALESCE(r.lane, 'other') AS lane, COUNT(*) AS readers FROM (SELECT subscriber_id FROM subscriptions \
         WHERE list_id = $1 AND state = 'confirmed' AND confirmed_at IS NOT NULL ORDER BY confirmed_at DESC, id DESC \
         LIMIT $2) AS s \
         JOIN subscribers p ON p.id = s.subscriber_id LEFT JOIN receiving_domains r ON r.name = {name} \
         WHERE p.address IS NOT NULL GROUP BY COALESCE(r.lane, 'other')"
    );
    let rows: Vec<OfLane> = diesel::sql_query(sql).bind::<PublicId, _>(list).bind::<BigInt, _>(SAMPLE).load(conn)?;
    let looked_at = all.clamp(1, SAMPLE);
    Ok(rows.into_iter().map(|row| (row.lane, row.readers * all.max(looked_at) / looked_at)).collect())
}
