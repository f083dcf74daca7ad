//! The words of others on a form: the names and descriptions of its lists, and our own. When one of them changes, so does
//! what is on the screen, and the form gets a new version before it is shown again.

use super::{EDITION, Form, Offer, Wording, store};
use crate::lists::{self, List};
use crate::storage::{AccountId, Conn, FormId, ListId, StoreError, Timestamp};

/// The wording with what its lists say of themselves now; lists that are closed or not the account's are left out.
///
/// # Errors
/// When the database cannot be read.
pub fn presented(conn: &mut Conn, account: AccountId, list: ListId, wording: &Wording) -> Result<Wording, StoreError> {
    let own = lists::find_even_closed(conn, account, list)?;
    let mut offers: Vec<Offer> = Vec::new();
    if !wording.offers.is_empty() {
        for id in [list].into_iter().chain(wording.offers.iter().map(|offer| offer.list_id)) {
            let is_new = !offers.iter().any(|offer| offer.list_id == id);
            if let Some(list) = lists::find(conn, account, id)?.filter(|_| is_new) {
                offers.push(offer(list));
            }
        }
    }
    // Of one list nothing can be chosen.
    if offers.len() < 2 {
        offers.clear();
    }
    let intro = own.map(|list| list.description).unwrap_or_default();
    Ok(Wording { intro, offers, ..wording.clone() })
}

fn offer(list: List) -> Offer {
    Offer { list_id: list.id, name: list.name, description: list.description }
}

/// Whether the version in force is no longer what would be shown.
///
/// A version of a newer edition counts as present: another node is ahead during an upgrade.
///
/// # Errors
/// When the database cannot be read.
pub fn is_stale(conn: &mut Conn, form: &Form) -> Result<bool, StoreError> {
    Ok(form.edition < EDITION || presented(conn, form.account_id, form.list_id, &form.wording)? != form.wording)
}

/// Brings a form up to what would be shown now, as a new version where something changed; `None` when it is not there.
///
/// # Errors
/// When the database cannot do it.
pub fn renew(conn: &mut Conn, id: FormId, now: Timestamp) -> Result<Option<Form>, StoreError> {
    store::hold(conn, id)?;
    let Some(form) = store::find(conn, id)? else { return Ok(None) };
    let wording = presented(conn, form.account_id, form.list_id, &form.wording)?;
    if form.edition >= EDITION && wording == form.wording {
        return Ok(Some(form));
    }
    let form = Form { version: form.version + 1, edition: EDITION, wording, ..form };
    store::insert_version(conn, &form, now)?;
    store::update(conn, &form)?;
    Ok(Some(form))
}
