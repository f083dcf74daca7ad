//! Whoever was told that something was not done can rely on it, and is told where nobody knows.

use std::sync::mpsc;
use std::time::Duration;

use diesel::RunQueryDsl;
use diesel::sql_types::BigInt;
use estampille::storage::{Conn, Db, StoreError};

use super::database::far_away;
use crate::support::{DatabaseKind, TestDatabase, databases, on_both_databases};

const SOON: Duration = Duration::from_millis(300);

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// The same row again is refused.
fn leave_a_trace(conn: &mut Conn) -> Result<(), StoreError> {
    let sql = "INSERT INTO counters (name, window_at, hits) VALUES ('trace', 1, 1)";
    Ok(diesel::sql_query(sql).execute(conn).map(drop)?)
}

fn traces(database: &TestDatabase) -> i64 {
    let sql = "SELECT count(*) AS number FROM counters WHERE name = 'trace'";
    diesel::sql_query(sql).get_result::<Number>(&mut database.connect()).unwrap().number
}

#[test]
fn a_write_that_takes_longer_than_its_caller_waits_is_rolled_back() {
    on_both_databases(|kind| async move {
        let database = TestDatabase::new(kind);
        let db = Db::new(&database.setting().parse().unwrap());
        let (go_on, wait) = mpsc::channel::<()>();
        let slow = move |conn: &mut Conn| {
            leave_a_trace(conn)?;
            // The test has dropped its end when it does not answer.
            let _went_on = wait.recv();
            Ok(())
        };
        let told = db.within(SOON).write(slow).await;
        assert!(matches!(told, Err(StoreError::Unavailable(_))), "{told:?}");
        go_on.send(()).unwrap();
        // The same row waits for what became of the first one.
        db.write(leave_a_trace).await.unwrap();
        assert_eq!(traces(&database), 1);
    });
}

/// A write, by one way or the other, of somebody who goes while it is under way; says how often it was done.
async fn left_alone(database: &TestDatabase, is_wanted_anyway: bool) -> i64 {
    let db = Db::new(&database.setting().parse().unwrap());
    let (go_on, wait) = mpsc::channel::<()>();
    let (begin, begun) = tokio::sync::oneshot::channel();
    let slow = move |conn: &mut Conn| {
        leave_a_trace(conn)?;
        begin.send(()).unwrap();
        let _went_on = wait.recv();
        Ok(())
    };
    let asked = db.clone();
    let cut =
        tokio::spawn(
            async move { if is_wanted_anyway { asked.write_anyway(slow).await } else { asked.write(slow).await } },
        );
    begun.await.unwrap();
    cut.abort();
    assert!(cut.await.unwrap_err().is_cancelled());
    go_on.send(()).unwrap();
    // The same row waits for what became of the first one, and is refused where it is there.
    let again = db.write(leave_a_trace).await;
    assert_eq!(again.is_err(), is_wanted_anyway);
    traces(database)
}

#[test]
fn a_write_that_nobody_waits_for_any_more_is_rolled_back_but_for_what_is_wanted_anyway() {
    on_both_databases(|kind| async move {
        for is_wanted_anyway in [false, true] {
            assert_eq!(left_alone(&TestDatabase::new(kind), is_wanted_anyway).await, 1);
        }
    });
}

#[test]
fn a_write_in_time_is_done() {
    on_both_databases(|kind| async move {
        let database = TestDatabase::new(kind);
        Db::new(&database.setting().parse().unwrap()).within(SOON * 100).write(leave_a_trace).await.unwrap();
        assert_eq!(traces(&database), 1);
    });
}

#[test]
fn a_commit_whose_answer_is_lost_is_called_uncertain_because_it_may_be_done() {
    databases::on(DatabaseKind::Postgres, async {
        let (database, way, url) = far_away().await;
        let db = Db::new(&url.parse().unwrap()).within(SOON * 100);
        way.lose_answers_to_commits(1);
        let told = db.write(leave_a_trace).await;
        assert!(matches!(told, Err(StoreError::Uncertain(_))), "{told:?}");
        assert_eq!(traces(&database), 1, "it was done");
    });
}
