//! A signup by a form: the same answer whatever is known of the address (CON-11), and a form that demands more the more
//! it is asked (CON-10, A11Y-02).

use super::ask::{Pace, ask};
use super::signup::{NETWORK_PAUSE, Signup, place};
use super::tally::{self, Demand, Place, Tally, Treatment, demand, treat};
use super::{floods, requests};
use crate::consent;
use crate::forms::pass::{LIFETIME_SECONDS, Proof};
use crate::keyring::Keyring;
use crate::lists::{self, List};
use crate::storage::{AccountId, Conn, FormId, ListId, StoreError, Timestamp};

/// What somebody sent by a form.
#[derive(Debug, Clone)]
pub struct FormSignup {
    /// What is asked for; its list is the form's own.
    pub signup: Signup,
    /// The lists that were chosen; none where there was nothing to choose.
    pub lists: Vec<ListId>,
    /// What the form brought along to show that a person sent it.
    pub proof: Proof,
}

/// What became of it. Nothing here says whether the address is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormOutcome {
    /// Taken: a mail may be on its way.
    Taken,
    /// Nothing was taken yet: the form wants to see work or a wait first.
    Demanded {
        /// What it wants to see.
        demand: Demand,
        /// Whether the pass that came along was used before, so that a new one is needed.
        is_spent: bool,
    },
    /// The account has no such open list.
    NoList,
    /// This network signed up too often; it may try again after so many seconds.
    TooMany {
        /// For `Retry-After`.
        retry_after_seconds: i64,
    },
}

/// Takes a signup by a form.
///
/// # Errors
/// When the database cannot do it.
pub fn signup_by_form(
    conn: &mut Conn,
    keys: &Keyring,
    sent: &FormSignup,
    now: Timestamp,
) -> Result<FormOutcome, StoreError> {
    let (asked, place) = (&sent.signup, place(&sent.signup));
    let lists = chosen(conn, asked.account_id, asked.list_id, &sent.lists)?;
    if lists.is_empty() {
        return Ok(FormOutcome::NoList);
    }
    let tally = tally::read(conn, keys, &place, now)?;
    if tally.is_network_too_busy() {
        return Ok(FormOutcome::TooMany { retry_after_seconds: NETWORK_PAUSE.num_seconds() });
    }
    let is_spent = is_spent(conn, &tally, &sent.proof, now)?;
    let treatment = treat(tally.step(), if is_spent { &Proof::Nothing } else { &sent.proof });
    if let Treatment::Demanded(demand) = treatment {
        floods::notice(conn, &place, &tally, now)?;
        tally::record(conn, keys, &place, false, now)?;
        return Ok(FormOutcome::Demanded { demand, is_spent });
    }
    take(conn, keys, asked, (&place, &tally), &lists, now)?;
    Ok(FormOutcome::Taken)
}

fn take(
    conn: &mut Conn,
    keys: &Keyring,
    asked: &Signup,
    (place, tally): (&Place, &Tally),
    lists: &[List],
    now: Timestamp,
) -> Result<(), StoreError> {
    consent::hold(conn, asked.account_id)?;
    let pace: Pace = floods::pace_of(conn, place, tally, now)?;
    let answer = ask(conn, keys, asked, lists, pace, now)?;
    tally::record(conn, keys, place, answer.is_ok(), now)
}

/// The open lists that were chosen, or the form's own.
fn chosen(conn: &mut Conn, account: AccountId, own: ListId, chosen: &[ListId]) -> Result<Vec<List>, StoreError> {
    let ids = if chosen.is_empty() { &[own] } else { chosen };
    let mut open = Vec::new();
    for id in ids {
        open.extend(lists::find(conn, account, *id)?);
    }
    Ok(open)
}

/// Whether the pass proved another signup before; from now on it did. In calm times a pass proves as often as it likes:
/// somebody goes back and corrects something.
fn is_spent(conn: &mut Conn, tally: &Tally, proof: &Proof, now: Timestamp) -> Result<bool, StoreError> {
    let (Proof::Shown { pass_hash, .. }, Some(_)) = (proof, demand(tally.step())) else { return Ok(false) };
    if matches!(treat(tally.step(), proof), Treatment::Demanded(_)) {
        return Ok(false);
    }
    let expires_at = now + chrono::TimeDelta::seconds(LIFETIME_SECONDS);
    Ok(!requests::spend_pass(conn, pass_hash, expires_at)?)
}

/// What a form demands at this moment of somebody at this network: what its page asks for before anything is sent.
///
/// # Errors
/// When the database cannot be read.
pub fn demanded_now(
    conn: &mut Conn,
    keys: &Keyring,
    form: (FormId, ListId, AccountId),
    network: &str,
    now: Timestamp,
) -> Result<Option<Demand>, StoreError> {
    let (form, list, account) = form;
    let place = Place { form: Some(form), list, account, network: network.to_owned() };
    Ok(demand(tally::read(conn, keys, &place, now)?.step()))
}
