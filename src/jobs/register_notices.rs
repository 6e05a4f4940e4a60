//! `RegisterNotices`: a platform that offers notices is told where to send them (lti-1.3-tool §21, X07).
//!
//! The service's address is read from the course's newest launch. Asking twice changes nothing there.

use crate::{
    app::App,
    domain::{
        course::{self, Served},
        notice,
        trouble::Trouble,
    },
    ids::{CourseId, OrganizationId},
    outbox::{Job, Outcome},
    platform_client::call,
    store::course as courses,
};

/// Runs it.
pub async fn run(app: &App, job: &Job, organization: OrganizationId, course: CourseId) -> Outcome {
    match register(app, organization, course).await {
        Ok(()) => Outcome::Done,
        Err(trouble) => super::troubled(app, job, trouble),
    }
}

async fn register(app: &App, organization: OrganizationId, course: CourseId) -> Result<(), Trouble> {
    let Some(course) = courses::find(app.store.read(), organization, course).await? else { return Ok(()) };
    let Served { mut peer, services } = course::served(app, &course).await?;
    let Some(service) = services.notices else { return Ok(()) };
    peer.scopes = service.scope.iter().collect();
    for handler in notice::handlers(app, peer.platform.row.id, &service) {
        let request = handler.put(&service);
        call(app, &peer, &request, |answer, now| handler.confirmed_by(answer, now)).await?;
    }
    Ok(())
}
