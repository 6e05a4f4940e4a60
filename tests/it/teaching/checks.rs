//! What a teacher sees of the checks of a course: what the last came to, who would have been missed, what could not be
//! read and what to do about it, who tells, and how surely each badge finds who has earned it.

use practice::{
    Fault, Misbehaviour, Service,
    browser::{BrowserOptions, jar::CookieRules},
    demo,
};
use serde_json::json;

use super::{Teacher, goes, says};
use crate::{reconciling::Registrar, services::Class};

const CHECKS: &str = "/course/reconcile";

/// A badge for at least 8 of 10 in the column “Workshop”.
async fn watched() -> Class {
    let class = Class::new().await;
    class.watches("workshop", None).await;
    let version = class.app.achievement("Workshop passed").await;
    let node = json!({ "type": "score", "subject": { "activity": "workshop" }, "unit": "percent", "at_least": "80" });
    class.app.place(version, Some(class.course), node).await;
    class.settle().await;
    class
}

fn grade(class: &Class, user: &str, score: f64) {
    let theirs = class.app.lms.line_items(demo::COURSE)[0].id;
    class.app.lms.grade(demo::ADA, theirs, user, score).unwrap();
}

async fn runs(class: &Class) {
    for _ in 0..60 {
        class.app.run_jobs().await;
        class.app.advance(2);
    }
}

/// One button begins a check; the page says how far it is, and then in plain words what it came to.
#[tokio::test]
async fn a_teacher_has_everybody_checked() {
    let class = watched().await;
    grade(&class, demo::GRACE, 9.0);
    let ada = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    says(&ada.page, &["Is anybody missed?", "has not been checked yet", "Guaranteed"]);
    says(&ada.page, &["Laurel reads its column of the gradebook at every reconcile."]);
    let page = ada.opens(&class, CHECKS).await;
    says(&page, &["This course has not been checked yet", "Check everybody now"]);
    class.app.advance(61);
    let page = ada.presses(&page, "Check everybody now").await;
    says(&page, &["A check has been running since"]);
    ada.presses(&page, "Check everybody now").await;
    assert_eq!(class.app.count("reconcile_run").await, 1, "who asks while one runs joins it");
    runs(&class).await;
    let page = ada.opens(&class, CHECKS).await;
    says(&page, &["3 learners checked, 1 awarded, 0 missing, 0 unreadable."]);
    says(&page, &["One badge was awarded of which nobody had told Laurel in time."]);
    says(&page, &["Grace Hopper", "Workshop passed", "List of people", "Column “Workshop” of the gradebook"]);
    assert!(!page.contains("A check has been running"), "{}", page.text());
    let page = ada.opens(&class, "/course").await;
    says(&page, &["3 learners checked, 1 awarded, 0 missing, 0 unreadable."]);

    let before = class.app.lms.service_requests().len();
    let page = ada.opens(&class, CHECKS).await;
    ada.presses(&page, "Look at everybody again, without reading").await;
    runs(&class).await;
    assert_eq!(class.app.lms.service_requests().len(), before, "nothing is read again");
    let page = ada.opens(&class, CHECKS).await;
    says(&page, &["Nobody had been missed.", "What earlier checks came to", "Somebody asked"]);
}

/// What could not be read is named with what to do, in the reader's language, and is an alarm until it can be.
#[tokio::test]
async fn what_cannot_be_read_is_named_with_what_to_do() {
    let class = watched().await;
    let ada = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    let check = async || {
        class.app.advance(61);
        let page = ada.opens(&class, CHECKS).await;
        ada.presses(&page, "reconcile").await;
        runs(&class).await;
        ada.opens(&class, CHECKS).await
    };
    check().await;
    class.app.lms.misbehave(Misbehaviour::of(Service::Results, Fault::Status(403)));
    let page = check().await;
    says(&page, &["Of 3 learners nobody knows", "Not to its end", "could be read before"]);
    says(&page, &["Its administrator can allow grade services"]);
    says(&ada.opens(&class, "/course").await, &["One source of this course needs a look."]);
    class.app.lms.behave();
    let page = check().await;
    assert!(!page.contains("could be read before"), "{}", page.text());
}

/// A channel that has fallen silent is an alarm in plain words, with what to do.
#[tokio::test]
async fn silence_is_an_alarm_in_plain_words() {
    let class = Class::new().await;
    let registrar = Registrar::new(&class.app).await;
    for day in 0..7 {
        registrar.tells(&class, demo::GRACE, &format!("day-{day}")).await;
        class.app.advance(24 * 3600);
    }
    for _ in 0..11 {
        class.visit(demo::EMMY).await;
        class.app.advance(24 * 3600);
    }
    laurel::domain::channel_health::sweep(&class.app.app).await.unwrap();
    let ada = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    let page = ada.opens(&class, CHECKS).await;
    says(&page, &["Registrar usually speaks of this course and has been silent", "about every day"]);
    says(&page, &["Ask whoever runs it whether it still sends", "Alarm", "when somebody opens Laurel"]);
}

/// Only who teaches here sees it; a form that is not ours asks for nothing; another course's teacher has none of it.
#[tokio::test]
async fn only_teachers_see_it() {
    let class = watched().await;
    let grace = Teacher::of(&class, demo::GRACE, class.app.browser()).await;
    assert_eq!(grace.opens(&class, CHECKS).await.status, 403);
    let token = laurel::web::csrf::token(&class.app.app, &format!("course\n{}", grace.launch));
    let url = class.app.at(CHECKS);
    let fields = [("launch", grace.launch.as_str()), ("csrf", token.as_str()), ("do", "reconcile")];
    assert_eq!(grace.browser.post(&url, &fields).await.unwrap().status, 403);
    let ada = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    let fields = [("launch", ada.launch.as_str()), ("csrf", "made-up"), ("do", "reconcile")];
    assert_eq!(ada.browser.post(&url, &fields).await.unwrap().status, 403);
    assert_eq!(class.app.browser().get(&format!("{url}?launch={}", ada.launch)).await.unwrap().status, 401);
    assert_eq!(class.app.count("reconcile_run").await, 0);
}

/// In a browser that keeps no cookies every way is a form: the course, its checks, its people, a person, a preview.
#[tokio::test]
async fn without_cookies_every_way_is_a_form() {
    let class = watched().await;
    class.visit(demo::GRACE).await;
    class.app.lms.set_manners(|manners| manners.storage.target = Some("_parent".to_owned()));
    let blind = class.app.browser_that(|options| BrowserOptions {
        cookies: CookieRules { block_third_party: true, ports_are_sites: true, ..options.cookies },
        ..options
    });
    let ada = Teacher::of(&class, demo::ADA, blind).await;
    says(&ada.page, &["Badges in this course"]);
    assert!(!ada.page.contains("href=\"/course"), "{}", ada.page.text());
    let mut seen = vec![ada.page.clone()];
    for (path, words) in [
        ("/course/reconcile", "Checks of this course"),
        ("/course/roster", "People in this course"),
        ("/course/people/", "Why, and why not"),
        ("/dry-run", "Who would get it"),
        ("/course?", "Badges in this course"),
    ] {
        let from = seen.iter().rev().find(|page| page.text().contains(path)).unwrap().clone();
        let page = goes(&ada, &from, path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text());
        says(&page, &[words]);
        seen.push(page);
    }
    let checks = seen[1].clone();
    class.app.advance(61);
    says(&ada.presses(&checks, "Check everybody now").await, &["A check has been running since"]);
}
