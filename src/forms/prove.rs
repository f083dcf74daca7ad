//! What stands for a version of a form in the records of those who were shown it.

use serde_json::json;

use super::store;
use crate::keyring::digest;
use crate::storage::{Conn, FormId, StoreError};

/// SHA-256 over the canonical JSON of everything that a version holds: its words, its questions, its look, its markup in
/// every language and its style sheet, each as it lies in the database. `None` when there is no such version.
///
/// # Errors
/// When the database cannot be read, or the version holds what was never written.
pub fn version_hash(conn: &mut Conn, form: FormId, version: i32) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(kept) = store::kept_as_written(conn, form, version)? else { return Ok(None) };
    // serde_json keeps the keys of a map sorted, which makes the text canonical.
    let value = json!({
        "consent_text": kept.consent_text,
        "created_at": kept.created_at,
        "drawn": kept.drawn,
        "edition": kept.edition,
        "fields": kept.fields,
        "form_id": kept.form_id,
        "intro": kept.intro,
        "language": kept.language,
        "look": kept.look,
        "offers": kept.offers,
        "purposes": kept.purposes,
        "stylesheet": kept.stylesheet,
        "title": kept.title,
        "version": kept.version,
    });
    Ok(Some(digest(value.to_string().as_bytes()).to_vec()))
}
