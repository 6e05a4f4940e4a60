//! `[keys]`: the master key, and what counts as one. What it seals is `vault`'s business.

use std::path::PathBuf;

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose};
use secrecy::zeroize::Zeroizing;
use serde::Deserialize;

use super::{ConfigError, Secret};

/// The keys that seal all others.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    master_key: Secret,
    master_key_file: PathBuf,
    previous_master_key: Secret,
    previous_master_key_file: PathBuf,
    /// The master key, when one was given.
    #[serde(skip)]
    pub master: Option<MasterKey>,
    /// The key before the last rotation, when one was given.
    #[serde(skip)]
    pub previous: Option<MasterKey>,
}

impl Keys {
    pub(super) fn resolve(&mut self) -> Result<(), ConfigError> {
        self.master = parsed("keys.master_key", &mut self.master_key, &self.master_key_file)?;
        self.previous = parsed(
            "keys.previous_master_key",
            &mut self.previous_master_key,
            &self.previous_master_key_file,
        )?;
        Ok(())
    }
}

/// Takes the text out of `value`, so that only the key itself stays in memory.
fn parsed(
    key: &'static str,
    value: &mut Secret,
    file: &std::path::Path,
) -> Result<Option<MasterKey>, ConfigError> {
    let secret = std::mem::take(value).or_file(key, file)?;
    if !secret.is_set() {
        return Ok(None);
    }
    MasterKey::parse(secret.expose())
        .map(Some)
        .map_err(|weak| ConfigError::value(key, format!("`{key}` cannot be used: {weak}")))
}

/// 32 bytes that no one can guess. Prints as `***`, wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// Parses base64 (either alphabet, padded or not) or hex text of 32 bytes.
    ///
    /// # Errors
    /// [`WeakKey`]: not 32 bytes, or bytes that a person or a placeholder made.
    pub fn parse(text: &str) -> Result<Self, WeakKey> {
        let text = text.trim();
        let bytes = Zeroizing::new(decode(text).ok_or(WeakKey::Form)?);
        let bytes: [u8; 32] = bytes.as_slice().try_into().map_err(|_| WeakKey::Form)?;
        Self::new(bytes)
    }

    /// Takes 32 bytes.
    ///
    /// # Errors
    /// [`WeakKey::Guessable`] when they do not look random.
    pub fn new(bytes: [u8; 32]) -> Result<Self, WeakKey> {
        let bytes = Zeroizing::new(bytes);
        if is_guessable(&bytes) { Err(WeakKey::Guessable) } else { Ok(Self(bytes)) }
    }

    /// The bytes themselves. Only `vault` has use for them.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key as text, for a key file or the operator who asked for a new one.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(general_purpose::STANDARD.encode(self.0.as_slice()))
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Why a text is no master key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakKey {
    /// Not 32 bytes in base64 or hex.
    #[error(
        "it must be 32 bytes in base64 (44 characters) or hex (64). `laurel master-key generate` makes one."
    )]
    Form,
    /// A placeholder, a phrase or a pattern.
    #[error(
        "it is not random (a placeholder, a phrase or a pattern). `laurel master-key generate` makes one."
    )]
    Guessable,
}

fn decode(text: &str) -> Option<Vec<u8>> {
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let nibbles: Vec<u8> = text
            .chars()
            .filter_map(|digit| digit.to_digit(16))
            .filter_map(|n| u8::try_from(n).ok())
            .collect();
        return Some(
            nibbles.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, n| byte << 4 | n)).collect(),
        );
    }
    let text = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    general_purpose::URL_SAFE_NO_PAD.decode(text).ok()
}

/// Whether the bytes look made up. Random bytes fail each test less often than once in 10¹².
fn is_guessable(bytes: &[u8; 32]) -> bool {
    let distinct = bytes.iter().collect::<std::collections::BTreeSet<_>>().len();
    let mut steps = bytes.iter().zip(bytes.iter().skip(1)).map(|(a, b)| b.wrapping_sub(*a));
    let first = steps.next();
    let is_sequence = steps.all(|step| Some(step) == first);
    let is_phrase = bytes.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    // A word put through SHA-256 is still that word.
    let is_hashed_word = ["", "admin", "changeme", "laurel", "master", "password", "secret", "test"]
        .iter()
        .any(|word| digest::digest(&digest::SHA256, word.as_bytes()).as_ref() == bytes);
    distinct <= 16 || is_sequence || is_phrase || is_hashed_word
}
