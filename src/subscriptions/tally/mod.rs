//! What was counted of signups and of the mails that ask: by form, list, account, network and installation.
//!
//! Counts stand in the database (`ceilings`), so that they hold across restarts and nodes. What they lead to is decided
//! by pure functions in [`step`].

mod networks;
mod step;

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::ceilings;
use crate::keyring::Keyring;
use crate::storage::{AccountId, Conn, FormId, ListId, StoreError, Timestamp};

use networks::{Reach, networks};
pub use step::{Demand, Step};
pub(super) use step::{Treatment, demand, treat};

const HOUR: TimeDelta = TimeDelta::hours(1);
const WEEK: TimeDelta = TimeDelta::days(7);
/// The name under which the whole installation is counted.
const INSTALLATION: &str = "installation";

/// Where a signup happens.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) form: Option<FormId>,
    pub(super) list: ListId,
    pub(super) account: AccountId,
    /// The network address; empty where there is none.
    pub(super) network: String,
}

/// What happened in the last hour, and what is usual in one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rate {
    pub(super) tried: i64,
    pub(super) mailed: i64,
    pub(super) usual: i64,
}

/// What one network did in the last hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NetworkRate {
    pub(super) tried: i64,
    pub(super) mailed: i64,
    /// Whether it is a whole IPv6 site.
    pub(super) is_site: bool,
}

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) form: Option<Rate>,
    pub(super) list: Rate,
    pub(super) account: Rate,
    pub(super) installation: Rate,
    pub(super) networks: Vec<NetworkRate>,
    /// How many people of the form said in a week that they did not ask.
    pub(super) unwanted: i64,
    /// How many mails the form sent in a week.
    pub(super) mailed_a_week: i64,
}

fn tried(of: &str) -> String {
    format!("tried/{of}")
}

fn mailed(of: &str) -> String {
    format!("mailed/{of}")
}

/// The name under which "I did not ask for this" counts against a form.
pub(super) fn unwanted_name(form: FormId) -> String {
    format!("unwanted/form/{form}")
}

impl Place {
    fn form_name(&self) -> Option<String> {
        self.form.map(|form| format!("form/{form}"))
    }

    fn list_name(&self) -> String {
        format!("list/{}", self.list)
    }

    fn account_name(&self) -> String {
        format!("account/{}", self.account)
    }

    fn network_names(&self, keys: &Keyring) -> Vec<(String, bool)> {
        let name = |(reach, text): (Reach, String)| (ceilings::name(keys, reach.word(), &text), reach == Reach::Six48);
        networks(&self.network).into_iter().map(name).collect()
    }

    /// What has a usual hour.
    fn lasting_names(&self) -> Vec<String> {
        let own = [self.list_name(), self.account_name(), INSTALLATION.to_owned()];
        self.form_name().into_iter().chain(own).collect()
    }
}

/// Reads what was counted for a place.
pub(super) fn read(conn: &mut Conn, keys: &Keyring, place: &Place, now: Timestamp) -> Result<Tally, StoreError> {
    let (lasting, networks) = (place.lasting_names(), place.network_names(keys));
    let all = lasting.iter().chain(networks.iter().map(|(name, _)| name));
    let names: Vec<String> = all.flat_map(|name| [tried(name), mailed(name)]).collect();
    let hour = ceilings::hits_of(conn, &names, HOUR, now)?;
    let mailed_names: Vec<String> = lasting.iter().map(|name| mailed(name)).collect();
    let usual = ceilings::usual_an_hour(conn, &mailed_names, now)?;
    let rate = |name: &str| Rate {
        tried: count(&hour, &tried(name)),
        mailed: count(&hour, &mailed(name)),
        usual: count(&usual, &mailed(name)),
    };
    let week = match place.form {
        Some(form) => week(conn, form, now)?,
        None => (0, 0),
    };
    Ok(Tally {
        form: place.form_name().map(|name| rate(&name)),
        list: rate(&place.list_name()),
        account: rate(&place.account_name()),
        installation: rate(INSTALLATION),
        networks: networks
            .iter()
            .map(|(name, is_site)| {
                let Rate { tried, mailed, .. } = rate(name);
                NetworkRate { tried, mailed, is_site: *is_site }
            })
            .collect(),
        unwanted: week.0,
        mailed_a_week: week.1,
    })
}

/// What a form brought in a week: people who did not ask, and, only when there are some, its mails.
fn week(conn: &mut Conn, form: FormId, now: Timestamp) -> Result<(i64, i64), StoreError> {
    let unwanted = ceilings::hits(conn, &unwanted_name(form), WEEK, now)?;
    let mails = if unwanted > 0 { ceilings::hits(conn, &mailed(&format!("form/{form}")), WEEK, now)? } else { 0 };
    Ok((unwanted, mails))
}

fn count(sums: &BTreeMap<String, i64>, name: &str) -> i64 {
    sums.get(name).copied().unwrap_or_default()
}

/// Counts a signup that came, whatever becomes of it, and the mail that it brings, if any.
///
/// The last thing that a transaction does (see `ceilings::hit_all`).
pub(super) fn record(
    conn: &mut Conn,
    keys: &Keyring,
    place: &Place,
    is_mailed: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let networks = place.network_names(keys).into_iter().map(|(name, _)| name);
    let passing: Vec<String> = networks.collect();
    let lasting = place.lasting_names();
    let mut names: Vec<String> = lasting.iter().chain(&passing).map(|name| tried(name)).collect();
    if !is_mailed {
        return ceilings::hit_all(conn, &names, &[], now);
    }
    names.extend(passing.iter().map(|name| mailed(name)));
    let by_days: Vec<String> = lasting.iter().map(|name| mailed(name)).collect();
    ceilings::hit_all(conn, &names, &by_days, now)
}
