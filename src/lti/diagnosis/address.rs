//! Addresses that must answer: the platform's two, our own, and the clock that an answer tells.
//! Asked for without signing in, as browsers and platforms would (§4.2).

use chrono::{DateTime, Utc};

use super::{
    Subject,
    finding::{Finding, Part},
    heard::{Heard, Unheard, is_page, is_redirect, to_login, unheard},
};
use crate::{keys::KeySet, quirks::Family};

/// Seconds by which clocks may differ without a word.
const SAME_SECOND: i64 = 5;
/// From here on launches of short-lived tokens (Moodle: 60 s) and assertions fail.
const TOO_FAR: i64 = 30;

/// An address that only has to be there.
#[must_use]
pub fn authorization(heard: Result<Heard<'_>, Unheard>) -> Finding {
    const PART: Part = Part::Authorization;
    match heard {
        Err(why) => unheard(PART, "The address for authentication requests", why),
        Ok(heard) if heard.answer.status >= 500 => Finding::mind(
            PART,
            "check.authorization_failing",
            format!("The address for authentication requests fails (HTTP {}).", heard.answer.status),
            "It was asked without a login, which some platforms take badly. Look whether launches work.",
        ),
        Ok(_) => {
            Finding::well(PART, "check.authorization", "The address for authentication requests answers.")
        }
    }
}

/// The platform's keys.
#[must_use]
pub fn keys(about: &Subject<'_>, heard: Result<Heard<'_>, Unheard>) -> Finding {
    const PART: Part = Part::Keys;
    const ADVICE: &str = "Compare the platform's key set address (JWKS) with the one that the platform shows; \
                          it must answer without signing in.";
    let heard = match heard {
        Err(why) => return unheard(PART, "The platform's key set address", why),
        Ok(heard) => heard,
    };
    if is_redirect(&heard) {
        let sentence = format!("The platform's key set address redirects{}.", to_login(&heard));
        return Finding::wrong(PART, "check.keys_redirect", sentence, ADVICE);
    }
    if heard.answer.status != 200 {
        let sentence = format!("The platform's key set address answers with HTTP {}.", heard.answer.status);
        return Finding::wrong(PART, "check.keys_status", sentence, ADVICE);
    }
    match KeySet::from_jwks(heard.answer.body) {
        Err(_) if is_page(&heard) => {
            let sentence = "The platform's key set address answers with a page for people instead of keys.";
            Finding::wrong(PART, "check.keys_page", sentence, ADVICE)
        }
        Err(error) => {
            let sentence = format!("The platform's key set cannot be read: {error}.");
            Finding::wrong(PART, "check.keys_unreadable", sentence, ADVICE)
        }
        Ok(set) if !set.serves(about.algorithms) => {
            let names: Vec<&str> = about.algorithms.iter().map(|alg| alg.name()).collect();
            let sentence = format!(
                "The key set has {} keys, and none that can sign by {}.",
                set.len(),
                names.join(", ")
            );
            let advice = "The platform must publish a signing key (RSA, 2048 bits or more); or allow its algorithm \
                          in the switch id_token_algs.";
            Finding::wrong(PART, "check.keys_unusable", sentence, advice)
        }
        Ok(set) => {
            let names: Vec<String> = set.names().collect();
            Finding::well(PART, "check.keys", format!("Its keys can be read: {}.", names.join(", ")))
        }
    }
}

/// The platform's clock, from an answer's `Date` (whole seconds).
#[must_use]
pub fn clock(about: &Subject<'_>, date: Option<&str>, now: DateTime<Utc>) -> Option<Finding> {
    const PART: Part = Part::Clock;
    let there = DateTime::parse_from_rfc2822(date?).ok()?.with_timezone(&Utc);
    let ahead = (there - now).num_seconds();
    let way = if ahead > 0 { "ahead of" } else { "behind" };
    let sentence = format!("The platform's clock is {} s {way} ours.", ahead.abs());
    let advice = "Let both machines follow a time server (NTP): launches and token requests carry times. ";
    Some(match ahead.abs() {
        0..=SAME_SECOND => Finding::well(PART, "check.clock", "Its clock and ours agree."),
        seconds if seconds <= TOO_FAR => {
            Finding::mind(PART, "check.clock_differs", sentence, advice.trim_end())
        }
        _ => {
            let more = match Family::services_of(about.family).launch_seconds {
                Some(seconds) => format!("{}'s launches are good for {seconds} seconds only.", about.title()),
                None => "Look at our own clock first: `laurel check`.".to_owned(),
            };
            Finding::wrong(PART, "check.clock_wrong", sentence, format!("{advice}{more}"))
        }
    })
}

/// The address of our own keys, asked for as the platform would.
#[must_use]
pub fn own(about: &Subject<'_>, heard: Result<Heard<'_>, Unheard>) -> Vec<Finding> {
    const PART: Part = Part::Own;
    let url = about.own_keys;
    let mut findings = Vec::new();
    if !url.starts_with("https://") {
        findings.push(Finding::mind(
            PART,
            "check.own_http",
            format!("Our own address is not https: {url}."),
            "Only for trying out on one machine. Platforms and browsers want https: set server.public_url.",
        ));
    }
    findings.push(match heard {
        Err(Unheard::Blocked) => Finding::mind(
            PART,
            "check.own_private",
            format!("From here {url} leads into a private network."),
            "The platform must be able to reach it by that name; ask its administrator to open it from the platform's \
             server.",
        ),
        Err(why) => {
            let found = unheard(PART, "The address of our own keys", why);
            let advice = format!("The platform must be able to read {url}: look at the name, the proxy and the certificate.");
            Finding { advice: Some(advice), code: "check.own_unreachable", ..found }
        }
        Ok(heard) if heard.answer.status == 200 && KeySet::from_jwks(heard.answer.body).is_ok_and(|set| !set.is_empty()) => {
            Finding::well(PART, "check.own", format!("Our keys can be read at {url}."))
        }
        Ok(heard) => Finding::wrong(
            PART,
            "check.own_keys",
            format!("At {url} something else answers than our keys (HTTP {}).", heard.answer.status),
            "The proxy before Laurel must pass /lti/ on; compare server.public_url.",
        ),
    });
    findings
}
