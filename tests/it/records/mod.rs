//! Records: a platform's own interface, read with the institution's consent (issue 4, item 3; `spec/signals.md` D).
//! `parsing.rs` reads answers; the others go over real HTTP against the practice LMS.

mod canvas;
mod hostile;
mod missed;
mod moodle;
mod parsing;
mod sources;

use laurel::{
    config::Secret,
    domain::{
        event_channel::names::{self, Named},
        records::{
            self, Reading,
            source::{self, Credential, NewSource},
        },
    },
    ids::CourseId,
    store::{
        self, PageQuery,
        entity::{
            learner,
            record_source::{Model, RecordKind},
            signal,
        },
    },
};
use practice::{
    Activity, Course, ToolRegistration, course::INSTRUCTOR, course::LEARNER, demo,
    services::quirks::SubjectShape,
};
use serde_json::{Value, json};

use crate::support::app::{CLIENT, TestApp};

/// The course, by the LMS's number.
pub const NUMBER: &str = "17";
/// Its link into Laurel.
pub const LINK: &str = "badge-17";
/// Its two pages; who has done both has completed the course.
pub const PAGES: [&str; 2] = ["41", "42"];

/// A course of an LMS that offers its own interface. Its teacher has opened the tool once.
pub struct School {
    pub app: TestApp,
    pub course: CourseId,
    pub kind: RecordKind,
}

impl School {
    pub async fn new(kind: RecordKind) -> Self {
        Self::of(TestApp::new().await, kind, &practice::services::ALL_SCOPES).await
    }

    pub async fn of(app: TestApp, kind: RecordKind, scopes: &[&str]) -> Self {
        app.lms.quirks(|quirks| match kind {
            RecordKind::Canvas => quirks.product_family = "canvas",
            RecordKind::Moodle => {
                quirks.product_family = "moodle";
                quirks.subjects = SubjectShape::Decimal;
            }
        });
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        app.lms.register(ToolRegistration { scopes, ..app.tool.clone() });
        app.lms.add_course(Course::new(NUMBER, "CS17", "Machines"));
        for page in PAGES {
            app.lms.add_activity(NUMBER, Activity::page(page, page, "Read this."));
        }
        let link = Activity::tool(LINK, "Your badge", CLIENT)
            .custom("canvas_user_id", "$Canvas.user.id")
            .custom("canvas_course_id", "$Canvas.course.id");
        app.lms.add_activity(NUMBER, link);
        app.lms.enroll(NUMBER, demo::ADA, &[INSTRUCTOR]);
        for learner in [demo::GRACE, demo::EMMY, demo::ALAN] {
            app.lms.enroll(NUMBER, learner, &[LEARNER]);
        }
        visit(&app, demo::ADA).await;
        let course = store::course::list(app.app.store.read(), app.organization, PageQuery::default());
        let course = course.await.unwrap().items[0].id;
        Self { app, course, kind }
    }

    /// Grace and Emmy have opened the tool; Alan never does.
    pub async fn with_learners(kind: RecordKind) -> Self {
        let school = Self::new(kind).await;
        for user in [demo::GRACE, demo::EMMY] {
            visit(&school.app, user).await;
        }
        school
    }

    /// The institution consents.
    pub async fn consents(&self) -> Model {
        self.consents_with(&self.app.lms.record_token(), self.app.lms.base_url()).await
    }

    pub async fn consents_with(&self, token: &str, base_url: &str) -> Model {
        let credential = Credential::Token { token: Secret::from(token.to_owned()) };
        self.consents_by(credential, base_url).await
    }

    pub async fn consents_by(&self, credential: Credential, base_url: &str) -> Model {
        let new = self.new_source(credential, base_url);
        source::add(&self.app.app, &self.app.operator(), new).await.unwrap()
    }

    pub fn new_source(&self, credential: Credential, base_url: &str) -> NewSource {
        NewSource {
            platform: self.app.platform.id,
            kind: self.kind,
            base_url: base_url.to_owned(),
            credential,
            courses: Vec::new(),
            consent_by: "The registrar".to_owned(),
            consent_note: None,
        }
    }

    /// A badge in the course.
    pub async fn badge(&self, name: &str, node: Value) {
        let version = self.app.achievement(name).await;
        self.app.place(version, Some(self.course), node).await;
        self.app.run_jobs().await;
    }

    pub async fn badge_for_completing(&self) {
        self.badge("Done", json!({ "type": "completed", "subject": { "course": "this" } })).await;
    }

    /// A badge for a score of at least so many percent in an activity, or in the course.
    pub async fn badge_for_scoring(&self, name: &str, activity: Option<&str>, least: u8) {
        let subject = match activity {
            None => json!({ "course": "this" }),
            Some(id) => json!({ "course": "this", "activity": id }),
        };
        self.badge(
            name,
            json!({ "type": "score", "subject": subject, "at_least": least, "unit": "percent" }),
        )
        .await;
    }

    /// Grace does everything.
    pub fn finishes(&self, user: &str) {
        for page in PAGES {
            self.app.lms.complete(page, user);
        }
    }

    /// Reads the course's record.
    pub async fn read(&self) -> Reading {
        let run = uuid::Uuid::from_u128(rand());
        records::read(&self.app.app, self.app.organization, self.course, run).await.unwrap().unwrap()
    }

    /// The readings of records, by name.
    pub async fn readings(&self) -> Vec<signal::Model> {
        let page = PageQuery { after: None, limit: 200 };
        let db = self.app.app.store.read();
        let mut all = store::signal::list(db, self.app.organization, None, page).await.unwrap().items;
        all.retain(|row| row.channel == "record");
        all.sort_by(|one, other| one.source_id.cmp(&other.source_id));
        all
    }

    /// The learner behind somebody of the LMS.
    pub async fn learner(&self, user: &str) -> learner::Model {
        let sub = self.app.lms.subject(user);
        let db = self.app.app.store.read();
        let (organization, issuer, subs) = (self.app.organization, self.app.lms.issuer(), [sub.as_str()]);
        store::learner::of_subs(db, organization, issuer, &subs).await.unwrap().remove(0)
    }

    /// So many further learners are in the course, and the roster has named them.
    pub async fn crowd(&self, count: usize) {
        self.app.lms.add_crowd(NUMBER, count);
        let people = self.app.lms.roster(NUMBER);
        let now = self.app.clock.now();
        let tx = self.app.app.store.write().await.unwrap();
        let rows = people.iter().map(|(user, _)| learner::Model {
            id: self.app.app.dice.row_id(now),
            organization_id: self.app.organization,
            platform_issuer_url: self.app.lms.issuer().to_owned(),
            sub: self.app.lms.subject(user),
            name: None,
            given_name: None,
            family_name: None,
            email: None,
            language: None,
            is_test: false,
            is_confirmed: true,
            created_at: now,
            last_seen_at: now,
        });
        let stored = store::learner::upsert_many(&tx, rows.collect()).await.unwrap();
        let custom: Vec<_> = people
            .iter()
            .map(|(user, _)| {
                let (sub, number) = (self.app.lms.subject(user), self.app.lms.number_of(user.as_str()));
                let learner = stored.iter().find(|row| row.sub == sub).unwrap().id;
                (learner, [("canvas_user_id".to_owned(), number.to_string())].into_iter().collect())
            })
            .collect();
        let named = custom.iter().map(|(learner, custom)| Named {
            platform: self.app.platform.id,
            course: Some(self.course),
            learner: *learner,
            custom,
        });
        let named: Vec<_> = named.collect();
        names::learn(&self.app.app, &tx, self.app.organization, &named).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// This person opens the tool.
pub async fn visit(app: &TestApp, user: &str) {
    let browser = app.browser();
    browser.sign_in(&app.lms, user).await.unwrap();
    let outcome = browser.launch(&app.lms, user, LINK).await.unwrap();
    assert_eq!(outcome.status(), 200, "{user}: {}", outcome.page.text());
}

fn rand() -> u128 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    u128::from(NEXT.fetch_add(1, Ordering::Relaxed))
}
