//! Dynamic Registration: a platform registers us by one pasted address (lti-1.3-tool §20).
//!
//! ```text
//! invitation held ─ agree.rs: configuration, proposal, reply ─ keep.rs: platform, key, deployment ─ invitation used
//!        └──────────────── anything fails: let go, nothing stays behind ───────────────┘
//! ```
//!
//! What the platform did cannot be undone by us, so the invitation is worth one *yes*: whatever fails before the
//! platform has agreed (also when it never answers) leaves it as good as it was; once the platform has agreed
//! it is spent, even if we could not keep the registration. Nobody else can use it while a registration runs,
//! and a process that dies lets it go after [`HELD`]. The work is done on the side: a browser that goes away
//! breaks nothing off half-way. `offer.rs` has what we ask for.

mod agree;
mod keep;
mod offer;

use chrono::Duration;
use lti::{
    Refusal,
    dynamic::Initiation,
    services::{Failure, Scopes},
};

use super::invitation;
use crate::{
    app::App,
    error::{Error, Result},
    ids::{InvitationId, OrganizationId, PlatformId},
    store::{
        entity::{
            organization, platform,
            platform_invitation::{InvitationState, Model as Invitation},
        },
        invitation::{self as invitations, Ended},
    },
};

/// How long an invitation is held for a registration that says nothing: longer than all of its waits.
pub const HELD: Duration = Duration::minutes(5);
/// How long the first deployment to launch is taken in, where the platform named none (§20.4).
pub const FIRST_DEPLOYMENT: Duration = Duration::days(30);

/// What a browser brings.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The secret of the invitation.
    pub ticket: String,
    /// What the platform wants us to read.
    pub initiation: Initiation,
    /// What the administrator has agreed to, being asked.
    pub agreed: Option<Agreed>,
    /// A picture of us, absolute.
    pub logo_url: String,
    /// The correlation id of the request.
    pub correlation: String,
}

/// What needs an administrator's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreed {
    /// Change what this platform of the organization has registered (G14).
    Update(PlatformId),
    /// Register a second time with an LMS that the organization is connected to.
    Second,
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The platform is ours.
    Registered(Box<Registration>),
    /// Ask first. Nothing was sent yet; the invitation is as good as it was.
    Ask {
        /// What for.
        what: Agreed,
        /// The platform that there is.
        platform: Box<platform::Model>,
        /// Whose it is.
        organization: Box<organization::Model>,
    },
}

/// A registration that both sides have.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The platform.
    pub platform: platform::Model,
    /// Whose it is.
    pub organization: organization::Model,
    /// What it granted, as it says.
    pub scopes: Scopes,
    /// The deployment, where it named one.
    pub deployment_id: Option<String>,
    /// Somebody must still switch the tool on over there.
    pub awaits_activation: bool,
    /// It was registered before and is changed now.
    pub is_update: bool,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// What was brought or answered is not good.
    #[error("{0}")]
    Refused(Failure),
    /// We failed.
    #[error("{0}")]
    Failed(#[from] Error),
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Failure::new(refusal, lti::services::Next::Stop))
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}

impl From<crate::store::DbErr> for Stopped {
    fn from(error: crate::store::DbErr) -> Self {
        Self::Failed(error.into())
    }
}

/// A good invitation and its organization, to say who asks whom. Changes nothing.
///
/// # Errors
/// `lti.dr.ticket_invalid`.
pub async fn look(app: &App, ticket: &str) -> Result<(Invitation, organization::Model), Stopped> {
    let found = invitation::of_ticket(app, ticket).await?;
    let invitation = found.ok_or(Refusal::DrTicketInvalid)?;
    let organization = super::organization::find(app, invitation.organization_id).await?;
    Ok((invitation, organization))
}

/// Registers.
///
/// # Errors
/// One of the `lti.dr` codes.
pub async fn register(app: &App, asked: Asked) -> Result<Outcome, Stopped> {
    let (tell, told) = tokio::sync::oneshot::channel();
    app.spawn({
        let app = app.clone();
        async move {
            // Nobody may be there to hear it any more.
            drop(tell.send(begin(&app, &asked).await));
        }
    });
    told.await.map_err(Error::internal)?
}

async fn begin(app: &App, asked: &Asked) -> Result<Outcome, Stopped> {
    let (invitation, organization) = look(app, &asked.ticket).await?;
    let now = app.clock.now();
    let held = now + HELD;
    let tx = app.store.write().await?;
    if !invitations::hold(&tx, organization.id, invitation.id, now, held).await? {
        return Err(Refusal::DrTicketInvalid.into());
    }
    tx.commit().await?;
    let hold = Hold { organization: organization.id, invitation: invitation.id, until: held };
    let mut agreement = agree::Agreement { invitation, organization, has_agreed: false };
    let outcome = agreement.reach(app, asked, &hold).await;
    let trouble = match &outcome {
        // Used already, together with what was stored.
        Ok(Outcome::Registered(_)) => return outcome,
        Ok(Outcome::Ask { .. }) => None,
        Err(stopped) => Some(stopped.told()),
    };
    if let Some((code, words)) = &trouble {
        tracing::warn!(
            correlation.id = asked.correlation, invitation.id = %hold.invitation, http.host = asked.initiation.host(),
            code, words, "a platform was not registered"
        );
    }
    let state = if agreement.has_agreed { InvitationState::Used } else { InvitationState::Open };
    hold.end(
        app,
        Ended {
            state,
            platform: None,
            at: app.clock.now(),
            host: asked.initiation.host().to_owned(),
            trouble,
        },
    )
    .await?;
    outcome
}

/// An invitation that is ours for a while.
#[derive(Clone, Copy, Debug)]
struct Hold {
    organization: OrganizationId,
    invitation: InvitationId,
    until: chrono::DateTime<chrono::Utc>,
}

impl Hold {
    /// Lets go. Whoever took the invitation back meanwhile was right.
    async fn end(&self, app: &App, ended: Ended) -> Result<()> {
        let tx = app.store.write().await?;
        invitations::end(&tx, self.organization, self.invitation, self.until, ended).await?;
        tx.commit().await
    }
}

impl Stopped {
    /// Code and words for the operator who made the invitation.
    fn told(&self) -> (String, Option<String>) {
        match self {
            Self::Refused(failure) => {
                let words = failure.words.clone().or_else(|| failure.refusal.detail().map(str::to_owned));
                (failure.refusal.code().to_owned(), words)
            }
            Self::Failed(error) => (error.code().to_owned(), None),
        }
    }
}
