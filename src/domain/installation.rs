//! Which installation a platform is (`tool_platform.guid`): kept at the first launch, held against every other.
//!
//! A rebuilt LMS has the old address and hands out the old ids for other people and courses. So when a launch
//! brings another guid, the platform is frozen: nothing of it is taken in until an operator says whether it is
//! the same LMS ([`Decision::Same`]) or another one ([`Decision::Rebuilt`]).
//!
//! Where one issuer serves many customers the guid is the customer's and not the installation's ("tenant only
//! through `deployment_id` (and `tool_platform.guid`)", lti-1.3-tool §25.2), so several are in order there. A
//! deployment, though, is one customer's: there the guid is kept, and only that deployment is frozen. Which
//! products are so is `lti::quirks`' to know. Platform and deployment are cached, so a launch that brings what
//! is known costs a comparison.

use lti::{Launch, quirks::Family};
use serde_json::{Value, json};

use crate::{
    app::{App, PlatformEntry},
    domain::{
        access::{Actor, Caller},
        audit::{self, Line},
        once,
    },
    error::{Error, Kind, Result},
    ids::{DeploymentId, OrganizationId, PlatformId},
    store::{
        WriteTx, deployment as deployments,
        entity::{
            deployment::{self, DeploymentState},
            platform::{self, PlatformState},
        },
        learner, platform as platforms,
    },
};

/// The code with which launches of a frozen platform are refused.
pub const FROZEN: &str = "platform.frozen";

/// Longest guid that is kept, in bytes; who sends a longer one sends none.
const LONGEST: usize = 2048;
/// Learners that one transaction detaches.
const AT_ONCE: u64 = 64;

/// What an operator says about a frozen platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is the LMS it was: its new guid is kept, launches go on.
    Same,
    /// It is another LMS at the old address. The platform (or deployment) is switched off for good, and people
    /// known from this address are detached from it: their awards stay theirs, but nobody launches as them any
    /// more. The new LMS is registered anew.
    Rebuilt,
}

/// What a launch from a frozen platform is told.
#[must_use]
pub fn frozen() -> Error {
    Error::new(
        Kind::Forbidden,
        FROZEN,
        "This learning platform says that it is another installation than the one that was registered here, so \
         nothing of it is taken in until an operator of this tool has looked.",
    )
}

/// Whether launches are held back.
#[must_use]
pub fn is_frozen(platform: &platform::Model, deployment: Option<&deployment::Model>) -> bool {
    platform.state == PlatformState::Frozen
        || deployment.is_some_and(|deployment| deployment.state == DeploymentState::Frozen)
}

/// Lets a good launch pass if it comes from the installation that is known; freezes otherwise.
///
/// # Errors
/// [`FROZEN`].
pub async fn admit(
    app: &App,
    entry: &PlatformEntry,
    deployment: Option<&deployment::Model>,
    launch: &Launch,
    correlation: &str,
) -> Result<()> {
    let Some(said) = guid_of(launch) else { return Ok(()) };
    let of_deployment = deployment.filter(|_| is_by_deployment(&entry.row));
    let known = match of_deployment {
        Some(deployment) => deployment.guid.as_deref(),
        None if is_by_deployment(&entry.row) => None,
        None => entry.row.guid.as_deref(),
    };
    match known {
        Some(known) if known != said => freeze(app, entry, of_deployment, said, correlation).await,
        _ => Ok(()),
    }
}

async fn freeze(
    app: &App,
    entry: &PlatformEntry,
    of_deployment: Option<&deployment::Model>,
    said: &str,
    correlation: &str,
) -> Result<()> {
    let tx = app.store.write().await?;
    let is_new = match of_deployment {
        Some(deployment) => deployments::freeze(&tx, deployment.id, said).await?,
        None => platforms::freeze(&tx, entry.row.id, said).await?,
    };
    if !is_new {
        // What we knew is old: somebody froze it already, or has just said that this guid is right.
        let is_right = match of_deployment {
            Some(deployment) => deployments::unscoped_find(&tx, deployment.id).await?.is_some_and(|row| {
                row.state == DeploymentState::Accepted && row.guid.as_deref() == Some(said)
            }),
            None => platforms::unscoped_find(&tx, entry.row.id)
                .await?
                .is_some_and(|row| row.state == PlatformState::Active && row.guid.as_deref() == Some(said)),
        };
        tx.commit().await?;
        return if is_right { Ok(()) } else { Err(frozen()) };
    }
    let organization =
        of_deployment.map_or(entry.row.organization_id, |deployment| deployment.organization_id);
    let actor = Actor::Laurel("launch");
    let mut caller = match organization {
        Some(organization) => Caller::new(organization, actor),
        None => Caller::server(actor),
    };
    caller.correlation = Some(correlation.to_owned());
    let known = of_deployment.map_or(&entry.row.guid, |deployment| &deployment.guid);
    let detail = json!({ "platform": entry.row.id, "known": known, "said": said });
    let line = match of_deployment {
        Some(deployment) => about_deployment("deployment.frozen", deployment.id, &detail),
        None => about_platform("platform.frozen", entry.row.id, &detail),
    };
    audit::record(app, &tx, organization, &caller, line).await?;
    tx.commit().await?;
    tracing::error!(
        correlation.id = correlation, platform.id = %entry.row.id,
        "a platform is frozen: it says that it is another installation"
    );
    Err(frozen())
}

/// Keeps what the first launch says, in its own transaction.
///
/// # Errors
/// Only the database's.
pub(super) async fn keep(
    tx: &WriteTx,
    entry: &PlatformEntry,
    deployment: Option<&deployment::Model>,
    launch: &Launch,
) -> Result<()> {
    let Some(said) = guid_of(launch) else { return Ok(()) };
    match deployment {
        Some(deployment) if is_by_deployment(&entry.row) => {
            if deployment.guid.is_none() {
                deployments::keep_guid(tx, deployment.id, said).await?;
            }
        }
        _ if is_by_deployment(&entry.row) || entry.row.guid.is_some() => {}
        _ => {
            platforms::keep_guid(tx, entry.row.id, said).await?;
        }
    }
    Ok(())
}

/// What a deployment that a launch makes known keeps.
pub(super) fn of_new_deployment(platform: &platform::Model, launch: &Launch) -> Option<String> {
    guid_of(launch).filter(|_| is_by_deployment(platform)).map(str::to_owned)
}

/// Says what a frozen platform of the organization is.
///
/// # Errors
/// `not_found`; `platform.shared`; `platform.not_frozen`.
pub async fn thaw_platform(
    app: &App,
    caller: &Caller,
    id: PlatformId,
    decision: Decision,
) -> Result<platform::Model> {
    let row = super::platform::changeable(app.store.read(), caller, id).await?;
    if row.state == PlatformState::Frozen && decision == Decision::Rebuilt {
        // Before the platform changes: whoever dies in between finds it frozen and begins again.
        detach(app, caller.organization, &row.issuer_url).await?;
    }
    let tx = app.store.write().await?;
    let row = platforms::find(&tx, caller.organization, id).await?;
    let mut row = row.ok_or_else(|| Error::not_found("platform"))?;
    if once::claim(app, &tx, caller, id.0).await?.is_some() {
        return Ok(row);
    }
    if row.state != PlatformState::Frozen {
        return Err(not_frozen("platform.not_frozen"));
    }
    let seen = row.seen_guid.take();
    row.state = match decision {
        Decision::Same => {
            row.guid = seen;
            PlatformState::Active
        }
        Decision::Rebuilt => PlatformState::Disabled,
    };
    platforms::update(&tx, row.organization_id, row.clone()).await?;
    let detail = json!({ "decision": decision.as_str() });
    let line = about_platform("platform.thawed", id, &detail);
    audit::record(app, &tx, Some(caller.organization), caller, line).await?;
    tx.commit().await?;
    Ok(row)
}

/// Says what a frozen deployment of the organization is. One that is another's now is refused from then on;
/// accounts of a cloud are never given out twice, so nobody needs to be detached.
///
/// # Errors
/// `not_found`; `deployment.not_frozen`.
pub async fn thaw_deployment(
    app: &App,
    caller: &Caller,
    id: DeploymentId,
    decision: Decision,
) -> Result<deployment::Model> {
    let tx = app.store.write().await?;
    let row = deployments::find(&tx, caller.organization, id).await?;
    let mut row = row.ok_or_else(|| Error::not_found("deployment"))?;
    if once::claim(app, &tx, caller, id.0).await?.is_some() {
        return Ok(row);
    }
    if row.state != DeploymentState::Frozen {
        return Err(not_frozen("deployment.not_frozen"));
    }
    let seen = row.seen_guid.take();
    row.state = match decision {
        Decision::Same => {
            row.guid = seen;
            DeploymentState::Accepted
        }
        Decision::Rebuilt => DeploymentState::Refused,
    };
    deployments::update(&tx, caller.organization, row.clone()).await?;
    let detail = json!({ "decision": decision.as_str() });
    let line = about_deployment("deployment.thawed", id, &detail);
    audit::record(app, &tx, Some(caller.organization), caller, line).await?;
    tx.commit().await?;
    Ok(row)
}

/// Detaches everybody known from an issuer, so that a rebuilt LMS that hands out their ids anew does not meet
/// them. In pieces; may be done again.
async fn detach(app: &App, organization: OrganizationId, issuer_url: &str) -> Result<()> {
    // No issuer has a fragment, so no launch ever names this one.
    let other = format!("{issuer_url}#until-{}", app.clock.now().format("%Y%m%dT%H%M%SZ"));
    loop {
        let tx = app.store.write().await?;
        let detached = learner::detach(&tx, organization, issuer_url, &other, AT_ONCE).await?;
        tx.commit().await?;
        if detached < AT_ONCE {
            return Ok(());
        }
    }
}

fn is_by_deployment(platform: &platform::Model) -> bool {
    platform.organization_id.is_none() || Family::services_of(&platform.family).guid_by_deployment
}

fn guid_of(launch: &Launch) -> Option<&str> {
    let said = launch.tool_platform.as_ref()?.guid.as_deref()?;
    Some(said).filter(|guid| !guid.is_empty() && guid.len() <= LONGEST)
}

fn not_frozen(code: &'static str) -> Error {
    Error::conflict(code, "It is not frozen; there is nothing to decide.")
}

fn about_platform<'a>(action: &'static str, id: PlatformId, detail: &'a Value) -> Line<'a> {
    Line { action, subject_kind: "platform", subject_id: id.to_string(), detail }
}

fn about_deployment<'a>(action: &'static str, id: DeploymentId, detail: &'a Value) -> Line<'a> {
    Line { action, subject_kind: "deployment", subject_id: id.to_string(), detail }
}

impl Decision {
    /// Its name in the API and the audit.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Rebuilt => "rebuilt",
        }
    }
}
