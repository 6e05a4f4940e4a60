//! Asking a platform just to see what it says, past every cache: for diagnosis. Nothing is repeated, nothing
//! kept; what an answer means is `lti::diagnosis`'s to say.

use std::time::Duration;

use lti::{
    diagnosis::Unheard,
    services::{Scopes, token::Party},
};

use super::{
    service::{Fetched, send},
    token::signing_key,
};
use crate::{
    app::{App, PlatformEntry},
    client::{ClientError, Options},
    error::{Error, Result},
};

/// Nobody waits longer for one answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// No answer here may be longer, in bytes.
const MOST: usize = 512 * 1024;

/// What is at an address.
pub async fn get(app: &App, url: &str, accept: &str, follows: bool) -> std::result::Result<Fetched, Unheard> {
    let options = bounded(app.client.json(accept));
    let options = if follows { options.with_redirects() } else { options };
    app.client.get(url, options).await.map(Fetched::new).map_err(|error| why(&error))
}

/// The answer to one request for a token, signed as always.
///
/// # Errors
/// Our own key cannot be used.
pub async fn token(
    app: &App,
    platform: &PlatformEntry,
    token_endpoint: &str,
    deployment: Option<&str>,
    scopes: &Scopes,
) -> Result<std::result::Result<Fetched, Unheard>> {
    let key = signing_key(app, platform.row.id).await?;
    let party = Party {
        client_id: &platform.row.client_id,
        token_endpoint,
        token_audience: platform.row.token_audience.as_deref(),
        deployment_id: deployment,
    };
    let request = party.request(&key, scopes, &app.dice.bytes(), app.clock.now()).map_err(Error::internal)?;
    let answer = send(app, &request, bounded(app.client.json(request.accept))).await;
    Ok(answer.map(Fetched::new).map_err(|error| why(&error)))
}

fn bounded(options: Options<'_>) -> Options<'_> {
    options.within(PATIENCE).at_most(MOST)
}

fn why(error: &ClientError) -> Unheard {
    match error {
        ClientError::Url(_) | ClientError::Request(_) => Unheard::Address,
        ClientError::Blocked(_) => Unheard::Blocked,
        ClientError::Timeout => Unheard::Slow,
        ClientError::TooLarge(_) | ClientError::Answer(_) => Unheard::Long,
        ClientError::Redirect(_) => Unheard::Elsewhere,
        ClientError::Tls(_) => Unheard::Certificate,
        ClientError::Unreachable(_) if error.is_about_the_name() => Unheard::Name,
        ClientError::Unreachable(_) => Unheard::Nobody,
    }
}
