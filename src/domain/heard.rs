//! The hearing: everything the evaluator hears of learners, as `criteria` reads it (stored signals, roles, groups and
//! awards), for one or for a chunk at the same few statements. Whoever judges a rule hears by [`hear`], so that
//! pages, dry runs and awards never know different things.

use std::collections::{HashMap, HashSet};

use criteria::{Channel, Form, Kind, Membership, Rule, Signal, Strength, Test};
use sea_orm::ConnectionTrait;
use serde_json::Value;

use crate::{
    error::{Error, Result},
    ids::{CourseGroupId, CourseId, LearnerId, OrganizationId},
    store::{
        course_group as groups,
        entity::{award, enrollment, signal},
        signal as signals,
    },
};

/// The kind of a link's roster's readings.
pub const RELEASED: &str = "released";

/// Somebody who is to be heard, with what the caller has read of them.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Who.
    pub learner: LearnerId,
    /// Their standing in the course that it is about; in several for the whole organization.
    pub enrollments: &'a [enrollment::Model],
    /// Their awards, in whatever state.
    pub awards: &'a [award::Model],
}

/// Everything heard of these learners: stored signals of every course, roles and (where one of the rules asks) groups
/// of the courses in which their standing is known, and awards. One statement, and two more for each course whose
/// groups are asked for, however many learners.
///
/// # Errors
/// Only ours: something stored that does not read.
pub async fn hear<'r>(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    rules: impl IntoIterator<Item = &'r Rule>,
    people: &[Known<'_>],
) -> Result<HashMap<LearnerId, Vec<Signal>>> {
    let mut told: HashMap<LearnerId, Vec<Signal>> = HashMap::with_capacity(people.len());
    for row in signals::of_learners(db, organization, people.iter().map(|known| known.learner)).await? {
        told.entry(row.learner_id).or_default().extend(read_signal(&row)?);
    }
    for known in people {
        let heard = told.entry(known.learner).or_default();
        heard.extend(known.enrollments.iter().map(role_signal));
        heard.extend(held(known.awards)?);
    }
    let asks = |test: &Test| matches!(test, Test::MemberOf { of: Membership::Group, .. });
    if rules.into_iter().any(|rule| rule.nodes().any(|(_, node)| asks(&node.test))) {
        let enrolled = people.iter().flat_map(|known| known.enrollments);
        let courses: HashSet<CourseId> = enrolled.clone().map(|row| row.course_id).collect();
        for course in courses {
            let here = enrolled.clone().filter(|row| row.course_id == course).map(|row| row.learner_id);
            for (learner, signal) in groups_of(db, organization, course, here.collect()).await? {
                told.entry(learner).or_default().push(signal);
            }
        }
    }
    Ok(told)
}

/// As [`hear`] for one.
///
/// # Errors
/// As [`hear`].
pub async fn hear_one<'r>(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    rules: impl IntoIterator<Item = &'r Rule>,
    known: Known<'_>,
) -> Result<Vec<Signal>> {
    Ok(hear(db, organization, rules, &[known]).await?.remove(&known.learner).unwrap_or_default())
}

/// A learner's current awards, as far as rules may ask for them.
///
/// # Errors
/// Only ours: a stored award that does not read.
pub fn held(awards: &[award::Model]) -> Result<Vec<Signal>> {
    let signal = |award: &award::Model| {
        Ok(Signal {
            id: award.id.0,
            kind: Kind::Held { achievement: award.achievement_id.0, expires_at: award.valid_until },
            form: Form::Event,
            course: None,
            channel: Channel::Award,
            source: String::new(),
            strength: Strength::try_from(award.strength).map_err(Error::internal)?,
            happened_at: award.awarded_at,
            heard_at: award.created_at,
            not_before: None,
        })
    };
    awards.iter().filter(|award| award.is_current()).map(signal).collect()
}

/// In which groups of a course learners are. While the platform has told of no groups nobody knows, and there is no
/// signal.
async fn groups_of(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
    learners: Vec<LearnerId>,
) -> Result<Vec<(LearnerId, Signal)>> {
    let known = groups::of_course(db, organization, course).await?;
    let Some(heard_at) = known.iter().map(|group| group.created_at).max() else { return Ok(Vec::new()) };
    let names: HashMap<CourseGroupId, String> =
        known.into_iter().map(|group| (group.id, group.group_id)).collect();
    let mut ids: HashMap<LearnerId, Vec<String>> = HashMap::new();
    for row in groups::of_learners(db, organization, course, learners.iter().copied()).await? {
        ids.entry(row.learner_id).or_default().extend(names.get(&row.course_group_id).cloned());
    }
    let signal = |learner: LearnerId| Signal {
        id: learner.0,
        kind: Kind::Member { of: Membership::Group, ids: ids.remove(&learner).unwrap_or_default() },
        form: Form::Reading,
        course: Some(course.0),
        channel: Channel::Roster,
        source: String::new(),
        strength: Strength::Medium,
        happened_at: heard_at,
        heard_at,
        not_before: None,
    };
    Ok(learners.iter().copied().zip(learners.iter().copied().map(signal)).collect())
}

/// A stored signal as the evaluator reads it; `None` for a link that a roster says is closed now, which is no release,
/// and for a completion that was taken back, which is none.
fn read_signal(row: &signal::Model) -> Result<Option<Signal>> {
    let is_false = |name: &str| row.value.get(name) == Some(&Value::Bool(false));
    if (row.kind == RELEASED && is_false("open")) || is_false("done") {
        return Ok(None);
    }
    let said = row.value.get("said").cloned().unwrap_or(Value::Null);
    let kind: Kind = serde_json::from_value(said).map_err(Error::internal)?;
    Ok(Some(Signal {
        id: row.id.0,
        kind,
        form: match row.form {
            signal::SignalForm::Event => Form::Event,
            signal::SignalForm::Reading => Form::Reading,
        },
        course: row.course_id.map(|course| course.0),
        channel: row.channel.parse().map_err(Error::internal)?,
        source: row.value.get("by").and_then(Value::as_str).unwrap_or(&row.source).to_owned(),
        strength: Strength::try_from(row.strength).map_err(Error::internal)?,
        happened_at: row.happened_at,
        heard_at: row.heard_at,
        not_before: row.not_before,
    }))
}

/// What an enrollment says of the learner's roles.
#[must_use]
pub fn role_signal(enrollment: &enrollment::Model) -> Signal {
    let names = roles_of(enrollment);
    Signal {
        id: enrollment.id.0,
        kind: Kind::Role { names },
        form: Form::Reading,
        course: Some(enrollment.course_id.0),
        // A digest is what a launch leaves: without one only the roster has told us.
        channel: match enrollment.digest.is_empty() && enrollment.roster_run.is_some() {
            true => Channel::Roster,
            false => Channel::Launch,
        },
        source: String::new(),
        strength: Strength::Weak,
        happened_at: enrollment.last_seen_at,
        heard_at: enrollment.last_seen_at,
        not_before: None,
    }
}

/// The roles that somebody has in a course now, by the names that rules use.
#[must_use]
pub fn roles_of(enrollment: &enrollment::Model) -> Vec<String> {
    let now_roles = enrollment.roles_seen.get("now").and_then(Value::as_array);
    let mut names = vec![permission_word(&enrollment.permission).to_owned()];
    names.extend(now_roles.into_iter().flatten().filter_map(|role| role.as_str().map(str::to_owned)));
    names
}

/// The word a rule's `role` node uses for a permission.
fn permission_word(permission: &str) -> &str {
    match permission {
        "learn" => "learner",
        "teach" | "author" | "grade" => "instructor",
        "observe" => "observer",
        other => other,
    }
}
