//! The pools of connections: many readers; one writer on SQLite, several on PostgreSQL.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use diesel::r2d2::{Pool, PooledConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::fate::Fate;
use super::opener::{Opener, Quiet};
use super::{Conn, DatabaseUrl, StoreError};

/// The database of the installation, shared by all parts of the program.
#[derive(Clone)]
pub struct Db {
    readers: Line,
    writers: Line,
    patience: Option<Duration>,
    writes_alone: bool,
}

/// Connections, and as many places: who waits for one waits here, first come, first served, and holds no thread meanwhile.
#[derive(Clone)]
struct Line {
    pool: Pool<Opener>,
    places: Arc<Semaphore>,
}

impl Line {
    fn of(opener: Opener, size: u32) -> Self {
        let places = Arc::new(Semaphore::new(usize::try_from(size).unwrap_or(1)));
        Self { pool: pool(opener, size), places }
    }

    fn connection(&self) -> Result<PooledConnection<Opener>, StoreError> {
        self.pool.get().map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    async fn place(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let place = tokio::time::timeout(WAIT_FOR_CONNECTION, Arc::clone(&self.places).acquire_owned());
        match place.await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(StoreError::Unavailable("every connection is in use".to_owned())),
        }
    }

    /// Runs `work` off the async threads, once there is a place.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (place, line) = (self.place().await?, self.clone());
        let result = tokio::task::spawn_blocking(move || {
            let result = work(&line);
            drop(place);
            result
        });
        joined(result.await)
    }
}

/// Nobody waits longer than this for a free connection: then the database counts as not available.
const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(5);

impl Db {
    /// Makes the pools; connects only when a connection is first asked for.
    #[must_use]
    pub fn new(url: &DatabaseUrl) -> Self {
        let opener = |only_reads| Opener::new(url, only_reads);
        match url {
            DatabaseUrl::Sqlite(_) => Self {
                readers: Line::of(opener(true), 8),
                writers: Line::of(opener(false), 1),
                patience: None,
                writes_alone: true,
            },
            DatabaseUrl::Postgres(_) => {
                let shared = Line::of(opener(false), 10);
                Self { readers: shared.clone(), writers: shared, patience: None, writes_alone: false }
            }
        }
    }

    /// Whether one writes at a time, in the whole installation.
    #[must_use]
    pub const fn writes_alone(&self) -> bool {
        self.writes_alone
    }

    /// The same database for somebody who waits no longer than this: after that it counts as not available, and a write
    /// that was begun is rolled back when the database moves again. One that is being committed just then is waited for
    /// once more as long; after that it is [`StoreError::Uncertain`].
    #[must_use]
    pub fn within(&self, longest: Duration) -> Self {
        Self { patience: Some(longest), ..self.clone() }
    }

    async fn patiently<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let Some(longest) = self.patience else { return work.await };
        tokio::time::timeout(longest, work).await.unwrap_or_else(|_| Err(no_answer(longest)))
    }

    /// Runs `work` on a connection of this thread; for commands and for threads of their own.
    ///
    /// # Errors
    /// What `work` returns, or [`StoreError::Unavailable`] without a connection.
    pub fn read_blocking<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.readers.connection()?.work(work)
    }

    /// Runs `work` in one write transaction on this thread.
    ///
    /// # Errors
    /// What `work` returns, after a roll-back, or [`StoreError::Unavailable`] without a connection.
    pub fn write_blocking<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.writers.connection()?.work(|conn| conn.in_write(work))
    }

    /// [`Db::read_blocking`] off the async threads.
    ///
    /// # Errors
    /// As [`Db::read_blocking`].
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.patiently(self.readers.run(move |line| line.connection()?.work(work))).await
    }

    /// [`Db::write`] on the thread that waits for it: for a task that has a thread of its own, so that nothing is handed
    /// from one thread to another.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn write_here<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let _place = self.writers.place().await?;
        unbroken(|| self.write_blocking(work))
    }

    /// [`Db::write_here`] of one statement, which is a transaction without saying so: one round trip instead of three.
    ///
    /// # Errors
    /// As [`Db::write`]; [`StoreError::Uncertain`] also where the connection was lost before the statement was carried out.
    pub async fn write_one_here<T>(
        &self,
        statement: impl FnOnce(&mut Conn) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let _place = self.writers.place().await?;
        unbroken(|| {
            self.writers.connection()?.work(statement).map_err(|error| match error {
                StoreError::Unavailable(trouble) => StoreError::Uncertain(trouble),
                error => error,
            })
        })
    }

    /// [`Db::write_blocking`] off the async threads. Whoever drops what is returned, because a request took too long or a
    /// task was cut, has given the write up: it is rolled back, or not begun at all; only one that is being committed
    /// just then is finished.
    ///
    /// # Errors
    /// As [`Db::write_blocking`].
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let fate = Fate::default();
        let (own, _waiting) = (fate.clone(), fate.waiting());
        let wanted = move |line: &Line| {
            own.before_begin()?;
            let work = |conn: &mut Conn| work(conn).and_then(|value| own.before_commit().map(|()| value));
            line.connection()?.work(|conn| conn.in_write(work))
        };
        let mut writing = std::pin::pin!(self.writers.run(wanted));
        let Some(longest) = self.patience else { return writing.await };
        if let Ok(ended) = tokio::time::timeout(longest, &mut writing).await {
            return ended;
        }
        if fate.give_up() {
            return Err(no_answer(longest));
        }
        let ended = tokio::time::timeout(longest, writing).await;
        ended.unwrap_or_else(|_| Err(StoreError::Uncertain("no answer to its commit".to_owned())))
    }

    /// [`Db::write`] that is not given up with whoever asked for it: for what a person wants done also when the line is
    /// cut before the answer, such as leaving.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn write_anyway<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let db = self.clone();
        joined(tokio::spawn(async move { db.write(work).await }).await)
    }
}

fn unbroken<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let ended = catch_unwind(AssertUnwindSafe(work));
    ended.unwrap_or_else(|_| Err(StoreError::Refused("the work ended early".to_owned())))
}

fn no_answer(within: Duration) -> StoreError {
    StoreError::Unavailable(format!("no answer within {} s", within.as_secs_f32()))
}

fn joined<T>(result: Result<Result<T, StoreError>, tokio::task::JoinError>) -> Result<T, StoreError> {
    result.unwrap_or_else(|error| Err(StoreError::Refused(format!("the work ended early: {error}"))))
}

fn pool(opener: Opener, size: u32) -> Pool<Opener> {
    Pool::builder()
        .max_size(size)
        .min_idle(Some(0))
        .connection_timeout(WAIT_FOR_CONNECTION)
        .error_handler(Box::new(Quiet))
        .build_unchecked(opener)
}
