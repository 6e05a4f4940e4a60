//! Secret: text that never prints. Knows nothing of where it comes from.

use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::ConfigError;

/// Text that prints as `***` and is wiped from memory when dropped. Empty means: not set.
#[derive(Clone, Default, Deserialize)]
#[serde(from = "String")]
pub struct Secret(SecretString);

impl Secret {
    /// The text itself. Every use of it can be found by this name.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether anything was set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        !self.expose().is_empty()
    }

    /// Takes the value from `file` when one is named; both at once are refused. One trailing line
    /// break is not part of the secret.
    pub(super) fn or_file(self, key: &'static str, file: &Path) -> Result<Self, ConfigError> {
        if file.as_os_str().is_empty() {
            return Ok(self);
        }
        if self.is_set() {
            return Err(ConfigError::value(key, format!("Set either `{key}` or `{key}_file`, not both.")));
        }
        let text = std::fs::read_to_string(file).map_err(|error| {
            ConfigError::value(
                key,
                format!("The file `{}` named by `{key}_file` cannot be read: {error}.", file.display()),
            )
        })?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let secret = Self::from(text.strip_suffix('\r').unwrap_or(text).to_owned());
        if secret.is_set() {
            Ok(secret)
        } else {
            Err(ConfigError::value(
                key,
                format!("The file `{}` named by `{key}_file` is empty.", file.display()),
            ))
        }
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(SecretString::from(text))
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(SecretString::from(text))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_set() { "***" } else { "(not set)" })
    }
}

impl std::fmt::Display for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self, f)
    }
}
