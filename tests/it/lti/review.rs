//! Section 14, X01–X06: submissions opened from the gradebook; and mentors (R05). Through the practice LMS's pages,
//! with its own gradebook.

use practice::{
    Bend, Opening, Review,
    browser::{Browser, LaunchOutcome},
    claims as names, demo,
    opening::FOR_USER,
    services::Column,
};
use serde_json::{Value, json};

use super::launches::{INSTRUCTOR, LEARNER, View};
use crate::{
    services::{Class, LINK, linked},
    support::{
        app::{CLIENT, TestApp},
        attempt::refused,
    },
};

const MENTOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor";

/// A class whose badge for opening the tool is reported into a column of its own, which Grace has earned.
async fn graded() -> (Class, Opening) {
    let class = Class::new().await;
    class.reports("Lab safety", linked(&class)).await;
    class.visit(demo::GRACE).await;
    class.settle().await;
    let column = class.app.lms.line_items(demo::COURSE).last().unwrap().id;
    let opening = class.app.lms.review(column, demo::GRACE).unwrap();
    (class, opening)
}

async fn opened(class: &Class, user: &str, opening: &Opening, bends: &[Bend]) -> (Browser, LaunchOutcome) {
    let browser = class.app.browser();
    let outcome = browser.open(&class.app.lms, user, opening.clone(), bends).await.unwrap();
    (browser, outcome)
}

/// The review of another's submission in the same column.
fn of(opening: &Opening, learner: &str) -> Opening {
    let Opening::Review(review) = opening else { panic!("a review") };
    Opening::Review(Review { learner: learner.into(), ..review.clone() })
}

/// X01: a teacher who opens a submission sees the evidence of `for_user`: what was asked, how, when and by which
/// channel it was met, and the award. It is no opening of the activity, and nothing is earned by it.
#[tokio::test]
async fn x01_a_teacher_sees_the_evidence() {
    let (class, opening) = graded().await;
    let before = class.app.rows().await;
    let (_, outcome) = opened(&class, demo::ADA, &opening, &[]).await;
    assert_eq!(outcome.status(), 200, "{}", outcome.page.text());
    assert_eq!(outcome.location().unwrap().path(), "/course/review");
    for words in
        ["Submission", "Grace Hopper", "Lab safety", "Awarded", "Earned on", "seen at launch", "Back to your"]
    {
        assert!(outcome.contains(words), "{words}: {}", outcome.page.text());
    }
    assert!(!outcome.contains("/claim/"), "the holder's page is the holder's");
    let back = format!("{}/courses/{}", class.app.lms.base_url(), demo::COURSE);
    assert!(outcome.contains(&back), "the way back: {}", outcome.page.text());
    let rows = class.app.rows().await;
    assert_eq!((rows.signals, rows.awards, rows.links), (before.signals, before.awards, before.links));

    // Emmy has not opened it yet, but is known: what is missing is told.
    let launched = [Bend::claim(names::CUSTOM, json!({})), Bend::claim(names::ROLES, json!(["Observer"]))];
    let browser = class.app.browser();
    browser.launch_bent(&class.app.lms, demo::EMMY, LINK, &launched).await.unwrap();
    let (_, outcome) = opened(&class, demo::ADA, &of(&opening, demo::EMMY), &[]).await;
    assert!(
        outcome.contains("Emmy Noether") && outcome.contains("Not yet earned"),
        "{}",
        outcome.page.text()
    );
    assert!(outcome.contains("Not opened yet"), "{}", outcome.page.text());
    assert!(!outcome.contains("Grace"), "one person only");

    // Nobody has told us of Alan: a friendly page, no error.
    let (_, outcome) = opened(&class, demo::ADA, &of(&opening, demo::ALAN), &[]).await;
    assert_eq!(outcome.status(), 200);
    assert!(outcome.contains("There is nothing to show here yet"), "{}", outcome.page.text());
}

/// X01: the column is found by its address whatever its query is; another column shows its own badges.
#[tokio::test]
async fn x01_each_column_shows_what_counts_in_it() {
    let (class, opening) = graded().await;
    class.reports("Machine room", None).await;
    class.visit(demo::GRACE).await;
    class.settle().await;
    let columns = class.app.lms.line_items(demo::COURSE);
    assert_eq!(columns.len(), 2);
    let other = class.app.lms.review(columns[1].id, demo::GRACE).unwrap();
    for (opening, shown, hidden) in
        [(&opening, "Lab safety", "Machine room"), (&other, "Machine room", "Lab safety")]
    {
        let (_, outcome) = opened(&class, demo::ADA, opening, &[]).await;
        assert!(outcome.contains(shown) && !outcome.contains(hidden), "{}", outcome.page.text());
    }
    let Opening::Review(review) = &opening else { panic!("a review") };
    let moved = format!("{}?type_id=5", review.lineitem);
    let moved = Opening::Review(Review { lineitem: moved, ..review.clone() });
    let (_, outcome) = opened(&class, demo::ADA, &moved, &[]).await;
    assert!(outcome.contains("Lab safety") && !outcome.contains("Machine room"));
    // A column of nobody we know, without a link: nothing, kindly.
    let foreign = class.app.lms.add_column(demo::COURSE, Column::of_tool(CLIENT, "Else", 10.0));
    let foreign = class.app.lms.review(foreign.id, demo::GRACE).unwrap();
    let (_, outcome) = opened(&class, demo::ADA, &foreign, &[]).await;
    assert_eq!(outcome.status(), 200);
    assert!(outcome.contains("There is nothing to show here yet"), "{}", outcome.page.text());
}

/// X05: learners see their own submission. X04: nobody else's.
#[tokio::test]
async fn x04_x05_learners_see_their_own() {
    let (class, opening) = graded().await;
    let (_, outcome) = opened(&class, demo::GRACE, &opening, &[]).await;
    assert_eq!(outcome.status(), 200, "{}", outcome.page.text());
    assert!(outcome.contains("Your submission") && outcome.contains("Lab safety"), "{}", outcome.page.text());
    let (_, outcome) = opened(&class, demo::EMMY, &opening, &[]).await;
    refused("X04", &outcome.page, 403, "lti.sr.not_permitted");
    // A session that opened no submission has none to show.
    let browser = class.app.browser();
    let outcome = browser.launch(&class.app.lms, demo::GRACE, LINK).await.unwrap();
    let id = outcome.launch_id().unwrap();
    let page = browser.get(&class.app.at(&format!("/course/review?launch={id}"))).await.unwrap();
    refused("no submission", &page, 404, "not_found");
    let stranger = class.app.browser().get(page.url.as_str()).await.unwrap();
    refused("nobody's session", &stranger, 401, "session.unknown");
}

/// X06: a review without `resource_link` is good.
#[tokio::test]
async fn x06_without_a_link() {
    let (class, opening) = graded().await;
    let Opening::Review(review) = opening else { panic!("a review") };
    let unlinked = Opening::Review(Review { activity: None, ..review });
    let (_, outcome) = opened(&class, demo::ADA, &unlinked, &[]).await;
    assert_eq!(outcome.status(), 200, "{}", outcome.page.text());
    assert!(outcome.contains("Grace Hopper") && outcome.contains("Lab safety"));
}

/// R06 for reviews: whoever comes back as a learner loses the older session's sight of others.
#[tokio::test]
async fn a_teachers_older_review_is_closed_when_they_come_back_as_learner() {
    let (class, opening) = graded().await;
    let (browser, outcome) = opened(&class, demo::ADA, &opening, &[]).await;
    let address = outcome.page.url.clone();
    assert_eq!(browser.get(address.as_str()).await.unwrap().status, 200);
    let as_learner = [Bend::claim(names::ROLES, json!([LEARNER]))];
    class.app.browser().launch_bent(&class.app.lms, demo::ADA, LINK, &as_learner).await.unwrap();
    let page = browser.get(address.as_str()).await.unwrap();
    refused("R06", &page, 403, "lti.sr.not_permitted");
}

/// §19: Canvas's grading view opens somebody's work by an ordinary launch.
#[tokio::test]
async fn a_grading_view_shows_the_same() {
    let (class, _) = graded().await;
    let grading = Opening::Grading { activity: LINK.into(), learner: demo::GRACE.into() };
    let signals = class.app.count("signal").await;
    let (_, outcome) = opened(&class, demo::ADA, &grading, &[]).await;
    assert_eq!(outcome.location().unwrap().path(), "/course/review");
    assert!(outcome.contains("Grace Hopper") && outcome.contains("Lab safety"), "{}", outcome.page.text());
    let (_, outcome) = opened(&class, demo::GRACE, &grading, &[]).await;
    assert!(outcome.contains("Your submission"), "{}", outcome.page.text());
    assert_eq!(class.app.count("signal").await, signals, "looking is not opening");
}

/// A badge given by hand has no rule to explain: the giver's words are shown.
#[tokio::test]
async fn a_badge_given_by_hand_shows_why() {
    use crate::support::api::{Sent, send};
    let (class, opening) = graded().await;
    let app = &class.app;
    let version = app.awards().await[0].achievement_version_id;
    let body = json!({
        "version_id": version,
        "learner": { "platform_id": app.platform.id, "sub": app.lms.subject(demo::EMMY) },
        "narrative": "Showed it in the workshop.",
    });
    let answer =
        send(app, &reqwest::Method::POST, "/awards", Some(&app.api_key), &[], Sent::json(&body)).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let (_, outcome) = opened(&class, demo::ADA, &of(&opening, demo::EMMY), &[]).await;
    assert!(outcome.contains("Showed it in the workshop."), "{}", outcome.page.text());
}

fn as_mentor(app: &TestApp, of: &[&str]) -> Vec<Bend> {
    let subs: Vec<Value> = of.iter().map(|user| json!(app.lms.subject(*user))).collect();
    vec![Bend::claim(names::ROLES, json!([MENTOR])), Bend::claim(names::ROLE_SCOPE_MENTOR, json!(subs))]
}

/// R05: a mentor sees those in their care and nobody else, on every page of the course; what a later launch takes
/// away is gone from older sessions too.
#[tokio::test]
async fn r05_a_mentor_sees_those_in_their_care() {
    let (class, opening) = graded().await;
    class.visit(demo::EMMY).await;
    let app = &class.app;
    let browser = app.browser();
    let care = as_mentor(app, &[demo::GRACE]);
    let outcome = browser.launch_bent(&app.lms, demo::ALAN, LINK, &care).await.unwrap();
    assert_eq!(outcome.status(), 200, "{}", outcome.page.text());
    assert!(outcome.contains("People in your care"), "{}", outcome.page.text());
    assert!(outcome.contains("Grace Hopper") && outcome.contains("Lab safety"), "{}", outcome.page.text());
    assert!(!outcome.contains("Emmy"), "only those in their care: {}", outcome.page.text());
    assert!(!outcome.contains("/claim/"));
    let id = outcome.launch_id().unwrap();
    let record = app.launch_record(&id).await;
    assert_eq!(record.permission, "observe");
    let placed = app.awards().await[0].placement_id.unwrap();
    for path in ["/course", &format!("/course/placements/{placed}")] {
        let page = browser.get(&app.at(&format!("{path}?launch={id}"))).await.unwrap();
        assert!(page.contains("Grace Hopper") && !page.contains("Emmy"), "{path}: {}", page.text());
    }

    // Submissions: hers, not Emmy's.
    let (review, outcome) = opened(&class, demo::ALAN, &opening, &care).await;
    assert!(outcome.contains("Grace Hopper"), "{}", outcome.page.text());
    let (_, outcome) = opened(&class, demo::ALAN, &of(&opening, demo::EMMY), &care).await;
    refused("R05", &outcome.page, 403, "lti.sr.not_permitted");
    let hers = app.lms.subject(demo::EMMY);
    let forged = [care.clone(), vec![Bend::claim(FOR_USER, json!({ "user_id": hers }))]].concat();
    let (_, outcome) = opened(&class, demo::ALAN, &opening, &forged).await;
    refused("R05", &outcome.page, 403, "lti.sr.not_permitted");

    // Later somebody else is in their care. Ids of one moment are in no order.
    app.advance(1);
    let older = format!("/course?launch={id}");
    let care = as_mentor(app, &[demo::EMMY]);
    let outcome = app.browser().launch_bent(&app.lms, demo::ALAN, LINK, &care).await.unwrap();
    assert!(outcome.contains("Emmy Noether") && !outcome.contains("Grace"), "{}", outcome.page.text());
    let page = browser.get(&app.at(&older)).await.unwrap();
    assert!(!page.contains("Grace") && !page.contains("Emmy"), "{}", page.text());
    assert!(page.contains("There is nobody to show here yet"), "{}", page.text());
    let page = review.get(&app.at(&older.replace(&id, "x"))).await.unwrap();
    assert_eq!(page.status, 401);

    app.advance(1);
    // A mentor who names nobody sees nobody; an observer who is none looks at the badges.
    let outcome = app.browser().launch_bent(&app.lms, demo::ALAN, LINK, &as_mentor(app, &[])).await.unwrap();
    assert!(outcome.contains("There is nobody to show here yet"), "{}", outcome.page.text());
    let manager = [Bend::claim(names::ROLES, json!(["Manager"]))];
    let outcome = app.browser().launch_bent(&app.lms, demo::ALAN, LINK, &manager).await.unwrap();
    assert_eq!(View::of(&outcome.page.text()), View::Lowest);
    let teacher = [Bend::claim(names::ROLES, json!([INSTRUCTOR, MENTOR]))];
    let outcome = app.browser().launch_bent(&app.lms, demo::ADA, LINK, &teacher).await.unwrap();
    assert_eq!(View::of(&outcome.page.text()), View::Teacher);
}
