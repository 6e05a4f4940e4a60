//! The Open Badges 3.0 credential: the one form that every verifier of `verifiers.md` §0 accepts.
//!
//! [`unsigned`] builds it, [`sign`] proves it the full way. The template signer (`proof::template`) makes the same bytes
//! faster; both start from the same slots.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::achievement::{self, Achievement};
use crate::award::{Award, Evidence, Slots};
use crate::contexts::{CREDENTIALS_V2, EXTENSIONS, OPEN_BADGES_V3};
use crate::members::Members;
use crate::profile::{self, Issuer};
use crate::proof::{ProofError, SignedDocument, SigningKey, eddsa_rdfc};
use crate::text::{FieldError, json};

/// Address of the JSON schema every credential names.
pub const SCHEMA: &str =
    "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json";

/// The credential without proof.
///
/// # Errors
/// A field of issuer, achievement or award that verifiers would refuse or that signing would lose.
pub fn unsigned(issuer: &Issuer, achievement: &Achievement, award: &Award) -> Result<Value, FieldError> {
    issuer.check()?;
    achievement.check()?;
    award.check()?;
    let slots = Slots::of(award);
    check_apart(&fixed_ids(issuer, achievement), &slots)?;
    Ok(from_slots(issuer, achievement, &slots))
}

/// Refuse evidence whose address the credential uses for something else, or for other evidence.
///
/// # Errors
/// `award.evidence.url` with the address.
pub fn check_evidence(
    issuer: &Issuer,
    achievement: &Achievement,
    evidence: &[Evidence],
) -> Result<(), FieldError> {
    let mut seen = fixed_ids(issuer, achievement);
    for url in evidence.iter().filter_map(|piece| piece.url.as_deref()).filter(|url| !url.is_empty()) {
        if seen.contains(&url) {
            return Err(twice("award.evidence.url", url));
        }
        seen.push(url);
    }
    Ok(())
}

/// What every award of the achievement describes: the addresses of issuer, achievement and their parts.
pub(crate) fn fixed_ids<'a>(issuer: &'a Issuer, achievement: &'a Achievement) -> Vec<&'a str> {
    let logo = issuer.image.as_ref().map(|image| image.url.as_str());
    let own = [&achievement.ob3_id, &achievement.criteria_url, &achievement.image.url, &achievement.ob2_id];
    [issuer.did.as_str(), SCHEMA].into_iter().chain(logo).chain(own.map(String::as_str)).collect()
}

/// Each thing has its own address. Two descriptions under one address are one node of the graph: their statements could be
/// moved from one to the other, or left out where both say the same, and the proof would still hold (design §6.7).
pub(crate) fn check_apart(fixed: &[impl AsRef<str>], slots: &Slots<'_>) -> Result<(), FieldError> {
    let status = slots.status.as_ref().map(|[id, ..]| id);
    let evidence = slots.evidence.iter().filter_map(|[url, ..]| url.as_ref());
    let named = [("award.ob3_id", Some(&slots.id)), ("award.ob2_id", Some(&slots.assertion))];
    let rest = [("award.subject_id", slots.subject.as_ref()), ("award.status", status)];
    let all = named.into_iter().chain(rest).chain(evidence.map(|url| ("award.evidence.url", Some(url))));
    let mut seen: Vec<&str> = Vec::with_capacity(8 + slots.evidence.len());
    for (field, id) in all.filter_map(|(field, id)| Some((field, id?.as_ref()))) {
        if seen.contains(&id) || fixed.iter().any(|own| own.as_ref() == id) {
            return Err(twice(field, id));
        }
        seen.push(id);
    }
    Ok(())
}

fn twice(field: &'static str, id: &str) -> FieldError {
    FieldError::new(field, format!("`{id}` stands in the badge already, for something else"))
}

/// The credential signed the full way: JSON-LD to RDF, canonicalized, hashed, signed. Slow and general.
///
/// # Errors
/// As [`unsigned`], or anything that would be lost or misread in the proof.
pub fn sign(
    issuer: &Issuer,
    achievement: &Achievement,
    award: &Award,
    key: &SigningKey,
    verification_method: &str,
    created: DateTime<Utc>,
) -> Result<SignedDocument, ProofError> {
    let unsigned = unsigned(issuer, achievement, award)?;
    let signed = eddsa_rdfc::sign(&unsigned, key, verification_method, created)?;
    Ok(SignedDocument { id: award.ob3_id.clone(), json: json(&signed) })
}

/// The same document from whatever fills the slots.
pub(crate) fn from_slots(issuer: &Issuer, achievement: &Achievement, slots: &Slots<'_>) -> Value {
    let identity = json!({
        "type": "IdentityObject",
        "hashed": true,
        "identityHash": slots.identity,
        "identityType": "emailAddress",
        "salt": slots.salt,
    });
    let subject = Members::new()
        .with_text("id", slots.subject.as_deref())
        .with("type", json!(["AchievementSubject"]))
        .with("identifier", json!([identity]))
        .with_text("narrative", slots.narrative.as_deref())
        .with("achievement", achievement::embedded(achievement));
    let mut evidence: Vec<Value> = slots.evidence.iter().map(evidence).collect();
    evidence.push(json!({
        "id": slots.assertion,
        "type": ["Evidence", "https://w3id.org/openbadges#Assertion"],
        "name": "Open Badges 2.0 assertion for this award",
        "description": "The same award in Open Badges 2.0 hosted form.",
    }));
    let status = slots.status.as_ref().map(|[id, list, index]| {
        json!({
            "id": id,
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": index,
            "statusListCredential": list,
        })
    });
    Members::new()
        .with("@context", json!([CREDENTIALS_V2, OPEN_BADGES_V3, EXTENSIONS]))
        .with("id", slots.id.as_ref())
        .with("type", json!(["VerifiableCredential", "OpenBadgeCredential"]))
        .with("name", achievement.name.as_str())
        .with("issuer", profile::embedded(issuer))
        .with("validFrom", slots.valid_from.as_ref())
        .with_text("validUntil", slots.valid_until.as_deref())
        .with("credentialSubject", subject.build())
        .with_list("evidence", evidence)
        .with_some("credentialStatus", status)
        .with("credentialSchema", json!([{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}]))
        .build()
}

fn evidence(fields: &[Option<std::borrow::Cow<'_, str>>; 6]) -> Value {
    let [url, name, description, narrative, genre, audience] = fields.each_ref().map(Option::as_deref);
    Members::new()
        .with_text("id", url)
        .with("type", json!(["Evidence"]))
        .with_text("name", name)
        .with_text("description", description)
        .with_text("narrative", narrative)
        .with_text("genre", genre)
        .with_text("audience", audience)
        .build()
}
