//! Revocation and suspension, read from status lists that are themselves verified (open-badges.md §10.4, §10.5).

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Checks, Resolved, State, credential::is_signed_by, has_type, list, text};
use crate::contexts;
use crate::proof::eddsa_rdfc::issuer_id;
use crate::status_list::Bits;

/// Every status entry of a credential.
pub(super) fn check(document: &Value, resolved: &Resolved, now: DateTime<Utc>, checks: &mut Checks) {
    let entries = list(document, "credentialStatus");
    if entries.is_empty() {
        checks.add("ob.status.revoked", State::Skip, "The issuer publishes no status.");
    }
    for entry in entries {
        match text(entry, "type") {
            Some("BitstringStatusListEntry") => bitstring(document, entry, resolved, now, checks),
            Some("1EdTechRevocationList") => revocation_list(document, entry, resolved, checks),
            other => {
                let name = other.unwrap_or("none");
                checks.add(
                    "ob.status.type",
                    State::Unknown,
                    format!("A status of type {name} cannot be read."),
                );
            }
        }
    }
}

fn bitstring(document: &Value, entry: &Value, resolved: &Resolved, now: DateTime<Utc>, checks: &mut Checks) {
    let purpose = text(entry, "statusPurpose").unwrap_or_default();
    let name = match purpose {
        "revocation" => "ob.status.revoked",
        "suspension" => "ob.status.suspended",
        _ => {
            checks.add(
                "ob.status.type",
                State::Warn,
                format!("A status for the purpose `{purpose}` is not judged."),
            );
            return;
        }
    };
    if entry.get("statusSize").is_some_and(|size| size != 1) {
        checks.add("ob.status.type", State::Unknown, "A status of several bits cannot be read.");
        return;
    }
    let address = text(entry, "statusListCredential").unwrap_or_default();
    let Some(status_list) = resolved.status_lists.get(address) else {
        checks.add("ob.status.fetch", State::Unknown, "The status list could not be fetched.");
        return;
    };
    let issuer = issuer_id(document).unwrap_or_default();
    if let Err(reason) = is_trusted(status_list, address, issuer, purpose, resolved, now) {
        checks.fail("ob.status.signature", format!("The status list is not to be trusted: {reason}."));
        return;
    }
    match bit(entry, status_list) {
        Ok(false) => checks.pass(name, format!("No {purpose} is on record.")),
        Ok(true) if purpose == "suspension" => checks.fail(name, "The issuer has suspended it."),
        Ok(true) => checks.fail(name, "The issuer has revoked it."),
        Err(reason) => checks.fail("ob.status.range", reason),
    }
}

/// A credential of the right types, in date, signed by the same issuer, for the same purpose.
fn is_trusted(
    status_list: &Value,
    address: &str,
    issuer: &str,
    purpose: &str,
    resolved: &Resolved,
    now: DateTime<Utc>,
) -> Result<(), String> {
    let first = list(status_list, "@context").first().and_then(Value::as_str);
    if !matches!(first, Some(contexts::CREDENTIALS_V2 | contexts::CREDENTIALS_V1)) {
        return Err("it is not a credential".into());
    }
    if !has_type(status_list, "BitstringStatusListCredential") {
        return Err("it is not a status list".into());
    }
    if text(status_list, "id").is_some_and(|id| id != address) {
        return Err("it is the list of another address".into());
    }
    let subject = status_list.get("credentialSubject").unwrap_or(&Value::Null);
    if !has_type(subject, "BitstringStatusList") {
        return Err("it holds no list".into());
    }
    if !list(subject, "statusPurpose").iter().any(|own| own.as_str() == Some(purpose)) {
        return Err("it is for another purpose".into());
    }
    let time = |name: &str| match status_list.get(name) {
        None => Ok(None),
        Some(value) => value
            .as_str()
            .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
            .map(Some)
            .ok_or_else(|| format!("its `{name}` is not a date and time")),
    };
    if time("validFrom")?.is_some_and(|from| from > now) {
        return Err("it is valid later only".into());
    }
    if time("validUntil")?.is_some_and(|until| until < now) {
        return Err("it has expired".into());
    }
    is_signed_by(status_list, issuer, resolved, now)
}

fn bit(entry: &Value, status_list: &Value) -> Result<bool, String> {
    let index = match entry.get("statusListIndex") {
        Some(Value::String(digits)) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok(),
        Some(Value::Number(number)) => number.as_u64(),
        _ => None,
    };
    let index: u64 = index.ok_or("The status index is not a number.")?;
    let encoded =
        status_list.pointer("/credentialSubject/encodedList").and_then(Value::as_str).unwrap_or_default();
    let bits = Bits::decode(encoded).map_err(|error| format!("{error}."))?;
    bits.is_set(index).map_err(|error| format!("{error}."))
}

/// The older 1EdTech list: plain JSON, read only.
fn revocation_list(document: &Value, entry: &Value, resolved: &Resolved, checks: &mut Checks) {
    let address = text(entry, "id").unwrap_or_default();
    let Some(status_list) = resolved.status_lists.get(address) else {
        checks.add("ob.status.fetch", State::Unknown, "The revocation list could not be fetched.");
        return;
    };
    if issuer_id(status_list) != issuer_id(document) {
        checks.fail("ob.status.signature", "The revocation list is by another issuer.");
        return;
    }
    let id = text(document, "id").unwrap_or_default();
    let listed = ["revokedCredential", "revokedCredentials"]
        .into_iter()
        .flat_map(|name| list(status_list, name))
        .find(|item| item.as_str().or_else(|| text(item, "id")) == Some(id));
    match listed {
        Some(item) if item.get("revoked") != Some(&Value::Bool(false)) => {
            let reason = text(item, "revocationReason").unwrap_or("no reason is given");
            checks.fail("ob.status.revoked", format!("The issuer has revoked it: {reason}."));
        }
        _ => checks.pass("ob.status.revoked", "No revocation is on record."),
    }
}
