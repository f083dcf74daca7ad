//! What was shown, as far as a record can say: the version of the form that it names.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::verify::readable;
use super::{Record, chain};
use crate::forms;
use crate::storage::{Conn, FormId, StoreError};

/// The versions of forms that were needed so far, by what they hold now; each is read once in a walk.
#[derive(Default)]
pub(super) struct Versions(HashMap<(FormId, i32), Option<Vec<u8>>>);

impl Versions {
    /// Whether the version that a record names is the one that was shown; older records do not say.
    pub(super) fn is_as_shown(&mut self, conn: &mut Conn, record: &Record) -> Result<bool, StoreError> {
        let Some(named) = record.form_id.zip(record.form_version) else { return Ok(true) };
        if record.scheme < chain::WITH_FORMS {
            return Ok(true);
        }
        if let Entry::Vacant(unread) = self.0.entry(named) {
            // A version that cannot be read is not what was shown.
            let Some(found) = readable(forms::version_hash(conn, named.0, named.1))? else { return Ok(false) };
            unread.insert(found);
        }
        Ok(self.0.get(&named).is_some_and(|found| *found == record.form_hash))
    }
}
