//! The schema guard (house-style §6): history runs up and down on this engine (`history`), the migrated tables hold
//! exactly what the entities say (`entities`), and questions are answered in order and by an index (`questions`).

use std::collections::BTreeSet;

use laurel::store::{Engine, Store};
use sea_orm::{ConnectionTrait as _, Statement};

mod entities;
mod history;
mod questions;

/// Our tables, without sea-orm's own.
async fn tables(store: &Store) -> BTreeSet<String> {
    names(store, match store.engine() {
        Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'seaql_migrations'".into(),
        Engine::Postgres => "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> 'seaql_migrations'".into(),
    })
    .await
}

async fn columns(store: &Store, table: &str) -> BTreeSet<String> {
    names(store, match store.engine() {
        Engine::Sqlite => format!("SELECT name FROM pragma_table_info('{table}')"),
        Engine::Postgres => format!("SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{table}'"),
    })
    .await
}

async fn names(store: &Store, sql: String) -> BTreeSet<String> {
    let statement = Statement::from_string(store.read().get_database_backend(), sql);
    let rows = store.read().query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", "name").unwrap()).collect()
}
