//! Access tokens for services (lti-1.3-tool §16): asked for with an assertion that the platform's own active
//! key of ours signs, kept in memory by (platform, deployment, scopes), asked for once however many want one.
//!
//! A failure is remembered for a moment, so that those who waited for it do not ask again; scopes that a
//! platform refused are left out for a day. All of it is forgotten when the platform's row or keys change.
//! Nothing here prints a token or an assertion (T15).

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use lti::{
    Refusal,
    keys::ToolKey,
    services::{
        Failure, Next, Scopes,
        token::{Asking, Granted, Party, REFUSED_FOR, Step},
    },
};
use tokio::sync::Mutex;

use super::{
    outcome,
    service::{Peer, fetch_openly},
};
use crate::{
    app::{App, TokenKey, TokenSlot},
    config::Secret,
    error::{Error, Result},
    ids::PlatformId,
    store::platform as rows,
    vault::Purpose,
};

/// How long a failure stands for those who come right after it.
const FAILED_FOR: Duration = Duration::seconds(10);

/// A token that has `scope`, asked for together with all of `scopes`.
///
/// # Errors
/// One of the `lti.token` codes.
pub(super) async fn granted(app: &App, peer: &Peer, scopes: &Scopes, scope: &str) -> Result<Secret, Failure> {
    let slot = slot(app, peer, scopes);
    let mut slot = slot.lock().await;
    let now = app.clock.now();
    if let Some(granted) = slot.granted.as_ref().filter(|granted| granted.is_usable(now)) {
        granted.require(scope)?;
        return Ok(Secret::from(granted.token().to_owned()));
    }
    slot.granted = None;
    if let Some((failure, until)) = &slot.failed
        && now < *until
    {
        return Err(failure.clone());
    }
    match obtain(app, peer, scopes).await {
        Ok(granted) => {
            let token = Secret::from(granted.token().to_owned());
            let enough = granted.require(scope);
            slot.failed = None;
            slot.granted = Some(granted);
            enough.map(|()| token)
        }
        Err(failure) => {
            let wait = match failure.next {
                Next::Later(Some(asked)) => asked.max(FAILED_FOR),
                _ => FAILED_FOR,
            };
            slot.failed = Some((failure.clone(), now + wait));
            Err(failure)
        }
    }
}

/// A platform refused this token: nobody takes it from the cache any more.
pub(super) async fn spent(app: &App, peer: &Peer, scopes: &Scopes, token: &Secret) {
    let slot = slot(app, peer, scopes);
    let mut slot = slot.lock().await;
    // Somebody else may have a fresh one already.
    if slot.granted.as_ref().is_some_and(|granted| granted.token() == token.expose()) {
        slot.granted = None;
    }
}

/// Asks the platform for a token, past the cache: what [`super::fetch`] does when it has none. Operators hear how
/// it went.
///
/// # Errors
/// One of the `lti.token` codes.
pub async fn obtain(app: &App, peer: &Peer, scopes: &Scopes) -> Result<Granted, Failure> {
    let asked = ask(app, peer, scopes).await;
    outcome::token(app, peer, &asked);
    match &asked {
        Ok(granted) => {
            tracing::debug!(platform.id = %peer.platform.row.id, until = %granted.usable_until(), "an access token");
        }
        // An alarm is for people: the key is not known over there, or the audience is wrong.
        Err(failure) if failure.next == Next::Alarm => {
            tracing::error!(platform.id = %peer.platform.row.id, code = failure.refusal.code(), %failure, "no access token");
        }
        Err(failure) => {
            tracing::warn!(platform.id = %peer.platform.row.id, code = failure.refusal.code(), %failure, "no access token");
        }
    }
    asked
}

async fn ask(app: &App, peer: &Peer, scopes: &Scopes) -> Result<Granted, Failure> {
    let platform = &peer.platform;
    if !platform.registration.active {
        let words = "the platform is switched off, or has no client id yet";
        return Err(Failure::about(Refusal::TokenUnreachable, Next::Alarm, words));
    }
    let Some(token_endpoint) = platform.row.token_endpoint.as_deref() else {
        let words = "the platform's token address is not known";
        return Err(Failure::about(Refusal::TokenUnreachable, Next::Alarm, words));
    };
    let key = signing_key(app, platform.row.id).await.map_err(|error| {
        tracing::error!(platform.id = %platform.row.id, %error, "our key for a platform cannot be used");
        Failure::about(Refusal::TokenUnreachable, Next::Later(None), "our own key cannot be used")
    })?;
    let party = Party {
        client_id: &platform.row.client_id,
        token_endpoint,
        token_audience: platform.row.token_audience.as_deref(),
        deployment_id: named_deployment(peer),
    };
    let mut asking = Asking::new(scopes, &refused_lately(app, peer, scopes))?;
    let granted = loop {
        let request = party
            .request(&key, asking.now(), &app.dice.bytes(), app.clock.now())
            .map_err(|_| Failure::about(Refusal::TokenUnreachable, Next::Alarm, "nothing was signed"))?;
        let answered = fetch_openly(app, &request).await?;
        match asking.heard(&answered.answer(), app.clock.now()) {
            Step::Ask => {}
            Step::Done(granted) => break Ok(granted),
            Step::Failed(failure) => break Err(failure),
        }
    };
    for scope in asking.refused().iter() {
        let key = refused_key(peer, scope);
        app.caches.refused_scopes.insert(key, app.clock.now() + REFUSED_FOR);
    }
    granted
}

/// The key that signs for a platform now.
///
/// # Errors
/// `not_found` when the platform has none.
pub async fn signing_key(app: &App, platform: PlatformId) -> Result<ToolKey> {
    let now = app.clock.now();
    let row = rows::keys(app.store.read(), platform)
        .await?
        .into_iter()
        .filter(|key| key.activates_at <= now && key.retired_at.is_none_or(|at| at > now))
        .max_by_key(|key| key.activates_at)
        .ok_or_else(|| Error::not_found("platform"))?;
    let pkcs8 = app.vault.open(Purpose::PlatformKey, &row.sealed_private, row.id.0.as_bytes())?;
    ToolKey::from_pkcs8(&pkcs8).map_err(Error::internal)
}

/// The deployment that assertions name, unless the platform's switches say otherwise.
fn named_deployment(peer: &Peer) -> Option<&str> {
    let named = peer.platform.registration.switches.send_deployment_in_assertion;
    named.then_some(peer.deployment_id.as_str())
}

fn slot(app: &App, peer: &Peer, scopes: &Scopes) -> Arc<Mutex<TokenSlot>> {
    app.caches.tokens.get_with(key_of(peer, scopes.clone()), || Arc::new(Mutex::new(TokenSlot::default())))
}

fn refused_key(peer: &Peer, scope: &str) -> TokenKey {
    key_of(peer, [scope].into_iter().collect())
}

fn key_of(peer: &Peer, scopes: Scopes) -> TokenKey {
    TokenKey { platform: peer.platform.row.id, deployment: named_deployment(peer).map(str::to_owned), scopes }
}

fn refused_lately(app: &App, peer: &Peer, scopes: &Scopes) -> Scopes {
    let now: DateTime<Utc> = app.clock.now();
    let is_refused = |scope: &&str| {
        app.caches.refused_scopes.get(&refused_key(peer, scope)).is_some_and(|until| now < until)
    };
    scopes.iter().filter(is_refused).collect()
}
