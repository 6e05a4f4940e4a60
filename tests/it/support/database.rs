//! A fresh database per test: a `SQLite` file by default, a PostgreSQL database of its own when
//! `LAUREL_TEST_DATABASE=postgres://…` names a server. Gone when dropped.

use laurel::store::{Engine, Store, StoreSettings};
use sqlx::{Connection as _, PgConnection};

/// A migrated database that nobody else uses.
pub struct Database {
    /// Open on it.
    pub store: Store,
    place: Place,
}

enum Place {
    Folder(tempfile::TempDir),
    Server { server: String, name: String },
}

impl Database {
    /// Creates one with the newest schema.
    pub async fn new() -> Self {
        let database = Self::empty().await;
        database.store.migrate().await.unwrap();
        database
    }

    /// Creates one without any table.
    pub async fn empty() -> Self {
        let place = match server() {
            None => Place::Folder(tempfile::tempdir().unwrap()),
            Some(server) => {
                let name = format!("laurel_test_{}", hex(&laurel::clock::Dice::system().bytes::<8>()));
                on_server(&server, &format!("CREATE DATABASE {name}")).await;
                Place::Server { server, name }
            }
        };
        let store = Store::connect(&settings(&place)).await.unwrap();
        Self { store, place }
    }

    /// The copy of a `SQLite` database, put back in a folder of its own.
    pub async fn of_backup(file: &std::path::Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        std::fs::copy(file, folder.path().join("data/laurel.db")).unwrap();
        let place = Place::Folder(folder);
        let store = Store::connect(&settings(&place)).await.unwrap();
        store.migrate().await.unwrap();
        Self { store, place }
    }

    /// Another store on the same database, as another replica (or another command) has it.
    pub async fn replica(&self) -> Store {
        Store::connect(&settings(&self.place)).await.unwrap()
    }

    /// How to open it.
    pub fn settings(&self) -> StoreSettings {
        settings(&self.place)
    }

    /// The folder that goes away with it; `None` on PostgreSQL.
    pub fn folder(&self) -> Option<&std::path::Path> {
        match &self.place {
            Place::Folder(folder) => Some(folder.path()),
            Place::Server { .. } => None,
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Place::Server { server, name } = &self.place else { return };
        let (server, drop) = (server.clone(), format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        // Dropping cannot wait, so another thread does.
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(on_server(&server, &drop));
        });
        let _ended = thread.join();
    }
}

/// The engine this run of the tests uses.
pub fn engine() -> Engine {
    if server().is_some() { Engine::Postgres } else { Engine::Sqlite }
}

fn server() -> Option<String> {
    let server = std::env::var_os("LAUREL_TEST_DATABASE")?.into_string().unwrap();
    assert!(server.starts_with("postgres://"), "LAUREL_TEST_DATABASE is for PostgreSQL; unset it for SQLite");
    Some(server)
}

fn settings(place: &Place) -> StoreSettings {
    let url = match place {
        Place::Folder(folder) => format!("sqlite://{}/data/laurel.db", folder.path().display()),
        Place::Server { server, name } => {
            let (host, _) = server.rsplit_once('/').unwrap();
            format!("{host}/{name}")
        }
    };
    StoreSettings { connections: 8, ..StoreSettings::new(url) }
}

async fn on_server(server: &str, sql: &str) {
    let mut connection = PgConnection::connect(server).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
