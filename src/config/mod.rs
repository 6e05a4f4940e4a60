//! Settings by section: what an operator may set, loaded once at the start.
//!
//! `config/default.toml` (compiled in) holds every key, its default and one comment; `source.rs`
//! puts a file and the environment over it and refuses unknown keys; `check.rs` judges the whole in
//! plain words. Design §10. The only place that reads the process's environment; nothing here opens
//! a connection, and nothing prints a secret.

mod check;
mod database;
mod keys;
mod mail;
mod network;
mod secret;
mod server;
mod source;
mod tuning;

pub use check::{Finding, Level};
pub use database::Database;
pub use keys::{Keys, MasterKey, WeakKey};
pub use mail::{Mail, MailRoute, SmtpRoute, TlsUse};
pub use network::Network;
pub use secret::Secret;
pub use server::{Mode, PublicUrl, Server, is_loopback_host};
pub use source::{ConfigError, DEFAULTS, Sources};
pub use tuning::{
    AnonymousLaunch, Cache, Client, Limits, LogFormat, Logs, Lti, Outbox, Rate, Reconcile, Retention,
};

use std::path::PathBuf;

use serde::Deserialize;

/// All settings, by section of `config/default.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where we are and who stands before us.
    pub server: Server,
    /// Where the records are.
    pub database: Database,
    /// The keys that seal all others.
    pub keys: Keys,
    /// How mail leaves.
    pub mail: Mail,
    /// Defaults of the LTI switches.
    pub lti: Lti,
    /// Rules of outgoing requests.
    pub client: Client,
    /// How much, how often.
    pub limits: Limits,
    /// How long what is kept.
    pub retention: Retention,
    /// How jobs are run.
    pub outbox: Outbox,
    /// When courses are reconciled by themselves.
    pub reconcile: Reconcile,
    /// What is logged, in which form.
    pub logs: Logs,
    /// What is kept in memory.
    pub cache: Cache,
}

impl Settings {
    /// Reads the settings and refuses those that [`Settings::check`] finds unusable.
    ///
    /// # Errors
    /// A sentence for the operator: an unknown key, a value of the wrong kind, an unreadable file, or
    /// what production does not permit.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let settings = Self::read(sources)?;
        let refused: Vec<Finding> =
            settings.check().into_iter().filter(|finding| finding.level == Level::Refused).collect();
        if refused.is_empty() { Ok(settings) } else { Err(ConfigError::Refused(refused)) }
    }

    /// Reads the settings without judging them; `laurel check` then prints [`Settings::check`].
    ///
    /// # Errors
    /// As [`Settings::load`], but for what production does not permit.
    pub fn read(sources: &Sources) -> Result<Self, ConfigError> {
        let mut settings: Self = source::read(sources)?;
        settings.server.resolve()?;
        settings.database.resolve()?;
        settings.keys.resolve()?;
        settings.mail.resolve()?;
        Ok(settings)
    }

    /// Development or production: decided by the public address alone.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.server.public_url.mode()
    }

    /// The database's address, the default in the data folder included. May hold a password.
    #[must_use]
    pub fn database_url(&self) -> Secret {
        if self.database.url.is_set() {
            self.database.url.clone()
        } else {
            Secret::from(format!("sqlite://{}", self.server.data_folder.join("laurel.db").display()))
        }
    }

    /// Where mail goes: the mail server, or the folder.
    ///
    /// # Errors
    /// Says what is wrong with `mail.url`.
    pub fn mail_route(&self) -> Result<MailRoute, ConfigError> {
        let folder = match &self.mail.folder {
            folder if folder.as_os_str().is_empty() => self.server.data_folder.join("mail"),
            folder => folder.clone(),
        };
        self.mail.route(folder)
    }

    /// The sender's address, the default included.
    #[must_use]
    pub fn mail_from(&self) -> String {
        if !self.mail.from_address.is_empty() {
            return self.mail.from_address.clone();
        }
        format!("badges@{}", self.mail_domain())
    }

    /// The name that stands behind the `@` of a `Message-ID` and in our greeting to mail servers.
    #[must_use]
    pub fn mail_domain(&self) -> String {
        match self.server.public_url.url().domain() {
            Some(domain) => domain.to_owned(),
            None => "localhost".to_owned(),
        }
    }

    /// Where development keeps the master key it made for itself.
    #[must_use]
    pub fn development_key_file(&self) -> PathBuf {
        self.server.data_folder.join("master.key")
    }
}
