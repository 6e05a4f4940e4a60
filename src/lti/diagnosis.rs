//! What is wrong with a platform, from what it answered: findings in plain words, with what to change over there
//! (§4.2, §16.3, §25; moodle-platform.md §7). Pure: somebody else asked, `now` is given, nothing is looked up.
//!
//! Menu names come from the family's [`Setup`]. Nothing here repeats a body, a query or a token; at most a page's
//! title, cleaned as `services` cleans a platform's words.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    keys::KeySet,
    quirks::{Family, Setup},
    refusal::Refusal,
    registration::Algorithm,
    services::{Answer, Failure, Scopes, token},
};

/// Seconds by which clocks may differ without a word.
const SAME_SECOND: i64 = 5;
/// From here on launches of short-lived tokens (Moodle: 60 s) and assertions fail.
const TOO_FAR: i64 = 30;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be.
    Well,
    /// It may be meant so.
    Mind,
    /// It keeps something from working.
    Wrong,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What we know of the platform.
    Registration,
    /// Where authentication requests go.
    Authorization,
    /// The platform's keys.
    Keys,
    /// The platform's clock and ours.
    Clock,
    /// Where tokens are given.
    Token,
    /// A scope.
    Scope,
    /// Our own addresses, as the platform must reach them.
    Own,
}

impl Part {
    /// Its name, as serialized.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Authorization => "authorization",
            Self::Keys => "keys",
            Self::Clock => "clock",
            Self::Token => "token",
            Self::Scope => "scope",
            Self::Own => "own",
        }
    }
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// About what.
    pub part: Part,
    /// How bad.
    pub level: Level,
    /// Stable, `check.…`.
    pub code: &'static str,
    /// What is so.
    pub sentence: String,
    /// What to change, and where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Finding {
    fn well(part: Part, code: &'static str, sentence: impl Into<String>) -> Self {
        Self { part, level: Level::Well, code, sentence: sentence.into(), advice: None }
    }

    fn mind(part: Part, code: &'static str, sentence: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { part, level: Level::Mind, code, sentence: sentence.into(), advice: Some(advice.into()) }
    }

    fn wrong(part: Part, code: &'static str, sentence: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { part, level: Level::Wrong, code, sentence: sentence.into(), advice: Some(advice.into()) }
    }
}

/// Why there was no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unheard {
    /// The address is none that we call (not https, odd port).
    Address,
    /// It lies in a network that we do not enter.
    Blocked,
    /// The name has no address.
    Name,
    /// Nobody listens there, or the connection broke.
    Nobody,
    /// Too slow.
    Slow,
    /// The certificate does not prove the host.
    Certificate,
    /// More than such an answer may be.
    Long,
    /// It leads to another server.
    Elsewhere,
}

/// An answer, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub struct Heard<'a> {
    /// The answer.
    pub answer: &'a Answer<'a>,
    /// Its media type without parameters.
    pub media_type: Option<&'a str>,
    /// `Location`.
    pub location: Option<&'a str>,
    /// `Date`.
    pub date: Option<&'a str>,
}

/// What we know of the platform, and it of us.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Our name of its family.
    pub family: &'a str,
    /// Whether it may launch.
    pub is_active: bool,
    /// Whether it was stopped because it speaks of another installation than before.
    pub is_frozen: bool,
    /// Our name there.
    pub client_id: &'a str,
    /// The deployment for which we ask, if the assertion is to name one and one is known.
    pub deployment: Option<&'a str>,
    /// Where tokens are given.
    pub token_endpoint: Option<&'a str>,
    /// The assertion's audience.
    pub token_audience: Option<&'a str>,
    /// The address of our keys for it.
    pub own_keys: &'a str,
    /// The algorithms that launches may have.
    pub algorithms: &'a [Algorithm],
}

impl Subject<'_> {
    fn setup(&self) -> &'static Setup {
        Family::setup_of(self.family)
    }

    fn title(&self) -> &'static str {
        Family::named(self.family).map_or("The platform", |family| family.title)
    }
}

/// What is known without asking.
#[must_use]
pub fn registration(about: &Subject<'_>) -> Vec<Finding> {
    const PART: Part = Part::Registration;
    let mut findings = Vec::new();
    if about.client_id.is_empty() {
        let advice = format!("{}: copy the client id, then `laurel platform set`.", about.setup().told_at);
        findings.push(Finding::wrong(PART, "check.client_missing", "It has no client id yet.", advice));
    } else if about.is_frozen {
        let sentence = "It is frozen: its launches speak of another installation than before.";
        findings.push(Finding::wrong(
            PART,
            "check.frozen",
            sentence,
            "`laurel platform thaw` says which it is.",
        ));
    } else if !about.is_active {
        let sentence = "It is switched off here: every login is refused.";
        findings.push(Finding::wrong(PART, "check.disabled", sentence, "`laurel platform set … --enable`."));
    }
    if about.token_endpoint.is_none() {
        let advice = "Enter the platform's token address: `laurel platform set … --token-endpoint URL`.";
        findings.push(Finding::wrong(
            PART,
            "check.token_address_missing",
            "No token address is known.",
            advice,
        ));
    }
    findings
}

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
            let more = match Family::named(about.family).is_some_and(|family| family.name == "moodle") {
                true => "Moodle's launches are good for 60 seconds only.",
                false => "Look at our own clock first: `laurel check`.",
            };
            Finding::wrong(PART, "check.clock_wrong", sentence, format!("{advice}{more}"))
        }
    })
}

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
    match token::read(heard.answer, scopes, now) {
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

fn unheard(part: Part, what: &str, why: Unheard) -> Finding {
    let (code, said, advice) = match why {
        Unheard::Address => (
            "check.address_refused",
            "is none that Laurel calls",
            "It must begin with https:// and have port 443, or one of client.allowed_ports.",
        ),
        Unheard::Blocked => (
            "check.address_private",
            "leads into a network that Laurel does not enter",
            "If the platform lives there, name its host in client.allowed_hosts.",
        ),
        Unheard::Name => {
            ("check.no_name", "has a host name that cannot be found", "Look for a mistyped host name.")
        }
        Unheard::Nobody => (
            "check.no_connection",
            "cannot be reached: nobody answers there",
            "Look whether the platform runs, and whether a firewall keeps this server from it.",
        ),
        Unheard::Slow => {
            ("check.too_slow", "does not answer in time", "Look at the platform, and the way there.")
        }
        Unheard::Certificate => (
            "check.certificate",
            "has no certificate that proves its host",
            "The platform needs a valid certificate; one of an authority of your own goes into client.authorities_file.",
        ),
        Unheard::Long => {
            ("check.too_long", "answers far too much", "It is probably another address that is meant.")
        }
        Unheard::Elsewhere => (
            "check.elsewhere",
            "redirects to another server, probably to sign in",
            "Enter the address to which the platform really answers; it must not ask programs to sign in.",
        ),
    };
    Finding::wrong(part, code, format!("{what} {said}."), advice)
}

fn is_redirect(heard: &Heard<'_>) -> bool {
    (300..400).contains(&heard.answer.status)
}

/// Says so when a redirect looks as if it led to a login page; without its query.
fn to_login(heard: &Heard<'_>) -> String {
    let target = heard.location.unwrap_or_default();
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let lower = path.to_ascii_lowercase();
    let asks = ["login", "signin", "sign-in", "sso", "saml", "auth"].iter().any(|word| lower.contains(word));
    match (path.is_empty(), asks) {
        (true, _) => String::new(),
        (false, true) => format!(" to a login page ({path})"),
        (false, false) => format!(" to {path}"),
    }
}

/// Whether a page for people was answered. JSON served as `text/html` is JSON.
fn is_page(heard: &Heard<'_>) -> bool {
    let first = heard.answer.body.iter().find(|byte| !byte.is_ascii_whitespace());
    first == Some(&b'<') || (heard.media_type == Some("text/html") && !matches!(first, Some(b'{' | b'[')))
}
