//! Notices: which of them retention takes.

use chrono::Duration;
use laurel::store::{self, entity::notice};
use serde_json::json;

use crate::support::{database::Database, rows::World};

fn notice(world: &World, name: &str, copy: Option<&str>) -> notice::Model {
    notice::Model {
        id: world.dice.row_id(world.now),
        organization_id: world.id(),
        platform_id: world.platform.id,
        deployment_id: world.deployment.id,
        notice_id: name.to_owned(),
        nonce_hash: name.to_owned(),
        notice_type: "LtiContextCopyNotice".to_owned(),
        context_id: copy.map(str::to_owned),
        title: None,
        origins: json!([]),
        happened_at: None,
        created_at: world.now,
    }
}

#[tokio::test]
async fn old_notices_go_unless_they_told_of_a_copy() {
    let database = Database::new().await;
    let world = World::new(&database.store).await;
    let tx = database.store.write().await.unwrap();
    for row in [notice(&world, "hello", None), notice(&world, "copied", Some("c-2"))] {
        assert!(store::notice::insert(&tx, row).await.unwrap());
    }
    tx.commit().await.unwrap();
    let prune = |before| store::notice::prune(&database.store, before);
    assert_eq!(prune(world.now).await.unwrap(), 0, "not old yet");
    assert_eq!(prune(world.now + Duration::days(1)).await.unwrap(), 1);
    let copies = store::notice::copies(database.store.read(), world.id(), world.deployment.id, "c-2");
    assert_eq!(
        copies.await.unwrap().len(),
        1,
        "the copied course may be opened for the first time much later"
    );
}
