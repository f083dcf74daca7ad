//! Both databases have the same shape, the one that `schema.rs` says, and get there and back by migrations.

mod live;
mod written;

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use diesel::sql_types::Integer;
use diesel::{QueryableByName, RunQueryDsl};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use estampille::storage::{Conn, Db, Shape, StoreError, migrate, shape};
use estampille::subscriptions::{self, Frequency, Rhythm};

use crate::people::world::on_both;
use crate::support::{DatabaseKind, TestDatabase, on, on_both_databases};

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

#[test]
fn both_databases_have_the_columns_that_schema_rs_says() {
    let written = written::tables();
    assert!(written.len() > 15, "{} tables were read from schema.rs", written.len());
    on_both_databases(|kind| {
        let written = written.clone();
        async move {
            let live = live::tables(&mut TestDatabase::new(kind).connect());
            let names: Vec<&String> = live.keys().collect();
            assert_eq!(names, written.keys().collect::<Vec<_>>(), "the tables");
            for (table, columns) in &written {
                assert_eq!(&live[table], columns, "the columns of {table}");
            }
        }
    });
}

#[test]
fn both_databases_have_the_same_indexes_and_references() {
    let databases = [DatabaseKind::Sqlite, DatabaseKind::Postgres].map(TestDatabase::new);
    let [sqlite, postgres] = databases.each_ref().map(|database| {
        let mut conn = database.connect();
        (live::indexes(&mut conn), live::references(&mut conn))
    });
    assert_eq!(sqlite, postgres);
    assert!(!sqlite.0.is_empty() && !sqlite.1.is_empty());
}

#[test]
fn migrations_have_equal_names_and_both_ways() {
    let names = |folder: &str| -> BTreeSet<String> {
        let folder = format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
        let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let complete = entries.inspect(|path| {
            for file in ["up.sql", "down.sql"] {
                assert!(path.join(file).is_file(), "{} lacks {file}", path.display());
            }
        });
        complete.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn migrations_go_up_down_and_up_again_to_the_same_shape() {
    on_both_databases(|kind| async move {
        let database = TestDatabase::unmigrated(kind);
        let mut conn = database.connect();
        migrate(&mut conn).unwrap();
        let (tables, indexes) = (live::tables(&mut conn), live::indexes(&mut conn));
        revert_all(&mut conn);
        assert_eq!(live::tables(&mut conn).keys().collect::<Vec<_>>(), Vec::<&String>::new());
        migrate(&mut conn).unwrap();
        assert_eq!(live::tables(&mut conn), tables);
        assert_eq!(live::indexes(&mut conn), indexes);
    });
}

/// The version before cannot read a row in which a word stands that it does not know.
#[test]
fn a_schema_that_goes_back_leaves_no_word_of_digests_behind() {
    on_both(|mut world| {
        let id = world.stamp("rose@reader.example").subscriber_id;
        let subscription = world.subscription("rose@reader.example").id;
        let digest = Rhythm { frequency: Some(Frequency::DigestWeekly), paused_until: None };
        assert!(world.write(|conn, _, now| subscriptions::choose_rhythm(conn, id, subscription, digest, now)));
        world.tamper("UPDATE deliveries SET kind = 'digest'");
        let waiting = world.count("SELECT count(*) AS number FROM deliveries WHERE state = 'queued'");
        assert!(waiting > 0);
        revert_to(&mut world.conn, "20261122090602");
        let left = "SELECT (SELECT count(*) FROM subscriptions WHERE frequency NOT IN ('day', 'week', 'month')) \
                    + (SELECT count(*) FROM deliveries WHERE kind = 'digest' OR state = 'queued') AS number";
        assert_eq!(world.count(left), 0);
        assert_eq!(world.count("SELECT count(*) AS number FROM subscriptions WHERE frequency = 'week'"), 1);
    });
}

/// During an upgrade the old program works on for a while on the schema of the new one.
#[test]
fn a_schema_that_is_ahead_counts_as_current() {
    on_both_databases(|kind| async move {
        let database = TestDatabase::new(kind);
        let mut conn = database.connect();
        let ahead = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20990101000000');
             ALTER TABLE lists ADD COLUMN colour TEXT; CREATE TABLE postcards (id BIGINT PRIMARY KEY);";
        conn.batch_execute(ahead).unwrap();
        assert_eq!(shape(&mut conn).unwrap(), Shape::Current);
        assert_eq!(migrate(&mut conn).unwrap(), Vec::<String>::new());
    });
}

#[derive(QueryableByName)]
struct Backend {
    #[diesel(sql_type = Integer)]
    pid: i32,
}

fn backend(conn: &mut Conn) -> Result<i32, StoreError> {
    Ok(diesel::sql_query("SELECT pg_backend_pid() AS pid").get_result::<Backend>(conn)?.pid)
}

/// One that worked a moment ago is handed out unasked, so whoever comes next may meet its death; nobody else does.
#[test]
fn a_connection_that_died_is_met_once_and_one_that_was_refused_lives_on() {
    on(DatabaseKind::Postgres, async {
        let database = TestDatabase::new(DatabaseKind::Postgres);
        let db = Db::new(&database.setting().parse().unwrap());
        let first = db.read(backend).await.unwrap();
        let refused: Result<(), _> = db.write(|_| Err(StoreError::Refused("it may not be".to_owned()))).await;
        assert!(refused.is_err());
        assert_eq!(db.read(backend).await.unwrap(), first);
        let kill = format!("SELECT pg_terminate_backend({first}, 5000)");
        diesel::sql_query(kill).execute(&mut database.connect()).unwrap();
        match db.read(backend).await {
            Ok(met) => assert_ne!(met, first),
            Err(trouble) => assert!(trouble.is_passing(), "{trouble}"),
        }
        assert_ne!(db.read(backend).await.unwrap(), first);
    });
}

fn folder(name: &str) -> FileBasedMigrations {
    FileBasedMigrations::from_path(format!("{}/migrations/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Goes back until this version is the newest one.
fn revert_to(conn: &mut Conn, version: &str) {
    fn newest<B: diesel::backend::Backend>(
        conn: &mut impl MigrationHarness<B>,
        source: &FileBasedMigrations,
        version: &str,
    ) {
        while conn.applied_migrations().unwrap().first().unwrap().to_string() != version {
            conn.revert_last_migration(source.clone()).unwrap();
        }
    }
    match conn {
        Conn::Sqlite(sqlite) => newest(sqlite, &folder("sqlite"), version),
        Conn::Postgres(postgres) => newest(postgres, &folder("postgres"), version),
    }
}

fn revert_all(conn: &mut Conn) {
    match conn {
        Conn::Sqlite(sqlite) => drop(sqlite.revert_all_migrations(folder("sqlite")).unwrap()),
        Conn::Postgres(postgres) => drop(postgres.revert_all_migrations(folder("postgres")).unwrap()),
    }
}
