//! A hosted Open Badges 2.0 Assertion: trusted is only what its own address answers (open-badges.md §3.3).

use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

use super::{Checks, Report, State, has_type, list, text};
use crate::contexts::OPEN_BADGES_V2;
use crate::recipient::{is_identity, spellings};

/// What was fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosted {
    /// The Assertion's address.
    pub url: String,
    /// The final answer's status; 0 when there was none.
    pub status: u16,
    /// Its body, if it was JSON.
    pub assertion: Option<Value>,
    /// What the `BadgeClass`'s address answered; not needed when it is embedded.
    pub badge: Option<Value>,
    /// What the issuer's address answered; not needed when it is embedded.
    pub issuer: Option<Value>,
}

/// Whether a document says it is an Open Badges 2.0 Assertion.
#[must_use]
pub fn is_assertion(document: &Value) -> bool {
    has_type(document, "Assertion") || context(document).is_ok()
}

/// Where an Assertion's `BadgeClass` is, unless it is embedded.
#[must_use]
pub fn badge_address(assertion: &Value) -> Option<&str> {
    text(assertion, "badge")
}

/// Where a `BadgeClass`'s issuer is, unless it is embedded.
#[must_use]
pub fn issuer_address(badge: &Value) -> Option<&str> {
    text(badge, "issuer")
}

/// Judge a hosted Assertion. `recipient` is an identifier the viewer gave.
#[must_use]
pub fn assertion(hosted: &Hosted, now: DateTime<Utc>, recipient: Option<&str>) -> Report {
    let mut checks = Checks::default();
    if hosted.status == 410 {
        checks.fail("ob2.revoked", revoked_words(hosted.assertion.as_ref()));
        return checks.report();
    }
    let body = match (hosted.status, &hosted.assertion) {
        (200, Some(body)) if body.is_object() => body,
        (200, _) => {
            checks.fail("ob2.fetch", "The address does not answer with an assertion.");
            return checks.report();
        }
        (0, _) => {
            let words = "The assertion's address could not be reached, and only what it answers counts.";
            checks.add("ob2.fetch", State::Unknown, words);
            return checks.report();
        }
        (status, _) => {
            let state = if (400..500).contains(&status) { State::Fail } else { State::Unknown };
            checks.add("ob2.fetch", state, format!("The address answers with status {status}."));
            return checks.report();
        }
    };
    checks.pass("ob2.fetch", "The address answers.");
    if text(body, "id") == Some(hosted.url.as_str()) {
        checks.pass("ob2.id", "The assertion is the one of its address.");
    } else {
        checks.fail("ob2.id", "The address answers with another assertion.");
        return checks.report();
    }
    if body.get("revoked") == Some(&Value::Bool(true)) {
        checks.fail("ob2.revoked", revoked_words(Some(body)));
        return checks.report();
    }
    checks.pass("ob2.revoked", "No revocation is on record.");
    checks.result("ob.context", "The context is that of Open Badges 2.0.", context(body));
    checks.result("ob.type", "It says it is an assertion.", members(body, "Assertion", &["issuedOn"]));
    let badge = body.get("badge").filter(|badge| badge.is_object()).or(hosted.badge.as_ref());
    check_badge(body, badge, &mut checks);
    let issuer = badge.and_then(|badge| badge.get("issuer").filter(|issuer| issuer.is_object()));
    let issuer = issuer.or(hosted.issuer.as_ref());
    check_issuer(badge, issuer, &mut checks);
    check_scope(body, issuer, &mut checks);
    check_times(body, now, &mut checks);
    check_recipient(body, recipient, &mut checks);
    checks.report()
}

fn revoked_words(body: Option<&Value>) -> String {
    match body.and_then(|body| text(body, "revocationReason")) {
        Some(reason) => format!("The issuer has revoked it: {reason}"),
        None => "The issuer has revoked it.".into(),
    }
}

fn context(body: &Value) -> Result<(), String> {
    let is_ours = list(body, "@context").iter().any(|item| item.as_str() == Some(OPEN_BADGES_V2));
    if is_ours { Ok(()) } else { Err("The context is not that of Open Badges 2.0.".into()) }
}

fn members(value: &Value, kind: &str, names: &[&str]) -> Result<(), String> {
    if !has_type(value, kind) {
        return Err(format!("Its type is not `{kind}`."));
    }
    match names.iter().find(|name| text(value, name).is_none_or(str::is_empty)) {
        Some(name) => Err(format!("It has no `{name}`.")),
        None => Ok(()),
    }
}

fn check_badge(body: &Value, badge: Option<&Value>, checks: &mut Checks) {
    let Some(badge) = badge else {
        checks.add("ob2.badgeclass", State::Unknown, "The badge's definition could not be fetched.");
        return;
    };
    let outcome = members(badge, "BadgeClass", &["id", "name", "description"]).and_then(|()| {
        if badge_address(body).is_some_and(|address| text(badge, "id") != Some(address)) {
            return Err("The definition's address answers with another definition.".into());
        }
        let criteria = badge.get("criteria").unwrap_or(&Value::Null);
        let has_criteria =
            criteria.is_string() || text(criteria, "id").is_some() || text(criteria, "narrative").is_some();
        if has_criteria { Ok(()) } else { Err("The definition has no criteria.".into()) }
    });
    checks.result("ob2.badgeclass", "The badge is defined.", outcome);
    if badge.get("image").is_some() {
        checks.pass("ob2.image", "The badge has a picture.");
    } else {
        checks.fail("ob2.image", "The badge has no picture.");
    }
}

fn check_issuer(badge: Option<&Value>, issuer: Option<&Value>, checks: &mut Checks) {
    let Some(issuer) = issuer else {
        checks.add("ob2.issuer", State::Unknown, "The issuer's profile could not be fetched.");
        return;
    };
    let kind = if has_type(issuer, "Issuer") { "Issuer" } else { "Profile" };
    let outcome = members(issuer, kind, &["id", "name", "url", "email"]).and_then(|()| {
        let named = badge.and_then(issuer_address);
        if named.is_some_and(|address| text(issuer, "id") != Some(address)) {
            return Err("The profile's address answers with another profile.".into());
        }
        Ok(())
    });
    checks.result("ob2.issuer", "The issuer is described.", outcome);
}

/// The assertion must lie inside the issuer's scope; without one, at the issuer's host and port.
fn check_scope(body: &Value, issuer: Option<&Value>, checks: &mut Checks) {
    if body
        .pointer("/verification/type")
        .and_then(Value::as_str)
        .is_none_or(|kind| !matches!(kind, "HostedBadge" | "hosted"))
    {
        checks.fail("ob2.scope", "It is not a hosted badge, and signed ones cannot be verified here.");
        return;
    }
    let Some(issuer) = issuer else { return };
    let outcome = scope(text(body, "id").unwrap_or_default(), issuer);
    checks.result("ob2.scope", "The issuer hosts it where it says its badges are.", outcome);
}

fn scope(id: &str, issuer: &Value) -> Result<(), String> {
    let outside = || Err("The assertion lies outside of what the issuer calls its own.".to_owned());
    let Ok(address) = Url::parse(id) else { return outside() };
    let verification = issuer.get("verification").unwrap_or(&Value::Null);
    let (prefixes, origins) = (list(verification, "startsWith"), list(verification, "allowedOrigins"));
    if text(verification, "verificationProperty").is_some_and(|property| property != "id") {
        return Err("The issuer's scope is not about ids.".into());
    }
    if !prefixes.is_empty()
        && !prefixes.iter().any(|prefix| prefix.as_str().is_some_and(|text| id.starts_with(text)))
    {
        return outside();
    }
    if !origins.is_empty() {
        let is_allowed =
            origins.iter().any(|origin| origin.as_str().is_some() && origin.as_str() == address.host_str());
        return if is_allowed { Ok(()) } else { outside() };
    }
    if !prefixes.is_empty() {
        return Ok(());
    }
    let own = text(issuer, "id").and_then(|own| Url::parse(own).ok());
    let is_same = own.is_some_and(|own| {
        own.host_str() == address.host_str() && own.port_or_known_default() == address.port_or_known_default()
    });
    if is_same { Ok(()) } else { outside() }
}

fn check_times(body: &Value, now: DateTime<Utc>, checks: &mut Checks) {
    let time = |name: &str| text(body, name).and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    let issued = time("issuedOn");
    match issued {
        Some(issued) if issued > now => checks.fail("ob2.future", "It is issued in the future."),
        Some(_) => checks.pass("ob2.future", "It is issued."),
        None => checks.fail("ob.schema.relaxed", "`issuedOn` is not a date and time with zone."),
    }
    if body.get("expires").is_none() {
        checks.add("ob2.expired", State::Skip, "It does not expire.");
        return;
    }
    match time("expires") {
        Some(expires) if issued.is_some_and(|issued| expires < issued) => {
            checks.fail("ob2.expired", "It expires before it is issued.");
        }
        Some(expires) if expires < now => checks.fail("ob2.expired", "It has expired."),
        Some(_) => checks.pass("ob2.expired", "It has not expired."),
        None => checks.fail("ob.schema.relaxed", "`expires` is not a date and time with zone."),
    }
}

fn check_recipient(body: &Value, identifier: Option<&str>, checks: &mut Checks) {
    let recipient = body.get("recipient").unwrap_or(&Value::Null);
    let identity = text(recipient, "identity").unwrap_or_default();
    let Some(Value::Bool(is_hashed)) = recipient.get("hashed") else {
        checks.fail("ob.subject", "The recipient does not say whether it is hashed.");
        return;
    };
    let digits = |prefix: &str, length: usize| {
        let lower = identity.to_ascii_lowercase();
        lower
            .strip_prefix(prefix)
            .is_some_and(|hex| hex.len() == length && hex.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    if *is_hashed && !digits("sha256$", 64) && !digits("md5$", 32) {
        checks.fail("ob.subject", "The recipient's hash is malformed.");
        return;
    }
    checks.pass("ob.subject", "The recipient is named.");
    let Some(identifier) = identifier else { return };
    let is_match = if *is_hashed {
        is_identity(identity, text(recipient, "salt"), identifier) == Some(true)
    } else {
        spellings(identifier).iter().any(|spelling| spelling == identity)
    };
    if is_match {
        checks.pass("ob2.recipient", "The badge is this person's.");
    } else {
        checks.fail("ob2.recipient", "The badge is not this person's.");
    }
}
