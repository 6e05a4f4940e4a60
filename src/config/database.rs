//! `[database]`: where the records are.

use std::path::PathBuf;

use serde::Deserialize;

use super::{ConfigError, Secret};

/// Where the records are. [`super::Settings::database_url`] gives the address with its default.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite://…` or `postgres://…`; a secret, for it may hold a password.
    pub url: Secret,
    /// A file that holds the address instead.
    pub url_file: PathBuf,
    /// Readers beside the one writer (`SQLite`).
    pub readers: u32,
    /// Most connections of one process (`PostgreSQL`).
    pub connections: u32,
}

impl Database {
    pub(super) fn resolve(&mut self) -> Result<(), ConfigError> {
        self.url = std::mem::take(&mut self.url).or_file("database.url", &self.url_file)?;
        let known = ["sqlite:", "postgres://", "postgresql://"];
        if self.url.is_set() && !known.iter().any(|scheme| self.url.expose().starts_with(scheme)) {
            return Err(ConfigError::value(
                "database.url",
                "`database.url` must begin with sqlite:// or postgres://.",
            ));
        }
        Ok(())
    }
}
