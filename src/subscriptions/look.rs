//! What a link in a confirmation mail points to, read without changing anything (CON-02).

use super::confirm::{Stamp, stamp_of};
use super::requests::{self, Link};
use super::{State, Subscription, store};
use crate::forms::{self, Attributes, Wording};
use crate::lists::{self, List};
use crate::mail::EmailAddress;
use crate::storage::{Conn, FormId, Language, StoreError, Timestamp};
use crate::subscribers;

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The list; its name names all the lists that one mail asks for.
    pub list: List,
    /// The address, unless it was erased since.
    pub address: Option<EmailAddress>,
    /// The open form on which it can be asked for again.
    pub form_id: Option<FormId>,
    /// What was agreed to.
    pub wording: String,
    /// The language of the form, or of the list.
    pub language: Language,
    /// What was answered: the form's label, or the field's name where the form has none, and the answer.
    pub answers: Vec<(String, String)>,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// Until when it can be confirmed.
    pub expires_at: Timestamp,
}

/// What a link points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// A request that can be confirmed.
    Open(Request),
    /// A subscription that was confirmed.
    Confirmed(Stamp),
    /// A request that can no longer be confirmed: too late, or ended since.
    Expired(Request),
    /// No request of this installation.
    Unknown,
}

/// Looks a token up.
///
/// # Errors
/// When the database cannot be read.
pub fn look(conn: &mut Conn, token: &str, now: Timestamp) -> Result<Looked, StoreError> {
    let Some(link) = requests::find(conn, token)? else { return Ok(Looked::Unknown) };
    let Some(subscription) = store::find(conn, link.subscription_id)? else { return Ok(Looked::Unknown) };
    let Some(list) = lists::find_even_closed(conn, subscription.account_id, subscription.list_id)? else {
        return Ok(Looked::Unknown);
    };
    if subscription.state == State::Confirmed {
        return Ok(Looked::Confirmed(stamp_of(&subscription, list)));
    }
    let is_open = is_open(&link, &subscription, &list, now);
    let request = request(conn, link, &subscription, list)?;
    Ok(if is_open { Looked::Open(request) } else { Looked::Expired(request) })
}

/// Whether the link can still confirm.
pub(super) fn is_open(link: &Link, subscription: &Subscription, list: &List, now: Timestamp) -> bool {
    link.used_at.is_none() && now < link.expires_at && subscription.state == State::Pending && !list.is_closed()
}

fn request(conn: &mut Conn, link: Link, subscription: &Subscription, list: List) -> Result<Request, StoreError> {
    let subscriber = subscribers::find(conn, subscription.account_id, subscription.subscriber_id)?;
    let shown = match link.form {
        Some((id, version)) => forms::wording_of(conn, id, version)?,
        None => None,
    };
    let form = match link.form {
        Some((id, _)) => forms::find_public(conn, id)?,
        None => None,
    };
    let name = names_of(conn, &link, &list)?;
    Ok(Request {
        language: shown.as_ref().map_or(list.language, |shown| shown.language),
        answers: answers(&link.attributes, shown.as_ref()),
        list: List { name, ..list },
        address: subscriber.and_then(|subscriber| subscriber.address),
        form_id: form.map(|form| form.id),
        wording: link.wording,
        requested_at: link.created_at,
        expires_at: link.expires_at,
    })
}

/// The name of the list, or of all the lists that one mail asks for.
pub(super) fn names_of(conn: &mut Conn, link: &Link, first: &List) -> Result<String, StoreError> {
    let mut names = vec![first.name.clone()];
    for together in &link.together {
        let Some(other) = store::find(conn, *together)?.filter(|found| found.state == State::Pending) else { continue };
        names.extend(lists::find(conn, other.account_id, other.list_id)?.map(|list| list.name));
    }
    Ok(names.join(", "))
}

fn answers(given: &Attributes, shown: Option<&Wording>) -> Vec<(String, String)> {
    let label = |name: &String| {
        let field = shown.and_then(|shown| shown.fields.iter().find(|field| field.name == *name));
        let purpose = shown.and_then(|shown| shown.purposes.iter().find(|purpose| purpose.name == *name));
        let words = field.map(|field| &field.label).or_else(|| purpose.map(|purpose| &purpose.text));
        words.unwrap_or(name).clone()
    };
    given.iter().map(|(name, answer)| (label(name), answer.clone())).collect()
}
