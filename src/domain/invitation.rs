//! Invitations: one-time addresses by which a platform registers us (lti-1.3-tool §20.1).
//!
//! The address holds a secret of which we keep a hash. It is worth one platform of one organization; what its
//! use leads to is [`super::registration`]'s.

use chrono::Duration;
use lti::quirks::Family;
use serde_json::json;

use super::artwork::sha256_hex;
use crate::{
    app::App,
    domain::{
        access::Caller,
        audit::{self, Line},
        once, platform, validate,
    },
    error::{Error, Result},
    ids::{InvitationId, OrganizationId},
    store::{
        entity::platform_invitation::{self, InvitationState},
        invitation as rows,
    },
};

/// How long an invitation is good if nobody says (lti-1.3-tool §20.1), and at most, in days.
pub const USUAL_DAYS: u32 = 1;
/// Most days that one is good.
pub const MOST_DAYS: u32 = 30;

/// What it takes to invite a platform.
#[derive(Clone, Debug, Default)]
pub struct NewInvitation {
    /// What the platform will be called; its host if left out.
    pub name: Option<String>,
    /// Only platforms of this family may use it.
    pub family: Option<String>,
    /// An issuer that may be configured from another host (a self-hosted Canvas with its default issuer). Who
    /// may speak for an issuer is the server's operators' to say.
    pub issuer_url: Option<String>,
    /// The platform will belong to the server's operators; only a deployment that it names is the organization's.
    pub is_shared: bool,
    /// How many days it is good; [`USUAL_DAYS`] if left out.
    pub days: Option<u32>,
}

/// An invitation just made.
#[derive(Clone, Debug)]
pub struct MadeInvitation {
    /// The stored row; it holds only a hash.
    pub row: platform_invitation::Model,
    /// The address to paste into the platform; `None` when a repeated request found it already made.
    pub address: Option<String>,
}

/// Makes an invitation for a platform of the caller's organization.
///
/// # Errors
/// `family.unknown`; invalid fields.
pub async fn create(app: &App, caller: &Caller, new: NewInvitation) -> Result<MadeInvitation> {
    let now = app.clock.now();
    if let Some(family) = &new.family
        && Family::named(family).is_none()
    {
        return Err(platform::unknown_family());
    }
    let days = new.days.unwrap_or(USUAL_DAYS);
    if !(1..=MOST_DAYS).contains(&days) {
        let text = format!("An invitation is good for 1 to {MOST_DAYS} days.");
        return Err(Error::invalid("days.invalid", "days", text));
    }
    let issuer_url =
        new.issuer_url.as_deref().map(|url| validate::web_address(app, "issuer_url", url)).transpose()?;
    let secret = format!("{}{}", app.dice.token(), app.dice.token());
    let row = platform_invitation::Model {
        id: app.dice.row_id(now),
        organization_id: caller.organization,
        name: validate::line_opt("name", new.name.as_deref(), 200)?,
        family: new.family,
        issuer_url,
        is_shared: new.is_shared,
        ticket_hash: hash(&secret),
        state: InvitationState::Open,
        held_until: None,
        platform_id: None,
        tried_at: None,
        tried_by: None,
        trouble: None,
        trouble_words: None,
        created_at: now,
        expires_at: now + Duration::days(i64::from(days)),
        used_at: None,
    };
    let tx = app.store.write().await?;
    if let Some(earlier) = once::claim(app, &tx, caller, row.id.0).await? {
        drop(tx);
        let row = find(app, caller.organization, InvitationId(earlier)).await?;
        return Ok(MadeInvitation { row, address: None });
    }
    rows::insert(&tx, row.clone()).await?;
    let detail = json!({ "family": row.family, "shared": row.is_shared, "days": days });
    let line = line("platform_invitation.created", &row, &detail);
    audit::record(app, &tx, Some(caller.organization), caller, line).await?;
    tx.commit().await?;
    let address = app.settings.server.public_url.at(&format!("/lti/register?invite={secret}"));
    Ok(MadeInvitation { row, address: Some(address) })
}

/// Takes an invitation back. Twice is once; one that was used stays used.
///
/// # Errors
/// `not_found`; `invitation.used`.
pub async fn withdraw(app: &App, caller: &Caller, id: InvitationId) -> Result<platform_invitation::Model> {
    let tx = app.store.write().await?;
    let mut row = rows::find(&tx, caller.organization, id).await?.ok_or_else(no_such)?;
    match row.state {
        InvitationState::Withdrawn => return Ok(row),
        InvitationState::Used => {
            return Err(Error::conflict(
                "invitation.used",
                "This invitation was used; there is nothing left to take back.",
            ));
        }
        InvitationState::Open => row.state = InvitationState::Withdrawn,
    }
    rows::withdraw(&tx, caller.organization, id).await?;
    let detail = json!({});
    let line = line("platform_invitation.withdrawn", &row, &detail);
    audit::record(app, &tx, Some(caller.organization), caller, line).await?;
    tx.commit().await?;
    Ok(row)
}

/// One invitation.
///
/// # Errors
/// `not_found`.
pub async fn find(
    app: &App,
    organization: OrganizationId,
    id: InvitationId,
) -> Result<platform_invitation::Model> {
    rows::find(app.store.read(), organization, id).await?.ok_or_else(no_such)
}

/// The invitation whose ticket somebody brings, if it is good now. Says nothing of why it is not.
///
/// # Errors
/// Only the database's.
pub async fn of_ticket(app: &App, ticket: &str) -> Result<Option<platform_invitation::Model>> {
    if ticket.is_empty() || ticket.len() > 200 {
        return Ok(None);
    }
    let now = app.clock.now();
    let found = rows::unscoped_of_ticket(app.store.read(), &hash(ticket)).await?;
    Ok(found.filter(|row| row.state == InvitationState::Open && row.expires_at > now))
}

fn hash(ticket: &str) -> String {
    sha256_hex(ticket.as_bytes())
}

fn no_such() -> Error {
    Error::not_found("invitation")
}

fn line<'a>(
    action: &'static str,
    row: &platform_invitation::Model,
    detail: &'a serde_json::Value,
) -> Line<'a> {
    Line { action, subject_kind: "platform_invitation", subject_id: row.id.to_string(), detail }
}
