//! Weighing and passes: what is heard, what a dry run says, how many are awarded at once and how that is taken back
//! (design §5).

mod breaker;
mod dry_run;
mod hearing;
mod ineligible;
mod legs;
mod pages;
mod undo;

use criteria::{Channel, Kind, ScoreState, Strength, Subject};
use laurel::{
    domain::{
        dry_run::Totals,
        pass::{self, Tally, Whom},
        placement::Placed,
    },
    ids::{LearnerId, PassId},
    store::{
        self, PageQuery,
        entity::{
            enrollment::{self, EnrollmentState},
            hold::{self, HoldState},
            learner,
            pass::{Model as Pass, PassCause},
            signal,
        },
    },
};
use serde_json::{Value, json};

use crate::{services::Class, support::app::TestApp};

/// Somebody in a course.
#[derive(Clone, Debug)]
pub struct Someone {
    /// What they have done, and how well that is proven.
    pub done: Vec<(&'static str, Strength)>,
    /// What they have scored in the quiz, of 100.
    pub score: Option<&'static str>,
    pub is_staff: bool,
    pub is_test: bool,
    pub is_gone: bool,
    pub permission: &'static str,
}

impl Default for Someone {
    fn default() -> Self {
        Self {
            done: Vec::new(),
            score: None,
            is_staff: false,
            is_test: false,
            is_gone: false,
            permission: "learn",
        }
    }
}

/// Who has done the lab.
pub fn done(strength: Strength) -> Someone {
    Someone { done: vec![("lab", strength)], ..Someone::default() }
}

/// The rule that asks for an activity.
pub fn complete(activity: &str) -> Value {
    json!({ "type": "completed", "subject": { "activity": activity } })
}

/// A course without anybody in it but its teacher.
pub async fn hall() -> Class {
    Class::new().await
}

impl Class {
    /// These people are in the course from now on, as if the roster and events had told of them.
    pub async fn seats(&self, people: &[Someone]) -> Vec<LearnerId> {
        let (app, now, organization) = (&self.app.app, self.app.clock.now(), self.app.organization);
        let known = self.app.count("learner").await;
        let (mut learners, mut enrollments, mut signals) = (Vec::new(), Vec::new(), Vec::new());
        for (number, someone) in people.iter().enumerate() {
            let name = format!("p{known}-{number}");
            let learner = learner::Model {
                id: app.dice.row_id(now),
                organization_id: organization,
                platform_issuer_url: self.app.lms.issuer().to_owned(),
                sub: name.clone(),
                name: Some(name.clone()),
                given_name: None,
                family_name: None,
                email: Some(format!("{name}@campus.example")),
                language: None,
                is_test: someone.is_test,
                is_confirmed: true,
                created_at: now,
                last_seen_at: now,
            };
            enrollments.push(enrollment::Model {
                id: app.dice.row_id(now),
                organization_id: organization,
                course_id: self.course,
                learner_id: learner.id,
                roles_seen: json!({ "now": [] }),
                is_staff_ever: someone.is_staff,
                permission: someone.permission.to_owned(),
                state: if someone.is_gone { EnrollmentState::Inactive } else { EnrollmentState::Active },
                digest: String::new(),
                roster_run: None,
                last_seen_at: now,
                created_at: now,
            });
            let mut told = Vec::new();
            for (activity, strength) in &someone.done {
                let subject = Subject::Activity((*activity).to_owned());
                told.push((Kind::Completed { subject }, *strength));
            }
            if let Some(score) = someone.score {
                let (given, maximum) = (Some(score.parse().unwrap()), Some("100".parse().unwrap()));
                let subject = Subject::Activity("quiz".to_owned());
                told.push((
                    Kind::Score { subject, given, maximum, state: ScoreState::Graded },
                    Strength::Weak,
                ));
            }
            for (at, (kind, strength)) in told.into_iter().enumerate() {
                signals.push(self.told(&kind, strength, learner.id, &format!("{name}-{at}")));
            }
            learners.push(learner);
        }
        let ids = learners.iter().map(|learner| learner.id).collect();
        let tx = app.store.write().await.unwrap();
        store::learner::upsert_many(&tx, learners).await.unwrap();
        store::enrollment::upsert_many(&tx, enrollments).await.unwrap();
        if !signals.is_empty() {
            store::signal::record(&tx, signals).await.unwrap();
        }
        tx.commit().await.unwrap();
        ids
    }

    /// An event that was told of a learner in the course.
    pub fn told(&self, kind: &Kind, strength: Strength, learner: LearnerId, id: &str) -> signal::Model {
        let now = self.app.clock.now();
        signal::Model {
            id: self.app.app.dice.row_id(now),
            organization_id: self.app.organization,
            form: signal::SignalForm::Event,
            source: "test".to_owned(),
            source_id: id.to_owned(),
            channel: Channel::Event.as_str().to_owned(),
            strength: i16::from(strength),
            learner_id: learner,
            course_id: Some(self.course),
            link_id: None,
            kind: kind.name().to_owned(),
            subject: "activity".to_owned(),
            value: json!({ "said": serde_json::to_value(kind).unwrap(), "by": "Test" }),
            previous: None,
            run_id: None,
            seen_at: None,
            not_before: None,
            happened_at: now,
            heard_at: now,
        }
    }

    /// A badge in the course for doing the lab, live.
    pub async fn offers(&self, name: &str) -> Placed {
        self.offers_for(name, complete("lab")).await
    }

    /// A badge in the course by this rule, live.
    pub async fn offers_for(&self, name: &str, node: Value) -> Placed {
        let version = self.app.achievement(name).await;
        self.app.place(version, Some(self.course), node).await
    }

    /// Everybody in the course is looked at.
    pub async fn passes(&self) -> PassId {
        let app = &self.app.app;
        let tx = app.store.write().await.unwrap();
        let whom = Whom::course(self.course);
        let id = pass::begin(app, &tx, self.app.organization, whom, PassCause::Reconcile).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub async fn pass(&self, id: PassId) -> Pass {
        pass::find(&self.app.app, self.app.organization, id).await.unwrap()
    }

    /// The newest pass, with its only tally.
    pub async fn last_pass(&self) -> (Pass, Tally) {
        let (db, newest) = (self.app.app.store.read(), PageQuery { after: None, limit: 1 });
        let filter = store::pass::Filter::default();
        let mut found = store::pass::list(db, self.app.organization, filter, newest).await.unwrap().items;
        let pass = found.remove(0);
        let mut tallies = pass::tallies(&pass).unwrap();
        assert_eq!(tallies.len(), 1);
        (pass, tallies.remove(0))
    }

    /// The holds in this state, newest first.
    pub async fn holds(&self, state: HoldState) -> Vec<hold::Model> {
        let (db, all) = (self.app.app.store.read(), PageQuery { after: None, limit: 200 });
        let filter = store::hold::Filter { state: Some(state), ..store::hold::Filter::default() };
        store::hold::list(db, self.app.organization, filter, all).await.unwrap().items
    }

    /// Current awards.
    pub async fn current(&self) -> i64 {
        self.app.count("award WHERE state IN ('active', 'waiting_for_address')").await
    }

    /// A person lets everything be awarded that waits.
    pub async fn confirms_all(&self) {
        for hold in self.holds(HoldState::Open).await {
            laurel::domain::hold::confirm(&self.app.app, &self.app.operator(), hold.id).await.unwrap();
        }
        self.app.run_jobs().await;
    }
}

/// Everybody, as far as totals count them.
pub fn sum(totals: &Totals) -> u64 {
    totals.now
        + totals.nearly
        + totals.not_yet
        + totals.already
        + totals.test_users
        + totals.staff
        + totals.inactive
        + totals.other_roles
        + totals.vetoed
}

/// A program whose jobs leave the rest to the next after each step.
pub async fn step_by_step() -> TestApp {
    TestApp::with(|sources| sources.with("outbox.lease_seconds", "3").with("mail.timeout_seconds", "1")).await
}
