//! Where everything is kept: one embedded SQLite file, or one PostgreSQL server, through the same code.
//!
//! Nothing outside this folder and the `store.rs` files of the nouns names diesel. A use case gets a [`Conn`] and
//! returns a [`StoreError`] when the work could not be done; what SQL must differ between the two databases lives in
//! [`dialect`].

mod backup;
pub(crate) mod binds;
pub mod columns;
mod connection;
pub mod dialect;
mod error;
mod fate;
mod ids;
mod insert;
mod migrate;
mod opener;
mod pool;
mod prepared;
pub mod schema;
#[cfg(test)]
pub(crate) mod testing;
mod url;
mod words;

pub use backup::backup;
pub use columns::{Language, Timestamp};
pub use connection::Conn;
pub(crate) use connection::MultiBackend;
pub use error::StoreError;
pub use ids::*;
pub(crate) use insert::insert_all;
pub use migrate::{Shape, migrate, shape};
pub use pool::Db;
pub(crate) use prepared::{Prepared, prepared, round_up};
pub use url::DatabaseUrl;
pub(crate) use words::words;
