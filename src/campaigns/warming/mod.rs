//! What the warm-up of its sender means for a campaign: before it is sent, and while it is.

mod store;

use crate::clock::Timestamp;
use crate::pacing::warm_up::{self, Ramp, Ramps, Sender};
use crate::pacing::{Hours, Provider};
use crate::storage::{AccountId, CampaignId, Conn, ListId, StoreError};

/// What a provider takes of a list whose sender is warmed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// Who receives.
    pub provider: String,
    /// The domain that is warmed up.
    pub domain: String,
    /// The most that goes today.
    pub ceiling: i64,
    /// About how many readers of the list are there.
    pub readers: i64,
    /// When the last of them has it, if every day stays quiet; none when that is too far away to say.
    pub until: Option<Timestamp>,
}

/// The warm-ups of the sender of a campaign.
pub(super) struct Warming {
    domain: String,
    account: AccountId,
    ramps: Ramps,
}

impl Warming {
    /// Those of the campaign; none when its sender is not warmed up.
    pub(super) fn of(
        conn: &mut Conn,
        (account, campaign): (AccountId, CampaignId),
        now: Timestamp,
    ) -> Result<Option<Self>, StoreError> {
        let Some(ramps) = warm_up::of_account(conn, account, now)? else { return Ok(None) };
        let domain = store::from_domain(conn, campaign)?;
        Ok(domain.map(|domain| Self { domain, account, ramps }))
    }

    /// The domain that is warmed up.
    pub(super) fn domain(&self) -> &str {
        &self.domain
    }

    /// How far it is in a lane; none where there is no ceiling.
    pub(super) fn ramp(&self, lane: &str, now: Timestamp) -> Option<Ramp> {
        self.ramps.get(&Sender::new(self.account, &self.domain, lane), now)
    }
}

/// The campaigns that are being sent, each with its account.
///
/// # Errors
/// When the database cannot be read.
pub fn going(conn: &mut Conn) -> Result<Vec<(AccountId, CampaignId)>, StoreError> {
    store::going(conn)
}

/// The providers that will take a campaign to this list more slowly than it might go, because its sender is new there,
/// the slowest first. All readers are counted, and only the latest are looked at one by one.
///
/// # Errors
/// When the database cannot be read.
pub fn forecast(
    conn: &mut Conn,
    (account, list): (AccountId, ListId),
    hours: Option<Hours>,
    now: Timestamp,
) -> Result<Vec<Forecast>, StoreError> {
    let Some(ramps) = warm_up::of_account(conn, account, now)? else { return Ok(Vec::new()) };
    let Some(domain) = store::domain_of_list(conn, list)? else { return Ok(Vec::new()) };
    let mut forecasts = Vec::new();
    for (lane, readers) in store::readers_by_lane(conn, list)? {
        let Some(ramp) = ramps.get(&Sender::new(account, &domain, &lane), now) else { continue };
        let left = ramp.day.ceiling - ramp.day.tried;
        if let Some(provider) = Provider::by_name(&lane).filter(|_| readers > left) {
            let until = ramp.outlook(readers, Hours::open_of_a_day(hours), now);
            let (provider, ceiling) = (provider.title.clone(), ramp.day.ceiling);
            forecasts.push(Forecast { provider, domain: domain.clone(), ceiling, readers, until });
        }
    }
    forecasts.sort_by_key(|forecast| -forecast.readers);
    Ok(forecasts)
}
