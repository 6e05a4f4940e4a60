//! What the evaluator hears of learners: stored signals, their roles and their groups, as `criteria` reads them.
//!
//! Releases read from a link's roster are kept and not weighed yet: the first pass of a rule about them waits for
//! a person's click (design §5, the breaker), which nobody can give so far.

use std::collections::HashMap;

use criteria::{Channel, Form, Kind, Membership, Signal, Strength, Test};
use sea_orm::ConnectionTrait;
use serde_json::Value;

use crate::{
    app::Live,
    error::{Error, Result},
    ids::{CourseGroupId, CourseId, LearnerId, OrganizationId},
    store::{
        course_group as groups,
        entity::{
            award::{self, AwardState},
            enrollment, learner, signal,
        },
        signal as signals,
    },
};

/// The kind of readings that are not weighed yet.
pub const RELEASED: &str = "released";

/// Everything heard of a learner, as the evaluator sees it; roles come from the enrollment. Awards
/// ([`held`]) are the caller's to add.
///
/// # Errors
/// Only ours: a stored signal that does not read.
pub async fn heard_of(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    learner: &learner::Model,
    enrollment: Option<&enrollment::Model>,
) -> Result<Vec<Signal>> {
    let rows = signals::of_learner(db, organization, learner.id).await?;
    let mut heard = rows.iter().filter_map(|row| read_signal(row).transpose()).collect::<Result<Vec<_>>>()?;
    heard.extend(enrollment.map(role_signal));
    Ok(heard)
}

/// A learner's current awards, as far as rules may ask for them.
///
/// # Errors
/// Only ours: a stored award that does not read.
pub fn held(awards: &[award::Model]) -> Result<Vec<Signal>> {
    let is_current =
        |award: &&award::Model| matches!(award.state, AwardState::Active | AwardState::WaitingForAddress);
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
    awards.iter().filter(is_current).map(signal).collect()
}

/// As [`heard_of`] for many; without roles.
///
/// # Errors
/// As [`heard_of`].
pub async fn heard_of_many(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    learners: impl IntoIterator<Item = LearnerId>,
) -> Result<HashMap<LearnerId, Vec<Signal>>> {
    let mut told: HashMap<LearnerId, Vec<Signal>> = HashMap::new();
    for row in signals::of_learners(db, organization, learners).await? {
        told.entry(row.learner_id).or_default().extend(read_signal(&row)?);
    }
    Ok(told)
}

/// In which groups of a course learners are, where a live rule asks for it. While the platform has told of no
/// groups nobody knows, and there is no signal.
///
/// # Errors
/// Only the database's.
pub async fn groups_of_many(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
    live: &Live,
    learners: &[LearnerId],
) -> Result<HashMap<LearnerId, Signal>> {
    let asks = |test: &Test| matches!(test, Test::MemberOf { of: Membership::Group, .. });
    if !live.placements.iter().any(|placed| placed.rule.nodes().any(|(_, node)| asks(&node.test))) {
        return Ok(HashMap::new());
    }
    let known = groups::of_course(db, organization, course).await?;
    let Some(heard_at) = known.iter().map(|group| group.created_at).max() else { return Ok(HashMap::new()) };
    let names: HashMap<CourseGroupId, String> =
        known.into_iter().map(|group| (group.id, group.group_id)).collect();
    let mut ids: HashMap<LearnerId, Vec<String>> = HashMap::new();
    for row in groups::of_learners(db, organization, course, learners.iter().copied()).await? {
        ids.entry(row.learner_id).or_default().extend(names.get(&row.course_group_id).cloned());
    }
    let signal = |learner: &LearnerId| Signal {
        id: learner.0,
        kind: Kind::Member { of: Membership::Group, ids: ids.remove(learner).unwrap_or_default() },
        form: Form::Reading,
        course: Some(course.0),
        channel: Channel::Roster,
        source: String::new(),
        strength: Strength::Medium,
        happened_at: heard_at,
        heard_at,
        not_before: None,
    };
    Ok(learners.iter().copied().zip(learners.iter().map(signal)).collect())
}

/// A stored signal as the evaluator reads it; `None` for what is kept and not weighed yet.
fn read_signal(row: &signal::Model) -> Result<Option<Signal>> {
    if row.kind == RELEASED {
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
        not_before: None,
    }))
}

/// What an enrollment says of the learner's roles.
#[must_use]
pub fn role_signal(enrollment: &enrollment::Model) -> Signal {
    let now_roles = enrollment.roles_seen.get("now").and_then(Value::as_array);
    let mut names = vec![permission_word(&enrollment.permission).to_owned()];
    names.extend(now_roles.into_iter().flatten().filter_map(|role| role.as_str().map(str::to_owned)));
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

/// The word a rule's `role` node uses for a permission.
fn permission_word(permission: &str) -> &str {
    match permission {
        "learn" => "learner",
        "teach" | "author" | "grade" => "instructor",
        "observe" => "observer",
        other => other,
    }
}
