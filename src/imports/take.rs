//! Taking rows: registrations through the account's file, or the operator's stamps.

use super::{Import, Row, RowRefusal};
use crate::forms::Attributes;
use crate::keyring::Keyring;
use crate::mail::EmailAddress;
use crate::storage::{Conn, StoreError, SubscriberId, SubscriptionId, Timestamp};
use crate::subscribers;
use crate::subscriptions::{
    Circumstances, RegisterOutcome, Signup, Silence, StampOutcome, Via, register, register_strangers,
    stamp_by_operator, stamp_strangers,
};

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RowOutcome {
    /// Pending; its mail goes when its turn comes.
    Registered(SubscriptionId, Vec<u8>),
    /// Stamped, with the evidence.
    Stamped,
    /// Nothing changed.
    Refused(RowRefusal, Option<SubscriberId>),
}

/// Takes the rows of a chunk, in their order; those of whom nothing is known go all together.
pub(super) fn take_all(
    conn: &mut Conn,
    keys: &Keyring,
    import: &Import,
    rows: &[Row],
    now: Timestamp,
) -> Result<Vec<RowOutcome>, StoreError> {
    let asked: Vec<Option<Signup>> = rows.iter().map(|row| signup(import, row)).collect();
    let readable: Vec<Signup> = asked.iter().flatten().cloned().collect();
    let mut together = take_strangers(conn, keys, import, &readable, now)?.into_iter();
    let mut outcomes = Vec::with_capacity(rows.len());
    for asked in &asked {
        outcomes.push(match asked {
            None => RowOutcome::Refused(RowRefusal::BadAddress, None),
            Some(asked) => match together.next().flatten() {
                Some(taken) => taken,
                None => take(conn, keys, asked, now)?,
            },
        });
    }
    Ok(outcomes)
}

/// Those of whom nothing is known; `None` for the others.
fn take_strangers(
    conn: &mut Conn,
    keys: &Keyring,
    import: &Import,
    asked: &[Signup],
    now: Timestamp,
) -> Result<Vec<Option<RowOutcome>>, StoreError> {
    let list = (import.account_id, import.list_id);
    Ok(if import.is_stamp() {
        let stamped = stamp_strangers(conn, keys, list, asked, now)?;
        stamped.into_iter().map(|stamp| stamp.map(|_| RowOutcome::Stamped)).collect()
    } else {
        let registered = register_strangers(conn, keys, list, asked, now)?;
        registered.into_iter().map(|one| one.map(of_register)).collect()
    })
}

/// What a row asks for; `None` where its address is none.
fn signup(import: &Import, row: &Row) -> Option<Signup> {
    Some(Signup {
        account_id: import.account_id,
        list_id: import.list_id,
        address: EmailAddress::parse(&row.1).ok()?,
        attributes: attributes(import, row),
        form: None,
        shown_in: None,
        wording: String::new(),
        language: None,
        via: if import.is_stamp() { Via::Operator } else { Via::Import },
        circumstances: Circumstances { origin: "import".to_owned(), ..Circumstances::default() },
        detail: format!("{}; file {}; line {}", import.provenance.detail(), import.file_name, row.0),
    })
}

/// Takes one row by itself.
fn take(conn: &mut Conn, keys: &Keyring, asked: &Signup, now: Timestamp) -> Result<RowOutcome, StoreError> {
    if asked.via != Via::Operator {
        return Ok(of_register(register(conn, keys, asked, now)?));
    }
    Ok(match stamp_by_operator(conn, keys, asked, now)? {
        StampOutcome::Stamped(_) => RowOutcome::Stamped,
        StampOutcome::Left(why) => {
            let known = subscribers::find_by_address(conn, asked.account_id, &asked.address)?;
            RowOutcome::Refused(refusal(why), known.map(|known| known.id))
        }
        StampOutcome::NoList => RowOutcome::Refused(RowRefusal::ListClosed, None),
    })
}

fn of_register(outcome: RegisterOutcome) -> RowOutcome {
    match outcome {
        RegisterOutcome::Registered { subscription, request } => RowOutcome::Registered(subscription, request),
        RegisterOutcome::Repeated(known) => RowOutcome::Refused(RowRefusal::Repeated, Some(known)),
        RegisterOutcome::Left(why, known) => RowOutcome::Refused(refusal(why), known),
        RegisterOutcome::NoList => RowOutcome::Refused(RowRefusal::ListClosed, None),
    }
}

fn attributes(import: &Import, row: &Row) -> Attributes {
    let given = import.columns.iter().zip(&row.2);
    given.filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.clone(), value.clone())).collect()
}

const fn refusal(why: Silence) -> RowRefusal {
    match why {
        Silence::AlreadyConfirmed => RowRefusal::AlreadyConfirmed,
        Silence::Suppressed | Silence::Unwanted => RowRefusal::Suppressed,
        Silence::HasLeft => RowRefusal::HasLeft,
        Silence::TooSoon | Silence::ListCeiling | Silence::AddressCeiling => RowRefusal::AskedEnough,
    }
}
