//! The campaigns in the database.

use diesel::prelude::*;

use super::{BodyFormat, Campaign, Content, State};
use crate::clock::Timestamp;
use crate::mail::EmailAddress;
use crate::pacing::Plan;
use crate::storage::columns::PublicId;
use crate::storage::schema::{accounts, campaigns, lists, subscriptions};
use crate::storage::{AccountId, CampaignId, Conn, ListId, StoreError, dialect};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = campaigns)]
pub(super) struct Row {
    id: CampaignId,
    account_id: AccountId,
    list_id: ListId,
    subject: String,
    preheader: String,
    body_format: BodyFormat,
    body: String,
    body_text: Option<String>,
    state: State,
    paused_reason: Option<String>,
    start_at: Option<Timestamp>,
    plan: Option<String>,
    audience: i64,
    frozen: i64,
    frozen_at: Option<Timestamp>,
    created_at: Timestamp,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
}

impl Row {
    pub(super) fn campaign(self) -> Result<Campaign, StoreError> {
        let unreadable = || StoreError::Refused("the plan of a campaign cannot be read".to_owned());
        let plan = self.plan.map(|plan| Plan::read(&plan).ok_or_else(unreadable)).transpose()?;
        Ok(Campaign {
            id: self.id,
            account_id: self.account_id,
            list_id: self.list_id,
            content: Content {
                subject: self.subject,
                preheader: self.preheader,
                body_format: self.body_format,
                body: self.body,
                body_text: self.body_text,
            },
            state: self.state,
            paused_reason: self.paused_reason,
            start_at: self.start_at,
            plan,
            audience: self.audience,
            frozen_at: self.frozen_at,
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
        })
    }
}

/// The campaign `id` of this account.
///
/// # Errors
/// When the database cannot do it.
pub fn find(conn: &mut Conn, account_id: AccountId, id: CampaignId) -> Result<Option<Campaign>, StoreError> {
    let row = campaigns::table
        .filter(campaigns::account_id.eq(account_id))
        .filter(campaigns::id.eq(id))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Row::campaign).transpose()
}

/// [`find`] for a use case that is going to change it: nobody else does before this transaction ends.
pub(super) fn find_held(
    conn: &mut Conn,
    account_id: AccountId,
    id: CampaignId,
) -> Result<Option<Campaign>, StoreError> {
    hold(conn, id)?;
    find(conn, account_id, id)
}

/// Takes the row; what is read afterwards is what was committed last.
pub(super) fn hold(conn: &mut Conn, id: CampaignId) -> Result<(), StoreError> {
    let sql = format!("SELECT id FROM campaigns WHERE id = $1{}", dialect::hold_row(conn));
    diesel::sql_query(sql).bind::<PublicId, _>(id).execute(conn)?;
    Ok(())
}

/// The campaigns of this account, newest first, from the one before `cursor`, at most `limit`.
///
/// # Errors
/// When the database cannot do it.
pub fn of_account(
    conn: &mut Conn,
    account_id: AccountId,
    cursor: Option<CampaignId>,
    limit: i64,
) -> Result<Vec<Campaign>, StoreError> {
    let mut query = campaigns::table
        .filter(campaigns::account_id.eq(account_id))
        .order(campaigns::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(cursor) = cursor {
        query = query.filter(campaigns::id.lt(cursor));
    }
    query.load(conn)?.into_iter().map(Row::campaign).collect()
}

pub(super) fn insert(conn: &mut Conn, campaign: &Campaign) -> Result<(), StoreError> {
    let content = campaign.content.clone();
    let row = Row {
        id: campaign.id,
        account_id: campaign.account_id,
        list_id: campaign.list_id,
        subject: content.subject,
        preheader: content.preheader,
        body_format: content.body_format,
        body: content.body,
        body_text: content.body_text,
        state: campaign.state,
        paused_reason: None,
        start_at: None,
        plan: None,
        audience: 0,
        frozen: 0,
        frozen_at: None,
        created_at: campaign.created_at,
        started_at: None,
        finished_at: None,
    };
    diesel::insert_into(campaigns::table).values(&row).execute(conn)?;
    Ok(())
}

/// Writes what a draft says; touches nothing that is no draft any more.
pub(super) fn write_draft(conn: &mut Conn, campaign: &Campaign) -> Result<(), StoreError> {
    let content = &campaign.content;
    diesel::update(campaigns::table.filter(campaigns::id.eq(campaign.id)).filter(campaigns::state.eq(State::Draft)))
        .set((
            campaigns::list_id.eq(campaign.list_id),
            campaigns::subject.eq(&content.subject),
            campaigns::preheader.eq(&content.preheader),
            campaigns::body_format.eq(content.body_format),
            campaigns::body.eq(&content.body),
            campaigns::body_text.eq(content.body_text.as_deref()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes where the campaign stands, its plan and its expected audience, if it still stands at `before`.
///
/// The one row that pausing, resuming, cancelling and a change of pace touch; false when another writer moved it first.
pub(super) fn move_on(conn: &mut Conn, campaign: &Campaign, before: State) -> Result<bool, StoreError> {
    let changed =
        diesel::update(campaigns::table.filter(campaigns::id.eq(campaign.id)).filter(campaigns::state.eq(before)))
            .set((
                campaigns::state.eq(campaign.state),
                campaigns::paused_reason.eq(campaign.paused_reason.as_deref()),
                campaigns::start_at.eq(campaign.start_at),
                campaigns::plan.eq(campaign.plan.as_ref().map(Plan::written)),
                campaigns::audience.eq(campaign.audience),
                campaigns::finished_at.eq(campaign.finished_at),
            ))
            .execute(conn)?;
    Ok(changed == 1)
}

pub(super) fn delete(conn: &mut Conn, campaign: &Campaign) -> Result<(), StoreError> {
    diesel::delete(campaigns::table.filter(campaigns::id.eq(campaign.id)).filter(campaigns::state.eq(State::Draft)))
        .execute(conn)?;
    Ok(())
}

/// Whether the account has this list and did not close it.
pub(super) fn has_open_list(conn: &mut Conn, account_id: AccountId, id: ListId) -> Result<bool, StoreError> {
    let open = lists::table
        .filter(lists::account_id.eq(account_id))
        .filter(lists::id.eq(id))
        .filter(lists::closed_at.is_null());
    Ok(open.count().get_result::<i64>(conn)? > 0)
}

/// What preflight wants to know of a campaign's account and list.
pub(super) struct Standing {
    pub(super) postal_address: String,
    pub(super) account_pause: Option<String>,
    pub(super) from_address: EmailAddress,
    pub(super) is_list_closed: bool,
    pub(super) confirmed: i64,
}

pub(super) fn standing(conn: &mut Conn, campaign: &Campaign) -> Result<Standing, StoreError> {
    let (postal_address, paused_at, pause_reason): (String, Option<Timestamp>, Option<String>) = accounts::table
        .filter(accounts::id.eq(campaign.account_id))
        .select((accounts::postal_address, accounts::paused_at, accounts::pause_reason))
        .first(conn)?;
    let (from_address, closed_at): (String, Option<Timestamp>) = lists::table
        .filter(lists::id.eq(campaign.list_id))
        .select((lists::from_address, lists::closed_at))
        .first(conn)?;
    Ok(Standing {
        postal_address,
        account_pause: paused_at.map(|_| pause_reason.unwrap_or_default()),
        from_address: from_address.parse().map_err(|error| StoreError::Refused(format!("a From address {error}")))?,
        is_list_closed: closed_at.is_some(),
        confirmed: confirmed(conn, campaign.list_id)?,
    })
}

fn confirmed(conn: &mut Conn, list_id: ListId) -> Result<i64, StoreError> {
    Ok(subscriptions::table
        .filter(subscriptions::list_id.eq(list_id))
        .filter(subscriptions::state.eq(crate::subscriptions::State::Confirmed))
        .count()
        .get_result(conn)?)
}
