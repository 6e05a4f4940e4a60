//! Our own signing keys: RSA-2048, named by their RFC 7638 thumbprint, published as JWKS (§4.1).
//!
//! A name can never come back for another key, since it is a digest of the key (K03). The private part
//! leaves this module only as PKCS#8 for the vault.

use std::fmt;

use aws_lc_rs::{
    digest::{SHA256, digest},
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use serde_json::{Value, json};

/// Why a key cannot be made, read, or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ToolKeyError {
    /// The crypto library could not make a key.
    #[error("a signing key could not be made")]
    NotMade,
    /// Not PKCS#8 with an RSA key of 2048 bits or more.
    #[error("the stored signing key cannot be read")]
    NotAKey,
    /// The claims cannot be written as JSON, or signing failed.
    #[error("the claims could not be signed")]
    NotSigned,
}

/// A private RSA key with which we sign assertions and deep linking responses for one platform.
#[derive(Clone)]
pub struct ToolKey {
    pkcs8: Vec<u8>,
    public_der: Vec<u8>,
    kid: String,
    n: String,
    e: String,
    prepared: EncodingKey,
}

impl fmt::Debug for ToolKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl ToolKey {
    /// Makes a new RSA-2048 key. The randomness is the crypto library's own: it cannot be handed in.
    ///
    /// # Errors
    /// [`ToolKeyError::NotMade`].
    pub fn generate() -> Result<Self, ToolKeyError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| ToolKeyError::NotMade)?;
        let pkcs8 = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| ToolKeyError::NotMade)?;
        Self::from_pkcs8(pkcs8.as_ref())
    }

    /// Reads a key from the vault.
    ///
    /// # Errors
    /// [`ToolKeyError::NotAKey`].
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, ToolKeyError> {
        let pair = KeyPair::from_pkcs8(pkcs8).map_err(|_| ToolKeyError::NotAKey)?;
        if pair.public_modulus_len() < 256 {
            return Err(ToolKeyError::NotAKey);
        }
        let public = pair.public_key();
        let n = URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero());
        let e = URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero());
        let public_der = AsDer::<PublicKeyX509Der<'_>>::as_der(public).map_err(|_| ToolKeyError::NotAKey)?;
        let prepared = EncodingKey::from_rsa_pem(pem("PRIVATE KEY", pkcs8).as_bytes())
            .map_err(|_| ToolKeyError::NotAKey)?;
        // RFC 7638: the required members in lexical order, without spaces.
        let thumbprint = digest(&SHA256, format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#).as_bytes());
        Ok(Self {
            pkcs8: pkcs8.to_vec(),
            public_der: public_der.as_ref().to_vec(),
            kid: URL_SAFE_NO_PAD.encode(thumbprint.as_ref()),
            n,
            e,
            prepared,
        })
    }

    /// The private key, PKCS#8 DER. Seal it before it is stored.
    #[must_use]
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The key id: the RFC 7638 thumbprint, 43 characters.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key as a JWK with `alg` and `use`.
    #[must_use]
    pub fn public_jwk(&self) -> Value {
        json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": self.n, "e": self.e})
    }

    /// The public key as PEM, for platforms that want to be shown a key.
    #[must_use]
    pub fn public_pem(&self) -> String {
        pem("PUBLIC KEY", &self.public_der)
    }

    /// Signs claims as a JWT by RS256, naming this key.
    ///
    /// # Errors
    /// [`ToolKeyError::NotSigned`].
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, ToolKeyError> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.prepared).map_err(|_| ToolKeyError::NotSigned)
    }
}

/// The JWKS document of some public keys. Only public members are written, whatever the records hold (K01).
#[must_use]
pub fn jwks_document<'a>(public_jwks: impl IntoIterator<Item = &'a Value>) -> Value {
    let keys: Vec<Value> = public_jwks
        .into_iter()
        .map(|jwk| {
            let members = ["kty", "use", "alg", "kid", "n", "e"].into_iter();
            members.filter_map(|name| Some((name.to_owned(), jwk.get(name)?.clone()))).collect()
        })
        .collect();
    json!({ "keys": keys })
}

/// A public RSA key of a key set as PEM (`SubjectPublicKeyInfo`, RFC 8017), for platforms that want to be shown one.
#[must_use]
pub fn public_pem(jwk: &Value) -> Option<String> {
    // rsaEncryption, with its NULL.
    const ALGORITHM: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let number = |name: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(jwk.get(name)?.as_str()?).ok()?;
        let mut number = Vec::with_capacity(bytes.len() + 1);
        // Without a zero in front it would be negative.
        if bytes.first().is_some_and(|first| *first >= 0x80) {
            number.push(0);
        }
        number.extend_from_slice(&bytes);
        Some(element(0x02, &number))
    };
    let key = element(0x30, &[number("n")?, number("e")?].concat());
    let bits = element(0x03, &[&[0][..], key.as_slice()].concat());
    let info = element(0x30, &[element(0x30, ALGORITHM), bits].concat());
    Some(pem("PUBLIC KEY", &info))
}

/// An element of DER: tag, length, content.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.iter().copied().skip_while(|byte| *byte == 0).collect();
    let mut written = vec![tag];
    match (significant.as_slice(), content.len()) {
        ([], _) => written.push(0),
        ([one], 0..=127) => written.push(*one),
        (several, _) => {
            // At most eight.
            written.push(0x80 | u8::try_from(several.len()).unwrap_or(8));
            written.extend_from_slice(several);
        }
    }
    written.extend_from_slice(content);
    written
}

fn pem(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for (at, c) in base64.chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            text.push('\n');
        }
        text.push(c);
    }
    text.push_str(&format!("\n-----END {label}-----\n"));
    text
}
