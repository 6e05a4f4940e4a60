//! Canvas Live Events as typed events (`spec/signals.md` §1). Pure and total; that they are signed is checked before.
//!
//! A course counts as completed when every requirement is done *and* Canvas says when: the event itself also fires
//! when a time is merely updated. Canvas numbers its things per shard: seen from its own root account a number
//! is short, from elsewhere it carries the shard in front (`21070000000000123` is 123 of shard 2107).

use criteria::{Kind, ScoreState, Strength, Subject};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::{
    item::{Actor, CourseName, Item, Reading},
    json::{MAX_NAME, decimal, digest, moment, object, text},
};
use crate::{
    domain::artwork::sha256_hex,
    error::{Error, Result},
};

/// Where Instructure publishes the keys of its cloud's events; production and beta alike.
pub const KEYS_URL: &str = "https://8axpcl50e4.execute-api.us-east-1.amazonaws.com/main/jwks";
/// How many numbers a shard has.
const SHARD: u64 = 10_000_000_000_000;

/// Whether an event is of this root account, by whatever name the operator gave it.
#[must_use]
pub fn is_of_account(payload: &Map<String, Value>, account: &str) -> bool {
    let Some(metadata) = object(payload, "metadata") else { return false };
    ["root_account_uuid", "root_account_lti_guid", "root_account_id"]
        .into_iter()
        .any(|name| text(metadata, name, MAX_NAME) == Some(account))
}

/// Reads one event.
///
/// # Errors
/// `event.malformed`, `item.field`, `score.number`, `timestamp.invalid`.
pub fn event(payload: &Map<String, Value>) -> Result<Reading> {
    let malformed = || Error::invalid("event.malformed", "", "An event has `metadata` and `body`.");
    let metadata = object(payload, "metadata").ok_or_else(malformed)?;
    let body = object(payload, "body").ok_or_else(malformed)?;
    let name = text(metadata, "event_name", MAX_NAME).ok_or_else(malformed)?;
    let told = Told { metadata, body, root: text(metadata, "root_account_id", MAX_NAME) };
    match name {
        "course_completed" | "course_progress" => told.progress(),
        "grade_change" => told.grade(),
        "course_grade_change" => told.course_grade(),
        _ => Ok(Reading::Ignored { id: told.id(name), why: "event.ignored" }),
    }
}

struct Told<'v> {
    metadata: &'v Map<String, Value>,
    body: &'v Map<String, Value>,
    root: Option<&'v str>,
}

impl Told<'_> {
    /// A name made of what is said and when: Canvas gives its events none.
    fn id(&self, name: &str) -> String {
        let time = self.metadata.get("event_time").cloned().unwrap_or(Value::Null);
        let content = Value::Array(vec![Value::Object(self.body.clone()), time]);
        format!("{name}:{}", digest(&content).get(..40).unwrap_or_default())
    }

    fn progress(&self) -> Result<Reading> {
        let empty = Map::new();
        let progress = object(self.body, "progress").unwrap_or(&empty);
        let user = self.number(object(self.body, "user").unwrap_or(&empty), "id", "body.user.id")?;
        let course = self.number(object(self.body, "course").unwrap_or(&empty), "id", "body.course.id")?;
        let wanted = decimal(progress, "requirement_count", "body.progress.requirement_count")?;
        let done =
            decimal(progress, "requirement_completed_count", "body.progress.requirement_completed_count")?;
        let at = moment(progress, "completed_at", "body.progress.completed_at")?;
        let all = wanted.is_some_and(|wanted| wanted > Decimal::ZERO) && wanted == done;
        let Some(at) = at.filter(|_| all) else {
            return Ok(Reading::Ignored { id: self.id("course_progress"), why: "requirements.open" });
        };
        // Both events tell of one completion, and each may tell of it again.
        let id = format!("completed:{course}:{user}:{}", at.timestamp_micros());
        Ok(self.said(
            sha256_hex(id.as_bytes()),
            id,
            user,
            Some(course),
            Kind::Completed { subject: Subject::Course },
            Some(at),
        ))
    }

    fn grade(&self) -> Result<Reading> {
        let user = match self.body.contains_key("user_id") {
            true => self.number(self.body, "user_id", "body.user_id")?,
            false => self.number(self.body, "student_id", "body.user_id")?,
        };
        let assignment = self.number(self.body, "assignment_id", "body.assignment_id")?;
        let given = decimal(self.body, "score", "body.score")?;
        let maximum = decimal(self.body, "points_possible", "body.points_possible")?;
        let maximum = maximum.filter(|maximum| *maximum > Decimal::ZERO);
        let is = |name: &str, value: bool| self.body.get(name) == Some(&Value::Bool(value));
        let state = match given {
            None => ScoreState::Missing,
            Some(_) if is("grading_complete", false) => ScoreState::Missing,
            Some(_) if is("muted", true) => ScoreState::Unreleased,
            Some(_) => ScoreState::Graded,
        };
        let kind = Kind::Score { subject: Subject::Activity(assignment), given, maximum, state };
        self.scored("grade_change", user, self.context(), kind)
    }

    /// The final score, in which what was not handed in counts as nothing: the score so far would be met by
    /// one good assignment.
    fn course_grade(&self) -> Result<Reading> {
        if text(self.body, "workflow_state", MAX_NAME).is_some_and(|state| state != "active") {
            return Ok(Reading::Ignored { id: self.id("course_grade_change"), why: "score.deleted" });
        }
        let user = self.number(self.body, "user_id", "body.user_id")?;
        let course = self.number(self.body, "course_id", "body.course_id")?;
        let given = decimal(self.body, "final_score", "body.final_score")?;
        let state = if given.is_some() { ScoreState::Graded } else { ScoreState::Missing };
        let kind =
            Kind::Score { subject: Subject::Course, given, maximum: Some(Decimal::ONE_HUNDRED), state };
        self.scored("course_grade_change", user, Some(course), kind)
    }

    fn scored(&self, name: &str, user: String, course: Option<String>, kind: Kind) -> Result<Reading> {
        let at = moment(self.metadata, "event_time", "metadata.event_time")?;
        let id = self.id(name);
        Ok(self.said(sha256_hex(id.as_bytes()), id, user, course, kind, at))
    }

    fn said(
        &self,
        digest: String,
        id: String,
        user: String,
        course: Option<String>,
        kind: Kind,
        happened_at: Option<chrono::DateTime<chrono::Utc>>,
    ) -> Reading {
        Reading::Said(Box::new(Item {
            id,
            digest,
            actor: Actor::Canvas(user),
            courses: course.map(CourseName::Canvas).into_iter().collect(),
            told: vec![kind],
            happened_at,
            at_most: Strength::Strong,
        }))
    }

    fn context(&self) -> Option<String> {
        let is_course = text(self.metadata, "context_type", MAX_NAME) == Some("Course");
        is_course.then(|| self.number(self.metadata, "context_id", "metadata.context_id").ok()).flatten()
    }

    /// One of Canvas's numbers, as its root account sees it.
    fn number(&self, of: &Map<String, Value>, name: &str, field: &'static str) -> Result<String> {
        let text = match of.get(name) {
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::String(text)) => text.clone(),
            _ => String::new(),
        };
        if text.is_empty() || text.len() > 20 || !text.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(Error::invalid("item.field", field, "Canvas's numbers are digits."));
        }
        Ok(local(&text, self.root))
    }
}

/// A number as the root account sees it: without its own shard.
#[must_use]
pub fn local(number: &str, root_account: Option<&str>) -> String {
    let read = |text: &str| text.parse::<u64>().ok();
    match (read(number), root_account.and_then(read)) {
        (Some(number), Some(root)) if number >= SHARD && number / SHARD == root / SHARD => {
            (number % SHARD).to_string()
        }
        (Some(number), _) => number.to_string(),
        (None, _) => number.to_owned(),
    }
}

/// The number in Canvas's names of things in Caliper: `urn:instructure:canvas:user:21070000000000001`.
#[must_use]
pub fn number_of_urn(urn: &str, noun: &str) -> Option<String> {
    let number = urn.strip_prefix("urn:instructure:canvas:")?.strip_prefix(noun)?.strip_prefix(':')?;
    let is_number = !number.is_empty() && number.len() <= 20 && number.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| number.to_owned())
}
