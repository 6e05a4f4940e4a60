//! One request of a service: with a bearer token that has its scope, within the size of its service, and
//! repeated once with a fresh token when the platform says 401 (lti-1.3-tool §16.4, §17, §18).
//!
//! Walks along pages are `lti`'s: make its request, [`fetch`] it, hand the answer back, until it is done.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use lti::{
    Refusal,
    quirks::{Family, ServiceQuirks},
    services::{Answer, Failure, Method, Next, Request, Scopes, scope},
};

use super::{outcome, token};
use crate::{
    app::{App, PlatformEntry},
    client::{self, Body, ClientError, Options},
    config::Secret,
};

/// A platform, as one deployment of it is served.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The platform.
    pub platform: Arc<PlatformEntry>,
    /// The platform's own name of the deployment on whose behalf we ask.
    pub deployment_id: String,
    /// What to ask for together in one token: the scopes of this service that the launch granted. The scope
    /// that a request needs is asked for in any case.
    pub scopes: Scopes,
}

impl Peer {
    /// How the services of the platform's family differ.
    #[must_use]
    pub fn quirks(&self) -> &'static ServiceQuirks {
        Family::services_of(&self.platform.row.family)
    }
}

/// What a platform answered, with any status.
#[derive(Clone, Debug)]
pub struct Fetched(client::Answer);

impl Fetched {
    pub(super) fn new(answer: client::Answer) -> Self {
        Self(answer)
    }

    /// A header's text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.header(name)
    }

    /// The media type without parameters, in lower case.
    #[must_use]
    pub fn media_type(&self) -> Option<String> {
        self.0.media_type()
    }

    /// The answer as `lti` reads it.
    #[must_use]
    pub fn answer(&self) -> Answer<'_> {
        let headers = self.0.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        Answer::new(self.0.status, headers, &self.0.body)
    }
}

/// Sends a request and reads its answer. After a 401 there is one repetition with a fresh token; a second
/// one says [`Next::Alarm`] (T06, T07).
///
/// # Errors
/// What `read` makes of the answer, or why there was none; [`Next`] says what to do.
pub async fn call<T>(
    app: &App,
    peer: &Peer,
    request: &Request,
    read: impl FnOnce(&Answer<'_>, DateTime<Utc>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let fetched = fetch(app, peer, request).await?;
    read(&fetched.answer(), app.clock.now()).map_err(|failure| {
        outcome::failed(app, peer, request.scope, &failure);
        failure.again()
    })
}

/// Sends a request and hands back whatever was answered; 401 only after the one repetition, so judge its
/// failure with [`Failure::again`].
///
/// # Errors
/// There is no token, or no answer.
pub async fn fetch(app: &App, peer: &Peer, request: &Request) -> Result<Fetched, Failure> {
    let Some(scope) = request.scope else { return fetch_openly(app, request).await };
    let mut scopes = peer.scopes.clone();
    scopes.insert(scope);
    let first = token::granted(app, peer, &scopes, scope).await?;
    let mut answer = transmit(app, request, Some(&first)).await;
    if answer.as_ref().is_ok_and(|answer| answer.status == 401) {
        token::spent(app, peer, &scopes, &first).await;
        let fresh = token::granted(app, peer, &scopes, scope).await?;
        answer = transmit(app, request, Some(&fresh)).await;
    }
    outcome::service(app, peer, scope, &answer);
    answer.map(Fetched)
}

/// Sends a request that needs no access token.
///
/// # Errors
/// There is no answer.
pub async fn fetch_openly(app: &App, request: &Request) -> Result<Fetched, Failure> {
    transmit(app, request, None).await.map(Fetched)
}

/// Sends a request of a registration, with the platform's own token if it gave one (§20.1). A document that is
/// read without a token may be up to 3 steps away on the same origin (§6).
///
/// # Errors
/// Why there is no answer.
pub async fn exchange(app: &App, request: &Request, bearer: Option<&Secret>) -> Result<Fetched, ClientError> {
    sent(app, request, bearer, true).await.map(Fetched)
}

async fn transmit(app: &App, request: &Request, bearer: Option<&Secret>) -> Result<client::Answer, Failure> {
    sent(app, request, bearer, false).await.map_err(|error| unanswered(&error, &Words::of(request.scope)))
}

async fn sent(
    app: &App,
    request: &Request,
    bearer: Option<&Secret>,
    follows: bool,
) -> Result<client::Answer, ClientError> {
    let mut options = sized(app, request);
    if follows {
        options = options.with_redirects();
    }
    if let Some(token) = bearer {
        options = options.with_bearer(token);
    }
    send(app, request, options).await
}

/// Sends a request as it is.
pub(super) async fn send(
    app: &App,
    request: &Request,
    options: Options<'_>,
) -> Result<client::Answer, ClientError> {
    let method = match request.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Delete => reqwest::Method::DELETE,
    };
    let body =
        request.body.as_ref().map(|body| Body { content_type: body.content_type, bytes: body.bytes.clone() });
    app.client.send(method, &request.url, body, options).await
}

/// Lists of everybody may be long (Moodle gives its results in one piece); the rest is short.
fn sized<'a>(app: &App, request: &Request) -> Options<'a> {
    match request.scope {
        Some(scope::MEMBERSHIP_READONLY | scope::GROUP_READONLY | scope::RESULT_READONLY) => {
            app.client.roster(request.accept)
        }
        _ => app.client.json(request.accept),
    }
}

/// The catalogue's words for a service that does not answer, or not as it should.
pub(super) struct Words {
    pub(super) unavailable: Refusal,
    pub(super) unreadable: Refusal,
}

impl Words {
    pub(super) fn of(scope: Option<&str>) -> Self {
        match scope {
            None => {
                Self { unavailable: Refusal::TokenUnreachable, unreadable: Refusal::TokenInvalidResponse }
            }
            Some(scope::LINEITEM | scope::LINEITEM_READONLY | scope::RESULT_READONLY | scope::SCORE) => {
                Self { unavailable: Refusal::AgsUnavailable, unreadable: Refusal::AgsInvalidResponse }
            }
            Some(_) => {
                Self { unavailable: Refusal::NrpsUnavailable, unreadable: Refusal::NrpsInvalidResponse }
            }
        }
    }
}

fn unanswered(error: &ClientError, words: &Words) -> Failure {
    match error {
        ClientError::Blocked(_) | ClientError::Url(_) => {
            Failure::about(Refusal::NetBlockedAddress, Next::Alarm, error.to_string())
        }
        ClientError::TooLarge(_) | ClientError::Answer(_) | ClientError::Redirect(_) => {
            Failure::about(words.unreadable.clone(), Next::Alarm, error.to_string())
        }
        ClientError::Request(_) => {
            Failure::about(words.unavailable.clone(), Next::Alarm, "the request cannot be made")
        }
        ClientError::Timeout | ClientError::Unreachable(_) | ClientError::Tls(_) => {
            Failure { words: Some(error.to_string()), ..Failure::unanswered(words.unavailable.clone()) }
        }
    }
}
