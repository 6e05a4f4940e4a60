//! Who a badge is for: a hashed e-mail address, the same hash and salt in 2.0 and 3.0 (open-badges.md §3.2).

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::text::{hex, sha256_hex};

/// The recipient as a document names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// `sha256$` and 64 hex digits.
    pub hash: String,
    /// The salt's characters, hashed as they are.
    pub salt: String,
}

impl Recipient {
    /// Hash a delivery address with fresh random bytes; 8 bytes or more, new for each award.
    #[must_use]
    pub fn new(email: &str, salt: &[u8]) -> Self {
        let salt = hex(salt);
        Self { hash: identity_hash(&normalize_email(email), &salt), salt }
    }

    /// Whether `identifier` is this recipient: as typed, then trimmed and lower-cased, then NFC.
    #[must_use]
    pub fn is(&self, identifier: &str) -> bool {
        is_identity(&self.hash, Some(&self.salt), identifier)
    }
}

/// The form of an address that is hashed: trimmed, NFC, lower case.
#[must_use]
pub fn normalize_email(email: &str) -> String {
    // Lower-casing may leave decomposed text (İ), so NFC comes last as well.
    email.trim().nfc().collect::<String>().to_lowercase().nfc().collect()
}

/// `sha256$` + hex of SHA-256 over the UTF-8 of identifier and salt, no separator.
#[must_use]
pub fn identity_hash(identifier: &str, salt: &str) -> String {
    format!("sha256${}", sha256_hex(&[identifier.as_bytes(), salt.as_bytes()]))
}

/// Whether a hashed identity is that of `identifier`, trying the spellings verifiers may meet. `md5$` is not computed.
pub(crate) fn is_identity(hash: &str, salt: Option<&str>, identifier: &str) -> bool {
    let salt = salt.unwrap_or_default();
    spellings(identifier).iter().any(|spelling| identity_hash(spelling, salt).eq_ignore_ascii_case(hash))
}

/// As typed, trimmed and lower-cased, and NFC of both.
pub(crate) fn spellings(identifier: &str) -> [String; 4] {
    [
        identifier.to_owned(),
        identifier.trim().to_lowercase(),
        identifier.nfc().collect(),
        normalize_email(identifier),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::shared;

    #[test]
    fn ob009_the_published_vectors_come_out() {
        assert_eq!(
            identity_hash("a@example.com", "Kosher"),
            "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399"
        );
        let Some(file) = shared("worked-examples/identity-hash-vectors.json") else { return };
        for vector in file["vectors"].as_array().unwrap() {
            let (identifier, salt) =
                (vector["identifier"].as_str().unwrap(), vector["salt"].as_str().unwrap());
            assert_eq!(identity_hash(identifier, salt), vector["sha256"].as_str().unwrap(), "{identifier}");
        }
    }

    #[test]
    fn ob010_another_salt_is_another_hash() {
        let (one, two) = (Recipient::new("a@b.example", &[1; 8]), Recipient::new("a@b.example", &[2; 8]));
        assert_eq!(one.salt, "0101010101010101");
        assert_ne!(one.hash, two.hash);
    }

    #[test]
    fn ob011_the_address_is_trimmed_and_lower_cased() {
        assert_eq!(normalize_email(" Jo@Example.ORG "), "jo@example.org");
        assert_eq!(normalize_email("ZOE\u{308}@x.example"), "zoë@x.example");
        let recipient = Recipient::new(" Jo@Example.ORG ", &[7; 8]);
        assert_eq!(recipient.hash, identity_hash("jo@example.org", &recipient.salt));
        assert!(recipient.is("JO@example.org"));
        assert!(!recipient.is("joe@example.org"));
    }

    #[test]
    fn ob123_hex_is_compared_without_case() {
        let recipient = Recipient::new("a@b.example", &[9; 8]);
        let upper = recipient.hash.to_uppercase().replace("SHA256", "sha256");
        assert!(is_identity(&upper, Some(&recipient.salt), "a@b.example"));
    }
}
