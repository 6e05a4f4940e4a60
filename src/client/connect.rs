//! How connections are made: whose certificates are believed, and through which resolver.

use std::{sync::Arc, time::Duration};

use reqwest::Certificate;

use super::{
    ClientError, USER_AGENT,
    guard::{Guard, GuardedResolver, Lookup},
};
use crate::{
    config::{Mode, Settings},
    error::chain,
};

/// reqwest, set up as the rules demand.
pub(super) fn http(
    settings: &Settings,
    guard: &Arc<Guard>,
    lookup: &Arc<dyn Lookup>,
) -> Result<reqwest::Client, ClientError> {
    let authorities = authorities(settings)?;
    if !authorities.is_empty()
        && let Err(error) = builder(settings, guard, lookup).tls_certs_only(authorities.clone()).build()
    {
        return Err(unusable(settings, &chain(&error)));
    }
    match builder(settings, guard, lookup).tls_certs_merge(authorities.clone()).build() {
        Ok(http) => Ok(http),
        // A bare machine without certificate authorities can still play the demo over loopback.
        Err(error) if settings.mode() == Mode::Development => {
            tracing::warn!(error = chain(&error), "no certificate authorities on this machine");
            builder(settings, guard, lookup)
                .tls_certs_only(authorities)
                .build()
                .map_err(|error| ClientError::Request(chain(&error)))
        }
        Err(error) => Err(ClientError::Request(format!(
            "{}. Install the system's certificate authorities (package ca-certificates).",
            chain(&error)
        ))),
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that builds an HTTP client")]
fn builder(settings: &Settings, guard: &Arc<Guard>, lookup: &Arc<dyn Lookup>) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(settings.client.connect())
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .pool_idle_timeout(Duration::from_secs(60))
        .dns_resolver(GuardedResolver::new(guard.clone(), lookup.clone()))
}

fn authorities(settings: &Settings) -> Result<Vec<Certificate>, ClientError> {
    let path = &settings.client.authorities_file;
    if path.as_os_str().is_empty() {
        return Ok(Vec::new());
    }
    let pem = std::fs::read(path).map_err(|error| unusable(settings, &error.to_string()))?;
    let certificates =
        Certificate::from_pem_bundle(&pem).map_err(|error| unusable(settings, &chain(&error)))?;
    if certificates.is_empty() {
        return Err(unusable(settings, "it holds no certificate"));
    }
    Ok(certificates)
}

fn unusable(settings: &Settings, why: &str) -> ClientError {
    let path = settings.client.authorities_file.display();
    ClientError::Request(format!("`client.authorities_file` ({path}) cannot be used: {why}"))
}
