//! An Open Badges 3.0 credential (VC 2.0, and VC 1.1 for reading) against what was fetched (open-badges.md §12).
//!
//! A bad proof hides everything else: nothing in the document may then be trusted, so the later checks are not made.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Checks, Need, Needs, Report, Resolved, State, list, shape, status, text};
use crate::did;
use crate::proof::ProofError;
use crate::proof::eddsa_rdfc::{Subject, issuer_id, proofs};
use crate::recipient::{is_identity, spellings};

/// What must be fetched to judge `document`. `allow_http_loopback` is for development servers on `localhost`.
#[must_use]
pub fn needs(document: &Value, allow_http_loopback: bool) -> Needs {
    let mut needs = Needs::default();
    controllers(document, allow_http_loopback, &mut needs);
    for endorsement in list(document, "endorsement") {
        controllers(endorsement, allow_http_loopback, &mut needs);
    }
    for entry in list(document, "credentialStatus") {
        let address = match text(entry, "type") {
            Some("BitstringStatusListEntry") => text(entry, "statusListCredential"),
            Some("1EdTechRevocationList") => text(entry, "id"),
            _ => None,
        };
        if let Some(address) = address.filter(|address| is_web(address)) {
            push(&mut needs.status_lists, address.to_owned());
        }
    }
    needs
}

/// Judge a credential. `recipient` is an identifier the viewer gave: an e-mail address, say.
#[must_use]
pub fn credential(
    document: &Value,
    resolved: &Resolved,
    now: DateTime<Utc>,
    recipient: Option<&str>,
) -> Report {
    let mut checks = Checks::default();
    shape::check(document, &mut checks);
    check_proofs(document, resolved, now, &mut checks);
    if checks.has_failed() {
        return checks.report();
    }
    status::check(document, resolved, now, &mut checks);
    check_times(document, now, &mut checks);
    if let Some(identifier) = recipient {
        check_recipient(document, identifier, &mut checks);
    }
    for endorsement in list(document, "endorsement") {
        check_endorsement(endorsement, resolved, now, &mut checks);
    }
    checks.report()
}

/// Documents that say whose the proofs' keys are.
fn controllers(document: &Value, allow_http_loopback: bool, needs: &mut Needs) {
    let mut add = |id: &str| {
        let url = match did::document_url(id, allow_http_loopback) {
            Ok(url) => url.to_string(),
            Err(_) if is_web(id) => id.to_owned(),
            Err(_) => return,
        };
        push(&mut needs.documents, Need { id: id.to_owned(), url });
    };
    if let Some(issuer) = issuer_id(document) {
        add(issuer);
        for proof in proofs(document) {
            let method = text(proof, "verificationMethod").unwrap_or_default();
            // `<issuer>#…` is described by the issuer; a method of its own address by itself.
            if is_web(method) && without_fragment(method) != issuer {
                add(without_fragment(method));
            }
        }
    }
}

/// One good proof by the issuer is enough; the others are reported.
fn check_proofs(document: &Value, resolved: &Resolved, now: DateTime<Utc>, checks: &mut Checks) {
    let proofs = proofs(document);
    if proofs.is_empty() {
        checks.fail("ob.proof.missing", ProofError::Missing.to_string());
        return;
    }
    let Some(issuer) = issuer_id(document) else { return };
    let subject = match Subject::new(document) {
        Ok(subject) => subject,
        Err(error) => {
            checks.fail(error.code(), error.to_string());
            return;
        }
    };
    checks.pass("ob.jsonld.loss", "Everything shown is covered by the proof.");
    let outcomes: Vec<(Outcome, &Value)> =
        proofs.iter().map(|proof| (judge(&subject, proof, issuer, resolved, now), *proof)).collect();
    let is_good = outcomes.iter().any(|(outcome, _)| matches!(outcome, Outcome::Good));
    let is_open = outcomes.iter().any(|(outcome, _)| matches!(outcome, Outcome::Open(..)));
    for (outcome, proof) in outcomes {
        let method = text(proof, "verificationMethod").unwrap_or("an unnamed key");
        match outcome {
            Outcome::Good => checks.pass("ob.proof.value", format!("Signed by the issuer with {method}.")),
            Outcome::Open(name, reason) if is_good => checks.add(name, State::Warn, reason),
            Outcome::Open(name, reason) => checks.add(name, State::Unknown, reason),
            Outcome::Bad(error) if is_good || is_open => {
                checks.add(error.code(), State::Warn, format!("Another proof does not count: {error}."));
            }
            Outcome::Bad(error) => checks.fail(error.code(), format!("{error}.")),
        }
    }
}

enum Outcome {
    Good,
    /// The signature may be right, but whose key it is could not be found out: check and reason.
    Open(&'static str, String),
    Bad(ProofError),
}

fn judge(
    subject: &Subject<'_>,
    proof: &Value,
    issuer: &str,
    resolved: &Resolved,
    now: DateTime<Utc>,
) -> Outcome {
    let outcome = |result: Result<_, ProofError>| match result {
        Ok(_) => Outcome::Good,
        Err(error) => Outcome::Bad(error),
    };
    if issuer.starts_with("did:key:") {
        return outcome(did::key_document(issuer).and_then(|own| subject.check(proof, &own, issuer, now)));
    }
    let method = text(proof, "verificationMethod").unwrap_or_default();
    let own = resolved.documents.get(issuer);
    if let Some(own) = own.filter(|own| own.get("assertionMethod").is_some()) {
        let described = with_described_method(own, method, resolved);
        return outcome(subject.check(proof, &described, issuer, now));
    }
    // The issuer's document is not here, or is a mere profile. A key in the method's own name shows whether the signature
    // holds, but anybody can write a name.
    let fragment = method.strip_prefix(issuer).and_then(|rest| rest.strip_prefix('#'));
    if let Some(key) = fragment.filter(|fragment| fragment.starts_with("z6Mk")) {
        let supposed = did::document(issuer, &[key], &[]);
        return match subject.check(proof, &supposed, issuer, now) {
            Ok(_) => Outcome::Open(
                "ob.proof.controller",
                "The signature fits the key that the badge names, but whether that key is the issuer's could not be looked up."
                    .into(),
            ),
            Err(error) => Outcome::Bad(error),
        };
    }
    if let Some(key) = resolved.documents.get(without_fragment(method)).filter(|_| is_web(method)) {
        // A key document of its own: it must at least name the issuer as its controller.
        if text(key, "controller") != Some(issuer) {
            let reason = "the key document names another controller".to_owned();
            return Outcome::Bad(ProofError::Controller(reason));
        }
    }
    if !method.starts_with("did:web:") && !method.starts_with("did:key:") && !is_web(method) {
        return Outcome::Bad(ProofError::Key(format!("`{method}` cannot be looked up")));
    }
    if own.is_none() && (method.starts_with(issuer) || is_web(issuer) || issuer.starts_with("did:web:")) {
        return Outcome::Open("ob.proof.key", "The issuer's keys could not be looked up.".into());
    }
    Outcome::Bad(ProofError::Controller(format!("`{method}` is not one of the issuer's keys")))
}

/// The issuer's document with a method that is only listed there and described at its own address.
fn with_described_method(own: &Value, method: &str, resolved: &Resolved) -> Value {
    let mut document = own.clone();
    if let Some(key) = resolved.documents.get(without_fragment(method)).filter(|_| is_web(method))
        && text(key, "id") == Some(method)
        && let Value::Object(members) = &mut document
        && let Value::Array(methods) =
            members.entry("verificationMethod").or_insert_with(|| Value::Array(Vec::new()))
    {
        methods.push(key.clone());
    }
    document
}

fn check_times(document: &Value, now: DateTime<Utc>, checks: &mut Checks) {
    let read = |name: &'static str, older: &'static str| {
        let found = document.get(name).or_else(|| document.get(older))?;
        Some(
            found.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok()).map(|time| time.to_utc()),
        )
    };
    match read("validFrom", "issuanceDate") {
        Some(Some(from)) if from > now => checks.fail("ob.time.notyet", "It is valid later only."),
        Some(Some(_)) => checks.pass("ob.time.notyet", "Its time has come."),
        _ => checks.fail("ob.schema.relaxed", "`validFrom` is missing or not a date and time with zone."),
    }
    match read("validUntil", "expirationDate") {
        None => checks.add("ob.time.expired", State::Skip, "It does not expire."),
        Some(Some(until)) if until < now => checks.fail("ob.time.expired", "It has expired."),
        Some(Some(_)) => checks.pass("ob.time.expired", "It has not expired."),
        Some(None) => checks.fail("ob.schema.relaxed", "`validUntil` is not a date and time with zone."),
    }
}

fn check_recipient(document: &Value, identifier: &str, checks: &mut Checks) {
    let subject = document.get("credentialSubject").unwrap_or(&Value::Null);
    if text(subject, "id") == Some(identifier.trim()) {
        checks.pass("ob.recipient", "The badge is this person's.");
        return;
    }
    let mut unread = None;
    for entry in list(subject, "identifier") {
        let hash = text(entry, "identityHash").unwrap_or_default();
        let is_match = if entry.get("hashed") == Some(&Value::Bool(true)) {
            let found = is_identity(hash, text(entry, "salt"), identifier);
            if found.is_none() {
                unread = Some(hash.split('$').next().unwrap_or_default());
            }
            found == Some(true)
        } else {
            spellings(identifier).iter().any(|spelling| spelling == hash)
        };
        if is_match {
            checks.pass("ob.recipient", "The badge is this person's.");
            return;
        }
    }
    match unread {
        Some(way) => checks.add(
            "ob.recipient",
            State::Unknown,
            format!("The recipient is hashed in a way that is not read here: `{way}`."),
        ),
        None => checks.fail("ob.recipient", "The badge is not this person's."),
    }
}

/// A bad endorsement is shown as bad and does not sink the badge.
fn check_endorsement(endorsement: &Value, resolved: &Resolved, now: DateTime<Utc>, checks: &mut Checks) {
    let mut own = Checks::default();
    check_proofs(endorsement, resolved, now, &mut own);
    check_times(endorsement, now, &mut own);
    let name = text(endorsement, "name").unwrap_or("An endorsement").to_owned();
    match own.0.iter().find(|check| matches!(check.state, State::Fail | State::Unknown)) {
        None => checks.pass("ob.endorsement", format!("{name}: holds.")),
        Some(check) => checks.add("ob.endorsement", State::Warn, format!("{name}: {}", check.message)),
    }
}

fn push<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

fn is_web(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}

fn without_fragment(address: &str) -> &str {
    address.split('#').next().unwrap_or(address)
}

/// Whether a credential (a status list, say) is signed by `issuer`.
pub(super) fn is_signed_by(
    document: &Value,
    issuer: &str,
    resolved: &Resolved,
    now: DateTime<Utc>,
) -> Result<(), String> {
    if issuer_id(document) != Some(issuer) {
        return Err("it is by another issuer".into());
    }
    let mut checks = Checks::default();
    check_proofs(document, resolved, now, &mut checks);
    match checks.0.into_iter().find(|check| matches!(check.state, State::Fail | State::Unknown)) {
        Some(check) => Err(check.message),
        None => Ok(()),
    }
}
