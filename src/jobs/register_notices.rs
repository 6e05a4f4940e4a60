//! `RegisterNotices`: a platform that offers notices is told where to send them (lti-1.3-tool §21, X07).
//!
//! The service's address is read from the course's newest launch. Asking twice changes nothing there.

use chrono::Duration;
use lti::{
    claims::Services,
    services::{Failure, Next},
};

use crate::{
    app::App,
    domain::{notice, platform},
    error::{Kind, Result},
    ids::{CourseId, OrganizationId},
    outbox::Outcome,
    platform_client::{Peer, call},
    store::{course, deployment},
};

/// Runs it.
pub async fn run(app: &App, organization: OrganizationId, course: CourseId) -> Outcome {
    match register(app, organization, course).await {
        Ok(Ok(())) => Outcome::Done,
        Ok(Err(failure)) => match failure.next {
            Next::Later(Some(wait)) => Outcome::Later(failure.to_string(), wait.min(Duration::hours(1))),
            Next::Later(None) | Next::FreshToken => Outcome::Retry(failure.to_string()),
            Next::Stop | Next::Alarm | Next::Rediscover => Outcome::Bury(failure.to_string()),
        },
        Err(error) if error.kind() == Kind::NotFound => Outcome::Bury(error.code().to_owned()),
        Err(error) => Outcome::Retry(error.to_string()),
    }
}

async fn register(
    app: &App,
    organization: OrganizationId,
    course_id: CourseId,
) -> Result<std::result::Result<(), Failure>> {
    let db = app.store.read();
    let Some(course) = course::find(db, organization, course_id).await? else { return Ok(Ok(())) };
    let services: Services = serde_json::from_value(course.services).unwrap_or_default();
    let Some(service) = services.notices else { return Ok(Ok(())) };
    let Some(deployment) = deployment::find(db, organization, course.deployment_id).await? else {
        return Ok(Ok(()));
    };
    let platform = platform::entry(app, deployment.platform_id).await?;
    let peer =
        Peer { deployment_id: deployment.deployment_id, scopes: service.scope.iter().collect(), platform };
    for handler in notice::handlers(app, peer.platform.row.id, &service) {
        let request = handler.put(&service);
        let answered = call(app, &peer, &request, |answer, now| handler.confirmed_by(answer, now)).await;
        if let Err(failure) = answered {
            return Ok(Err(failure));
        }
    }
    Ok(Ok(()))
}
