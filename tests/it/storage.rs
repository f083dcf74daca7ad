//! Both databases have the same shape, the one that `schema.rs` says, and get there and back by migrations.

use estampille::storage::{Conn, Shape, migrate, shape};

use crate::support::{DatabaseKind, TestDatabase, on_both_databases};

#[test]
fn an_empty_database_is_behind_and_migrate_makes_it_current() {
    on_both_databases(|kind| async move {
        let database = TestDatabase::unmigrated(kind);
        let mut conn = database.connect();
        let Shape::Behind(missing) = shape(&mut conn).unwrap() else { panic!("an empty database is not current") };
        assert_eq!(migrate(&mut conn).unwrap().len(), missing.len());
        assert_eq!(shape(&mut conn).unwrap(), Shape::Current);
        assert_eq!(migrate(&mut conn).unwrap(), Vec::<String>::new(), "a second run has nothing to do");
    });
}
