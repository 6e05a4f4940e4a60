//! Launches in a real browser that keeps no cookies for us: the platform is another site, in whose frame we are
//! (B02-B05, B09 as a person meets them). Needs Chromium and `tests/browser`'s packages; says so where they lack.

use practice::{Activity, demo, manners::StorageAnswer};
use serde_json::Value;

use crate::{judges, support::app::TestApp};

const BADGE: &str = "open-badge";

/// What the browser saw; `None` without one.
async fn walk(platform: &str, tool: &str, expected: &str) -> Option<Value> {
    judges::chromium("blocked.mjs", &[platform, tool, "Grace Hopper", BADGE, expected]).await
}

fn addresses(seen: &Value) -> Vec<&str> {
    seen["addresses"].as_array().unwrap().iter().map(|path| path.as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b02_b04_chromium_launches_by_the_platforms_storage_without_any_cookie_of_ours() {
    let app = TestApp::new().await;
    app.badge_for_opening("Bound").await;
    let (lms, _tool, _row) = app.another_platform_at("127.0.0.1", "client-far", "far").await;
    lms.world(|world| {
        let mut course = world.course(demo::COURSE).unwrap().clone();
        course.activities.push(Activity::tool(BADGE, "Badge", "client-far"));
        world.put_course(course);
    });
    for target in ["_parent", "post_message_forwarding"] {
        lms.set_manners(|manners| manners.storage.target = Some(target.to_owned()));
        let Some(seen) = walk(lms.base_url(), &app.base, "stored").await else { return };
        assert!(addresses(&seen).contains(&"/course"), "{target}: {seen:#}");
        assert!(seen["text"].as_str().unwrap().contains("Bound"), "{target}: {seen:#}");
        let cookies = seen["cookies"].as_array().unwrap();
        assert!(cookies.is_empty(), "{target}: no cookie was kept, so storage did it: {cookies:?}");
    }
    assert_eq!(app.launches("ok").await.len(), 2);

    // B05, B09: where nobody answers and no cookie is kept, the login is not spent in vain: a window is offered.
    lms.set_manners(|manners| manners.storage.answer = StorageAnswer::Never);
    let seen = walk(lms.base_url(), &app.base, "window").await.unwrap();
    assert!(!addresses(&seen).contains(&"/lti/launch"), "{seen:#}");
    assert!(seen["text"].as_str().unwrap().contains("Open in a new window"), "{seen:#}");
    assert!(seen["waited"].as_f64().unwrap() < 3000.0, "B03: {seen:#}");
    assert_eq!(seen["opener"], true, "the new window has no opener: {seen:#}");
}
