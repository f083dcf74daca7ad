//! `/`: the state of things, and what needs doing.

use actix_web::HttpResponse;
use askama::Template;
use chrono::TimeDelta;

use super::campaign::draw;
use super::campaigns::{Row, rows};
use super::visit::Visit;
use crate::accounts::{self, Account, installation};
use crate::bounces::{self, Bounce};
use crate::campaigns::{self, Minute, State};
use crate::forms;
use crate::lists::{self, List};
use crate::pacing::{Provider, lanes};
use crate::sending_domains;
use crate::storage::{AccountId, Conn, FormId, ListId, StoreError, Timestamp};
use crate::subscriptions::{self, Counts, Movement, floods};
use crate::web::curve::Curve;
use crate::web::error::PageError;
use crate::web::page::{self, Page, Place, see_other};

#[derive(Template)]
#[template(path = "admin/home.html")]
struct HomePage {
    page: Page,
    todos: Vec<Todo>,
    lists: Vec<Standing>,
    under_way: Vec<(Row, Option<Curve>)>,
    bounces: Vec<Bounce>,
}

/// One list, as it stands and as it moved in thirty days.
struct Standing {
    list: List,
    counts: Counts,
    movement: Movement,
}

/// Something that needs doing, and where.
struct Todo {
    text: String,
    href: String,
}

/// What is read for the page.
struct Found {
    account: Option<Account>,
    pause: Option<String>,
    oldest_due_at: Option<Timestamp>,
    lists: Vec<Standing>,
    unverified: Vec<String>,
    under_way: Vec<(Row, Vec<Minute>)>,
    bounces: Vec<Bounce>,
    /// Providers that refuse what this account sends, for now.
    refused_by: Vec<String>,
    /// The flooded forms: title, list and form.
    flooded: Vec<(String, ListId, FormId)>,
}

/// Growth is told over this time.
const GROWTH: TimeDelta = TimeDelta::days(30);
/// Campaigns that are looked through for those under way.
const CAMPAIGNS: usize = 20;
const BOUNCES: i64 = 5;
const FLOODS: i64 = 10;
/// Mail that is due for longer than this says that the relay is away.
const LATE: TimeDelta = TimeDelta::minutes(10);

pub(super) async fn show(visit: Visit) -> Result<HttpResponse, PageError> {
    if visit.user.is_operator() {
        return Ok(see_other("/operator"));
    }
    let (account, now) = (visit.account_id()?, visit.now);
    let found = visit.read(move |conn| read(conn, account, now)).await?;
    let todos = todos(&visit, &found);
    let under_way = found.under_way.into_iter();
    let texts = visit.texts();
    Ok(page::show(&HomePage {
        page: visit.page_of(Place::Home, "home-title").await?,
        todos,
        lists: found.lists,
        under_way: under_way
            .map(|(row, minutes)| {
                let curve = draw(&row.campaign, &minutes, now, texts);
                (row, curve)
            })
            .collect(),
        bounces: found.bounces,
    }))
}

fn read(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<Found, StoreError> {
    let mut standing = Vec::new();
    let mut unverified = Vec::new();
    for list in lists::of_account(conn, account)? {
        let counts = subscriptions::counts(conn, account, list.id)?;
        let movement = subscriptions::movement(conn, account, list.id, now - GROWTH)?;
        let domain = list.from_address.receiving_domain().to_owned();
        let known = sending_domains::find_for(conn, account, &domain)?;
        if !known.is_some_and(|domain| domain.is_verified()) && !unverified.contains(&domain) {
            unverified.push(domain);
        }
        standing.push(Standing { list, counts, movement });
    }
    let mut under_way = Vec::new();
    for row in rows(conn, account, None, CAMPAIGNS)? {
        if matches!(row.campaign.state, State::Scheduled | State::Sending | State::Paused) {
            let minutes = campaigns::curve(conn, row.campaign.id)?;
            under_way.push((row, minutes));
        }
    }
    Ok(Found {
        account: accounts::find(conn, account)?,
        pause: installation::sending_pause(conn)?,
        oldest_due_at: installation::oldest_due(conn, now)?,
        lists: standing,
        unverified,
        under_way,
        bounces: bounces::page(conn, account, None, BOUNCES)?,
        refused_by: refused_by(conn, account, now)?,
        flooded: flooded(conn, account)?,
    })
}

/// The lanes that stand still for this account alone.
fn refused_by(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<Vec<String>, StoreError> {
    let lanes = lanes::of_account(conn, account)?.into_iter();
    let stopped = lanes.filter(|(_, lane)| lane.state.permille(now) == 0);
    Ok(stopped.map(|((_, lane), _)| Provider::by_name(&lane).map_or(lane, |found| found.title.clone())).collect())
}

fn flooded(conn: &mut Conn, account: AccountId) -> Result<Vec<(String, ListId, FormId)>, StoreError> {
    let mut found = Vec::new();
    for flood in floods::open_floods(conn, Some(account), FLOODS)? {
        let form = forms::find(conn, account, flood.form_id)?;
        found.extend(form.map(|form| (form.wording.title, form.list_id, form.id)));
    }
    Ok(found)
}

fn todos(visit: &Visit, found: &Found) -> Vec<Todo> {
    let texts = visit.texts();
    let todo = |text: String, href: &str| Todo { text, href: href.to_owned() };
    let mut todos = Vec::new();
    if let Some(reason) = &found.pause {
        todos.push(todo(texts.say1("todo-sending-paused", "name", reason), ""));
    }
    if found.oldest_due_at.is_some_and(|due| visit.now.since(due) > LATE) {
        todos.push(todo(texts.say("todo-relay-away"), ""));
    }
    if let Some(account) = &found.account {
        if account.is_paused() {
            let reason = account.pause_reason.clone().unwrap_or_default();
            todos.push(todo(texts.say1("todo-account-paused", "name", reason), ""));
        }
        if account.postal_address.trim().is_empty() {
            todos.push(todo(texts.say("todo-postal-address"), "/settings"));
        }
    }
    todos.extend(found.refused_by.iter().map(|name| todo(texts.say1("todo-lane-blocked", "name", name), "/campaigns")));
    for (title, list, form) in &found.flooded {
        todos.push(todo(texts.say1("todo-flood", "name", title), &format!("/lists/{list}/forms/{form}")));
    }
    if !visit.app.settings.allows_unverified_domains {
        let each = found.unverified.iter();
        todos.extend(each.map(|domain| todo(texts.say1("todo-domain", "name", domain), "/settings#domains")));
    }
    if found.lists.is_empty() {
        todos.push(todo(texts.say("todo-first-list"), "/lists/new"));
    }
    todos
}
