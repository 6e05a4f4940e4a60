//! What comes back at the first launch (D05): a token is good once, in its course, and nothing else is believed.

use laurel::{
    domain::{achievement, placement},
    store::{
        entity::{achievement_version::MayPlace, placement::PlacementState},
        line_item,
    },
};
use practice::{Activity, Service, course::Kind, demo, services::ALL_SCOPES};
use serde_json::json;

use super::{Picking, answers::definition, custom};
use crate::support::{app::CLIENT, attempt::refused};

/// D05: the link that was saved opens the page of the badge that was chosen, and awards it.
#[tokio::test]
async fn d05_a_picked_link_opens_the_chosen_badge() {
    let picking = Picking::new().await;
    picking.achievement("Another").await;
    picking.badge_for_opening("Everywhere").await;
    let version = picking.achievement("Lab safety").await;
    let activity = picking.place_picked(version).await;
    assert_eq!(picking.placements().await.len(), 1, "nothing is placed before the link is opened");
    let outcome = picking.launch(demo::GRACE, &activity).await;
    assert_eq!(outcome.status(), 200);
    assert!(outcome.contains("Lab safety"), "{}", outcome.page.text());
    assert!(!outcome.contains("Another") && !outcome.contains(">Everywhere<"), "only the chosen one");
    let (placement, _) = picking.bound(&activity).await;
    let link = picking.link(&activity).await;
    assert_eq!((placement.link_id, placement.state.as_str()), (Some(link.id), "live"));
    assert_eq!(placement.achievement_version_id, version);
    assert_eq!(picking.awards().await.len(), 2, "both rules were met by opening it");
    // The teacher sees it too, and a second launch changes nothing.
    assert!(picking.launch(demo::ADA, &activity).await.contains("Lab safety"));
    picking.launch(demo::GRACE, &activity).await;
    assert_eq!((picking.placements().await.len(), picking.awards().await.len()), (2, 2));
}

/// A known link costs a launch what it cost without a token.
#[tokio::test]
async fn a_known_link_costs_nothing_more() {
    let picking = Picking::new().await;
    let version = picking.achievement("Lab safety").await;
    let activity = picking.place_picked(version).await;
    picking.lms.add_activity(demo::COURSE, Activity::tool("plain", "Plain", CLIENT));
    let plain = picking.activities(demo::COURSE).into_iter().find(|one| one.id.as_str() == "plain").unwrap();
    let mut costs = Vec::new();
    for activity in [&plain, &activity] {
        for user in [demo::GRACE, demo::EMMY, demo::EMMY] {
            let browser = picking.app.browser();
            let counted = || picking.app.app.store.counted();
            let before = counted();
            let outcome = browser.launch(&picking.lms, user, &activity.id).await.unwrap();
            let both = counted();
            // The page is shown a second time to know what the launch itself took.
            browser.get(outcome.page.url.as_str()).await.unwrap();
            let page = counted().reads - both.reads;
            costs.push((both.reads - before.reads - page, both.writes - before.writes));
        }
    }
    let (plain, picked) = (costs[2], costs[5]);
    assert_eq!(picked, plain, "nothing new: {costs:?}");
}

/// A second link with the same token is a draft that a teacher confirms.
#[tokio::test]
async fn a_copied_link_is_a_draft_until_a_teacher_confirms_it() {
    let picking = Picking::new().await;
    let version = picking.achievement("Lab safety").await;
    let first = picking.place_picked(version).await;
    picking.launch(demo::ADA, &first).await;
    let copy = picking.lms.copy_activity(first.id.clone()).unwrap();
    let copy = picking.activities(demo::COURSE).into_iter().find(|one| one.id == copy).unwrap();
    let learner = picking.launch(demo::GRACE, &copy).await;
    assert_eq!((learner.status(), picking.awards().await.len()), (200, 0), "{}", learner.page.text());
    assert!(!learner.contains("Lab safety"), "a draft is not shown to learners");
    let (draft, rule) = picking.bound(&copy).await;
    let link = picking.link(&copy).await;
    assert_eq!((draft.state.as_str(), draft.link_id), ("draft", Some(link.id)));
    assert_eq!(rule.rule["node"]["link"], json!(link.id), "its own rule is about its own link");

    let browser = picking.app.browser();
    let page = browser.launch(&picking.lms, demo::ADA, &copy.id).await.unwrap().page;
    assert!(page.contains("This badge waits for you"), "{}", page.text());
    let page = browser.press(&page, "confirm").await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(picking.bound(&copy).await.0.state.as_str(), "live");
    picking.run_jobs().await;
    assert_eq!(picking.awards().await.len(), 1, "who opened it before is awarded now");
    // Twice is told apart.
    let learner = picking.launch(demo::EMMY, &copy).await;
    assert!(learner.contains("Lab safety"));
    assert_eq!(picking.count("placement").await, 2, "nothing doubles");
}

/// Rules go live while a picked link waits. Where badges would need each other by then, it becomes a draft, and the
/// launch counts; nor can a teacher put it into force.
#[tokio::test]
async fn a_picked_badge_that_would_close_a_circle_stays_a_draft() {
    let picking = Picking::new().await;
    let (app, caller) = (&picking.app.app, picking.operator());
    let basics = definition("Basics", MayPlace::Instructors);
    let basics = achievement::define(app, &caller, picking.issuer.id, "basics", basics).await.unwrap();
    let mut expert = definition("Expert", MayPlace::Instructors);
    let node = json!({ "type": "holds", "achievements": [basics.achievement.id] });
    expert.rule = Some(json!({ "version": 1, "node": node }));
    let expert = achievement::define(app, &caller, picking.issuer.id, "expert", expert).await.unwrap();
    let activity = picking.place_picked(expert.version.id).await;
    let node = json!({ "type": "holds", "achievements": [expert.achievement.id] });
    picking.place(basics.version.id, None, node).await;
    let learner = picking.launch(demo::GRACE, &activity).await;
    assert_eq!(learner.status(), 200, "{}", learner.page.text());
    assert_eq!(picking.bound(&activity).await.0.state.as_str(), "draft");
    let browser = picking.app.browser();
    let page = browser.launch(&picking.lms, demo::ADA, &activity.id).await.unwrap().page;
    let page = browser.press(&page, "confirm").await.unwrap();
    refused("a circle", &page, 422, "rule.cycle");
    assert_eq!(picking.bound(&activity).await.0.state.as_str(), "draft");
}

/// What was chosen for the column holds when the badge could not go live at once.
#[tokio::test]
async fn a_draft_keeps_the_maximum_of_its_column_until_it_is_confirmed() {
    let picking = Picking::new().await;
    let (app, caller) = (&picking.app.app, picking.operator());
    let mut reserved = definition("Lab safety", MayPlace::Instructors);
    let basics =
        achievement::define(app, &caller, picking.issuer.id, "basics", reserved.clone()).await.unwrap();
    let node = json!({ "type": "holds", "achievements": [basics.achievement.id] });
    reserved.rule = Some(json!({ "version": 1, "node": node }));
    let expert = achievement::define(app, &caller, picking.issuer.id, "expert", reserved).await.unwrap();
    let settle = picking.choose(&picking.picker().await, &[expert.version.id]).await;
    let more = [("column-0", "1".to_owned()), ("maximum-0", "40".to_owned())];
    picking.deliver(&picking.send(&settle, "place", &more).await).await;
    let node = json!({ "type": "holds", "achievements": [expert.achievement.id] });
    picking.place(basics.version.id, None, node).await;
    let activity = picking.activities(demo::COURSE).pop().unwrap();
    picking.launch(demo::GRACE, &activity).await;
    let (draft, _) = picking.bound(&activity).await;
    assert_eq!(draft.state.as_str(), "draft", "badges would need each other");
    let (circle, _) =
        picking.placements().await.into_iter().find(|(placed, _)| placed.id != draft.id).unwrap();
    placement::set_state(app, &caller, circle.id, PlacementState::Ended).await.unwrap();
    let browser = picking.app.browser();
    let page = browser.launch(&picking.lms, demo::ADA, &activity.id).await.unwrap().page;
    let page = browser.press(&page, "confirm").await.unwrap();
    assert_eq!(
        (page.status, picking.bound(&activity).await.0.state.as_str()),
        (200, "live"),
        "{}",
        page.text()
    );
    let course = draft.course_id.unwrap();
    let columns = line_item::of_course(app.store.read(), picking.organization, course).await.unwrap();
    let maxima: Vec<&str> = columns.iter().map(|column| column.maximum.as_str()).collect();
    assert_eq!(maxima, ["40"]);
}

/// An unknown token is an error for teachers, an empty page for learners, and never an award.
#[tokio::test]
async fn forged_tokens_are_worth_nothing() {
    let picking = Picking::new().await;
    picking.badge_for_opening("Everywhere").await;
    let version = picking.achievement("Lab safety").await;
    let real = picking.place_picked(version).await;
    let forged = Activity::tool("forged", "Forged", CLIENT).custom("laurel_pick", "forged");
    picking.lms.add_activity(demo::COURSE, forged.clone());
    for _ in 0..2 {
        let learner = picking.launch(demo::GRACE, &forged).await;
        assert_eq!(learner.status(), 200);
        assert!(
            !learner.contains("Everywhere") && !learner.contains("Lab safety"),
            "{}",
            learner.page.text()
        );
        let teacher = picking.launch(demo::ADA, &forged).await;
        refused("a teacher", &teacher.page, 404, "pick.link_unknown");
    }
    assert_eq!((picking.awards().await.len(), picking.placements().await.len()), (0, 1));
    // A real token in another course of the same platform.
    picking.lms.add_course(practice::Course::new("other", "O1", "Another course"));
    picking.lms.enroll("other", demo::GRACE, &[practice::course::LEARNER]);
    picking.lms.enroll("other", demo::ADA, &[practice::course::INSTRUCTOR]);
    let mut stolen = Activity::tool("stolen", "Stolen", CLIENT);
    if let Kind::Tool(link) = &mut stolen.kind {
        link.custom = custom(&real);
    }
    picking.lms.add_activity("other", stolen.clone());
    picking.launch(demo::GRACE, &stolen).await;
    refused("stolen", &picking.launch(demo::ADA, &stolen).await.page, 404, "pick.link_unknown");
    assert_eq!(picking.awards().await.len(), 0);
    // The real one is still good.
    picking.launch(demo::GRACE, &real).await;
    assert_eq!(picking.awards().await.len(), 2, "the chosen one and the one for opening anything");
}

/// A token that never came back expires.
#[tokio::test]
async fn unused_tokens_expire() {
    let picking = Picking::new().await;
    let (one, two) = (picking.achievement("One").await, picking.achievement("Two").await);
    let (used, unused) = (picking.place_picked(one).await, picking.place_picked(two).await);
    picking.launch(demo::GRACE, &used).await;
    picking.advance(91 * 86_400);
    laurel::jobs::retention::sweep(&picking.app.app).await.unwrap();
    assert_eq!((picking.count("pick").await, picking.count("picked_link").await), (0, 1));
    refused("expired", &picking.launch(demo::ADA, &unused).await.page, 404, "pick.link_unknown");
    assert!(picking.launch(demo::ADA, &used).await.contains("One"));
}

/// A column that came with the link is known by its resource id, and is never seeded with a number.
#[tokio::test]
async fn the_column_of_a_picked_link_is_found_and_gets_no_number_but_for_awards() {
    let picking = Picking::new().await;
    let scopes = ALL_SCOPES.iter().map(|scope| (*scope).to_owned()).collect();
    picking.lms.register(practice::ToolRegistration { scopes, ..picking.tool.clone() });
    let version = picking.achievement("Lab safety").await;
    let settle = picking.choose(&picking.picker().await, &[version]).await;
    for wrong in ["0", "101", "7.5", ""] {
        let more = [("column-0", "1".to_owned()), ("maximum-0", wrong.to_owned())];
        let page = picking.send(&settle, "place", &more).await;
        assert!(page.contains("whole number from 1 to 100"), "{wrong}: {}", page.text());
    }
    let more = [("column-0", "1".to_owned()), ("maximum-0", "40".to_owned())];
    let leave = picking.send(&settle, "place", &more).await;
    picking.deliver(&leave).await;
    let activity = picking.activities(demo::COURSE).pop().unwrap();
    assert_eq!(picking.lms.line_items(demo::COURSE).len(), 1, "made by the platform");
    picking.launch(demo::ADA, &activity).await;
    picking.run_jobs().await;
    let scores = |picking: &Picking| {
        picking.lms.service_requests().iter().filter(|request| request.service == Service::Scores).count()
    };
    assert_eq!(scores(&picking), 0, "no number for anybody yet");
    assert_eq!(picking.lms.line_items(demo::COURSE).len(), 1, "found, not made again");
    picking.launch(demo::GRACE, &activity).await;
    picking.run_jobs().await;
    assert_eq!((scores(&picking), picking.awards().await.len()), (1, 1));
    let seen = picking.lms.service_requests();
    let score = seen.iter().find(|request| request.service == Service::Scores).unwrap();
    let body = String::from_utf8_lossy(&score.body);
    assert!(body.contains("40"), "full points of the chosen maximum: {body}");
}
