//! Store: the only place with SQL (design §7). sea-orm entities in [`entity`], queries by noun beside them.
//!
//! [`Store::read`] reads; [`Store::write`] opens the only kind of transaction there is, and what should be
//! heard afterwards ([`WriteTx::on_commit`]) is told only once it is committed. `SQLite`: one writer
//! connection with `BEGIN IMMEDIATE` and a pool of readers that cannot write. PostgreSQL: one pool.
//! Nothing here decides anything; constraint names become conflicts in [`error`](self), once.

pub mod achievement;
pub mod alias;
pub mod api_key;
pub mod artwork;
pub mod audit;
pub mod award;
pub mod bulk;
pub mod channel_health;
pub mod column_seed;
pub mod completion_list;
mod connect;
pub mod consumer_key;
pub mod course;
pub mod course_group;
pub mod credential;
pub mod deployment;
pub mod deployment_claim;
mod effect;
pub mod enrollment;
pub mod entity;
mod error;
pub mod event_channel;
pub mod external_name;
pub mod generation;
pub mod hold;
pub mod idempotency;
pub mod invitation;
pub mod issuer;
pub mod launch;
pub mod launch_writer;
pub mod learner;
pub mod line_item;
pub mod link;
pub mod notice;
pub mod organization;
mod page;
pub mod pass;
pub mod pick;
pub mod placement;
pub mod platform;
pub mod reconcile;
pub mod record_reading;
pub mod record_source;
pub mod reseal;
pub mod review;
pub mod roster;
mod rows;
pub mod score_report;
pub mod server_fact;
pub mod service_outcome;
pub mod signal;
pub mod status_list;
pub mod unclaimed_event;
mod write;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

pub use connect::StoreSettings;
pub use effect::{Effect, Topic};
pub(crate) use page::page;
pub use page::{MAX_PAGE, Page, PageQuery};
pub(crate) use rows::{chunks, prune};
pub use sea_orm::DbErr;
pub use write::WriteTx;

use chrono::{DateTime, Utc};

use crate::error::Result;

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    engine: Engine,
    /// On PostgreSQL the same pool as `reader`.
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    effects: effect::Effects,
    counters: Arc<Counters>,
}

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// One file, one writer.
    Sqlite,
    /// A server, shared by replicas.
    Postgres,
}

/// How many statements have run since the start, without `BEGIN`, `COMMIT` and notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statements {
    /// `SELECT`s.
    pub reads: u64,
    /// Everything else.
    pub writes: u64,
}

#[derive(Debug, Default)]
struct Counters {
    reads: AtomicU64,
    writes: AtomicU64,
}

impl Store {
    /// Opens the database; a `SQLite` file and its folder are created, for their owner only.
    /// It does not touch the schema: see [`Store::migrate`].
    ///
    /// # Errors
    /// Internal when the address is wrong or nobody answers.
    pub async fn connect(settings: &StoreSettings) -> Result<Self> {
        let counters = Arc::new(Counters::default());
        let connect::Connections { engine, mut writer, mut reader } = connect::open(settings).await?;
        for connection in [&mut writer, &mut reader] {
            let counters = Arc::clone(&counters);
            connection.set_metric_callback(move |info| counters.count(&info.statement.sql));
        }
        let effects = effect::Effects::new(engine, &writer);
        Ok(Self { inner: Arc::new(Inner { engine, writer, reader, effects, counters }) })
    }

    /// Brings the schema to the newest state. Replicas that start together wait for each other.
    ///
    /// # Errors
    /// Internal when a statement fails; nothing is changed then.
    pub async fn migrate(&self) -> Result<()> {
        let tx = self.write().await?;
        if self.engine() == Engine::Postgres {
            // Any number will do; it is what replicas of Laurel agree on. Held until the commit.
            tx.execute_unprepared("SELECT pg_advisory_xact_lock(5496771236)").await?;
        }
        Migrator::up(&*tx, None).await?;
        tx.commit().await
    }

    /// How many steps [`Store::migrate`] would still take: 0 when the schema is the newest.
    ///
    /// # Errors
    /// Internal when the database does not answer.
    pub async fn pending_migrations(&self) -> Result<usize> {
        let tx = self.write().await?;
        let pending = Migrator::get_pending_migrations(&*tx).await?.len();
        tx.commit().await?;
        Ok(pending)
    }

    /// Which database it is.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.inner.engine
    }

    /// For reading outside a transaction. On `SQLite` it refuses to write.
    #[must_use]
    pub fn read(&self) -> &DatabaseConnection {
        &self.inner.reader
    }

    /// Opens a transaction that may write. Dropping it rolls back.
    ///
    /// # Errors
    /// Internal when no connection comes free in time.
    pub async fn write(&self) -> Result<WriteTx> {
        WriteTx::begin(self.clone()).await
    }

    /// Calls `hook` for every effect of this process and of others, before the commit is answered: caches
    /// that must not be a moment behind.
    pub fn on_effect(&self, hook: impl Fn(&Effect) + Send + Sync + 'static) {
        self.inner.effects.hook(Box::new(hook));
    }

    /// Hears what is committed from now on: in this process and, while [`Store::relay`] runs, in other
    /// replicas. One who hears [`broadcast::error::RecvError::Lagged`] has missed some and should act as
    /// on [`Effect::Everything`].
    #[must_use]
    pub fn effects(&self) -> broadcast::Receiver<Effect> {
        self.inner.effects.subscribe()
    }

    /// Carries effects from and to other replicas until `stop`; on `SQLite` there are none and it only
    /// waits. Run one per process, among its tasks.
    pub async fn relay(&self, stop: CancellationToken) {
        self.inner.effects.relay(stop).await;
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Internal when it does not.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.inner.reader.ping().await?)
    }

    /// Writes a consistent copy of a `SQLite` database to `file`, which must not exist yet, while others
    /// go on working.
    ///
    /// # Errors
    /// Conflict on PostgreSQL, whose own tools do that; internal when the copy fails.
    pub async fn copy_to(&self, file: &std::path::Path) -> Result<()> {
        connect::copy(self, file).await
    }

    /// Statements so far, for the test that counts them (design §11).
    #[must_use]
    pub fn counted(&self) -> Statements {
        let Counters { reads, writes } = &*self.inner.counters;
        Statements { reads: reads.load(Ordering::Relaxed), writes: writes.load(Ordering::Relaxed) }
    }

    /// Closes every connection; the last commit is safe on disk before that.
    pub async fn close(&self) {
        // Both are pools with inner counting: closing one closes it for every clone.
        for pool in [&self.inner.writer, &self.inner.reader] {
            if let Err(error) = pool.close_by_ref().await {
                tracing::warn!(%error, "closing the database");
            }
        }
    }
}

impl Counters {
    fn count(&self, sql: &str) {
        let counter = if sql.starts_with("SELECT") { &self.reads } else { &self.writes };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// The database server's own clock, for comparing; `SQLite` has none but ours.
///
/// # Errors
/// The database's.
pub async fn clock(db: &DatabaseConnection) -> std::result::Result<Option<DateTime<Utc>>, DbErr> {
    use sea_orm::{DbBackend, Statement};
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    let statement = Statement::from_string(DbBackend::Postgres, "SELECT clock_timestamp() AS now");
    db.query_one_raw(statement).await?.map(|row| row.try_get("", "now")).transpose()
}
