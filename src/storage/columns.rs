//! The column types that diesel does not bring for both databases: public ids, times and languages.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow, Queryable};
use diesel::expression::AsExpression;
use diesel::query_builder::QueryId;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{BigInt, HasSqlType, SqlType, Text};
use serde::{Deserialize, Serialize};

use super::connection::MultiBackend;
use crate::mail::EmailAddress;

/// The SQL type of every public id: `UUID` on PostgreSQL, a 16-byte `BLOB` on SQLite.
#[derive(SqlType, QueryId, Debug, Clone, Copy, Default)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct PublicId;

impl HasSqlType<PublicId> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        MultiBackend::lookup_sql_type::<PublicId>(lookup)
    }
}

/// A moment in UTC, kept as microseconds since 1970 in a `BIGINT` on both databases.
///
/// Printed and read by people and programs as RFC 3339.
#[derive(AsExpression, FromSqlRow, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[diesel(sql_type = BigInt)]
pub struct Timestamp(i64);

impl Timestamp {
    /// A moment from microseconds since 1970.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The same moment as chrono sees it; moments that chrono cannot hold become the epoch.
    #[must_use]
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }

    /// RFC 3339 in UTC with whole seconds, as the API prints times.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// How long it is from `earlier` to this moment; negative when it lies before.
    #[must_use]
    pub fn since(self, earlier: Self) -> TimeDelta {
        TimeDelta::microseconds(self.0.saturating_sub(earlier.0))
    }

    /// The start of the window of `length` in which this moment lies, counted from the epoch.
    #[must_use]
    pub fn window(self, length: TimeDelta) -> Self {
        let micros = length.num_microseconds().unwrap_or(i64::MAX).max(1);
        Self(self.0.div_euclid(micros).saturating_mul(micros))
    }
}

impl std::ops::Add<TimeDelta> for Timestamp {
    type Output = Self;
    fn add(self, delta: TimeDelta) -> Self {
        Self(self.0.saturating_add(delta.num_microseconds().unwrap_or(i64::MAX)))
    }
}

impl std::ops::Sub<TimeDelta> for Timestamp {
    type Output = Self;
    fn sub(self, delta: TimeDelta) -> Self {
        Self(self.0.saturating_sub(delta.num_microseconds().unwrap_or(i64::MAX)))
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(moment: DateTime<Utc>) -> Self {
        Self(moment.timestamp_micros())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        DateTime::<Utc>::deserialize(deserializer).map(Self::from)
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for Timestamp
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(value).map(Self)
    }
}

impl<DB: Backend> ToSql<BigInt, DB> for Timestamp
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

/// A language with a catalogue, named by its tag (BCP 47) in the database, in the API and in `lang` attributes.
#[derive(AsExpression, FromSqlRow, Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[diesel(sql_type = Text)]
pub struct Language(&'static str);

impl Language {
    /// The language of installations that say nothing else.
    pub const ENGLISH: Self = Self("en");

    /// Every language that has a catalogue.
    #[must_use]
    pub fn all() -> &'static [Self] {
        static ALL: std::sync::OnceLock<Vec<Language>> = std::sync::OnceLock::new();
        ALL.get_or_init(|| {
            crate::texts::languages().into_iter().map(|tag| Self(Box::leak(tag.into_boxed_str()))).collect()
        })
    }

    /// Its tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        self.0
    }
}

impl FromStr for Language {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::all();
        known.iter().find(|language| language.0 == text).copied().ok_or_else(|| {
            format!("`{text}` is none of {}", known.iter().map(|language| language.0).collect::<Vec<_>>().join(", "))
        })
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Serialize for Language {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl<DB: Backend> FromSql<Text, DB> for Language
where
    String: FromSql<Text, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(String::from_sql(value)?.parse::<Self>()?)
    }
}

impl<DB: Backend> ToSql<Text, DB> for Language
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl<DB: Backend> FromSql<Text, DB> for EmailAddress
where
    String: FromSql<Text, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self::parse(&String::from_sql(value)?)?)
    }
}

impl<DB: Backend> Queryable<Text, DB> for EmailAddress
where
    String: FromSql<Text, DB>,
{
    type Row = Self;
    fn build(row: Self) -> deserialize::Result<Self> {
        Ok(row)
    }
}
