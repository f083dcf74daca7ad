//! Making, changing and closing a form.

use super::present::presented;
use super::{EDITION, Form, FormChange, NewForm, Offer, Rules, Wording, store};
use crate::storage::{AccountId, Conn, FormId, StoreError, Timestamp};

/// Makes a form, in version 1.
///
/// # Errors
/// When the database cannot do it.
pub fn create(conn: &mut Conn, account: AccountId, new: &NewForm, now: Timestamp) -> Result<Form, StoreError> {
    let form = Form {
        id: FormId::new(),
        account_id: account,
        list_id: new.list_id,
        version: 1,
        edition: EDITION,
        wording: presented(conn, account, new.list_id, &new.wording)?,
        rules: new.rules,
        allowed_origins: new.allowed_origins.clone(),
        redirect_url: new.redirect_url.clone(),
        created_at: now,
        closed_at: None,
    };
    store::insert(conn, &form)?;
    store::insert_version(conn, &form, now)?;
    Ok(form)
}

/// A form with a change on it: what is judged before it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// What a person would see. Of the lists to choose from only the ids matter.
    pub wording: Wording,
    /// Which addresses it would take.
    pub rules: Rules,
    /// The origins whose pages could embed it.
    pub allowed_origins: Vec<String>,
    /// Where a reader would go after asking.
    pub redirect_url: Option<String>,
}

impl FormChange {
    /// What the change makes of a form.
    #[must_use]
    pub fn on(&self, form: &Form) -> Changed {
        Changed {
            wording: self.on_wording(&form.wording),
            rules: self.on_rules(form.rules),
            allowed_origins: self.allowed_origins.clone().unwrap_or_else(|| form.allowed_origins.clone()),
            redirect_url: self.redirect_url.clone().unwrap_or_else(|| form.redirect_url.clone()),
        }
    }

    /// What the change makes of an empty form in this wording.
    #[must_use]
    pub fn on_new(&self, wording: &Wording) -> Changed {
        Changed {
            wording: self.on_wording(wording),
            rules: self.on_rules(Rules::default()),
            allowed_origins: self.allowed_origins.clone().unwrap_or_default(),
            redirect_url: self.redirect_url.clone().flatten(),
        }
    }

    fn on_rules(&self, old: Rules) -> Rules {
        Rules {
            takes_roles: self.takes_roles.unwrap_or(old.takes_roles),
            takes_disposable: self.takes_disposable.unwrap_or(old.takes_disposable),
        }
    }

    fn on_wording(&self, old: &Wording) -> Wording {
        let offers = self.lists.as_ref().map(|lists| {
            let each = lists.iter();
            each.map(|id| Offer { list_id: *id, name: String::new(), description: String::new() }).collect()
        });
        Wording {
            title: self.title.clone().unwrap_or_else(|| old.title.clone()),
            intro: old.intro.clone(),
            consent_text: self.consent_text.clone().unwrap_or_else(|| old.consent_text.clone()),
            fields: self.fields.clone().unwrap_or_else(|| old.fields.clone()),
            purposes: self.purposes.clone().unwrap_or_else(|| old.purposes.clone()),
            offers: offers.unwrap_or_else(|| old.offers.clone()),
            look: self.look.clone().unwrap_or_else(|| old.look.clone()),
            language: self.language.unwrap_or(old.language),
        }
    }
}

/// Changes a form and returns it as it is then; another wording makes a new version. `None` when there is no such form.
///
/// # Errors
/// When the database cannot do it.
pub fn change(
    conn: &mut Conn,
    account: AccountId,
    id: FormId,
    change: &FormChange,
    now: Timestamp,
) -> Result<Option<Form>, StoreError> {
    store::hold(conn, id)?;
    let Some(old) = super::find(conn, account, id)? else { return Ok(None) };
    let changed = change.on(&old);
    let wording = presented(conn, account, old.list_id, &changed.wording)?;
    let is_reworded = wording != old.wording || old.edition < EDITION;
    let form = Form {
        version: if is_reworded { old.version + 1 } else { old.version },
        edition: old.edition.max(EDITION),
        wording,
        rules: changed.rules,
        allowed_origins: changed.allowed_origins,
        redirect_url: changed.redirect_url,
        ..old
    };
    if is_reworded {
        store::insert_version(conn, &form, now)?;
    }
    store::update(conn, &form)?;
    Ok(Some(form))
}

/// Closes a form for good; `false` when the account has no such open form.
///
/// # Errors
/// When the database cannot do it.
pub fn close(conn: &mut Conn, account: AccountId, id: FormId, now: Timestamp) -> Result<bool, StoreError> {
    store::close(conn, account, id, now)
}
