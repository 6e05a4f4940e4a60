//! `EvaluateLearner` and `EvaluatePlacement`: rules looked at again without a launch or an event.
//!
//! A placement that goes live concerns everybody already known: they are worked through 64 at a time,
//! each learner in a transaction of their own, and the job goes on where it stopped.

use crate::{
    app::App,
    domain::{
        access::{Actor, Caller},
        award::reissue,
        evaluation::{self, Decided, Person, Place},
    },
    error::{Kind, Result},
    ids::{CourseId, LearnerId, OrganizationId, PlacementId},
    outbox::{self, NewJob, Outcome, Payload},
    store::{award, enrollment, entity::placement::PlacementState, learner, placement},
};

/// How many learners one run looks at.
const CHUNK: u64 = 64;

/// Runs `EvaluateLearner`.
pub async fn learner(app: &App, organization: OrganizationId, learner: LearnerId) -> Outcome {
    outcome(everywhere(app, organization, learner).await)
}

/// Runs `EvaluatePlacement` from after a learner on.
pub async fn placement(
    app: &App,
    organization: OrganizationId,
    placement: PlacementId,
    after: Option<LearnerId>,
) -> Outcome {
    outcome(chunk(app, organization, placement, after).await)
}

fn outcome(result: Result<()>) -> Outcome {
    match result {
        Ok(()) => Outcome::Done,
        Err(error) if error.kind() == Kind::NotFound => Outcome::Bury(error.code().to_owned()),
        Err(error) => super::again(&error),
    }
}

async fn everywhere(app: &App, organization: OrganizationId, learner: LearnerId) -> Result<()> {
    let courses = enrollment::of_learner(app.store.read(), organization, learner).await?;
    if courses.is_empty() {
        return evaluate(app, organization, learner, None).await;
    }
    for enrolled in courses {
        evaluate(app, organization, learner, Some(enrolled.course_id)).await?;
    }
    Ok(())
}

async fn chunk(
    app: &App,
    organization: OrganizationId,
    id: PlacementId,
    after: Option<LearnerId>,
) -> Result<()> {
    let db = app.store.read();
    let Some(placed) = placement::find(db, organization, id).await? else { return Ok(()) };
    if placed.state != PlacementState::Live {
        return Ok(());
    }
    let learners = match placed.course_id {
        Some(course) => enrollment::learners_after(db, organization, course, after, CHUNK).await?,
        None => learner::ids_after(db, organization, after, CHUNK).await?,
    };
    for learner in &learners {
        match placed.course_id {
            Some(course) => evaluate(app, organization, *learner, Some(course)).await?,
            None => everywhere(app, organization, *learner).await?,
        }
    }
    let Some(last) = learners.last().filter(|_| learners.len() as u64 == CHUNK) else { return Ok(()) };
    let now = app.clock.now();
    let tx = app.store.write().await?;
    outbox::enqueue(
        &tx,
        now,
        &app.dice,
        NewJob {
            organization: Some(organization),
            payload: Payload::EvaluatePlacement { placement: id, after: Some(*last) },
            run_at: now,
            // A run that is repeated must not start a second chain.
            dedup_key: Some(format!("evaluate:{id}:{}:{last}", placed.updated_at.timestamp_micros())),
            max_attempts: app.settings.outbox.attempts(),
        },
    )
    .await?;
    tx.commit().await
}

async fn evaluate(
    app: &App,
    organization: OrganizationId,
    learner_id: LearnerId,
    course: Option<CourseId>,
) -> Result<()> {
    let caller = Caller::new(organization, Actor::Laurel("reevaluation"));
    loop {
        let live = evaluation::live(app, app.store.read(), organization, course).await?;
        evaluation::reserve(app, organization, &live).await?;
        evaluation::reserve_for_waiting(app, organization, learner_id).await?;
        let tx = app.store.write().await?;
        let Some(person) = learner::lock(&tx, organization, learner_id).await? else { return Ok(()) };
        let enrolled = match course {
            None => None,
            Some(course) => enrollment::find(&tx, organization, course, learner_id).await?,
        };
        let existing = award::of_learner(&tx, organization, learner_id).await?;
        if reissue::address_arrived(app, &tx, &caller, &person, &existing).await?
            == reissue::Arrived::NeedsIndex
        {
            continue;
        }
        let person = Person {
            learner: &person,
            enrollment: enrolled.as_ref(),
            existing: &existing,
            place: Place::default(),
        };
        match evaluation::decide(app, &tx, &caller, &person, &live).await? {
            Decided::NeedsIndex => {}
            Decided::Awarded(_) => return tx.commit().await,
        }
    }
}
