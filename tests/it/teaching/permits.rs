//! Whoever makes a course decides on nobody's work (R07), whoever grades in it changes no badges (R08): neither is shown
//! a button or a way that would be refused.

use criteria::Strength;
use laurel::{
    domain::placement::{self, NewPlacement},
    store::entity::placement::PlacementMode,
};
use practice::{User, course::INSTRUCTOR, demo};
use serde_json::json;

use super::{Teacher, says, says_not};
use crate::{
    passes::{done, hall},
    services::Class,
};

const DEVELOPER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#ContentDeveloper";
const GRADER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#Grader";
/// What only those are shown who may decide on people's work.
const REVIEW: [&str; 7] = [
    "/course/roster?launch=",
    "/undo?launch=",
    "/course/holds/",
    "/course/approvals?launch=",
    "/course/reconcile?launch=",
    "/course/lists?launch=",
    "/dry-run?launch=",
];
/// What only those are shown who may change what the course holds.
const EDIT: [&str; 3] = ["value=\"confirm\"", "value=\"discard\"", "value=\"column\""];

/// A course in which there is something to decide of every kind.
async fn busy() -> Class {
    let class = hall().await;
    // Thirty badges can be taken back, twenty-one wait for a click, and no column tells of the lab.
    class.seats(&vec![done(Strength::Weak); 21]).await;
    class.seats(&vec![done(Strength::Strong); 30]).await;
    class.offers("Lab").await;
    class.app.run_jobs().await;
    let approved = json!({ "type": "all_of", "of": [
        { "type": "launched" }, { "type": "approved", "roles": ["instructor"], "n": 1 },
    ] });
    class.offers_for("Mastery", approved).await;
    let draft = NewPlacement {
        version: class.app.achievement("Draft").await,
        course: Some(class.course),
        link: None,
        rule: Some(json!({ "version": 1, "node": { "type": "launched" } })),
        mode: PlacementMode::Ever,
        live: false,
    };
    placement::place(&class.app.app, &class.app.operator(), draft).await.unwrap();
    class.app.badge_for_opening("Everywhere").await;
    class.visit(demo::GRACE).await;
    class.app.run_jobs().await;
    class
}

/// The course's page as somebody in this role sees it; every way on it is open.
async fn seen(class: &Class, user: &str, role: &str) -> Teacher {
    class.app.lms.add_user(User::new(user, user).locale("en"));
    class.app.lms.enroll(demo::COURSE, user, &[role]);
    let teacher = Teacher::of(class, user, class.app.browser()).await;
    says(&teacher.page, &["Badges in this course", "Everywhere"]);
    let html = teacher.page.text();
    let ways = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    for way in ways.filter(|way| way.starts_with("/course")) {
        let way = way.replace("&#38;", "&");
        let page = teacher.browser.get(&class.app.at(&way)).await.unwrap();
        assert_eq!(page.status, 200, "{role}: {way}: {}", page.text());
    }
    teacher
}

#[tokio::test]
async fn nobody_is_shown_what_would_be_refused() {
    let class = busy().await;
    let teacher = seen(&class, "user-tess", INSTRUCTOR).await;
    says(&teacher.page, &REVIEW);
    says(&teacher.page, &EDIT);
    let author = seen(&class, "user-dora", DEVELOPER).await;
    says(&author.page, &EDIT);
    says_not(&author.page, &REVIEW);
    let grader = seen(&class, "user-gerd", GRADER).await;
    says(&grader.page, &REVIEW);
    says_not(&grader.page, &EDIT);
}
