//! Canvas's own interface: which addresses to ask, and what the answers say. Pure.
//!
//! Shapes from Canvas's source (`instructure/canvas-lms`: `app/models/course_progress.rb`,
//! `lib/api/v1/{user,enrollment}.rb`, `doc/api/{throttling,pagination}.md`): bulk progress of all students,
//! enrolments with `grades`, assignments, submissions of all students. Lists come in pages by `Link`, whose addresses are
//! opaque. Throttled requests say 403 with words; so does somebody who may not.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use criteria::{ScoreState, Subject};
use lti::services::Answer;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{
    fault::{Fault, Why},
    loose::{Entry, List, Scalar},
    told::{Came, Page, Said, Told},
};

/// What is accepted.
pub const ACCEPT: &str = "application/json";
/// Entries asked for in one page; Canvas gives no more.
const PER_PAGE: u32 = 100;
/// Assignments asked for in one list, so that addresses stay short.
pub const ASSIGNMENTS_AT_ONCE: usize = 50;

/// The scopes that the requests need, as a developer key lists them.
pub const SCOPES: [&str; 5] = [
    "url:GET|/api/v1/courses/:id",
    "url:GET|/api/v1/courses/:course_id/bulk_user_progress",
    "url:GET|/api/v1/courses/:course_id/enrollments",
    "url:GET|/api/v1/courses/:course_id/assignments",
    "url:GET|/api/v1/courses/:course_id/students/submissions",
];

/// Where a course tells of itself.
#[must_use]
pub fn course_url(base: &str, course: &str) -> String {
    format!("{base}/api/v1/courses/{course}")
}

/// Where the progress of all students is.
#[must_use]
pub fn progress_url(base: &str, course: &str) -> String {
    format!("{base}/api/v1/courses/{course}/bulk_user_progress?per_page={PER_PAGE}")
}

/// Where the students are with their scores.
#[must_use]
pub fn enrollments_url(base: &str, course: &str) -> String {
    format!(
        "{base}/api/v1/courses/{course}/enrollments?type%5B%5D=StudentEnrollment&state%5B%5D=active\
         &state%5B%5D=completed&per_page={PER_PAGE}"
    )
}

/// Where these assignments are.
#[must_use]
pub fn assignments_url(base: &str, course: &str, assignments: &[&str]) -> String {
    let ids = listed("assignment_ids", assignments);
    format!("{base}/api/v1/courses/{course}/assignments?per_page={PER_PAGE}{ids}")
}

/// Where everybody's submissions of these assignments are.
#[must_use]
pub fn submissions_url(base: &str, course: &str, assignments: &[&str]) -> String {
    let ids = listed("assignment_ids", assignments);
    format!(
        "{base}/api/v1/courses/{course}/students/submissions?student_ids%5B%5D=all&per_page={PER_PAGE}{ids}"
    )
}

fn listed(name: &str, ids: &[&str]) -> String {
    ids.iter().map(|id| format!("&{name}%5B%5D={id}")).collect()
}

/// Where a refresh token becomes an access token, which holds for an hour.
#[must_use]
pub fn token_url(base: &str) -> String {
    format!("{base}/login/oauth2/token")
}

/// The number of a course in an address of Canvas's LTI services (`/api/lti/courses/123/names_and_roles`).
#[must_use]
pub fn course_of_service(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("/api/lti/courses/")?;
    let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let is_whole =
        rest.get(number.len()..).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    is_whole.then(|| Scalar::Text(number).id()).flatten()
}

/// Judges an answer by its status.
///
/// # Errors
/// [`Fault`]: why nothing can be read from it.
pub fn judge(answer: &Answer<'_>, now: DateTime<Utc>) -> Result<(), Fault> {
    let status = answer.status;
    let wait = || answer.retry_after(now);
    Err(match status {
        200..=299 => return Ok(()),
        401 => match words(answer) {
            Words::Scope => Fault::of(Why::ScopeMissing, status),
            Words::NotAllowed => Fault::of(Why::Forbidden, status),
            _ => Fault::of(Why::TokenRefused, status),
        },
        403 => match words(answer) {
            Words::Throttled => Fault::of(Why::Busy, status).after(wait()),
            Words::Scope => Fault::of(Why::ScopeMissing, status),
            _ => Fault::of(Why::Forbidden, status),
        },
        404 if is_json(answer) => Fault::of(Why::CourseNotFound, status),
        300..=399 | 404 | 405 | 410 => Fault::of(Why::NotThere, status),
        429 => Fault::of(Why::Busy, status).after(wait()),
        408 | 425 | 500..=599 => Fault::of(Why::Unavailable, status).after(wait()),
        _ => Fault::of(Why::Refused, status),
    })
}

/// What Canvas's refusals mean; it says them in sentences.
enum Words {
    Scope,
    NotAllowed,
    Throttled,
    Other,
}

fn words(answer: &Answer<'_>) -> Words {
    // Refusals are short; nobody's data is in them.
    let text = String::from_utf8_lossy(answer.body.get(..2_048).unwrap_or(answer.body)).to_ascii_lowercase();
    if text.contains("rate limit") {
        Words::Throttled
    } else if text.contains("insufficient scope") {
        Words::Scope
    } else if text.contains("not authorized") || text.contains("\"unauthorized\"") {
        Words::NotAllowed
    } else {
        Words::Other
    }
}

fn is_json(answer: &Answer<'_>) -> bool {
    answer
        .body
        .iter()
        .find(|byte| !byte.is_ascii_whitespace())
        .is_some_and(|byte| matches!(byte, b'{' | b'['))
}

fn list<T: serde::de::DeserializeOwned>(
    answer: &Answer<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<Entry<T>>, Fault> {
    judge(answer, now)?;
    if !is_json(answer) {
        return Err(Fault::of(Why::NotThere, answer.status));
    }
    let read: Result<List<T>, _> = serde_json::from_slice(answer.body);
    read.ok().and_then(|list| list.0).ok_or_else(|| Fault::of(Why::Unreadable, answer.status))
}

fn entry<T: serde::de::DeserializeOwned>(answer: &Answer<'_>, now: DateTime<Utc>) -> Result<T, Fault> {
    judge(answer, now)?;
    if !is_json(answer) {
        return Err(Fault::of(Why::NotThere, answer.status));
    }
    let read: Result<Entry<T>, _> = serde_json::from_slice(answer.body);
    read.ok().and_then(|entry| entry.0).ok_or_else(|| Fault::of(Why::Unreadable, answer.status))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawUser {
    id: Scalar,
    progress: Entry<RawProgress>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawProgress {
    requirement_count: Scalar,
    requirement_completed_count: Scalar,
    completed_at: Scalar,
    error: Entry<serde::de::IgnoredAny>,
}

/// Who has completed the course: every requirement of its modules, and there are some.
///
/// # Errors
/// [`Fault`]; [`Why::NoCompletion`] where the course has no modules with requirements.
pub fn progress(answer: &Answer<'_>, now: DateTime<Utc>) -> Result<Page<Told>, Fault> {
    if answer.status == 400 && is_json(answer) {
        return Err(Fault::of(Why::NoCompletion, 400));
    }
    let entries = list::<RawUser>(answer, now)?;
    Ok(Page::of(entries, |entry| {
        let Some((user, progress)) = entry.0.and_then(|raw| Some((raw.id.id()?, raw.progress.0?))) else {
            return Came::Unreadable;
        };
        if progress.error.0.is_some() {
            // Somebody who is no student here.
            return Came::Nothing;
        }
        let (wanted, done) =
            (progress.requirement_count.count(), progress.requirement_completed_count.count());
        let Some((wanted, done)) = wanted.zip(done) else { return Came::Unreadable };
        let done = wanted > 0 && done >= wanted;
        let said = Said::Completed { subject: Subject::Course, done };
        let at = progress.completed_at.moment().filter(|_| done);
        Came::Item(Told { user, said, at })
    }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawEnrollment {
    user_id: Scalar,
    r#type: Scalar,
    grades: Entry<BTreeMap<String, Scalar>>,
}

/// The students with their final scores, in percent: what was not handed in counts as nothing, and a score that
/// somebody set instead counts before the computed one.
///
/// # Errors
/// [`Fault`]; [`Why::Forbidden`] where the account may see students but no grades.
pub fn enrollments(answer: &Answer<'_>, now: DateTime<Utc>) -> Result<Page<Told>, Fault> {
    let entries = list::<RawEnrollment>(answer, now)?;
    let mut is_hidden = false;
    let page = Page::of(entries, |entry| {
        let Some(raw) = entry.0 else { return Came::Unreadable };
        if raw.r#type.text().is_some_and(|kind| kind != "StudentEnrollment") {
            return Came::Nothing;
        }
        let Some((user, grades)) = raw.user_id.id().zip(raw.grades.0) else { return Came::Unreadable };
        let Some(computed) = grades.get("final_score") else {
            is_hidden = true;
            return Came::Nothing;
        };
        let set = grades.get("override_score").and_then(Scalar::decimal);
        let given = match (set, computed) {
            (Some(set), _) => Some(set),
            (None, Scalar::Absent) => None,
            (None, computed) => match computed.decimal() {
                Some(given) => Some(given),
                None => return Came::Unreadable,
            },
        };
        let state = if given.is_some() { ScoreState::Graded } else { ScoreState::Missing };
        let maximum = Some(Decimal::ONE_HUNDRED);
        let said = Said::Score { subject: Subject::Course, given, maximum, state };
        Came::Item(Told { user, said, at: None })
    });
    if is_hidden && page.items.is_empty() {
        return Err(Fault::of(Why::Forbidden, answer.status).said("grades"));
    }
    Ok(page)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawAssignment {
    id: Scalar,
    name: Scalar,
    points_possible: Scalar,
    external_tool_tag_attributes: Entry<RawTool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawTool {
    url: Scalar,
}

/// An assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its number.
    pub id: String,
    /// Its heading.
    pub name: Option<String>,
    /// The most that can be given.
    pub maximum: Option<Decimal>,
    /// The tool behind it.
    pub tool_url: Option<String>,
}

/// Assignments.
///
/// # Errors
/// [`Fault`].
pub fn assignments(answer: &Answer<'_>, now: DateTime<Utc>) -> Result<Page<Assignment>, Fault> {
    let entries = list::<RawAssignment>(answer, now)?;
    Ok(Page::of(entries, |entry| {
        let read = entry.0.and_then(|raw| {
            Some(Assignment {
                id: raw.id.id()?,
                name: raw.name.text().map(str::to_owned),
                maximum: raw.points_possible.decimal().filter(|maximum| *maximum > Decimal::ZERO),
                tool_url: raw
                    .external_tool_tag_attributes
                    .0
                    .and_then(|tool| tool.url.text().map(str::to_owned)),
            })
        });
        read.into()
    }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawSubmission {
    user_id: Scalar,
    assignment_id: Scalar,
    score: Scalar,
    excused: Scalar,
    workflow_state: Scalar,
    graded_at: Scalar,
    posted_at: Scalar,
}

/// Scores of assignments, of which the caller knows the most that can be given. A score that students do not see yet
/// is unreleased; one of an earlier attempt while the newest waits for a person is missing.
///
/// # Errors
/// [`Fault`].
pub fn submissions(
    answer: &Answer<'_>,
    maxima: &BTreeMap<String, Option<Decimal>>,
    now: DateTime<Utc>,
) -> Result<Page<Told>, Fault> {
    let entries = list::<RawSubmission>(answer, now)?;
    Ok(Page::of(entries, |entry| {
        let Some(raw) = entry.0 else { return Came::Unreadable };
        let Some((user, assignment)) = raw.user_id.id().zip(raw.assignment_id.id()) else {
            return Came::Unreadable;
        };
        let Some(maximum) = maxima.get(&assignment) else { return Came::Nothing };
        let given = match &raw.score {
            Scalar::Absent => None,
            score => match score.decimal() {
                Some(given) => Some(given),
                None => return Came::Unreadable,
            },
        };
        let is_graded = raw.workflow_state.text() == Some("graded");
        let state = match given {
            _ if raw.excused.flag() == Some(true) => ScoreState::Excused,
            Some(_) if is_graded && raw.posted_at.moment().is_some() => ScoreState::Graded,
            Some(_) if is_graded => ScoreState::Unreleased,
            _ => ScoreState::Missing,
        };
        let counts = state == ScoreState::Graded;
        let said = Said::Score {
            subject: Subject::Activity(assignment),
            given: given.filter(|_| counts),
            maximum: *maximum,
            state,
        };
        Came::Item(Told { user, said, at: raw.graded_at.moment().filter(|_| counts) })
    }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawCourse {
    id: Scalar,
    name: Scalar,
    course_code: Scalar,
}

/// How a course is called there: its number, title and short name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// Its number.
    pub id: String,
    /// Its title.
    pub name: Option<String>,
    /// Its short name.
    pub code: Option<String>,
}

/// A course.
///
/// # Errors
/// [`Fault`].
pub fn course(answer: &Answer<'_>, now: DateTime<Utc>) -> Result<Course, Fault> {
    let raw: RawCourse = entry(answer, now)?;
    let own = |text: &Scalar| text.text().map(str::to_owned);
    let id = raw.id.id().ok_or_else(|| Fault::of(Why::Unreadable, answer.status))?;
    Ok(Course { id, name: own(&raw.name), code: own(&raw.course_code) })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawToken {
    access_token: Scalar,
}

/// The access token that a refresh token was exchanged for.
///
/// # Errors
/// [`Why::TokenRefused`] where the developer key or the refresh token is not taken (400 `invalid_grant`,
/// 401 `invalid_client`).
pub fn token(answer: &Answer<'_>, now: DateTime<Utc>) -> Result<String, Fault> {
    if matches!(answer.status, 400 | 401) && is_json(answer) {
        return Err(Fault::of(Why::TokenRefused, answer.status));
    }
    let raw: RawToken = entry(answer, now)?;
    let token = raw.access_token.text().map(str::to_owned);
    token.ok_or_else(|| Fault::of(Why::Unreadable, answer.status))
}
