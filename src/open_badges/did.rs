//! DIDs: the issuer's `did:web` and its document, and reading the keys of `did:web` and `did:key` controllers
//! (open-badges.md §9, verifiers.md §4).

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use url::{Host, Url};

use crate::contexts::{DID_V1, MULTIKEY_V1};
use crate::members::Members;
use crate::proof::{ProofError, public_key_from_multibase};

/// Why an address gives no DID, or a DID no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DidError {
    /// did:web knows names only.
    #[error("did:web needs a host name; `{0}` is not one")]
    Host(String),
    /// Only http and https addresses have a did:web.
    #[error("`{0}` is neither http nor https")]
    Scheme(String),
    /// A path part that would need escaping.
    #[error("`{0}` may not stand in a DID")]
    Segment(String),
    /// Not a DID of a known method.
    #[error("`{0}` is not a did:web")]
    Method(String),
}

/// The did:web of a path below a server's public address.
///
/// # Errors
/// IP addresses, other schemes, and path parts outside `[A-Za-z0-9._-]`.
pub fn web(base: &Url, segments: &[&str]) -> Result<String, DidError> {
    if !matches!(base.scheme(), "http" | "https") {
        return Err(DidError::Scheme(base.to_string()));
    }
    let Some(Host::Domain(host)) = base.host() else {
        return Err(DidError::Host(base.host_str().unwrap_or_default().to_owned()));
    };
    let mut did = format!("did:web:{host}");
    if let Some(port) = base.port() {
        did.push_str(&format!("%3A{port}"));
    }
    let own = base.path_segments().into_iter().flatten().filter(|segment| !segment.is_empty());
    for segment in own.chain(segments.iter().copied()) {
        if segment.is_empty()
            || !segment.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        {
            return Err(DidError::Segment(segment.to_owned()));
        }
        did.push(':');
        did.push_str(segment);
    }
    Ok(did)
}

/// Where the document of a did:web is: https, or http for `localhost` when that is allowed (development only).
///
/// # Errors
/// Anything but a well-formed did:web with a host name.
pub fn document_url(did: &str, allow_http_loopback: bool) -> Result<Url, DidError> {
    let method = || DidError::Method(did.to_owned());
    let name = did.strip_prefix("did:web:").ok_or_else(method)?;
    let mut parts = name.split(':');
    let authority = parts.next().unwrap_or_default();
    let (host, port) = match authority.split_once("%3A").or_else(|| authority.split_once("%3a")) {
        Some((host, port)) => (host, Some(port.parse::<u16>().map_err(|_| method())?)),
        None => (authority, None),
    };
    let is_plain = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-~%".contains(&b))
    };
    if !is_plain(host) || host.contains('%') {
        return Err(DidError::Host(host.to_owned()));
    }
    let is_loopback = host == "localhost" || host.ends_with(".localhost");
    let scheme = if is_loopback && allow_http_loopback { "http" } else { "https" };
    let path: Vec<&str> = parts.collect();
    if let Some(bad) = path.iter().find(|part| !is_plain(part) || matches!(**part, "." | "..")) {
        return Err(DidError::Segment((*bad).to_owned()));
    }
    let path = if path.is_empty() { ".well-known".to_owned() } else { path.join("/") };
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let address = Url::parse(&format!("{scheme}://{host}{port}/{path}/did.json")).map_err(|_| method())?;
    match address.host() {
        Some(Host::Domain(_)) => Ok(address),
        _ => Err(DidError::Host(host.to_owned())),
    }
}

/// The DID document: every key that is still published, the form that all known verifiers take. Methods are named by their
/// own keys.
#[must_use]
pub fn document(did: &str, keys: &[&str], also_known_as: &[&str]) -> Value {
    let methods: Vec<Value> = keys
        .iter()
        .map(|key| {
            json!({
                "id": verification_method(did, key),
                "type": "Multikey",
                "controller": did,
                "publicKeyMultibase": key,
            })
        })
        .collect();
    Members::new()
        .with("@context", json!([DID_V1, MULTIKEY_V1]))
        .with("id", did)
        .with_list("alsoKnownAs", also_known_as.iter().map(|name| Value::from(*name)).collect())
        .with_list("verificationMethod", methods)
        .with_list("assertionMethod", keys.iter().map(|key| verification_method(did, key).into()).collect())
        .build()
}

/// `<DID>#<multibase key>`: what a proof names.
#[must_use]
pub fn verification_method(did: &str, key: &str) -> String {
    format!("{did}#{key}")
}

/// The document a did:key stands for; nothing is hosted anywhere.
///
/// # Errors
/// Not a did:key of an Ed25519 key.
pub fn key_document(did: &str) -> Result<Value, ProofError> {
    let key =
        did.strip_prefix("did:key:").ok_or_else(|| ProofError::Key(format!("`{did}` is not a did:key")))?;
    public_key_from_multibase(key)?;
    Ok(document(did, &[key], &[]))
}

/// The Ed25519 key of `method`, if `controller` (a DID document, or any controller document) is the issuer's and lists the
/// method for assertions.
pub(crate) fn assertion_key(
    controller: &Value,
    method: &str,
    issuer: &str,
    now: DateTime<Utc>,
) -> Result<[u8; 32], ProofError> {
    if controller.get("id").and_then(Value::as_str) != Some(issuer) {
        return Err(ProofError::Controller("the controller document is not the issuer's".into()));
    }
    let has_id = |entry: &Value| {
        let id = entry.as_str().or_else(|| entry.get("id")?.as_str());
        // A fragment alone is relative to the document.
        id.is_some_and(|id| id == method || (id.starts_with('#') && method.strip_prefix(issuer) == Some(id)))
    };
    let listed = array(controller, "assertionMethod").find(|entry| has_id(entry));
    let listed = listed
        .ok_or_else(|| ProofError::Controller(format!("`{method}` is not one of its assertion methods")))?;
    let entry = if listed.is_object() {
        listed
    } else {
        array(controller, "verificationMethod")
            .find(|entry| has_id(entry))
            .ok_or_else(|| ProofError::Key(format!("`{method}` is not described")))?
    };
    method_key(entry, issuer, now)
}

/// The key of one verification method.
pub(crate) fn method_key(entry: &Value, issuer: &str, now: DateTime<Utc>) -> Result<[u8; 32], ProofError> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    if text("controller") != Some(issuer) {
        return Err(ProofError::Controller("the key's controller is not the issuer".into()));
    }
    for end in ["revoked", "expires"] {
        let Some(value) = entry.get(end) else { continue };
        let time = value.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        if time.is_none_or(|time| time.to_utc() <= now) {
            return Err(ProofError::Key(format!("its `{end}` has passed")));
        }
    }
    match text("type") {
        Some("Multikey" | "Ed25519VerificationKey2020") => {
            public_key_from_multibase(text("publicKeyMultibase").unwrap_or_default())
        }
        Some("JsonWebKey" | "JsonWebKey2020") => jwk_key(entry.get("publicKeyJwk").unwrap_or(&Value::Null)),
        other => Err(ProofError::Key(format!("its type is {}", other.unwrap_or("missing")))),
    }
}

fn jwk_key(jwk: &Value) -> Result<[u8; 32], ProofError> {
    use base64::Engine as _;
    let text = |name: &str| jwk.get(name).and_then(Value::as_str).unwrap_or_default();
    if text("kty") != "OKP" || text("crv") != "Ed25519" || jwk.get("d").is_some() {
        return Err(ProofError::Key("it is not a public Ed25519 JWK".into()));
    }
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(text("x"))
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| ProofError::Key("its JWK is malformed".into()))
}

fn array<'a>(document: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    document.get(name).and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{PUBLIC_KEY, shared};

    fn base(address: &str) -> Url {
        Url::parse(address).unwrap()
    }

    #[test]
    fn ob066_a_port_is_written_with_an_upper_case_escape() {
        let did = web(&base("http://localhost:8080"), &["i", "hian"]).unwrap();
        assert_eq!(did, "did:web:localhost%3A8080:i:hian");
        assert_eq!(document_url(&did, true).unwrap().as_str(), "http://localhost:8080/i/hian/did.json");
        assert_eq!(document_url(&did, false).unwrap().as_str(), "https://localhost:8080/i/hian/did.json");
    }

    #[test]
    fn a_path_below_the_public_address_comes_first() {
        let did = web(&base("https://Badges.Harbour.example/laurel/"), &["i", "hian"]).unwrap();
        assert_eq!(did, "did:web:badges.harbour.example:laurel:i:hian");
        assert_eq!(web(&base("https://a.example:443"), &["i"]).unwrap(), "did:web:a.example:i");
        assert_eq!(
            document_url("did:web:a.example", false).unwrap().as_str(),
            "https://a.example/.well-known/did.json"
        );
    }

    #[test]
    fn addresses_that_have_no_did_are_refused() {
        assert!(matches!(web(&base("http://127.0.0.1:8080"), &["i"]), Err(DidError::Host(_))));
        assert!(matches!(web(&base("http://[::1]/"), &["i"]), Err(DidError::Host(_))));
        assert!(matches!(web(&base("https://a.example"), &["a b"]), Err(DidError::Segment(_))));
        assert!(matches!(web(&base("ftp://a.example"), &["i"]), Err(DidError::Scheme(_))));
        for did in [
            "did:web:127.0.0.1",
            "did:web:",
            "did:web:a.example:..",
            "did:web:a@b.example",
            "did:key:z6Mk",
            "x",
        ] {
            assert!(document_url(did, true).is_err(), "{did}");
        }
    }

    #[test]
    fn ob065_the_document_has_absolute_ids_and_string_methods() {
        let did = "did:web:badges.harbour.example:i:hian";
        let document = document(did, &[PUBLIC_KEY], &["https://badges.harbour.example/i/hian/ob2"]);
        assert_eq!(document["id"], did);
        let method = format!("{did}#{PUBLIC_KEY}");
        assert_eq!(document["assertionMethod"], json!([method]));
        assert_eq!(document["verificationMethod"][0]["id"], method);
        assert_eq!(document["verificationMethod"][0]["controller"], did);
        assert_eq!(document["@context"], json!([DID_V1, MULTIKEY_V1]));
        let Some(example) = shared("worked-examples/ob3-did-document.json") else { return };
        assert_eq!(document["verificationMethod"][0], example["verificationMethod"][0]);
        // The whole document is JSON-LD without loss.
        crate::proof::canonicalize(&document, crate::proof::Purpose::Sign).unwrap();
    }

    #[test]
    fn ob067_a_retired_key_stays_listed() {
        let other = crate::proof::public_key_multibase(&[9; 32]);
        let document = document("did:web:a.example:i", &[&other, PUBLIC_KEY], &[]);
        let now = DateTime::UNIX_EPOCH;
        for key in [other.as_str(), PUBLIC_KEY] {
            let method = format!("did:web:a.example:i#{key}");
            assertion_key(&document, &method, "did:web:a.example:i", now).unwrap();
        }
    }

    /// OB069: another issuer's key is refused. OB112: so is one that the issuer's document does not list.
    #[test]
    fn ob069_ob112_a_key_of_somebody_else_is_refused() {
        let document = document("did:web:a.example:i", &[PUBLIC_KEY], &[]);
        let now = DateTime::UNIX_EPOCH;
        let other = crate::proof::public_key_multibase(&[9; 32]);
        for (method, issuer) in [
            (format!("did:web:a.example:i#{other}"), "did:web:a.example:i"),
            (format!("did:web:a.example:i#{PUBLIC_KEY}"), "did:web:b.example:i"),
        ] {
            let error = assertion_key(&document, &method, issuer, now).unwrap_err();
            assert_eq!(error.code(), "ob.proof.controller");
        }
    }

    #[test]
    fn a_did_key_is_its_own_document() {
        let did = format!("did:key:{PUBLIC_KEY}");
        let document = key_document(&did).unwrap();
        assert_eq!(document["assertionMethod"][0], format!("{did}#{PUBLIC_KEY}"));
        assert!(key_document("did:key:zDnaWrong").is_err());
    }
}
