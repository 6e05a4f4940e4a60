//! `eddsa-rdfc-2022` the full way: make and check a proof (open-badges.md §8.1, §8.2). The judge of the template signer.
//! Its elder sister `Ed25519Signature2020` is checked too.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Map, Value, json};

use super::key::{SigningKey, verify as verify_signature};
use super::{ProofError, Purpose, canonicalize};
use crate::did;
use crate::text::{check_address, seconds, sha256};

/// Clocks differ: a proof may seem made this much in the future (open-badges.md §8.2).
const CREATED_SKEW: Duration = Duration::minutes(2);

/// A proof that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The method whose key signed.
    pub verification_method: String,
    /// When, if the proof says so.
    pub created: Option<DateTime<Utc>>,
}

/// The document with a `proof` array of one.
///
/// # Errors
/// Anything that the signature would not cover (`ob.jsonld.loss`), or options that do not fit together.
pub fn sign(
    unsigned: &Value,
    key: &SigningKey,
    verification_method: &str,
    created: DateTime<Utc>,
) -> Result<Value, ProofError> {
    key.check_method(verification_method)?;
    check_address("verification_method", verification_method)?;
    if unsigned.get("proof").is_some() {
        return Err(ProofError::Options("the document already has a proof".into()));
    }
    let mut options = options(&seconds(created), verification_method);
    let config = canonicalize(&configuration(unsigned, &options), Purpose::Sign)?;
    let document = canonicalize(unsigned, Purpose::Sign)?;
    let signature = key.sign(&hash_data(&config, &document));
    options.insert("proofValue".into(), proof_value(&signature).into());
    let mut signed = unsigned.clone();
    if let Value::Object(members) = &mut signed {
        members.insert("proof".into(), json!([options]));
    }
    Ok(signed)
}

/// Check a document against the issuer's controller document (`did.json`, or what [`did::key_document`] makes): one good
/// proof by the issuer is enough.
///
/// # Errors
/// The error of the last proof, when none holds.
pub fn verify(document: &Value, controller: &Value, now: DateTime<Utc>) -> Result<Proven, ProofError> {
    let issuer =
        issuer_id(document).ok_or_else(|| ProofError::Controller("the document names no issuer".into()))?;
    let subject = Subject::new(document)?;
    let mut last = ProofError::Missing;
    for proof in proofs(document) {
        match subject.check(proof, controller, issuer, now) {
            Ok(proven) => return Ok(proven),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The proofs of a document: an array, or one object as some libraries write it.
#[must_use]
pub fn proofs(document: &Value) -> Vec<&Value> {
    match document.get("proof") {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

/// The issuer's id, whether `issuer` is an object or a string.
#[must_use]
pub fn issuer_id(document: &Value) -> Option<&str> {
    let issuer = document.get("issuer")?;
    issuer.as_str().or_else(|| issuer.get("id")?.as_str())
}

/// The document that proofs are about, canonicalized once for all of them.
#[derive(Clone, Debug)]
pub(crate) struct Subject<'a> {
    document: &'a Value,
    canonical: String,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(document: &'a Value) -> Result<Self, ProofError> {
        let mut bare = document.clone();
        if let Value::Object(members) = &mut bare {
            // `shift_remove` keeps the order; the graph does not depend on it.
            members.shift_remove("proof");
        }
        Ok(Self { document, canonical: canonicalize(&bare, Purpose::Verify)? })
    }

    /// Check one proof with the controller document of `issuer`.
    pub(crate) fn check(
        &self,
        proof: &Value,
        controller: &Value,
        issuer: &str,
        now: DateTime<Utc>,
    ) -> Result<Proven, ProofError> {
        let shape = Shape::of(proof, now)?;
        let public = did::assertion_key(controller, shape.method, issuer, now)?;
        let mut options = shape.members.clone();
        options.shift_remove("proofValue");
        let config = canonicalize(&configuration(self.document, &options), Purpose::Verify)?;
        verify_signature(&public, &hash_data(&config, &self.canonical), &shape.signature)?;
        Ok(Proven { verification_method: shape.method.to_owned(), created: shape.created })
    }
}

/// A proof whose form is right; the key is not looked at yet.
struct Shape<'a> {
    members: &'a Map<String, Value>,
    method: &'a str,
    created: Option<DateTime<Utc>>,
    signature: [u8; 64],
}

impl<'a> Shape<'a> {
    fn of(proof: &'a Value, now: DateTime<Utc>) -> Result<Self, ProofError> {
        let text = |name: &str| proof.get(name).and_then(Value::as_str).unwrap_or_default();
        let Value::Object(members) = proof else { return Err(ProofError::Suite("not an object".into())) };
        match (text("type"), text("cryptosuite")) {
            ("DataIntegrityProof", "eddsa-rdfc-2022") => {}
            // The older suite takes the same steps (§8.4): read, never written.
            ("Ed25519Signature2020", "") => {}
            ("DataIntegrityProof", suite) => return Err(ProofError::Suite(suite.to_owned())),
            (kind, _) => return Err(ProofError::Suite(kind.to_owned())),
        }
        if members.contains_key("previousProof") {
            return Err(ProofError::Suite("proof chains".into()));
        }
        if text("proofPurpose") != "assertionMethod" {
            return Err(ProofError::Purpose(text("proofPurpose").to_owned()));
        }
        let created = time(proof, "created")?;
        if created.is_some_and(|created| created > now + CREATED_SKEW) {
            return Err(ProofError::Created("made in the future".into()));
        }
        if time(proof, "expires")?.is_some_and(|expires| expires < now) {
            return Err(ProofError::Created("expired".into()));
        }
        let value = text("proofValue")
            .strip_prefix('z')
            .filter(|encoded| encoded.len() <= 100)
            .ok_or_else(|| ProofError::Value("`proofValue` is not base58btc multibase".into()))?;
        let signature = bs58::decode(value)
            .into_vec()
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| ProofError::Value("`proofValue` is not 64 bytes".into()))?;
        let method = proof
            .get("verificationMethod")
            .and_then(Value::as_str)
            .ok_or_else(|| ProofError::Key("the proof names no verification method".into()))?;
        Ok(Self { members, method, created, signature })
    }
}

fn time(proof: &Value, name: &str) -> Result<Option<DateTime<Utc>>, ProofError> {
    match proof.get(name) {
        None => Ok(None),
        Some(value) => value
            .as_str()
            .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
            .map(|time| Some(time.to_utc()))
            .ok_or_else(|| ProofError::Created(format!("`{name}` is not a date and time with zone"))),
    }
}

/// The proof's members before signing, in the order they are shown.
pub(super) fn options(created: &str, verification_method: &str) -> Map<String, Value> {
    [
        ("type", "DataIntegrityProof"),
        ("cryptosuite", "eddsa-rdfc-2022"),
        ("created", created),
        ("verificationMethod", verification_method),
        ("proofPurpose", "assertionMethod"),
    ]
    .map(|(name, value)| (name.to_owned(), Value::from(value)))
    .into_iter()
    .collect()
}

/// The proof options as a document: with the credential's own contexts, whatever the proof brings.
pub(super) fn configuration(document: &Value, options: &Map<String, Value>) -> Value {
    let mut members = options.clone();
    members.shift_remove("@context");
    members.insert("@context".into(), document.get("@context").cloned().unwrap_or_default());
    Value::Object(members)
}

/// What is signed: hash of the options, then hash of the document.
pub(crate) fn hash_data(config: &str, document: &str) -> [u8; 64] {
    let mut out = [0; 64];
    let (first, second) = out.split_at_mut(32);
    first.copy_from_slice(&sha256(&[config.as_bytes()]));
    second.copy_from_slice(&sha256(&[document.as_bytes()]));
    out
}

/// `z` and base58btc.
pub(super) fn proof_value(signature: &[u8; 64]) -> String {
    format!("z{}", bs58::encode(signature).into_string())
}
