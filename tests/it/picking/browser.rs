//! The picker in a real browser: in the frame of another site whose cookies are blocked, on a phone and by keyboard.
//! Needs Chromium and `tests/browser`'s packages; says so where they lack.

use practice::demo;
use serde_json::Value;

use super::Picking;
use crate::judges;

/// What the browser saw; `None` without one.
async fn walk(platform: &str, tool: &str, who: &str) -> Option<Value> {
    judges::chromium("pick.mjs", &[platform, tool, demo::COURSE, "client-far", who]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chromium_picks_without_any_cookie_of_ours_on_a_phone_and_by_keyboard() {
    let picking = Picking::new().await;
    for name in ["Lab safety", "Reproducible research", "Peer reviewer", "Statistics foundations"] {
        picking.achievement(name).await;
    }
    let (lms, mut tool, row) = picking.another_platform_at("127.0.0.1", "client-far", "far").await;
    tool = tool.picker(&picking.at("/course/pick"));
    tool.jwks_url = Some(picking.at(&format!("/lti/jwks/{}", row.id)));
    lms.register(tool);
    lms.set_manners(|manners| manners.storage.target = Some("_parent".to_owned()));
    for who in ["desk", "phone"] {
        let Some(seen) = walk(lms.base_url(), &picking.base, who).await else { return };
        assert!(seen["pages"][0].as_str().unwrap().contains("Choose a badge"), "{who}: {seen:#}");
        assert_eq!(seen["cookies"], serde_json::json!([]), "{who}: no cookie was kept");
        assert_eq!(seen["complaints"], serde_json::json!([]), "{who}: {seen:#}");
        let saved = seen["saved"].as_str().unwrap_or_default();
        assert!(saved.contains("Lab safety") || saved.contains("Added"), "{who}: {seen:#}");
    }
    let answers = lms.deep_linking_responses();
    assert!(answers.len() == 2 && answers.iter().all(|answer| answer.refusal.is_none()), "{answers:?}");
}
