//! How the two engines are opened: pools, durability, permissions of the file (design §7,
//! `spec/rust-stack.md` §2). Nothing here knows a table.

use std::{fmt, path::Path, time::Duration};

use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, DbErr, Statement,
    sqlx::{postgres::PgConnectOptions, sqlite::SqliteConnectOptions},
};
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

use super::{Engine, Store};
use crate::error::{Error, Result};

/// Where the database is and how much of it we take.
#[derive(Clone)]
pub struct StoreSettings {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: String,
    /// `SQLite`: connections that read. The writer is one more.
    pub readers: u32,
    /// PostgreSQL: connections in all.
    pub connections: u32,
}

/// The writer's page cache, in KiB as `SQLite` wants it (negative).
const WRITER_CACHE: &str = "-32768";
/// The write-ahead log is worked into the file after so many pages, of 4 KiB.
const CHECKPOINT: &str = "4096";

pub(super) struct Connections {
    pub engine: Engine,
    pub writer: DatabaseConnection,
    pub reader: DatabaseConnection,
}

impl StoreSettings {
    /// The usual amounts.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), readers: 4, connections: 16 }
    }
}

impl fmt::Debug for StoreSettings {
    /// The address may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreSettings")
            .field("url", &"***")
            .field("readers", &self.readers)
            .field("connections", &self.connections)
            .finish()
    }
}

pub(super) async fn open(settings: &StoreSettings) -> Result<Connections> {
    if settings.url.starts_with("sqlite:") {
        return open_sqlite(settings).await;
    }
    if settings.url.starts_with("postgres://") || settings.url.starts_with("postgresql://") {
        return open_postgres(settings).await;
    }
    Err(Error::internal("the database address must begin with sqlite: or postgres://"))
}

/// Copies a `SQLite` database while it is in use.
pub(super) async fn copy(store: &Store, file: &Path) -> Result<()> {
    if store.engine() == Engine::Postgres {
        return Err(Error::conflict(
            "backup.postgres",
            "A PostgreSQL database is backed up with its own tools, for example pg_dump.",
        ));
    }
    let target = file.to_str().ok_or_else(|| Error::internal("the file's name is not text"))?;
    let vacuum = Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [target.into()]);
    // Over the writer: VACUUM INTO only reads, but `query_only` readers refuse its temporary pages.
    store.inner.writer.execute_raw(vacuum).await?;
    Ok(())
}

async fn open_sqlite(settings: &StoreSettings) -> Result<Connections> {
    let options: SqliteConnectOptions = settings.url.parse().map_err(Error::internal)?;
    prepare_file(options.get_filename()).map_err(Error::internal)?;
    let writer = Database::connect(sqlite(&settings.url, 1, false)).await?;
    let reader = Database::connect(sqlite(&settings.url, settings.readers.max(1), true)).await?;
    Ok(Connections { engine: Engine::Sqlite, writer, reader })
}

fn sqlite(url: &str, connections: u32, only_reads: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            let options = options
                .journal_mode(SqliteJournalMode::Wal)
                // An answered launch survives the power cut (design §6.2).
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                // Other processes (commands beside a running server) may hold the lock for a moment.
                .busy_timeout(Duration::from_secs(10))
                .statement_cache_capacity(256);
            match only_reads {
                true => options.pragma("query_only", "ON"),
                // Thousands of awards in a row touch the same index pages again and again.
                false => options.pragma("cache_size", WRITER_CACHE).pragma("wal_autocheckpoint", CHECKPOINT),
            }
        });
    options
}

/// Creates the file and its folder so that only their owner can look inside; `SQLite` gives its side
/// files the same permissions.
fn prepare_file(path: &Path) -> std::io::Result<()> {
    let mut folder = std::fs::DirBuilder::new();
    folder.recursive(true);
    let mut file = std::fs::OpenOptions::new();
    file.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
        folder.mode(0o700);
        file.mode(0o600);
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        folder.create(parent)?;
    }
    file.open(path).map(drop)
}

async fn open_postgres(settings: &StoreSettings) -> Result<Connections> {
    // Parsed here once, because sea-orm's own complaint would repeat the address with its password.
    settings
        .url
        .parse::<PgConnectOptions>()
        .map_err(|_| Error::internal(DbErr::Custom("the PostgreSQL address cannot be read".into())))?;
    let mut options = ConnectOptions::new(settings.url.clone());
    options
        // One is taken for good by the listener.
        .max_connections(settings.connections.max(2) + 1)
        .acquire_timeout(Duration::from_secs(30))
        .test_before_acquire(false)
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .set_application_name("laurel")
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(|options| options.statement_cache_capacity(512));
    let pool = Database::connect(options).await?;
    Ok(Connections { engine: Engine::Postgres, writer: pool.clone(), reader: pool })
}
