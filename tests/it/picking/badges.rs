//! Very many badges, for the test that counts reads and for the bench.

use laurel::store::{
    achievement as achievements,
    entity::{achievement, achievement_version, achievement_version::MayPlace},
};
use serde_json::json;

use crate::support::app::TestApp;

/// Adds so many badges with three versions each, past the checks.
pub async fn add(app: &TestApp, many: usize) {
    let (dice, now) = (&app.app.dice, app.clock.now());
    let tx = app.app.store.write().await.unwrap();
    for number in 0..many {
        let row = achievement::Model {
            id: dice.row_id(now),
            organization_id: app.organization,
            issuer_id: app.issuer.id,
            slug: format!("many-{:x}", u64::from_be_bytes(dice.bytes())),
            created_at: now,
            archived_at: None,
        };
        achievements::insert(&tx, row.clone()).await.unwrap();
        for version in 1..=3 {
            let row = achievement_version::Model {
                id: dice.public_id(),
                organization_id: app.organization,
                achievement_id: row.id,
                number: version,
                name: format!("Badge {number:04} of many"),
                description: "What it says about its holder. ".repeat(20),
                criteria_narrative: "What it takes. ".repeat(60),
                achievement_type: "Badge".to_owned(),
                tags: json!([]),
                alignments: json!([]),
                language: "en".to_owned(),
                artwork_id: None,
                rule: json!(null),
                floor: json!({}),
                may_place: MayPlace::Instructors,
                validity_days: None,
                valid_until: None,
                remind_days: json!([]),
                created_at: now,
            };
            achievements::insert_version(&tx, row).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
}
