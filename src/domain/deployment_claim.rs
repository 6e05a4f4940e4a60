//! Claim codes: how an organization takes over a deployment of a shared platform (design §2, lti-1.3-tool §2.3).
//!
//! Of a shared platform nobody knows whose a new deployment is. The organization makes a code; somebody who
//! teaches or administers in that LMS opens the activity there and enters it: the code says which organization,
//! the verified launch says which deployment. 128 bits, shown once, kept as a hash, good for a week and once.

use chrono::Duration;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::artwork::sha256_hex;
use crate::{
    app::App,
    domain::{
        access::{Actor, Caller},
        audit::{self, Line},
        once,
    },
    error::{Error, Kind, Result},
    ids::{DeploymentClaimId, OrganizationId, PlatformId},
    store::{
        deployment as deployments, deployment_claim as rows,
        entity::{deployment, deployment::DeploymentState, deployment_claim},
        platform as platforms,
    },
};

/// How long a code is good.
pub const LIFE: Duration = Duration::days(7);

/// Digits that people do not confuse (Crockford's base 32).
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A code just made, with the text that is shown once.
#[derive(Clone, Debug)]
pub struct Made {
    /// The stored row; it holds only a hash.
    pub row: deployment_claim::Model,
    /// The code; `None` when a repeated request found it already made.
    pub code: Option<String>,
}

/// A verified launch from a deployment that is nobody's yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unclaimed {
    /// From which platform.
    pub platform: PlatformId,
    /// The platform's name of the deployment.
    pub deployment: String,
}

/// Makes a code for the caller's organization.
///
/// # Errors
/// Only ours.
pub async fn create(app: &App, caller: &Caller) -> Result<Made> {
    let now = app.clock.now();
    let code = written(app.dice.bytes());
    let row = deployment_claim::Model {
        id: app.dice.row_id(now),
        organization_id: caller.organization,
        code_hash: hash_of(&code),
        created_at: now,
        expires_at: now + LIFE,
        revoked_at: None,
        used_at: None,
        deployment_id: None,
    };
    let tx = app.store.write().await?;
    if let Some(earlier) = once::claim(app, &tx, caller, row.id.0).await? {
        let row = find(app, caller.organization, DeploymentClaimId(earlier)).await?;
        return Ok(Made { row, code: None });
    }
    rows::insert(&tx, row.clone()).await?;
    let line = Line {
        action: "deployment_claim.created",
        subject_kind: "deployment_claim",
        subject_id: row.id.to_string(),
        detail: &json!({ "expires_at": row.expires_at }),
    };
    audit::record(app, &tx, Some(caller.organization), caller, line).await?;
    tx.commit().await?;
    Ok(Made { row, code: Some(code) })
}

/// One code of the organization, without its text.
///
/// # Errors
/// `not_found`.
pub async fn find(
    app: &App,
    organization: OrganizationId,
    id: DeploymentClaimId,
) -> Result<deployment_claim::Model> {
    rows::find(app.store.read(), organization, id).await?.ok_or_else(|| Error::not_found("claim code"))
}

/// Takes a code back that nobody has used.
///
/// # Errors
/// `not_found`; `deployment_claim.used`.
pub async fn revoke(app: &App, caller: &Caller, id: DeploymentClaimId) -> Result<deployment_claim::Model> {
    let tx = app.store.write().await?;
    let mut row =
        rows::find(&tx, caller.organization, id).await?.ok_or_else(|| Error::not_found("claim code"))?;
    let now = app.clock.now();
    if !rows::revoke(&tx, caller.organization, id, now).await? {
        if row.used_at.is_some() {
            return Err(Error::conflict("deployment_claim.used", "This code was used already."));
        }
        return Ok(row);
    }
    row.revoked_at = Some(now);
    let line = Line {
        action: "deployment_claim.revoked",
        subject_kind: "deployment_claim",
        subject_id: id.to_string(),
        detail: &json!({}),
    };
    audit::record(app, &tx, Some(caller.organization), caller, line).await?;
    tx.commit().await?;
    Ok(row)
}

/// Gives a deployment to the organization whose code was entered in a launch from it; the name of that
/// organization's deployment row. `correlation` is the request's.
///
/// # Errors
/// `deployment_claim.invalid` for a code that does not count, whatever is wrong with it;
/// `deployment.elsewhere` when the deployment has an organization by now (the code stays good).
pub async fn claim(app: &App, from: &Unclaimed, code: &str, correlation: &str) -> Result<deployment::Model> {
    let now = app.clock.now();
    let tx = app.store.write().await?;
    let claim = rows::unscoped_of_hash(&tx, &hash_of(code)).await?.ok_or_else(invalid)?;
    // Only of shared platforms: whose an own platform's deployments are is known.
    let platform = platforms::unscoped_find(&tx, from.platform).await?;
    if platform.is_none_or(|platform| platform.organization_id.is_some()) {
        return Err(Error::not_found("platform"));
    }
    let found = deployments::unscoped_of_launch(&tx, from.platform, &from.deployment).await?;
    let mut row = found.ok_or_else(|| Error::not_found("deployment"))?;
    if row.organization_id.is_some() || row.state != DeploymentState::Pending {
        return Err(Error::conflict(
            "deployment.elsewhere",
            "This place in the learning platform belongs to an organization already.",
        ));
    }
    let organization = claim.organization_id;
    if !rows::spend(&tx, organization, claim.id, row.id, now).await? {
        return Err(invalid());
    }
    if !deployments::decide(&tx, organization, row.id, DeploymentState::Accepted).await? {
        return Err(Error::conflict("deployment.elsewhere", "Another organization was quicker."));
    }
    row.organization_id = Some(organization);
    row.state = DeploymentState::Accepted;
    let mut caller = Caller::new(organization, Actor::ClaimCode(claim.id));
    caller.correlation = Some(correlation.to_owned());
    let line = Line {
        action: "deployment.claimed",
        subject_kind: "deployment",
        subject_id: row.id.to_string(),
        detail: &json!({ "platform": from.platform, "claim": claim.id }),
    };
    audit::record(app, &tx, Some(organization), &caller, line).await?;
    tx.commit().await?;
    Ok(row)
}

fn invalid() -> Error {
    Error::new(
        Kind::Forbidden,
        "deployment_claim.invalid",
        "This claim code does not count: it is mistyped, used already, taken back, or older than a week.",
    )
}

/// 128 bits as people type them: `7K3QM-…`.
fn written(bytes: [u8; 16]) -> String {
    let number = u128::from_be_bytes(bytes);
    let mut text = String::new();
    for place in (0..26_u32).rev() {
        let digit = usize::try_from((number >> (place * 5)) & 31).unwrap_or_default();
        text.push(char::from(DIGITS.get(digit).copied().unwrap_or(b'0')));
        if place % 5 == 1 && place > 1 {
            text.push('-');
        }
    }
    text
}

/// The hash of a code as somebody typed it: without spaces and hyphens, in any case, with digits confused.
fn hash_of(code: &str) -> String {
    let plain: String = code
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .take(64)
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    sha256_hex(format!("deployment claim\n{plain}").as_bytes())
}
