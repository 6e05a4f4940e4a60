//! Where a launch came from: deployment, course and link, created or updated as far as they changed, and
//! read through the caches.

use std::sync::Arc;

use lti::{Launch, claims::Link};

use super::Arrival;
use crate::{
    app::App,
    domain::{deployment::fresh, installation, roster},
    error::{Error, Result},
    ids::{CourseId, DeploymentId, OrganizationId},
    store::{
        Effect, Topic, WriteTx, course as courses, deployment as deployments,
        entity::{course, deployment, link, platform},
        link as links,
    },
};

/// Remembers a deployment that nobody has accepted yet, once (M09).
///
/// # Errors
/// Only the database's.
pub async fn remember_pending(app: &App, platform: &platform::Model, deployment_id: &str) -> Result<()> {
    let tx = app.store.write().await?;
    if deployments::unscoped_of_launch(&tx, platform.id, deployment_id).await?.is_some() {
        return Ok(());
    }
    let row = deployment_row(app, platform, deployment_id, None, deployment::DeploymentState::Pending);
    let id = row.id;
    deployments::insert(&tx, row).await?;
    tx.on_commit(Effect::Changed(Topic::Deployment(id)));
    tx.commit().await?;
    Ok(())
}

/// Where a launch came from, created or updated as far as it changed.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) deployment: DeploymentId,
    pub(super) course: Option<course::Model>,
    pub(super) link: Option<link::Model>,
}

pub(super) async fn place_of(
    app: &App,
    tx: &WriteTx,
    organization: OrganizationId,
    arrival: &Arrival<'_>,
) -> Result<Place> {
    let launch = arrival.launch;
    let deployment_id = match arrival.deployment {
        Some(deployment) => deployment.id,
        None => {
            let mut row = deployment_row(
                app,
                &arrival.platform.row,
                &launch.deployment_id,
                Some(organization),
                deployment::DeploymentState::Accepted,
            );
            row.guid = installation::of_new_deployment(&arrival.platform.row, launch);
            let id = row.id;
            if deployments::insert_if_new(tx, row).await? {
                tx.on_commit(Effect::Changed(Topic::Deployment(id)));
                id
            } else {
                // Another launch through the same new deployment was first.
                deployments::unscoped_of_launch(tx, arrival.platform.row.id, &launch.deployment_id)
                    .await?
                    .ok_or_else(|| Error::internal("a deployment vanished"))?
                    .id
            }
        }
    };
    let course = match &launch.context {
        None => None,
        Some(_) => Some(upsert_course(app, tx, organization, deployment_id, launch).await?),
    };
    let link = match launch.link() {
        None => None,
        Some(link) => {
            let line_item = launch.services.ags.as_ref().and_then(|ags| ags.lineitem.clone());
            let found = Found { link, line_item, course: course.as_ref().map(|course| course.id) };
            Some(upsert_link(app, tx, organization, deployment_id, found).await?)
        }
    };
    Ok(Place { deployment: deployment_id, course, link })
}

async fn upsert_course(
    app: &App,
    tx: &WriteTx,
    organization: OrganizationId,
    deployment: DeploymentId,
    launch: &Launch,
) -> Result<course::Model> {
    let context = launch.context.as_ref().ok_or_else(|| Error::internal("a course without context"))?;
    let mut services = launch.services.clone();
    if let Some(ags) = &mut services.ags {
        // The link's, not the course's: it is kept with the link.
        ags.lineitem = None;
    }
    let services = serde_json::to_value(&services).map_err(Error::internal)?;
    let now = app.clock.now();
    let cached = app.caches.courses.get(&(deployment, context.id.clone()));
    if let Some(course) = cached.filter(|course| {
        course.title == context.title && course.label == context.label && course.services == services
    }) {
        return Ok((*course).clone());
    }
    let course = courses::upsert(
        tx,
        course::Model {
            id: app.dice.row_id(now),
            organization_id: organization,
            deployment_id: deployment,
            context_id: context.id.clone(),
            title: context.title.clone(),
            label: context.label.clone(),
            services,
            copied_from_id: None,
            created_at: now,
            updated_at: now,
        },
    )
    .await?;
    roster::offered(app, tx, &course).await?;
    tx.on_commit(Effect::Changed(Topic::Course(course.id)));
    Ok(course)
}

/// What a launch says of its link.
struct Found<'a> {
    link: &'a Link,
    line_item: Option<String>,
    course: Option<CourseId>,
}

async fn upsert_link(
    app: &App,
    tx: &WriteTx,
    organization: OrganizationId,
    deployment: DeploymentId,
    said: Found<'_>,
) -> Result<link::Model> {
    let now = app.clock.now();
    let Found { link: said, line_item, course: course_id } = said;
    let cached = app.caches.links.get(&(deployment, said.id.clone()));
    if let Some(link) = cached.filter(|link| {
        link.title == said.title && link.course_id == course_id && link.line_item_url == line_item
    }) {
        return Ok((*link).clone());
    }
    let link = links::upsert(
        tx,
        link::Model {
            id: app.dice.row_id(now),
            organization_id: organization,
            deployment_id: deployment,
            course_id,
            resource_link_id: said.id.clone(),
            title: said.title.clone(),
            line_item_url: line_item,
            token_hash: None,
            token_state: None,
            copied_from_id: None,
            created_at: now,
            updated_at: now,
        },
    )
    .await?;
    tx.on_commit(Effect::Changed(Topic::Link(link.id)));
    Ok(link)
}

fn deployment_row(
    app: &App,
    platform: &platform::Model,
    deployment_id: &str,
    organization: Option<OrganizationId>,
    state: deployment::DeploymentState,
) -> deployment::Model {
    let now = app.clock.now();
    fresh(app.dice.row_id(now), platform.id, deployment_id, organization, state, now)
}

pub(super) async fn cached_course(
    app: &App,
    organization: OrganizationId,
    deployment: DeploymentId,
    context: &str,
) -> Result<Option<Arc<course::Model>>> {
    let key = (deployment, context.to_owned());
    if let Some(course) = app.caches.courses.get(&key) {
        return Ok(Some(course));
    }
    let found = courses::of_context(app.store.read(), organization, deployment, context).await?.map(Arc::new);
    if let Some(course) = &found {
        app.caches.courses.insert(key, Arc::clone(course));
    }
    Ok(found)
}

pub(super) async fn cached_link(
    app: &App,
    organization: OrganizationId,
    deployment: DeploymentId,
    link: &str,
) -> Result<Option<Arc<link::Model>>> {
    let key = (deployment, link.to_owned());
    if let Some(link) = app.caches.links.get(&key) {
        return Ok(Some(link));
    }
    let found =
        links::of_resource_link(app.store.read(), organization, deployment, link).await?.map(Arc::new);
    if let Some(link) = &found {
        app.caches.links.insert(key, Arc::clone(link));
    }
    Ok(found)
}
