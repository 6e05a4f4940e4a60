//! Small shared pieces: hex and hashes, times, addresses, and the error for a value that may not go into a document.

use aws_lc_rs::digest;
use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};

/// A value that a document would carry wrongly, refused before anything is signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct FieldError {
    /// Dotted name of the field, as in the typed input: `award.evidence`.
    pub field: &'static str,
    /// What is wrong, in words a person can act on.
    pub reason: String,
}

impl FieldError {
    pub(crate) fn new(field: &'static str, reason: impl Into<String>) -> Self {
        Self { field, reason: reason.into() }
    }
}

/// SHA-256 over the concatenation of `parts`.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// The same in lower-case hex.
pub(crate) fn sha256_hex(parts: &[&[u8]]) -> String {
    hex(&sha256(parts))
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// RFC 3339 in UTC with `Z`, whole seconds, truncated: a rounded-up time would lie in the future.
pub(crate) fn seconds(time: DateTime<Utc>) -> String {
    time.trunc_subsecs(0).to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Whether `address` is an absolute IRI of a kind we write into documents and that no JSON-LD context reads as a prefix.
pub(crate) fn is_address(address: &str) -> bool {
    const SCHEMES: [&str; 4] = ["https://", "http://", "urn:uuid:", "did:"];
    SCHEMES.iter().any(|scheme| address.starts_with(scheme)) && oxrdf::NamedNodeRef::new(address).is_ok()
}

/// [`is_address`] as a check with a name.
pub(crate) fn check_address(field: &'static str, address: &str) -> Result<(), FieldError> {
    if is_address(address) {
        Ok(())
    } else {
        Err(FieldError::new(
            field,
            format!("`{address}` is not an absolute http(s), urn:uuid or did address"),
        ))
    }
}

/// A text that must not be empty.
pub(crate) fn check_text(field: &'static str, text: &str) -> Result<(), FieldError> {
    if text.trim().is_empty() { Err(FieldError::new(field, "is empty")) } else { Ok(()) }
}
