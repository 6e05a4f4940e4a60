//! Registrations that both sides agree on: every product, and what each of them does in its own way.

use laurel::store::{
    entity::{deployment::DeploymentState, platform_invitation::InvitationState},
    platform as rows,
};
use lti::services::scope;
use practice::{Manners, Options, Profile, browser::BrowserOptions, demo, registration::TOOL_CONFIGURATION};
use serde_json::json;

use super::{campus, deployments, go_on, invitation_of, invite, invite_by, open, paste, platforms, tool};
use crate::support::{
    api::{Sent, send},
    app::TestApp,
};

/// G01: the configuration is fetched and the registration posted with the platform's token, the platform is active
/// with a key set of its own, and the page closes its window by both subjects.
#[tokio::test]
async fn g01_the_whole_way_with_a_token() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Plain).await;
    let (id, address) = invite_by(&app, &app.operator(), &lms).await;
    let browser = app.browser();
    let first = browser.begin_registration(&lms, &address).await.unwrap();
    assert_eq!(first.status, 200, "{}", first.text());
    assert!(first.contains("localhost") && first.contains("Campus"), "who asks whom: {}", first.text());
    assert!(lms.registration_requests().is_empty(), "opening the page asks nobody");
    let policy = first.header("content-security-policy").unwrap();
    assert!(policy.ends_with(&format!("frame-ancestors 'self' {}", lms.base_url())), "{policy}");
    assert_eq!(first.header("cache-control"), Some("no-store"));
    assert_eq!(first.header("referrer-policy"), Some("no-referrer"));

    let done = go_on(&browser, first).await;
    assert_eq!(done.status, 200, "{}", done.text());
    for subject in ["org.imsglobal.lti.close", "lti.close"] {
        assert!(done.contains(subject), "{}", done.text());
    }
    assert!(done.contains("/close.js") && done.contains("You may close this window now."));
    let seen = lms.registration_requests();
    assert_eq!(seen.iter().map(|one| one.method.as_str()).collect::<Vec<_>>(), ["GET", "POST"]);
    let bearers: Vec<_> = seen.iter().map(|one| one.authorization.clone().unwrap()).collect();
    assert!(bearers[0].starts_with("Bearer ") && bearers[0] == bearers[1]);
    assert_eq!(seen[1].content_type.as_deref(), Some("application/json"));
    assert_eq!(seen[1].accept.as_deref(), Some("application/json"));

    let tool = tool(&lms);
    let [row] = platforms(&app).await.try_into().unwrap();
    assert_eq!((row.client_id.as_str(), row.issuer_url.as_str()), (tool.client_id.as_str(), lms.issuer()));
    assert_eq!(row.state.as_str(), "active");
    assert_eq!(row.organization_id, Some(app.organization));
    assert_eq!(tool.jwks_url.unwrap(), format!("{}/lti/jwks/{}", app.base, row.id));
    assert_eq!(tool.login_url, format!("{}/lti/login/{}", app.base, row.id));
    let keys = rows::keys(app.app.store.read(), row.id).await.unwrap();
    let others = rows::keys(app.app.store.read(), app.platform.id).await.unwrap();
    assert_eq!(keys.len(), 1);
    assert_ne!(keys[0].kid, others[0].kid, "each platform has a key of its own");
    let used = invitation_of(&app, id).await;
    assert_eq!((used.state, used.platform_id), (InvitationState::Used, Some(row.id)));
}

/// G02: a platform that gives no token is asked without an `Authorization` header.
#[tokio::test]
async fn g02_without_a_token() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Plain).await;
    lms.set_manners(|manners| manners.registration.sends_token = false);
    let (_, done) = paste(&app, &lms, &invite(&app, &lms).await).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(lms.registration_requests().iter().all(|seen| seen.authorization.is_none()));
    assert_eq!(platforms(&app).await.len(), 1);
}

/// G08: the body has all members, its domain is bare, its targets lie below it, and only what the platform offers is
/// asked for.
#[tokio::test]
async fn g08_what_we_ask_for() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Plain).await;
    let (_, done) = paste(&app, &lms, &invite(&app, &lms).await).await;
    assert_eq!(done.status, 200, "the strict platform takes it: {}", done.text());
    let body = lms.registration_requests().pop().unwrap().body.unwrap();
    for (name, value) in [
        ("application_type", json!("web")),
        ("response_types", json!(["id_token"])),
        ("grant_types", json!(["implicit", "client_credentials"])),
        ("redirect_uris", json!([format!("{}/lti/launch", app.base)])),
        ("token_endpoint_auth_method", json!("private_key_jwt")),
        ("client_name", json!("Laurel")),
        ("client_name#de", json!("Laurel")),
        ("client_uri", json!(app.base)),
    ] {
        assert_eq!(body[name], value, "{name}");
    }
    assert!(body["logo_uri"].as_str().unwrap().starts_with(&app.base));
    assert!(body["contacts"][0].as_str().unwrap().contains('@'));
    let block = &body[TOOL_CONFIGURATION];
    let domain = app.base.strip_prefix("http://").unwrap();
    assert_eq!(block["domain"], domain, "host and port, nothing else");
    assert_eq!(block["target_link_uri"], format!("{}/course", app.base));
    let custom = block["custom_parameters"].as_object().unwrap();
    assert!(["ctx_history", "link_history", "actual_user_id"].iter().all(|key| custom.contains_key(*key)));
    let messages = block["messages"].as_array().unwrap();
    let kinds: Vec<_> = messages.iter().map(|message| message["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["LtiResourceLinkRequest", "LtiDeepLinkingRequest", "LtiSubmissionReviewRequest"]);
    for message in messages {
        assert!(message["target_link_uri"].as_str().unwrap().starts_with(&format!("{}/course", app.base)));
        assert!(message["label"].is_string() && message["label#de"].is_string(), "{message}");
    }
    assert_eq!(messages[1]["placements"], json!(["ContentArea"]));
    // The logo is there, for whoever fetches it.
    let logo = app.browser().get(body["logo_uri"].as_str().unwrap()).await.unwrap();
    assert_eq!(logo.status, 200);
}

/// G09: fewer scopes than were asked for are stored as granted, and shown.
#[tokio::test]
async fn g09_what_was_granted_is_kept_and_shown() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Plain).await;
    lms.set_manners(|manners| manners.registration.grants = Some(vec![scope::SCORE.to_owned()]));
    let (_, done) = paste(&app, &lms, &invite(&app, &lms).await).await;
    assert!(done.contains("Scores to learners: allowed"), "{}", done.text());
    assert!(done.contains("The list of participants: not allowed"), "{}", done.text());
    let [row] = platforms(&app).await.try_into().unwrap();
    let path = format!("/platforms/{}", row.id);
    let shown = send(&app, &reqwest::Method::GET, &path, Some(&app.api_key), &[], Sent::Nothing).await.json;
    let registration = &shown["registration"];
    assert_eq!(registration["scopes"], json!([scope::SCORE]));
    assert_eq!(registration["scopes_certain"], true);
    assert_eq!(registration["messages"][1]["type"], "LtiDeepLinkingRequest");
    assert_eq!(registration["messages"][1]["placements"], json!(["ContentArea"]));
    let listed =
        send(&app, &reqwest::Method::GET, "/platforms", Some(&app.api_key), &[], Sent::Nothing).await.json;
    let items = listed["items"].as_array().unwrap();
    let by_hand = items.iter().find(|item| item["id"] == json!(app.platform.id)).unwrap();
    assert_eq!(by_hand.get("registration"), None);
    assert_eq!(&items.iter().find(|item| item["id"] == json!(row.id)).unwrap()["registration"], registration);
}

/// G10: Moodle answers 200 with the deployment inside; it is there and accepted. Its administrator must still
/// activate the tool, and is told so; its scopes are not to be believed.
#[tokio::test]
async fn g10_moodle_names_its_deployment_and_must_be_activated() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Moodle).await;
    let (_, done) = paste(&app, &lms, &invite(&app, &lms).await).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(done.contains("keeps the tool switched off until you switch it on there"), "{}", done.text());
    assert!(done.contains("Manage tools") && done.contains("Moodle"), "{}", done.text());
    let [row] = platforms(&app).await.try_into().unwrap();
    assert_eq!(row.family, "moodle");
    let [deployment] = deployments(&app, &row).await.try_into().unwrap();
    assert_eq!(deployment.deployment_id, tool(&lms).deployment_id);
    assert_eq!(
        (deployment.state, deployment.organization_id),
        (DeploymentState::Accepted, Some(app.organization))
    );
    let granted = rows::registration(app.app.store.read(), row.id).await.unwrap().unwrap();
    assert!(granted.awaits_activation);
    let path = format!("/platforms/{}", row.id);
    let shown = send(&app, &reqwest::Method::GET, &path, Some(&app.api_key), &[], Sent::Nothing).await.json;
    assert_eq!(shown["registration"]["scopes_certain"], false);
    assert_eq!(shown["registration"]["product"], "moodle");
}

/// G11: a numeric client id is kept as its text. Canvas names no deployment: the first that launches is taken in,
/// the next waits, and a month later there is no first.
#[tokio::test]
async fn g11_canvas_numbers_and_its_first_deployment() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Canvas).await;
    let (_, done) = paste(&app, &lms, &invite(&app, &lms).await).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let [row] = platforms(&app).await.try_into().unwrap();
    assert!(row.client_id.bytes().all(|byte| byte.is_ascii_digit()), "{}", row.client_id);
    assert_eq!(row.family, "canvas");
    assert!(deployments(&app, &row).await.is_empty());
    let mut canvas = tool(&lms);
    let first = open(&app, &lms, &canvas, demo::GRACE).await;
    assert_eq!(first.page.status, 200, "{}", first.page.text());
    let [deployment] = deployments(&app, &row).await.try_into().unwrap();
    assert_eq!(deployment.state, DeploymentState::Accepted);
    canvas.deployment_id = format!("99:{}", "a".repeat(40));
    lms.register(canvas.clone());
    let second = open(&app, &lms, &canvas, demo::GRACE).await;
    assert_eq!(second.page.status, 403, "{}", second.page.text());
    assert!(second.contains("lti.msg.deployment_unknown"));
    let states: Vec<_> = deployments(&app, &row).await.into_iter().map(|one| one.state).collect();
    assert_eq!(states.iter().filter(|state| **state == DeploymentState::Pending).count(), 1, "{states:?}");

    let late = campus(&app, Profile::Canvas).await;
    paste(&app, &late, &invite(&app, &late).await).await;
    app.advance(31 * 24 * 3600);
    let refused = open(&app, &late, &tool(&late), demo::GRACE).await;
    assert_eq!(refused.page.status, 403, "{}", refused.page.text());
}

/// G15: Sakai lists `openid` only and misspells a grant type in its reply; our services are asked for all the same.
#[tokio::test]
async fn g15_sakai_is_understood() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Sakai).await;
    let (_, done) = paste(&app, &lms, &invite(&app, &lms).await).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let asked = lms.registration_requests().pop().unwrap().body.unwrap();
    assert!(asked["scope"].as_str().unwrap().contains(scope::SCORE));
    let [row] = platforms(&app).await.try_into().unwrap();
    let granted = rows::registration(app.app.store.read(), row.id).await.unwrap().unwrap();
    let scopes: Vec<String> = serde_json::from_value(granted.scopes).unwrap();
    assert!(scopes.iter().any(|granted| granted == scope::MEMBERSHIP_READONLY), "{scopes:?}");
}

/// G16: the messages of an older Moodle are bare texts; it works, and what was odd is on record.
#[tokio::test]
async fn g16_an_older_moodle_works() {
    let app = TestApp::new().await;
    let options =
        Options { profile: Profile::Moodle, manners: Some(Manners::old_moodle()), ..Options::default() };
    let lms = app.stranger_lms(options).await;
    let (_, done) = paste(&app, &lms, &invite(&app, &lms).await).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let [row] = platforms(&app).await.try_into().unwrap();
    let granted = rows::registration(app.app.store.read(), row.id).await.unwrap().unwrap();
    assert!(granted.warnings.to_string().contains("messages_supported"), "{}", granted.warnings);
}

/// G17: in every product the first launch after the registration works by itself, and so do its services' tokens.
#[tokio::test]
async fn g17_every_product_launches_without_manual_steps() {
    let app = TestApp::new().await;
    for profile in Profile::ALL {
        let lms = campus(&app, profile).await;
        let (_, done) = paste(&app, &lms, &invite(&app, &lms).await).await;
        assert_eq!(done.status, 200, "{profile:?}: {}", done.text());
        let known = tool(&lms);
        for user in [demo::GRACE, demo::ADA] {
            let outcome = open(&app, &lms, &known, user).await;
            assert_eq!(outcome.page.status, 200, "{profile:?} {user}: {}", outcome.page.text());
        }
        let row = platforms(&app).await.into_iter().find(|row| row.client_id == known.client_id);
        let row = row.unwrap_or_else(|| panic!("{profile:?}"));
        assert_eq!(
            row.token_audience.clone().unwrap_or(row.token_endpoint.clone().unwrap()),
            lms.token_audience(),
            "{profile:?}"
        );
        let entry = laurel::domain::platform::entry(&app.app, row.id).await.unwrap();
        let peer = laurel::platform_client::Peer {
            platform: entry,
            deployment_id: known.deployment_id.clone(),
            scopes: [scope::MEMBERSHIP_READONLY].into_iter().collect(),
        };
        let token = laurel::platform_client::token::obtain(&app.app, &peer, &peer.scopes.clone()).await;
        assert!(token.is_ok(), "{profile:?}: {token:?}");
        lms.shutdown().await;
    }
}

/// The audience of assertions is somebody else's only by a row of the quirks: a platform that names another server
/// for itself is not believed.
#[tokio::test]
async fn a_foreign_audience_is_nobodys_to_name() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Plain).await;
    lms.set_manners(|manners| {
        let foreign = json!("https://login.bank.example/token");
        let changes = &mut manners.registration.configuration_changes;
        changes.push(practice::bend::Change::set("authorization_server", foreign));
    });
    let (_, done) = paste(&app, &lms, &invite(&app, &lms).await).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let [row] = platforms(&app).await.try_into().unwrap();
    assert_eq!(row.token_audience, None);
    let granted = rows::registration(app.app.store.read(), row.id).await.unwrap().unwrap();
    assert!(granted.warnings.to_string().contains("authorization_server_ignored"));
    let d2l = campus(&app, Profile::Brightspace).await;
    paste(&app, &d2l, &invite(&app, &d2l).await).await;
    let row = platforms(&app).await.into_iter().find(|row| row.family == "brightspace").unwrap();
    assert_eq!(row.token_audience.as_deref(), Some("https://api.brightspace.com/auth/token"));
}

/// Without script a button goes on, and the pages are in the reader's language.
#[tokio::test]
async fn the_pages_work_without_script_and_in_german() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Moodle).await;
    let address = lms.start_registration(&invite(&app, &lms).await);
    let browser = app.browser_that(|options| BrowserOptions {
        headers: vec![("accept-language".to_owned(), "de".to_owned())],
        ..options
    });
    let page = browser.get(&address).await.unwrap();
    assert!(page.contains("möchte sich mit den Abzeichen von Campus verbinden"), "{}", page.text());
    let done = browser.press(&page, "Verbinden").await.unwrap();
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(done.contains("Verbunden") && done.contains("Tools verwalten"), "{}", done.text());
}

/// What a platform sends beside what we know is left alone.
#[tokio::test]
async fn further_parameters_are_ignored_and_repeated_ones_refused() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Plain).await;
    let address = lms.start_registration(&invite(&app, &lms).await);
    let page = app.browser().get(&format!("{address}&tool_state=3&tool_state=4")).await.unwrap();
    assert_eq!(page.status, 200);
    let twice =
        app.browser().get(&format!("{address}&openid_configuration=https://x.example/")).await.unwrap();
    crate::support::attempt::refused("twice", &twice, 400, "lti.dr.missing_parameter");
}
