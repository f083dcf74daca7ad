//! Bringing the schema up to date, and reading what shape it has.

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::POSTGRES_SETTINGS;
use super::{Conn, StoreError};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Two nodes that start at once on PostgreSQL must not migrate at once; the number is ours alone.
const MIGRATION_LOCK: &str = "SELECT pg_advisory_lock(5318008)";
const MIGRATION_UNLOCK: &str = "SELECT pg_advisory_unlock(5318008)";

/// Whether the schema is the one this program was built for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Every migration that this program knows has run.
    Current,
    /// These migrations have not run yet: `estampille migrate` runs them.
    Behind(Vec<String>),
}

/// Runs the migrations that are missing and names them.
///
/// # Errors
/// When the database cannot be reached or a migration is refused; what ran before stays.
pub fn migrate(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    let refused = |error: Box<dyn std::error::Error + Send + Sync>| StoreError::Refused(error.to_string());
    let ran = match conn {
        Conn::Sqlite(sqlite) => {
            sqlite.run_pending_migrations(SQLITE).map_err(refused)?.iter().map(ToString::to_string).collect()
        }
        Conn::Postgres(postgres) => {
            // An index of many rows takes its time, and so does who migrates before us.
            postgres.batch_execute("SET statement_timeout = 0; SET lock_timeout = 0")?;
            diesel::sql_query(MIGRATION_LOCK).execute(postgres)?;
            let ran = postgres
                .run_pending_migrations(POSTGRES)
                .map(|versions| versions.iter().map(ToString::to_string).collect())
                .map_err(refused);
            diesel::sql_query(MIGRATION_UNLOCK).execute(postgres)?;
            postgres.batch_execute(POSTGRES_SETTINGS)?;
            ran?
        }
    };
    Ok(ran)
}

/// Says whether migrations are missing, changing nothing.
///
/// A schema that is ahead counts as current: a newer version runs beside this one during an upgrade.
///
/// # Errors
/// When the database cannot be reached.
pub fn shape(conn: &mut Conn) -> Result<Shape, StoreError> {
    let ran = applied(conn)?;
    let missing: Vec<String> = known(conn)?.into_iter().filter(|version| !ran.contains(version)).collect();
    Ok(if missing.is_empty() { Shape::Current } else { Shape::Behind(missing) })
}

fn known(conn: &Conn) -> Result<Vec<String>, StoreError> {
    use diesel::migration::{Migration, MigrationSource};
    let refused = |error: Box<dyn std::error::Error + Send + Sync>| StoreError::Refused(error.to_string());
    Ok(match conn {
        Conn::Sqlite(_) => {
            names(&MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE).map_err(refused)?, |m| {
                m.name().version().to_string()
            })
        }
        Conn::Postgres(_) => names(&MigrationSource::<diesel::pg::Pg>::migrations(&POSTGRES).map_err(refused)?, |m| {
            m.name().version().to_string()
        }),
    })
}

fn names<M>(migrations: &[M], name: impl Fn(&M) -> String) -> Vec<String> {
    migrations.iter().map(name).collect()
}

#[derive(diesel::QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

/// The versions that have run; none where diesel's own table is not there yet.
fn applied(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    let table = match conn {
        Conn::Sqlite(_) => "SELECT name AS version FROM sqlite_master WHERE name = '__diesel_schema_migrations'",
        Conn::Postgres(_) => {
            "SELECT tablename::text AS version FROM pg_tables WHERE tablename = '__diesel_schema_migrations'"
        }
    };
    if diesel::sql_query(table).load::<Version>(conn)?.is_empty() {
        return Ok(Vec::new());
    }
    let rows = diesel::sql_query("SELECT version FROM __diesel_schema_migrations").load::<Version>(conn)?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}
