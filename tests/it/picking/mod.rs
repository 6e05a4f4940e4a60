//! Deep linking and course copies over real HTTP, by the case ids of `spec/lti-conformance-cases.md` (D, X09):
//! the practice LMS asks, a teacher picks in our pages, and the LMS judges and keeps what comes back.

mod answers;
mod badges;
mod browser;
mod copies;
mod hostile;
mod links;
mod many;
mod requests;

use std::ops::Deref;

use laurel::{
    ids::AchievementVersionId,
    store::{
        self,
        entity::{link, placement, placement_rule},
    },
};
use practice::{
    Activity, Bend,
    browser::{Browser, LaunchOutcome, Page},
    course::Kind,
    demo, fields,
    opening::Opening,
};
use serde_json::Value;

use crate::support::app::{CLIENT, TestApp};

/// A teacher in front of the LMS.
pub struct Picking {
    pub app: TestApp,
    pub browser: Browser,
}

impl Deref for Picking {
    type Target = TestApp;

    fn deref(&self) -> &TestApp {
        &self.app
    }
}

impl Picking {
    pub async fn new() -> Self {
        let app = TestApp::new().await;
        Self { browser: app.browser(), app }
    }

    /// The teacher asks to add something from the tool.
    pub async fn ask(&self) -> LaunchOutcome {
        self.ask_bent(&[]).await
    }

    /// The same with a bent message.
    pub async fn ask_bent(&self, bends: &[Bend]) -> LaunchOutcome {
        self.ask_as(demo::ADA, demo::COURSE, bends).await
    }

    /// Somebody asks to add something to a course.
    pub async fn ask_as(&self, user: &str, course: &str, bends: &[Bend]) -> LaunchOutcome {
        let opening = Opening::DeepLinking { course: course.into(), client_id: CLIENT.to_owned() };
        self.browser.open(&self.lms, user, opening, bends).await.unwrap()
    }

    /// The picker, open.
    pub async fn picker(&self) -> Page {
        let asked = self.ask().await;
        assert_eq!(asked.status(), 200, "{}", asked.page.text());
        asked.page
    }

    /// Chooses these badges and goes on to the second page.
    pub async fn choose(&self, picker: &Page, versions: &[AchievementVersionId]) -> Page {
        self.send(picker, "settle", &versions.iter().map(|id| ("choose", id.to_string())).collect::<Vec<_>>())
            .await
    }

    /// Sends the picker's form with more fields and one of its buttons.
    pub async fn send(&self, page: &Page, button: &str, more: &[(&str, String)]) -> Page {
        let mut form = page.forms().into_iter().next().expect("a form");
        for (name, value) in more {
            // What is chosen is added, what is typed replaces what stands there.
            match *name {
                "choose" => form.fields.push(((*name).to_owned(), value.clone())),
                _ => form.set(name, value),
            }
        }
        assert!(form.press(button), "no button {button}: {}", page.text());
        self.browser.submit(page, &form).await.unwrap()
    }

    /// Picks these badges with nothing said about them: the page that carries the answer to the LMS.
    pub async fn pick(&self, versions: &[AchievementVersionId]) -> Page {
        let picker = self.picker().await;
        let settle = self.choose(&picker, versions).await;
        assert_eq!(settle.status, 200, "{}", settle.text());
        let leave = self.send(&settle, "place", &[]).await;
        assert_eq!(leave.status, 200, "{}", leave.text());
        leave
    }

    /// The LMS gets the answer and the teacher saves what it proposes.
    pub async fn deliver(&self, leave: &Page) -> Page {
        let back = self.browser.submit(leave, &leave.forms()[0]).await.unwrap();
        self.browser.finish_deep_link(back).await.unwrap()
    }

    /// Picks a badge and saves it: the new activity.
    pub async fn place_picked(&self, version: AchievementVersionId) -> Activity {
        let leave = self.pick(&[version]).await;
        let page = self.deliver(&leave).await;
        assert!(page.contains("Added to the course."), "{}", page.text());
        self.activities(demo::COURSE).pop().unwrap()
    }

    /// A course's activities that launch us, oldest first.
    pub fn activities(&self, course: &str) -> Vec<Activity> {
        let all = self.lms.world(|world| world.course(course).unwrap().activities.clone());
        all.into_iter().filter(|activity| matches!(activity.kind, Kind::Tool(_))).collect()
    }

    /// Somebody opens an activity.
    pub async fn launch(&self, user: &str, activity: &Activity) -> LaunchOutcome {
        self.app.browser().launch(&self.lms, user, &activity.id).await.unwrap()
    }

    /// Every placement of T1 with its newest rule.
    pub async fn placements(&self) -> Vec<(placement::Model, placement_rule::Model)> {
        let db = self.app.app.store.read();
        let page = store::PageQuery { after: None, limit: 200 };
        let all = store::placement::list(db, self.organization, store::placement::Filter::default(), page);
        let all = all.await.unwrap().items;
        let rules = store::placement::newest_rules(db, self.organization, all.iter().map(|one| one.id));
        let rules = rules.await.unwrap();
        let rule = |id| rules.iter().find(|rule| rule.placement_id == id).unwrap().clone();
        all.into_iter().map(|one| (one.clone(), rule(one.id))).collect()
    }

    /// The only placement that is bound to an activity.
    pub async fn bound(&self, activity: &Activity) -> (placement::Model, placement_rule::Model) {
        let link = self.link(activity).await.id;
        let mut all = self.placements().await;
        all.retain(|(placement, _)| placement.link_id == Some(link));
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    /// The link of an activity.
    pub async fn link(&self, activity: &Activity) -> link::Model {
        let db = self.app.app.store.read();
        let deployment = laurel::domain::deployment::cached(
            &self.app.app,
            self.platform.id,
            crate::support::app::DEPLOYMENT,
        );
        let deployment = deployment.await.unwrap().unwrap();
        store::link::of_resource_link(db, self.organization, deployment.id, activity.id.as_str())
            .await
            .unwrap()
            .expect("a link")
    }
}

/// The answer that a page carries, unread.
pub fn token(leave: &Page) -> String {
    fields::first(&leave.forms()[0].fields, "JWT").expect("a field JWT").to_owned()
}

/// Header and claims of the answer that a page carries.
pub fn answer(leave: &Page) -> (Value, Value) {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let token = token(leave);
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut next = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (next(), next())
}

/// The content items of the answer that a page carries.
pub fn items(leave: &Page) -> Vec<Value> {
    answer(leave).1[practice::deep_linking::CONTENT_ITEMS].as_array().unwrap().clone()
}

/// The custom parameters of an activity.
pub fn custom(activity: &Activity) -> Vec<(String, String)> {
    let Kind::Tool(link) = &activity.kind else { panic!("{activity:?}") };
    link.custom.clone()
}
