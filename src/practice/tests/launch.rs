//! Whole launches over HTTP.

use serde_json::json;

use super::{BADGE, CLIENT, campus, part};
use crate::{
    LoginMethod, Options, Practice,
    bend::Bend,
    browser::{Browser, BrowserError, BrowserOptions},
    claims,
    clock::Clock,
    course::{INSTRUCTOR, LEARNER, User},
    demo, fields,
    wire::Routes,
};

#[tokio::test]
async fn a_launch_walks_from_the_course_to_the_tools_page() {
    let (lms, tool, browser) = campus().await;
    let outcome = browser.launch(&lms, demo::GRACE, BADGE).await.unwrap();
    assert_eq!(outcome.status(), 200, "{}", outcome.page.text());
    assert!(outcome.contains("tool home"));
    assert_eq!(outcome.answer.as_ref().unwrap().status, 303);
    assert_eq!(outcome.launch_id().as_deref(), Some("1"));
    let (method, login) = tool.logins().remove(0);
    assert_eq!(method, "POST");
    let names: Vec<&str> = login.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["iss", "target_link_uri", "login_hint", "lti_message_hint", "client_id", "lti_deployment_id"],
        "moodle-platform.md §1 row 3"
    );
    let claims = tool.launches().remove(0);
    assert_eq!(claims["iss"], lms.issuer());
    assert_eq!(claims["sub"], demo::GRACE);
    assert_eq!(claims["email"], "grace@campus.example");
    assert_eq!(claims["given_name"], "Grace");
    assert_eq!(claims[claims::MESSAGE_TYPE], "LtiResourceLinkRequest");
    assert_eq!(claims[claims::VERSION], "1.3.0");
    assert_eq!(claims[claims::DEPLOYMENT_ID], "dep-9");
    assert_eq!(claims[claims::ROLES], json!([LEARNER]));
    assert_eq!(claims[claims::CONTEXT]["id"], demo::COURSE);
    assert_eq!(claims[claims::RESOURCE_LINK]["id"], BADGE);
    assert_eq!(claims[claims::CUSTOM], json!({"badge": "17", "who": demo::GRACE}));
    assert_eq!(claims[claims::LAUNCH_PRESENTATION]["document_target"], "iframe");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
    assert!(claims.get(claims::AGS_ENDPOINT).is_none(), "no service is claimed that is not there");
    assert_eq!(lms.authentication_requests().len(), 1);
    assert_eq!(lms.authentication_requests()[0].refusal, None);
}

#[tokio::test]
async fn a_launch_by_get_and_in_a_window_says_so() {
    let (lms, tool, _) = campus().await;
    let mut registration = tool.registration();
    registration.login_method = LoginMethod::Get;
    registration.share_names = false;
    lms.register(registration);
    let browser = Browser::with(BrowserOptions { in_window: true, ..BrowserOptions::default() });
    let outcome = browser.launch(&lms, demo::GRACE, BADGE).await.unwrap();
    assert_eq!(outcome.status(), 200);
    assert_eq!(tool.logins()[0].0, "GET");
    let claims = tool.launches().remove(0);
    assert_eq!(claims[claims::LAUNCH_PRESENTATION]["document_target"], "window");
    for personal in ["name", "given_name", "family_name", "email", "locale"] {
        assert!(claims.get(personal).is_none(), "{personal} is shared against the registration");
    }
}

#[tokio::test]
async fn the_activity_opens_only_when_the_lesson_is_done_but_always_for_the_teacher() {
    let (lms, tool, browser) = campus().await;
    let locked = browser.launch(&lms, demo::EMMY, BADGE).await.unwrap_err();
    let BrowserError::Refused { status, text, .. } = locked else { panic!("{locked:?}") };
    assert_eq!(status, 403);
    assert!(text.contains("Safety in the machine room"), "the page names what to do first");
    assert!(tool.logins().is_empty(), "the tool hears nothing of it");
    lms.complete(demo::LESSON, demo::EMMY);
    assert_eq!(browser.launch(&lms, demo::EMMY, BADGE).await.unwrap().status(), 200);
    let teacher = browser.another();
    assert_eq!(teacher.launch(&lms, demo::ADA, BADGE).await.unwrap().status(), 200);
    assert_eq!(tool.launches()[1][claims::ROLES], json!([INSTRUCTOR]));
    let stranger = browser.another();
    lms.add_user(User::new("user-mallory", "Mallory"));
    let refused = stranger.launch(&lms, "user-mallory", BADGE).await.unwrap_err();
    assert!(matches!(refused, BrowserError::Refused { status: 403, .. }), "{refused:?}");
}

#[tokio::test]
async fn thirty_people_launch_at_once_and_nobody_becomes_somebody_else() {
    let (lms, tool, browser) = campus().await;
    let mut launches = tokio::task::JoinSet::new();
    for n in 0..30 {
        let id = format!("user-{n}");
        lms.add_user(User::new(id.as_str(), &format!("Learner {n}")));
        lms.enroll(demo::COURSE, id.as_str(), &[LEARNER]);
        lms.complete(demo::LESSON, id.as_str());
        let (lms, browser) = (lms.clone(), browser.another());
        launches.spawn(async move {
            let outcome = browser.launch(&lms, id.as_str(), BADGE).await.unwrap();
            assert_eq!(part(outcome.id_token().unwrap(), 1)["sub"], id.as_str());
            outcome.status()
        });
    }
    let statuses = launches.join_all().await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(tool.launches().len(), 30);
}

#[tokio::test]
async fn a_launch_by_hand_has_the_complete_example_payload() {
    let (lms, tool, browser) = campus().await;
    let registration = tool.registration();
    let handshake = browser.begin_login(&lms, &registration, lms.valid_login(&registration)).await.unwrap();
    assert_eq!(handshake.field("login_hint"), Some("u/88+x"));
    assert_eq!(handshake.field("lti_message_hint"), Some(r#"{"a":1}"#));
    let token = lms.mint(&lms.valid_claims(&registration, &handshake.nonce));
    let page = browser.deliver(&lms, &registration, &token, &handshake.state).await.unwrap();
    assert_eq!(page.status, 303, "{}", page.text());
    let claims = tool.launches().remove(0);
    assert_eq!(claims["sub"], "u-5f2e");
    let mut names: Vec<&str> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    let mut expected = vec![
        "iss",
        "aud",
        "sub",
        "iat",
        "exp",
        "nonce",
        "name",
        "given_name",
        "family_name",
        "email",
        "locale",
        claims::MESSAGE_TYPE,
        claims::VERSION,
        claims::DEPLOYMENT_ID,
        claims::TARGET_LINK_URI,
        claims::RESOURCE_LINK,
        claims::ROLES,
        claims::CONTEXT,
        claims::TOOL_PLATFORM,
        claims::LAUNCH_PRESENTATION,
        claims::CUSTOM,
        claims::AGS_ENDPOINT,
        claims::NRPS,
    ];
    expected.sort_unstable();
    assert_eq!(names, expected, "lti-1.3-tool.md §11, complete example");
}

#[tokio::test]
async fn pretended_https_hosts_and_a_frozen_clock_work() {
    let at = chrono::DateTime::from_timestamp(1_900_000_000, 0).unwrap();
    let clock = Clock::new(move || at);
    let options = Options {
        public_url: Some("https://lms.campus.example".to_owned()),
        authorization_query: Some("tenant=7".to_owned()),
        key_name: "p1".to_owned(),
        clock: clock.clone(),
        seed_demo: true,
        ..Options::default()
    };
    let lms = Practice::start(options).await.unwrap();
    assert_eq!(lms.issuer(), "https://lms.campus.example");
    assert_eq!(lms.authorization_endpoint(), "https://lms.campus.example/auth?tenant=7");
    let routes = Routes::default().with("https://lms.campus.example", lms.address());
    let browser = Browser::with(BrowserOptions { routes, clock, ..BrowserOptions::default() });
    let page = browser.get("https://lms.campus.example/jwks").await.unwrap();
    assert_eq!(page.status, 200);
    assert!(page.contains("\"p1-a\""));
    browser.sign_in(&lms, demo::ADA).await.unwrap();
    let page = browser.get(&format!("https://lms.campus.example/courses/{}", demo::COURSE)).await.unwrap();
    assert!(page.contains("Introduction to Computing"));
    let tool = crate::ToolRegistration::new(
        CLIENT,
        "https://t.example/l",
        "https://t.example/r",
        "https://t.example/",
    );
    let claims = lms.valid_claims(&tool, "n");
    assert_eq!((claims["iat"].as_i64(), claims["exp"].as_i64()), (Some(1_900_000_000), Some(1_900_000_300)));
}

#[tokio::test]
async fn bends_reach_one_launch_or_all_of_them() {
    let (lms, tool, browser) = campus().await;
    let bent = [
        Bend::claim("sub", "somebody-else"),
        Bend::set_login("extra", "1"),
        Bend::LoginMethod(LoginMethod::Get),
    ];
    let outcome = browser.launch_bent(&lms, demo::GRACE, BADGE, &bent).await.unwrap();
    assert_eq!(outcome.status(), 200);
    assert_eq!(tool.launches()[0]["sub"], "somebody-else");
    assert_eq!(fields::first(&tool.logins()[0].1, "extra"), Some("1"));
    assert_eq!(tool.logins()[0].0, "GET");
    browser.launch(&lms, demo::GRACE, BADGE).await.unwrap();
    assert_eq!(tool.launches()[1]["sub"], demo::GRACE, "only one launch was bent");
    lms.bend(Bend::drop_claim("email"));
    browser.launch(&lms, demo::GRACE, BADGE).await.unwrap();
    browser.launch(&lms, demo::GRACE, BADGE).await.unwrap();
    lms.straighten();
    browser.launch(&lms, demo::GRACE, BADGE).await.unwrap();
    let with_email: Vec<bool> = tool.launches().iter().map(|claims| claims.get("email").is_some()).collect();
    assert_eq!(with_email, [true, true, false, false, true]);
}
