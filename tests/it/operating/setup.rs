//! O06 and O08: the page for administrators of learning platforms, and doors that a flood does not close to others.

use laurel::domain::{
    platform::{self, NewPlatform},
    platform_key,
};
use practice::browser::Visit;
use serde_json::Value;

use crate::support::app::TestApp;

/// O08: a page shows the URLs, keys as JWKS and PEM, and scopes that a platform administrator needs.
#[tokio::test]
async fn o08_a_page_for_the_platforms_administrator() {
    let app = TestApp::new().await;
    let keys = platform_key::published(&app.app, app.platform.id).await.unwrap();
    let kid = keys["keys"][0]["kid"].as_str().unwrap();
    let signing = platform_key::signing(&app.app, app.platform.id).await.unwrap();
    let page = app.browser().get(&app.at(&format!("/lti/setup/{}", app.platform.id))).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    let url = app.app.settings.server.public_url.clone();
    for path in [
        "/course",
        &format!("/lti/login/{}", app.platform.id),
        "/lti/launch",
        &format!("/lti/jwks/{}", app.platform.id),
    ] {
        assert!(page.contains(&format!("<code>{}</code>", url.at(path))), "O08: {path}");
    }
    for scope in
        ["scope/lineitem", "scope/score", "scope/result.readonly", "scope/contextmembership.readonly"]
    {
        assert!(page.contains(scope), "O08: {scope}");
    }
    assert!(page.contains(kid), "O08: the key set");
    assert!(page.contains(signing.public_pem().trim_end()), "O08: the key as PEM");
    assert!(!page.contains("client-abc") && !page.contains("PRIVATE"), "nothing that is not ours to show");
    let german = Visit::new("GET", &app.at(&format!("/lti/setup/{}", app.platform.id)))
        .header("accept-language", "de");
    let german = app.browser().visit(german).await.unwrap();
    assert!(german.contains("lang=\"de\"") && german.contains("anbinden"), "{}", german.text());
    for nothing in ["00000000-0000-4000-8000-000000000000", "x"] {
        let none = app.browser().get(&app.at(&format!("/lti/setup/{nothing}"))).await.unwrap();
        assert_eq!(none.status, 404);
    }
}

/// O08: in every family's own words.
#[tokio::test]
async fn o08_every_family_reads_its_own_menus() {
    let app = TestApp::new().await;
    let menus = [
        ("moodle", "Manage tools", "Initiate login URL"),
        ("canvas-self-hosted", "Developer Keys", "/lti/config/canvas.json?platform="),
        ("blackboard", "LTI Tool Providers", "Tool JWKS URL"),
        ("brightspace", "Manage Extensibility", "OpenID Connect Login URL"),
        ("sakai", "Administration Workspace", "LTI 1.3 Tool Redirect Endpoint"),
        ("schoology", "App Center", "OIDC Login Init URL"),
        ("open-edx", "LTI Consumer", "Tool Initiate Login URL"),
    ];
    for (family, menu, field) in menus {
        let new = NewPlatform {
            family: family.to_owned(),
            host: Some(format!("https://{family}.example.edu")),
            tool: Some("7".to_owned()),
            ..NewPlatform::default()
        };
        let row = platform::add(&app.app, &app.operator(), new).await.unwrap();
        let page = app.browser().get(&app.at(&format!("/lti/setup/{}", row.id))).await.unwrap();
        assert_eq!(page.status, 200);
        for word in [menu, field] {
            assert!(page.contains(word), "{family}: {word}\n{}", page.text());
        }
    }
    let document = format!("/lti/config/canvas.json?platform={}", app.platform.id);
    let document = app.browser().get(&app.at(&document)).await.unwrap();
    let document: Value = serde_json::from_str(&document.text()).unwrap();
    assert_eq!(document["scopes"].as_array().map(Vec::len), Some(4), "{document}");
    let custom = &document["custom_fields"];
    assert_eq!(custom["actual_user_id"], "$Canvas.masqueradingUser.userId", "Canvas's own variable");
    assert_eq!(custom["ctx_history"], "$Context.id.history", "{document}");
    let placements = document["extensions"][0]["settings"]["placements"].as_array().unwrap();
    let names: Vec<_> = placements.iter().map(|one| one["placement"].as_str().unwrap()).collect();
    assert_eq!(names, ["course_navigation", "assignment_selection", "link_selection"]);
    assert_eq!(placements[1]["target_link_uri"], app.at("/course/pick"));
}

/// O06: JWKS and login endpoints under flood are rate limited; others are unaffected.
#[tokio::test]
async fn o06_a_flood_at_one_door_leaves_the_others_open() {
    let app = TestApp::with(|sources| {
        sources
            .with("limits.lti_per_minute", "1")
            .with("limits.lti_burst", "8")
            .with("server.trusted_proxies", "127.0.0.1")
    })
    .await;
    let ask = async |from: &str, path: &str| {
        let visit = Visit::new("GET", &app.at(path)).header("x-forwarded-for", from);
        app.browser().visit(visit).await.unwrap()
    };
    let jwks = format!("/lti/jwks/{}", app.platform.id);
    for (flooder, path) in
        [("198.51.100.7", jwks.as_str()), ("198.51.100.8", "/lti/login?iss=x&login_hint=y")]
    {
        let mut refused = 0;
        for _ in 0..20 {
            let answer = ask(flooder, path).await;
            if answer.status == 429 {
                assert!(answer.header("retry-after").is_some(), "O06");
                refused += 1;
            }
        }
        assert_eq!(refused, 12, "O06: {path}");
        // Everybody else, and every other door.
        assert_eq!(ask("198.51.100.9", &jwks).await.status, 200, "O06: another's keys");
        assert_eq!(ask(flooder, "/health/live").await.status, 200, "O06: health");
        assert_eq!(ask(flooder, "/api/v1/organizations").await.status, 401, "O06: the API");
        assert_eq!(ask(flooder, "/").await.status, 200, "O06: pages");
    }
}
