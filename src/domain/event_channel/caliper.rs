//! Caliper envelopes (1.1 and 1.2) as typed events. Pure and total.
//!
//! Grades count, and what was completed or handed in; handing in proves little, for the learner does it alone.
//! Everything else that sensors send (views, sessions, navigation, described entities) is ignored with a code.

use criteria::{Kind, ScoreState, Strength, Subject};
use serde_json::{Map, Value};

use super::{
    canvas,
    item::{Actor, CourseName, Item, Reading},
    json::{MAX_IRI, MAX_NAME, decimal, digest, id_of_digest, is_name, moment, object, text},
};
use crate::error::{Error, Result};

/// What an envelope holds.
#[derive(Debug)]
pub struct Envelope {
    /// The sensor's name of itself; no proof of anything.
    pub sensor: Option<String>,
    /// Its items, each read or refused.
    pub items: Vec<Result<Reading>>,
}

/// Reads an envelope of at most `most` items.
///
/// # Errors
/// `body.malformed_json`, `envelope.malformed`, `batch.too_large`.
pub fn envelope(body: &[u8], most: usize) -> Result<Envelope> {
    let value = super::json::body(body)?;
    let told = value.as_object().ok_or_else(no_envelope)?;
    of_object(told, most)
}

/// The same of an object that was read, and perhaps signed, elsewhere.
///
/// # Errors
/// `envelope.malformed`, `batch.too_large`.
pub fn of_object(told: &Map<String, Value>, most: usize) -> Result<Envelope> {
    let data = told.get("data").and_then(Value::as_array).ok_or_else(no_envelope)?;
    if data.len() > most {
        return Err(Error::invalid(
            "batch.too_large",
            "data",
            format!("Send at most {most} events at once."),
        ));
    }
    let sensor = entity_id(told.get("sensor"));
    Ok(Envelope { sensor, items: data.iter().map(event).collect() })
}

fn no_envelope() -> Error {
    Error::invalid("envelope.malformed", "data", "An envelope is an object with an array `data`.")
}

/// Reads one event.
///
/// # Errors
/// `event.malformed`, `actor.missing`, `score.*`, `timestamp.invalid`.
pub fn event(value: &Value) -> Result<Reading> {
    let Some(told) = value.as_object() else {
        return Err(Error::invalid("event.malformed", "", "An event is an object."));
    };
    let digest = digest(value);
    let id = text(told, "id", MAX_NAME).map_or_else(|| id_of_digest(&digest), str::to_owned);
    let ignored = |why: &'static str| Ok(Reading::Ignored { id: id.clone(), why });
    let kind = last_part(text(told, "type", MAX_IRI).unwrap_or_default());
    let action = last_part(text(told, "action", MAX_IRI).unwrap_or_default());
    let empty = Map::new();
    let about = object(told, "object").unwrap_or(&empty);
    let (person, activity, mut at_most) = match (kind, action) {
        ("GradeEvent" | "OutcomeEvent", "Graded") => {
            let learner = about.get("assignee").or_else(|| about.get("actor"));
            let is_own = entity_id(learner).is_some() && entity_id(learner) == entity_id(told.get("actor"));
            let at_most = if is_own { Strength::Weak } else { Strength::Strong };
            (learner, entity_id(about.get("assignable")), at_most)
        }
        ("AssignableEvent", "Completed") => {
            (told.get("actor"), entity_id(told.get("object")), Strength::Strong)
        }
        ("AssessmentEvent" | "AssignableEvent", "Submitted") => {
            (told.get("actor"), entity_id(told.get("object")), Strength::Weak)
        }
        _ => return ignored("event.ignored"),
    };
    let happened_at = moment(told, "eventTime", "eventTime")?;
    let missing = || Error::invalid("actor.missing", "actor", "The event does not say whom it is about.");
    let person_id = entity_id(person).ok_or_else(missing)?;
    let actor = actor(told, person, &person_id);
    let activity = activity.filter(|id| id.len() <= MAX_NAME);
    let activity = activity.ok_or_else(|| {
        Error::invalid("event.object", "object", "The event does not say what it is about.")
    })?;
    let activity = match canvas::number_of_urn(&activity, "assignment") {
        Some(number) => canvas::local(&number, root_account(told, person).as_deref()),
        None => activity,
    };
    let subject = Subject::Activity(activity);
    let told_kind = if action == "Graded" {
        let generated = object(told, "generated").unwrap_or(&empty);
        let mut given = None;
        for name in ["scoreGiven", "totalScore", "resultScore", "normalScore"] {
            given = given.or(decimal(generated, name, "generated.scoreGiven")?);
        }
        let Some(given) = given else { return ignored("score.missing") };
        let maximum = match decimal(generated, "maxScore", "generated.maxScore")? {
            Some(maximum) => Some(maximum),
            None => decimal(generated, "maxResultScore", "generated.maxScore")?,
        };
        let maximum = maximum.filter(|maximum| *maximum > rust_decimal::Decimal::ZERO);
        Kind::Score { subject, given: Some(given), maximum, state: ScoreState::Graded }
    } else {
        Kind::Completed { subject }
    };
    if says_own_grade(told, &person_id) {
        at_most = Strength::Weak;
    }
    let courses = courses(told);
    let item = Item { id, digest, actor, courses, told: vec![told_kind], happened_at, at_most };
    Ok(Reading::Said(Box::new(item)))
}

/// Whether the learner is who scored it.
fn says_own_grade(told: &Map<String, Value>, learner: &str) -> bool {
    let by = object(told, "generated").and_then(|generated| entity_id(generated.get("scoredBy")));
    by.as_deref() == Some(learner)
}

/// The last part of an address: `…/v1/GradeEvent`, `…#Graded`.
fn last_part(text: &str) -> &str {
    text.rsplit(['/', '#']).next().unwrap_or_default()
}

/// The id of an entity, which may be written as the id alone.
fn entity_id(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::String(id) => id,
        Value::Object(entity) => entity.get("id").or_else(|| entity.get("@id"))?.as_str()?,
        _ => return None,
    };
    is_name(text, MAX_IRI).then(|| text.to_owned())
}

/// The person: by the LTI launch that the session came from, by an identifier that says what it is, or by address.
fn actor(told: &Map<String, Value>, person: Option<&Value>, person_id: &str) -> Actor {
    if let Some(identified) = person.and_then(Value::as_object).and_then(lti_user) {
        return Actor::Sub(identified);
    }
    let session = object(told, "federatedSession");
    let is_theirs = session.is_some_and(|session| match entity_id(session.get("user")) {
        Some(user) => user == person_id,
        None => entity_id(told.get("actor")).as_deref() == Some(person_id),
    });
    let launch = session.filter(|_| is_theirs).and_then(|session| object(session, "messageParameters"));
    if let Some(launch) = launch
        && let (Some(iss), Some(sub)) = (text(launch, "iss", MAX_IRI), text(launch, "sub", MAX_NAME))
    {
        return Actor::Account { home_page: iss.to_owned(), name: sub.to_owned() };
    }
    match canvas::number_of_urn(person_id, "user") {
        Some(number) => Actor::Canvas(canvas::local(&number, root_account(told, person).as_deref())),
        None => Actor::Iri(person_id.to_owned()),
    }
}

/// Caliper 1.2's `otherIdentifiers` of type `LtiUserId`.
fn lti_user(person: &Map<String, Value>) -> Option<String> {
    let identifiers = person.get("otherIdentifiers").and_then(Value::as_array)?;
    identifiers.iter().take(20).filter_map(Value::as_object).find_map(|identifier| {
        let is_lti = text(identifier, "identifierType", MAX_NAME) == Some("LtiUserId");
        is_lti.then(|| text(identifier, "identifier", MAX_NAME)).flatten().map(str::to_owned)
    })
}

/// Canvas says in extensions which account numbers are seen from.
fn root_account(told: &Map<String, Value>, person: Option<&Value>) -> Option<String> {
    let of = |entity: &Map<String, Value>| {
        let canvas = object(object(entity, "extensions")?, "com.instructure.canvas")?;
        text(canvas, "root_account_id", MAX_NAME).map(str::to_owned)
    };
    person.and_then(Value::as_object).and_then(of).or_else(|| object(told, "actor").and_then(of))
}

fn courses(told: &Map<String, Value>) -> Vec<CourseName> {
    let mut courses = Vec::new();
    let launch = object(told, "federatedSession").and_then(|session| object(session, "messageParameters"));
    if let Some(launch) = launch {
        let nested = object(launch, "context").and_then(|context| text(context, "id", MAX_NAME));
        let context = nested.or_else(|| text(launch, "context_id", MAX_NAME));
        courses.extend(context.map(|id| CourseName::Context(id.to_owned())));
    }
    let root = root_account(told, None);
    let mut group = told.get("group");
    for _ in 0..4 {
        let Some(id) = entity_id(group) else { break };
        courses.push(match canvas::number_of_urn(&id, "course") {
            Some(number) => CourseName::Canvas(canvas::local(&number, root.as_deref())),
            None => CourseName::Iri(id),
        });
        group = group.and_then(|group| group.get("subOrganizationOf"));
    }
    courses
}
