//! Writing a campaign: it can be changed and deleted while it is a draft, and never after.

use serde::{Deserialize, Serialize};

use super::{BodyFormat, Campaign, State, store};
use crate::clock::Timestamp;
use crate::deliveries;
use crate::storage::{AccountId, CampaignId, Conn, ListId, StoreError};

/// What a campaign says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The subject line, a template.
    pub subject: String,
    /// The line that mail programs show beside the subject; empty for none.
    pub preheader: String,
    /// How [`Content::body`] is written.
    pub body_format: BodyFormat,
    /// The body, a template.
    pub body: String,
    /// The plain-text part; made from the body when absent.
    pub body_text: Option<String>,
}

/// A draft to be kept: for which list, saying what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The list whose confirmed subscribers shall get it.
    pub list_id: ListId,
    /// What it says.
    pub content: Content,
}

/// What came of [`create`].
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one is made for each request, and it is matched at once")]
pub enum CreateOutcome {
    /// The draft is kept.
    Created(Campaign),
    /// The account has no such list, or closed it.
    NoSuchList,
}

/// What came of [`change`].
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one is made for each request, and it is matched at once")]
pub enum ChangeOutcome {
    /// The draft as it reads now.
    Changed(Campaign),
    /// It was scheduled or sent meanwhile; nothing changed.
    NotADraft(State),
    /// The account has no such list, or closed it; nothing changed.
    NoSuchList,
    /// The account has no such campaign.
    NoSuch,
}

/// What came of [`delete`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteOutcome {
    /// It is gone.
    Deleted,
    /// It was scheduled or sent; its record stays.
    NotADraft(State),
    /// The account has no such campaign.
    NoSuch,
}

/// Keeps a new draft.
///
/// # Errors
/// When the database cannot do it.
pub fn create(
    conn: &mut Conn,
    account_id: AccountId,
    draft: &Draft,
    now: Timestamp,
) -> Result<CreateOutcome, StoreError> {
    if !store::has_open_list(conn, account_id, draft.list_id)? {
        return Ok(CreateOutcome::NoSuchList);
    }
    let campaign = Campaign {
        id: CampaignId::new(),
        account_id,
        list_id: draft.list_id,
        content: draft.content.clone(),
        state: State::Draft,
        paused_reason: None,
        start_at: None,
        plan: None,
        audience: 0,
        frozen_at: None,
        created_at: now,
        started_at: None,
        finished_at: None,
    };
    store::insert(conn, &campaign)?;
    Ok(CreateOutcome::Created(campaign))
}

/// Replaces what a draft says and whom it is for.
///
/// # Errors
/// When the database cannot do it.
pub fn change(
    conn: &mut Conn,
    account_id: AccountId,
    id: CampaignId,
    draft: &Draft,
) -> Result<ChangeOutcome, StoreError> {
    let Some(campaign) = store::find(conn, account_id, id)? else { return Ok(ChangeOutcome::NoSuch) };
    if campaign.state != State::Draft {
        return Ok(ChangeOutcome::NotADraft(campaign.state));
    }
    if !store::has_open_list(conn, account_id, draft.list_id)? {
        return Ok(ChangeOutcome::NoSuchList);
    }
    let changed = Campaign { list_id: draft.list_id, content: draft.content.clone(), ..campaign };
    store::write_draft(conn, &changed)?;
    Ok(ChangeOutcome::Changed(changed))
}

/// Throws a draft away.
///
/// # Errors
/// When the database cannot do it.
pub fn delete(
    conn: &mut Conn,
    account_id: AccountId,
    id: CampaignId,
    now: Timestamp,
) -> Result<DeleteOutcome, StoreError> {
    match store::find(conn, account_id, id)? {
        None => Ok(DeleteOutcome::NoSuch),
        Some(campaign) if campaign.state != State::Draft => Ok(DeleteOutcome::NotADraft(campaign.state)),
        Some(campaign) => {
            deliveries::detach_tests(conn, id, now)?;
            store::delete(conn, &campaign)?;
            Ok(DeleteOutcome::Deleted)
        }
    }
}
