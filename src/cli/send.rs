//! `estampille send`

use std::time::Duration;

use clap::Args;

use super::context::Context;
use super::progress;
use super::stop::Stop;
use crate::accounts;
use crate::app::App;
use crate::campaigns::{self, Campaign, Counts, State};
use crate::storage::{CampaignId, Conn, StoreError};

/// How often the numbers are read again.
const STEP: Duration = Duration::from_secs(1);

#[derive(Args)]
pub(super) struct Send {
    /// The campaign
    #[arg(long, value_name = "ID")]
    campaign: CampaignId,
    /// Follow it until it has ended; without this its numbers are printed once
    #[arg(long)]
    wait: bool,
}

pub(super) fn run(args: &Send, context: &Context) -> Result<(), Stop> {
    let app = context.ready_app()?;
    let (campaign, counts) = look(&app, args.campaign)?;
    let (campaign, counts) = if args.wait { follow(&app, &campaign, counts)? } else { (campaign, counts) };
    let numbers = serde_json::json!({
        "campaign_id": campaign.id, "state": campaign.state, "paused_reason": campaign.paused_reason, "counts": counts,
    });
    println!("{numbers}");
    Ok(())
}

/// Follows a campaign to its end. One that waits for somebody (a draft, a pause) ends the wait with the reason.
fn follow(app: &App, campaign: &Campaign, counts: Counts) -> Result<(Campaign, Counts), Stop> {
    let bar = progress::bar(u64::try_from(counts.audience).unwrap_or(0));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let id = campaign.id;
    let ended = loop {
        let (campaign, counts) = look(app, id)?;
        bar.set_length(u64::try_from(counts.audience).unwrap_or(0));
        let done = counts.accepted + counts.failed + counts.skipped;
        bar.set_position(u64::try_from(done).unwrap_or(0));
        bar.set_message(format!("{} deferred, {} failed, {} bounced", counts.deferred, counts.failed, counts.bounced));
        match campaign.state {
            State::Finished => break Ok((campaign, counts)),
            State::Scheduled | State::Sending => runtime.block_on(async { tokio::time::sleep(STEP).await }),
            State::Draft => break Err(Stop::NotSo("the campaign is a draft: schedule it first".to_owned())),
            State::Cancelled => break Err(Stop::NotSo("the campaign was cancelled".to_owned())),
            State::Paused => {
                let reason = campaign.paused_reason.unwrap_or_default();
                break Err(Stop::TryAgain(format!("the campaign is paused: {reason}")));
            }
        }
    };
    bar.finish_and_clear();
    ended
}

fn look(app: &App, id: CampaignId) -> Result<(Campaign, Counts), Stop> {
    let found = app.db.read_blocking(|conn| {
        let Some(campaign) = find(conn, id)? else { return Ok(None) };
        let counts = campaigns::counts(conn, &campaign)?;
        Ok(Some((campaign, counts)))
    })?;
    found.ok_or_else(|| Stop::NotSo(format!("there is no campaign {id}")))
}

/// Whosesoever it is: who may run this command may see every account.
fn find(conn: &mut Conn, id: CampaignId) -> Result<Option<Campaign>, StoreError> {
    for account in accounts::all(conn)? {
        if let Some(campaign) = campaigns::find(conn, account.id, id)? {
            return Ok(Some(campaign));
        }
    }
    Ok(None)
}
