//! The `forms` and `form_versions` tables.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::Integer;

use super::draw::{drawings, stylesheet};
use super::{Form, Wording};
use crate::storage::columns::PublicId;
use crate::storage::schema::{form_versions, forms};
use crate::storage::{AccountId, Conn, FormId, Language, ListId, StoreError, Timestamp, dialect, prepared};

#[derive(Queryable, Selectable)]
#[diesel(table_name = forms)]
struct Row {
    id: FormId,
    account_id: AccountId,
    list_id: ListId,
    version: i32,
    allowed_origins: String,
    redirect_url: Option<String>,
    created_at: Timestamp,
    closed_at: Option<Timestamp>,
    rules: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = form_versions)]
struct VersionRow {
    title: String,
    consent_text: String,
    fields: String,
    language: Language,
    intro: String,
    purposes: String,
    offers: String,
    look: String,
    edition: i32,
}

/// A version as it was kept.
pub(super) struct Kept {
    pub(super) wording: Wording,
    /// The page in each language, by tag; empty for versions from before pages were kept.
    pub(super) drawn: BTreeMap<String, String>,
    /// The style sheet; empty for versions from before it was kept.
    pub(super) stylesheet: String,
    pub(super) created_at: Timestamp,
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Refused(format!("a stored form cannot be read: {error}")))
}

fn wording_from(row: VersionRow) -> Result<Wording, StoreError> {
    Ok(Wording {
        fields: read(&row.fields)?,
        purposes: read(&row.purposes)?,
        offers: read(&row.offers)?,
        look: read(&row.look)?,
        title: row.title,
        intro: row.intro,
        consent_text: row.consent_text,
        language: row.language,
    })
}

fn form_from((row, version): (Row, VersionRow)) -> Result<Form, StoreError> {
    Ok(Form {
        id: row.id,
        account_id: row.account_id,
        list_id: row.list_id,
        version: row.version,
        edition: version.edition,
        wording: wording_from(version)?,
        rules: read(&row.rules)?,
        allowed_origins: read(&row.allowed_origins)?,
        redirect_url: row.redirect_url,
        created_at: row.created_at,
        closed_at: row.closed_at,
    })
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Refused(error.to_string()))
}

pub(super) fn insert(conn: &mut Conn, form: &Form) -> Result<(), StoreError> {
    diesel::insert_into(forms::table)
        .values((
            forms::id.eq(form.id),
            forms::account_id.eq(form.account_id),
            forms::list_id.eq(form.list_id),
            forms::version.eq(form.version),
            forms::allowed_origins.eq(json(&form.allowed_origins)?),
            forms::redirect_url.eq(form.redirect_url.as_deref()),
            forms::created_at.eq(form.created_at),
            forms::rules.eq(json(&form.rules)?),
        ))
        .execute(conn)?;
    Ok(())
}

/// Keeps the version in force, and the page as it is drawn now.
pub(super) fn insert_version(conn: &mut Conn, form: &Form, now: Timestamp) -> Result<(), StoreError> {
    let wording = &form.wording;
    diesel::insert_into(form_versions::table)
        .values((
            form_versions::form_id.eq(form.id),
            form_versions::version.eq(form.version),
            form_versions::title.eq(&wording.title),
            form_versions::consent_text.eq(&wording.consent_text),
            form_versions::fields.eq(json(&wording.fields)?),
            form_versions::language.eq(wording.language),
            form_versions::created_at.eq(now),
            form_versions::intro.eq(&wording.intro),
            form_versions::purposes.eq(json(&wording.purposes)?),
            form_versions::offers.eq(json(&wording.offers)?),
            form_versions::look.eq(json(&wording.look)?),
            form_versions::drawn.eq(json(&drawings(wording)?)?),
            form_versions::edition.eq(form.edition),
            form_versions::stylesheet.eq(stylesheet(&wording.look)),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn update(conn: &mut Conn, form: &Form) -> Result<(), StoreError> {
    diesel::update(forms::table.filter(forms::id.eq(form.id)))
        .set((
            forms::version.eq(form.version),
            forms::allowed_origins.eq(json(&form.allowed_origins)?),
            forms::redirect_url.eq(form.redirect_url.as_deref()),
            forms::rules.eq(json(&form.rules)?),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes the row, so that two changes at once make two versions.
pub(super) fn hold(conn: &mut Conn, id: FormId) -> Result<(), StoreError> {
    diesel::update(forms::table.filter(forms::id.eq(id))).set(forms::version.eq(forms::version)).execute(conn)?;
    Ok(())
}

pub(super) fn find(conn: &mut Conn, id: FormId) -> Result<Option<Form>, StoreError> {
    let in_force = form_versions::form_id.eq(forms::id).and(form_versions::version.eq(forms::version));
    let found = forms::table
        .inner_join(form_versions::table.on(in_force))
        .filter(forms::id.eq(id))
        .select((Row::as_select(), VersionRow::as_select()))
        .first(conn)
        .optional()?;
    found.map(form_from).transpose()
}

pub(super) fn kept(conn: &mut Conn, id: FormId, version: i32) -> Result<Option<Kept>, StoreError> {
    let found: Option<(VersionRow, String, String, Timestamp)> = form_versions::table
        .filter(form_versions::form_id.eq(id))
        .filter(form_versions::version.eq(version))
        .select((VersionRow::as_select(), form_versions::drawn, form_versions::stylesheet, form_versions::created_at))
        .first(conn)
        .optional()?;
    let kept = |(row, drawn, stylesheet, created_at): (VersionRow, String, _, _)| {
        Ok(Kept { wording: wording_from(row)?, drawn: read(&drawn)?, stylesheet, created_at })
    };
    found.map(kept).transpose()
}

/// A version as its row holds it, without any of our types.
#[derive(QueryableByName)]
#[diesel(table_name = form_versions)]
pub(super) struct AsWritten {
    pub(super) form_id: FormId,
    pub(super) version: i32,
    pub(super) title: String,
    pub(super) consent_text: String,
    pub(super) fields: String,
    pub(super) language: String,
    pub(super) created_at: i64,
    pub(super) intro: String,
    pub(super) purposes: String,
    pub(super) offers: String,
    pub(super) look: String,
    pub(super) drawn: String,
    pub(super) edition: i32,
    pub(super) stylesheet: String,
}

/// The row itself, found by its place: nothing of it is read from an index, which could be whole where the row is not.
pub(super) fn kept_as_written(conn: &mut Conn, id: FormId, version: i32) -> Result<Option<AsWritten>, StoreError> {
    let place = dialect::row_place(conn);
    let sql = format!(
        "SELECT form_id, version, title, consent_text, fields, language, created_at, intro, purposes, offers, look, \
         drawn, edition, stylesheet FROM form_versions \
         WHERE {place} = (SELECT {place} FROM form_versions WHERE form_id = $1 AND version = $2)"
    );
    let query = prepared(&sql).bind::<PublicId, _>(id).bind::<Integer, _>(version);
    Ok(query.get_result(conn).optional()?)
}

/// When the version after this one was made.
pub(super) fn replaced_at(conn: &mut Conn, id: FormId, version: i32) -> Result<Option<Timestamp>, StoreError> {
    Ok(form_versions::table
        .filter(form_versions::form_id.eq(id))
        .filter(form_versions::version.gt(version))
        .order(form_versions::version)
        .select(form_versions::created_at)
        .first(conn)
        .optional()?)
}

pub(super) fn close(conn: &mut Conn, account: AccountId, id: FormId, now: Timestamp) -> Result<bool, StoreError> {
    let open =
        forms::table.filter(forms::id.eq(id)).filter(forms::account_id.eq(account)).filter(forms::closed_at.is_null());
    Ok(diesel::update(open).set(forms::closed_at.eq(now)).execute(conn)? > 0)
}

pub(super) fn of_list(conn: &mut Conn, account: AccountId, list: ListId) -> Result<Vec<Form>, StoreError> {
    let in_force = form_versions::form_id.eq(forms::id).and(form_versions::version.eq(forms::version));
    let rows: Vec<(Row, VersionRow)> = forms::table
        .inner_join(form_versions::table.on(in_force))
        .filter(forms::account_id.eq(account))
        .filter(forms::list_id.eq(list))
        .filter(forms::closed_at.is_null())
        .order(forms::id)
        .select((Row::as_select(), VersionRow::as_select()))
        .load(conn)?;
    rows.into_iter().map(form_from).collect()
}
