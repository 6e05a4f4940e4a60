//! Tokens: why none is given, and what the scopes of one that is given mean (§16.3).
//! Whoever asks sends what [`services::token`] made, and hands the answer here.

use chrono::{DateTime, Utc};

use super::{
    Subject,
    finding::{Finding, Part},
    heard::{Heard, Unheard, is_page, is_redirect, to_login, unheard},
};
use crate::{
    refusal::Refusal,
    services::{self, Failure, Scopes},
};

/// What came of asking for a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// These scopes were granted.
    Granted(Scopes),
    /// The set was refused for one of its scopes: ask for each alone.
    AskSingly,
    /// There is none, and asking again does not help.
    Refused(Finding),
}

/// Reads the answer to a token request for `scopes`.
#[must_use]
pub fn token(
    about: &Subject<'_>,
    scopes: &Scopes,
    heard: Result<Heard<'_>, Unheard>,
    now: DateTime<Utc>,
) -> Asked {
    const PART: Part = Part::Token;
    let heard = match heard {
        Err(why) => return Asked::Refused(unheard(PART, "The platform's token address", why)),
        Ok(heard) => heard,
    };
    if is_redirect(&heard) {
        let sentence = format!("The platform's token address redirects{}.", to_login(&heard));
        let advice = "Compare it with the token address that the platform shows; it must answer programs without \
                      signing in.";
        return Asked::Refused(Finding::wrong(PART, "check.token_redirect", sentence, advice));
    }
    match services::token::read(heard.answer, scopes, now) {
        Ok(granted) => Asked::Granted(granted.scopes().clone()),
        Err(failure) => refused(about, &heard, &failure),
    }
}

fn refused(about: &Subject<'_>, heard: &Heard<'_>, failure: &Failure) -> Asked {
    const PART: Part = Part::Token;
    let error = match &failure.refusal {
        Refusal::TokenRefused(said) => said.error.as_str(),
        _ => "",
    };
    let words = failure.words.as_deref().map(|words| format!(" It says: \"{words}\"")).unwrap_or_default();
    let status = heard.answer.status;
    let setup = about.setup();
    let keys = format!(
        "{}: {} must be {}.{}",
        setup.place,
        setup.keys_field,
        about.own_keys,
        setup.keys_blocked.map(|blocked| format!(" {blocked}.")).unwrap_or_default()
    );
    Asked::Refused(match (error, status) {
        ("invalid_scope", _) => return Asked::AskSingly,
        // Moodle: it could not read our keys.
        _ if is_page(heard) && setup.keys_blocked.is_some() => Finding::wrong(
            PART,
            "check.token_keys_blocked",
            format!("{} answers a page (HTTP {status}): it could not read our keys.", about.title()),
            keys,
        ),
        _ if is_page(heard) => Finding::wrong(
            PART,
            "check.token_page",
            format!("The platform's token address answers a page for people (HTTP {status}).{words}"),
            format!("Compare the token address with the one that the platform shows. If it is right: {keys}"),
        ),
        (_, 500..=599 | 408 | 425 | 429) => Finding::wrong(
            PART,
            "check.token_unavailable",
            format!("The platform's token address does not work now (HTTP {status}).{words}"),
            "Ask again later; if it stays so, the platform's administrator must look into its logs.",
        ),
        ("invalid_client" | "unauthorized_client" | "invalid_grant", _) => {
            let audience = about.token_audience.or(about.token_endpoint).unwrap_or_default();
            Finding::wrong(
                PART,
                "check.token_client",
                format!(
                    "The platform does not accept our signature for the client {}.{words}",
                    about.client_id
                ),
                format!(
                    "It does not know our key, the client id is another one, or it wants another audience than \
                     {audience}. {keys}"
                ),
            )
        }
        _ if failure.refusal == Refusal::TokenInvalidResponse => Finding::wrong(
            PART,
            "check.token_unreadable",
            format!("The platform's token answer cannot be used (HTTP {status}).{words}"),
            "Compare the token address with the one that the platform shows.",
        ),
        _ => Finding::wrong(
            PART,
            "check.token_refused",
            format!("The platform refuses an access token (HTTP {status}).{words}"),
            format!("The registration over there may be inactive. {keys}"),
        ),
    })
}

/// What the granted scopes mean: a finding per switch of the family, and one for the token itself.
#[must_use]
pub fn scopes(about: &Subject<'_>, wanted: &Scopes, granted: &Scopes) -> Vec<Finding> {
    let setup = about.setup();
    let mut findings = Vec::new();
    if granted.iter().next().is_some() {
        let sentence =
            format!("A token can be had for {} of {} scopes.", common(wanted, granted).len(), wanted.len());
        findings.push(Finding::well(Part::Token, "check.token", sentence));
    }
    for service in setup.services {
        let asked = service.scopes.iter().filter(|scope| wanted.contains(scope));
        let missing: Vec<&str> = asked.copied().filter(|scope| !granted.contains(scope)).collect();
        if missing.is_empty() {
            continue;
        }
        let sentence = format!("The platform does not grant {}.", missing.join(", "));
        let advice = match setup.place == service.switch {
            true => format!("Switch on: {}.", service.switch),
            false => format!("Switch on, at the tool's settings ({}): {}.", setup.place, service.switch),
        };
        findings.push(Finding::wrong(Part::Scope, "check.scope_missing", sentence, advice));
    }
    findings
}

fn common(one: &Scopes, other: &Scopes) -> Scopes {
    one.iter().filter(|scope| other.contains(scope)).collect()
}
