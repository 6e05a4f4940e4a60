//! Custom parameters: what a course author configured and the platform filled in (§13).
//!
//! Signed by the platform but written by people: the application checks the values like user input.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    claims::{Object, is_id},
    progress::Progress,
};

const MAX_KEYS: usize = 200;
const MAX_VALUE: usize = 8 * 1024;
/// Nobody copies a course more often than that.
const MAX_IDS: usize = 100;

/// Custom parameters. Values that the platform did not substitute are absent (§13, M30).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Custom(BTreeMap<String, String>);

impl Custom {
    /// A value: by its exact name, else without regard to ASCII case (Moodle and Schoology lower it).
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        let folded = || self.0.iter().find(|(own, _)| own.eq_ignore_ascii_case(key)).map(|(_, value)| value);
        self.0.get(key).or_else(folded).map(String::as_str)
    }

    /// A list of ids, as `$Context.id.history` gives it: comma-separated, each percent-encoded, newest first. What
    /// is no id is left out; at most 100 are read.
    #[must_use]
    pub fn ids(&self, key: &str) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for part in self.get(key).unwrap_or_default().split(',').take(MAX_IDS) {
            let Ok(id) = percent_encoding::percent_decode_str(part.trim()).decode_utf8() else { continue };
            if is_id(&id) && !ids.iter().any(|known| *known == id) {
                ids.push(id.into_owned());
            }
        }
        ids
    }

    /// All values by their names as sent, in the names' order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The values by their names as sent.
    #[must_use]
    pub fn as_map(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// Reads the claim with the limits and tolerances of §13.
    pub(crate) fn read(object: Option<Object<'_>>, progress: &mut Progress) -> Self {
        let mut custom = BTreeMap::new();
        for (key, value) in object.flatten().into_iter().flatten() {
            if custom.len() == MAX_KEYS {
                progress.warn("custom_too_many", None);
                break;
            }
            let text = match value {
                Value::Null => continue,
                Value::String(text) if is_unresolved(text) => {
                    progress.warn("custom_unresolved", Some(key));
                    continue;
                }
                Value::String(text) => text.replace('\0', ""),
                Value::Number(_) | Value::Bool(_) => {
                    progress.warn("custom_not_text", Some(key));
                    value.to_string()
                }
                Value::Array(_) | Value::Object(_) => {
                    progress.warn("custom_ignored", Some(key));
                    continue;
                }
            };
            if text.len() > MAX_VALUE || !is_id(key) {
                progress.warn("custom_ignored", Some(key));
            } else {
                custom.insert(key.clone(), text);
            }
        }
        Self(custom)
    }
}

/// A variable that the platform left as it was configured: `$User.id`, but not `$5` or `$x and more`.
fn is_unresolved(text: &str) -> bool {
    let Some(name) = text.strip_prefix('$') else { return false };
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}
