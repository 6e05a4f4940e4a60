//! Builds JSON objects member by member, in the order written, and leaves out what is absent: documents never hold nulls,
//! empty texts or empty arrays (open-badges.md §1).

use serde_json::{Map, Value};

/// An object under construction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Members(Map<String, Value>);

impl Members {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A member that is always there.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// A text that may be absent; an empty one is absent too.
    pub(crate) fn with_text(self, name: &str, text: Option<&str>) -> Self {
        match text {
            Some(text) if !text.is_empty() => self.with(name, text),
            _ => self,
        }
    }

    /// A member that may be absent.
    pub(crate) fn with_some(self, name: &str, value: Option<Value>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// An array; absent when empty.
    pub(crate) fn with_list(self, name: &str, items: Vec<Value>) -> Self {
        if items.is_empty() { self } else { self.with(name, items) }
    }

    pub(crate) fn build(self) -> Value {
        Value::Object(self.0)
    }
}
