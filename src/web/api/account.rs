//! The account itself.

use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::{Moment, Reply, Told, read, write};
use super::body::Body;
use super::caller::Caller;
use super::fields::{Fields, Read};
use super::problem::Problem;
use crate::accounts::{self, Account, AccountChange, ChangeOutcome};
use crate::app::App;
use crate::campaigns::{self, AccountUse};
use crate::storage::{Conn, StoreError, Timestamp};

/// What shall change of the account; what is missing stays.
#[derive(ToSchema)]
#[schema(as = AccountChange)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct AccountChangeSchema {
    /// The name, unique in the installation.
    name: Option<String>,
    /// The postal address at the foot of every campaign; without one, no campaign may go out.
    postal_address: Option<String>,
    /// The web site.
    website: Option<String>,
    /// Where the operator reaches the account.
    contact: Option<String>,
}

impl Read for AccountChange {
    const IS_CHANGE: bool = true;

    fn read(fields: &mut Fields) -> Option<Self> {
        let mut line = |name: &str| {
            let text = fields.maybe_text(name);
            if text.as_ref().is_some_and(|text| text.chars().count() > LONGEST_LINE) {
                fields.refuse(name, format!("is longer than {LONGEST_LINE} characters"));
            }
            text
        };
        Some(Self {
            name: line("name"),
            postal_address: line("postal_address"),
            website: line("website"),
            contact: line("contact"),
        })
    }
}

/// Longest text that an account says of itself, in characters.
const LONGEST_LINE: usize = 500;

/// How many campaign deliveries an account may have; set by the operator.
#[derive(Serialize, ToSchema)]
#[schema(as = Limits)]
pub(super) struct LimitsAnswer {
    /// In an hour; `null` for no limit.
    hourly: Option<i64>,
    /// In a day; `null` for no limit.
    daily: Option<i64>,
    /// The pool of source addresses that its mail leaves from; `null` for the common one.
    pool: Option<String>,
}

/// What the campaigns of an account sent.
#[derive(Serialize, ToSchema)]
#[schema(as = Use)]
pub(super) struct UseAnswer {
    /// Deliveries in the last hour, as the limit counts them: with the quarter of an hour in which it began.
    hour: i64,
    /// Deliveries in the last day, counted alike.
    day: i64,
    /// Until when the rest waits, because a limit is reached; `null` when none is.
    waits_until: Option<Moment>,
}

impl From<AccountUse> for UseAnswer {
    fn from(used: AccountUse) -> Self {
        Self { hour: used.hour, day: used.day, waits_until: used.waits_until.map(Moment::from) }
    }
}

/// An account.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
pub(super) struct AccountAnswer {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// The postal address at the foot of every campaign.
    postal_address: String,
    /// The web site.
    website: String,
    /// Where the operator reaches the account.
    contact: String,
    /// What the operator allows.
    limits: LimitsAnswer,
    /// What its campaigns sent, as the limits count it.
    #[serde(rename = "use")]
    used: UseAnswer,
    /// Since when its campaigns stand still; `null` when they do not.
    paused_at: Option<Moment>,
    /// Why.
    pause_reason: Option<String>,
    /// Since when it exists.
    created_at: Moment,
}

impl AccountAnswer {
    /// The account with what it sent.
    pub(super) fn of(conn: &mut Conn, account: Account, now: Timestamp) -> Result<Self, StoreError> {
        let used = campaigns::account_use(conn, account.id, now)?;
        Ok(Self::from((account, used)))
    }
}

impl From<(Account, AccountUse)> for AccountAnswer {
    fn from((account, used): (Account, AccountUse)) -> Self {
        Self {
            id: account.id.0,
            name: account.name,
            postal_address: account.postal_address,
            website: account.website,
            contact: account.contact,
            limits: LimitsAnswer { hourly: account.hourly_limit, daily: account.daily_limit, pool: account.pool },
            used: used.into(),
            paused_at: account.paused_at.map(Moment::from),
            pause_reason: account.pause_reason,
            created_at: account.created_at.into(),
        }
    }
}

/// 422: a name that cannot be one.
pub(super) fn bad_name() -> Problem {
    Problem::field("name", "needs 1 to 200 characters and no line break")
}

/// 409: a name that is not free.
pub(super) fn name_taken() -> Problem {
    Problem::conflict("Another account has this name.")
}

pub(super) async fn show(app: Data<App>, caller: Caller) -> Told {
    let now = app.clock.now();
    read(&app, move |conn| {
        let Some(account) = accounts::find(conn, caller.account_id)? else { return Ok(Err(Problem::not_found())) };
        Ok(Ok(Reply::ok(&AccountAnswer::of(conn, account, now)?)))
    })
    .await
}

pub(super) async fn change(app: Data<App>, caller: Caller, body: Body<AccountChange>) -> Told {
    let (now, by) = (app.clock.now(), caller.actor());
    write(&app, move |conn| {
        Ok(match accounts::change(conn, caller.account_id, &body.value, by, now)? {
            ChangeOutcome::Changed(account) => Ok(Reply::ok(&AccountAnswer::of(conn, *account, now)?)),
            ChangeOutcome::BadName => Err(bad_name()),
            ChangeOutcome::NameTaken => Err(name_taken()),
            ChangeOutcome::NoSuch => Err(Problem::not_found()),
        })
    })
    .await
}
