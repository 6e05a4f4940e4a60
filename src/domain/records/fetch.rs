//! Asking a platform's own interface: through the guarded client, with the credential where nobody logs it, one
//! request after the other.

use std::time::{Duration, Instant};

use lti::services::Answer;
use serde::Deserialize;
use tokio::time::sleep;

use super::{
    canvas,
    fault::{Fault, Why},
    moodle,
    source::Credential,
};
use crate::{
    app::App,
    client::{self, ClientError, Options},
    config::Secret,
    error::{Error, Result},
    store::entity::record_source::{Model, RecordKind},
    vault::Purpose,
};

/// The longest answer that is taken: grades of a whole course come in one piece.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// The longest wait for one: Moodle works out grades of everybody.
const LONGEST: Duration = Duration::from_secs(30);
/// Canvas says how much of its quota is left; below this we go slowly.
const LOW_QUOTA: f64 = 100.0;
/// A pause when little is left.
const PAUSE: Duration = Duration::from_secs(1);

/// Somebody who may ask.
pub(super) struct Session<'a> {
    app: &'a App,
    pub base: &'a str,
    token: Secret,
    /// Requests so far.
    pub requests: u32,
    /// How long the platform took for them.
    pub waited: Duration,
}

impl<'a> Session<'a> {
    /// Opens the credential; a refresh token is exchanged for an access token first.
    pub async fn open(app: &'a App, source: &'a Model) -> Result<Result<Self, Fault>> {
        let credential = opened(app, source)?;
        let base = source.base_url.as_str();
        let mut session = Self { app, base, token: Secret::default(), requests: 0, waited: Duration::ZERO };
        match credential {
            Credential::Token { token } => session.token = token,
            Credential::Refresh { client_id, client_secret, refresh_token } => {
                let form = [
                    ("grant_type", "refresh_token"),
                    ("client_id", client_id.as_str()),
                    ("client_secret", client_secret.expose()),
                    ("refresh_token", refresh_token.expose()),
                ];
                let url = canvas::token_url(base);
                let options = app.client.json(canvas::ACCEPT);
                session.requests += 1;
                let answered =
                    app.client.post_form(&url, &form, options).await.map_err(|error| unanswered(&error));
                let token = answered.and_then(|answered| canvas::token(&heard(&answered), app.clock.now()));
                match token {
                    Ok(token) => session.token = Secret::from(token),
                    Err(fault) => return Ok(Err(fault)),
                }
            }
        }
        Ok(Ok(session))
    }

    /// GETs an address of Canvas.
    pub async fn get(&mut self, url: &str) -> Result<client::Answer, Fault> {
        self.requests += 1;
        let options = long(self.app.client.roster(canvas::ACCEPT)).with_bearer(&self.token);
        let started = Instant::now();
        let answered = self.app.client.get(url, options).await;
        self.waited += started.elapsed();
        let answered = answered.map_err(|error| unanswered(&error))?;
        let left = answered.header("x-rate-limit-remaining").and_then(|left| left.trim().parse::<f64>().ok());
        if answered.is_success() && left.is_some_and(|left| left < LOW_QUOTA) {
            sleep(PAUSE).await;
        }
        Ok(answered)
    }

    /// Calls a function of Moodle. The token goes into the form: addresses are logged on the way.
    pub async fn call(&mut self, call: &moodle::Call) -> Result<client::Answer, Fault> {
        self.requests += 1;
        let token = [("wstoken", self.token.expose())];
        let rest = call.form.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let form: Vec<(&str, &str)> = token.into_iter().chain(rest).collect();
        let options = long(self.app.client.roster(moodle::ACCEPT));
        let started = Instant::now();
        let answered = self.app.client.post_form(&call.url, &form, options).await;
        self.waited += started.elapsed();
        answered.map_err(|error| unanswered(&error))
    }
}

fn long(options: Options<'_>) -> Options<'_> {
    options.at_most(MOST_BYTES).within(LONGEST)
}

/// An answer as the pure parts read it.
pub(super) fn heard(answered: &client::Answer) -> Answer<'_> {
    let headers = answered.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    Answer::new(answered.status, headers, &answered.body)
}

fn unanswered(error: &ClientError) -> Fault {
    Fault::new(match error {
        ClientError::Url(_) | ClientError::Blocked(_) => Why::AddressRefused,
        ClientError::TooLarge(_) => Why::TooLarge,
        ClientError::Redirect(_) => Why::NotThere,
        ClientError::Timeout | ClientError::Unreachable(_) | ClientError::Tls(_) => Why::Unavailable,
        ClientError::Answer(_) => Why::Unreadable,
        ClientError::Request(_) => Why::TokenRefused,
    })
}

/// How a credential lies under its seal.
#[derive(serde::Serialize, Deserialize)]
struct Sealed<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<std::borrow::Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<std::borrow::Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_secret: Option<std::borrow::Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<std::borrow::Cow<'a, str>>,
}

/// The credential, sealed for the source's row.
pub(super) fn sealed(app: &App, id: uuid::Uuid, credential: Option<&Credential>) -> Result<Vec<u8>> {
    let clear = match credential {
        None => Vec::new(),
        Some(credential) => {
            let parts = match credential {
                Credential::Token { token } => Sealed {
                    token: Some(token.expose().into()),
                    client_id: None,
                    client_secret: None,
                    refresh_token: None,
                },
                Credential::Refresh { client_id, client_secret, refresh_token } => Sealed {
                    token: None,
                    client_id: Some(client_id.into()),
                    client_secret: Some(client_secret.expose().into()),
                    refresh_token: Some(refresh_token.expose().into()),
                },
            };
            serde_json::to_vec(&parts).map_err(Error::internal)?
        }
    };
    let clear = secrecy::zeroize::Zeroizing::new(clear);
    Ok(app.vault.seal(Purpose::RecordCredential, &clear, id.as_bytes(), &app.dice)?)
}

fn opened(app: &App, source: &Model) -> Result<Credential> {
    let clear =
        app.vault.open(Purpose::RecordCredential, &source.sealed_credential, source.id.0.as_bytes())?;
    let parts: Sealed<'_> = serde_json::from_slice(&clear).map_err(Error::internal)?;
    let secret = |text: Option<std::borrow::Cow<'_, str>>| text.map(|text| Secret::from(text.into_owned()));
    let Sealed { token, client_id, client_secret, refresh_token } = parts;
    match (secret(token), client_id, secret(client_secret), secret(refresh_token)) {
        (Some(token), ..) => Ok(Credential::Token { token }),
        (None, Some(client_id), Some(client_secret), Some(refresh_token))
            if source.kind == RecordKind::Canvas =>
        {
            Ok(Credential::Refresh { client_id: client_id.into_owned(), client_secret, refresh_token })
        }
        _ => Err(Error::internal("a sealed credential has no parts")),
    }
}
