//! Status lists: every place is given once, and a full list makes room for the next (OB077–OB082).

use std::collections::HashSet;

use laurel::store;

use super::places;
use crate::support::{database::Database, rows::World};

// OB077, OB078, OB082.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_of_a_status_list_are_given_once() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let replica = database.replica().await;
    let lease = |store: store::Store| {
        let world = &world;
        async move { places(&store, world, 64).await.unwrap() }
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
        let block = places(&database.store, &world, 64).await.unwrap();
        assert!(block.counters.end <= block.size / 10 * 9);
        lists.push(block.number);
    }
    // 14 × 64 = 896 of 900, then the next.
    assert_eq!(lists, [vec![1; 14], vec![2]].concat());
    let old =
        store::status_list::of_number(database.store.read(), world.id(), world.issuer.id, 1).await.unwrap();
    assert_eq!(old.unwrap().leased, 896);
    assert!(places(&database.store, &world, 0).await.is_err());
}
