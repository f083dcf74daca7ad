//! A form with a file in it, written to disk as it comes in: no file is ever held in memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use actix_multipart::{Multipart, MultipartError};
use chrono::NaiveDate;
use futures_util::StreamExt as _;
use tokio::io::AsyncWriteExt as _;

use crate::app::App;
use crate::imports::{
    self, Delimiter, Encoding, FileError, MOST_PER_DAY, NewImport, Provenance, ReceiveError, ReceiveOutcome, Refusal,
    USUAL_PER_DAY,
};
use crate::lists;
use crate::storage::{AccountId, ListId, StoreError, Timestamp};

/// The largest file: some millions of addresses.
const LARGEST_FILE: u64 = 256 * 1024 * 1024;
/// The longest field beside it.
const LONGEST_FIELD: usize = 4096;
/// Most fields.
const MOST_FIELDS: usize = 20;

/// What came in.
#[derive(Debug, Default)]
pub(in crate::web) struct Upload {
    /// The fields by name.
    pub(in crate::web) fields: BTreeMap<String, String>,
    /// The file, and what it is called.
    pub(in crate::web) file: Option<(String, File)>,
}

/// Why it did not come in.
#[derive(Debug, thiserror::Error)]
pub(in crate::web) enum UploadError {
    /// The file or a field is too large.
    #[error("too large")]
    TooLarge,
    /// It is no such form, or broke off.
    #[error("{0}")]
    Broken(String),
    /// It cannot be written to the data folder.
    #[error("{0}")]
    Disk(#[from] std::io::Error),
}

impl From<MultipartError> for UploadError {
    fn from(error: MultipartError) -> Self {
        Self::Broken(error.to_string())
    }
}

/// Reads a form; its file lies in `folder`, without a name, until it is dropped.
pub(in crate::web) async fn upload(mut form: Multipart, folder: &Path) -> Result<Upload, UploadError> {
    let mut upload = Upload::default();
    while let Some(field) = form.next().await {
        let mut field = field?;
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.content_disposition().and_then(|said| said.get_filename().map(ToOwned::to_owned));
        if let Some(file_name) = file_name {
            let mut file = tokio::fs::File::from_std(tempfile::tempfile_in(folder)?);
            let mut length = 0;
            while let Some(piece) = field.next().await {
                let piece = piece?;
                length += u64::try_from(piece.len()).unwrap_or(u64::MAX);
                if length > LARGEST_FILE {
                    return Err(UploadError::TooLarge);
                }
                file.write_all(&piece).await?;
            }
            file.flush().await?;
            upload.file = (length > 0).then_some((file_name, file.into_std().await));
            continue;
        }
        let mut value = Vec::new();
        while let Some(piece) = field.next().await {
            value.extend_from_slice(&piece?);
            if value.len() > LONGEST_FIELD {
                return Err(UploadError::TooLarge);
            }
        }
        if upload.fields.len() >= MOST_FIELDS {
            return Err(UploadError::TooLarge);
        }
        upload.fields.insert(name, String::from_utf8_lossy(&value).into_owned());
    }
    Ok(upload)
}

/// What is wrong with a field of an import.
#[derive(Debug)]
pub(in crate::web) enum ImportFlaw {
    /// It must be there.
    Missing,
    /// It is not what it should be.
    Unreadable,
    /// The account has no such open list.
    NoList,
    /// What is said of the origin.
    Origin(Refusal),
    /// The file.
    File(FileError),
    /// It is not known here.
    Unknown,
}

/// What a form says, or everything that is wrong with it, by field.
pub(in crate::web) type Wanted = Result<(NewImport, File), Vec<(&'static str, ImportFlaw)>>;

/// The fields of an import.
pub(in crate::web) const FIELDS: [&str; 8] =
    ["file", "list_id", "source", "collected_at", "basis", "encoding", "delimiter", "per_day"];

/// Reads a form; the file is read through to its end. On a thread that may wait.
///
/// # Errors
/// When the database cannot be read.
pub(in crate::web) fn wanted(
    app: &App,
    account: AccountId,
    upload: Upload,
    now: Timestamp,
    waits: bool,
) -> Result<Wanted, StoreError> {
    let mut form = Form { fields: upload.fields, flaws: Vec::new() };
    let list = form.needed::<ListId>("list_id");
    if let Some(list) = list
        && app.db.read_blocking(|conn| lists::find(conn, account, list))?.is_none()
    {
        form.flaws.push(("list_id", ImportFlaw::NoList));
    }
    let provenance = form.provenance(now);
    let (encoding, delimiter) = (form.maybe::<Encoding>("encoding"), form.maybe::<Delimiter>("delimiter"));
    let per_day = form.maybe::<i64>("per_day").unwrap_or(USUAL_PER_DAY);
    if !(1..=MOST_PER_DAY).contains(&per_day) {
        form.flaws.push(("per_day", ImportFlaw::Unreadable));
    }
    if !form.fields.is_empty() {
        form.flaws.push(("fields", ImportFlaw::Unknown));
    }
    let mut file = upload.file;
    let look = match &mut file {
        None => Err(ImportFlaw::Missing),
        Some((_, file)) => imports::look(file, encoding, delimiter).map_err(ImportFlaw::File),
    };
    let look = form.noted("file", look);
    Ok(match (list, provenance, look, file) {
        (Some(list_id), Some(provenance), Some(look), Some((file_name, file))) if form.flaws.is_empty() => {
            Ok((NewImport { account_id: account, list_id, provenance, file_name, look, per_day, waits }, file))
        }
        _ => Err(form.flaws),
    })
}

struct Form {
    fields: BTreeMap<String, String>,
    flaws: Vec<(&'static str, ImportFlaw)>,
}

impl Form {
    fn text(&mut self, name: &str) -> Option<String> {
        self.fields.remove(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn noted<T>(&mut self, name: &'static str, read: Result<T, ImportFlaw>) -> Option<T> {
        read.map_err(|flaw| self.flaws.push((name, flaw))).ok()
    }

    fn needed<T: std::str::FromStr>(&mut self, name: &'static str) -> Option<T> {
        let read = match self.text(name) {
            None => Err(ImportFlaw::Missing),
            Some(text) => text.parse().map_err(|_unreadable: T::Err| ImportFlaw::Unreadable),
        };
        self.noted(name, read)
    }

    fn maybe<T: std::str::FromStr>(&mut self, name: &'static str) -> Option<T> {
        let text = self.text(name)?;
        self.noted(name, text.parse().map_err(|_unreadable: T::Err| ImportFlaw::Unreadable))
    }

    fn provenance(&mut self, now: Timestamp) -> Option<Provenance> {
        let source = self.needed::<String>("source");
        let collected_on = self.needed::<NaiveDate>("collected_at");
        let basis = self.needed::<String>("basis");
        let provenance = Provenance { source: source?, collected_on: collected_on?, basis: basis?, evidence: None };
        match imports::judge(&provenance, now.utc().date_naive()) {
            None => Some(provenance),
            Some(refusal) => self.noted(refusal.field().word(), Err(ImportFlaw::Origin(refusal))),
        }
    }
}

/// Lays a file down.
///
/// # Errors
/// When the file or the database cannot be read.
pub(in crate::web) fn lay_down(
    app: &App,
    new: &NewImport,
    mut file: File,
    now: Timestamp,
) -> Result<ReceiveOutcome, StoreError> {
    imports::receive(&app.db, &mut file, new, now).map_err(|error| match error {
        ReceiveError::Store(error) => error,
        // It was read through a moment ago: only the disk can have failed.
        ReceiveError::File(error) => StoreError::Unavailable(error.to_string()),
    })
}
