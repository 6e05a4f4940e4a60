//! A platform keeps only what it has of its own: what the operator configures for all reaches all (`[lti]`,
//! `lti-1.3-tool.md` §27).

use laurel::{
    app::App,
    config::{Settings, Sources},
    domain::platform::{self, Details},
    mail::Mailer,
    vault::Vault,
};
use lti::Switches;
use serde_json::{Value, json};

use crate::support::app::TestApp;

/// The switches that P1 has in a process that was started with these settings.
async fn switches(test: &TestApp, change: impl FnOnce(Sources) -> Sources) -> Switches {
    let key = test.app.settings.keys.master.as_ref().unwrap().to_text();
    let sources = Sources::defaults()
        .with("server.public_url", test.app.settings.server.public_url.as_str())
        .with("keys.master_key", key.as_str());
    let settings = Settings::load(&change(sources)).unwrap();
    let vault = Vault::of_settings(&settings, &test.app.dice).unwrap();
    let (mailer, _) = Mailer::in_memory(&settings).unwrap();
    let store = test.database().replica().await;
    let app = App::build(settings, store, test.clock.clone(), test.app.dice.clone(), vault, mailer);
    let app = app.await.unwrap();
    let entry = platform::entry(&app, test.platform.id).await.unwrap();
    app.shut_down().await;
    entry.registration.switches.clone()
}

async fn own(test: &TestApp) -> Value {
    platform::find(&test.app, test.organization, test.platform.id).await.unwrap().settings
}

#[tokio::test]
async fn the_configuration_reaches_platforms_that_were_added_before() {
    let test = TestApp::new().await;
    assert_eq!(own(&test).await, json!({}), "nothing of its own yet");
    let before = switches(&test, |sources| sources).await;
    assert_eq!((before.leeway_s, before.max_token_age_s), (120, 3600));
    let changed = |sources: Sources| {
        sources
            .with("lti.leeway_seconds", "7")
            .with("lti.max_token_age_seconds", "120")
            .with("lti.strict_target_link", "true")
            .with("lti.id_token_algorithms", "RS256,ES256")
            .with("lti.auto_accept_deployments", "false")
    };
    let after = switches(&test, changed).await;
    assert_eq!((after.leeway_s, after.max_token_age_s, after.strict_target_link), (7, 120, true));
    assert_eq!((after.id_token_algs.len(), after.auto_accept_deployments), (2, Some(false)));

    // Its own stay its own, one by one, and can be taken back.
    test.switch(json!({ "leeway_s": 60 })).await;
    test.switch(json!({ "strict_target_link": false })).await;
    assert_eq!(own(&test).await, json!({ "leeway_s": 60, "strict_target_link": false }));
    let after = switches(&test, changed).await;
    assert_eq!((after.leeway_s, after.max_token_age_s, after.strict_target_link), (60, 120, false));
    test.switch(json!({ "leeway_s": null })).await;
    assert_eq!(own(&test).await, json!({ "strict_target_link": false }));
    assert_eq!(switches(&test, changed).await.leeway_s, 7);
}

#[tokio::test]
async fn a_switch_that_does_not_exist_or_cannot_be_is_refused() {
    let test = TestApp::new().await;
    test.switch(json!({ "leeway_s": 60 })).await;
    for wrong in [
        json!({ "leeway": 60 }),
        json!({ "leeway": null }),
        json!({ "leeway_s": 301 }),
        json!({ "leeway_s": "60" }),
        json!({ "id_token_algs": ["HS256"] }),
        json!([]),
        json!(null),
    ] {
        let details = Details { settings: Some(wrong.clone()), ..Details::default() };
        let refused = platform::update(&test.app, &test.operator(), test.platform.id, &details).await;
        assert_eq!(refused.expect_err(&wrong.to_string()).code(), "settings.invalid", "{wrong}");
    }
    assert_eq!(own(&test).await, json!({ "leeway_s": 60 }));
}
