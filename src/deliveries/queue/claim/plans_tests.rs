//! What a claim costs does not depend on how many deliveries there are: every look is one into an index.

use super::super::waiting::WAITING;
use super::*;
use crate::storage::testing::{empty_database, steps};

#[test]
fn a_claim_looks_into_one_index_and_sorts_nothing() {
    let mut conn = empty_database();
    let each = |which| each_sql(&Conn::open_sqlite(":memory:").unwrap(), which, 3);
    for (sql, index, looks) in [
        (due_sql(&conn, SINGLE), "deliveries_single", 1),
        (due_sql(&conn, DIGESTS), "deliveries_digests", 1),
        (BEGIN.to_owned(), "deliveries_digests", 1),
        (each(Which::Retries), "deliveries_retry (campaign_id=? AND lane=? AND due_at<?)", 3),
        (each(Which::Released), "deliveries_released (campaign_id=? AND lane=? AND position<?)", 3),
    ] {
        let steps = steps(&mut conn, &sql);
        assert_eq!(steps.iter().filter(|step| step.contains(index)).count(), looks, "{sql}: {steps:?}");
        let reads_all = |step: &&String| step.contains("SCAN deliveries") || step.contains("TEMP B-TREE FOR ORDER");
        assert!(!steps.iter().any(|step| reads_all(&step)), "{steps:?}");
    }
}

#[test]
fn the_first_of_each_lane_is_found_without_reading_the_others() {
    let mut conn = empty_database();
    let steps = steps(&mut conn, WAITING);
    for index in ["deliveries_released (campaign_id=? AND lane=?)", "deliveries_retry (campaign_id=? AND lane=?)"] {
        assert!(steps.iter().any(|step| step.contains(index)), "{steps:?}");
    }
    assert!(!steps.iter().any(|step| step.contains("SCAN deliveries")), "{steps:?}");
}
