//! Section 4: the claims of the message.

use practice::{Bend, Change, claims as names};
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    attempt::{Attempt, refused},
};
use laurel::{
    domain::platform::{Details, NewPlatform},
    store::entity::deployment::DeploymentState,
};

fn without(name: &str) -> Vec<Bend> {
    vec![Bend::drop_claim(name)]
}

fn with(name: &str, value: impl Into<Value>) -> Vec<Bend> {
    vec![Bend::claim(name, value)]
}

#[tokio::test]
async fn m01_to_m23_m28_m29_bad_messages_leave_their_record_only() {
    let app = TestApp::new().await;
    let other_case = Bend::Payload(Change::new("roles in another case", |payload: &mut Value| {
        let claims = payload.as_object_mut().unwrap();
        let roles = claims.shift_remove(names::ROLES).unwrap();
        claims.insert(names::ROLES.replace("/claim/", "/Claim/"), roles);
    }));
    let three_missing = vec![
        Bend::drop_claim(names::MESSAGE_TYPE),
        Bend::drop_claim(names::VERSION),
        Bend::drop_claim(names::ROLES),
    ];
    let cases: Vec<(&str, Vec<Bend>, &str)> = vec![
        ("M01", with(names::VERSION, "11.3"), "lti.msg.version_unsupported"),
        ("M02", without(names::VERSION), "lti.msg.version_missing"),
        ("M03", without(names::MESSAGE_TYPE), "lti.msg.type_missing"),
        ("M04", with(names::MESSAGE_TYPE, "LtiUnknownRequest"), "lti.msg.type_unsupported"),
        ("M05", three_missing, "lti.msg.version_missing"),
        ("M06", without(names::ROLES), "lti.msg.roles_missing"),
        ("M07", without(names::DEPLOYMENT_ID), "lti.msg.deployment_missing"),
        ("M08", with(names::DEPLOYMENT_ID, ""), "lti.msg.deployment_missing"),
        ("M11", without(names::RESOURCE_LINK), "lti.msg.resource_link_missing"),
        ("M12", with(names::RESOURCE_LINK, json!({"title": "x"})), "lti.msg.resource_link_missing"),
        ("M12", with(names::RESOURCE_LINK, json!({"id": ""})), "lti.msg.resource_link_missing"),
        ("M13", with("sub", ""), "lti.msg.user_missing"),
        ("M14", without("sub"), "lti.msg.user_missing"),
        ("M16", with("sub", Value::Null), "lti.msg.user_missing"),
        ("M17", with("sub", 42), "lti.msg."),
        ("M17", with("sub", "x".repeat(256)), "lti.msg.sub_invalid"),
        ("M18", without(names::TARGET_LINK_URI), "lti.msg.target_link_uri_missing"),
        (
            "M19",
            with(names::TARGET_LINK_URI, "https://evil.example/x"),
            "lti.msg.target_link_uri_not_allowed",
        ),
        (
            "M19",
            with(names::TARGET_LINK_URI, app.at("/api/v1/awards")),
            "lti.msg.target_link_uri_not_allowed",
        ),
        ("M22", with(names::ROLES, "Learner"), "lti.msg.claim_type"),
        ("M23", with(names::CONTEXT, json!({})), "lti.msg.context_invalid"),
        ("M28", with(names::VERSION, "1.3"), "lti.msg.version_unsupported"),
        ("M28", with(names::VERSION, "1.3.0 "), "lti.msg.version_unsupported"),
        ("M28", with(names::VERSION, 1.3), "lti.msg.claim_type"),
        ("M29", vec![other_case], "lti.msg.roles_missing"),
    ];
    for (id, bends, code) in cases {
        let before = app.rows().await;
        let tried = app.launch(&bends).await;
        tried.assert_refused(id, 400, code);
        assert_eq!(app.rows().await, before.with_launches(1), "{id} leaves its launch record only");
        assert!(tried.page.header("set-cookie").is_none(), "{id}: no session");
    }
}

#[tokio::test]
async fn m09_unknown_deployments_of_a_shared_platform_wait() {
    let app = TestApp::new().await;
    let operator = app.operator();
    let shared = NewPlatform {
        family: "other".to_owned(),
        is_shared: true,
        details: Details {
            issuer_url: Some("https://shared.lms.example".to_owned()),
            client_id: Some("c-200".to_owned()),
            authorization_endpoint: Some(app.lms.authorization_endpoint()),
            jwks_url: Some(app.lms.jwks_url()),
            ..Details::default()
        },
        ..NewPlatform::default()
    };
    let row = laurel::domain::platform::add(&app.app, &operator, shared).await.unwrap();
    let mut tool = app.tool.clone();
    tool.client_id = "c-200".to_owned();
    tool.deployment_id = "d-z".to_owned();
    let as_shared = |more: Vec<Bend>| {
        let mut bends = vec![
            Bend::set_login("iss", "https://shared.lms.example"),
            Bend::claim("iss", "https://shared.lms.example"),
        ];
        bends.extend(more);
        bends
    };
    let before = app.rows().await;
    for _ in 0..2 {
        let tried = Attempt::at(&app.lms, &tool, app.browser()).launch(&as_shared(vec![])).await;
        tried.assert_refused("M09", 403, "lti.msg.deployment_unknown");
    }
    let mut expected = before.with_launches(2);
    expected.deployments += 1;
    assert_eq!(app.rows().await, expected, "remembered once");
    let find = || laurel::store::deployment::unscoped_of_launch(app.app.store.read(), row.id, "d-z");
    let pending = find().await.unwrap().unwrap();
    assert_eq!((pending.state, pending.organization_id), (DeploymentState::Pending, None));
}

#[tokio::test]
async fn m10_new_deployments_of_an_owned_platform_are_taken_in() {
    let app = TestApp::new().await;
    let before = app.rows().await;
    let bends = [Bend::drop_login("lti_deployment_id"), Bend::claim(names::DEPLOYMENT_ID, "dep-new")];
    app.launch(&bends).await.assert_ok("M10");
    app.launch(&bends).await.assert_ok("M10 again");
    let rows = app.rows().await;
    assert_eq!(rows.deployments, before.deployments + 1);
    let other_hint = [Bend::claim(names::DEPLOYMENT_ID, "dep-third")];
    app.launch(&other_hint).await.assert_refused("M10", 401, "lti.msg.deployment_mismatch");
    assert_eq!(app.rows().await, rows.with_launches(1));

    let app = TestApp::with(|sources| sources.with("lti.auto_accept_deployments", "false")).await;
    app.launch(&bends).await.assert_refused("M10 switched off", 403, "lti.msg.deployment_unknown");
}

#[tokio::test]
async fn a_refused_deployment_stays_out() {
    let app = TestApp::new().await;
    let known = laurel::store::deployment::unscoped_of_launch(app.app.store.read(), app.platform.id, "dep-9");
    let known = known.await.unwrap().unwrap();
    laurel::domain::deployment::refuse(&app.app, &app.operator(), known.id).await.unwrap();
    let before = app.rows().await;
    app.launch(&[]).await.assert_refused("§2.3", 403, "lti.msg.deployment_disabled");
    assert_eq!(app.rows().await, before.with_launches(1));
}

#[tokio::test]
async fn m15_somebody_unknown_may_look_but_never_earns() {
    let app = TestApp::new().await;
    app.switch(json!({ "anonymous_launch": "view" })).await;
    app.launch(&[]).await.assert_ok("the course is known");
    app.badge_for_opening("For the known").await;
    let before = app.rows().await;
    let instructor = json!(["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"]);
    for roles in [json!(["Learner"]), instructor] {
        let attempt = app.attempt();
        let tried = attempt.launch(&[Bend::drop_claim("sub"), Bend::claim(names::ROLES, roles)]).await;
        tried.assert_ok("M15");
        let page = attempt.follow(&tried).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(!page.contains("Badges in this course"), "no teacher's view: {}", page.text());
        assert!(!page.contains("Zoë"), "nothing is said about somebody unknown");
    }
    assert_eq!(app.rows().await, before.with_launches(2));
}

#[tokio::test]
async fn m20_m21_the_signed_target_wins() {
    let app = TestApp::new().await;
    let login = Bend::set_login("target_link_uri", &app.at("/course/placements/17"));
    let tried = app.launch(std::slice::from_ref(&login)).await;
    let id = tried.assert_ok("M20");
    assert_eq!(tried.page.location().unwrap().path(), "/course");
    let record = app.launch_record(&id).await;
    assert!(record.warnings.to_string().contains("target_changed"), "{}", record.warnings);
    app.switch(json!({ "strict_target_link": true })).await;
    app.launch(&[login]).await.assert_refused("M21", 400, "lti.msg.target_link_uri_mismatch");
    app.launch(&[]).await.assert_ok("M21 same target");
}

#[tokio::test]
async fn m24_to_m27_m30_odd_but_good_messages() {
    let app = TestApp::new().await;
    let vendor = |value: Value| Bend::claim("https://vendor.example/claim/x", value);
    let good: Vec<(&str, Vec<Bend>, Option<&str>)> = vec![
        ("M24", with(names::CUSTOM, Value::Null), None),
        ("M24", without(names::CUSTOM), None),
        ("M24", with(names::CUSTOM, json!({})), None),
        ("M25", with(names::CUSTOM, json!({"badge": 17})), Some("badge")),
        ("M26", with("picture", 5), None),
        ("M26", with("name", 5), Some("name")),
        ("M27", vec![vendor(json!([1, {"a": null}])), vendor(json!(false))], None),
        ("M27", vec![vendor(Value::Null)], None),
        ("M30", with(names::CUSTOM, json!({"due": "$ResourceLink.submission.endDateTime"})), None),
    ];
    for (id, bends, warned) in good {
        let attempt = app.attempt();
        let tried = attempt.launch(&bends).await;
        let launch = tried.assert_ok(id);
        assert_eq!(attempt.follow(&tried).await.status, 200, "{id}");
        let warnings = app.launch_record(&launch).await.warnings.to_string();
        if let Some(about) = warned {
            assert!(warnings.contains(about), "{id}: {warnings}");
        }
    }
}

#[tokio::test]
async fn m25_m30_custom_parameters_in_rules() {
    let app = TestApp::new().await;
    let rule = |name: &str, value: &str| json!({ "type": "launched", "custom": [{ "name": name, "equals": value }] });
    let number = app.achievement("Number").await;
    app.place(number, None, rule("badge", "17")).await;
    let custom = json!({"badge": 17, "due": "$ResourceLink.submission.endDateTime"});
    app.launch(&with(names::CUSTOM, custom)).await.assert_ok("M25");
    let awards = app.awards().await;
    assert_eq!(awards.len(), 1, "the number counts as text");
    assert_eq!(awards[0].achievement_version_id, number);
    let unresolved = "signal WHERE CAST(value AS TEXT) LIKE '%submission%'";
    assert_eq!(app.count(unresolved).await, 0, "the unresolved variable is absent");
}

#[tokio::test]
async fn forms_that_are_no_launch() {
    let app = TestApp::new().await;
    let before = app.rows().await;
    let url = app.tool.launch_url();
    let post = |kind: &str, body: Vec<u8>| practice::browser::Visit::new("POST", url).body(kind, body);
    let form = "application/x-www-form-urlencoded";
    let cases = [
        (post("application/json", b"{}".to_vec()), 415, "lti.launch.unsupported_media_type"),
        (post(form, b"state=\xff".to_vec()), 400, "lti.launch.malformed_form"),
        (post(form, b"state=a&state=b".to_vec()), 400, "lti.launch.duplicate_parameter"),
        (post(form, vec![b'a'; 1_100_000]), 413, "lti.launch.malformed_form"),
    ];
    for (visit, status, code) in cases {
        refused(code, &app.browser().visit(visit).await.unwrap(), status, code);
    }
    assert_eq!(app.rows().await, before);
}

/// What is not for us is refused as a page in the reader's language, without blaming the reader (§10.5, §23.1).
#[tokio::test]
async fn m04_s11_what_is_not_for_us_is_told_politely_in_english_and_german() {
    use laurel::texts::{Advice, Language, Texts};
    let app = TestApp::new().await;
    let kinds = [
        "LtiStartProctoring",
        "LtiAssetProcessorSettingsRequest",
        "LtiReportReviewRequest",
        "LtiEulaRequest",
        "DataPrivacyLaunchRequest",
    ];
    let mut cases: Vec<(Bend, u16, &str)> = kinds
        .iter()
        .map(|kind| (Bend::claim(names::MESSAGE_TYPE, *kind), 400, "lti.msg.type_unsupported"))
        .collect();
    cases.push((Bend::error_answer("login_required", "Sign in"), 401, "lti.launch.platform_error"));
    cases.push((Bend::error_answer("unauthorized_client", ""), 401, "lti.launch.platform_error"));
    for language in Language::ALL {
        let reads = ("accept-language".to_owned(), language.tag().to_owned());
        for (bend, status, code) in &cases {
            let reader = app.browser_that(|options| practice::browser::BrowserOptions {
                headers: vec![reads.clone()],
                ..options
            });
            let tried = app.attempt_from(reader).launch(std::slice::from_ref(bend)).await;
            tried.assert_refused(code, *status, code);
            let (advice, texts) = (Advice::of_code(code), Texts::of(language));
            for key in [advice.what(), advice.next()] {
                assert!(tried.page.contains(&texts.say(key)), "{code} in {language}: {}", tried.page.text());
            }
        }
    }
    assert!(app.launches("ok").await.is_empty());
}

/// Somebody's work is for teachers, and for whoever did it.
#[tokio::test]
async fn x02_x03_x04_submissions_that_may_not_be_looked_at() {
    let app = TestApp::new().await;
    let review = || Bend::claim(names::MESSAGE_TYPE, "LtiSubmissionReviewRequest");
    let of = |user: &str| {
        Bend::claim("https://purl.imsglobal.org/spec/lti/claim/for_user", json!({ "user_id": user }))
    };
    let column = |line_item: Option<String>| {
        let mut endpoint = json!({ "scope": [], "lineitems": app.lms.issuer().to_owned() + "/items" });
        if let Some(line_item) = line_item {
            endpoint["lineitem"] = json!(line_item);
        }
        Bend::claim(names::AGS_ENDPOINT, endpoint)
    };
    let item = || column(Some(app.lms.issuer().to_owned() + "/items/1"));
    let teacher = || Bend::claim(names::ROLES, json!(["Instructor"]));
    let learner = || Bend::claim(names::ROLES, json!(["Learner"]));
    let cases = [
        ("X02", vec![review(), teacher(), item()], 400, "lti.sr.for_user_missing"),
        ("X03", vec![review(), teacher(), of("u-1"), column(None)], 400, "lti.sr.lineitem_missing"),
        ("X04", vec![review(), learner(), of("u-1"), item()], 403, "lti.sr.not_permitted"),
    ];
    for (id, bends, status, code) in cases {
        app.launch(&bends).await.assert_refused(id, status, code);
    }
    // Canvas's grading view asks by an ordinary launch; the same rule holds there.
    app.launch(&[learner(), of("u-1")]).await.assert_refused("X04", 403, "lti.sr.not_permitted");
    app.launch(&[teacher(), of("u-1")]).await.assert_ok("§19: a teacher may");
    assert_eq!(app.launches("ok").await.len(), 1);
}

/// M15: also where the launch offers every service: whoever is unknown sees the course's badges, read-only, and leads
/// to no award, no score and no column, even with the Instructor role.
#[tokio::test]
async fn m15_services_offered_to_somebody_unknown_are_not_used() {
    use crate::services::{Class, linked};
    let class = Class::new().await;
    let app = &class.app;
    app.switch(json!({ "anonymous_launch": "view" })).await;
    class.reports("Reported", linked(&class)).await;
    app.run_jobs().await;
    let (before, seen) = (app.rows().await, app.lms.service_requests().len());
    let columns = app.count("line_item").await;
    let tool =
        practice::ToolRegistration { anonymous: true, ..app.lms.registration(&app.tool.client_id).unwrap() };
    app.lms.register(tool);
    for roles in [vec!["Learner"], vec!["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"]] {
        let bends = [Bend::claim(names::ROLES, json!(roles))];
        let browser = app.browser();
        let outcome =
            browser.launch_bent(&app.lms, practice::demo::ADA, crate::services::LINK, &bends).await.unwrap();
        assert_eq!(outcome.status(), 200, "{}", outcome.page.text());
        let token = outcome.id_token().unwrap().split('.').nth(1).unwrap().to_owned();
        assert!(token.len() > 100, "a launch with services");
        assert!(outcome.contains("Reported") && outcome.contains("You have no role in this course"));
        assert!(outcome.page.forms().is_empty(), "nothing can be done here: {}", outcome.page.text());
    }
    app.run_jobs().await;
    assert_eq!(app.rows().await, before.with_launches(2));
    assert_eq!(app.count("line_item").await, columns);
    assert_eq!(app.count("score_report").await, 0);
    assert_eq!(app.lms.service_requests().len(), seen, "nobody is asked");
}
