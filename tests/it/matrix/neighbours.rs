//! Platforms side by side: two of one issuer, one of two organizations, and one of somebody who means ill. What is
//! equal on the wire stays apart here.

use laurel::{
    domain::{
        access::Caller,
        achievement::{self, Definition},
        deployment,
        floor::Floor,
        issuer::{self, NewIssuer},
        placement::{self, NewPlacement},
        platform::{self, Details, NewPlatform},
    },
    ids::OrganizationId,
    store::{
        self, PageQuery,
        entity::{achievement_version::MayPlace, placement::PlacementMode, platform as entity},
    },
};
use practice::{Bend, Options, Practice, ToolRegistration, claims as names};
use serde_json::json;

use super::{clock, tenant};
use crate::support::{
    app::{CLIENT, DEPLOYMENT, TestApp},
    attempt::{Attempt, refused},
};

const CLOUD: &str = "https://cloud.lms.example";

/// An LMS that calls itself by this issuer, with keys of its own.
async fn of_issuer(app: &TestApp, issuer: &str, key_name: &str) -> Practice {
    Practice::start(Options {
        issuer: Some(issuer.to_owned()),
        clock: clock(app),
        seed_demo: true,
        key_name: key_name.to_owned(),
        ..Options::default()
    })
    .await
    .unwrap()
}

fn new(lms: &Practice, client_id: &str) -> NewPlatform {
    NewPlatform {
        family: platform::OTHER.to_owned(),
        name: Some(client_id.to_owned()),
        details: Details {
            issuer_url: Some(lms.issuer().to_owned()),
            client_id: Some(client_id.to_owned()),
            authorization_endpoint: Some(lms.authorization_endpoint()),
            token_endpoint: Some(lms.token_endpoint()),
            jwks_url: Some(lms.jwks_url()),
            ..Details::default()
        },
        ..NewPlatform::default()
    }
}

fn tool(app: &TestApp, lms: &Practice, client_id: &str, deployment: &str) -> ToolRegistration {
    let mut tool = app.tool.clone();
    tool.client_id = client_id.to_owned();
    tool.deployment_id = deployment.to_owned();
    lms.register(tool.clone());
    tool
}

async fn register(app: &TestApp, caller: &Caller, lms: &Practice, client_id: &str) -> entity::Model {
    let row = platform::add(&app.app, caller, new(lms, client_id)).await.unwrap();
    deployment::accept(&app.app, caller, row.id, DEPLOYMENT).await.unwrap();
    row
}

/// A badge of a tenant for whoever opens the tool.
async fn badge(app: &TestApp, caller: &Caller, name: &str) {
    let slug = name.to_lowercase();
    let issuer = NewIssuer {
        slug: slug.clone(),
        name: name.to_owned(),
        url: "https://campus.example".to_owned(),
        email: "badges@campus.example".to_owned(),
        description: None,
        language: Some("en".to_owned()),
        base_url: None,
    };
    let issuer = issuer::create(&app.app, caller, issuer).await.unwrap();
    let definition = Definition {
        name: name.to_owned(),
        description: name.to_owned(),
        criteria_narrative: "Open it.".to_owned(),
        achievement_type: "Badge".to_owned(),
        tags: Vec::new(),
        alignments: Vec::new(),
        language: "en".to_owned(),
        artwork: None,
        rule: None,
        validity_days: None,
        valid_until: None,
        remind_days: Vec::new(),
        floor: Floor::default(),
        may_place: MayPlace::Instructors,
    };
    let made = achievement::define(&app.app, caller, issuer.id, &slug, definition).await.unwrap();
    let new = NewPlacement {
        version: made.version.id,
        course: None,
        link: None,
        rule: Some(json!({ "version": 1, "node": { "type": "launched" } })),
        mode: PlacementMode::Ever,
        live: true,
    };
    placement::place(&app.app, caller, new).await.unwrap();
}

/// What an organization knows: learners, courses, links, awards.
async fn known(app: &TestApp, organization: OrganizationId) -> [i64; 4] {
    let of = |table: &str| format!("{table} WHERE organization_id = '{}'", organization.0);
    let sql = |table: &str| match app.app.store.engine() {
        // SQLite keeps ids as bytes.
        store::Engine::Sqlite => {
            format!(
                "{table} WHERE hex(organization_id) = '{}'",
                organization.0.simple().to_string().to_uppercase()
            )
        }
        store::Engine::Postgres => of(table),
    };
    let mut counts = [0; 4];
    for (count, table) in counts.iter_mut().zip(["learner", "course", "link", "award"]) {
        *count = app.count(&sql(table)).await;
    }
    counts
}

/// Two platforms of one issuer, as customers of one cloud have them: each login finds its own by client id or by the
/// deployment it names, is ambiguous without either, and neither platform's token passes for the other's.
#[tokio::test]
async fn two_platforms_with_one_issuer() {
    let app = TestApp::new().await;
    let other = tenant(&app, "college").await;
    badge(&app, &app.operator(), "Ours").await;
    badge(&app, &other, "Theirs").await;
    let (one, two) = (of_issuer(&app, CLOUD, "one").await, of_issuer(&app, CLOUD, "two").await);
    let first = platform::add(&app.app, &app.operator(), new(&one, "c-1")).await.unwrap();
    deployment::accept(&app.app, &app.operator(), first.id, "d-1").await.unwrap();
    let second = platform::add(&app.app, &other, new(&two, "c-2")).await.unwrap();
    deployment::accept(&app.app, &other, second.id, "d-2").await.unwrap();
    let tools = [tool(&app, &one, "c-1", "d-1"), tool(&app, &two, "c-2", "d-2")];
    for (lms, tool) in [&one, &two].into_iter().zip(&tools) {
        Attempt::at(lms, tool, app.browser()).launch(&[]).await.assert_ok(&tool.client_id);
        let nameless = [Bend::drop_login("client_id")];
        Attempt::at(lms, tool, app.browser()).launch(&nameless).await.assert_ok("by its deployment");
        assert_eq!(lms.keys().fetches(), 1, "each is asked for its own keys");
    }
    assert_eq!(known(&app, app.organization).await, [1, 1, 1, 1]);
    assert_eq!(known(&app, other.organization).await, [1, 1, 1, 1]);

    let browser = app.browser();
    let mut login = one.valid_login(&tools[0]);
    login.retain(|(name, _)| name != "client_id" && name != "lti_deployment_id");
    let page = browser.send_login(&one, &tools[0], login).await.unwrap();
    refused("nobody knows which", &page, 400, "lti.login.ambiguous_registration");

    // A login of the first, answered by the second in the first's name.
    let attempt = Attempt::at(&one, &tools[0], app.browser());
    let handshake = attempt.login(&[]).await;
    let forged = Attempt::at(&two, &tools[0], app.browser()).fields(&handshake, &[]);
    refused("a neighbour's token", &attempt.deliver(forged).await, 401, "lti.jwt.kid_unknown");
    assert_eq!(known(&app, app.organization).await, [1, 1, 1, 1]);
}

/// One platform that two organizations share, with equal course, link and user ids: the deployment says whose a launch
/// is, and nothing of one is seen in the other.
#[tokio::test]
async fn one_platform_shared_by_two_organizations() {
    let app = TestApp::new().await;
    let other = tenant(&app, "college").await;
    badge(&app, &app.operator(), "Ours").await;
    badge(&app, &other, "Theirs").await;
    let cloud = of_issuer(&app, CLOUD, "cloud").await;
    let shared = NewPlatform { is_shared: true, ..new(&cloud, "c-200") };
    let row = platform::add(&app.app, &Caller::server(laurel::domain::access::Actor::CommandLine), shared)
        .await
        .unwrap();
    deployment::accept(&app.app, &app.operator(), row.id, "d-x").await.unwrap();
    deployment::accept(&app.app, &other, row.id, "d-y").await.unwrap();
    let taken = deployment::accept(&app.app, &other, row.id, "d-x").await.unwrap_err();
    assert_eq!(taken.code(), "deployment.elsewhere");

    for (deployment, own, foreign) in [("d-x", "Ours", "Theirs"), ("d-y", "Theirs", "Ours")] {
        let tool = tool(&app, &cloud, "c-200", deployment);
        let attempt = Attempt::at(&cloud, &tool, app.browser());
        let tried = attempt.launch(&[]).await;
        tried.assert_ok(deployment);
        let page = attempt.follow(&tried).await;
        assert!(page.contains(own) && !page.contains(foreign), "{deployment}: {}", page.text());
    }
    assert_eq!(known(&app, app.organization).await, [1, 1, 1, 1]);
    assert_eq!(known(&app, other.organization).await, [1, 1, 1, 1]);

    // The token's deployment counts, not the login's.
    let tool = tool(&app, &cloud, "c-200", "d-x");
    let swapped = [Bend::claim(names::DEPLOYMENT_ID, "d-y")];
    let tried = Attempt::at(&cloud, &tool, app.browser()).launch(&swapped).await;
    tried.assert_refused("another's deployment", 401, "lti.msg.deployment_mismatch");
    // By the API each finds its own only.
    let page = PageQuery { after: None, limit: 200 };
    for (mine, theirs) in [(app.organization, other.organization), (other.organization, app.organization)] {
        let learner = store::learner::list(app.app.store.read(), mine, page).await.unwrap().items.remove(0);
        assert!(store::learner::find(app.app.store.read(), theirs, learner.id).await.unwrap().is_none());
    }
}

/// Somebody registers the client id of another organization: with its issuer that is refused, with an issuer of their
/// own it opens nothing, and their keys, addresses and deployments are never taken for the victim's.
#[tokio::test]
async fn a_hostile_organization_registers_anothers_client_id() {
    let app = TestApp::new().await;
    let mallory = tenant(&app, "mallory").await;
    badge(&app, &mallory, "Forged").await;
    app.badge_for_opening("Genuine").await;
    app.launch(&[]).await.assert_ok("before");
    let before = known(&app, app.organization).await;

    let evil = of_issuer(&app, app.lms.issuer(), "evil").await;
    let same = platform::add(&app.app, &mallory, new(&evil, CLIENT)).await.unwrap_err();
    assert_eq!(same.code(), "platform.exists");
    let later = platform::add(&app.app, &mallory, new(&evil, "")).await;
    assert!(later.is_err(), "an empty client id is none");

    // Registered under another name first, then renamed to the victim's.
    let row = register(&app, &mallory, &evil, "c-evil").await;
    let renamed = Details { client_id: Some(CLIENT.to_owned()), ..Details::default() };
    let renamed = platform::update(&app.app, &mallory, row.id, &renamed).await.unwrap_err();
    assert_eq!(renamed.code(), "platform.exists");

    // The victim's logins go to the victim's LMS, and its launches are signed by its keys only.
    let attempt = app.attempt();
    let handshake = attempt.login(&[]).await;
    assert!(handshake.url.as_str().starts_with(&app.lms.authorization_endpoint()), "{}", handshake.url);
    let forged = Attempt::at(&evil, &app.tool, app.browser()).fields(&handshake, &[]);
    refused("forged", &attempt.deliver(forged).await, 401, "lti.jwt.kid_unknown");
    assert_eq!(evil.keys().fetches(), 0, "their keys are not even read");
    // Logins that name neither client nor deployment become ambiguous, but never lead to the other; the address that
    // the victim's LMS was given names its platform.
    let mut login = app.lms.valid_login(&app.tool);
    login.retain(|(name, _)| name != "client_id" && name != "lti_deployment_id");
    let page = app.browser().send_login(&app.lms, &app.tool, login.clone()).await.unwrap();
    refused("nobody knows which", &page, 400, "lti.login.ambiguous_registration");
    let mut own = app.tool.clone();
    own.login_url = app.at(&format!("/lti/login/{}", app.platform.id));
    let page = app.browser().send_login(&app.lms, &own, login).await.unwrap();
    assert!(page.location().unwrap().as_str().starts_with(&app.lms.authorization_endpoint()));

    // With an issuer of their own the same client id is a platform of its own: nothing of the victim is there.
    let elsewhere = of_issuer(&app, "https://mallory.example", "elsewhere").await;
    register(&app, &mallory, &elsewhere, CLIENT).await;
    let tool = tool(&app, &elsewhere, CLIENT, DEPLOYMENT);
    let attempt = Attempt::at(&elsewhere, &tool, app.browser());
    let tried = attempt.launch(&[]).await;
    tried.assert_ok("their own");
    let page = attempt.follow(&tried).await;
    assert!(page.contains("Forged") && !page.contains("Genuine"), "{}", page.text());
    assert_eq!(known(&app, app.organization).await, before, "nothing of the victim changed");
    assert_eq!(known(&app, mallory.organization).await, [1, 1, 1, 1]);
    app.launch(&[]).await.assert_ok("after");
}
