//! Section 6: roles, and who can never earn.

use practice::{Bend, claims as names};
use serde_json::json;

use super::launches::{INSTRUCTOR, LEARNER, View, seen, visited};
use crate::support::app::TestApp;

const ASSISTANT: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant";
const GRADER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#Grader";
const DEVELOPER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#ContentDeveloper";
const ADMINISTRATOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator";

fn as_person(sub: &str, roles: &[&str]) -> [Bend; 2] {
    [Bend::claim("sub", sub), Bend::claim(names::ROLES, json!(roles))]
}

#[tokio::test]
async fn r01_to_r04_r07_r08_roles_and_views() {
    let app = TestApp::new().await;
    app.badge_for_opening("Roles").await;
    let cases: [(&str, &[&str], View, &str, i64); 6] = [
        ("R01", &[ASSISTANT], View::Teacher, "teach", 0),
        ("R02", &["urn:lti:role:ims/lis/Learner"], View::Learner, "learn", 1),
        ("R03", &[ADMINISTRATOR], View::Staff, "none", 0),
        ("R04", &[INSTRUCTOR, LEARNER], View::Teacher, "teach", 0),
        ("R07", &[DEVELOPER], View::Teacher, "author", 0),
        ("R08", &[GRADER], View::Teacher, "grade", 0),
    ];
    for (id, roles, view, permission, awards) in cases {
        let before = app.rows().await;
        let (shown, launch) = visited(&app, id, &as_person(id, roles)).await;
        assert_eq!(shown, view, "{id}");
        assert_eq!(app.rows().await.awards - before.awards, awards, "{id}");
        assert_eq!(app.launch_record(&launch).await.permission, permission, "{id}");
    }
    app.switch(json!({ "assistants": "observe" })).await;
    assert_eq!(seen(&app, "R01 observing", &as_person("R01b", &[ASSISTANT])).await, View::Staff);
    app.switch(json!({ "admins_may_teach": true })).await;
    assert_eq!(seen(&app, "R03 teaching", &as_person("R03b", &[ADMINISTRATOR])).await, View::Teacher);
}

/// R07: who authors a course sees and decides nothing of its people's work. R08: who grades it does.
#[tokio::test]
async fn r07_r08_who_decides_on_peoples_work() {
    let app = TestApp::new().await;
    app.badge_for_opening("Decided").await;
    for (sub, role, status) in [("R07b", DEVELOPER, 403), ("R08b", GRADER, 200)] {
        let person = app.attempt();
        let tried = person.launch(&as_person(sub, &[role])).await;
        let launch = tried.assert_ok(sub);
        assert_eq!(person.follow(&tried).await.status, 200);
        for path in ["/course/roster", "/course/lists", "/course/reconcile", "/course/approvals"] {
            let page = person.browser().get(&app.at(&format!("{path}?launch={launch}"))).await.unwrap();
            assert_eq!(page.status, status, "{sub} {path}: {}", page.text());
        }
    }
}

#[tokio::test]
async fn r06_a_teacher_who_comes_back_as_learner() {
    let app = TestApp::new().await;
    app.badge_for_opening("Switched").await;
    let teacher = app.attempt();
    let launched = teacher.launch(&as_person("ada", &[INSTRUCTOR])).await;
    let page = teacher.follow(&launched).await;
    assert_eq!(View::of(&page.text()), View::Teacher);

    assert_eq!(
        seen(&app, "R06", &as_person("ada", &[LEARNER])).await,
        View::Staff,
        "knows that she taught here"
    );
    let page = teacher.follow(&launched).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_ne!(View::of(&page.text()), View::Teacher, "the older session has lost its rights");
    assert_eq!(app.awards().await.len(), 0, "whoever taught here is no candidate (design §4)");
}

#[tokio::test]
async fn whoever_acts_as_another_or_for_testing_earns_nothing() {
    let app = TestApp::new().await;
    app.badge_for_opening("Acting").await;
    let acting = Bend::claim(names::CUSTOM, json!({"actual_user_id": "the-administrator"}));
    let bends = [as_person("grace", &[LEARNER]).to_vec(), vec![acting]].concat();
    app.launch(&bends).await.assert_ok("acting as another");
    assert_eq!(app.awards().await.len(), 0);
    let oneself = Bend::claim(names::CUSTOM, json!({"actual_user_id": "grace"}));
    let bends = [as_person("grace", &[LEARNER]).to_vec(), vec![oneself]].concat();
    app.launch(&bends).await.assert_ok("acting as oneself");
    assert_eq!(app.awards().await.len(), 1);
}
