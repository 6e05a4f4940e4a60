//! What a badge says of how it was earned: titles as known at the award, in the badge's language, never the grade
//! (design §6.10), and strangers' titles stay words.

use laurel::{
    domain::{
        learner::LearnerIn,
        signal::{CourseIn, EventIn, Reporter, Said, receive},
    },
    ids::{AchievementVersionId, CourseId, LinkId},
    store::{PageQuery, course, entity::credential::CredentialKind, learner, link},
};
use practice::{Bend, claims};
use rust_decimal::Decimal;
use scraper::{Html, Selector};
use serde_json::{Value, json};

use super::{TestApp, definition, document, get};

const GRACE: &str = "grace@campus.example";

async fn german_badge(test: &TestApp, slug: &str) -> AchievementVersionId {
    let mut words = definition("Sicher im Labor");
    words.language = "de-AT".to_owned();
    test.define(test.issuer.id, slug, words).await
}

/// The course and link of P1's launches, as far as they are known.
async fn place(test: &TestApp) -> (CourseId, LinkId) {
    let db = test.app.store.read();
    let courses = course::list(db, test.organization, PageQuery::default()).await.unwrap();
    let course = courses.items[0].id;
    (course, link::of_course(db, test.organization, course).await.unwrap()[0].id)
}

/// The narrative of the first piece of evidence in the newest mail's credential, after checking that it verifies and that
/// the 2.0 form says the same.
async fn earned(test: &TestApp) -> String {
    let ran = test.run_jobs().await;
    let mails = test.mails().len();
    assert!(mails > 0, "{ran:?}");
    let (ob2, ob3) = super::badges_in(&test.last_picture());
    let (ob2, ob3): (Value, Value) =
        (serde_json::from_str(&ob2.unwrap()).unwrap(), serde_json::from_str(&ob3.unwrap()).unwrap());
    assert_eq!(test.verify(&ob3).await.verdict, open_badges::verify::Verdict::Valid);
    assert_eq!(document(ob2["id"].as_str().unwrap()).await, ob2);
    let piece = &ob3["evidence"][0];
    assert_eq!(piece["narrative"], ob2["evidence"][0]["narrative"]);
    assert_eq!(piece["name"], "Wie dieses Badge verdient wurde");
    piece["narrative"].as_str().unwrap().to_owned()
}

fn titled(link: &str, course: &str) -> [Bend; 3] {
    [
        Bend::claim(claims::RESOURCE_LINK, json!({ "id": "rl-301", "title": link })),
        Bend::claim(claims::CONTEXT, json!({ "id": "ctx-1", "title": course, "type": [] })),
        Bend::claim("email", GRACE),
    ]
}

#[tokio::test]
async fn titles_are_those_known_when_the_badge_was_earned() {
    let test = TestApp::new().await;
    test.launch(&titled("Alter Titel", "Alter Kurs")).await.assert_ok("evidence");
    let (course, link) = place(&test).await;
    let version = german_badge(&test, "labor").await;
    let rule = json!({ "type": "all_of", "of": [
        { "type": "launched", "link": link.0 },
        { "type": "score", "subject": { "course": "this" }, "unit": "percent", "at_least": 70 },
    ] });
    test.place(version, Some(course), rule).await;
    test.run_jobs().await;
    assert!(test.mails().is_empty());

    // A report brings the score: the titles come from what earlier launches said.
    test.launch(&titled("Laborsicherheit", "Chemie I")).await.assert_ok("evidence");
    let learners =
        learner::list(test.app.store.read(), test.organization, PageQuery::default()).await.unwrap();
    let learner = learners.items[0].id;
    let event = EventIn {
        source_id: "e-1".to_owned(),
        learner: LearnerIn::Id(learner),
        course: Some(CourseIn::Id(course)),
        activity: None,
        said: Said::Scored {
            given: Some(Decimal::from(87)),
            maximum: Some(Decimal::ONE_HUNDRED),
            state: criteria::ScoreState::Graded,
        },
        happened_at: None,
    };
    let reporter = Reporter {
        source: "key:test".to_owned(),
        label: "Prüfungsamt".to_owned(),
        strength: criteria::Strength::Strong,
    };
    assert_eq!(receive(&test.app, &test.operator(), &reporter, &event).await.unwrap().awards.len(), 1);
    let said = earned(&test).await;
    assert!(said.contains("„Laborsicherheit“") && said.contains("im Kurs „Chemie I“"), "{said}");
    assert!(said.contains("mindestens 70") && said.contains("gemeldet von „Prüfungsamt“"), "{said}");
    assert!(said.contains("17. März 2030"), "the day: {said}");
    assert!(!said.contains("87") && !said.contains("Alter"), "never the grade, and no old title: {said}");

    // Renamed later: what was signed stays.
    test.advance(60);
    test.launch(&titled("Neuer Titel", "Neuer Kurs")).await.assert_ok("evidence");
    assert_eq!(earned(&test).await, said);

    // Another badge, earned by the very launch that renames: the new name counts.
    let version = german_badge(&test, "labor-2").await;
    let rule = json!({ "type": "launched", "link": link.0, "custom": [{ "name": "step", "one_of": ["2"] }] });
    test.place(version, Some(course), rule).await;
    test.run_jobs().await;
    let mut bends = titled("Noch neuer", "Chemie II").to_vec();
    bends.push(Bend::claim(claims::CUSTOM, json!({ "step": "2" })));
    test.launch(&bends).await.assert_ok("evidence");
    let said = earned(&test).await;
    assert!(said.contains("„Noch neuer“"), "{said}");
}

#[tokio::test]
async fn titles_of_strangers_stay_words() {
    let test = TestApp::new().await;
    let hostile = "<script>alert(1)</script> [klick](javascript:alert(2)) **laut** _leise_ `x` \\ } {\r\nBcc: a@b \u{202e}<img src=x onerror=alert(3)> https://www.w3.org/ns @id";
    test.launch(&titled(hostile, "Kurs")).await.assert_ok("evidence");
    let (course, link) = place(&test).await;
    let version = german_badge(&test, "hostile").await;
    test.place(version, Some(course), json!({ "type": "launched", "link": link.0 })).await;
    test.launch(&titled(hostile, "Kurs")).await.assert_ok("evidence");
    let said = earned(&test).await;
    assert!(!said.contains(['\n', '\r', '\u{202e}']), "one line, no override: {said}");
    // As Markdown it means just the title.
    let page = Html::parse_fragment(&laurel::web::views::markdown::render(&said));
    let shown: String = page.root_element().text().collect();
    let title = "<script>alert(1)</script> [klick](javascript:alert(2)) **laut** _leise_ `x` \\ } { Bcc: a@b <img src=x onerror=alert(3)> https://www.w3.org/ns @id";
    assert!(shown.contains(&format!("„{title}“")), "{shown}");
    let marked = Selector::parse("a, em, strong, code, script, img").unwrap();
    assert_eq!(page.select(&marked).count(), 0, "{said}");
    // And so it is shown to its owner.
    let claim = get(&test.last_claim()).await.text();
    let owner: String = Html::parse_document(&claim).root_element().text().collect();
    assert!(owner.contains(title) && !claim.contains("<script"), "{claim}");
    let token = test.last_claim().rsplit('/').next().unwrap().to_owned();
    let found = laurel::domain::award::holder::find_by_claim(&test.app, &token).await.unwrap();
    assert!(found.newest_document(CredentialKind::Ob3).is_some());
}
