//! `/lti/*`: where platforms knock. Login, launch, our keys. The checks are `lti`'s, what follows is
//! `domain::launch`'s; here are forms, cookies and redirects only.
//!
//! No CSRF protection of ours: these are cross-site by design and have their own (lti-1.3-tool §3).

mod binding;
mod claim;
mod config;
mod follow;
mod jwks;
mod launch;
mod login;
mod notices;
mod register;
mod setup;

use lti::{Refusal, quirks::Family};
use poem::{Body, Response, Route, error::ResponseError, http::StatusCode};
use url::Url;

use super::{
    answer::Framing,
    methods::{Methods, get},
};
use crate::{app::PlatformEntry, domain::installation, error::Error};

/// A refusal on its way to the person who caused it; [`super::layers`] makes the page.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub Refusal);

impl ResponseError for Refused {
    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::BAD_REQUEST)
    }

    fn as_response(&self) -> Response {
        Response::builder().status(self.status()).body(self.0.code())
    }
}

/// Why a platform's signed message is not taken in.
enum Stop {
    /// It is not good.
    Refused(Refusal),
    /// We failed.
    Failed(Error),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Adds the addresses of this folder.
#[must_use]
pub fn routes(route: Route) -> Route {
    route
        .at("/lti/login", login_methods())
        .at("/lti/login/:platform", login_methods())
        .at("/lti/launch", launch_methods())
        .at("/lti/launch/continue", continue_methods())
        .at("/lti/claim", super::methods::post(claim::claim))
        .at("/lti/register", get(register::open).post(register::go))
        .at("/lti/notices/:platform", super::methods::post(notices::take_in))
        .at("/lti/jwks/:platform", get(jwks::published))
        .at("/lti/setup/:platform", get(setup::show))
        .at("/lti/config/canvas.json", get(config::canvas))
}

fn login_methods() -> Methods {
    get(login::begin).post(login::begin).or_refuse(|| Refused(Refusal::LoginMethodNotAllowed).into())
}

fn launch_methods() -> Methods {
    super::methods::post(launch::arrive).or_refuse(|| Refused(Refusal::LaunchMethodNotAllowed).into())
}

fn continue_methods() -> Methods {
    super::methods::post(launch::go_on).or_refuse(|| Refused(Refusal::LaunchMethodNotAllowed).into())
}

/// A refusal as a failure, framed by the platform's own pages once we know whose it is.
fn refused(refusal: Refusal, platform: Option<&PlatformEntry>) -> poem::Error {
    let mut error: poem::Error = Refused(refusal).into();
    if let Some(platform) = platform {
        error.set_data(Framing(origins(platform)));
    }
    error
}

/// What launches of a frozen platform are told, in its own frame.
fn held_back(platform: &PlatformEntry) -> poem::Error {
    let mut error: poem::Error = installation::frozen().into();
    error.set_data(Framing(origins(platform)));
    error
}

/// The origins from which a platform shows us: its issuer's, its authorization endpoint's, those that an
/// administrator named besides, and the hosts of its family's cloud (Canvas shows us from the institution's own).
#[must_use]
pub fn origins(platform: &PlatformEntry) -> Vec<String> {
    let mut origins: Vec<String> = Vec::new();
    for url in [&platform.row.issuer_url, &platform.row.authorization_endpoint]
        .into_iter()
        .chain(&platform.registration.switches.storage_origins)
    {
        origins.extend(origin_of(url).filter(|origin| !origins.contains(origin)));
    }
    for host in Family::services_of(&platform.row.family).configured_from {
        let origin = format!("https://{host}");
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    origins
}

/// The origin of an http or https address.
#[must_use]
pub fn origin_of(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
}

/// Reads a body up to `limit` bytes; `None` when it is larger or breaks off.
async fn read_body(body: Body, limit: usize) -> Option<Vec<u8>> {
    body.into_bytes_limit(limit).await.ok().map(|bytes| bytes.to_vec())
}
