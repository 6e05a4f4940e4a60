//! Where settings come from: defaults, file, environment, command line; later ones win.
//!
//! Texts from the environment take the kind (text, number, list) that the default has, so
//! `LAUREL__MAIL__FROM_NAME=2026` is a name and not a number. A key that `config/default.toml` does
//! not hold stops the start with a sentence that names it.

use std::path::PathBuf;

use figment::{
    Figment,
    providers::{Format as _, Serialized, Toml},
    value::{Dict, Value},
};
use serde::de::DeserializeOwned;

use super::Finding;

/// `config/default.toml`: every key, its default, one comment.
pub const DEFAULTS: &str = include_str!("../../config/default.toml");

/// The file that is read when it exists and no other is named.
const USUAL_FILE: &str = "/etc/laurel/laurel.toml";
const PREFIX: &str = "LAUREL__";

/// What is put over the defaults.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    file: Option<PathBuf>,
    environment: Vec<(String, String)>,
    given: Vec<(String, String)>,
}

impl Sources {
    /// Nothing but the defaults. For tests and the demo, which name all they need by [`Sources::with`].
    #[must_use]
    pub fn defaults() -> Self {
        Self::default()
    }

    /// What this process was started with: `file` (or the usual one, when it exists) and the environment.
    #[must_use]
    pub fn of_process(file: Option<PathBuf>) -> Self {
        let usual = || Some(PathBuf::from(USUAL_FILE)).filter(|usual| usual.exists());
        let environment = std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()));
        Self { file: file.or_else(usual), ..Self::default() }.with_environment(environment)
    }

    /// Reads this file over the defaults.
    #[must_use]
    pub fn with_file(mut self, file: PathBuf) -> Self {
        self.file = Some(file);
        self
    }

    /// Adds environment variables; those that do not begin with `LAUREL__` are none of ours.
    #[must_use]
    pub fn with_environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.environment.extend(variables.into_iter().filter(|(name, _)| name.starts_with(PREFIX)));
        self
    }

    /// Sets one key (`mail.folder`) over everything else.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.given.push((key.into(), value.into()));
        self
    }
}

/// Why there are no settings. Every text is a sentence for the operator and holds no secret.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// A key nobody knows.
    #[error("There is no setting `{key}` ({place}).{hint}")]
    UnknownKey {
        /// The key, dotted.
        key: String,
        /// The file or the variable.
        place: String,
        /// The key that was probably meant.
        hint: String,
    },
    /// A file that cannot be read or understood.
    #[error("The settings file cannot be used: {0}")]
    File(String),
    /// A value that cannot be used.
    #[error("{message}")]
    Value {
        /// The key, dotted.
        key: String,
        /// The sentence.
        message: String,
    },
    /// Readable settings that must not be used.
    #[error("{}", sentences(.0))]
    Refused(Vec<Finding>),
}

impl ConfigError {
    pub(super) fn value(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Value { key: key.into(), message: message.into() }
    }
}

fn sentences(findings: &[Finding]) -> String {
    findings.iter().map(|finding| finding.message.as_str()).collect::<Vec<_>>().join("\n")
}

/// Puts the sources together and gives them their types.
pub(super) fn read<T: DeserializeOwned>(sources: &Sources) -> Result<T, ConfigError> {
    let defaults: Dict = Figment::from(Toml::string(DEFAULTS)).extract().map_err(|error| plain(&error))?;
    let mut figment = Figment::from(Serialized::defaults(&defaults));
    if let Some(file) = &sources.file {
        let text = std::fs::read_to_string(file)
            .map_err(|error| ConfigError::File(format!("`{}`: {error}.", file.display())))?;
        let values: Dict = Figment::from(Toml::string(&text)).extract().map_err(|error| {
            ConfigError::File(format!("`{}`: {}.", file.display(), without_excerpt(&error)))
        })?;
        refuse_unknown(&defaults, &values, &file.display().to_string())?;
        figment = figment.merge(Serialized::defaults(values));
    }
    for (name, value) in &sources.environment {
        let key = name.strip_prefix(PREFIX).unwrap_or(name).to_ascii_lowercase().replace("__", ".");
        figment = set(figment, &defaults, &key, value, name)?;
    }
    for (key, value) in &sources.given {
        figment = set(figment, &defaults, key, value, "command line")?;
    }
    figment.extract().map_err(|error| plain(&error))
}

fn refuse_unknown(defaults: &Dict, values: &Dict, place: &str) -> Result<(), ConfigError> {
    for (section, value) in values {
        let (Some(known), Some(value)) = (defaults.get(section).and_then(Value::as_dict), value.as_dict())
        else {
            return Err(unknown(defaults, section, place));
        };
        for key in value.keys() {
            if !known.contains_key(key) {
                return Err(unknown(defaults, &format!("{section}.{key}"), place));
            }
        }
    }
    Ok(())
}

fn set(
    figment: Figment,
    defaults: &Dict,
    key: &str,
    text: &str,
    place: &str,
) -> Result<Figment, ConfigError> {
    let default = key
        .split_once('.')
        .and_then(|(section, key)| defaults.get(section)?.as_dict()?.get(key))
        .ok_or_else(|| unknown(defaults, key, place))?;
    let wrong =
        |what: &str| ConfigError::value(key, format!("`{key}` must be {what}, not `{text}` ({place})."));
    let value = match default {
        Value::Num(..) => {
            Value::from(text.replace('_', "").parse::<u64>().map_err(|_| wrong("a whole number"))?)
        }
        Value::Bool(..) => Value::from(text.parse::<bool>().map_err(|_| wrong("true or false"))?),
        Value::Array(..) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Value::from(
                items
                    .map(|item| item.parse::<u64>().map_or_else(|_| item.into(), Value::from))
                    .collect::<Vec<Value>>(),
            )
        }
        _ => Value::from(text),
    };
    Ok(figment.merge(Serialized::default(key, value)))
}

fn unknown(defaults: &Dict, key: &str, place: &str) -> ConfigError {
    let known = defaults.iter().flat_map(|(section, values)| {
        values
            .as_dict()
            .into_iter()
            .flat_map(move |values| values.keys().map(move |key| format!("{section}.{key}")))
    });
    let hint = known
        .map(|known| (if is_same_name(&known, key) { 0 } else { distance(&known, key) }, known))
        .min()
        .filter(|(distance, _)| *distance <= 4)
        .map_or_else(String::new, |(_, known)| format!(" Did you mean `{known}`?"));
    ConfigError::UnknownKey { key: key.to_owned(), place: place.to_owned(), hint }
}

/// Whether only the section is missing or another one.
fn is_same_name(known: &str, key: &str) -> bool {
    known.rsplit('.').next() == key.rsplit('.').next()
}

/// How many letters must change to make one text of the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let best = (diagonal + usize::from(x != y)).min(left + 1).min(*cell + 1);
            diagonal = *cell;
            *cell = best;
            left = best;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

/// The first and last line of a TOML error: the lines between quote the file, which may hold secrets.
fn without_excerpt(error: &figment::Error) -> String {
    let text = error.kind.to_string();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    lines.next_back().map_or_else(|| first.to_owned(), |last| format!("{first}: {last}"))
}

/// A figment error as a sentence. Our own types already speak in sentences; a found value is not
/// repeated, for it may be a secret.
fn plain(error: &figment::Error) -> ConfigError {
    use figment::error::Kind;
    let key = error.path.join(".");
    let message = match &error.kind {
        Kind::Message(message) if message.starts_with('`') => message.clone(),
        Kind::Message(message) => format!("`{key}` cannot be used: {message}"),
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => {
            let is_number = matches!(expected.as_str(), "u16" | "u32" | "u64" | "usize");
            format!("`{key}` must be {}.", if is_number { "a whole number" } else { expected })
        }
        Kind::UnknownVariant(_, known) => format!("`{key}` must be one of: {}.", known.join(", ")),
        Kind::MissingField(field) => format!("`{key}` lacks `{field}`."),
        Kind::UnknownField(field, _) => {
            return ConfigError::UnknownKey {
                key: field.clone(),
                place: "config/default.toml".to_owned(),
                hint: String::new(),
            };
        }
        _ => format!("`{key}` cannot be used."),
    };
    ConfigError::Value { key, message }
}
