//! Section 5: valid launches, and the view each brings.

use practice::{Bend, claims as names};
use serde_json::{Value, json};

use crate::support::{
    app::{CLIENT, TestApp},
    attempt::Attempt,
};
use laurel::store::{PageQuery, course, credential, entity::award::AwardState};

pub const LEARNER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner";
pub const INSTRUCTOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor";
const MENTOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor";
const FACULTY: &str = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Faculty";
const STUDENT: &str = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student";
const NOBODY: &str = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#None";
const STRANGE: &str = "http://purl.imsglobal.org/vocab/lis/v2/uknownrole/unknown#Helper";
const TEST_USER: &str = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser";

/// What a person sees, by words of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    Teacher,
    Learner,
    Staff,
    Test,
    Lowest,
    NoCourse,
}

impl View {
    pub fn of(text: &str) -> Self {
        let has = |words: &str| text.contains(words);
        if has(">Badges in this course<") {
            return Self::Teacher;
        }
        assert!(has("Your badges"), "one of our pages: {text}");
        if has("You teach in this course") {
            Self::Staff
        } else if has("You are here as a test user") {
            Self::Test
        } else if has("You have no role in this course") {
            Self::Lowest
        } else if has("You did not come here from a course") {
            Self::NoCourse
        } else {
            Self::Learner
        }
    }
}

/// Launches, follows, and says what is seen.
pub async fn seen(app: &TestApp, about: &str, bends: &[Bend]) -> View {
    visited(app, about, bends).await.0
}

/// The same with the launch's id.
pub async fn visited(app: &TestApp, about: &str, bends: &[Bend]) -> (View, String) {
    let attempt = app.attempt();
    let tried = attempt.launch(bends).await;
    let id = tried.assert_ok(about);
    let page = attempt.follow(&tried).await;
    assert_eq!(page.status, 200, "{about}: {}", page.text());
    (View::of(&page.text()), id)
}

fn roles(of: &[&str]) -> Bend {
    Bend::claim(names::ROLES, json!(of))
}

/// Leaves out whatever is said about the person but these claims.
fn told(only: &[&str]) -> Vec<Bend> {
    let personal = ["name", "given_name", "family_name", "email", "locale"];
    personal.iter().filter(|name| !only.contains(name)).map(|name| Bend::drop_claim(name)).collect()
}

fn all(parts: Vec<Vec<Bend>>) -> Vec<Bend> {
    parts.into_iter().flatten().collect()
}

#[tokio::test]
async fn v01_to_v19_teachers_and_students() {
    let app = TestApp::new().await;
    app.badge_for_opening("Opened").await;
    let teacher = || vec![roles(&[INSTRUCTOR])];
    let student = || vec![roles(&[LEARNER])];
    let no_context = || vec![Bend::drop_claim(names::CONTEXT)];
    let cases: Vec<(&str, Vec<Bend>, View)> = vec![
        ("V01", teacher(), View::Teacher),
        ("V02", vec![roles(&[INSTRUCTOR, FACULTY, MENTOR])], View::Teacher),
        ("V03", vec![roles(&["Instructor"])], View::Teacher),
        ("V04", vec![roles(&[INSTRUCTOR, STRANGE])], View::Teacher),
        ("V05", vec![roles(&[""])], View::Lowest),
        ("V06", vec![roles(&[])], View::Lowest),
        ("V07", all(vec![teacher(), told(&["email"])]), View::Teacher),
        ("V08", all(vec![teacher(), told(&["given_name", "family_name"])]), View::Teacher),
        ("V09", all(vec![teacher(), told(&[])]), View::Teacher),
        ("V10", all(vec![teacher(), told(&["email"]), no_context()]), View::NoCourse),
        ("V11", student(), View::Learner),
        ("V12", vec![roles(&[LEARNER, STUDENT, MENTOR])], View::Learner),
        ("V13", vec![roles(&["Learner"])], View::Learner),
        ("V14", vec![roles(&[LEARNER, STRANGE])], View::Learner),
        ("V15", vec![roles(&[""])], View::Lowest),
        ("V16", all(vec![student(), told(&["email"])]), View::Learner),
        ("V17", all(vec![student(), told(&["name", "given_name", "family_name"])]), View::Learner),
        ("V18", all(vec![student(), told(&[])]), View::Learner),
        ("V19", all(vec![student(), told(&["email"]), no_context()]), View::NoCourse),
    ];
    for (id, bends, view) in cases {
        let before = app.rows().await;
        // A person of their own for each case.
        let bends = all(vec![vec![Bend::claim("sub", format!("sub-{id}"))], bends]);
        assert_eq!(seen(&app, id, &bends).await, view, "{id}");
        let rows = app.rows().await;
        assert_eq!(rows.awards - before.awards, i64::from(view == View::Learner), "{id}");
        assert_eq!(rows.learners, before.learners + 1, "{id}");
        let person = app.learner(&format!("sub-{id}")).await.unwrap();
        match id {
            "V07" | "V16" => {
                assert_eq!((person.name, person.email.is_some()), (None, true), "{id}: no invented name");
            }
            "V09" | "V18" => assert_eq!((person.name, person.email), (None, None), "{id}"),
            _ => {}
        }
    }
    let unknown =
        app.launches("ok").await.into_iter().filter(|record| record.warnings.to_string().contains("Helper"));
    assert_eq!(unknown.count(), 2, "V04, V14: unknown roles are on record");
    let waiting = app.awards().await.into_iter().filter(|award| award.state == AwardState::WaitingForAddress);
    assert_eq!(waiting.count(), 2, "V17, V18: earned, and published as soon as an address comes");
}

#[tokio::test]
async fn v18_an_address_that_comes_later_brings_the_badge() {
    let app = TestApp::new().await;
    app.badge_for_opening("Later").await;
    app.run_jobs().await;
    app.launch(&told(&[])).await.assert_ok("V18");
    assert_eq!((app.run_jobs().await.done, app.mails().len()), (0, 0));
    app.launch(&[]).await.assert_ok("with an address");
    let awards = app.awards().await;
    assert_eq!((awards.len(), awards[0].state), (1, AwardState::Active));
    app.run_jobs().await;
    assert_eq!(app.mails().len(), 1);
}

#[tokio::test]
async fn v20_v21_v22_links_and_people() {
    let app = TestApp::new().await;
    app.badge_for_opening("Kept").await;
    app.launch(&[]).await.assert_ok("first");
    let before = app.rows().await;
    let award = app.awards().await.remove(0);
    let documents = || credential::of_award(app.app.store.read(), app.organization, award.id);
    let issued = documents().await.unwrap();
    assert!(!issued.is_empty());

    let other_link = json!({"id": "rl-302", "title": "Another"});
    app.launch(&[Bend::claim(names::RESOURCE_LINK, other_link)]).await.assert_ok("V20");
    let rows = app.rows().await;
    assert_eq!(
        (rows.links, rows.courses, rows.learners),
        (before.links + 1, before.courses, before.learners),
        "V20"
    );

    let renamed = [Bend::claim("name", "Zoë Nowak"), Bend::claim("email", "zoe.nowak@campus.example")];
    app.launch(&renamed).await.assert_ok("V21");
    let person = app.learner("u-5f2e").await.unwrap();
    assert_eq!(person.name.as_deref(), Some("Zoë Nowak"), "V22");
    assert_eq!(person.email.as_deref(), Some("zoe.nowak@campus.example"), "V21");
    assert_eq!(app.rows().await.learners, before.learners, "V21: the same person");
    assert_eq!(documents().await.unwrap(), issued, "V22: what was issued stays");
    assert_eq!(app.awards().await.len(), 1);
}

#[tokio::test]
async fn v23_to_v29_platforms_as_they_are() {
    let app = TestApp::new().await;
    app.badge_for_opening("Real").await;
    let now = crate::support::app::t0().timestamp();
    let typed = |kind: Value| Bend::claim(names::CONTEXT, json!({"id": "c-77", "type": kind}));
    let ext = Bend::claim(names::EXT, json!({"lms": "moodle-2", "user_username": "zoe"}));
    let moodle_roles = [
        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator",
        INSTRUCTOR,
        "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator",
    ];
    let cases: Vec<(&str, &str, Vec<Bend>, View)> = vec![
        (
            "V23",
            "v23",
            vec![Bend::drop_claim(names::AGS_ENDPOINT), Bend::drop_claim(names::NRPS)],
            View::Learner,
        ),
        ("V24", "v24a", vec![typed(json!(["CourseSection"]))], View::Learner),
        ("V24", "v24b", vec![typed(json!(["urn:lti:context-type:ims/lis/CourseSection"]))], View::Learner),
        ("V24", "v24c", vec![typed(json!(["Account"]))], View::Learner),
        ("V25", "v25", vec![Bend::claim("locale", "pl_PL")], View::Learner),
        (
            "V26",
            "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            vec![Bend::LoginMethod(practice::LoginMethod::Get), roles(&[LEARNER, TEST_USER])],
            View::Test,
        ),
        ("V27", "v27", vec![Bend::claim("exp", now + 60), roles(&moodle_roles), ext], View::Teacher),
        (
            "V28",
            "v28",
            vec![
                Bend::claim("nbf", now),
                Bend::claim("email", ""),
                Bend::claim("http://www.brightspace.com", json!({"x": 1})),
            ],
            View::Learner,
        ),
        (
            "V29",
            "v29",
            vec![
                Bend::set_login("lti_deployment_id", "1"),
                Bend::claim(names::DEPLOYMENT_ID, "1"),
                typed(json!(["http://purl.imsglobal.org/vocab/lis/v2/course#CourseGroup"])),
                roles(&[LEARNER, NOBODY]),
            ],
            View::Learner,
        ),
    ];
    for (id, sub, bends, view) in cases {
        let bends = all(vec![vec![Bend::claim("sub", sub)], bends]);
        assert_eq!(seen(&app, id, &bends).await, view, "{id}");
        if id == "V23" {
            // The award's jobs are done: nobody has told us of a service yet.
            app.run_jobs().await;
            assert!(app.lms.service_requests().is_empty(), "V23: no service is called");
        }
    }
    let test = app.learner("0f1e2d3c4b5a69788796a5b4c3d2e1f0").await.unwrap();
    assert!(test.is_test, "V26");
    assert!(
        !app.awards().await.iter().any(|award| award.learner_id == test.id),
        "V26: a test user earns nothing"
    );
    let d2l = app.learner("v28").await.unwrap();
    assert_eq!(d2l.email, None, "V28: an empty address is none");
}

#[tokio::test]
async fn v30_v31_two_platforms_share_nothing() {
    let app = TestApp::new().await;
    app.badge_for_opening("Apart").await;
    let (p3, p3_tool, _) = app.another_platform(CLIENT, "p3").await;
    let before = app.rows().await;
    let same = [Bend::set_login("lti_deployment_id", "1"), Bend::claim(names::DEPLOYMENT_ID, "1")];
    app.launch(&same).await.assert_ok("V30 P1");
    Attempt::at(&p3, &p3_tool, app.browser()).launch(&same).await.assert_ok("V30 P3");
    let rows = app.rows().await;
    assert_eq!(rows.deployments, before.deployments + 2, "V30");
    assert_eq!(
        (rows.learners, rows.courses, rows.links, rows.awards),
        (before.learners + 2, before.courses + 2, before.links + 2, before.awards + 2),
        "V31"
    );
}

/// V32: the query of the signed target link is kept in the redirect.
#[tokio::test]
async fn v32_the_targets_query_is_kept() {
    let app = TestApp::new().await;
    let target = app.at("/course?badge=17&x=%C3%A9&launch=forged");
    let bends = [Bend::set_login("target_link_uri", &target), Bend::claim(names::TARGET_LINK_URI, target)];
    let attempt = app.attempt();
    let tried = attempt.launch(&bends).await;
    let location = tried.page.header("location").unwrap().to_owned();
    assert!(location.starts_with("/course?badge=17&x=%C3%A9&launch=forged&launch="), "{location}");
    assert_eq!(attempt.follow(&tried).await.status, 200, "ours is the last one");
}

#[tokio::test]
async fn v33_the_newest_service_address_counts() {
    let app = TestApp::new().await;
    app.launch(&[]).await.assert_ok("first");
    let moved = json!({"scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"], "lineitems": format!("{}/moved/lineitems", app.lms.base_url())});
    app.launch(&[Bend::claim(names::AGS_ENDPOINT, moved)]).await.assert_ok("V33");
    let page = course::list(app.app.store.read(), app.organization, PageQuery::default()).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let services = page.items[0].services.to_string();
    assert!(services.contains("/moved/lineitems") && !services.contains("lineitems/12"), "{services}");
}

/// V23: a launch that offers no services hides what needs them and calls nobody, also where awards shall be reported.
#[tokio::test]
async fn v23_without_services_nobody_is_called() {
    use crate::services::{Class, linked};
    let class = Class::on(TestApp::new().await, &[], |_| {}).await;
    class.reports("Reported", linked(&class)).await;
    class.visit(practice::demo::GRACE).await;
    assert_eq!(class.app.awards().await.len(), 1);
    class.settle().await;
    assert!(class.app.lms.service_requests().is_empty(), "V23: no service is called");
    let teacher = class.app.browser();
    let page = teacher.launch(&class.app.lms, practice::demo::ADA, crate::services::LINK).await.unwrap();
    assert_eq!(View::of(&page.page.text()), View::Teacher);
    assert!(page.contains("does not let this tool use its gradebook"), "why: {}", page.page.text());
}

/// V25: Polish is none of our languages, so the page speaks the browser's, else the server's.
#[tokio::test]
async fn v25_a_language_we_do_not_speak() {
    let polish = || {
        vec![
            Bend::claim(names::LAUNCH_PRESENTATION, json!({ "locale": "pl_PL" })),
            Bend::claim("locale", "pl-PL"),
        ]
    };
    for (server, browser, spoken) in
        [("en", None, "en"), ("de", None, "de"), ("en", Some("pl, de;q=0.5"), "de"), ("de", Some("pl"), "de")]
    {
        let app = TestApp::with(|sources| sources.with("server.language", server)).await;
        app.badge_for_opening("Mowa").await;
        let headers = browser.map(|tag| ("accept-language".to_owned(), tag.to_owned())).into_iter().collect();
        let reader = app.browser_that(|options| practice::browser::BrowserOptions { headers, ..options });
        let attempt = app.attempt_from(reader);
        let tried = attempt.launch(&polish()).await;
        tried.assert_ok("V25");
        let page = attempt.follow(&tried).await;
        let lang = format!("<html lang=\"{spoken}\"");
        assert!(page.contains(&lang), "{server} {browser:?}: {}", page.text());
    }
}

/// V26: a test user looks, earns nothing, and is not counted among the learners of the course.
#[tokio::test]
async fn v26_a_test_user_is_not_counted() {
    let app = TestApp::new().await;
    app.badge_for_opening("Real").await;
    let one = "1 learner known in this course";
    for (sub, of) in [("real", &[LEARNER][..]), ("preview", &[LEARNER, TEST_USER]), ("ada", &[INSTRUCTOR])] {
        app.launch_as(sub, of).await.assert_ok("V26");
    }
    let attempt = app.attempt();
    let tried = attempt.launch(&[Bend::claim("sub", "ada"), roles(&[INSTRUCTOR])]).await;
    let page = attempt.follow(&tried).await;
    assert!(page.contains(one), "V26: {}", page.text());
    assert_eq!(app.awards().await.len(), 1);
}
