//! The platform and Laurel, set up for a term and moved through it moment by moment.

use std::{collections::HashMap, path::PathBuf};

use chrono::{DateTime, Utc};
use criteria::Strength;
use laurel::{
    config::Secret,
    domain::{
        access::{Caller, Scope},
        api_key::{self, NewKey},
        approval::{self, Approver, Of},
        event_channel::{
            self as channels_of, NewChannel, canvas,
            receive::{Outcome, receive},
            xapi,
        },
        hold,
        learner::{LearnerIn, PersonIn},
        line_item::manage::{self, NewColumn},
        placement::{self, NewPlacement},
        reconcile::{self, Statement},
        records::source::{self, Credential, NewSource},
        roster,
        signal::{self, CourseIn, EventIn, Reporter, Said},
    },
    ids::{AchievementId, AchievementVersionId, CourseId, PlacementId},
    store::{
        self, PageQuery,
        entity::{
            event_channel::{self, ChannelKind},
            hold::HoldState,
            placement::PlacementMode,
            reconcile_run::{ReconcileCause, ReconcileState},
            record_source::RecordKind,
        },
    },
};
use practice::{
    Activity, ActivityId, Course as LmsCourse, ToolRegistration, User, UserId,
    course::{INSTRUCTOR, LEARNER},
    demo,
    services::{ALL_SCOPES, Group, LineItemId, quirks::SubjectShape},
};
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use super::{
    channels::{Report, STREAM, Told},
    rules::{Names, activity},
    world::{COLUMNS, Course, GROUPS, Part, Person, Product, Term, What},
};
use crate::support::app::{CLIENT, TestApp};

/// As many as one asks for at once.
const MANY: PageQuery = PageQuery { after: None, limit: 200 };

/// A term being played.
pub struct Stage {
    pub app: TestApp,
    /// As Laurel calls the courses.
    pub courses: Vec<CourseId>,
    /// And their badges.
    pub placements: Vec<HashMap<usize, PlacementId>>,
    columns: Vec<[LineItemId; COLUMNS]>,
    badges: Vec<Vec<(AchievementVersionId, AchievementId)>>,
    keys: Vec<Reporter>,
    stream: Option<event_channel::Model>,
    backup: Option<(tempfile::TempDir, PathBuf)>,
    pub told: Vec<Told>,
}

impl Stage {
    /// A platform with these courses, in which a teacher has set everything up before the term begins.
    pub async fn new(term: &Term) -> Self {
        let app = TestApp::new().await;
        app.lms.quirks(|quirks| match term.product {
            Product::Canvas => quirks.product_family = "canvas",
            Product::Moodle => {
                quirks.product_family = "moodle";
                quirks.subjects = SubjectShape::Decimal;
            }
        });
        let scopes = ALL_SCOPES.iter().map(|scope| (*scope).to_owned()).collect();
        app.lms.register(ToolRegistration { scopes, ..app.tool.clone() });
        let mut stage = Self {
            app,
            courses: Vec::new(),
            placements: vec![HashMap::new(); term.courses.len()],
            columns: Vec::new(),
            badges: Vec::new(),
            keys: Vec::new(),
            stream: None,
            backup: None,
            told: Vec::new(),
        };
        for course in &term.courses {
            stage.build(term, course).await;
            stage.define(course).await;
        }
        stage.consent(term).await;
        for name in ["Registrar", "Other system"] {
            let key = stage.key(name).await;
            stage.keys.push(key);
        }
        stage.stream = Some(stage.channel(term).await);
        for course in &stage.courses {
            roster::ask(&stage.app.app, &stage.operator(), *course, None).await.unwrap();
        }
        stage.app.run_jobs().await;
        stage.app.advance(120);
        stage.app.run_jobs().await;
        for course in &term.courses {
            let items = stage.app.lms.line_items(course.id.as_str());
            let column = |index| items.iter().find(|item| item.label() == activity(index)).unwrap().id;
            stage.columns.push(std::array::from_fn(column));
        }
        stage.place(term, false).await;
        stage
    }

    fn operator(&self) -> Caller {
        self.app.operator()
    }

    async fn build(&mut self, term: &Term, course: &Course) {
        let lms = &self.app.lms;
        lms.add_course(LmsCourse::new(course.id.as_str(), &course.id, &format!("Course {}", course.id)));
        for page in &course.pages {
            lms.add_activity(course.id.as_str(), Activity::page(page.as_str(), page, "Read this."));
        }
        let link = |id: &str| {
            Activity::tool(id, id, CLIENT)
                .custom("canvas_user_id", "$Canvas.user.id")
                .custom("canvas_course_id", "$Canvas.course.id")
        };
        lms.add_activity(course.id.as_str(), link(&course.gate).after(course.pages[0].as_str()));
        lms.add_activity(course.id.as_str(), link(&course.door));
        lms.enroll(course.id.as_str(), demo::ADA, &[INSTRUCTOR]);
        for group in 0..GROUPS {
            let mut made = Group::new(course.id.as_str(), &format!("g{group}"), &format!("Group {group}"));
            for person in course.people.iter().filter(|person| person.group == group) {
                made = made.member(person.user.as_str());
            }
            lms.add_group(made);
        }
        for (number, person) in course.people.iter().enumerate() {
            let user = User::new(person.user.as_str(), &person.user);
            let is_reachable = number % 100 < term.size.reachable;
            let address = format!("{}@campus.example", person.user);
            lms.add_user(if is_reachable { user.email(&address) } else { user });
            if person.joins <= term.start {
                self.enrolls(course, person, &[if teaches(person.part) { INSTRUCTOR } else { LEARNER }]);
            }
        }
        for link in [&course.door, &course.gate] {
            self.opens(demo::ADA, link).await;
        }
        let app = &self.app;
        let all = store::course::list(app.app.store.read(), app.organization, MANY).await.unwrap().items;
        let id = all.iter().find(|row| row.context_id == course.id).unwrap().id;
        self.courses.push(id);
        for column in 0..COLUMNS {
            let new = NewColumn {
                course: id,
                link: None,
                label: activity(column),
                maximum: Some(Decimal::TEN),
                activity: Some(activity(column)),
            };
            manage::watch(&app.app, &self.operator(), new).await.unwrap();
        }
    }

    async fn consent(&self, term: &Term) {
        let new = NewSource {
            platform: self.app.platform.id,
            kind: match term.product {
                Product::Canvas => RecordKind::Canvas,
                Product::Moodle => RecordKind::Moodle,
            },
            base_url: self.app.lms.base_url().to_owned(),
            credential: Credential::Token { token: Secret::from(self.app.lms.record_token()) },
            courses: Vec::new(),
            consent_by: "The registrar".to_owned(),
            consent_note: None,
        };
        source::add(&self.app.app, &self.operator(), new).await.unwrap();
    }

    /// The platform's own stream.
    async fn channel(&self, term: &Term) -> event_channel::Model {
        let kind = match term.product {
            Product::Canvas => ChannelKind::Canvas,
            Product::Moodle => ChannelKind::Xapi,
        };
        let new = NewChannel {
            name: "The platform".to_owned(),
            kind,
            platform: self.app.platform.id,
            courses: Vec::new(),
            strength: Strength::Strong,
            allows_email: false,
            home_page: None,
            account_scheme: None,
            keys_url: (kind == ChannelKind::Canvas).then(|| self.app.lms.jwks_url()),
            account: None,
            expires_at: None,
        };
        channels_of::create(&self.app.app, &self.operator(), new).await.unwrap().row
    }

    async fn key(&self, name: &str) -> Reporter {
        let key = NewKey {
            name: name.to_owned(),
            scopes: vec![Scope::Events],
            expires_at: None,
            event_strength: Strength::Strong,
        };
        let made = api_key::create(&self.app.app, &self.operator(), Some(self.app.organization), key).await;
        let row = made.unwrap().row;
        Reporter { source: format!("key:{}", row.id), label: row.name, strength: Strength::Strong }
    }

    /// The badges that go live now, or later.
    pub async fn place(&mut self, term: &Term, late: bool) {
        for (index, course) in term.courses.iter().enumerate() {
            let (app, id) = (&self.app, self.courses[index]);
            let links = store::link::of_course(app.app.store.read(), app.organization, id).await.unwrap();
            let link = |name: &str| links.iter().find(|row| row.resource_link_id == name).unwrap().id;
            let badges = &self.badges[index];
            let names = Names {
                gate: link(&course.gate).to_string(),
                door: link(&course.door).to_string(),
                achievements: badges.iter().map(|(_, achievement)| achievement.to_string()).collect(),
            };
            for (number, badge) in course.badges.iter().enumerate().filter(|(_, badge)| badge.is_late == late)
            {
                let new = NewPlacement {
                    version: badges[number].0,
                    course: Some(id),
                    link: None,
                    rule: Some(json!({ "version": 1, "node": badge.asks.written(course, &names) })),
                    mode: if badge.is_standing { PlacementMode::Standing } else { PlacementMode::Ever },
                    live: true,
                };
                let placed = placement::place(&app.app, &app.operator(), new).await;
                let placed = placed.unwrap_or_else(|error| panic!("{:?}: {error:?}", badge.asks));
                self.placements[index].insert(number, placed.placement.id);
            }
        }
        self.app.run_jobs().await;
    }

    /// The badges of a course.
    async fn define(&mut self, course: &Course) {
        let mut defined = Vec::with_capacity(course.badges.len());
        for number in 0..course.badges.len() {
            let version = self.app.achievement(&format!("Badge {} {number}", course.id)).await;
            let db = self.app.app.store.read();
            let row = store::achievement::version(db, self.app.organization, version).await.unwrap();
            defined.push((version, row.unwrap().achievement_id));
        }
        self.badges.push(defined);
    }

    fn enrolls(&self, course: &Course, person: &Person, roles: &[&str]) {
        self.app.lms.enroll(course.id.as_str(), person.user.as_str(), roles);
    }

    async fn opens(&self, user: &str, link: &str) {
        let browser = self.app.browser();
        browser.sign_in(&self.app.lms, user).await.unwrap();
        let outcome = browser.launch(&self.app.lms, user, link).await.unwrap();
        assert_eq!(outcome.status(), 200, "{user}: {}", outcome.page.text());
    }

    /// Lets time pass until then.
    pub fn until(&self, at: DateTime<Utc>) {
        self.app.clock.advance((at - self.app.clock.now()).max(chrono::Duration::zero()));
    }

    pub fn joins(&self, course: &Course, person: &Person) {
        self.enrolls(course, person, &[LEARNER]);
    }

    pub fn leaves(&self, course: &Course, person: &Person) {
        self.app.lms.unenroll(course.id.as_str(), person.user.as_str());
    }

    /// Somebody does something; the platform knows.
    pub async fn does(&mut self, term: &Term, index: usize, person: &Person, what: What) {
        let (course, now) = (&term.courses[index], self.app.clock.now());
        match what {
            What::Page(page) => {
                let (activity, user) =
                    (ActivityId::from(course.pages[page].as_str()), UserId::from(person.user.as_str()));
                self.app.lms.world(|world| world.complete(&activity, &user, now));
            }
            What::Course => {}
            What::Score(column, score) => {
                let (item, score) = (self.columns[index][column], f64::from(score) / 1_000.0);
                self.app.lms.grade(demo::ADA, item, person.user.as_str(), score).unwrap();
            }
            What::Opens if term.is_out(now) => {}
            What::Opens => {
                self.opens(&person.user, &course.door).await;
                let user = person.user.clone();
                self.told.push(Told { user, what, at: now, heard: now, is_known: true });
            }
        }
    }

    /// A report arrives.
    pub async fn hears(&mut self, term: &Term, report: &Report) {
        let heard = self.app.clock.now();
        let is_known = match report.sender {
            STREAM => self.streams(term, report).await,
            sender => self.reports(term, report, sender).await,
        };
        let Some(is_known) = is_known else { return };
        let at = report.stated.min(heard);
        self.told.push(Told { user: report.user.clone(), what: report.what, at, heard, is_known });
    }

    /// The platform's own stream tells of a completed course: whether Laurel knows whom it is about; `None` when it
    /// was told before.
    async fn streams(&self, term: &Term, report: &Report) -> Option<bool> {
        let (lms, course) = (&self.app.lms, &term.courses[report.course]);
        let at = report.stated.to_rfc3339();
        let reading = match term.product {
            Product::Moodle => {
                let (id, user) = (practice::CourseId::from(course.id.as_str()), report.user.as_str());
                let mut told = lms.course_completed_statement(&id, &UserId::from(user));
                told["id"] = json!(named(&report.id).to_string());
                told["actor"] = json!({ "account": { "homePage": lms.issuer(), "name": lms.subject(user) } });
                told["timestamp"] = json!(at);
                xapi::statement(&told)
            }
            Product::Canvas => {
                let (course, user) = (lms.number_of(&course.id), lms.number_of(&report.user));
                let mut told = lms.progress_event("course_completed", course, user, (2, 2));
                told["metadata"]["event_time"] = json!(at);
                told["body"]["progress"]["completed_at"] = json!(at);
                canvas::event(told.as_object().unwrap())
            }
        };
        let channel = self.stream.as_ref().unwrap();
        let mut outcomes = receive(&self.app.app, channel, None, vec![reading]).await.unwrap();
        match outcomes.pop().unwrap() {
            Outcome::Recorded(_) => Some(true),
            Outcome::Waiting => Some(false),
            Outcome::Repeated => None,
            other => panic!("{report:?}: {other:?}"),
        }
    }

    /// Another system reports: `None` when it has before.
    async fn reports(&self, term: &Term, report: &Report, sender: usize) -> Option<bool> {
        let course = &term.courses[report.course];
        let points = |score: u32| Some(Decimal::new(i64::from(score), 3));
        let (activity, said) = match report.what {
            What::Page(page) => (Some(course.pages[page].clone()), Said::Completed),
            What::Course | What::Opens => (None, Said::Completed),
            What::Score(column, score) => {
                let state = criteria::ScoreState::Graded;
                let said = Said::Scored { given: points(score), maximum: Some(Decimal::TEN), state };
                (Some(activity(column)), said)
            }
        };
        let event = EventIn {
            source_id: report.id.clone(),
            learner: LearnerIn::Account {
                platform: self.app.platform.id,
                sub: self.app.lms.subject(report.user.as_str()),
                person: PersonIn::default(),
            },
            course: Some(CourseIn::Id(self.courses[report.course])),
            activity,
            said,
            happened_at: Some(report.stated),
        };
        let (caller, key) = (self.operator(), &self.keys[sender]);
        let received = signal::receive(&self.app.app, &caller, key, &event).await.unwrap();
        (!received.is_repeated).then_some(true)
    }

    /// Copies the database as it is.
    pub async fn backs_up(&mut self) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("backup.db");
        self.app.app.store.copy_to(&file).await.unwrap();
        self.backup = Some((folder, file));
    }

    /// Puts the copy back, and starts again.
    pub async fn restores(self) -> Self {
        let (folder, file) = self.backup.unwrap();
        let app = self.app.restore(&file).await;
        drop(folder);
        Self { app, backup: None, ..self }
    }

    /// Reconciles every course, and answers what each came to.
    pub async fn reconciles(&self) -> Vec<Statement> {
        let app = &self.app;
        let mut runs = Vec::new();
        for course in &self.courses {
            let asked = reconcile::ask(&app.app, &self.operator(), *course, ReconcileCause::Asked).await;
            runs.push(asked.unwrap().run.id);
        }
        let mut statements = Vec::new();
        for run in runs {
            let mut looks = 0;
            loop {
                app.run_jobs().await;
                let row = reconcile::find(&app.app, app.organization, run).await.unwrap();
                if row.state == ReconcileState::Done {
                    statements.push(reconcile::statement_of(&row).unwrap().unwrap());
                    break;
                }
                looks += 1;
                assert!(looks < 200, "a reconcile without end");
                app.advance(2);
            }
        }
        statements
    }

    /// A teacher clicks on everything that waits for a click; how much that was.
    pub async fn clicks(&self) -> usize {
        let (app, mut clicks) = (&self.app, 0);
        loop {
            let open = store::hold::Filter { state: Some(HoldState::Open), ..store::hold::Filter::default() };
            let holds = store::hold::list(app.app.store.read(), app.organization, open, MANY).await.unwrap();
            if holds.items.is_empty() {
                return clicks;
            }
            for row in holds.items {
                hold::confirm(&app.app, &self.operator(), row.id).await.unwrap();
                clicks += 1;
            }
            app.run_jobs().await;
        }
    }

    /// A teacher goes through everybody who waits for people; how many were approved. `knows` whom to approve.
    pub async fn approves(&self, knows: impl Fn(usize, &str, PlacementId) -> bool) -> usize {
        let (app, mut approved) = (&self.app, 0);
        let ada = Approver::Named {
            person: LearnerIn::Account {
                platform: app.platform.id,
                sub: app.lms.subject(demo::ADA),
                person: PersonIn::default(),
            },
            roles: vec!["instructor".to_owned()],
        };
        for (index, course) in self.courses.iter().enumerate() {
            let mut page = MANY;
            loop {
                let of = Of::Course(*course);
                let found = approval::waiting(&app.app, app.organization, of, page).await.unwrap();
                for waiting in &found.items {
                    for wanted in &waiting.wanted {
                        let (placement, learner) = (wanted.placement.id, waiting.learner.id);
                        if knows(index, &waiting.learner.sub, placement) {
                            let caller = self.operator();
                            approval::decide(&app.app, &caller, &ada, placement, learner, true, None)
                                .await
                                .unwrap();
                            approved += 1;
                        }
                    }
                }
                let Some(next) = found.next else { break };
                page.after = Some(next);
            }
            app.run_jobs().await;
        }
        approved
    }

    /// Everything that time still brings has been.
    pub async fn settles(&self) {
        for _ in 0..26 {
            self.app.run_jobs().await;
            self.app.advance(30);
        }
        self.app.run_jobs().await;
    }
}

fn teaches(part: Part) -> bool {
    matches!(part, Part::Staff | Part::Switched)
}

/// The same name for the same words.
fn named(words: &str) -> Uuid {
    let number =
        words.bytes().fold(1_u128, |so_far, byte| so_far.wrapping_mul(257).wrapping_add(byte.into()));
    uuid::Builder::from_random_bytes(number.to_be_bytes()).into_uuid()
}
