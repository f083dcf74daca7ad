//! The ids of the nouns, each its own type, so that one cannot stand where another belongs.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Binary};
use diesel::sqlite::Sqlite;
use serde::{Deserialize, Serialize};

use super::columns::PublicId;
use super::connection::MultiBackend;

macro_rules! public_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            AsExpression, FromSqlRow, Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
        )]
        #[diesel(sql_type = PublicId)]
        #[serde(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl $name {
            /// A new id; ids made later sort later (UUID version 7, RFC 9562).
            #[must_use]
            pub fn new() -> Self { Self(uuid::Uuid::now_v7()) }

            /// The sixteen bytes of the id, as marks and hashes take them.
            #[must_use]
            pub const fn bytes(&self) -> &[u8; 16] { self.0.as_bytes() }
        }

        impl Default for $name { fn default() -> Self { Self::new() } }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> { text.parse().map(Self) }
        }

        impl ToSql<PublicId, Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                ToSql::<diesel::sql_types::Uuid, Pg>::to_sql(&self.0, &mut out.reborrow())
            }
        }

        impl FromSql<PublicId, Pg> for $name {
            fn from_sql(value: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                <uuid::Uuid as FromSql<diesel::sql_types::Uuid, Pg>>::from_sql(value).map(Self)
            }
        }

        impl ToSql<PublicId, Sqlite> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                out.set_value(self.0.as_bytes().as_slice());
                Ok(IsNull::No)
            }
        }

        impl FromSql<PublicId, Sqlite> for $name {
            fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                let bytes = <Vec<u8> as FromSql<Binary, Sqlite>>::from_sql(value)?;
                Ok(Self(uuid::Uuid::from_slice(&bytes)?))
            }
        }

        impl ToSql<PublicId, MultiBackend> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                out.set_value((PublicId, self));
                Ok(IsNull::No)
            }
        }

        impl FromSql<PublicId, MultiBackend> for $name {
            fn from_sql(value: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                value.from_sql::<Self, PublicId>()
            }
        }
    )+};
}

public_id!(
    /// An account: a customer of the operator.
    AccountId,
    /// A user, who signs in to an account, or an operator.
    UserId,
    /// An API token (its id, never the token).
    ApiTokenId,
    /// A domain that an account sends from.
    SendingDomainId,
    /// A mailing list.
    ListId,
    /// A signup form.
    FormId,
    /// A person known to an account.
    SubscriberId,
    /// One subscriber on one list.
    SubscriptionId,
    /// An address that an account may not mail.
    SuppressionId,
    /// A campaign.
    CampaignId,
    /// A file of addresses on its way in.
    ImportId,
    /// A bounce.
    BounceId,
    /// A complaint.
    ComplaintId,
    /// A flood of a form.
    FloodId,
);

macro_rules! row_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            AsExpression, FromSqlRow, Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
        )]
        #[diesel(sql_type = BigInt)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }

        impl<DB: Backend> FromSql<BigInt, DB> for $name
        where i64: FromSql<BigInt, DB>,
        {
            fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> { i64::from_sql(value).map(Self) }
        }

        impl<DB: Backend> ToSql<BigInt, DB> for $name
        where i64: ToSql<BigInt, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result { self.0.to_sql(out) }
        }
    )+};
}

row_id!(
    /// One message to one recipient.
    DeliveryId,
    /// A message that came in.
    InboundMessageId,
    /// A consent record.
    ConsentRecordId,
);
