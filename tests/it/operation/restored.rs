//! A backup that is put back: what was leased since it was made is not leased again.

use laurel::{
    domain::restored::{Restored, restored},
    store::{Engine, status_list},
};

use crate::support::{app::TestApp, database};

async fn leases(app: &TestApp) -> status_list::Block {
    let (now, dice) = (app.app.clock.now(), &app.app.dice);
    status_list::lease_block(&app.app.store, now, dice, app.organization, app.issuer.id, 8).await.unwrap()
}

#[tokio::test]
async fn places_that_were_leased_since_the_backup_are_not_leased_again() {
    if database::engine() != Engine::Sqlite {
        skipped!("PostgreSQL brings its own backups; the lists are the same there");
        return;
    }
    let app = TestApp::new().await;
    leases(&app).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.db");
    app.app.store.copy_to(&file).await.unwrap();
    let lost = leases(&app).await;
    let app = app.restore(&file).await;
    assert_eq!(leases(&app).await, lost, "a backup knows nothing of it, so this is not idle");
    let operator = app.operator();
    let Restored { lists, courses } = restored(&app.app, &operator).await.unwrap();
    assert_eq!((lists, courses), (1, app.count("course").await.unsigned_abs()));
    let next = leases(&app).await;
    assert!(next.list != lost.list && next.number > lost.number + 999, "{next:?} after {lost:?}");
    assert_ne!(next.permutation_key, lost.permutation_key);
    assert_eq!(app.count("audit_event WHERE action = 'backup.restored'").await, 1);
    // Put back once more, it leads to other lists than the first time.
    let again = app.restore(&file).await;
    restored(&again.app, &operator).await.unwrap();
    assert_ne!(leases(&again).await.number, next.number);
}
