//! The keys that platforms publish, cached by address with the rules of lti-1.3-tool §4.2 (which live in
//! `lti::keys`), one fetch at a time.

use std::sync::Arc;

use lti::{
    Refusal,
    keys::{CachePolicy, Decision, KeyCache, KeySet},
    launch::token::Header,
};
use tokio::sync::Mutex;

use super::outcome;
use crate::app::{App, PlatformEntry};

/// Largest key set that is read, in bytes.
const MAX_KEY_SET: usize = 512 * 1024;

/// The key set with which a token of that header is to be verified.
///
/// # Errors
/// [`Refusal::JwksUnavailable`] when there is no key and none can be had.
pub async fn key_set(app: &App, platform: &PlatformEntry, header: &Header) -> Result<Arc<KeySet>, Refusal> {
    if let Some(inline) = &platform.inline {
        return Ok(Arc::clone(inline));
    }
    let Some(url) = &platform.row.jwks_url else { return Err(Refusal::JwksUnavailable) };
    published(app, Some(platform), url, header).await
}

/// The key set published at an address, with which something of that header is to be verified. How asking went is
/// a fact about the platform whose own address it is, if any.
///
/// # Errors
/// As [`key_set`].
pub async fn published(
    app: &App,
    platform: Option<&PlatformEntry>,
    url: &str,
    header: &Header,
) -> Result<Arc<KeySet>, Refusal> {
    let cache = app.caches.jwks.get_with(url.to_owned(), || Arc::new(Mutex::new(KeyCache::default())));
    let mut cache = cache.lock().await;
    for _ in 0..2 {
        match cache.decide(header, app.clock.now()) {
            Decision::Use(set) => return Ok(set),
            Decision::Refuse(refusal) => return Err(refusal),
            Decision::Fetch { forced } => match fetch(app, url).await {
                Ok((set, fresh)) => {
                    if let Some(platform) = platform {
                        outcome::keys(app, platform, &set);
                    }
                    cache.fetched(set, fresh, forced, app.clock.now());
                }
                Err(words) => {
                    if let Some(platform) = platform {
                        outcome::no_keys(app, platform, words);
                    }
                    cache.failed(app.clock.now());
                }
            },
        }
    }
    match cache.decide(header, app.clock.now()) {
        Decision::Use(set) => Ok(set),
        Decision::Refuse(refusal) => Err(refusal),
        Decision::Fetch { .. } => Err(Refusal::JwksUnavailable),
    }
}

/// Fetches and reads a key set; in a few words what is no usable answer.
async fn fetch(app: &App, url: &str) -> Result<(KeySet, chrono::Duration), String> {
    let options =
        app.client.json("application/json, application/jwk-set+json").at_most(MAX_KEY_SET).with_redirects();
    let answer = match app.client.get(url, options).await {
        Ok(answer) if answer.status == 200 => answer,
        Ok(answer) => {
            tracing::warn!(status = answer.status, "a platform's keys could not be read");
            return Err(format!("the answer has the status {}", answer.status));
        }
        Err(error) => {
            tracing::warn!(%error, "a platform's keys could not be read");
            return Err(error.to_string());
        }
    };
    let fresh = answer.header("cache-control");
    match KeySet::from_jwks(&answer.body) {
        Ok(set) => {
            let longest = chrono::Duration::seconds(i64::from(app.settings.lti.key_cache_seconds));
            Ok((set, CachePolicy::from_cache_control(fresh).min(longest)))
        }
        Err(error) => {
            tracing::warn!(%error, "a platform's keys could not be read");
            Err(error.to_string())
        }
    }
}
