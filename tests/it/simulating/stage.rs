//! The platform and Laurel, moved through a term moment by moment; what stands before it begins is in `setup`.

mod setup;
mod streams;

use std::{collections::HashMap, path::PathBuf};

use chrono::{DateTime, Utc};
use laurel::{
    domain::{
        access::Caller,
        approval::{self, Approver, Of},
        hold,
        learner::{LearnerIn, PersonIn},
        reconcile::{self, Statement},
        signal::{self, CourseIn, EventIn, Reporter, Said},
    },
    ids::{AchievementId, AchievementVersionId, CourseId, PlacementId},
    store::{
        self, PageQuery,
        entity::{
            event_channel,
            hold::HoldState,
            reconcile_run::{ReconcileCause, ReconcileState},
        },
    },
};
use practice::{ActivityId, UserId, course::LEARNER, demo, services::LineItemId};
use rust_decimal::Decimal;

use super::{
    channels::{Report, SENSOR, STREAM, Told},
    rules::activity,
    world::{COLUMNS, Course, Part, Person, Term, What},
};
use crate::support::app::TestApp;

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
    sensor: Option<event_channel::Model>,
    backup: Option<(tempfile::TempDir, PathBuf)>,
    pub told: Vec<Told>,
}

impl Stage {
    fn operator(&self) -> Caller {
        self.app.operator()
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
            STREAM | SENSOR => self.streams(term, report).await,
            sender => self.reports(term, report, sender).await,
        };
        let Some(is_known) = is_known else { return };
        let at = report.stated.min(heard);
        self.told.push(Told { user: report.user.clone(), what: report.what, at, heard, is_known });
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
                (Some(activity(term.product, column)), said)
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
                            let decide =
                                approval::decide(&app.app, &caller, &ada, placement, learner, true, None);
                            match decide.await {
                                Ok(_) => approved += 1,
                                // What was approved a moment ago brought this, too.
                                Err(error) => assert_eq!(error.code(), "approval.not_needed"),
                            }
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
