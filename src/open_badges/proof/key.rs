//! Ed25519 keys and their multibase names (open-badges.md §8.3).

use std::fmt;

use aws_lc_rs::signature::{self, Ed25519KeyPair, KeyPair};

use super::ProofError;

/// Multicodec prefix of an Ed25519 public key.
const ED25519_PUBLIC: [u8; 2] = [0xed, 0x01];

/// A private Ed25519 key. The seed is not kept: the key lives in AWS-LC's memory, which wipes it when freed.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    multibase: String,
}

impl SigningKey {
    /// The key of a 32-byte seed; the caller wipes its own copy.
    ///
    /// # Errors
    /// The crypto library refuses the seed (it never does for 32 bytes).
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, ProofError> {
        let pair =
            Ed25519KeyPair::from_seed_unchecked(seed).map_err(|error| ProofError::Key(error.to_string()))?;
        let public: [u8; 32] = pair
            .public_key()
            .as_ref()
            .try_into()
            .map_err(|_| ProofError::Key("its public half is not 32 bytes".into()))?;
        Ok(Self { pair, multibase: public_key_multibase(&public) })
    }

    /// The public half: `z6Mk…`.
    #[must_use]
    pub fn public_multibase(&self) -> &str {
        &self.multibase
    }

    /// Plain Ed25519 over `message`.
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut out = [0; 64];
        out.copy_from_slice(self.pair.sign(message).as_ref());
        out
    }

    /// A verification method named by its own key must name this one, or nobody could verify.
    pub(crate) fn check_method(&self, verification_method: &str) -> Result<(), ProofError> {
        match verification_method.split_once('#') {
            Some((_, fragment)) if fragment.starts_with("z6Mk") && fragment != self.multibase => {
                Err(ProofError::Options("the verification method names another key".into()))
            }
            Some(_) => Ok(()),
            None => Err(ProofError::Options("the verification method has no fragment".into())),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.multibase).finish_non_exhaustive()
    }
}

/// The multibase name of a public key.
#[must_use]
pub fn public_key_multibase(public: &[u8; 32]) -> String {
    let mut bytes = [0; 34];
    let (prefix, rest) = bytes.split_at_mut(2);
    prefix.copy_from_slice(&ED25519_PUBLIC);
    rest.copy_from_slice(public);
    format!("z{}", bs58::encode(bytes).into_string())
}

/// Read a multibase name back.
///
/// # Errors
/// Not an Ed25519 public key.
pub fn public_key_from_multibase(text: &str) -> Result<[u8; 32], ProofError> {
    let encoded =
        text.strip_prefix('z').ok_or_else(|| ProofError::Key("it is not base58btc multibase".into()))?;
    if encoded.len() > 64 {
        return Err(ProofError::Key("it is too long for an Ed25519 key".into()));
    }
    let bytes = bs58::decode(encoded).into_vec().map_err(|error| ProofError::Key(error.to_string()))?;
    bytes
        .strip_prefix(&ED25519_PUBLIC)
        .and_then(|key| key.try_into().ok())
        .ok_or_else(|| ProofError::Key("it is not an Ed25519 public key".into()))
}

/// Strict verification: AWS-LC refuses a non-canonical S, and keys of small order are refused here.
pub(crate) fn verify(public: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> Result<(), ProofError> {
    if is_small_order(public) {
        return Err(ProofError::Key("it is of small order".into()));
    }
    signature::UnparsedPublicKey::new(&signature::ED25519, public)
        .verify(message, signature)
        .map_err(|_| ProofError::Value("document or proof was changed, or another key signed".into()))
}

/// The encodings, canonical or not, of the eight points of small order (the sign bit is ignored).
fn is_small_order(public: &[u8; 32]) -> bool {
    const ORDER_8_ONE: [u8; 32] = [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ];
    const ORDER_8_TWO: [u8; 32] = [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ];
    let mut point = *public;
    let [first, middle @ .., last] = &mut point;
    *last &= 0x7f;
    let all = |value: u8| middle.iter().all(|byte| *byte == value);
    // y = 0, 1; and p - 1, p, p + 1 with p = 2^255 - 19.
    (matches!(*first, 0 | 1) && all(0) && *last == 0)
        || (matches!(*first, 0xec..=0xee) && all(0xff) && *last == 0x7f)
        || point == ORDER_8_ONE
        || point == ORDER_8_TWO
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{shared, unhex};

    #[test]
    fn keys_have_the_published_names() {
        let Some(keys) = shared("worked-examples/keys.json") else { return };
        for name in ["issuerEd25519", "holderEd25519", "endorserEd25519"] {
            let entry = &keys[name];
            let seed: [u8; 32] = unhex(entry["seedHex"].as_str().unwrap()).try_into().unwrap();
            let key = SigningKey::from_seed(&seed).unwrap();
            assert_eq!(key.public_multibase(), entry["publicKeyMultibase"].as_str().unwrap());
            let public = public_key_from_multibase(key.public_multibase()).unwrap();
            assert_eq!(public.to_vec(), unhex(entry["publicKeyHex"].as_str().unwrap()));
        }
    }

    #[test]
    fn ob070_a_key_prints_its_public_half_only() {
        let key = SigningKey::from_seed(&[7; 32]).unwrap();
        let text = format!("{key:?}");
        assert!(text.contains("z6Mk") && !text.contains("0707"), "{text}");
    }

    #[test]
    fn keys_of_small_order_are_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert!(is_small_order(&identity));
        identity[31] = 0x80;
        assert!(is_small_order(&identity));
        assert!(!is_small_order(&[7; 32]));
        // With the identity as key, R = identity and S = 0 would "sign" everything.
        let mut forged = [0; 64];
        forged[0] = 1;
        identity[31] = 0;
        assert!(matches!(verify(&identity, b"anything", &forged), Err(ProofError::Key(_))));
    }
}
