//! How asking a platform went, told to `app.outcomes` for operators (health of a platform). In memory only; no
//! body, token or assertion gets there.

use lti::{
    Refusal,
    keys::KeySet,
    services::{Failure, scope, token::Granted},
};
use serde_json::json;

use super::service::{Peer, Words};
use crate::{
    app::{App, Asked, PlatformEntry, Trouble},
    client,
    store::entity::service_outcome::PlatformService,
};

/// The platform's keys were read.
pub(super) fn keys(app: &App, platform: &PlatformEntry, set: &KeySet) {
    let detail = json!({ "keys": set.names().collect::<Vec<_>>() });
    app.outcomes.good(Asked::for_keys(platform.row.id), app.clock.now(), Some(detail));
}

/// They could not be.
pub(super) fn no_keys(app: &App, platform: &PlatformEntry, words: String) {
    let trouble = Trouble { code: Refusal::JwksUnavailable.code(), status: None, words: Some(words) };
    app.outcomes.bad(Asked::for_keys(platform.row.id), app.clock.now(), trouble);
}

/// A token was asked for.
pub(super) fn token(app: &App, peer: &Peer, asked: &Result<Granted, Failure>) {
    let about = about(peer, PlatformService::Token);
    match asked {
        Ok(granted) => {
            let detail = json!({ "scopes": granted.scopes().iter().collect::<Vec<_>>() });
            app.outcomes.good(about, app.clock.now(), Some(detail));
        }
        Err(failure) => app.outcomes.bad(about, app.clock.now(), trouble(failure)),
    }
}

/// A service was asked: what it answered, as far as its status tells. That something is not there, or is there
/// already, is an answer.
pub(super) fn service(app: &App, peer: &Peer, scope: &str, answer: &Result<client::Answer, Failure>) {
    let asked = about(peer, service_of(scope));
    let now = app.clock.now();
    match answer {
        Ok(answer) if answer.is_success() || matches!(answer.status, 404 | 409 | 412) => {
            app.outcomes.good(asked, now, None);
        }
        Ok(answer) => {
            let words = Words::of(Some(scope));
            let refusal = match (answer.status, service_of(scope)) {
                (401 | 403, PlatformService::Grades) => Refusal::AgsScopeNotGranted,
                (401 | 403, _) => Refusal::NrpsScopeNotGranted,
                (408 | 425 | 429 | 500..=599, _) => words.unavailable,
                (_, PlatformService::Grades) => Refusal::AgsRejected,
                _ => words.unreadable,
            };
            let trouble = Trouble { code: refusal.code(), status: Some(answer.status), words: None };
            app.outcomes.bad(asked, now, trouble);
        }
        Err(failure) => app.outcomes.bad(asked, now, trouble(failure)),
    }
}

/// What a service answered could not be used: for whoever reads answers that [`super::fetch`] brought.
pub fn failed(app: &App, peer: &Peer, scope: Option<&str>, failure: &Failure) {
    let is_no_trouble = matches!(failure.status, Some(404 | 409 | 412));
    let Some(scope) = scope.filter(|_| !is_no_trouble) else { return };
    app.outcomes.bad(about(peer, service_of(scope)), app.clock.now(), trouble(failure));
}

fn about(peer: &Peer, service: PlatformService) -> Asked {
    Asked { platform: peer.platform.row.id, deployment: peer.deployment_id.clone(), service }
}

fn trouble(failure: &Failure) -> Trouble {
    Trouble { code: failure.refusal.code(), status: failure.status, words: failure.words.clone() }
}

/// Which service a scope belongs to.
fn service_of(scope: &str) -> PlatformService {
    match scope {
        scope::MEMBERSHIP_READONLY => PlatformService::Roster,
        scope::GROUP_READONLY => PlatformService::Groups,
        scope::NOTICE_HANDLERS => PlatformService::Notices,
        _ => PlatformService::Grades,
    }
}
