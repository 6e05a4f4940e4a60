//! Learners, enrollments, signals, launches and placements: renewed, never doubled.

use std::collections::HashSet;

use laurel::store::{
    self, PageQuery,
    entity::{placement::PlacementState, signal::SignalForm},
};
use serde_json::json;

use crate::support::{database::Database, rows::World};

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
    store::placement::insert_rule(&tx, world.placement.course_id, newer.clone(), Vec::new()).await.unwrap();
    store::placement::insert(&tx, everywhere.clone()).await.unwrap();
    store::placement::insert_rule(&tx, None, rule_everywhere.clone(), Vec::new()).await.unwrap();
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
