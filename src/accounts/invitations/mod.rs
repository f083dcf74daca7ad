//! Links by which a new user sets a password. The token is derived, never stored: the row keeps a nonce and a hash.

mod store;

use chrono::TimeDelta;

use super::{User, users};
use crate::config::Settings;
use crate::keyring::{Keyring, Purpose, digest, random_bytes};
use crate::mail::{EmailAddress, Mailbox, Notice};
use crate::storage::{Conn, StoreError, Timestamp, UserId};
use crate::texts::Texts;

/// How long an invitation can be used.
pub const LIFETIME: TimeDelta = TimeDelta::days(7);

/// An invitation that was just made: what a delivery of its mail needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// The `cause` of the delivery.
    pub token_hash: Vec<u8>,
    /// Who gets it.
    pub address: EmailAddress,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Makes an invitation for a user; earlier ones of the same user end.
///
/// # Errors
/// When the database refuses.
pub fn invite(conn: &mut Conn, keys: &Keyring, user: &User, now: Timestamp) -> Result<Invited, StoreError> {
    let nonce: [u8; 16] = random_bytes();
    let token = keys.derive(Purpose::Invitation, &nonce).into_iter().next().unwrap_or_default();
    let token_hash = digest(token.as_bytes()).to_vec();
    let expires_at = now + LIFETIME;
    store::end_all(conn, user.id, now)?;
    store::insert(conn, &token_hash, &nonce, user.id, (now, expires_at))?;
    Ok(Invited { token_hash, address: user.address.clone(), expires_at })
}

/// Whom this token invites; nobody when it is unknown, used or too old. Changes nothing.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, token: &str, now: Timestamp) -> Result<Option<User>, StoreError> {
    match store::open(conn, &digest(token.as_bytes()), now)? {
        Some((user, _)) => users::find(conn, user),
        None => Ok(None),
    }
}

/// What came of accepting an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AcceptOutcome {
    /// The password is set; the user may sign in.
    Accepted(UserId),
    /// There is no such invitation (any more).
    Gone,
}

/// Sets the invited user's password and ends the invitation.
///
/// # Errors
/// When the database refuses.
pub fn accept(conn: &mut Conn, token: &str, hash: &str, now: Timestamp) -> Result<AcceptOutcome, StoreError> {
    let Some((user, _)) = store::open(conn, &digest(token.as_bytes()), now)? else {
        return Ok(AcceptOutcome::Gone);
    };
    store::end_all(conn, user, now)?;
    users::set_password(conn, user, hash, now)?;
    Ok(AcceptOutcome::Accepted(user))
}

/// The invitation mail whose token hashes to `cause`; `None` when the invitation has ended in the meantime.
///
/// # Errors
/// When the database cannot be read.
pub fn mail(
    conn: &mut Conn,
    keys: &Keyring,
    settings: &Settings,
    cause: &[u8],
    now: Timestamp,
) -> Result<Option<Notice>, StoreError> {
    let Some((id, nonce)) = store::open(conn, cause, now)? else { return Ok(None) };
    let Some(user) = users::find(conn, id)? else { return Ok(None) };
    let Some(token) = keys.find_derived(Purpose::Invitation, &nonce, cause) else { return Ok(None) };
    Ok(Some(notice(settings, &user, settings.link(&format!("/invitation/{token}")))))
}

fn notice(settings: &Settings, user: &User, link: String) -> Notice {
    let texts = Texts(user.language);
    let site = settings.base_url.host_str().unwrap_or_default().to_owned();
    let subject = texts.say1("invitation-subject", "site", &site);
    let page = pages::Page { texts, site, link };
    Notice {
        from: Mailbox {
            name: "Estampille".to_owned(),
            address: EmailAddress::of_installation("noreply", &settings.mail_domain),
        },
        reply_to: None,
        to: user.address.clone(),
        subject,
        text: pages::text(&page),
        html: pages::html(&page),
        language: user.language,
        of_list: None,
    }
}

mod pages {
    //! The two parts of the mail.

    use askama::Template;

    use crate::texts::Texts;

    pub(super) struct Page {
        pub(super) texts: Texts,
        pub(super) site: String,
        pub(super) link: String,
    }

    #[derive(Template)]
    #[template(path = "mail/invitation/body.txt", escape = "none")]
    struct TextPart<'a> {
        page: &'a Page,
    }

    #[derive(Template)]
    #[template(path = "mail/invitation/body.html")]
    struct HtmlPart<'a> {
        page: &'a Page,
    }

    // Rendering into a string fails only when a template's own value fails; these are plain texts.
    pub(super) fn text(page: &Page) -> String {
        TextPart { page }.render().unwrap_or_default()
    }

    pub(super) fn html(page: &Page) -> String {
        HtmlPart { page }.render().unwrap_or_default()
    }
}
