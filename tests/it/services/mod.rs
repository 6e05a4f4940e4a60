//! Services over real HTTP, by the case ids of `spec/lti-conformance-cases.md` (T, A): the practice LMS keeps
//! every request it gets and misbehaves on purpose.

mod columns;
mod gradebooks;
mod hostile;
mod results;
mod scores;
mod tokens;
mod triggers;

use laurel::{
    domain::{
        line_item::manage::{self, NewColumn},
        placement::{self, NewPlacement},
    },
    ids::{CourseId, LinkId, PlacementId},
    store::{
        self, PageQuery,
        entity::{line_item, placement::PlacementMode, score_report},
    },
};
use practice::{
    Activity, Service, ToolRegistration, demo,
    services::{ALL_SCOPES, ServiceRequest},
};
use serde_json::{Value, json};

use crate::support::app::{CLIENT, TestApp};

/// The tool's link in the course.
pub const LINK: &str = "badge-17";

/// A course in which the teacher has opened the tool.
pub struct Class {
    pub app: TestApp,
    pub course: CourseId,
    pub link: LinkId,
}

impl Class {
    pub async fn new() -> Self {
        Self::on(TestApp::new().await, &ALL_SCOPES, |_| {}).await
    }

    /// With these scopes, on an LMS prepared so.
    pub async fn on(app: TestApp, scopes: &[&str], prepare: impl FnOnce(&TestApp)) -> Self {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        app.lms.register(ToolRegistration { scopes, ..app.tool.clone() });
        app.lms.add_activity(demo::COURSE, Activity::tool(LINK, "Your badge", CLIENT));
        prepare(&app);
        visit(&app, demo::ADA).await;
        let course = store::course::list(app.app.store.read(), app.organization, PageQuery::default());
        let course = course.await.unwrap().items[0].id;
        let links = store::link::of_course(app.app.store.read(), app.organization, course).await.unwrap();
        Self { course, link: links[0].id, app }
    }

    /// This person opens the tool.
    pub async fn visit(&self, user: &str) {
        visit(&self.app, user).await;
    }

    /// A badge for opening the tool, reported to the gradebook.
    pub async fn reports(&self, name: &str, link: Option<LinkId>) -> PlacementId {
        let new = NewPlacement {
            version: self.app.achievement(name).await,
            course: Some(self.course),
            link,
            rule: Some(json!({ "version": 1, "node": { "type": "launched" } })),
            mode: PlacementMode::Ever,
            live: true,
        };
        let placed = placement::place(&self.app.app, &self.app.operator(), new).await.unwrap();
        let id = placed.placement.id;
        placement::set_report(&self.app.app, &self.app.operator(), id, true).await.unwrap();
        id
    }

    /// A column that is watched.
    pub async fn watches(&self, activity: &str, link: Option<LinkId>) -> line_item::Model {
        let new = NewColumn {
            course: self.course,
            link,
            label: "Workshop".to_owned(),
            maximum: Some("10".parse().unwrap()),
            activity: Some(activity.to_owned()),
        };
        manage::watch(&self.app.app, &self.app.operator(), new).await.unwrap()
    }

    /// Runs jobs to the end, as time passes.
    pub async fn settle(&self) {
        for _ in 0..40 {
            self.app.run_jobs().await;
            if self.app.count("job WHERE state = 'ready'").await == 0 {
                return;
            }
            self.app.advance(3 * 3600);
        }
        panic!("jobs without end");
    }

    /// Jobs of this kind that are dead.
    pub async fn dead(&self, kind: &str) -> i64 {
        self.app.count(&format!("job WHERE state = 'dead' AND kind = '{kind}'")).await
    }

    /// Our columns, oldest first.
    pub async fn columns(&self) -> Vec<line_item::Model> {
        let db = self.app.app.store.read();
        store::line_item::of_course(db, self.app.organization, self.course).await.unwrap()
    }

    /// The only one.
    pub async fn column(&self) -> line_item::Model {
        let mut columns = self.columns().await;
        assert_eq!(columns.len(), 1);
        columns.remove(0)
    }

    /// What is reported into the only column, newest first.
    pub async fn scores(&self) -> Vec<score_report::Model> {
        let column = self.column().await;
        let db = self.app.app.store.read();
        let page = PageQuery { after: None, limit: 200 };
        store::score_report::list(db, self.app.organization, column.id, page).await.unwrap().items
    }

    /// The requests of this method to this service, oldest first.
    pub fn seen(&self, service: Service, method: &str) -> Vec<ServiceRequest> {
        let mut seen = self.app.lms.requests_to(service);
        seen.retain(|request| request.method == method);
        seen
    }

    /// The bodies of the scores so far.
    pub fn posted(&self) -> Vec<Value> {
        self.seen(Service::Scores, "POST").iter().map(ServiceRequest::json).collect()
    }
}

pub async fn visit(app: &TestApp, user: &str) {
    visit_link(app, user, LINK).await;
}

/// This person opens this link of the tool.
pub async fn visit_link(app: &TestApp, user: &str, link: &str) {
    let browser = app.browser();
    browser.sign_in(&app.lms, user).await.unwrap();
    let outcome = browser.launch(&app.lms, user, link).await.unwrap();
    assert_eq!(outcome.status(), 200, "{user}: {}", outcome.page.text());
}

/// Takes the link out of an option, so that a test reads as what it says.
pub fn linked(class: &Class) -> Option<LinkId> {
    Some(class.link)
}
