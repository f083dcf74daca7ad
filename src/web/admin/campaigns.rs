//! `/campaigns`: every campaign of an account, newest first.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::visit::Visit;
use crate::campaigns::{self, Campaign, Counts};
use crate::lists;
use crate::storage::{AccountId, CampaignId, Conn, ListId, StoreError};
use crate::web::error::PageError;
use crate::web::page::{self, Page, Place};

#[derive(Template)]
#[template(path = "admin/campaigns.html")]
struct CampaignsPage {
    page: Page,
    rows: Vec<Row>,
    next: Option<CampaignId>,
}

/// One campaign with what came of it.
pub(super) struct Row {
    pub(super) campaign: Campaign,
    pub(super) list: String,
    pub(super) counts: Counts,
}

/// Where a page begins.
#[derive(Deserialize)]
pub(super) struct Cursor {
    cursor: Option<CampaignId>,
}

const ROWS: usize = 25;

pub(super) async fn all(visit: Visit, query: web::Query<Cursor>) -> Result<HttpResponse, PageError> {
    let (account, cursor) = (visit.account_id()?, query.cursor);
    let mut rows = visit.read(move |conn| rows(conn, account, cursor, ROWS + 1)).await?;
    let next = (rows.len() > ROWS).then(|| rows.get(ROWS - 1).map(|row| row.campaign.id)).flatten();
    rows.truncate(ROWS);
    let page = visit.page_of(Place::Campaigns, "campaigns-title").await?;
    Ok(page::show(&CampaignsPage { page, rows, next }))
}

/// Some campaigns of an account with their lists' names and their counts.
pub(super) fn rows(
    conn: &mut Conn,
    account: AccountId,
    cursor: Option<CampaignId>,
    limit: usize,
) -> Result<Vec<Row>, StoreError> {
    let campaigns = campaigns::of_account(conn, account, cursor, i64::try_from(limit).unwrap_or(i64::MAX))?;
    let mut names: HashMap<ListId, String> = HashMap::new();
    let mut rows = Vec::new();
    for campaign in campaigns {
        let list = match names.get(&campaign.list_id) {
            Some(name) => name.clone(),
            None => {
                let list = lists::find_even_closed(conn, account, campaign.list_id)?;
                let name = list.map(|list| list.name).unwrap_or_default();
                names.insert(campaign.list_id, name.clone());
                name
            }
        };
        let counts = campaigns::counts(conn, &campaign)?;
        rows.push(Row { campaign, list, counts });
    }
    Ok(rows)
}
