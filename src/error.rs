//! Error: what went wrong, as values with stable codes. Knows neither HTTP nor SQL.
//!
//! `domain` answers with [`Error`]; `web/problem.rs` is the only place that turns it into an answer.
//! The person gets [`Error::message`] (a plain sentence and what to do next), the machine
//! [`Error::code`], the log the whole chain.

use std::error::Error as StdError;

/// The few kinds of failure a caller can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing here by that name, or not yours to know of.
    NotFound,
    /// The state of things forbids it now.
    Conflict,
    /// The request makes no sense; [`Error::field`] says where.
    Invalid,
    /// We do not know who asks.
    Unauthorized,
    /// We know who asks, and they may not.
    Forbidden,
    /// It was here and will not come back.
    Gone,
    /// Too much, too often.
    TooMany,
    /// Someone we depend on failed.
    Upstream,
    /// We failed.
    Internal,
}

/// A failure with a stable code.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    code: &'static str,
    message: String,
    field: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What fallible functions of the application answer.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure of `kind`: `code` is stable (`noun.what`), `message` a plain sentence for people.
    pub fn new(kind: Kind, code: &'static str, message: impl Into<String>) -> Self {
        Self { kind, code, message: message.into(), field: None, source: None }
    }

    /// Nothing here by that name.
    #[must_use]
    pub fn not_found(noun: &'static str) -> Self {
        Self::new(Kind::NotFound, "not_found", format!("There is no such {noun}."))
    }

    /// A wrong field; `field` is its path in the request (`rule.of[2].n`).
    pub fn invalid(code: &'static str, field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut error = Self::new(Kind::Invalid, code, message);
        error.field = Some(field.into());
        error
    }

    /// The state of things forbids it.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, code, message)
    }

    /// We failed; `source` goes to the log only.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let mut error = Self::new(
            Kind::Internal,
            "internal",
            "Something went wrong on our side. Please try again later.",
        );
        error.source = Some(source.into());
        error
    }

    /// Adds the cause, for the log.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The stable code for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The sentence for people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The path of the wrong field, if it is about one.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

/// An error with all its causes in one line, for the log. What JSON could not be read as is not quoted: it may
/// be somebody's name.
#[must_use]
pub fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = words(error);
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&words(error));
        cause = error.source();
    }
    text
}

fn words(error: &(dyn StdError + 'static)) -> String {
    match error.downcast_ref::<serde_json::Error>() {
        Some(json) if json.is_data() => {
            format!("JSON of another form at line {} column {}", json.line(), json.column())
        }
        _ => error.to_string(),
    }
}
