//! The rows of claimed deliveries, and of what stands above them.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::super::store::NOBODY;
use crate::clock::Timestamp;
use crate::deliveries::{Delivery, State};
use crate::storage::columns::PublicId;
use crate::storage::{CampaignId, Conn, DeliveryId, StoreError, binds, prepared, round_up};

/// What the late check knows of a claimed delivery besides its subscription.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Standing {
    /// What stands above it.
    #[diesel(embed)]
    pub above: Above,
    /// Its own state.
    #[diesel(sql_type = Text)]
    pub state: State,
    /// The node that holds it.
    #[diesel(sql_type = Nullable<Text>)]
    pub claimed_by: Option<String>,
    /// The recipient; empty after an erasure.
    #[diesel(sql_type = Text)]
    pub address: String,
}

/// What stops every delivery of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Above {
    /// When the operator stopped all sending.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub installation_paused_at: Option<Timestamp>,
    /// When its account was paused.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub account_paused_at: Option<Timestamp>,
    /// The state of its campaign, as its word.
    #[diesel(sql_type = Nullable<Text>)]
    pub campaign_state: Option<String>,
}

impl Above {
    /// Of the installation `i`, an account `a` and a campaign `c`.
    const COLUMNS: &str = "i.sending_paused_at AS installation_paused_at, a.paused_at AS account_paused_at, \
         c.state AS campaign_state";
}

#[derive(QueryableByName)]
struct OfDelivery {
    #[diesel(sql_type = BigInt)]
    id: DeliveryId,
    #[diesel(embed)]
    standing: Standing,
}

#[derive(QueryableByName)]
struct OfCampaign {
    #[diesel(sql_type = PublicId)]
    id: CampaignId,
    #[diesel(embed)]
    above: Above,
}

/// Reads how claimed deliveries stand; one that is gone is missing.
///
/// # Errors
/// When the rows cannot be read.
pub fn standings(conn: &mut Conn, ids: &[DeliveryId]) -> Result<HashMap<DeliveryId, Standing>, StoreError> {
    let sql = format!(
        "SELECT d.id AS id, {}, d.state AS state, d.claimed_by AS claimed_by, d.address AS address \
         FROM deliveries d LEFT JOIN installation i ON i.id = 1 LEFT JOIN accounts a ON a.id = d.account_id \
         LEFT JOIN campaigns c ON c.id = d.campaign_id WHERE d.id IN ({})",
        Above::COLUMNS,
        binds::joined("?", round_up(ids.len()), 1, ", ")
    );
    let rows: Vec<OfDelivery> = prepared(&sql).bind_list::<BigInt, _>(ids, NOBODY).load(conn)?;
    Ok(rows.into_iter().map(|row| (row.id, row.standing)).collect())
}

/// [`standings`] of what `node` claimed a moment ago: their own rows are as they were claimed, and only what stands above
/// them is read. For deliveries of campaigns; one whose campaign is gone is missing.
///
/// # Errors
/// When the rows cannot be read.
pub fn standings_as_claimed(
    conn: &mut Conn,
    node: &str,
    claimed: &[&Delivery],
) -> Result<HashMap<DeliveryId, Standing>, StoreError> {
    let campaigns: BTreeSet<CampaignId> = claimed.iter().filter_map(|delivery| delivery.campaign_id).collect();
    let above = above(conn, &campaigns.into_iter().collect::<Vec<_>>())?;
    let standing = |delivery: &&Delivery| {
        let standing = Standing {
            above: above.get(&delivery.campaign_id?)?.clone(),
            state: State::Claimed,
            claimed_by: Some(node.to_owned()),
            address: delivery.address.as_ref().map(|address| address.as_str().to_owned()).unwrap_or_default(),
        };
        Some((delivery.id, standing))
    };
    Ok(claimed.iter().filter_map(standing).collect())
}

fn above(conn: &mut Conn, campaigns: &[CampaignId]) -> Result<HashMap<CampaignId, Above>, StoreError> {
    let sql = format!(
        "SELECT c.id AS id, {} FROM campaigns c LEFT JOIN installation i ON i.id = 1 \
         LEFT JOIN accounts a ON a.id = c.account_id WHERE c.id IN ({})",
        Above::COLUMNS,
        binds::joined("?", round_up(campaigns.len()), 1, ", ")
    );
    let none = CampaignId(uuid::Uuid::nil());
    let rows: Vec<OfCampaign> = prepared(&sql).bind_list::<PublicId, _>(campaigns, none).load(conn)?;
    Ok(rows.into_iter().map(|row| (row.id, row.above)).collect())
}
