//! Taking one row: a registration through the account's file, or the operator's stamp.

use super::{Import, Row, RowRefusal};
use crate::forms::Attributes;
use crate::keyring::Keyring;
use crate::mail::EmailAddress;
use crate::storage::{Conn, StoreError, SubscriberId, SubscriptionId, Timestamp};
use crate::subscribers;
use crate::subscriptions::{
    Circumstances, RegisterOutcome, Signup, Silence, StampOutcome, Via, register, stamp_by_operator,
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

/// Takes one row.
pub(super) fn take(
    conn: &mut Conn,
    keys: &Keyring,
    import: &Import,
    row: &Row,
    now: Timestamp,
) -> Result<RowOutcome, StoreError> {
    let Ok(address) = EmailAddress::parse(&row.1) else { return Ok(RowOutcome::Refused(RowRefusal::BadAddress, None)) };
    let asked = Signup {
        account_id: import.account_id,
        list_id: import.list_id,
        address,
        attributes: attributes(import, row),
        form: None,
        wording: String::new(),
        language: None,
        via: if import.is_stamp() { Via::Operator } else { Via::Import },
        circumstances: Circumstances { origin: "import".to_owned(), ..Circumstances::default() },
        detail: format!("{}; file {}; line {}", import.provenance.detail(), import.file_name, row.0),
    };
    if import.is_stamp() {
        return Ok(match stamp_by_operator(conn, keys, &asked, now)? {
            StampOutcome::Stamped(_) => RowOutcome::Stamped,
            StampOutcome::Left(why) => {
                let known = subscribers::find_by_address(conn, import.account_id, &asked.address)?;
                RowOutcome::Refused(refusal(why), known.map(|known| known.id))
            }
            StampOutcome::NoList => RowOutcome::Refused(RowRefusal::ListClosed, None),
        });
    }
    Ok(match register(conn, keys, &asked, now)? {
        RegisterOutcome::Registered { subscription, request } => RowOutcome::Registered(subscription, request),
        RegisterOutcome::Repeated(known) => RowOutcome::Refused(RowRefusal::Repeated, Some(known)),
        RegisterOutcome::Left(why, known) => RowOutcome::Refused(refusal(why), known),
        RegisterOutcome::NoList => RowOutcome::Refused(RowRefusal::ListClosed, None),
    })
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
