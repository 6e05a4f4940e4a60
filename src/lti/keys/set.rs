//! A platform's keys: read once, prepared once, chosen by algorithm and key id (§4.2).
//!
//! Read leniently (one bad entry does not spoil the others), used strictly: the key's type decides
//! with the registration's list, so that a public key can never serve as an HMAC secret.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, crypto};
use serde_json::Value;

use crate::{launch::token::Header, refusal::Refusal, registration::Algorithm};

const MAX_BYTES: usize = 512 * 1024;
const MAX_KEYS: usize = 100;
/// A platform that repeats a key id gets this many tries (§4.2 rule 3).
const MAX_TRIES: usize = 4;
const MIN_RSA_BITS: usize = 2048;
/// More would only cost time; the crypto library stops here too.
const MAX_RSA_BITS: usize = 8192;

/// Why a text is no key set. The application treats it like a failed fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// More than 512 KiB or more than 100 keys.
    #[error("the key set is too large")]
    TooLarge,
    /// Not a JSON object with an array `keys`.
    #[error("not a JSON object with an array `keys`")]
    NotAKeySet,
    /// A PEM text without a usable RSA, P-256 or P-384 public key.
    #[error("not a PEM text with an RSA, P-256 or P-384 public key")]
    NotAPublicKey,
}

/// The public keys of one platform, ready to verify.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    keys: Vec<Key>,
}

/// One key that may verify.
#[derive(Clone, Debug)]
struct Key {
    /// `None` for a key that was typed in as PEM: it answers to every key id.
    kid: Option<String>,
    alg: Option<String>,
    kind: Kind,
    prepared: DecodingKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rsa { bits: usize },
    P256,
    P384,
}

impl KeySet {
    /// Reads a JWKS document. Entries that cannot be read, or that are not for verifying, are skipped.
    ///
    /// # Errors
    /// [`KeySetError::TooLarge`] and [`KeySetError::NotAKeySet`].
    pub fn from_jwks(body: &[u8]) -> Result<Self, KeySetError> {
        if body.len() > MAX_BYTES {
            return Err(KeySetError::TooLarge);
        }
        let document: Value = serde_json::from_slice(body).map_err(|_| KeySetError::NotAKeySet)?;
        let entries = document.get("keys").and_then(Value::as_array).ok_or(KeySetError::NotAKeySet)?;
        if entries.len() > MAX_KEYS {
            return Err(KeySetError::TooLarge);
        }
        Ok(Self { keys: entries.iter().filter_map(Key::from_jwk).collect() })
    }

    /// Reads one public key in PEM form, for platforms that only show a key. It answers to every key id
    /// and also to tokens without one.
    ///
    /// # Errors
    /// [`KeySetError::NotAPublicKey`].
    pub fn from_pem(text: &str) -> Result<Self, KeySetError> {
        let key = Key::from_pem(text.trim().as_bytes()).ok_or(KeySetError::NotAPublicKey)?;
        Ok(Self { keys: vec![key] })
    }

    /// Whether there is no key at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Each key in a few words, its name first: `p1-a (RSA, 2048 bits)`. For people.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.keys.iter().map(|key| {
            let name = key.kid.as_deref().unwrap_or("PEM");
            match (key.kind, key.is_usable()) {
                (Kind::Rsa { bits }, true) => format!("{name} (RSA, {bits} bits)"),
                (Kind::Rsa { bits }, false) => format!("{name} (RSA, {bits} bits: not usable)"),
                (Kind::P256, _) => format!("{name} (P-256)"),
                (Kind::P384, _) => format!("{name} (P-384)"),
            }
        })
    }

    /// Whether any key can verify a token of one of these algorithms.
    #[must_use]
    pub fn serves(&self, algorithms: &[Algorithm]) -> bool {
        algorithms.iter().any(|alg| {
            self.keys
                .iter()
                .any(|key| key.is_usable() && key.fits(&Header { alg: *alg, kid: key.kid.clone() }))
        })
    }

    /// Whether a key fits this header; if not, the platform's keys are worth a refetch.
    #[must_use]
    pub fn has(&self, header: &Header) -> bool {
        self.candidates(header).next().is_some()
    }

    fn candidates<'a>(&'a self, header: &'a Header) -> impl Iterator<Item = &'a Key> {
        self.keys.iter().filter(move |key| key.fits(header))
    }

    /// The usable keys for a header (§5 step 6).
    pub(crate) fn choose<'a>(&'a self, header: &'a Header) -> Result<Chosen<'a>, Refusal> {
        let mut fitting = self.candidates(header).peekable();
        if fitting.peek().is_none() {
            // Only a key typed in as PEM answers to a token that names none (§5 step 5).
            return Err(if header.kid.is_some() { Refusal::KidUnknown } else { Refusal::KidMissing });
        }
        let usable: Vec<&Key> = fitting.filter(|key| key.is_usable()).take(MAX_TRIES).collect();
        if usable.is_empty() {
            Err(Refusal::KeyUnusable)
        } else {
            Ok(Chosen { keys: usable, alg: header.alg })
        }
    }
}

/// At most four keys, one of which must have signed.
pub(crate) struct Chosen<'a> {
    keys: Vec<&'a Key>,
    alg: Algorithm,
}

impl Chosen<'_> {
    /// §5 step 7. `message` is `header.payload` as received, `signature` is base64url.
    pub(crate) fn verify(&self, message: &str, signature: &str) -> Result<(), Refusal> {
        let alg = match self.alg {
            Algorithm::RS256 => jsonwebtoken::Algorithm::RS256,
            Algorithm::RS384 => jsonwebtoken::Algorithm::RS384,
            Algorithm::RS512 => jsonwebtoken::Algorithm::RS512,
            Algorithm::PS256 => jsonwebtoken::Algorithm::PS256,
            Algorithm::ES256 => jsonwebtoken::Algorithm::ES256,
            Algorithm::ES384 => jsonwebtoken::Algorithm::ES384,
        };
        let is_good = |key: &&Key| {
            crypto::verify(signature, message.as_bytes(), &key.prepared, alg).is_ok_and(|is_good| is_good)
        };
        if self.keys.iter().any(is_good) { Ok(()) } else { Err(Refusal::SignatureInvalid) }
    }
}

impl Key {
    fn from_jwk(jwk: &Value) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let bytes = |name: &str| text(name).and_then(lenient_base64);
        let absent_or = |name: &str, wanted: &str| match jwk.get(name) {
            None | Some(Value::Null) => true,
            Some(Value::String(given)) => given == wanted,
            Some(Value::Array(given)) => given.iter().any(|given| given == wanted),
            Some(_) => false,
        };
        if !absent_or("use", "sig") || !absent_or("key_ops", "verify") {
            return None;
        }
        let (kind, prepared) = match text("kty")? {
            "RSA" => rsa(&bytes("n")?, &bytes("e")?)?,
            "EC" => {
                let kind = match text("crv")? {
                    "P-256" => Kind::P256,
                    "P-384" => Kind::P384,
                    _ => return None,
                };
                (kind, DecodingKey::from_ec_components(text("x")?, text("y")?).ok()?)
            }
            _ => return None,
        };
        // Without a key id a published key can never be chosen.
        let kid = text("kid").filter(|kid| !kid.is_empty())?.to_owned();
        Some(Self { kid: Some(kid), alg: text("alg").map(str::to_owned), kind, prepared })
    }

    fn from_pem(pem: &[u8]) -> Option<Self> {
        let utils = &crypto::aws_lc::DEFAULT_PROVIDER.key_utils;
        let (kind, prepared) = if let Ok(key) = DecodingKey::from_rsa_pem(pem) {
            let (n, e) = (utils.rsa_pub_components_from_public_key)(key.try_get_as_bytes().ok()?).ok()?;
            rsa(&n, &e)?
        } else {
            let key = DecodingKey::from_ec_pem(pem).ok()?;
            // An uncompressed point: one byte of form, two coordinates.
            let kind = match key.try_get_as_bytes().ok()?.len() {
                65 => Kind::P256,
                97 => Kind::P384,
                _ => return None,
            };
            (kind, key)
        };
        Some(Self { kid: None, alg: None, kind, prepared })
    }

    fn fits(&self, header: &Header) -> bool {
        let same_kind = match header.alg {
            Algorithm::RS256 | Algorithm::RS384 | Algorithm::RS512 | Algorithm::PS256 => {
                matches!(self.kind, Kind::Rsa { .. })
            }
            Algorithm::ES256 => self.kind == Kind::P256,
            Algorithm::ES384 => self.kind == Kind::P384,
        };
        same_kind
            && (self.kid.is_none() || self.kid == header.kid)
            && self.alg.as_deref().is_none_or(|alg| alg == header.alg.name())
    }

    fn is_usable(&self) -> bool {
        match self.kind {
            Kind::Rsa { bits } => (MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits),
            Kind::P256 | Kind::P384 => true,
        }
    }
}

/// Numbers without leading zeros, which some platforms (Java's `BigInteger`) send.
fn rsa(n: &[u8], e: &[u8]) -> Option<(Kind, DecodingKey)> {
    let significant = |number: &[u8]| {
        let start = number.iter().position(|byte| *byte != 0)?;
        number.get(start..).map(<[u8]>::to_vec)
    };
    let (n, e) = (significant(n)?, significant(e)?);
    let unused_bits = n.first()?.leading_zeros() as usize;
    Some((Kind::Rsa { bits: n.len() * 8 - unused_bits }, DecodingKey::from_rsa_raw_components(&n, &e)))
}

/// base64url, also padded or in the standard alphabet: a key is a key.
fn lenient_base64(text: &str) -> Option<Vec<u8>> {
    let plain: String = text
        .trim_end_matches('=')
        .chars()
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    URL_SAFE_NO_PAD.decode(plain).ok()
}
