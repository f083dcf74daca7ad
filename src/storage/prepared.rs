//! A statement in SQL of our own that a connection prepares once and keeps.
//!
//! `diesel::sql_query` is parsed and planned anew each time that it runs, because diesel cannot know whether its text
//! ever comes again. What runs for each mail, claim or signup comes again.

use std::marker::PhantomData;

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::Error;
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, Untyped};

use super::MultiBackend;

/// SQL valid on both databases, with `$1`, `$2` … where its values stand, in any order, each as often as it is needed.
///
/// A connection keeps every text it meets, so there must be few: numbers and words that vary are values.
#[must_use = "a statement does nothing until it runs"]
pub(crate) struct Prepared<'a> {
    sql: &'a str,
    values: Vec<Box<dyn QueryFragment<MultiBackend> + Send + 'a>>,
}

/// A statement of which each connection keeps the plan.
pub(crate) const fn prepared(sql: &str) -> Prepared<'_> {
    Prepared { sql, values: Vec::new() }
}

impl<'a> Prepared<'a> {
    /// The values of a list, filled up to [`round_up`] with one that matches nothing.
    pub(crate) fn bind_list<ST, V>(self, values: &[V], nothing: V) -> Self
    where
        MultiBackend: HasSqlType<ST>,
        ST: Send + 'a,
        V: ToSql<ST, MultiBackend> + Copy + Send + 'a,
    {
        let filled_up = values.iter().copied().chain(std::iter::repeat(nothing)).take(round_up(values.len()));
        filled_up.fold(self, |statement, value| statement.bind::<ST, _>(value))
    }

    /// The next value, of the SQL type `ST`.
    pub(crate) fn bind<ST, V>(mut self, value: V) -> Self
    where
        MultiBackend: HasSqlType<ST>,
        ST: Send + 'a,
        V: ToSql<ST, MultiBackend> + Send + 'a,
    {
        self.values.push(Box::new(Value(value, PhantomData::<ST>)));
        self
    }
}

struct Value<ST, V>(V, PhantomData<ST>);

impl<ST, V> QueryFragment<MultiBackend> for Value<ST, V>
where
    MultiBackend: HasSqlType<ST>,
    V: ToSql<ST, MultiBackend>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_bind_param::<ST, V>(&self.0)
    }
}

impl QueryFragment<MultiBackend> for Prepared<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        let mut rest = self.sql;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_sql(before);
            let digits = after.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(after.len());
            let (number, after) = after.split_at(digits);
            let at = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            let value = at.and_then(|at| self.values.get(at));
            let value = value.ok_or_else(|| Error::QueryBuilderError(format!("no value for ${number}").into()))?;
            value.walk_ast(out.reborrow())?;
            rest = after;
        }
        out.push_sql(rest);
        Ok(())
    }
}

impl QueryId for Prepared<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Prepared<'_> {
    type SqlType = Untyped;
}

impl<Conn> RunQueryDsl<Conn> for Prepared<'_> {}

/// The next of a few sizes: lists are filled up to it with what matches nothing, so that their texts are few.
#[must_use]
pub(crate) fn round_up(length: usize) -> usize {
    length.max(1).next_power_of_two()
}

#[cfg(test)]
mod tests {
    use diesel::sql_types::{BigInt, Text};

    use super::*;
    use crate::storage::testing::empty_database;

    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        said: String,
    }

    #[test]
    fn values_stand_where_their_numbers_say_as_often_as_they_are_asked_for() {
        let mut conn = empty_database();
        for number in [7_i64, 8] {
            let row: Row = prepared("SELECT $2 || '-' || $1 || '-' || $2 AS said")
                .bind::<BigInt, _>(number)
                .bind::<Text, _>("a")
                .get_result(&mut conn)
                .unwrap();
            assert_eq!(row.said, format!("a-{number}-a"));
        }
    }

    #[test]
    fn a_number_without_its_value_is_an_error_and_not_an_empty_one() {
        let refused = prepared("SELECT $1 || $2 AS said").bind::<Text, _>("a").get_result::<Row>(&mut empty_database());
        assert!(refused.is_err());
    }

    #[test]
    fn lists_come_in_few_sizes() {
        assert_eq!([0, 1, 2, 3, 16, 17, 500].map(round_up), [1, 1, 2, 4, 16, 32, 512]);
    }
}
