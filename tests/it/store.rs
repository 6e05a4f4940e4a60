//! The store's promises on the engine of this run: scoping, conflicts, upserts, status places, effects.

use std::{collections::HashSet, time::Duration};

use laurel::{
    clock::Dice,
    error::{Error, Kind},
    ids::OrganizationId,
    store::{
        self, Effect, Engine, MAX_PAGE, PageQuery, Topic,
        entity::{
            award::AwardState, credential::CredentialKind, placement::PlacementState, signal::SignalForm,
        },
    },
};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::support::{
    database::{Database, engine},
    rows::World,
};

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
        return eprintln!("skipped: SQLite has one process");
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
        return eprintln!("skipped: SQLite has one process");
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

#[tokio::test]
async fn readers_of_sqlite_cannot_write_and_the_file_is_private() {
    let database = Database::new().await;
    let Some(folder) = database.folder() else { return eprintln!("skipped: not SQLite") };
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
async fn a_learner_is_renewed_not_doubled_and_what_is_unknown_stays() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let first = world.learner("grace");
    let tx = database.store.write().await.unwrap();
    assert_eq!(store::learner::upsert(&tx, first.clone()).await.unwrap(), first);
    let later = world.now + chrono::Duration::hours(1);
    let seen_again = store::entity::learner::Model {
        name: None,
        email: Some("new@example.org".into()),
        is_test: true,
        last_seen_at: later,
        ..world.learner("grace")
    };
    let renewed = store::learner::upsert(&tx, seen_again).await.unwrap();
    let expected = store::entity::learner::Model {
        email: Some("new@example.org".into()),
        is_test: true,
        last_seen_at: later,
        ..first.clone()
    };
    assert_eq!(renewed, expected);
    // A test user stays one.
    let again =
        store::learner::upsert_many(&tx, vec![world.learner("grace"), world.learner("grace")]).await.unwrap();
    assert_eq!(again.len(), 1);
    assert!(again[0].is_test);
    assert_eq!(again[0].id, first.id);

    // Staff stay staff.
    let course = world.course.id;
    let issuer = &world.platform.issuer_url;
    let found =
        store::learner::with_enrollment(&tx, world.id(), issuer, "grace", course).await.unwrap().unwrap();
    assert_eq!((found.0.id, found.1), (first.id, None));
    let staff = store::entity::enrollment::Model { is_staff_ever: true, ..world.enrollment(first.id) };
    store::enrollment::upsert(&tx, staff.clone()).await.unwrap();
    let learner = store::entity::enrollment::Model { digest: "other".into(), ..world.enrollment(first.id) };
    let stored = store::enrollment::upsert(&tx, learner).await.unwrap();
    assert_eq!(stored, store::entity::enrollment::Model { digest: "other".into(), ..staff });
    let before = database.store.counted();
    let found =
        store::learner::with_enrollment(&tx, world.id(), issuer, "grace", course).await.unwrap().unwrap();
    assert_eq!(database.store.counted().reads - before.reads, 1);
    assert_eq!((found.0.id, found.1), (first.id, Some(stored)));
    // An enrollment in another course is not this one's.
    let other = world.dice.row_id(world.now);
    let found =
        store::learner::with_enrollment(&tx, world.id(), issuer, "grace", other).await.unwrap().unwrap();
    assert_eq!(found.1, None);
    assert_eq!(store::learner::lock(&tx, world.id(), first.id).await.unwrap().unwrap().id, first.id);
}

#[tokio::test]
async fn an_event_happens_once_and_a_reading_keeps_the_newest() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let tx = database.store.write().await.unwrap();
    let learner = store::learner::upsert(&tx, world.learner("grace")).await.unwrap().id;
    let hour = |n| world.now + chrono::Duration::hours(n);
    let event = world.signal(learner, SignalForm::Event, "e1");
    let reading = world.signal(learner, SignalForm::Reading, "r1");
    let mut changed = store::signal::record(&tx, vec![event.clone(), reading.clone()]).await.unwrap();
    changed.sort_by(|a, b| a.source_id.cmp(&b.source_id));
    assert_eq!(changed, [event.clone(), reading.clone()]);

    // The same event again, even when it says something else, changes nothing.
    let mut again = world.signal(learner, SignalForm::Event, "e1");
    again.value = json!(9);
    again.happened_at = hour(1);
    assert!(store::signal::record(&tx, vec![again.clone()]).await.unwrap().is_empty());
    // A newer reading replaces, twice in one batch too: the newest stands.
    let value = |n: i32, at| {
        let mut row = world.signal(learner, SignalForm::Reading, "r1");
        (row.value, row.happened_at) = (json!(n), hour(at));
        row
    };
    let changed = store::signal::record(&tx, vec![value(8, 1), value(9, 3), value(1, 2)]).await.unwrap();
    assert_eq!(changed.len(), 1);
    assert_eq!((&changed[0].value, changed[0].happened_at, changed[0].id), (&json!(9), hour(3), reading.id));
    assert_eq!(changed[0].previous.as_ref(), Some(&reading.value));
    // An older one, or one of the same moment, does not.
    assert!(store::signal::record(&tx, vec![value(2, 3)]).await.unwrap().is_empty());
    // Nobody takes over somebody else's register, nor turns an event into a reading.
    let mallory = store::learner::upsert(&tx, world.learner("mallory")).await.unwrap().id;
    let mut taken = value(0, 9);
    taken.learner_id = mallory;
    again.form = SignalForm::Reading;
    again.happened_at = hour(9);
    assert!(store::signal::record(&tx, vec![taken, again]).await.unwrap().is_empty());
    let all = store::signal::of_learner(&tx, world.id(), learner).await.unwrap();
    assert_eq!(all.len(), 2);
    assert!(store::signal::of_learner(&tx, world.id(), mallory).await.unwrap().is_empty());
    assert!(store::signal::record(&tx, Vec::new()).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_award_is_made_once_until_it_is_revoked() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let tx = database.store.write().await.unwrap();
    let learner = store::learner::upsert(&tx, world.learner("grace")).await.unwrap().id;
    let other = store::learner::upsert(&tx, world.learner("alan")).await.unwrap().id;
    let award = world.award(learner);
    assert!(store::award::insert(&tx, award.clone()).await.unwrap());
    assert!(!store::award::insert(&tx, world.award(learner)).await.unwrap());
    let theirs = world.award(other);
    let made = store::award::insert_many(&tx, vec![world.award(learner), theirs.clone(), world.award(other)])
        .await
        .unwrap();
    assert_eq!(made.len(), 1, "one for the other learner, none for the first");
    // Another period, another award.
    let period = store::entity::award::Model { period: "2027".into(), ..world.award(learner) };
    assert!(store::award::insert(&tx, period).await.unwrap());
    // After revocation it may be made again.
    let revoked = store::entity::award::Model { state: AwardState::Revoked, veto: true, ..award.clone() };
    assert!(store::award::update(&tx, revoked.clone()).await.unwrap());
    assert!(store::award::insert(&tx, world.award(learner)).await.unwrap());
    let all = store::award::of_learner(&tx, world.id(), learner).await.unwrap();
    assert_eq!(all.len(), 3);
    assert!(all.contains(&revoked), "the veto is still to be seen");
    assert_eq!(
        store::award::unscoped_of_claim_hash(&tx, &award.claim_token_hash).await.unwrap(),
        Some(revoked.clone())
    );
    assert_eq!(store::award::unscoped_of_share_token(&tx, &award.share_token).await.unwrap(), Some(revoked));
    assert!(store::award::insert_many(&tx, Vec::new()).await.unwrap().is_empty());

    let counts = store::award::counts(&tx, world.id(), [world.placement.id]).await.unwrap();
    let of = |state| counts.iter().find(|count| count.state == state).map(|count| count.awards);
    assert_eq!((of(AwardState::Active), of(AwardState::Revoked)), (Some(3), Some(1)));
    // Rows end at `world.now`; the sweep sees those that are active.
    assert_eq!(store::award::unscoped_ended(&tx, world.now, 10).await.unwrap().len(), 3);
    assert!(
        store::award::unscoped_ended(&tx, world.now - chrono::Duration::seconds(1), 10)
            .await
            .unwrap()
            .is_empty()
    );
}

// Design §6.1, at the level of the database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_transactions_at_once_make_one_award() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let make = (0..50).map(|_| {
        let (store, learner) = (database.store.clone(), world.learner("grace"));
        let world = &world;
        async move {
            let tx = store.write().await.unwrap();
            let learner = store::learner::upsert(&tx, learner).await.unwrap();
            let made = store::award::insert(&tx, world.award(learner.id)).await.unwrap();
            tx.commit().await.unwrap();
            made
        }
    });
    let made = futures_util::future::join_all(make).await;
    assert_eq!(made.iter().filter(|made| **made).count(), 1);
    let learners =
        store::learner::list(database.store.read(), world.id(), PageQuery::default()).await.unwrap();
    assert_eq!(learners.items.len(), 1);
}

// OB077, OB078, OB082.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_of_a_status_list_are_given_once() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let replica = database.replica().await;
    let lease = |store: store::Store| {
        let world = &world;
        async move {
            store::status_list::lease_block(&store, world.now, &world.dice, world.id(), world.issuer.id, 64)
                .await
                .unwrap()
        }
    };
    let blocks = futures_util::future::join_all(
        (0..20).map(|n| lease(if n % 2 == 0 { database.store.clone() } else { replica.clone() })),
    )
    .await;
    let places: HashSet<(i32, i32)> = blocks
        .iter()
        .flat_map(|block| block.counters.clone().map(|counter| (block.number, counter)))
        .collect();
    assert_eq!(places.len(), 20 * 64, "every place once");
    assert!(
        blocks
            .iter()
            .all(|block| block.number == 1 && block.size == 131_072 && block.permutation_key.len() == 32)
    );
    // What a dead process had is lost, never given again.
    drop(replica);
    assert_eq!(lease(database.store.clone()).await.counters, 20 * 64..21 * 64);
}

// OB079, and the 90 % of open-badges.md §10.
#[tokio::test]
async fn a_list_is_left_at_nine_tenths_and_the_next_opened() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let small = world.status_list(1, 1000);
    let tx = database.store.write().await.unwrap();
    use sea_orm::{EntityTrait as _, IntoActiveModel as _};
    store::entity::status_list::Entity::insert(small.clone().into_active_model())
        .exec_without_returning(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut lists = Vec::new();
    for _ in 0..15 {
        let block = store::status_list::lease_block(
            &database.store,
            world.now,
            &world.dice,
            world.id(),
            world.issuer.id,
            64,
        )
        .await
        .unwrap();
        assert!(block.counters.end <= block.size / 10 * 9);
        lists.push(block.number);
    }
    // 14 × 64 = 896 of 900, then the next.
    assert_eq!(lists, [vec![1; 14], vec![2]].concat());
    let old =
        store::status_list::of_number(database.store.read(), world.id(), world.issuer.id, 1).await.unwrap();
    assert_eq!(old.unwrap().leased, 896);
    let refused = store::status_list::lease_block(
        &database.store,
        world.now,
        &world.dice,
        world.id(),
        world.issuer.id,
        0,
    )
    .await;
    assert!(refused.is_err());
}

// OB075, OB076 as far as the store goes.
#[tokio::test]
async fn revoking_a_generation_reaches_every_document_once() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let block = store::status_list::lease_block(
        &database.store,
        world.now,
        &world.dice,
        world.id(),
        world.issuer.id,
        64,
    )
    .await
    .unwrap();
    let db = database.store.read();
    let list = store::status_list::find(db, world.id(), block.list).await.unwrap().unwrap();
    let tx = database.store.write().await.unwrap();
    let learner = store::learner::upsert(&tx, world.learner("grace")).await.unwrap().id;
    let award = world.award(learner);
    store::award::insert(&tx, award.clone()).await.unwrap();
    let generation = world.generation(award.id);
    store::generation::insert(&tx, generation.clone()).await.unwrap();
    let ob2 = world.credential(&generation, CredentialKind::Ob2, None);
    let ob3 = world.credential(&generation, CredentialKind::Ob3, Some((&list, 77)));
    store::credential::insert_many(&tx, vec![ob2.clone(), ob3.clone()]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(store::status_list::revoked_indexes(db, world.id(), list.id).await.unwrap().is_empty());
    assert_eq!(
        store::credential::of_generation(db, world.id(), generation.id).await.unwrap(),
        [ob2.clone(), ob3.clone()]
    );

    let mut effects = database.store.effects();
    let revoke = async |at, reason: &str| {
        let tx = database.store.write().await.unwrap();
        let revoked = store::credential::revoke_generation(&tx, world.id(), generation.id, at, reason, true)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        revoked
    };
    assert_eq!(revoke(world.now, "Irrtum").await.len(), 2);
    assert!(revoke(world.now + chrono::Duration::hours(1), "nochmal").await.is_empty());
    let stored = store::credential::unscoped_find(db, ob3.id).await.unwrap().unwrap();
    assert_eq!((stored.revoked_at, stored.revocation_reason.as_deref()), (Some(world.now), Some("Irrtum")));
    assert_eq!(stored.document, ob3.document, "an issued document never changes");
    let stored = store::generation::find(db, world.id(), generation.id).await.unwrap().unwrap();
    assert_eq!((stored.revoked_at, stored.replaced_at), (Some(world.now), Some(world.now)));
    assert_eq!(store::status_list::revoked_indexes(db, world.id(), list.id).await.unwrap(), [77]);
    let after = store::status_list::find(db, world.id(), list.id).await.unwrap().unwrap();
    assert_eq!(after.revision, list.revision + 1, "bumped once");
    let mut told = HashSet::new();
    while let Ok(effect) = effects.try_recv() {
        told.insert(effect);
    }
    for topic in [
        Topic::StatusList(list.id),
        Topic::Credential(ob2.id),
        Topic::Credential(ob3.id),
        Topic::Award(award.id),
    ] {
        assert!(told.contains(&Effect::Changed(topic)), "{topic:?}");
    }
}

#[tokio::test]
async fn live_placements_come_with_their_newest_rule() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let db = database.store.read();
    let newer = store::entity::placement_rule::Model {
        id: world.dice.row_id(world.now),
        number: 2,
        ..world.rule.clone()
    };
    let everywhere = store::entity::placement::Model {
        id: world.dice.row_id(world.now),
        course_id: None,
        link_id: None,
        ..world.placement.clone()
    };
    let rule_everywhere = store::entity::placement_rule::Model {
        id: world.dice.row_id(world.now),
        placement_id: everywhere.id,
        ..world.rule.clone()
    };
    let tx = database.store.write().await.unwrap();
    store::placement::insert_rule(&tx, world.placement.course_id, newer.clone()).await.unwrap();
    store::placement::insert(&tx, everywhere.clone()).await.unwrap();
    store::placement::insert_rule(&tx, None, rule_everywhere.clone()).await.unwrap();
    tx.commit().await.unwrap();
    let mut live = store::placement::live(db, world.id(), Some(world.course.id)).await.unwrap();
    live.sort_by_key(|(placement, _)| placement.course_id.is_none());
    assert_eq!(live, [(world.placement.clone(), newer), (everywhere.clone(), rule_everywhere.clone())]);
    let elsewhere = store::placement::live(db, world.id(), None).await.unwrap();
    assert_eq!(elsewhere, [(everywhere, rule_everywhere)]);

    let tx = database.store.write().await.unwrap();
    let id = world.placement.id;
    let end = async || {
        store::placement::change_state(
            &tx,
            world.id(),
            id,
            PlacementState::Live,
            PlacementState::Ended,
            world.now,
        )
        .await
        .unwrap()
    };
    assert!(end().await);
    assert!(!end().await, "it is not live any more");
    tx.commit().await.unwrap();
    assert_eq!(store::placement::live(db, world.id(), Some(world.course.id)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn launches_are_pruned_only_when_they_cannot_be_replayed() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let tx = database.store.write().await.unwrap();
    let hour = |n| world.now + chrono::Duration::hours(n);
    let launch = |nonce: &str, at, expires_at| store::entity::launch_record::Model {
        id: world.dice.row_id(at),
        created_at: at,
        expires_at,
        ..world.launch(nonce)
    };
    let rows = vec![
        launch("old", hour(0), hour(1)),
        launch("old but alive", hour(0), hour(20)),
        launch("new", hour(9), hour(9)),
    ];
    assert_eq!(store::launch::insert_many(&tx, rows).await.unwrap().len(), 3);
    assert!(!store::launch::insert(&tx, launch("old", hour(9), hour(9))).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(store::launch::prune(&database.store, hour(5), hour(10)).await.unwrap(), 1);
    let filter = store::launch::Filter::default();
    let left =
        store::launch::list(database.store.read(), world.id(), filter, PageQuery::default()).await.unwrap();
    let nonces: HashSet<_> = left.items.iter().map(|row| row.nonce_hash.as_str()).collect();
    assert_eq!(nonces, HashSet::from(["old but alive", "new"]));
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
