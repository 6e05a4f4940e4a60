//! Copied courses: placements come along as drafts, once, and wait for a teacher (X09).

use std::ops::Deref;

use laurel::{
    ids::{AchievementVersionId, CourseId},
    store::entity::{placement, placement_rule},
};
use practice::{Activity, Notice, course::CourseId as Context, demo};
use serde_json::json;

use super::Picking;
use crate::support::{
    app::{CLIENT, DEPLOYMENT},
    attempt::refused,
};

const COPY: &str = "course-copy";

/// A course with a picked badge that somebody was awarded, and a badge with a rule about two links.
struct Original {
    picking: Picking,
    course: CourseId,
    safety: AchievementVersionId,
    both: AchievementVersionId,
}

impl Deref for Original {
    type Target = Picking;

    fn deref(&self) -> &Picking {
        &self.picking
    }
}

impl Original {
    async fn new() -> Self {
        let picking = Picking::new().await;
        let safety = picking.achievement("Lab safety").await;
        let activity = picking.place_picked(safety).await;
        picking.lms.add_activity(
            demo::COURSE,
            Activity::tool("plain", "Plain", CLIENT)
                .custom("ctx_history", "$Context.id.history")
                .custom("link_history", "$ResourceLink.id.history"),
        );
        picking.launch(demo::GRACE, &activity).await;
        let plain = find(&picking, demo::COURSE, "Plain");
        picking.launch(demo::GRACE, &plain).await;
        let course = picking.link(&plain).await.course_id.unwrap();
        let both = picking.achievement("Both").await;
        let node = json!({ "type": "all_of", "of": [
            { "type": "launched", "link": picking.link(&activity).await.id },
            { "type": "launched", "link": picking.link(&plain).await.id },
        ] });
        picking.place(both, Some(course), node).await;
        picking.run_jobs().await;
        Self { picking, course, safety, both }
    }

    /// What the copy has of a badge.
    async fn copy_of(&self, version: AchievementVersionId) -> (placement::Model, placement_rule::Model) {
        let mut all = self.placements().await;
        all.retain(|(one, _)| one.achievement_version_id == version && one.course_id != Some(self.course));
        assert_eq!(all.len(), 1, "once: {all:?}");
        all.remove(0)
    }
}

fn find(picking: &Picking, course: &str, title: &str) -> Activity {
    let found = picking.activities(course).into_iter().find(|activity| activity.title == title);
    found.unwrap_or_else(|| panic!("no {title}"))
}

async fn copied(picking: &Picking) {
    picking.lms.copy_course(demo::COURSE, COPY, "A copy").await.unwrap();
    picking.lms.enroll(COPY, demo::EMMY, &[practice::course::LEARNER]);
}

/// Launches with a history prepare drafts once; links are moved as the platform tells them.
#[tokio::test]
async fn a_copied_course_brings_its_placements_as_drafts() {
    let picking = Original::new().await;
    let awards = picking.awards().await.len();
    assert_eq!(picking.placements().await.len(), 2);
    copied(&picking).await;
    let safety = find(&picking, COPY, "Lab safety");
    // A learner is first, and earns nothing.
    let learner = picking.launch(demo::EMMY, &safety).await;
    assert_eq!(learner.status(), 200, "{}", learner.page.text());
    assert!(!learner.contains("Lab safety</"), "{}", learner.page.text());
    picking.run_jobs().await;
    assert_eq!(picking.awards().await.len(), awards, "awards are not copied");
    assert_eq!(picking.placements().await.len(), 4, "two drafts");
    let link = picking.link(&safety).await;
    let (draft, rule) = picking.copy_of(picking.safety).await;
    assert_eq!((draft.state.as_str(), draft.link_id), ("draft", Some(link.id)));
    assert_eq!(rule.rule["node"]["link"], json!(link.id), "the rule means the new link");
    let (_, rule) = picking.copy_of(picking.both).await;
    assert_eq!(rule.rule["node"]["of"][0]["link"], json!(link.id));
    let old = picking.link(&find(&picking, demo::COURSE, "Plain")).await;
    assert_eq!(rule.rule["node"]["of"][1]["link"], json!(old.id), "not known yet");

    // The teacher sees what is missing, and cannot confirm without saying.
    let browser = picking.app.browser();
    let plain = find(&picking, COPY, "Plain");
    let page = browser.launch(&picking.lms, demo::ADA, &safety.id).await.unwrap().page;
    let page = browser.press(&page, "confirm").await.unwrap();
    assert!(page.contains("The rule names “Plain” of the old course"), "{}", page.text());
    let mut form = page.forms().remove(0);
    form.set("do", "confirm");
    refused("nothing chosen", &browser.submit(&page, &form).await.unwrap(), 422, "placement.links_missing");
    let field = format!("link-{}", old.id);
    form.set(&field, &old.id.to_string());
    refused("a link of elsewhere", &browser.submit(&page, &form).await.unwrap(), 422, "link.elsewhere");
    // The copied activity is opened, and the draft means it.
    let page = browser.launch(&picking.lms, demo::ADA, &plain.id).await.unwrap().page;
    assert!(!page.contains("The rule names"), "{}", page.text());
    let page = browser.press(&page, "confirm").await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    let all = picking.placements().await;
    assert_eq!(all.len(), 4, "nothing doubles");
    assert!(all.iter().all(|(placement, _)| placement.state.as_str() == "live"));
    let new = picking.link(&plain).await;
    assert_eq!(picking.copy_of(picking.both).await.1.rule["node"]["of"][1]["link"], json!(new.id));
    picking.launch(demo::EMMY, &plain).await;
    picking.run_jobs().await;
    assert_eq!(picking.awards().await.len(), awards + 2, "both are earned in the copy now");
}

/// A platform that tells no link history: the token of the copied link says which draft is its own.
#[tokio::test]
async fn without_link_history_the_token_tells() {
    let picking = Original::new().await;
    picking.lms.set_manners(|manners| {
        manners.custom.literal =
            vec!["$ResourceLink.id.history".to_owned(), "ResourceLink.id.history".to_owned()];
    });
    copied(&picking).await;
    let safety = find(&picking, COPY, "Lab safety");
    let page = picking.launch(demo::ADA, &safety).await.page;
    assert!(page.contains("This badge waits for you") && page.contains("Lab safety"), "{}", page.text());
    assert_eq!(picking.placements().await.len(), 4);
    let link = picking.link(&safety).await;
    let (draft, rule) = picking.copy_of(picking.safety).await;
    assert_eq!((draft.link_id, &rule.rule["node"]["link"]), (Some(link.id), &json!(link.id)));
    // A teacher chooses the other link by hand.
    picking.launch(demo::ADA, &find(&picking, COPY, "Plain")).await;
    let browser = picking.app.browser();
    let page = browser.launch(&picking.lms, demo::ADA, find(&picking, COPY, "Plain").id).await.unwrap().page;
    let form =
        page.forms().into_iter().find(|form| form.fields.iter().any(|(name, _)| name.starts_with("link-")));
    let mut form = form.expect("a form that asks");
    assert!(form.press("confirm"));
    let (_, proposed) = form.fields.iter().find(|(name, _)| name.starts_with("link-")).unwrap();
    assert_eq!(proposed, &picking.link(&find(&picking, COPY, "Plain")).await.id.to_string(), "by its title");
    assert_eq!(browser.submit(&page, &form).await.unwrap().status, 200);
    assert_eq!(picking.copy_of(picking.both).await.0.state.as_str(), "live");
}

/// X09: a copy notice prepares the drafts once, and copies no award; repeats and launches double nothing.
#[tokio::test]
async fn x09_a_copy_notice_prepares_the_course_once() {
    let picking = Original::new().await;
    let awards = picking.awards().await.len();
    let origins = [Context::from(demo::COURSE)];
    let notice = |name: &str| Notice::context_copy(&Context::from(name), "A copy", &origins);
    let handler = picking.at(&format!("/lti/notices/{}", picking.platform.id));
    let send = async |notice: &Notice| {
        let token = picking.lms.notice_token(&picking.tool, DEPLOYMENT, notice, &[]);
        picking.lms.post_envelope(&handler, json!({ "notices": [{ "jwt": token }] })).await.status
    };
    let told = notice(COPY);
    assert_eq!(send(&told).await, Some(200));
    assert_eq!(picking.placements().await.len(), 4, "X09: prepared");
    assert_eq!(send(&told).await, Some(200));
    assert_eq!(send(&notice(COPY)).await, Some(200), "another notice of the same");
    copied(&picking).await;
    picking.launch(demo::EMMY, &find(&picking, COPY, "Lab safety")).await;
    picking.launch(demo::ADA, &find(&picking, COPY, "Plain")).await;
    picking.run_jobs().await;
    assert_eq!(picking.placements().await.len(), 4, "X09: once");
    for version in [picking.safety, picking.both] {
        let (draft, _) = picking.copy_of(version).await;
        assert!(draft.state.as_str() == "draft" && draft.copied_from_id.is_some());
    }
    let (nearest, _) = picking.copy_of(picking.safety).await;
    assert_eq!(picking.awards().await.len(), awards, "X09: awards are not copied");
    // A copy of a copy brings the drafts along.
    let chain = [Context::from(COPY), Context::from(demo::COURSE)];
    send(&Notice::context_copy(&Context::from("third"), "Third", &chain)).await;
    let all = picking.placements().await;
    assert_eq!(all.len(), 6);
    assert!(all.iter().any(|(third, _)| third.copied_from_id == Some(nearest.id)), "of the nearest");
}

/// A teacher may discard a draft; it does not come back. Nobody else decides.
#[tokio::test]
async fn drafts_can_be_discarded_by_teachers_of_the_course_only() {
    let picking = Original::new().await;
    copied(&picking).await;
    let safety = find(&picking, COPY, "Lab safety");
    let browser = picking.app.browser();
    let page = browser.launch(&picking.lms, demo::ADA, &safety.id).await.unwrap().page;
    let form = page.forms().remove(0);
    // A learner's own session with the teacher's form, and a teacher of another course.
    let learner = picking.app.browser();
    let own = learner.launch(&picking.lms, demo::EMMY, &safety.id).await.unwrap();
    let mut forced = form.clone();
    forced.set("do", "confirm");
    refused("a learner", &learner.submit(&own.page, &forced).await.unwrap(), 401, "session.unknown");
    let elsewhere = picking.app.browser();
    let other =
        elsewhere.launch(&picking.lms, demo::ADA, find(&picking, demo::COURSE, "Plain").id).await.unwrap();
    let launch = other.launch_id().unwrap();
    let csrf = laurel::web::csrf::token(&picking.app.app, &format!("course\n{launch}"));
    forced.set("launch", &launch);
    forced.set("csrf", &csrf);
    refused("another course", &elsewhere.submit(&other.page, &forced).await.unwrap(), 404, "not_found");
    let page = browser.press(&page, "discard").await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(picking.copy_of(picking.safety).await.0.state.as_str(), "ended");
    refused(
        "twice",
        &browser
            .submit(&page, &{
                let mut again = form.clone();
                again.set("do", "confirm");
                again
            })
            .await
            .unwrap(),
        409,
        "placement.state",
    );
    picking.launch(demo::EMMY, &safety).await;
    assert_eq!(picking.placements().await.len(), 4, "it does not come back");
}

/// What another tenant of the same platform has is never brought along.
#[tokio::test]
async fn nothing_is_copied_from_another_platform() {
    let picking = Original::new().await;
    let (lms, tool, row) = picking.another_platform("client-far", "far").await;
    let notice = Notice::context_copy(&Context::from("new"), "A copy", &[Context::from(demo::COURSE)]);
    let token = lms.notice_token(&tool, DEPLOYMENT, &notice, &[]);
    let posted = lms
        .post_envelope(
            &picking.at(&format!("/lti/notices/{}", row.id)),
            json!({ "notices": [{ "jwt": token }] }),
        )
        .await;
    assert_eq!(posted.status, Some(200), "{}", posted.answer);
    assert_eq!(picking.placements().await.len(), 2, "the same context id at another platform");
}
