//! Taking one row: a signup through the account's file, or the operator's stamp.

use super::{Provenance, Row};
use crate::keyring::Keyring;
use crate::mail::AddressError;
use crate::storage::{AccountId, Conn, ListId, StoreError, Timestamp};
use crate::subscriptions::{
    Circumstances, Signup, SignupOutcome, Silence, StampOutcome, Via, signup, stamp_by_operator,
};

/// Where the rows go.
#[derive(Debug, Clone)]
pub struct Import {
    /// Whose list.
    pub account_id: AccountId,
    /// Which list.
    pub list_id: ListId,
    /// Where they come from. With evidence the rows are stamped.
    pub provenance: Provenance,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOutcome {
    /// Pending; a confirmation mail is on its way.
    Asked,
    /// Stamped, with the evidence.
    Stamped,
    /// Nothing changed: known already, suppressed, or left by their own wish.
    Left(Silence),
    /// The first column holds no address.
    BadAddress(AddressError),
    /// The list is not there any more.
    NoList,
}

/// Takes one row.
///
/// # Errors
/// When the database cannot do it.
pub fn take(
    conn: &mut Conn,
    keys: &Keyring,
    import: &Import,
    row: &Row,
    now: Timestamp,
) -> Result<RowOutcome, StoreError> {
    let address = match &row.address {
        Ok(address) => address.clone(),
        Err(error) => return Ok(RowOutcome::BadAddress(*error)),
    };
    let is_stamp = import.provenance.evidence.is_some();
    let asked = Signup {
        account_id: import.account_id,
        list_id: import.list_id,
        address,
        attributes: row.attributes.clone(),
        form: None,
        wording: String::new(),
        language: None,
        via: if is_stamp { Via::Operator } else { Via::Import },
        circumstances: Circumstances { origin: "import".to_owned(), ..Circumstances::default() },
        detail: format!("{}; line {}", import.provenance.detail(), row.line),
    };
    if is_stamp {
        return Ok(match stamp_by_operator(conn, keys, &asked, now)? {
            StampOutcome::Stamped(_) => RowOutcome::Stamped,
            StampOutcome::Left(why) => RowOutcome::Left(why),
            StampOutcome::NoList => RowOutcome::NoList,
        });
    }
    Ok(match signup(conn, keys, &asked, now)? {
        SignupOutcome::Asked(_) => RowOutcome::Asked,
        SignupOutcome::Silent(why) => RowOutcome::Left(why),
        // Only networks are counted, and a file has none.
        SignupOutcome::NoList | SignupOutcome::TooMany { .. } => RowOutcome::NoList,
    })
}
