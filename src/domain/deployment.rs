//! Deployments: where a platform has put the tool; they carry the organization (design §2).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use lti::Launch;
use serde_json::json;

use crate::{
    app::App,
    domain::{
        access::{Actor, Caller},
        audit::{self, Line},
        installation, once, validate,
    },
    error::{Error, Kind, Result},
    ids::{DeploymentId, OrganizationId, PlatformId},
    store::{
        Effect, Topic, deployment as rows,
        entity::{
            deployment::{self, DeploymentState},
            platform as platform_rows,
        },
        platform,
    },
};

/// Adds an accepted deployment, or accepts the pending one of that name.
///
/// On a shared platform only the server's operators do this, who know whose it is; an organization enters a
/// claim code there ([`super::deployment_claim`]).
///
/// # Errors
/// `not_found` (platform); `id.invalid`; `deployment.elsewhere` when another organization has it;
/// `deployment.claim_needed`.
pub async fn accept(
    app: &App,
    caller: &Caller,
    platform_id: PlatformId,
    deployment_id: &str,
) -> Result<deployment::Model> {
    let name = validate::opaque("deployment_id", deployment_id, 255)?;
    let tx = app.store.write().await?;
    let on = platform::find(&tx, caller.organization, platform_id)
        .await?
        .ok_or_else(|| Error::not_found("platform"))?;
    if on.organization_id.is_none() && caller.actor != Actor::CommandLine {
        return Err(Error::new(
            Kind::Forbidden,
            "deployment.claim_needed",
            "This platform is shared. Make a claim code, and let an instructor or administrator enter it where \
             the activity opens in that learning platform.",
        ));
    }
    let now = app.clock.now();
    let existing = rows::unscoped_of_launch(&tx, platform_id, &name).await?;
    let id = existing.as_ref().map_or_else(|| app.dice.row_id(now), |row| row.id);
    if let Some(earlier) = once::claim(app, &tx, caller, id.0).await? {
        return find(app, caller.organization, DeploymentId(earlier)).await;
    }
    let row = match existing {
        Some(row) if row.organization_id.is_some_and(|owner| owner != caller.organization) => {
            return Err(Error::conflict(
                "deployment.elsewhere",
                "This deployment belongs to another organization.",
            ));
        }
        Some(row) if row.state == DeploymentState::Frozen => {
            return Err(Error::conflict(
                "deployment.frozen",
                "This deployment is frozen; say which installation it is (thaw) before it works again.",
            ));
        }
        Some(row) if row.state == DeploymentState::Accepted => {
            tx.commit().await?;
            return Ok(row);
        }
        Some(mut row) => {
            rows::decide(&tx, caller.organization, row.id, DeploymentState::Accepted).await?;
            row.state = DeploymentState::Accepted;
            row.organization_id = Some(caller.organization);
            row
        }
        None => {
            let row =
                fresh(id, platform_id, &name, Some(caller.organization), DeploymentState::Accepted, now);
            rows::insert(&tx, row.clone()).await?;
            row
        }
    };
    audit::record(
        app,
        &tx,
        Some(caller.organization),
        caller,
        Line {
            action: "deployment.accepted",
            subject_kind: "deployment",
            subject_id: row.id.to_string(),
            detail: &json!({ "platform": platform_id }),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(row)
}

/// A deployment that becomes known now.
pub(super) fn fresh(
    id: DeploymentId,
    platform: PlatformId,
    name: &str,
    organization: Option<OrganizationId>,
    state: DeploymentState,
    now: DateTime<Utc>,
) -> deployment::Model {
    deployment::Model {
        id,
        organization_id: organization,
        platform_id: platform,
        deployment_id: name.to_owned(),
        state,
        guid: None,
        seen_guid: None,
        created_at: now,
        last_seen_at: now,
    }
}

/// Refuses launches from a deployment from now on.
///
/// # Errors
/// `not_found`.
pub async fn refuse(app: &App, caller: &Caller, id: DeploymentId) -> Result<deployment::Model> {
    let tx = app.store.write().await?;
    let mut row =
        rows::find(&tx, caller.organization, id).await?.ok_or_else(|| Error::not_found("deployment"))?;
    if row.state == DeploymentState::Refused {
        return Ok(row);
    }
    row.state = DeploymentState::Refused;
    rows::decide(&tx, caller.organization, id, DeploymentState::Refused).await?;
    audit::record(
        app,
        &tx,
        Some(caller.organization),
        caller,
        Line {
            action: "deployment.refused",
            subject_kind: "deployment",
            subject_id: id.to_string(),
            detail: &json!({}),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(row)
}

/// One deployment.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, organization: OrganizationId, id: DeploymentId) -> Result<deployment::Model> {
    rows::find(app.store.read(), organization, id).await?.ok_or_else(|| Error::not_found("deployment"))
}

/// Whether the first deployment to launch is taken in, because the platform named none when it registered us
/// (lti-1.3-tool §20.4).
#[must_use]
pub fn may_be_first(platform: &platform_rows::Model, now: DateTime<Utc>) -> bool {
    platform.organization_id.is_some() && platform.first_deployment_until.is_some_and(|until| until > now)
}

/// Takes in the deployment of a good launch as the first one; `None` when another was the first, and this one
/// waits for approval.
///
/// # Errors
/// Only the database's.
pub async fn take_first(
    app: &App,
    platform: &platform_rows::Model,
    launch: &Launch,
    correlation: &str,
) -> Result<Option<Arc<deployment::Model>>> {
    let Some(organization) = platform.organization_id else { return Ok(None) };
    let now = app.clock.now();
    let tx = app.store.write().await?;
    let is_first = platform::use_first_deployment(&tx, platform.id, now).await?;
    let (owner, state) = match is_first {
        true => (Some(organization), DeploymentState::Accepted),
        false => (None, DeploymentState::Pending),
    };
    let row = deployment::Model {
        guid: installation::of_new_deployment(platform, launch),
        ..fresh(app.dice.row_id(now), platform.id, &launch.deployment_id, owner, state, now)
    };
    if !rows::insert_if_new(&tx, row.clone()).await? {
        // Another launch of the same was quicker, and its own transaction decided.
        drop(tx);
        let found = rows::unscoped_of_launch(app.store.read(), platform.id, &launch.deployment_id).await?;
        return Ok(found.filter(|row| row.state == DeploymentState::Accepted).map(Arc::new));
    }
    if is_first {
        let mut caller = Caller::new(organization, Actor::Laurel("launch"));
        caller.correlation = Some(correlation.to_owned());
        let detail = json!({ "platform": platform.id, "first": true });
        let line = Line {
            action: "deployment.accepted",
            subject_kind: "deployment",
            subject_id: row.id.to_string(),
            detail: &detail,
        };
        audit::record(app, &tx, Some(organization), &caller, line).await?;
    }
    tx.on_commit(Effect::Changed(Topic::Deployment(row.id)));
    tx.commit().await?;
    Ok(is_first.then(|| Arc::new(row)))
}

/// The deployment of that name on a platform, whoever owns it; cached. For launches.
///
/// # Errors
/// Only the database's.
pub async fn cached(app: &App, platform: PlatformId, name: &str) -> Result<Option<Arc<deployment::Model>>> {
    let key = (platform, name.to_owned());
    if let Some(found) = app.caches.deployments.get(&key) {
        return Ok(Some(found));
    }
    let found = rows::unscoped_of_launch(app.store.read(), platform, name).await?.map(Arc::new);
    if let Some(row) = &found {
        app.caches.deployments.insert(key, Arc::clone(row));
    }
    Ok(found)
}

/// Whether a platform has a deployment of that name, for logins that name no client (lti-1.3-tool §7.1).
///
/// # Errors
/// Only the database's.
pub async fn is_known(app: &App, platform: PlatformId, name: &str) -> Result<bool> {
    Ok(cached(app, platform, name).await?.is_some())
}
