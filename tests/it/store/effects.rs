//! Effects: what a commit tells this process and, on PostgreSQL, the others.

use std::time::Duration;

use laurel::{
    clock::Dice,
    store::{self, Effect, Engine, Topic},
};
use tokio_util::sync::CancellationToken;

use crate::support::{
    database::{Database, engine},
    rows::World,
};

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing_and_tells_nobody() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let mut effects = database.store.effects();
    let tx = database.store.write().await.unwrap();
    store::server_fact::put(&tx, "fact", "1").await.unwrap();
    tx.on_commit(Effect::JobsReady);
    drop(tx);
    assert_eq!(store::server_fact::find(database.store.read(), "fact").await.unwrap(), None);

    let tx = database.store.write().await.unwrap();
    store::server_fact::put(&tx, "fact", "2").await.unwrap();
    tx.on_commit(Effect::Changed(Topic::Issuer(world.issuer.id)));
    tx.on_commit(Effect::Changed(Topic::Issuer(world.issuer.id)));
    tx.commit().await.unwrap();
    assert_eq!(store::server_fact::find(database.store.read(), "fact").await.unwrap().as_deref(), Some("2"));
    // Only what was committed, and once.
    assert_eq!(effects.try_recv().unwrap(), Effect::Changed(Topic::Issuer(world.issuer.id)));
    assert!(effects.try_recv().is_err());
}

#[tokio::test]
async fn effects_reach_other_replicas_and_come_back_once() {
    if engine() == Engine::Sqlite {
        return skipped!("skipped: SQLite has one process");
    }
    let database = Database::new().await;
    let other = database.replica().await;
    let stop = CancellationToken::new();
    let (mut here, mut there) = (database.store.effects(), other.effects());
    let talk = async {
        // Both say when they listen.
        assert_eq!(here.recv().await.unwrap(), Effect::Everything);
        assert_eq!(there.recv().await.unwrap(), Effect::Everything);
        let course = Topic::Course(Dice::system().row_id(crate::support::rows::moment()));
        let tx = database.store.write().await.unwrap();
        tx.on_commit(Effect::JobsReady);
        tx.on_commit(Effect::Changed(course));
        tx.commit().await.unwrap();
        assert_eq!(there.recv().await.unwrap(), Effect::JobsReady);
        assert_eq!(there.recv().await.unwrap(), Effect::Changed(course));
        // A command without a relay is heard as well.
        let command = database.replica().await;
        let tx = command.write().await.unwrap();
        tx.on_commit(Effect::Changed(Topic::Placements(None)));
        tx.commit().await.unwrap();
        assert_eq!(there.recv().await.unwrap(), Effect::Changed(Topic::Placements(None)));
        // Here: our own two once, then the command's.
        assert_eq!(here.recv().await.unwrap(), Effect::JobsReady);
        assert_eq!(here.recv().await.unwrap(), Effect::Changed(course));
        assert_eq!(here.recv().await.unwrap(), Effect::Changed(Topic::Placements(None)));
        stop.cancel();
    };
    let all = async { tokio::join!(database.store.relay(stop.clone()), other.relay(stop.clone()), talk) };
    tokio::time::timeout(Duration::from_secs(20), all).await.unwrap();
}

#[tokio::test]
async fn a_replica_that_lost_its_listener_forgets_everything() {
    if engine() == Engine::Sqlite {
        return skipped!("skipped: SQLite has one process");
    }
    let database = Database::new().await;
    let stop = CancellationToken::new();
    let mut effects = database.store.effects();
    let talk = async {
        assert_eq!(effects.recv().await.unwrap(), Effect::Everything);
        let pool = database.store.read().get_postgres_connection_pool();
        sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")
            .execute(pool)
            .await
            .unwrap();
        // Once for the break, once for listening again.
        assert_eq!(effects.recv().await.unwrap(), Effect::Everything);
        assert_eq!(effects.recv().await.unwrap(), Effect::Everything);
        stop.cancel();
    };
    let all = async { tokio::join!(database.store.relay(stop.clone()), talk) };
    tokio::time::timeout(Duration::from_secs(20), all).await.unwrap();
}

/// Somebody reads rules, they change, and only then does the reader keep what it read: nobody may find that.
#[tokio::test]
async fn what_was_read_before_a_change_is_not_kept_after_it() {
    let app = crate::support::app::TestApp::new().await;
    let (caches, organization) = (&app.app.caches, app.organization);
    let read = || std::sync::Arc::new(laurel::app::Needs::default());
    let before = caches.since();
    caches.keep(&caches.needs, organization, read(), before);
    assert!(caches.needs.get(&organization).is_some());
    caches.forget(&Effect::Changed(Topic::Placements(None)));
    assert!(caches.needs.get(&organization).is_none());
    caches.keep(&caches.needs, organization, read(), before);
    assert!(caches.needs.get(&organization).is_none());
    caches.keep(&caches.needs, organization, read(), caches.since());
    assert!(caches.needs.get(&organization).is_some());
}
