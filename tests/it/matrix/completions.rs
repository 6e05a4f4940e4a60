//! Issue 4: everybody who completed is awarded and nobody else, at every product by its own best channel
//! (spec/signals.md §7), and no learner ever launches. A reconcile finds them; the next finds nothing.

use std::collections::BTreeSet;

use criteria::Strength;
use laurel::{
    config::Secret,
    domain::{
        event_channel::{self, NewChannel, claim},
        learner::{LearnerIn, PersonIn},
        line_item::{
            TRIGGER_TAG, gradebook,
            trigger::{self, NewTrigger},
        },
        reconcile::{self, Statement},
        records::source::{self, Credential, NewSource},
        signal::{self, CourseIn, EventIn, Reporter, Said},
    },
    ids::{CourseId, PlatformId},
    store::{
        self,
        entity::{event_channel::ChannelKind, reconcile_run::ReconcileCause, record_source::RecordKind},
    },
};
use practice::{
    Profile, ToolRegistration, User, UserId,
    course::{INSTRUCTOR, LEARNER},
    demo,
    events::Store,
    services::{Column, LineItemId},
};
use serde_json::{Value, json};

use super::products::{Campus, row_of};
use crate::reconciling::ended;

/// How a product tells best what people have done.
#[derive(Clone, Copy, Debug)]
enum Best {
    /// Its own interface, with consent.
    Record(RecordKind),
    /// A column that teachers and formulas mark.
    Trigger,
    /// A stream of xAPI statements.
    Stream,
    /// The whole gradebook.
    Gradebook,
    /// A plugin of the institution that reports by the API.
    Plugin,
}

/// People beside the three of the demo.
const CROWD: usize = 24;
/// Teaches, and learns, too.
const TUTOR: &str = "user-tutor";
const LEAST: &str = "final-exam";

/// A course of a product, with a badge for whoever completes it.
struct Course {
    campus: Campus,
    course: CourseId,
    platform: PlatformId,
    best: Best,
    column: Option<LineItemId>,
    store: Option<Store>,
}

impl Course {
    async fn new(profile: Profile, best: Best) -> Self {
        let campus = Campus::registered(row_of(profile)).await;
        let (app, lms) = (&campus.app, &campus.lms);
        if profile == Profile::Canvas {
            // The developer key's configuration asks for these (`/lti/config/canvas.json`).
            let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            let custom = vec![
                pair("canvas_user_id", "$Canvas.user.id"),
                pair("canvas_course_id", "$Canvas.course.id"),
            ];
            let tool = lms.registration(&campus.tool.client_id).unwrap();
            lms.register(ToolRegistration { custom, ..tool });
        }
        lms.quirks(|quirks| quirks.whole_gradebook = matches!(best, Best::Gradebook));
        lms.add_crowd(demo::COURSE, CROWD);
        lms.add_user(User::new(TUTOR, "A Tutor"));
        lms.enroll(demo::COURSE, TUTOR, &[LEARNER, INSTRUCTOR]);
        let activity = campus.deep_linked().await;
        campus.opened(demo::ADA, &activity).await;
        let course = campus.course().await;
        let db = app.app.store.read();
        let row = store::course::find(db, app.organization, course).await.unwrap().unwrap();
        let deployment = store::deployment::find(db, app.organization, row.deployment_id).await.unwrap();
        let platform = deployment.unwrap().platform_id;
        let mut all = Self { campus, course, platform, best, column: None, store: None };
        all.listens().await;
        let version = all.campus.app.achievement("Course done").await;
        all.campus.app.place(version, Some(course), all.rule()).await;
        all.campus.settle().await;
        all
    }

    fn rule(&self) -> Value {
        match self.best {
            Best::Record(_) | Best::Stream | Best::Plugin => {
                json!({ "type": "completed", "subject": { "course": "this" }, "min_strength": "strong" })
            }
            Best::Trigger => json!({ "type": "score", "subject": { "activity": "trigger" }, "unit": "points",
                                     "at_least": "1", "min_strength": "medium" }),
            Best::Gradebook => json!({ "type": "score", "subject": { "activity": LEAST }, "unit": "percent",
                                       "at_least": "80", "min_strength": "strong" }),
        }
    }

    /// What an administrator or teacher does for that channel, once.
    async fn listens(&mut self) {
        let (app, lms) = (&self.campus.app, &self.campus.lms);
        let operator = app.operator();
        match self.best {
            Best::Record(kind) => {
                let new = NewSource {
                    platform: self.platform,
                    kind,
                    base_url: lms.base_url().to_owned(),
                    credential: Credential::Token { token: Secret::from(lms.record_token()) },
                    courses: Vec::new(),
                    consent_by: "The registrar".to_owned(),
                    consent_note: None,
                };
                source::add(&app.app, &operator, new).await.unwrap();
            }
            Best::Trigger => {
                let new = NewTrigger { course: self.course, label: None, maximum: None, activity: None };
                trigger::make(&app.app, &operator, new).await.unwrap();
                self.campus.settle().await;
                self.column = Some(self.campus.column(TRIGGER_TAG).id);
            }
            Best::Stream => {
                let new = NewChannel {
                    name: "Data streams".to_owned(),
                    kind: ChannelKind::Xapi,
                    platform: self.platform,
                    courses: Vec::new(),
                    strength: Strength::Strong,
                    allows_email: false,
                    home_page: None,
                    account_scheme: None,
                    keys_url: None,
                    account: None,
                    expires_at: None,
                };
                let made = event_channel::create(&app.app, &operator, new).await.unwrap();
                self.store = Some(Store {
                    endpoint: app.at("/events/xapi"),
                    username: made.row.prefix,
                    password: made.secret.unwrap(),
                });
            }
            Best::Gradebook => {
                self.column = Some(lms.add_column(demo::COURSE, Column::own("Final exam", 100.0)).id);
                app.advance(2);
                gradebook::ask(&app.app, &operator, self.course).await.unwrap();
                self.campus.settle().await;
                let known = gradebook::known(&app.app, app.organization, self.course).await.unwrap();
                let exam = known.into_iter().find(|column| column.label == "Final exam").unwrap();
                gradebook::watch(&app.app, &operator, exam.id, Some(LEAST)).await.unwrap();
                self.campus.settle().await;
            }
            Best::Plugin => {}
        }
    }

    /// Somebody has done it all; or, where that can be said, nearly.
    async fn does(&self, user: &str, is_all: bool) {
        let (app, lms) = (&self.campus.app, &self.campus.lms);
        match self.best {
            Best::Record(_) => {
                lms.complete(demo::LESSON, user);
                if is_all {
                    lms.complete(demo::READING, user);
                }
            }
            Best::Trigger => {
                lms.grade(demo::ADA, self.column.unwrap(), user, if is_all { 1.0 } else { 0.5 }).unwrap();
            }
            Best::Gradebook => {
                lms.grade(demo::ADA, self.column.unwrap(), user, if is_all { 80.0 } else { 79.99 }).unwrap();
            }
            Best::Stream if is_all => {
                let said = lms.course_completed_statement(&demo::COURSE.into(), &UserId::from(user));
                let answer = lms.send_statements(self.store.as_ref().unwrap(), &[said]).await.unwrap();
                assert_eq!(answer.status, 200, "{user}");
            }
            Best::Plugin if is_all => {
                let event = EventIn {
                    source_id: format!("done-{user}"),
                    learner: LearnerIn::Account {
                        platform: self.platform,
                        sub: lms.subject(user),
                        person: PersonIn::default(),
                    },
                    course: Some(CourseIn::Id(self.course)),
                    activity: None,
                    said: Said::Completed,
                    happened_at: None,
                };
                let reporter = Reporter {
                    source: "key:plugin".to_owned(),
                    label: "Plugin".to_owned(),
                    strength: Strength::Strong,
                };
                signal::receive(&app.app, &app.operator(), &reporter, &event).await.unwrap();
            }
            Best::Stream | Best::Plugin => {}
        }
    }

    async fn reconciled(&self) -> Statement {
        let app = &self.campus.app;
        app.advance(61);
        let asked =
            reconcile::ask(&app.app, &app.operator(), self.course, ReconcileCause::Asked).await.unwrap();
        let (_, said) = ended(app, asked.run.id).await;
        // Events about people whom nobody knew find them now.
        claim::round(&app.app).await.unwrap();
        self.campus.settle().await;
        said
    }

    /// Who has an award, by the LMS's name of them.
    async fn awarded(&self) -> BTreeSet<String> {
        let (app, lms) = (&self.campus.app, &self.campus.lms);
        let mut found = BTreeSet::new();
        for award in app.awards().await {
            let db = app.app.store.read();
            let learner =
                store::learner::find(db, app.organization, award.learner_id).await.unwrap().unwrap();
            let (user, _) = lms
                .roster(demo::COURSE)
                .into_iter()
                .find(|(user, _)| lms.subject(user.clone()) == learner.sub)
                .unwrap_or_else(|| panic!("{:?}: somebody from elsewhere: {}", self.best, learner.sub));
            assert!(found.insert(user.to_string()), "{:?}: {user} twice", self.best);
        }
        found
    }
}

fn crowd(number: usize) -> String {
    format!("crowd-{number:06}")
}

async fn everybody_and_nobody_else(profile: Profile, best: Best) {
    let name = profile.name();
    let course = Course::new(profile, best).await;
    let begun = course.campus.lms.authentication_requests().len();
    // The list of people is not read yet when the first are told of.
    let mut expected = BTreeSet::new();
    for number in 1..=CROWD / 2 {
        course.does(&crowd(number), number % 3 == 0).await;
        expected.extend((number % 3 == 0).then(|| crowd(number)));
    }
    // Who teaches is graded and completes, too, and never counts as a learner, as soon as it is known who teaches.
    let is_known_first = matches!(best, Best::Plugin);
    if !is_known_first {
        course.does(TUTOR, true).await;
    }
    let said = course.reconciled().await;
    if is_known_first {
        course.does(TUTOR, true).await;
    }
    assert_eq!(course.awarded().await, expected, "{name}: {said:?}");
    assert_eq!((said.missing, said.unreadable, said.held()), (0, 0, 0), "{name}: {said:?}");
    for number in CROWD / 2 + 1..=CROWD {
        course.does(&crowd(number), number % 2 == 0).await;
        expected.extend((number % 2 == 0).then(|| crowd(number)));
    }
    course.does(demo::ALAN, true).await;
    expected.insert(demo::ALAN.to_owned());
    let said = course.reconciled().await;
    assert_eq!(course.awarded().await, expected, "{name}: {said:?}");
    assert_eq!((said.missing, said.unreadable, said.held()), (0, 0, 0), "{name}: {said:?}");
    let again = course.reconciled().await;
    assert_eq!((again.awarded, again.missing, again.unreadable), (0, 0, 0), "{name}: {again:?}");
    assert_eq!(course.awarded().await, expected, "{name}");
    assert_eq!(course.campus.lms.authentication_requests().len(), begun, "{name}: nobody opened anything");
    course.campus.lms.shutdown().await;
}

#[tokio::test]
async fn moodle_by_its_web_services() {
    everybody_and_nobody_else(Profile::Moodle, Best::Record(RecordKind::Moodle)).await;
}

#[tokio::test]
async fn moodle_by_a_trigger_column() {
    everybody_and_nobody_else(Profile::Moodle, Best::Trigger).await;
}

#[tokio::test]
async fn canvas_by_its_rest_and_the_numbers_that_a_links_roster_tells() {
    everybody_and_nobody_else(Profile::Canvas, Best::Record(RecordKind::Canvas)).await;
}

#[tokio::test]
async fn canvas_by_a_trigger_column() {
    everybody_and_nobody_else(Profile::Canvas, Best::Trigger).await;
}

#[tokio::test]
async fn blackboard_by_a_trigger_column() {
    everybody_and_nobody_else(Profile::Blackboard, Best::Trigger).await;
}

#[tokio::test]
async fn brightspace_by_its_data_streams() {
    everybody_and_nobody_else(Profile::Brightspace, Best::Stream).await;
}

#[tokio::test]
async fn sakai_by_its_whole_gradebook() {
    everybody_and_nobody_else(Profile::Sakai, Best::Gradebook).await;
}

#[tokio::test]
async fn schoology_by_a_trigger_column() {
    everybody_and_nobody_else(Profile::Schoology, Best::Trigger).await;
}

#[tokio::test]
async fn openedx_by_a_plugin_that_reports() {
    everybody_and_nobody_else(Profile::OpenEdx, Best::Plugin).await;
}
