//! Evaluating again: the jobs by which rules are looked at without a launch or an event. `jobs/evaluate.rs` runs
//! them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::rule;
use crate::{
    app::{App, LivePlacement},
    error::Result,
    ids::{LearnerId, OrganizationId, PlacementId},
    outbox::{self, NewJob, Payload},
    store::{
        WriteTx,
        entity::{award, learner},
    },
};

/// Queues an evaluation of each of these learners, in every course of theirs.
///
/// # Errors
/// Only the database's.
pub async fn enqueue_learners(
    app: &App,
    tx: &WriteTx,
    organization: OrganizationId,
    learners: &[LearnerId],
) -> Result<()> {
    if learners.is_empty() {
        return Ok(());
    }
    let now = app.clock.now();
    let each = |learner: &LearnerId| {
        job(app, organization, Payload::EvaluateLearner { organization, learner: *learner }, now, None)
    };
    outbox::enqueue_many(tx, now, &app.dice, learners.iter().map(each).collect()).await?;
    Ok(())
}

/// Queues an evaluation of each learner where placements other than `settled` need a badge that they just got. An
/// award that ends or is taken back is needed no more: nothing follows from it, and nothing is withdrawn (design §5,
/// "no automatic cascade").
///
/// # Errors
/// Only ours.
pub async fn enqueue_needed(
    app: &App,
    tx: &WriteTx,
    made: &[award::Model],
    settled: &[LivePlacement],
) -> Result<()> {
    let Some(first) = made.first() else { return Ok(()) };
    let (organization, now) = (first.organization_id, app.clock.now());
    let needs = rule::needs(app, tx, organization).await?;
    let is_settled = |id: &PlacementId| settled.iter().any(|placed| placed.placement.id == *id);
    let mut jobs: HashMap<LearnerId, NewJob> = HashMap::new();
    for award in made {
        let placements = needs.placements.get(&award.achievement_id.0);
        if placements.is_some_and(|placements| !placements.iter().all(is_settled)) {
            let learner = award.learner_id;
            let payload = Payload::EvaluateLearner { organization, learner };
            let dedup_key = Some(format!("needed:{}", award.id));
            jobs.entry(learner).or_insert_with(|| job(app, organization, payload, now, dedup_key));
        }
    }
    if !jobs.is_empty() {
        outbox::enqueue_many(tx, now, &app.dice, jobs.into_values().collect()).await?;
    }
    Ok(())
}

/// Queues an evaluation of the learner of an award that does not stand in the way any more, for what happened to it.
///
/// # Errors
/// Only the database's.
pub async fn enqueue_learner(app: &App, tx: &WriteTx, award: &award::Model, why: &str) -> Result<()> {
    let (organization, now) = (award.organization_id, app.clock.now());
    let payload = Payload::EvaluateLearner { organization, learner: award.learner_id };
    let dedup_key = Some(format!("{why}:{}", award.id));
    outbox::enqueue(tx, now, &app.dice, job(app, organization, payload, now, dedup_key)).await?;
    Ok(())
}

/// Another evaluation where time alone may change the verdict (design §5, `recheck_at`): a standing rule that has
/// yet to settle, say. Once per moment, however often it is judged before.
pub(super) fn recheck(
    app: &App,
    organization: OrganizationId,
    learner: &learner::Model,
    placed: &LivePlacement,
    at: Option<DateTime<Utc>>,
) -> Option<NewJob> {
    let run_at = at?;
    let moment = run_at.timestamp_micros();
    let dedup_key = format!("recheck:{}:{}:{moment}", placed.placement.id, learner.id);
    let payload = Payload::EvaluateLearner { organization, learner: learner.id };
    Some(job(app, organization, payload, run_at, Some(dedup_key)))
}

fn job(
    app: &App,
    organization: OrganizationId,
    payload: Payload,
    run_at: DateTime<Utc>,
    dedup_key: Option<String>,
) -> NewJob {
    NewJob {
        organization: Some(organization),
        payload,
        run_at,
        dedup_key,
        max_attempts: app.settings.outbox.attempts(),
    }
}
