//! The whole path at every product: a tool registers itself, an administrator activates it, a teacher picks a badge,
//! a learner opens it. The tool asks for no more than lti-1.3-tool.md §20.3, and answers by §15.2.

use serde_json::{Value, json};
use url::Url;

use super::FakeTool;
use crate::{
    Opening, Options, Practice, Profile,
    browser::{Browser, Visit},
    claims,
    course::Kind,
    deep_linking::{CONTENT_ITEMS, DATA, SETTINGS},
    demo,
    registration::{PLATFORM_CONFIGURATION, TOOL_CONFIGURATION},
    services::{SCOPE_LINE_ITEM, SCOPE_MEMBERS},
};

/// Reads the configuration and registers with it, as a tool does; returns the client id.
async fn register(lms: &Practice, tool: &FakeTool, keys: &Practice) -> String {
    let address = Url::parse(&lms.start_registration(&format!("{}/register", tool.base_url))).unwrap();
    let field = |name: &str| address.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let bearer = format!("Bearer {}", field("registration_token"));
    let visit = Visit::new("GET", &field("openid_configuration")).header("authorization", &bearer);
    let document = Browser::new().visit(visit).await.unwrap();
    let document: Value = serde_json::from_slice(&document.body).unwrap();
    assert!(document[PLATFORM_CONFIGURATION]["product_family_code"].is_string(), "{document}");
    let at = |path: &str| format!("{}{path}", tool.base_url);
    let domain = tool.base_url.trim_start_matches("http://");
    let request = json!({
        "application_type": "web", "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"], "initiate_login_uri": at("/login"),
        "redirect_uris": [at("/launch")], "client_name": "Badges", "jwks_uri": keys.jwks_url(),
        "token_endpoint_auth_method": "private_key_jwt", "scope": format!("{SCOPE_LINE_ITEM} {SCOPE_MEMBERS}"),
        TOOL_CONFIGURATION: {
            "domain": domain, "target_link_uri": at("/home?x=1"), "claims": ["sub", "name", "email"],
            "https://canvas.instructure.com/lti/privacy_level": "public",
            "messages": [{"type": "LtiDeepLinkingRequest", "target_link_uri": at("/home?pick=1")}],
        },
    });
    let endpoint = document["registration_endpoint"].as_str().unwrap();
    let visit = Visit::new("POST", endpoint).body("application/json", request.to_string());
    let reply = Browser::new().visit(visit.header("authorization", &bearer)).await.unwrap();
    assert!(matches!(reply.status, 200 | 201), "{}", reply.text());
    let reply: Value = serde_json::from_slice(&reply.body).unwrap();
    reply["client_id"].as_str().map_or_else(|| reply["client_id"].to_string(), str::to_owned)
}

async fn walk(product: Profile) {
    let options = Options { seed_demo: true, profile: product, ..Options::default() };
    let lms = Practice::start(options).await.unwrap();
    let keys = Practice::start(Options { key_name: "tool".to_owned(), ..Options::default() }).await.unwrap();
    let tool = FakeTool::start().await;
    let client_id = register(&lms, &tool, &keys).await;
    tool.knows(&lms, &client_id);
    assert!(lms.activate(&client_id));

    let teacher = Browser::new();
    let picker = Opening::DeepLinking { course: demo::COURSE.into(), client_id: client_id.clone() };
    let outcome = teacher.open(&lms, demo::ADA, picker, &[]).await.unwrap();
    assert!(outcome.contains("pick=1"), "{product:?}: {}", outcome.page.text());
    let asked = tool.launches().pop().unwrap();
    let now = lms.now().timestamp();
    let mut answer = json!({
        "iss": client_id, "aud": lms.issuer(), "iat": now, "exp": now + 300, "nonce": product.name(),
        claims::MESSAGE_TYPE: "LtiDeepLinkingResponse", claims::VERSION: "1.3.0",
        claims::DEPLOYMENT_ID: asked[claims::DEPLOYMENT_ID],
        CONTENT_ITEMS: [{"type": "ltiResourceLink", "url": format!("{}/home?badge=17", tool.base_url),
            "title": "Safety", "custom": {"badge": "17"}, "lineItem": {"scoreMaximum": 100, "tag": "badge"}}],
    });
    if let Some(data) = asked[SETTINGS].get("data") {
        answer[DATA] = data.clone();
    }
    let back = asked[SETTINGS]["deep_link_return_url"].as_str().unwrap();
    let page = teacher.post(back, &[("JWT", &keys.mint(&answer))]).await.unwrap();
    let page = teacher.finish_deep_link(page).await.unwrap();
    assert!(page.contains("Added to the course."), "{product:?}: {}", page.text());

    let activities = lms.world(|world| world.course(demo::COURSE).unwrap().activities.clone());
    let badge = activities.iter().find(|activity| matches!(activity.kind, Kind::Tool(_))).unwrap();
    let outcome = Browser::new().launch(&lms, demo::GRACE, &badge.id).await.unwrap();
    assert!(outcome.contains("badge=17"), "{product:?}: {}", outcome.page.text());
    let launch = tool.launches().pop().unwrap();
    assert_eq!(launch["sub"], lms.subject(demo::GRACE), "{product:?}");
    assert_eq!(launch["email"], "grace@campus.example", "{product:?}: it asked for names");
    assert_eq!(launch[claims::CUSTOM]["badge"], "17", "{product:?}");
    assert_eq!(launch[claims::DEPLOYMENT_ID], asked[claims::DEPLOYMENT_ID], "{product:?}");
    let column = launch[claims::AGS_ENDPOINT]["lineitem"].as_str().expect("the item's column");
    assert_eq!(lms.line_item_at(column).unwrap().text("tag"), Some("badge"), "{product:?}");
}

#[tokio::test]
async fn every_product_is_walked_from_the_pasted_address_to_the_learners_launch() {
    for product in Profile::ALL {
        walk(product).await;
    }
}
