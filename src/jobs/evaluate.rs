//! `EvaluateLearner`: rules looked at again for one person without a launch or an event, in every course of theirs.
//! Everybody at once is a pass.

use crate::{
    app::App,
    domain::{
        access::{Actor, Caller},
        evaluation::{self, Decided, Person, Place},
        judged,
    },
    error::Result,
    ids::{CourseId, LearnerId, OrganizationId},
    outbox::Outcome,
    store::{award, enrollment, learner},
};

/// Runs `EvaluateLearner`.
pub async fn learner(app: &App, organization: OrganizationId, learner: LearnerId) -> Outcome {
    super::ended(everywhere(app, organization, learner).await)
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

async fn evaluate(
    app: &App,
    organization: OrganizationId,
    learner_id: LearnerId,
    course: Option<CourseId>,
) -> Result<()> {
    let caller = Caller::new(organization, Actor::Laurel("reevaluation"));
    loop {
        let live = evaluation::live(app, app.store.read(), organization, course).await?;
        judged::reserve(app, organization, learner_id, &live).await?;
        let tx = app.store.write().await?;
        let Some(person) = learner::lock(&tx, organization, learner_id).await? else { return Ok(()) };
        let enrolled = match course {
            None => None,
            Some(course) => enrollment::find(&tx, organization, course, learner_id).await?,
        };
        let existing = award::of_learner(&tx, organization, learner_id).await?;
        let person = Person {
            learner: &person,
            enrollments: enrolled.as_slice(),
            existing: &existing,
            place: Place::default(),
        };
        match judged::judge(app, &tx, &caller, &person, &live).await? {
            Decided::NeedsIndex => {}
            Decided::Awarded(_) => return tx.commit().await,
        }
    }
}
