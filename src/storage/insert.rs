//! Many rows in few statements: a round trip for each row is what a long write on a server waits for.

use diesel::RunQueryDsl;

use super::{Conn, Prepared, StoreError, binds, prepared};

/// Rows in one statement at most: SQLite takes 32,766 values in one, and no table has more than 32 columns.
const MOST: usize = 128;

/// Writes rows of one shape. `into` names the table and its columns, as in `lists (id, name)`; `bind` adds the values of a
/// row in the same order.
///
/// The statements come in few sizes, powers of two, because a connection keeps each text that it meets.
///
/// # Errors
/// When the database refuses a row.
pub(crate) fn insert_all<T>(
    conn: &mut Conn,
    into: &str,
    rows: &[T],
    bind: for<'a> fn(Prepared<'a>, &'a T) -> Prepared<'a>,
) -> Result<(), StoreError> {
    let row = format!("({})", vec!["?"; into.matches(',').count() + 1].join(", "));
    let mut rest = rows;
    while let Some(size) = rest.len().min(MOST).checked_ilog2().map(|power| 1 << power) {
        let (some, later) = rest.split_at(size);
        let sql = format!("INSERT INTO {into} VALUES {}", binds::rows(&row, size, 1));
        some.iter().fold(prepared(&sql), bind).execute(conn)?;
        rest = later;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use diesel::sql_types::{BigInt, Text};

    use super::*;
    use crate::storage::testing::empty_database;

    #[derive(diesel::QueryableByName)]
    struct Found {
        #[diesel(sql_type = BigInt)]
        rows: i64,
        #[diesel(sql_type = BigInt)]
        sum: i64,
    }

    #[test]
    fn every_row_is_written_once_whatever_their_number() {
        for count in [0, 1, 2, 3, 127, 128, 129, 300] {
            let mut conn = empty_database();
            diesel::sql_query("CREATE TABLE things (number BIGINT PRIMARY KEY, name TEXT NOT NULL)")
                .execute(&mut conn)
                .unwrap();
            let rows: Vec<(i64, String)> = (0..count).map(|number| (number, format!("thing {number}"))).collect();
            insert_all(&mut conn, "things (number, name)", &rows, |statement, (number, name)| {
                statement.bind::<BigInt, _>(*number).bind::<Text, _>(name.as_str())
            })
            .unwrap();
            let found: Found = diesel::sql_query(
                "SELECT count(*) AS rows, coalesce(sum(number), 0) AS sum FROM things WHERE name = 'thing ' || number",
            )
            .get_result(&mut conn)
            .unwrap();
            assert_eq!((found.rows, found.sum), (count, count * (count - 1).max(0) / 2), "{count}");
        }
    }
}
