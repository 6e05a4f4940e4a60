//! `EvaluateLearner` and `EvaluatePlacement`: rules looked at again without a launch or an event.
//!
//! A placement that goes live concerns everybody already known: they are worked through 64 at a time,
//! those of a course in one transaction, and the job goes on where it stopped.

use std::collections::HashMap;

use crate::{
    app::App,
    domain::{
        access::{Actor, Caller},
        award::reissue,
        evaluation::{self, Decided, Person, Place},
        reevaluation,
    },
    error::{Kind, Result},
    ids::{CourseId, LearnerId, OrganizationId, PlacementId},
    outbox::Outcome,
    store::{
        award, enrollment,
        entity::{award as award_rows, award::AwardState, placement::PlacementState},
        learner, placement,
    },
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
    match placed.course_id {
        Some(course) => together(app, organization, course, &learners).await?,
        None => {
            for learner in &learners {
                everywhere(app, organization, *learner).await?;
            }
        }
    }
    let Some(last) = learners.last().filter(|_| learners.len() as u64 == CHUNK) else { return Ok(()) };
    let tx = app.store.write().await?;
    reevaluation::enqueue_rest(app, &tx, &placed, *last).await?;
    tx.commit().await
}

/// Learners of one course in one transaction. Whose awards wait for an address that is there goes alone, which
/// hardly ever happens here.
async fn together(
    app: &App,
    organization: OrganizationId,
    course: CourseId,
    ids: &[LearnerId],
) -> Result<()> {
    let caller = Caller::new(organization, Actor::Laurel("reevaluation"));
    let (mut alone, mut indexes) = (Vec::new(), ids.len());
    loop {
        let live = evaluation::live(app, app.store.read(), organization, Some(course)).await?;
        evaluation::reserve_for(app, organization, &live, indexes).await?;
        let tx = app.store.write().await?;
        let learners = learner::lock_many(&tx, organization, ids.iter().copied()).await?;
        let enrolled = enrollment::of_learners(&tx, organization, course, ids.iter().copied()).await?;
        let enrolled: HashMap<LearnerId, _> = enrolled.iter().map(|row| (row.learner_id, row)).collect();
        let mut held: HashMap<LearnerId, Vec<award_rows::Model>> = HashMap::new();
        for row in award::of_learners(&tx, organization, ids.iter().copied()).await? {
            held.entry(row.learner_id).or_default().push(row);
        }
        let mut people = Vec::with_capacity(learners.len());
        alone.clear();
        for learner in &learners {
            let existing = held.get(&learner.id).map_or(&[][..], Vec::as_slice);
            if existing.iter().any(|award| award.state == AwardState::WaitingForAddress) {
                alone.push(learner.id);
                continue;
            }
            let enrollments = enrolled.get(&learner.id).map_or(&[][..], |row| std::slice::from_ref(*row));
            people.push(Person { learner, enrollments, existing, place: Place::default() });
        }
        match evaluation::decide_many(app, &tx, &caller, &people, &live).await? {
            Decided::NeedsIndex => indexes = indexes.saturating_mul(2),
            Decided::Awarded(_) => {
                tx.commit().await?;
                break;
            }
        }
    }
    for learner in alone {
        evaluate(app, organization, learner, Some(course)).await?;
    }
    Ok(())
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
            enrollments: enrolled.as_slice(),
            existing: &existing,
            place: Place::default(),
        };
        match evaluation::decide(app, &tx, &caller, &person, &live).await? {
            Decided::NeedsIndex => {}
            Decided::Awarded(_) => return tx.commit().await,
        }
    }
}
