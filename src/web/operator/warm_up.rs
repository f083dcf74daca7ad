//! Warm-up of new senders: switched on and off, domains that are taken as warm, and who waits for it.

use actix_web::HttpResponse;
use serde::Deserialize;

use crate::accounts;
use crate::accounts::warm_up::{Chosen, Switch};
use crate::campaigns::{self, Hold, Why};
use crate::pacing::warm_up;
use crate::storage::{AccountId, CampaignId, Conn, StoreError, Timestamp};
use crate::texts::Texts;
use crate::web::admin::visit::{Id, Sent};
use crate::web::error::PageError;
use crate::web::page::see_other;

/// A campaign that waits for the warm-up of its sender in a lane.
pub(super) struct Held {
    pub(super) account: String,
    pub(super) subject: String,
    pub(super) lane: String,
    pub(super) domain: String,
    pub(super) ceiling: i64,
    pub(super) sent: i64,
    pub(super) waiting: i64,
    pub(super) until: Option<Timestamp>,
}

/// What the page of lanes shows of warm-up.
pub(super) struct WarmUpPart {
    pub(super) chosen: Chosen,
    pub(super) held: Vec<Held>,
}

impl WarmUpPart {
    pub(super) fn read(conn: &mut Conn, now: Timestamp) -> Result<Self, StoreError> {
        let chosen = accounts::warm_up::chosen_by_installation(conn)?;
        let mut held = Vec::new();
        for (account, id) in campaigns::going(conn)? {
            held.extend(held_of(conn, account, id, now)?);
        }
        held.sort_by_key(|held| -held.waiting);
        Ok(Self { chosen, held })
    }

    /// Whether this is the word that the operator chose; none for none.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.chosen.word.map_or("", Switch::word) == word
    }

    pub(super) fn until(&self, held: &Held, texts: &Texts) -> String {
        crate::web::admin::campaign::warm_up_until(held.until, *texts)
    }
}

fn held_of(conn: &mut Conn, account: AccountId, id: CampaignId, now: Timestamp) -> Result<Vec<Held>, StoreError> {
    let Some(campaign) = campaigns::find(conn, account, id)? else { return Ok(Vec::new()) };
    let held = |Hold { lane, why, waiting, .. }: Hold| match why {
        Why::WarmUp { domain, ceiling, sent, until } => Some(Held {
            account: String::new(),
            subject: campaign.content.subject.clone(),
            lane,
            domain,
            ceiling,
            sent,
            waiting,
            until,
        }),
        Why::Stopped(_) | Why::Slowed(_) | Why::Ceiling(_) => None,
    };
    let mut all: Vec<Held> = campaigns::holds(conn, &campaign, now)?.into_iter().filter_map(held).collect();
    if !all.is_empty() {
        let name = accounts::find(conn, account)?.map(|account| account.name).unwrap_or_default();
        all.iter_mut().for_each(|held| held.account.clone_from(&name));
    }
    Ok(all)
}

/// The operator's word; empty for none.
#[derive(Deserialize)]
pub(super) struct SwitchForm {
    #[serde(default)]
    word: String,
}

impl SwitchForm {
    /// The outer none is for what is no word.
    fn read(&self) -> Option<Option<Switch>> {
        if self.word.is_empty() { Some(None) } else { self.word.parse().ok().map(Some) }
    }
}

pub(super) async fn switch(sent: Sent<SwitchForm>) -> Result<HttpResponse, PageError> {
    let (now, visit) = (sent.visit.now, &sent.visit);
    visit.user.must_be_operator()?;
    let (by, Some(word)) = (visit.user.actor(), sent.fields.read()) else { return Err(PageError::NotFound) };
    visit.write(move |conn| warm_up::switch(conn, word, by, now)).await?;
    Ok(see_other("/operator/lanes?done=warm-up-set"))
}

pub(super) async fn switch_account(id: Id<AccountId>, sent: Sent<SwitchForm>) -> Result<HttpResponse, PageError> {
    let (now, visit) = (sent.visit.now, &sent.visit);
    visit.user.must_be_operator()?;
    let (by, Some(word)) = (visit.user.actor(), sent.fields.read()) else { return Err(PageError::NotFound) };
    let is_done = visit.write(move |conn| warm_up::switch_account(conn, id.0, word, by, now)).await?;
    if is_done { Ok(see_other("/operator?done=warm-up-set")) } else { Err(PageError::NotFound) }
}

/// A sending domain that is warm already, or shall begin anew.
#[derive(Deserialize)]
pub(super) struct DomainForm {
    #[serde(default)]
    domain: String,
    is_warm: Option<String>,
}

pub(super) async fn set_domain(id: Id<AccountId>, sent: Sent<DomainForm>) -> Result<HttpResponse, PageError> {
    let (now, visit) = (sent.visit.now, &sent.visit);
    visit.user.must_be_operator()?;
    let (by, domain, is_warm) = (visit.user.actor(), sent.fields.domain.clone(), sent.fields.is_warm.is_some());
    if domain.trim().is_empty() {
        return Err(PageError::NotFound);
    }
    let is_done = visit.write(move |conn| warm_up::set_domain(conn, id.0, (&domain, is_warm), by, now)).await?;
    if is_done { Ok(see_other("/operator?done=warm-up-set")) } else { Err(PageError::NotFound) }
}
