//! Scores (lti-1.3-tool.md §17.4): checked, stored, and turned into a grade the way the product does.

use chrono::{DateTime, Timelike as _, Utc};
use serde_json::{Number, Value, json};

use super::{
    Call, Grade, LineItem, LineItemId, Quirks, Reply, Score,
    gradebook::number,
    line_items::find,
    quirks::{Partial, ScoreAnswer},
    results::result_url,
};
use crate::{
    course::{UserId, World},
    lms::{Lms, lock},
};

const ACTIVITY: [&str; 5] = ["Initialized", "Started", "InProgress", "Submitted", "Completed"];
const GRADING: [&str; 5] = ["FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"];

pub(super) fn post(lms: &Lms, call: &Call<'_>, id: LineItemId) -> Reply {
    let Some(item) = find(lms, call, id) else {
        return Reply::refuse(404, "There is no such line item.");
    };
    if item.client_id.as_ref() != Some(&call.tool.client_id) {
        return Reply::refuse(403, "This column cannot be changed.");
    }
    let score = match parse(lms, call) {
        Ok(score) => score,
        Err(sentence) => return Reply::refuse(400, &sentence),
    };
    if !gradable(lms, call, &score.user) {
        return Reply::refuse(
            call.quirks.not_gradable_status,
            "Incorrect score received: not a student here.",
        );
    }
    let mut gradebook = lock(&lms.services.gradebook);
    let newest = {
        let (told, arrived) = gradebook.latest(id, &score.user).unzip();
        let arrived = arrived.filter(|_| call.quirks.arrival_blocks);
        let manual =
            gradebook.grade(id, &score.user).filter(|grade| grade.by.is_some()).map(|grade| grade.at);
        let manual = manual.filter(|_| call.quirks.manual_grade_blocks);
        told.into_iter().chain(arrived).chain(manual).max()
    };
    if newest.is_some_and(|newest| !is_newer(&call.quirks, score.timestamp, newest)) {
        return Reply::refuse(
            call.quirks.stale_status,
            "A score with this timestamp or a newer one is there.",
        );
    }
    match effect(&call.quirks, &item, &score) {
        Effect::Nothing => {}
        Effect::Clear => gradebook.set_grade(id, score.user.clone(), None),
        Effect::Set(value) => {
            let grade = Grade { score: value, comment: score.comment.clone(), by: None, at: score.timestamp };
            gradebook.set_grade(id, score.user.clone(), Some(grade));
        }
    }
    let user = score.user.clone();
    gradebook.keep(id, score);
    match call.quirks.score_answer {
        ScoreAnswer::Empty => Reply::empty(call.quirks.score_status),
        ScoreAnswer::ResultUrl => {
            let url = result_url(lms, call, &item, &lms.shaped(&user, call.quirks.subjects));
            Reply::json(call.quirks.score_status, "application/json", &json!({"resultUrl": url}))
        }
    }
}

/// The body as a score; the refusal is a sentence.
fn parse(lms: &Lms, call: &Call<'_>) -> Result<Score, String> {
    let body: Value = serde_json::from_slice(&call.request.body).map_err(|error| error.to_string())?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let user = text("userId").filter(|user| !user.is_empty()).ok_or("userId is missing")?;
    let timestamp = text("timestamp").ok_or("timestamp is missing")?;
    let has_fraction =
        timestamp.rsplit_once('.').is_some_and(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit()));
    if call.quirks.needs_fraction && !has_fraction {
        return Err("timestamp must have digits below the second".to_owned());
    }
    let timestamp = DateTime::parse_from_rfc3339(timestamp)
        .map_err(|error| format!("timestamp must be a time with its zone: {error}"))?;
    let word = |name: &str, known: &[&str]| {
        text(name)
            .filter(|word| known.contains(word))
            .map(str::to_owned)
            .ok_or_else(|| format!("{name} must be one of {}", known.join(", ")))
    };
    let amount = |name: &str| match body.get(name) {
        None => Ok(None),
        Some(Value::Number(amount)) => Ok(Some(amount.clone())),
        Some(_) => Err(format!("{name} must be a number")),
    };
    let (given, maximum) = (amount("scoreGiven")?, amount("scoreMaximum")?);
    let value = |amount: &Option<Number>| amount.as_ref().and_then(Number::as_f64);
    if value(&given).is_some_and(|given| given < 0.0) {
        return Err("scoreGiven must not be negative".to_owned());
    }
    if value(&maximum).is_some_and(|maximum| maximum <= 0.0) || (given.is_some() && maximum.is_none()) {
        return Err("scoreMaximum must be above 0 and come with scoreGiven".to_owned());
    }
    if body.get("scoringUserId").is_some_and(|user| user.as_str().is_none_or(str::is_empty)) {
        return Err("scoringUserId must be text".to_owned());
    }
    if let Some(submission) = body.get("submission") {
        check_submission(submission)?;
    }
    let comment = match body.get("comment") {
        None | Some(Value::Null) => None,
        Some(Value::String(comment)) => Some(comment.clone()),
        Some(_) => return Err("comment must be text".to_owned()),
    };
    Ok(Score {
        user: lms.behind(user),
        timestamp: timestamp.with_timezone(&Utc),
        arrived: call.now,
        activity_progress: word("activityProgress", &ACTIVITY)?,
        grading_progress: word("gradingProgress", &GRADING)?,
        given,
        maximum,
        comment,
        body,
    })
}

/// `startedAt` and `submittedAt` are times, in this order.
fn check_submission(submission: &Value) -> Result<(), String> {
    let time = |name: &str| match submission.get(name).map(Value::as_str) {
        None => Ok(None),
        Some(Some(text)) => {
            DateTime::parse_from_rfc3339(text).map(Some).map_err(|error| format!("{name}: {error}"))
        }
        Some(None) => Err(format!("{name} must be text")),
    };
    match (time("startedAt")?, time("submittedAt")?) {
        (Some(started), Some(submitted)) if submitted < started => {
            Err("submittedAt must not be before startedAt".to_owned())
        }
        _ => Ok(()),
    }
}

/// Whether somebody can have a grade in this course: enrolled, and not as staff.
fn gradable(lms: &Lms, call: &Call<'_>, user: &UserId) -> bool {
    lms.world(|world| {
        world
            .course(call.course.as_str())
            .is_some_and(|course| course.roles.contains_key(user) && !World::is_staff(course, user))
    })
}

fn is_newer(quirks: &Quirks, timestamp: DateTime<Utc>, newest: DateTime<Utc>) -> bool {
    if quirks.whole_seconds {
        let whole = |time: DateTime<Utc>| time.with_nanosecond(0).unwrap_or(time);
        return whole(timestamp) > whole(newest);
    }
    timestamp > newest
}

enum Effect {
    Nothing,
    Clear,
    Set(Number),
}

/// What a score does to the grade.
fn effect(quirks: &Quirks, item: &LineItem, score: &Score) -> Effect {
    let counts = score.grading_progress == "FullyGraded"
        || (quirks.partial == Partial::PendingManualCounts && score.grading_progress == "PendingManual");
    match (&score.given, counts) {
        (_, false) if quirks.partial == Partial::Clears => Effect::Clear,
        (None, _) if quirks.absent_score_clears => Effect::Clear,
        (Some(given), true) => Effect::Set(scaled(quirks, item, given, score.maximum.as_ref())),
        _ => Effect::Nothing,
    }
}

/// A score on the column's own scale; untouched where the scales are the same.
fn scaled(quirks: &Quirks, item: &LineItem, given: &Number, maximum: Option<&Number>) -> Number {
    let (value, scale) = (given.as_f64().unwrap_or_default(), item.maximum());
    let maximum = maximum.and_then(Number::as_f64).unwrap_or(scale);
    if quirks.clamps_scores && value > maximum {
        return number(scale);
    }
    if maximum.to_bits() == scale.to_bits() { given.clone() } else { number(value / maximum * scale) }
}
