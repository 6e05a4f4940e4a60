//! Notices: what a platform tells us without a browser, taken in once (lti-1.3-tool §21), and the handlers by
//! which we ask for them.
//!
//! A copied course is remembered here; what is prepared for it, and never its awards, is `copy`'s.

use lti::{
    claims::{Context, NoticeService},
    notices::{Handler, HandlerUrl, Notice, NoticeType, Said, wanted},
};
use serde_json::json;

use super::{artwork::sha256_hex, copy};
use crate::{
    app::{App, PlatformEntry},
    error::{Error, Result},
    ids::{CourseId, DeploymentId, OrganizationId, PlatformId},
    outbox::{self, NewJob, Payload},
    store::{
        WriteTx, course as courses,
        entity::{course, deployment, notice},
        notice as notices,
    },
};

/// What came of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// It is on record now.
    New,
    /// It was on record before: good news (X10).
    Duplicate,
    /// Another notice used its nonce.
    Replayed,
    /// Nothing that we serve; acknowledged and forgotten.
    Ignored,
}

/// Receives a good notice.
///
/// # Errors
/// Only ours.
pub async fn receive(
    app: &App,
    platform: &PlatformEntry,
    deployment: &deployment::Model,
    told: &Notice,
) -> Result<Received> {
    let organization = deployment
        .organization_id
        .or(platform.row.organization_id)
        .ok_or_else(|| Error::internal("a notice was validated without an organization"))?;
    let (kind, context, origins) = match &told.said {
        Said::HelloWorld => (NoticeType::HelloWorld, None, json!([])),
        Said::ContextCopy { context, origins } => (NoticeType::ContextCopy, Some(context), json!(origins)),
        Said::Other(_) => return Ok(Received::Ignored),
    };
    let now = app.clock.now();
    let row = notice::Model {
        id: app.dice.row_id(now),
        organization_id: organization,
        platform_id: platform.row.id,
        deployment_id: deployment.id,
        notice_id: told.id.clone(),
        nonce_hash: sha256_hex(told.nonce.as_bytes()),
        notice_type: kind.name().to_owned(),
        context_id: context.map(|context| context.id.clone()),
        title: context.and_then(|context| context.title.clone()),
        origins,
        happened_at: told.happened_at,
        created_at: now,
    };
    let tx = app.store.write().await?;
    if notices::is_known(&tx, organization, deployment.id, &row.notice_id).await? {
        return Ok(Received::Duplicate);
    }
    if notices::unscoped_is_used(&tx, row.platform_id, &row.nonce_hash).await? {
        return Ok(Received::Replayed);
    }
    // Of two at once the second finds it on record.
    let received = if notices::insert(&tx, row.clone()).await? { Received::New } else { Received::Duplicate };
    if let (Received::New, Said::ContextCopy { context, origins }) = (received, &told.said) {
        let course = copied_course(app, &tx, &row, context).await?;
        copy::prepare(app, &tx, row.platform_id, &course, origins).await?;
    }
    tx.commit().await?;
    Ok(received)
}

/// The course that is a copy; nobody may have opened it yet.
async fn copied_course(
    app: &App,
    tx: &WriteTx,
    told: &notice::Model,
    context: &Context,
) -> Result<course::Model> {
    let (organization, deployment) = (told.organization_id, told.deployment_id);
    if let Some(known) = courses::of_context(tx, organization, deployment, &context.id).await? {
        return Ok(known);
    }
    let now = app.clock.now();
    let new = course::Model {
        id: app.dice.row_id(now),
        organization_id: organization,
        deployment_id: deployment,
        context_id: context.id.clone(),
        title: context.title.clone(),
        label: context.label.clone(),
        services: json!({}),
        copied_from_id: None,
        created_at: now,
        updated_at: now,
    };
    Ok(courses::upsert(tx, new).await?)
}

/// Our address for a platform's notices; `None` where it is none that a platform may send to.
#[must_use]
pub fn handler_url(app: &App, platform: PlatformId) -> Option<HandlerUrl> {
    HandlerUrl::new(&app.tool, &app.settings.server.public_url.at(&format!("/lti/notices/{platform}")))
}

/// What to ask a service for so that it tells us all we serve.
#[must_use]
pub fn handlers(app: &App, platform: PlatformId, service: &NoticeService) -> Vec<Handler> {
    let Some(url) = handler_url(app, platform) else { return Vec::new() };
    wanted(service).into_iter().map(|kind| Handler::to(kind, &url)).collect()
}

/// Lets a job ask the platform for notices, if a launch brought a service that we have not asked yet.
///
/// # Errors
/// Only the database's.
pub async fn ask_for(
    app: &App,
    tx: &WriteTx,
    organization: OrganizationId,
    deployment: DeploymentId,
    course: CourseId,
    service: Option<&NoticeService>,
) -> Result<()> {
    let Some(service) = service.filter(|service| !wanted(service).is_empty()) else { return Ok(()) };
    let now = app.clock.now();
    let offered = sha256_hex(format!("{}\n{}", service.url, service.types.join("\n")).as_bytes());
    outbox::enqueue(
        tx,
        now,
        &app.dice,
        NewJob {
            organization: Some(organization),
            payload: Payload::RegisterNotices { course },
            run_at: now,
            dedup_key: Some(format!("notices:{deployment}:{offered}")),
            max_attempts: app.settings.outbox.attempts(),
        },
    )
    .await?;
    Ok(())
}
