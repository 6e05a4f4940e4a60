//! Small shared pieces: hex and hashes, times, addresses, and the error for a value that may not go into a document.

use std::borrow::Cow;
use std::io;

use aws_lc_rs::digest;
use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use serde::Serialize;

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

/// Compact JSON in which braces inside of texts are escaped. `VerifierPlus` cuts a badge out of its picture by counting braces
/// and takes those in texts for structure (verifiers.md §2); the value is the same for everybody.
pub(crate) fn json(value: &(impl Serialize + ?Sized)) -> String {
    let mut out = Vec::new();
    // Writing into memory fails only for maps without text keys, of which documents have none.
    let _ = write_json(value, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

/// The same, appended.
pub(crate) fn write_json(
    value: &(impl Serialize + ?Sized),
    out: &mut Vec<u8>,
) -> Result<(), serde_json::Error> {
    value.serialize(&mut serde_json::Serializer::with_formatter(out, Braceless))
}

struct Braceless;

impl serde_json::ser::Formatter for Braceless {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        let mut rest = text;
        while let Some((plain, brace, after)) = rest
            .find(['{', '}'])
            .and_then(|at| Some((rest.get(..at)?, rest.get(at..=at)?, rest.get(at + 1..)?)))
        {
            out.write_all(plain.as_bytes())?;
            out.write_all(if brace == "{" { b"\\u007b" } else { b"\\u007d" })?;
            rest = after;
        }
        out.write_all(rest.as_bytes())
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

/// Characters that verifiers in use write differently into canonical N-Quads, so that a proof over them holds with one and
/// fails with another (tried, each of them): controls but tab and line ends, and two noncharacters.
fn is_disputed(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}' | '\u{fffe}' | '\u{ffff}')
}

/// The text without characters that would make a proof fail with some verifiers; nobody can see them anyway.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.contains(is_disputed) {
        Cow::Owned(text.chars().filter(|c| !is_disputed(*c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// A text that [`clean`] leaves alone.
pub(crate) fn check_characters(field: &'static str, text: &str) -> Result<(), FieldError> {
    match text.chars().find(|c| is_disputed(*c)) {
        Some(c) => Err(FieldError::new(field, format!("holds the control character U+{:04X}", u32::from(c)))),
        None => Ok(()),
    }
}

/// A text that must not be empty.
pub(crate) fn check_text(field: &'static str, text: &str) -> Result<(), FieldError> {
    if text.trim().is_empty() {
        return Err(FieldError::new(field, "is empty"));
    }
    check_characters(field, text)
}
