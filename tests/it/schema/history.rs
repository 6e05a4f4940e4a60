//! Migrations run up and down and up again, and once however many replicas start.

use std::collections::BTreeSet;

use migration::{Migrator, MigratorTrait as _};

use super::tables;
use crate::support::{database::Database, rows::World};

#[tokio::test]
async fn history_goes_up_down_and_up_again() {
    let database = Database::empty().await;
    let store = &database.store;
    assert_eq!(store.pending_migrations().await.unwrap(), Migrator::migrations().len());
    store.migrate().await.unwrap();
    assert_eq!(store.pending_migrations().await.unwrap(), 0);
    let full = tables(store).await;
    assert!(full.len() > 20, "{full:?}");

    let tx = store.write().await.unwrap();
    Migrator::down(&*tx, None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(tables(store).await, BTreeSet::new());

    store.migrate().await.unwrap();
    assert_eq!(tables(store).await, full);
    World::new(store).await;
    // A second time there is nothing to do, and what is there stays.
    store.migrate().await.unwrap();
    assert_eq!(tables(store).await, full);
}

#[tokio::test]
async fn replicas_that_start_together_migrate_once() {
    let database = Database::empty().await;
    let (one, other) = (database.replica().await, database.replica().await);
    let (first, second, third) = tokio::join!(one.migrate(), other.migrate(), database.store.migrate());
    first.and(second).and(third).unwrap();
    assert_eq!(one.pending_migrations().await.unwrap(), 0);
}
