//! xAPI statements (1.0.3 and 2.0) as typed events. Pure and total.
//!
//! What is read is what Moodle's log store (`logstore_xapi`), Brightspace's data streams and learning record stores
//! that forward send: completed, passed, failed, mastered, satisfied, scored, evaluated, voided, by the last part of the
//! verb's address, because vendors have their own. Everything else is ignored with a code.

use criteria::{Kind, ScoreState, Strength, Subject};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::{
    item::{Actor, CourseName, Item, Reading},
    json::{MAX_IRI, MAX_NAME, decimal, digest, id_of_digest, moment, need, object, text},
};
use crate::error::{Error, Result};

/// Types by which activities say that they are a course.
const COURSE_TYPES: [&str; 5] = [
    "http://id.tincanapi.com/activitytype/lms/course",
    "http://adlnet.gov/expapi/activities/course",
    "https://w3id.org/xapi/cmi5/activitytype/course",
    "http://lrs.learninglocker.net/define/type/moodle/course",
    "http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering",
];
/// Where the log store says which event of Moodle it tells.
const MOODLE_INFO: &str = "http://lrs.learninglocker.net/define/extensions/info";
/// Most context activities that are looked at, of each relation.
const MAX_ACTIVITIES: usize = 20;

/// Reads a body: one statement or an array of at most `most`.
///
/// # Errors
/// `body.malformed_json`, `batch.too_large`.
pub fn statements(body: &[u8], most: usize) -> Result<(bool, Vec<Result<Reading>>)> {
    match super::json::body(body)? {
        Value::Array(items) if items.len() > most => {
            Err(Error::invalid("batch.too_large", "", format!("Send at most {most} statements at once.")))
        }
        Value::Array(items) => Ok((true, items.iter().map(statement).collect())),
        one => Ok((false, vec![statement(&one)])),
    }
}

/// Reads one statement.
///
/// # Errors
/// `statement.*`, `actor.*`, `score.*`, `timestamp.invalid`, `item.field`.
pub fn statement(value: &Value) -> Result<Reading> {
    let Some(told) = value.as_object() else {
        return Err(Error::invalid("statement.malformed", "", "A statement is an object."));
    };
    let digest = content(told);
    let id = match told.get("id") {
        None => id_of_digest(&digest),
        Some(id) => statement_id(id, "id")?,
    };
    let verb = object(told, "verb").ok_or_else(|| missing("verb"))?;
    let verb = need(verb, "id", "verb.id", MAX_IRI)?;
    let actor = object(told, "actor").ok_or_else(|| missing("actor"))?;
    let about = object(told, "object").ok_or_else(|| missing("object"))?;
    let happened_at = moment(told, "timestamp", "timestamp")?;
    let verb = last_part(verb);
    if verb == "voided" {
        let voids = about.get("id").ok_or_else(|| missing("object.id"))?;
        return Ok(Reading::TakenBack { id, voids: statement_id(voids, "object.id")? });
    }
    let ignored = |why: &'static str| Ok(Reading::Ignored { id: id.clone(), why });
    let Some(verb) = Verb::of(&verb) else { return ignored("verb.ignored") };
    if text(about, "objectType", MAX_NAME).is_some_and(|kind| kind != "Activity") {
        return ignored("object.ignored");
    }
    if says(actor, "objectType", "Group") {
        return ignored("actor.group");
    }
    let Some(who) = agent(actor)? else { return ignored("actor.unsupported") };
    let activity = need(about, "id", "object.id", MAX_IRI)?;
    let empty = Map::new();
    let context = object(told, "context").unwrap_or(&empty);
    let result = object(told, "result").unwrap_or(&empty);

    let mut courses = Vec::new();
    let subject = if is_course(about) {
        courses.push(CourseName::Iri(activity.to_owned()));
        Subject::Course
    } else {
        courses.extend(context_courses(context));
        if activity.len() > MAX_NAME {
            return Err(Error::invalid(
                "activity.too_long",
                "object.id",
                "The activity's address is too long.",
            ));
        }
        Subject::Activity(activity.to_owned())
    };
    let mut kinds = Vec::new();
    if verb.completes(result) {
        kinds.push(Kind::Completed { subject: subject.clone() });
    }
    if let Some((given, maximum)) = score(result)? {
        kinds.push(Kind::Score { subject, given: Some(given), maximum, state: ScoreState::Graded });
    }
    if kinds.is_empty() {
        return ignored("result.open");
    }
    let at_most = if is_self_made(told, actor, context) { Strength::Weak } else { Strength::Strong };
    let item = Item { id, digest, actor: who, courses, told: kinds, happened_at, at_most };
    Ok(Reading::Said(Box::new(item)))
}

/// What a verb says, by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Completed,
    Failed,
    Scored,
}

impl Verb {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "completed" | "complete" | "passed" | "mastered" | "satisfied" => Self::Completed,
            "failed" => Self::Failed,
            "scored" | "evaluated" => Self::Scored,
            _ => return None,
        })
    }

    /// A completion that says itself that it was none, or none with success, does not count.
    fn completes(self, result: &Map<String, Value>) -> bool {
        let denied = |name: &str| result.get(name) == Some(&Value::Bool(false));
        self == Self::Completed && !denied("completion") && !denied("success")
    }
}

/// The content that makes a statement the same: everything but what stores add to it (xAPI part 2 §2.3.1).
fn content(told: &Map<String, Value>) -> String {
    let mut told = told.clone();
    told.retain(|name, _| !matches!(name.as_str(), "id" | "stored" | "authority" | "version"));
    digest(&Value::Object(told))
}

fn statement_id(value: &Value, field: &'static str) -> Result<String> {
    let id = value.as_str().filter(|text| text.len() == 36).and_then(|text| uuid::Uuid::parse_str(text).ok());
    id.map(|id| id.to_string())
        .ok_or_else(|| Error::invalid("statement.id", field, "The id of a statement is a UUID."))
}

fn missing(field: &'static str) -> Error {
    Error::invalid("statement.incomplete", field, format!("A statement needs {field}."))
}

/// The last part of an address, in lower case.
fn last_part(iri: &str) -> String {
    iri.trim_end_matches('/').rsplit(['/', '#', ':']).next().unwrap_or_default().to_ascii_lowercase()
}

/// Whether a member says this; Moodle's log store writes `objectType` as an array of one.
fn says(of: &Map<String, Value>, name: &str, wanted: &str) -> bool {
    match of.get(name) {
        Some(Value::String(text)) => text == wanted,
        Some(Value::Array(several)) => several.iter().any(|text| text.as_str() == Some(wanted)),
        _ => false,
    }
}

/// The one identifier of an agent; `None` for kinds that cannot be matched.
fn agent(of: &Map<String, Value>) -> Result<Option<Actor>> {
    let named =
        ["account", "mbox", "mbox_sha1sum", "openid"].into_iter().filter(|name| of.contains_key(*name));
    match named.count() {
        0 => return Err(Error::invalid("actor.missing", "actor", "The actor has no identifier.")),
        1 => {}
        _ => return Err(Error::invalid("actor.several", "actor", "The actor has several identifiers.")),
    }
    if let Some(account) = of.get("account") {
        let wrong = || Error::invalid("actor.account", "actor.account", "Give homePage and name.");
        let account = account.as_object().ok_or_else(wrong)?;
        let home_page = text(account, "homePage", MAX_IRI).ok_or_else(wrong)?.to_owned();
        let name = text(account, "name", MAX_NAME).ok_or_else(wrong)?.to_owned();
        return Ok(Some(Actor::Account { home_page, name }));
    }
    if of.contains_key("mbox") {
        let address = text(of, "mbox", 254 + 7).and_then(|mbox| mbox.strip_prefix("mailto:"));
        let address = address.filter(|address| address.contains('@'));
        let wrong = || Error::invalid("actor.mbox", "actor.mbox", "Write the address as mailto:….");
        return Ok(Some(Actor::Address(address.ok_or_else(wrong)?.to_owned())));
    }
    Ok(None)
}

fn is_course(activity: &Map<String, Value>) -> bool {
    let kind = object(activity, "definition").and_then(|definition| text(definition, "type", MAX_IRI));
    kind.is_some_and(|kind| COURSE_TYPES.contains(&kind))
        || text(activity, "id", MAX_IRI).is_some_and(|id| {
            // Moodle's and Brightspace's own addresses of courses.
            id.contains("/course/view.php?id=") || id.contains("/d2l/home/")
        })
}

fn context_courses(context: &Map<String, Value>) -> Vec<CourseName> {
    let Some(activities) = object(context, "contextActivities") else { return Vec::new() };
    let (mut sure, mut perhaps) = (Vec::new(), Vec::new());
    for relation in ["parent", "grouping", "category", "other"] {
        let several = match activities.get(relation) {
            Some(Value::Array(several)) => several.as_slice(),
            Some(one @ Value::Object(_)) => std::slice::from_ref(one),
            _ => &[],
        };
        for activity in several.iter().take(MAX_ACTIVITIES).filter_map(Value::as_object) {
            let Some(id) = text(activity, "id", MAX_IRI) else { continue };
            if is_course(activity) {
                sure.push(CourseName::Iri(id.to_owned()));
            } else {
                perhaps.push(CourseName::Perhaps(id.to_owned()));
            }
        }
    }
    sure.extend(perhaps);
    sure
}

/// Points given and possible. Points that begin elsewhere than at 0 are counted from where they begin.
fn score(result: &Map<String, Value>) -> Result<Option<(Decimal, Option<Decimal>)>> {
    let score = match result.get("score") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(score)) => score,
        Some(_) => return Err(Error::invalid("score.number", "result.score", "A score is an object.")),
    };
    let raw = decimal(score, "raw", "result.score.raw")?;
    let max = decimal(score, "max", "result.score.max")?;
    let min = decimal(score, "min", "result.score.min")?.unwrap_or_default();
    let scaled = decimal(score, "scaled", "result.score.scaled")?;
    if scaled.is_some_and(|scaled| scaled.abs() > Decimal::ONE) {
        return Err(Error::invalid("score.scaled", "result.score.scaled", "It lies between -1 and 1."));
    }
    if let (Some(raw), Some(max)) = (raw, max) {
        let (Some(given), Some(possible)) = (raw.checked_sub(min), max.checked_sub(min)) else {
            return Err(Error::invalid("score.number", "result.score", "The score is too large."));
        };
        // Nothing can be given: what Moodle sends of an ungraded activity.
        return Ok((possible > Decimal::ZERO).then_some((given, Some(possible))));
    }
    Ok(match (scaled, raw) {
        (Some(scaled), _) => Some((scaled, Some(Decimal::ONE))),
        (None, Some(raw)) => Some((raw, None)),
        (None, None) => None,
    })
}

/// Whether a learner, or content that runs in a learner's browser, may have written it; or Moodle tells of a change
/// without saying to what: its `course_module_completion_updated` comes for an undone completion too.
fn is_self_made(told: &Map<String, Value>, actor: &Map<String, Value>, context: &Map<String, Value>) -> bool {
    if let Some(authority) = object(told, "authority") {
        let members = authority.get("member").and_then(Value::as_array);
        let members = members.into_iter().flatten().filter_map(Value::as_object);
        if std::iter::once(authority).chain(members).any(|agent| is_same(agent, actor)) {
            return true;
        }
    }
    let info = object(context, "extensions").and_then(|extensions| object(extensions, MOODLE_INFO));
    let event = info.and_then(|info| info.get("event_name")).and_then(Value::as_str).unwrap_or_default();
    let event = event.trim_start_matches('\\');
    event.starts_with("mod_scorm\\")
        || event.starts_with("mod_h5pactivity\\")
        || event.starts_with("mod_hvp\\")
        || event.ends_with("\\course_module_completion_updated")
}

fn is_same(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    ["account", "mbox", "mbox_sha1sum", "openid"]
        .into_iter()
        .any(|name| one.get(name).is_some_and(|value| other.get(name) == Some(value)))
}
