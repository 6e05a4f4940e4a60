//! Stores what was agreed on, in one transaction with the invitation's end: platform, key, deployment, what was
//! granted, audit. If any of it fails, nothing of it is there.

use lti::{
    Refusal,
    dynamic::{Configuration, Registered},
    quirks::Family,
};
use serde_json::json;

use super::{Agreed, Asked, FIRST_DEPLOYMENT, Hold, Outcome, Registration, Stopped, agree::Agreement};
use crate::{
    app::App,
    domain::{
        access::{Actor, Caller},
        audit::{self, Line},
        deployment,
        platform::{self, OTHER},
    },
    error::{Error, Kind},
    ids::PlatformId,
    store::{
        WriteTx, deployment as deployments,
        entity::{
            deployment::DeploymentState, platform::Model as Platform, platform_invitation::InvitationState,
            platform_key, platform_registration,
        },
        invitation::{self as invitations, Ended},
        platform as platforms,
    },
};

/// What there is to store.
pub(super) struct Found<'a> {
    pub id: PlatformId,
    /// Our key for it, where it is new.
    pub key: Option<platform_key::Model>,
    pub family: Option<&'static Family>,
    pub platform: &'a Configuration,
    pub agreed: &'a Registered,
    /// The platform that is changed.
    pub meant: Option<&'a Platform>,
}

pub(super) async fn store(
    app: &App,
    agreement: &Agreement,
    asked: &Asked,
    hold: &Hold,
    found: Found<'_>,
) -> Result<Outcome, Stopped> {
    let now = app.clock.now();
    let tx = app.store.write().await?;
    let row = platform_row(app, &tx, agreement, asked, &found).await?;
    platform::refuse_clash(&tx, &row).await.map_err(clash)?;
    if found.meant.is_some() {
        platforms::update(&tx, row.organization_id, row.clone()).await?;
    } else {
        platforms::insert(&tx, row.clone()).await.map_err(|error| clash(error.into()))?;
    }
    let ended = Ended {
        state: InvitationState::Used,
        platform: Some(row.id),
        at: now,
        host: asked.initiation.host().to_owned(),
        trouble: None,
    };
    if !invitations::end(&tx, hold.organization, hold.invitation, hold.until, ended).await? {
        // Taken back while we talked.
        return Err(Refusal::DrTicketInvalid.into());
    }
    if let Some(key) = found.key {
        platforms::insert_key(&tx, key).await?;
    }
    let granted = platform_registration::Model {
        id: row.id,
        product: found.platform.product_code().map(str::to_owned),
        version: found.platform.version().map(str::to_owned),
        scopes: json!(found.agreed.scopes.iter().collect::<Vec<_>>()),
        messages: serde_json::to_value(&found.agreed.messages).map_err(Error::internal)?,
        awaits_activation: found.agreed.awaits_activation,
        warnings: json!(
            found
                .platform
                .warnings()
                .iter()
                .map(|warning| json!({ "code": warning.code, "about": warning.about }))
                .collect::<Vec<_>>()
        ),
        registered_at: now,
        updated_at: now,
    };
    platforms::put_registration(&tx, granted).await?;
    if let Some(name) = &found.agreed.deployment_id {
        keep_deployment(app, &tx, agreement, row.id, name).await?;
    }
    let is_update = found.meant.is_some();
    let mut caller = Caller::new(hold.organization, Actor::Invited(hold.invitation));
    caller.correlation = Some(asked.correlation.clone());
    let detail = json!({ "family": row.family, "host": asked.initiation.host(), "shared": row.organization_id.is_none() });
    let line = Line {
        action: if is_update { "platform.reregistered" } else { "platform.registered" },
        subject_kind: "platform",
        subject_id: row.id.to_string(),
        detail: &detail,
    };
    audit::record(app, &tx, Some(hold.organization), &caller, line).await?;
    tx.commit().await?;
    tracing::info!(
        correlation.id = asked.correlation, platform.id = %row.id, is_update, "a platform registered us"
    );
    Ok(Outcome::Registered(Box::new(Registration {
        platform: row,
        organization: agreement.organization.clone(),
        scopes: found.agreed.scopes.clone(),
        deployment_id: found.agreed.deployment_id.clone(),
        awaits_activation: found.agreed.awaits_activation,
        is_update,
    })))
}

/// The row: as it was in what only people decide, new in what the platform says.
async fn platform_row(
    app: &App,
    tx: &WriteTx,
    agreement: &Agreement,
    asked: &Asked,
    found: &Found<'_>,
) -> Result<Platform, Stopped> {
    let now = app.clock.now();
    let (invitation, said) = (&agreement.invitation, found.platform);
    let mut row = match found.meant {
        Some(meant) => {
            let row = platforms::unscoped_find(tx, meant.id).await?;
            // Another one may have changed it since it was looked at.
            row.filter(|row| agreement.may_change(row) && asked.agreed == Some(Agreed::Update(row.id)))
                .ok_or(Refusal::DrAlreadyRegistered)?
        }
        None => {
            let owner = (!invitation.is_shared).then_some(agreement.organization.id);
            let family = found.family.map_or(OTHER, |family| family.name);
            let name = invitation.name.clone().unwrap_or_else(|| asked.initiation.host().to_owned());
            Platform { name, ..platform::blank(found.id, owner, family, now) }
        }
    };
    if found.meant.is_none() && found.agreed.deployment_id.is_none() && row.organization_id.is_some() {
        row.first_deployment_until = Some(now + FIRST_DEPLOYMENT);
    }
    row.issuer_url = said.issuer().to_owned();
    row.client_id.clone_from(&found.agreed.client_id);
    row.authorization_endpoint = said.authorization_endpoint().to_owned();
    row.token_endpoint = Some(said.token_endpoint().to_owned());
    row.token_audience = said.token_audience().map(str::to_owned);
    row.jwks_url = Some(said.jwks_uri().to_owned());
    row.jwks_inline = None;
    row.public_key_pem = None;
    Ok(row)
}

/// The deployment that the reply names: accepted for the organization, unless people decided about it before.
async fn keep_deployment(
    app: &App,
    tx: &WriteTx,
    agreement: &Agreement,
    platform: PlatformId,
    name: &str,
) -> Result<(), Stopped> {
    let now = app.clock.now();
    let organization = agreement.organization.id;
    match deployments::unscoped_of_launch(tx, platform, name).await? {
        None => {
            let id = app.dice.row_id(now);
            let row =
                deployment::fresh(id, platform, name, Some(organization), DeploymentState::Accepted, now);
            deployments::insert(tx, row).await?;
        }
        Some(row)
            if row.state == DeploymentState::Pending
                && row.organization_id.is_none_or(|owner| owner == organization) =>
        {
            deployments::decide(tx, organization, row.id, DeploymentState::Accepted).await?;
        }
        Some(_) => {}
    }
    Ok(())
}

/// One (issuer, client id) is one platform, and it is somebody's already.
fn clash(error: Error) -> Stopped {
    match (error.kind(), error.code()) {
        (Kind::Conflict, "platform.exists") => Refusal::DrAlreadyRegistered.into(),
        _ => Stopped::Failed(error),
    }
}
