//! The conversation with the platform (lti-1.3-tool §20.1 steps 4-7): its configuration, what it has of us
//! already, our proposal, its reply. Reads the database, writes nothing; `keep.rs` stores what was agreed.

use lti::{
    Refusal,
    dynamic::{Configuration, Initiation, Registered, Trust},
    quirks::Family,
    services::{Failure, Next, Request},
};

use super::{Agreed, Asked, Hold, Outcome, Stopped, keep, offer};
use crate::{
    app::App,
    client::ClientError,
    config::Secret,
    domain::platform_key,
    ids::PlatformId,
    platform_client::{self, Fetched},
    store::{
        entity::{
            organization,
            platform::{self, PlatformState},
            platform_invitation,
        },
        platform as platforms,
    },
};

/// What is to be agreed on by an invitation.
pub(super) struct Agreement {
    pub invitation: platform_invitation::Model,
    pub organization: organization::Model,
    /// The platform has said yes: over there we are registered.
    pub has_agreed: bool,
}

impl Agreement {
    /// Talks to the platform and stores what comes of it.
    pub(super) async fn reach(&mut self, app: &App, asked: &Asked, hold: &Hold) -> Result<Outcome, Stopped> {
        let bearer = asked.initiation.bearer().map(|token| Secret::from(token.to_owned()));
        let platform = self.configuration(app, &asked.initiation, bearer.as_ref()).await?;
        let family = self.family(&platform)?;
        let known = platforms::unscoped_of_login(app.store.read(), platform.issuer(), None).await?;
        let now_registered = match known.is_empty() {
            // Nothing that we know of can be meant.
            true => None,
            false => current(app, asked, &platform, bearer.as_ref()).await,
        };
        let meant = now_registered.and_then(|client_id| known.iter().find(|row| row.client_id == client_id));
        if let Some(ask) = self.question(meant, &known, family, asked.agreed)? {
            return Ok(ask);
        }
        let (id, key) = match meant {
            Some(row) => (row.id, None),
            None => {
                let id: PlatformId = app.dice.public_id();
                (id, Some(platform_key::new(app, id, app.clock.now()).await?))
            }
        };
        let proposal = offer::proposal(app, id, &asked.logo_url, &platform)?;
        let fetched = exchange(app, &proposal.request(), bearer.as_ref())
            .await
            .map_err(|error| unanswered(Refusal::DrResponseInvalid, &error))?;
        let answer = fetched.answer();
        self.has_agreed = matches!(answer.status, 200 | 201);
        let agreed = Registered::read(&answer, &proposal, &platform)?;
        let found = keep::Found { id, key, family, platform: &platform, agreed: &agreed, meant };
        keep::store(app, self, asked, hold, found).await
    }

    async fn configuration(
        &self,
        app: &App,
        initiation: &Initiation,
        bearer: Option<&Secret>,
    ) -> Result<Configuration, Stopped> {
        let fetched = exchange(app, &initiation.request(), bearer)
            .await
            .map_err(|error| unanswered(Refusal::DrConfigUnreachable, &error))?;
        let trust = Trust {
            issuers: self.invitation.issuer_url.as_slice(),
            allow_loopback_http: app.tool.allow_loopback_http,
        };
        Ok(Configuration::read(&fetched.answer(), initiation, trust)?)
    }

    /// The family of the platform: what it says itself, but as the invitation says where that is one of its
    /// products or the platform says nothing.
    fn family(&self, platform: &Configuration) -> Result<Option<&'static Family>, Stopped> {
        let Some(wanted) = self.invitation.family.as_deref().and_then(Family::named) else {
            return Ok(platform.family());
        };
        let is_one = |code: &str| wanted.product_codes.iter().any(|known| known.eq_ignore_ascii_case(code));
        if platform.product_code().is_none_or(is_one) {
            return Ok(Some(wanted));
        }
        Err(Refusal::DrUnsupportedPlatform("product_family_code").into())
    }

    /// What has to be asked before anything is sent: a proposal would change what is registered over there.
    fn question(
        &self,
        meant: Option<&platform::Model>,
        known: &[platform::Model],
        family: Option<&'static Family>,
        agreed: Option<Agreed>,
    ) -> Result<Option<Outcome>, Stopped> {
        let (what, row) = match meant {
            Some(row) if !self.may_change(row) => return Err(Refusal::DrAlreadyRegistered.into()),
            Some(row) => (Agreed::Update(row.id), row),
            // Customers of a cloud have its issuer in common, and each may register any number of times.
            None if family.is_some_and(|family| family.shared_issuer) => return Ok(None),
            None => {
                let own =
                    known.iter().find(|row| self.may_change(row) && row.state != PlatformState::Disabled);
                let Some(row) = own else { return Ok(None) };
                (Agreed::Second, row)
            }
        };
        if agreed == Some(what) {
            return Ok(None);
        }
        Ok(Some(Outcome::Ask {
            what,
            platform: Box::new(row.clone()),
            organization: Box::new(self.organization.clone()),
        }))
    }

    /// Whether the invitation is good for a platform that there is.
    pub(super) fn may_change(&self, row: &platform::Model) -> bool {
        let owner = (!self.invitation.is_shared).then_some(self.organization.id);
        row.organization_id == owner
    }
}

/// The client id under which we are registered over there now, where the platform's token is one for an update
/// (Moodle). Whatever else is answered says that it is not.
async fn current(
    app: &App,
    asked: &Asked,
    platform: &Configuration,
    bearer: Option<&Secret>,
) -> Option<String> {
    // Only the address matters.
    let proposal = offer::proposal(app, app.dice.public_id(), &asked.logo_url, platform).ok()?;
    let fetched = exchange(app, &proposal.current(), bearer).await.ok()?;
    let registered = Registered::read(&fetched.answer(), &proposal, platform).ok()?;
    Some(registered.client_id)
}

async fn exchange(app: &App, request: &Request, bearer: Option<&Secret>) -> Result<Fetched, ClientError> {
    platform_client::exchange(app, request, bearer).await
}

/// Whatever the reason, the page has one word for it: it must not tell strangers what our network holds. The
/// operator reads more.
fn unanswered(refusal: Refusal, error: &ClientError) -> Failure {
    Failure::about(refusal, Next::Stop, format!("{}: {error}", error.code()))
}
