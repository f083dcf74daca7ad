//! Campaigns: writing them and looking at them. What makes them move stands in `campaign_course`.

use actix_web::web::Data;

use super::answer::{Page, Reply, Told, once, read, write};
use super::body::{Body, Parameters, PathId};
use super::caller::Caller;
use super::campaign_content::{CampaignAnswer, CampaignChange, NewCampaign};
use super::problem::Problem;
use crate::app::App;
use crate::campaigns::{self, Campaign, ChangeOutcome, CreateOutcome, DeleteOutcome, State};
use crate::storage::{CampaignId, Conn, StoreError};

/// The campaign with its numbers as they are now.
pub(super) fn answer(conn: &mut Conn, campaign: Campaign) -> Result<CampaignAnswer, StoreError> {
    let counts = campaigns::counts(conn, &campaign)?;
    Ok(CampaignAnswer::of(campaign, counts))
}

fn no_such_list() -> Problem {
    Problem::field("list_id", "names no open list of this account")
}

fn not_a_draft(state: State) -> Problem {
    Problem::conflict(format!("The campaign is {state}. Only a draft can be changed or deleted."))
}

pub(super) async fn create(app: Data<App>, caller: Caller, body: Body<NewCampaign>) -> Told {
    let (now, account_id) = (app.clock.now(), caller.account_id);
    once(&app, &caller, body.hash, move |conn| {
        Ok(match campaigns::create(conn, account_id, &body.value.0, now)? {
            CreateOutcome::Created(campaign) => Ok(Reply::created(&answer(conn, campaign)?)),
            CreateOutcome::NoSuchList => Err(no_such_list()),
        })
    })
    .await
}

pub(super) async fn all(app: Data<App>, caller: Caller, mut parameters: Parameters) -> Told {
    let (limit, cursor) = (parameters.limit(), parameters.cursor::<CampaignId>());
    parameters.done()?;
    read(&app, move |conn| {
        let found = campaigns::of_account(conn, caller.account_id, cursor, limit + 1)?;
        let page = Page::of(found, limit, |campaign| campaign.id.to_string(), |campaign| campaign);
        let items = page.items.into_iter().map(|campaign| answer(conn, campaign)).collect::<Result<_, _>>()?;
        Ok(Ok(Reply::ok(&Page::<CampaignAnswer> { items, next_cursor: page.next_cursor })))
    })
    .await
}

pub(super) async fn show(app: Data<App>, caller: Caller, id: PathId<CampaignId>) -> Told {
    read(&app, move |conn| {
        Ok(match campaigns::find(conn, caller.account_id, id.0)? {
            Some(campaign) => Ok(Reply::ok(&answer(conn, campaign)?)),
            None => Err(Problem::not_found()),
        })
    })
    .await
}

pub(super) async fn change(app: Data<App>, caller: Caller, id: PathId<CampaignId>, body: Body<CampaignChange>) -> Told {
    write(&app, move |conn| {
        let Some(campaign) = campaigns::find(conn, caller.account_id, id.0)? else {
            return Ok(Err(Problem::not_found()));
        };
        let draft = body.value.applied(campaign);
        Ok(match campaigns::change(conn, caller.account_id, id.0, &draft)? {
            ChangeOutcome::Changed(campaign) => Ok(Reply::ok(&answer(conn, campaign)?)),
            ChangeOutcome::NotADraft(state) => Err(not_a_draft(state)),
            ChangeOutcome::NoSuchList => Err(no_such_list()),
            ChangeOutcome::NoSuch => Err(Problem::not_found()),
        })
    })
    .await
}

pub(super) async fn delete(app: Data<App>, caller: Caller, id: PathId<CampaignId>) -> Told {
    let now = app.clock.now();
    write(&app, move |conn| {
        Ok(match campaigns::delete(conn, caller.account_id, id.0, now)? {
            DeleteOutcome::Deleted => Ok(Reply::nothing()),
            DeleteOutcome::NotADraft(state) => Err(not_a_draft(state)),
            DeleteOutcome::NoSuch => Err(Problem::not_found()),
        })
    })
    .await
}
