//! How soon mail that comes back, or is complained of, has consequences: what the operator allows, and what an account
//! chose within it.
//!
//! Shares are counted in hundredths of a percent, so that 0.08 % is a whole number. An account may only be stricter
//! than the operator: what the operator allows later holds at once for accounts that chose more.

mod store;

use crate::audit::{self, Actor, Entry};
use crate::storage::{AccountId, Conn, StoreError, Timestamp};

/// What the operator allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Dead addresses at which a campaign is paused at the latest, in hundredths of a percent of what was sent.
    pub bounces: i64,
    /// Complaints at which a campaign is paused at the latest, in hundredths of a percent of what was sent.
    pub complaints: i64,
    /// How many soft bounces, at most one a day, end a subscription.
    pub soft_bounces: i64,
    /// Over how many days at least.
    pub soft_bounce_days: i64,
}

/// The brakes of one account, as they are in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brakes {
    /// Dead addresses at which a campaign is paused, in hundredths of a percent.
    pub bounces: i64,
    /// Complaints at which a campaign is paused, in hundredths of a percent.
    pub complaints: i64,
    /// How many deliveries must have been sent before a share means anything.
    pub sample: i64,
}

/// The smallest sample, where the account chose none.
pub const SAMPLE: i64 = 200;
/// Samples that an account may choose: fewer mean nothing, and more come too late.
pub const SAMPLES: (i64, i64) = (50, 2000);

/// Soft bounces that an operator may choose: fewer are not several.
pub const SOFT_BOUNCES: (i64, i64) = (3, 50);
/// Days over which they must lie: people come back from a holiday, and empty their mailbox.
pub const SOFT_BOUNCE_DAYS: (i64, i64) = (15, 180);

/// What shall change of the bounds; what is missing stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BoundsChange {
    /// See [`Bounds::bounces`].
    pub bounces: Option<i64>,
    /// See [`Bounds::complaints`].
    pub complaints: Option<i64>,
    /// See [`Bounds::soft_bounces`].
    pub soft_bounces: Option<i64>,
    /// See [`Bounds::soft_bounce_days`].
    pub soft_bounce_days: Option<i64>,
}

/// What an account wants to choose anew; what is missing stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BrakesChange {
    /// See [`Brakes::bounces`].
    pub bounces: Option<i64>,
    /// See [`Brakes::complaints`].
    pub complaints: Option<i64>,
    /// See [`Brakes::sample`].
    pub sample: Option<i64>,
}

/// A number that is not allowed, and which ones are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfBounds {
    /// Which one.
    pub field: &'static str,
    /// The least that is allowed.
    pub least: i64,
    /// The most that is allowed.
    pub most: i64,
}

/// What came of [`set`] and [`set_bounds`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetOutcome<T> {
    /// What is in force now.
    Set(T),
    /// Nothing was changed: these are not allowed.
    Refused(Vec<OutOfBounds>),
    /// There is no such account.
    NoSuch,
}

/// What the operator allows.
///
/// # Errors
/// When the database cannot be read.
pub fn bounds(conn: &mut Conn) -> Result<Bounds, StoreError> {
    store::bounds(conn)
}

/// The brakes of an account in force; those of the operator where it chose none, or is gone.
///
/// # Errors
/// When the database cannot be read.
pub fn of(conn: &mut Conn, account: AccountId) -> Result<Brakes, StoreError> {
    let (bounds, (bounces, complaints, sample)) = (store::bounds(conn)?, store::chosen(conn, account)?);
    Ok(Brakes {
        bounces: bounces.unwrap_or(bounds.bounces).min(bounds.bounces),
        complaints: complaints.unwrap_or(bounds.complaints).min(bounds.complaints),
        sample: sample.unwrap_or(SAMPLE),
    })
}

/// Changes what the operator allows.
///
/// # Errors
/// When the database refuses.
pub fn set_bounds(
    conn: &mut Conn,
    change: BoundsChange,
    by: Actor,
    now: Timestamp,
) -> Result<SetOutcome<Bounds>, StoreError> {
    let limits = [
        ("bounces", change.bounces, 1, 2000),
        ("complaints", change.complaints, 1, 200),
        ("soft_bounces", change.soft_bounces, SOFT_BOUNCES.0, SOFT_BOUNCES.1),
        ("soft_bounce_days", change.soft_bounce_days, SOFT_BOUNCE_DAYS.0, SOFT_BOUNCE_DAYS.1),
    ];
    let refused = out_of_bounds(&limits);
    if !refused.is_empty() {
        return Ok(SetOutcome::Refused(refused));
    }
    let before = store::bounds(conn)?;
    let bounds = Bounds {
        bounces: change.bounces.unwrap_or(before.bounces),
        complaints: change.complaints.unwrap_or(before.complaints),
        soft_bounces: change.soft_bounces.unwrap_or(before.soft_bounces),
        soft_bounce_days: change.soft_bounce_days.unwrap_or(before.soft_bounce_days),
    };
    store::set_bounds(conn, bounds)?;
    let said = |each: Bounds| {
        let Bounds { bounces, complaints, soft_bounces, soft_bounce_days } = each;
        format!("bounces {bounces}, complaints {complaints}, soft {soft_bounces} over {soft_bounce_days} days")
    };
    let reason = format!("{} (before: {})", said(bounds), said(before));
    audit::record(conn, &Entry::of(by, "brakes.bounds").reason(&reason), now)?;
    Ok(SetOutcome::Set(bounds))
}

/// Changes the brakes of an account, within what the operator allows.
///
/// # Errors
/// When the database refuses.
pub fn set(
    conn: &mut Conn,
    account: AccountId,
    change: BrakesChange,
    by: Actor,
    now: Timestamp,
) -> Result<SetOutcome<Brakes>, StoreError> {
    let bounds = store::bounds(conn)?;
    let limits = [
        ("bounces", change.bounces, 1, bounds.bounces),
        ("complaints", change.complaints, 1, bounds.complaints),
        ("sample", change.sample, SAMPLES.0, SAMPLES.1),
    ];
    let refused = out_of_bounds(&limits);
    if !refused.is_empty() {
        return Ok(SetOutcome::Refused(refused));
    }
    if !store::choose(conn, account, change)? {
        return Ok(SetOutcome::NoSuch);
    }
    let brakes = of(conn, account)?;
    let reason = format!("bounces {}, complaints {}, sample {}", brakes.bounces, brakes.complaints, brakes.sample);
    audit::record(conn, &Entry::of(by, "account.brakes").account(account).subject(&account).reason(&reason), now)?;
    Ok(SetOutcome::Set(brakes))
}

/// Those of the wanted numbers that are not between their least and their most.
fn out_of_bounds(limits: &[(&'static str, Option<i64>, i64, i64)]) -> Vec<OutOfBounds> {
    let is_wrong = |wanted: Option<i64>, least, most| wanted.is_some_and(|wanted| !(least..=most).contains(&wanted));
    let wrong = limits.iter().filter(|(_, wanted, least, most)| is_wrong(*wanted, *least, *most));
    wrong.map(|(field, _, least, most)| OutOfBounds { field, least: *least, most: *most }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::{CreateOutcome, NewAccount, create};
    use crate::storage::testing::empty_database;
    use crate::texts::Language;

    const NOW: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

    #[test]
    fn a_threshold_of_an_earlier_version_is_read_as_it_acts() {
        let mut conn = empty_database();
        let hasty = Bounds { soft_bounces: 2, soft_bounce_days: 7, ..bounds(&mut conn).unwrap() };
        store::set_bounds(&mut conn, hasty).unwrap();
        assert_eq!(bounds(&mut conn).unwrap(), Bounds { soft_bounces: 3, soft_bounce_days: 15, ..hasty });
    }

    #[test]
    fn an_account_may_be_stricter_than_the_operator_and_never_laxer() {
        let mut conn = empty_database();
        let new = NewAccount {
            name: "Stamps".to_owned(),
            postal_address: String::new(),
            owner: "anne@owner.example".parse().unwrap(),
            language: Language::ENGLISH,
            password_hash: Some("a hash".to_owned()),
        };
        let made = create(&mut conn, &new, Actor::System, NOW).unwrap();
        let CreateOutcome::Created { account, .. } = made else { panic!("{made:?}") };
        let usual = Brakes { bounces: 500, complaints: 30, sample: SAMPLE };
        assert_eq!(of(&mut conn, account.id).unwrap(), usual);
        let wanted = BrakesChange { bounces: Some(300), sample: Some(100), ..BrakesChange::default() };
        let set_now = set(&mut conn, account.id, wanted, Actor::System, NOW).unwrap();
        assert_eq!(set_now, SetOutcome::Set(Brakes { bounces: 300, sample: 100, ..usual }));
        let laxer = BrakesChange { bounces: Some(501), complaints: Some(31), sample: Some(1) };
        let SetOutcome::Refused(wrong) = set(&mut conn, account.id, laxer, Actor::System, NOW).unwrap() else {
            panic!("laxer than the operator")
        };
        assert_eq!(wrong.iter().map(|one| one.field).collect::<Vec<_>>(), ["bounces", "complaints", "sample"]);
        let stricter = BoundsChange { bounces: Some(200), ..BoundsChange::default() };
        assert!(matches!(set_bounds(&mut conn, stricter, Actor::System, NOW).unwrap(), SetOutcome::Set(_)));
        assert_eq!(of(&mut conn, account.id).unwrap().bounces, 200, "the operator's word holds at once");
        for (bounces, days) in [(5, 14), (2, 15), (5, 181)] {
            let (soft_bounces, soft_bounce_days) = (Some(bounces), Some(days));
            let nonsense = BoundsChange { soft_bounces, soft_bounce_days, ..BoundsChange::default() };
            let outcome = set_bounds(&mut conn, nonsense, Actor::System, NOW).unwrap();
            assert!(matches!(outcome, SetOutcome::Refused(wrong) if wrong.len() == 1), "{bounces} over {days} days");
        }
    }
}
