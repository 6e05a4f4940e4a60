//! Awards and their documents: made once, revoked once (design §6.1, §6.6).

use std::collections::HashSet;

use laurel::store::{
    self, Effect, PageQuery, Topic,
    entity::{award::AwardState, credential::CredentialKind},
};

use super::places;
use crate::support::{database::Database, rows::World};

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
    assert!(counts.iter().all(|count| count.origin == world.award(learner).origin), "{counts:?}");
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

// OB075, OB076 as far as the store goes.
#[tokio::test]
async fn revoking_a_generation_reaches_every_document_once() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let block = places(&database.store, &world, 64).await.unwrap();
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
