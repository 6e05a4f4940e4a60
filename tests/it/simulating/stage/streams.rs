//! What the platform's own stream and a sensor tell, in their own words.

use laurel::domain::event_channel::{
    caliper, canvas,
    receive::{Outcome, receive},
    xapi,
};
use practice::{CourseId, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    super::{
        channels::{Report, SENSOR},
        rules::activity,
        world::{Product, Term, What},
    },
    Stage,
};

impl Stage {
    /// The platform's own stream or a sensor tells of something: whether Laurel knows whom it is about; `None` when it
    /// was told before, or when it means nothing yet.
    pub(super) async fn streams(&self, term: &Term, report: &Report) -> Option<bool> {
        let (reading, channel) = match (report.sender, term.product) {
            (SENSOR, _) => (caliper::event(&self.sensed(term, report)), &self.sensor),
            (_, Product::Moodle) => (xapi::statement(&self.statement(term, report)), &self.stream),
            (_, Product::Canvas) => {
                (canvas::event(self.event(term, report).as_object().unwrap()), &self.stream)
            }
        };
        let mut outcomes =
            receive(&self.app.app, channel.as_ref().unwrap(), None, vec![reading]).await.unwrap();
        match outcomes.pop().unwrap() {
            Outcome::Recorded(_) => Some(true),
            Outcome::Waiting => Some(false),
            Outcome::Repeated => None,
            Outcome::Ignored(_) if matches!(report.what, What::Page(_)) => None,
            other => panic!("{report:?}: {other:?}"),
        }
    }

    /// As Moodle's xAPI log store writes it.
    fn statement(&self, term: &Term, report: &Report) -> Value {
        let (lms, user) = (&self.app.lms, UserId::from(report.user.as_str()));
        let course = CourseId::from(term.courses[report.course].id.as_str());
        let mut told = match report.what {
            What::Score(column, score) => {
                let mut told = lms.scored_statement(&course, "1", &user, (points(score), 10.0));
                told["object"]["id"] = json!(activity(term.product, column));
                told
            }
            _ => lms.course_completed_statement(&course, &user),
        };
        told["id"] = json!(named(&report.id).to_string());
        told["actor"] =
            json!({ "account": { "homePage": lms.issuer(), "name": lms.subject(report.user.as_str()) } });
        told["timestamp"] = json!(report.stated.to_rfc3339());
        told
    }

    /// As Canvas Live Events tell it.
    fn event(&self, term: &Term, report: &Report) -> Value {
        let lms = &self.app.lms;
        let course = lms.number_of(&term.courses[report.course].id);
        let (user, at) = (lms.number_of(&report.user), report.stated.to_rfc3339());
        let (name, done) = match report.what {
            What::Page(_) => ("course_progress", 1),
            // Either of them says it.
            _ if report.id.len().is_multiple_of(2) => ("course_progress", 2),
            _ => ("course_completed", 2),
        };
        let mut told = lms.progress_event(name, course, user, (done, 2));
        told["metadata"]["event_time"] = json!(at);
        if done == 2 {
            told["body"]["progress"]["completed_at"] = json!(at);
        }
        if let What::Score(column, score) = report.what {
            told["metadata"]["event_name"] = json!("grade_change");
            told["body"] = json!({
                "assignment_id": activity(term.product, column), "student_id": user.to_string(),
                "user_id": user.to_string(), "score": points(score), "points_possible": 10,
                "grading_complete": true, "muted": false,
            });
        }
        told
    }

    /// As a Caliper sensor tells of a grade, with the launch that the work was done in.
    fn sensed(&self, term: &Term, report: &Report) -> Value {
        let What::Score(column, score) = report.what else { panic!("no sensor tells of {report:?}") };
        let (lms, course) = (&self.app.lms, &term.courses[report.course].id);
        let person = format!("{}/people/{}", lms.issuer(), report.user);
        let name = activity(term.product, column);
        let assignable = match term.product {
            Product::Canvas => format!("urn:instructure:canvas:assignment:{name}"),
            Product::Moodle => name,
        };
        json!({
            "id": format!("urn:uuid:{}", named(&report.id)), "type": "GradeEvent", "action": "Graded",
            "actor": { "id": format!("{}/grader", lms.issuer()), "type": "SoftwareApplication" },
            "object": {
                "id": format!("urn:attempt:{}", report.id), "type": "Attempt",
                "assignee": { "id": person, "type": "Person" },
                "assignable": { "id": assignable, "type": "Assessment" },
            },
            "generated": { "id": "urn:score", "type": "Score", "maxScore": 10, "scoreGiven": points(score) },
            "eventTime": report.stated.to_rfc3339(),
            "federatedSession": {
                "id": "urn:session", "type": "LtiSession", "user": { "id": person, "type": "Person" },
                "messageParameters": {
                    "iss": lms.issuer(), "sub": lms.subject(report.user.as_str()), "context_id": course
                }
            },
        })
    }
}

fn points(thousandths: u32) -> f64 {
    f64::from(thousandths) / 1_000.0
}

/// The same name for the same words.
fn named(words: &str) -> Uuid {
    let number =
        words.bytes().fold(1_u128, |so_far, byte| so_far.wrapping_mul(257).wrapping_add(byte.into()));
    uuid::Builder::from_random_bytes(number.to_be_bytes()).into_uuid()
}
