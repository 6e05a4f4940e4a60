//! A rebuilt LMS has its old address and gives out its old ids for other people: its `tool_platform.guid` tells, the
//! platform is frozen, and an operator says what it is (design §2, lti-1.3-tool §2.3, §25.2).

use laurel::{
    domain::installation::{Decision, thaw_deployment, thaw_platform},
    store::{self, entity::platform::PlatformState},
};
use practice::{Bend, Profile, browser::Visit, claims, demo};
use reqwest::Method;
use serde_json::json;

use super::{campus, deployments, invite, open, paste, platforms, tool};
use crate::support::{
    api::{Sent, send},
    app::TestApp,
    attempt::refused,
};

fn rebuilt() -> Bend {
    Bend::claim(claims::TOOL_PLATFORM, json!({ "guid": "rebuilt", "product_family_code": "moodle" }))
}

/// The first launch's guid is kept; another one freezes the platform, in plain words, on record and in the audit, and
/// attaches nothing; logins are held back from then on.
#[tokio::test]
async fn another_guid_freezes_the_platform() {
    let app = TestApp::new().await;
    app.badge_for_opening("Opened").await;
    app.launch(&[]).await.assert_ok("first");
    let row = store::platform::find(app.app.store.read(), app.organization, app.platform.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.guid.as_deref(), Some(app.lms.guid().as_str()));
    app.launch(&[Bend::drop_claim(claims::TOOL_PLATFORM)]).await.assert_ok("who does not say is believed");
    let before = app.rows().await;

    app.launch(&[rebuilt(), Bend::claim("sub", "u-7")]).await.assert_refused(
        "rebuilt",
        403,
        "platform.frozen",
    );
    assert_eq!(app.rows().await, before.with_launches(1));
    assert_eq!(app.launches("platform.frozen").await.len(), 1);
    let row = store::platform::find(app.app.store.read(), app.organization, app.platform.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((row.state, row.seen_guid.as_deref()), (PlatformState::Frozen, Some("rebuilt")));
    let audit = send(&app, &Method::GET, "/audit", Some(&app.api_key), &[], Sent::Nothing).await.json;
    let line = audit["items"].as_array().unwrap().iter().find(|line| line["action"] == "platform.frozen");
    assert_eq!(line.unwrap()["detail"]["said"], "rebuilt");
    let shown = send(&app, &Method::GET, "/platforms", Some(&app.api_key), &[], Sent::Nothing).await.json;
    assert_eq!(shown["items"][0]["state"], "frozen");
    assert_eq!(shown["items"][0]["seen_guid"], "rebuilt");

    // Not even the old one is taken in now, and the page says why.
    let login = app.lms.valid_login(&app.tool);
    let page = app.browser().visit(Visit::form(&app.at("/lti/login"), login)).await.unwrap();
    refused("login", &page, 403, "platform.frozen");
    assert!(page.contains("set up anew"), "{}", page.text());
    // Switching it on is no answer.
    let path = format!("/platforms/{}", app.platform.id);
    let on = Sent::json(&json!({ "enabled": true }));
    let refused = send(&app, &Method::PATCH, &path, Some(&app.api_key), &[], on).await;
    assert_eq!((refused.status, refused.code()), (409, "platform.frozen"));
}

/// A launch that was on its way when the platform was frozen is held back, too.
#[tokio::test]
async fn a_launch_that_is_under_way_is_held_back() {
    let app = TestApp::new().await;
    app.launch(&[]).await.assert_ok("first");
    let attempt = app.attempt();
    let handshake = attempt.login(&[]).await;
    app.launch(&[rebuilt()]).await.assert_refused("rebuilt", 403, "platform.frozen");
    let fields = attempt.fields(&handshake, &[]);
    refused("under way", &attempt.deliver(fields).await, 403, "platform.frozen");
    assert_eq!(app.launches("platform.frozen").await.len(), 2);
}

/// "It is the same": launches go on, the people are who they were, and the new guid counts.
#[tokio::test]
async fn the_same_lms_goes_on_under_its_new_guid() {
    let app = TestApp::new().await;
    app.badge_for_opening("Opened").await;
    app.launch(&[]).await.assert_ok("first");
    app.launch(&[rebuilt()]).await.assert_refused("rebuilt", 403, "platform.frozen");
    thaw_platform(&app.app, &app.operator(), app.platform.id, Decision::Same).await.unwrap();
    let again = thaw_platform(&app.app, &app.operator(), app.platform.id, Decision::Same).await.unwrap_err();
    assert_eq!(again.code(), "platform.not_frozen");
    app.launch(&[rebuilt()]).await.assert_ok("under its new guid");
    assert_eq!((app.rows().await.learners, app.awards().await.len()), (1, 1));
    app.launch(&[]).await.assert_refused("the old guid", 403, "platform.frozen");
}

/// "It is another": the platform stays off, and when the new LMS is registered, its user 7 is not the old one's.
#[tokio::test]
async fn a_rebuilt_lms_meets_nobody() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Moodle).await;
    paste(&app, &lms, &invite(&app, &lms).await).await;
    app.badge_for_opening("Opened").await;
    let old = tool(&lms);
    assert_eq!(open(&app, &lms, &old, demo::GRACE).await.page.status, 200);
    let (rows, awards) = (app.rows().await, app.awards().await);
    assert_eq!(awards.len(), 1);

    lms.set_manners(|manners| manners.guid = Some("rebuilt".to_owned()));
    let held = open(&app, &lms, &old, demo::GRACE).await;
    refused("rebuilt", &held.page, 403, "platform.frozen");
    let [row] = platforms(&app).await.try_into().unwrap();
    thaw_platform(&app.app, &app.operator(), row.id, Decision::Rebuilt).await.unwrap();
    let [row] = platforms(&app).await.try_into().unwrap();
    assert_eq!(row.state, PlatformState::Disabled);
    assert_eq!(open(&app, &lms, &old, demo::GRACE).await.page.status, 403);

    lms.unregister(&old.client_id);
    let (_, done) = paste(&app, &lms, &invite(&app, &lms).await).await;
    assert!(done.contains("Connected"), "no question about a platform that is off: {}", done.text());
    let new = tool(&lms);
    assert_eq!(open(&app, &lms, &new, demo::GRACE).await.page.status, 200);
    assert_eq!(app.rows().await.learners, rows.learners + 1, "the same sub is somebody else now");
    let all = app.awards().await;
    assert_eq!(all.len(), 2);
    assert_ne!(all[0].learner_id, all[1].learner_id);
    assert!(all.contains(&awards[0]), "what was awarded stays");
}

/// In a cloud the guid is the customer's: two deployments with two guids are in order, and only a deployment whose own
/// guid changes is frozen.
#[tokio::test]
async fn in_a_cloud_a_deployment_is_frozen_not_the_platform() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Blackboard).await;
    paste(&app, &lms, &invite(&app, &lms).await).await;
    let [row] = platforms(&app).await.try_into().unwrap();
    let mut known = tool(&lms);
    lms.set_manners(|manners| manners.guid = Some("school-1".to_owned()));
    assert_eq!(open(&app, &lms, &known, demo::GRACE).await.page.status, 200);
    let first = known.deployment_id.clone();
    laurel::domain::deployment::accept(&app.app, &app.operator(), row.id, "second").await.unwrap();
    known.deployment_id = "second".to_owned();
    lms.register(known.clone());
    lms.set_manners(|manners| manners.guid = Some("school-2".to_owned()));
    assert_eq!(open(&app, &lms, &known, demo::GRACE).await.page.status, 200, "another customer");
    lms.set_manners(|manners| manners.guid = Some("school-3".to_owned()));
    refused("copied", &open(&app, &lms, &known, demo::GRACE).await.page, 403, "platform.frozen");
    refused("still", &open(&app, &lms, &known, demo::GRACE).await.page, 403, "platform.frozen");
    let [row] = platforms(&app).await.try_into().unwrap();
    assert_eq!((row.state, row.guid), (PlatformState::Active, None));
    known.deployment_id = first;
    lms.register(known.clone());
    lms.set_manners(|manners| manners.guid = Some("school-1".to_owned()));
    assert_eq!(open(&app, &lms, &known, demo::GRACE).await.page.status, 200, "the first is as it was");
    let rows = deployments(&app, &platforms(&app).await[0]).await;
    let frozen = rows.iter().find(|row| row.state.as_str() == "frozen").unwrap();
    assert_eq!(frozen.seen_guid.as_deref(), Some("school-3"));
    let accepted =
        laurel::domain::deployment::accept(&app.app, &app.operator(), frozen.platform_id, "second").await;
    assert_eq!(accepted.unwrap_err().code(), "deployment.frozen");
    thaw_deployment(&app.app, &app.operator(), frozen.id, Decision::Same).await.unwrap();
    known.deployment_id = "second".to_owned();
    lms.register(known.clone());
    lms.set_manners(|manners| manners.guid = Some("school-3".to_owned()));
    assert_eq!(open(&app, &lms, &known, demo::GRACE).await.page.status, 200);
}
