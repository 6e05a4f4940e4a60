//! What every query keeps to: its organization, conflicts by name, pages, counted statements; and the file
//! itself, private and copied whole.

use laurel::{
    error::{Error, Kind},
    ids::OrganizationId,
    store::{self, MAX_PAGE, PageQuery, entity::award::AwardState},
};

use crate::support::{database::Database, rows::World};

#[tokio::test]
async fn rows_of_one_organization_are_not_there_for_another() {
    let database = Database::new().await;
    let db = database.store.read();
    let ada = World::new(&database.store).await;
    let mallory = World::new(&database.store).await.id();
    let tx = database.store.write().await.unwrap();
    let learner = store::learner::upsert(&tx, ada.learner("grace")).await.unwrap();
    let award = ada.award(learner.id);
    assert!(store::award::insert(&tx, award.clone()).await.unwrap());
    tx.commit().await.unwrap();

    assert_eq!(store::award::find(db, ada.id(), award.id).await.unwrap(), Some(award.clone()));
    assert_eq!(store::award::find(db, mallory, award.id).await.unwrap(), None);
    assert_eq!(store::learner::find(db, mallory, learner.id).await.unwrap(), None);
    assert_eq!(store::issuer::find(db, mallory, ada.issuer.id).await.unwrap(), None);
    assert_eq!(store::course::find(db, mallory, ada.course.id).await.unwrap(), None);
    assert_eq!(store::platform::find(db, mallory, ada.platform.id).await.unwrap(), None);
    assert!(store::placement::live(db, mallory, Some(ada.course.id)).await.unwrap().is_empty());
    let theirs =
        store::award::list(db, mallory, store::award::Filter::default(), PageQuery::default()).await.unwrap();
    assert!(theirs.items.is_empty());

    // Nor can they change them.
    let tx = database.store.write().await.unwrap();
    let stolen = store::entity::award::Model { organization_id: mallory, ..award.clone() };
    assert!(!store::award::update(&tx, stolen).await.unwrap());
    assert!(!store::award::publish(&tx, mallory, award.id, true, ada.now).await.unwrap());
    assert!(!store::platform::update(&tx, Some(mallory), ada.platform.clone()).await.unwrap());
    assert!(!store::platform::update(&tx, None, ada.platform.clone()).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(store::award::find(db, ada.id(), award.id).await.unwrap(), Some(award));
}

#[tokio::test]
async fn readers_of_sqlite_cannot_write_and_the_file_is_private() {
    let database = Database::new().await;
    let Some(folder) = database.folder() else { return skipped!("skipped: not SQLite") };
    use sea_orm::ConnectionTrait as _;
    let refused = database.store.read().execute_unprepared("DELETE FROM job").await.unwrap_err();
    assert!(refused.to_string().contains("readonly"), "{refused}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |name: &str| std::fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("data"), 0o700);
        assert_eq!(mode("data/laurel.db"), 0o600);
        assert_eq!(mode("data/laurel.db-wal"), 0o600);
    }
}

#[tokio::test]
async fn a_copy_is_a_whole_database() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let Some(folder) = database.folder() else {
        let refused = database.store.copy_to(std::path::Path::new("/nowhere")).await.unwrap_err();
        assert_eq!(refused.code(), "backup.postgres");
        return;
    };
    let file = folder.join("copy.db");
    database.store.copy_to(&file).await.unwrap();
    let settings = store::StoreSettings::new(format!("sqlite://{}", file.display()));
    let copy = store::Store::connect(&settings).await.unwrap();
    assert_eq!(copy.pending_migrations().await.unwrap(), 0);
    let issuer = store::issuer::unscoped_of_slug(copy.read(), &world.issuer.slug).await.unwrap();
    assert_eq!(issuer, Some(world.issuer));
    assert!(database.store.copy_to(&file).await.is_err(), "a copy never overwrites");
}

#[tokio::test]
async fn constraint_names_become_conflicts() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let refuse = async |code: &str, refused: Result<(), store::DbErr>| {
        let error = Error::from(refused.unwrap_err());
        assert_eq!((error.kind(), error.code()), (Kind::Conflict, code));
    };
    let tx = database.store.write().await.unwrap();
    let again = store::entity::organization::Model {
        id: world.dice.row_id::<OrganizationId>(world.now),
        ..world.organization.clone()
    };
    refuse("organization.slug_taken", store::organization::insert(&tx, again).await).await;
    drop(tx);
    let tx = database.store.write().await.unwrap();
    let again = store::entity::platform::Model { id: world.dice.public_id(), ..world.platform.clone() };
    refuse("platform.exists", store::platform::insert(&tx, again).await).await;
    drop(tx);
    let tx = database.store.write().await.unwrap();
    let again =
        store::entity::achievement_version::Model { id: world.dice.public_id(), ..world.version.clone() };
    refuse("achievement.version_clash", store::achievement::insert_version(&tx, again).await).await;
    drop(tx);
    let tx = database.store.write().await.unwrap();
    let learner = store::learner::upsert(&tx, world.learner("grace")).await.unwrap();
    let orphan =
        store::entity::award::Model { issuer_id: world.dice.row_id(world.now), ..world.award(learner.id) };
    refuse("reference.broken", store::award::insert(&tx, orphan).await.map(drop)).await;
    drop(tx);
    // The partial index itself, when someone changes a revoked award back into a current one.
    let tx = database.store.write().await.unwrap();
    let learner = store::learner::upsert(&tx, world.learner("grace")).await.unwrap();
    let revoked = store::entity::award::Model { state: AwardState::Revoked, ..world.award(learner.id) };
    assert!(store::award::insert(&tx, revoked.clone()).await.unwrap());
    assert!(store::award::insert(&tx, world.award(learner.id)).await.unwrap());
    let revived = store::entity::award::Model { state: AwardState::Active, ..revoked };
    refuse("award.exists", store::award::update(&tx, revived).await.map(drop)).await;
}

#[tokio::test]
async fn pages_show_every_row_once_newest_first() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let tx = database.store.write().await.unwrap();
    let mut rows: Vec<_> = (0..7).map(|n| world.learner(&n.to_string())).collect();
    for (n, row) in rows.iter_mut().enumerate() {
        row.id = world.dice.row_id(world.now + chrono::Duration::seconds(i64::try_from(n).unwrap()));
    }
    assert_eq!(store::learner::upsert_many(&tx, rows.clone()).await.unwrap().len(), 7);
    tx.commit().await.unwrap();
    let mut seen = Vec::new();
    let mut query = PageQuery { after: None, limit: 3 };
    loop {
        let page = store::learner::list(database.store.read(), world.id(), query).await.unwrap();
        assert!(page.items.len() <= 3);
        seen.extend(page.items.into_iter().map(|row| row.sub));
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, ["6", "5", "4", "3", "2", "1", "0"]);
    let all = PageQuery { after: None, limit: u64::MAX };
    assert!(
        store::learner::list(database.store.read(), world.id(), all).await.unwrap().items.len()
            <= usize::try_from(MAX_PAGE).unwrap()
    );
}

#[tokio::test]
async fn statements_are_counted() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let before = database.store.counted();
    store::issuer::find(database.store.read(), world.id(), world.issuer.id).await.unwrap();
    let tx = database.store.write().await.unwrap();
    store::server_fact::put(&tx, "fact", "1").await.unwrap();
    store::server_fact::find(&tx, "fact").await.unwrap();
    tx.commit().await.unwrap();
    let after = database.store.counted();
    assert_eq!((after.reads - before.reads, after.writes - before.writes), (2, 1));
}
