//! Elsewhere: live placements of other courses whose rules name a course (`completed`, `score`). What happens in a
//! course is judged by its own placements at once; those that name it are found by what their rules were stored with
//! (`rule_course`), never across organizations, and follow by job or pass (design §4.3). A pass of theirs is no news
//! of their own course, so that rules which name each other's courses begin nothing anew.

use std::sync::Arc;

use criteria::{Rule, ScoreTest, Target, Test};
use sea_orm::ConnectionTrait;

use super::{
    pass::{self, Whom},
    reevaluation,
};
use crate::{
    app::{App, NamedBy},
    error::{Error, Result},
    ids::{CourseId, LearnerId, OrganizationId, PassId},
    store::{
        WriteTx,
        entity::{pass::PassCause, placement::PlacementState, signal},
        placement as placements,
    },
};

/// The live placements of other courses whose rules name this one; cached.
///
/// # Errors
/// Only ours: a stored rule that does not read.
pub async fn that_name(
    app: &App,
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
) -> Result<Arc<Vec<NamedBy>>> {
    let key = (organization, course);
    if let Some(known) = app.caches.named.get(&key) {
        return Ok(known);
    }
    let since = app.caches.since();
    let mut found = Vec::new();
    for (placement, rule) in placements::that_name(db, organization, course).await? {
        // What is for the whole organization is judged wherever something happens.
        let own = placement.course_id.filter(|own| *own != course);
        if let Some(own) = own.filter(|_| placement.state == PlacementState::Live) {
            let rule = Rule::parse(&rule.rule).map_err(Error::internal)?;
            found.push(NamedBy { placement: placement.id, course: own, rule });
        }
    }
    let found = Arc::new(found);
    app.caches.keep(&app.caches.named, key, Arc::clone(&found), since);
    Ok(found)
}

/// What a rule asks about a course that it names.
pub fn asked_of(rule: &Rule, course: CourseId) -> impl Iterator<Item = &Test> {
    let is_meant = move |test: &&Test| target_of(test).is_some_and(|target| target.course == Some(course.0));
    rule.nodes().map(|(_, node)| &node.test).filter(is_meant)
}

fn target_of(test: &Test) -> Option<&Target> {
    match test {
        Test::Completed(target) | Test::Score(ScoreTest { target, .. }) => Some(target),
        _ => None,
    }
}

/// Something was heard of a learner in a course: where a rule elsewhere asks for just that, they are evaluated there.
///
/// # Errors
/// Only ours.
pub async fn heard(
    app: &App,
    tx: &WriteTx,
    organization: OrganizationId,
    course: CourseId,
    rows: &[signal::Model],
) -> Result<()> {
    let named = that_name(app, tx, organization, course).await?;
    let is_asked = |row: &signal::Model| {
        let mut tests = named.iter().flat_map(|one| asked_of(&one.rule, course));
        tests.any(|test| {
            let kind = if matches!(test, Test::Score(_)) { "score" } else { "completed" };
            row.kind == kind
                && target_of(test).is_some_and(|target| target.subject.to_string() == row.subject)
        })
    };
    let mut learners: Vec<LearnerId> =
        rows.iter().filter(|row| is_asked(row)).map(|row| row.learner_id).collect();
    learners.sort_unstable();
    learners.dedup();
    reevaluation::enqueue_learners(app, tx, organization, &learners).await
}

/// Much was read of a course: everybody is weighed by the placements elsewhere that name it.
///
/// # Errors
/// Only ours.
pub async fn begin_passes(
    app: &App,
    tx: &WriteTx,
    organization: OrganizationId,
    course: CourseId,
    cause: PassCause,
) -> Result<Vec<PassId>> {
    let named = that_name(app, tx, organization, course).await?;
    let mut begun = Vec::with_capacity(named.len());
    for one in named.iter() {
        let whom = Whom { course: Some(one.course), placement: Some(one.placement) };
        begun.push(pass::begin(app, tx, organization, whom, cause).await?);
    }
    Ok(begun)
}
