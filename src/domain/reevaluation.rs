//! Evaluating again: the jobs by which rules are looked at without a launch or an event. `jobs/evaluate.rs` runs
//! them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use criteria::Verdict;

use super::rule;
use crate::{
    app::{App, LivePlacement},
    error::Result,
    ids::{LearnerId, OrganizationId, PlacementId},
    outbox::{self, NewJob, Payload},
    store::{
        WriteTx,
        entity::{award, learner, placement},
    },
};

/// Queues an evaluation of everybody a placement concerns; it works through them in chunks.
///
/// # Errors
/// Only the database's.
pub async fn enqueue_for_placement(app: &App, tx: &WriteTx, placement: &placement::Model) -> Result<()> {
    if placement.state != placement::PlacementState::Live {
        return Ok(());
    }
    enqueue_after(app, tx, placement, None).await
}

/// Queues the next chunk of it: whoever comes after a learner.
///
/// # Errors
/// Only the database's.
pub async fn enqueue_rest(
    app: &App,
    tx: &WriteTx,
    placement: &placement::Model,
    last: LearnerId,
) -> Result<()> {
    enqueue_after(app, tx, placement, Some(last)).await
}

async fn enqueue_after(
    app: &App,
    tx: &WriteTx,
    placement: &placement::Model,
    after: Option<LearnerId>,
) -> Result<()> {
    let (id, now) = (placement.id, app.clock.now());
    // A run that is repeated must not start a second chain.
    let dedup_key =
        after.map(|last| format!("evaluate:{id}:{}:{last}", placement.updated_at.timestamp_micros()));
    let payload = Payload::EvaluatePlacement { placement: id, after };
    outbox::enqueue(tx, now, &app.dice, job(app, placement.organization_id, payload, now, dedup_key)).await?;
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

/// Another evaluation where time alone may change the verdict (design §5, `recheck_at`): a standing rule that has
/// yet to settle, say. Once per moment, however often it is judged before.
pub(super) fn recheck(
    app: &App,
    organization: OrganizationId,
    learner: &learner::Model,
    placed: &LivePlacement,
    verdict: &Verdict,
) -> Option<NewJob> {
    let run_at = verdict.recheck_at?;
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
