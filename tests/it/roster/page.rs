//! The teacher's page of people: N01, N07, N10-N13; and the API of the same.

use practice::{
    Fault, Misbehaviour, Service,
    browser::{Browser, Page},
    demo,
    services::{ALL_SCOPES, TYPE_MEMBERS},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    services::Class,
    support::{
        api::{Sent, send},
        app::TestApp,
    },
    teaching::Teacher,
};

async fn roster(class: &Class, browser: &Browser, launch: &str, more: &str) -> Page {
    browser.get(&class.app.at(&format!("/course/roster?launch={launch}{more}"))).await.unwrap()
}

/// N01: a teacher opens the roster and asks for it; the page says who is there and where they stand.
#[tokio::test]
async fn n01_a_teacher_opens_the_roster() {
    let class = Class::new().await;
    let version = class.app.achievement("Lab safety").await;
    class.app.place(version, Some(class.course), json!({ "type": "launched" })).await;
    let Teacher { browser, page, launch } = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    assert!(page.contains(&format!("/course/roster?launch={launch}")), "N01: a link leads there");
    let page = roster(&class, &browser, &launch, "").await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.contains("has not been read"), "{}", page.text());
    assert!(page.header("content-security-policy").unwrap().contains("frame-ancestors"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let sent = browser.press(&page, "Read the list now").await.unwrap();
    let page = browser.follow(sent).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.contains("The list is being read"), "{}", page.text());
    assert_eq!(class.app.lms.service_requests().len(), 0, "N01: nobody waits for the platform");
    class.visit(demo::GRACE).await;
    class.app.run_jobs().await;
    let asked = class.seen(Service::Members, "GET");
    assert_eq!((asked.len(), asked[0].header("accept")), (1, Some(TYPE_MEMBERS)), "N01");
    let page = roster(&class, &browser, &launch, "").await;
    let text = page.text();
    for words in
        ["Grace Hopper", "Emmy Noether", "Alan Turing", "It named 4 people", "Lab safety", "Not yet earned"]
    {
        assert!(text.contains(words), "N01: {words} is missing: {text}");
    }
    assert!(!text.contains("Ada Lovelace"), "staff has a list of its own");
    assert!(text.contains("Valid"), "Grace has it: {text}");
    let page = roster(&class, &browser, &launch, "&who=staff").await;
    assert!(page.contains("Ada Lovelace") && page.contains("Teaches here"), "{}", page.text());
    class.app.lms.unenroll(demo::COURSE, demo::GRACE);
    class.read().await;
    let page = roster(&class, &browser, &launch, "&who=gone").await;
    assert!(
        page.contains("Grace Hopper") && page.contains("Badges that were earned stay"),
        "{}",
        page.text()
    );
}

/// A button pressed twice is one reading; a form that is not ours is none.
#[tokio::test]
async fn the_button_is_ours_and_patient() {
    let class = Class::new().await;
    let Teacher { browser, launch, .. } = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    let page = roster(&class, &browser, &launch, "").await;
    for _ in 0..3 {
        class.app.advance(1);
        browser.press(&page, "Read the list now").await.unwrap();
    }
    class.app.run_jobs().await;
    assert_eq!(class.app.lms.count_of(Service::Members), 1);
    let url = class.app.at(&format!("/course/roster?launch={launch}"));
    let refused = browser.post(&url, &[("csrf", "made-up")]).await.unwrap();
    assert_eq!(refused.status, 403, "{}", refused.text());
    let stranger = class.app.browser();
    assert_eq!(stranger.get(&url).await.unwrap().status, 401);
}

/// N07: listed by a short id.
#[tokio::test]
async fn n07_nameless_people_are_listed_by_a_short_id() {
    let class = Class::on(TestApp::new().await, &ALL_SCOPES, |app| {
        app.lms.set_profile(practice::services::Profile::Canvas);
    })
    .await;
    class.read().await;
    let Teacher { browser, launch, .. } = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    let page = roster(&class, &browser, &launch, "").await;
    let id = class.app.lms.subject(demo::GRACE);
    let short: String = id.chars().take(12).collect();
    assert!(page.contains(&format!("Learner {short}…")), "N07: {}", page.text());
    assert!(!page.contains(&id), "N07");
}

/// N10: without the claim nothing is read and nobody can ask for it; those who have launched are shown, with the reason.
#[tokio::test]
async fn n10_without_the_service_only_who_launched_is_shown() {
    let class = Class::on(TestApp::new().await, &ALL_SCOPES, |app| {
        app.lms.quirks(|quirks| quirks.offers_members = false);
    })
    .await;
    class.visit(demo::GRACE).await;
    let Teacher { browser, launch, .. } = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    let page = roster(&class, &browser, &launch, "").await;
    assert_eq!(page.status, 200, "N10: {}", page.text());
    assert!(page.contains("Grace Hopper") && !page.contains("Emmy Noether"), "N10: {}", page.text());
    assert!(page.contains("offers Laurel no list of the people"), "N10: {}", page.text());
    assert!(!page.contains("Read the list now"), "N10: {}", page.text());
    let url = class.app.at(&format!("/course/roster?launch={launch}"));
    let token = laurel::web::csrf::token(&class.app.app, &format!("course\n{launch}"));
    let asked = browser.post(&url, &[("csrf", &token), ("do", "read")]).await.unwrap();
    assert_eq!(asked.status, 409, "N10: {}", asked.text());
    assert_eq!(class.app.count("roster").await, 0, "N10");
    let (app, path) = (&class.app, format!("/courses/{}/roster", class.course));
    let body = Sent::json(&json!({ "of": "course" }));
    let answer = send(app, &Method::POST, &path, Some(&app.api_key), &[], body).await;
    assert_eq!((answer.status, answer.code()), (409, "roster.not_offered"), "N10");
    class.app.run_jobs().await;
    assert!(class.app.lms.service_requests().is_empty(), "N10");
}

/// N11: the page says what the refusal means.
#[tokio::test]
async fn n11_the_page_says_what_a_refusal_means() {
    let class = Class::new().await;
    class.app.lms.misbehave(Misbehaviour::of(Service::Members, Fault::Status(403)));
    class.read().await;
    let Teacher { browser, launch, .. } = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    let page = roster(&class, &browser, &launch, "").await;
    assert!(page.contains("administrator can allow names and roles"), "N11: {}", page.text());
    assert_eq!(class.app.lms.count_of(Service::Members), 1, "N11: looking asks nothing");
}

/// N12: a learner is refused, and the platform is not asked.
#[tokio::test]
async fn n12_a_learner_is_refused() {
    let class = Class::new().await;
    let Teacher { browser, page, launch } = Teacher::of(&class, demo::GRACE, class.app.browser()).await;
    assert!(!page.contains("/course/roster"), "N12");
    let page = roster(&class, &browser, &launch, "").await;
    assert_eq!(page.status, 403, "N12");
    assert!(!page.contains("Ada Lovelace"), "N12");
    let url = class.app.at(&format!("/course/roster?launch={launch}"));
    let token = laurel::web::csrf::token(&class.app.app, &format!("course\n{launch}"));
    assert_eq!(browser.post(&url, &[("csrf", &token)]).await.unwrap().status, 403, "N12");
    class.app.run_jobs().await;
    assert!(class.app.lms.service_requests().is_empty(), "N12: no service call");
}

/// N13: nobody on it is an empty page.
#[tokio::test]
async fn n13_an_empty_roster_is_an_empty_page() {
    let class = Class::new().await;
    let empty = Fault::Change(practice::Change::set("members", json!([])));
    class.app.lms.misbehave(Misbehaviour::of(Service::Members, empty));
    let Teacher { browser, launch, .. } = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    class.read().await;
    let page = roster(&class, &browser, &launch, "").await;
    assert_eq!(page.status, 200, "N13: {}", page.text());
    assert!(
        page.contains("Nobody is on this list") && page.contains("It named 0 people"),
        "N13: {}",
        page.text()
    );
}

/// More people than a page shows are on the next one.
#[tokio::test]
async fn many_people_are_shown_page_by_page() {
    let class = Class::new().await;
    class.app.lms.add_crowd(demo::COURSE, 60);
    class.read().await;
    let Teacher { browser, launch, .. } = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    let page = roster(&class, &browser, &launch, "").await;
    assert!(page.contains("Learner 000001") && !page.contains("Learner 000060"), "{}", page.text());
    assert!(page.contains("page=2"));
    let page = roster(&class, &browser, &launch, "&page=2").await;
    assert!(page.contains("Learner 000060") && !page.contains("page=3"), "{}", page.text());
}

/// The same by API: asked for, told, and listed page by page.
#[tokio::test]
async fn the_api_tells_who_is_there() {
    let class = Class::new().await;
    let (app, key) = (&class.app, Some(class.app.api_key.as_str()));
    let path = |rest: &str| format!("/courses/{}/{rest}", class.course);
    let body = || Sent::json(&json!({ "of": "course" }));
    app.advance(61);
    let answer = send(app, &Method::POST, &path("roster"), key, &[], body()).await;
    assert_eq!((answer.status, &answer.json["is_awaited"]), (200, &Value::Bool(true)), "{}", answer.text);
    app.run_jobs().await;
    let answer = send(app, &Method::GET, &path("roster"), key, &[], Sent::Nothing).await;
    assert_eq!(answer.json["reading"]["members"], 4, "{}", answer.text);
    assert_eq!(answer.json["reading"]["is_complete"], true);
    let answer = send(app, &Method::GET, &path("members?limit=200"), key, &[], Sent::Nothing).await;
    let people = answer.json["items"].as_array().unwrap();
    assert_eq!(people.len(), 4);
    let grace = people.iter().find(|one| one["sub"] == demo::GRACE).unwrap();
    assert_eq!((&grace["state"], &grace["is_staff"]), (&json!("active"), &json!(false)), "{grace}");
    // A link belongs to its course; without one there is nothing of a link to read.
    let path_of = |link: &str| format!("/courses/{}/roster?link={link}", class.course);
    let nowhere = uuid::Uuid::nil().to_string();
    let answer = send(app, &Method::GET, &path_of(&nowhere), key, &[], Sent::Nothing).await;
    assert_eq!(answer.status, 404, "{}", answer.text);
    let link = class.link.to_string();
    let answer = send(app, &Method::GET, &path_of(&link), key, &[], Sent::Nothing).await;
    assert_eq!((answer.status, &answer.json["link_id"]), (200, &json!(link)), "{}", answer.text);
    for body in [json!({ "of": "link" }), json!({ "of": "course", "link_id": link })] {
        let answer = send(app, &Method::POST, &path("roster"), key, &[], Sent::json(&body)).await;
        assert_eq!((answer.status, answer.code()), (422, "roster.link"), "{}", answer.text);
    }
    app.lms.misbehave(Misbehaviour::of(Service::Members, Fault::Status(403)));
    class.read().await;
    let answer = send(app, &Method::GET, &path("roster"), key, &[], Sent::Nothing).await;
    assert_eq!(answer.json["trouble"]["code"], "lti.nrps.scope_not_granted");
    assert!(answer.json["trouble"]["explanation"].as_str().unwrap().contains("administrator"));
}

/// Where a name leads.
fn link(class: &Class, page: &Page, name: &str) -> String {
    let body = String::from_utf8_lossy(&page.body);
    let (before, _) = body.split_once(name).unwrap();
    let (_, address) = before.rsplit_once("href=\"").unwrap();
    class.app.at(&address.split_once('"').unwrap().0.replace("&#38;", "&").replace("&amp;", "&"))
}

/// Why, and why not: the whole rule for one person, for teachers of the course and nobody else.
#[tokio::test]
async fn a_teacher_reads_why_somebody_has_a_badge_and_why_not() {
    let class = Class::new().await;
    let version = class.app.achievement("Lab safety").await;
    let quiz =
        json!({ "type": "score", "subject": { "activity": "quiz" }, "unit": "percent", "at_least": 80 });
    let both = json!({ "type": "all_of", "of": [{ "type": "launched" }, quiz] });
    class.app.place(version, Some(class.course), both).await;
    class.visit(demo::GRACE).await;
    class.read().await;
    let Teacher { browser, launch, .. } = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    let list = roster(&class, &browser, &launch, "").await;
    let page = browser.get(&link(&class, &list, "Grace Hopper")).await.unwrap();
    let text = page.text();
    assert_eq!(page.status, 200, "{text}");
    for words in ["Grace Hopper", "Lab safety", "Not yet earned", "80"] {
        assert!(text.contains(words), "{words} is missing: {text}");
    }
    assert!(page.contains("line-met"), "what is met is shown as met: {text}");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let staff = roster(&class, &browser, &launch, "&who=staff").await;
    let page = browser.get(&link(&class, &staff, "Ada Lovelace")).await.unwrap();
    assert!(page.contains("Teaches here"), "{}", page.text());
    // A learner does not see another, a stranger of another course is nobody here.
    let path = "/course/people/0193a000-0000-7000-8000-000000000000";
    let unknown = browser.get(&class.app.at(&format!("{path}?launch={launch}"))).await.unwrap();
    assert_eq!(unknown.status, 404);
    let Teacher { browser: learner, launch: own, .. } =
        Teacher::of(&class, demo::GRACE, class.app.browser()).await;
    assert_eq!(learner.get(&class.app.at(&format!("{path}?launch={own}"))).await.unwrap().status, 403);
}
