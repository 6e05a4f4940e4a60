//! A text in every language, for clients that show it.

use poem_openapi::Object;

use crate::texts::{Arg, Language, Texts};

/// The same in two languages.
#[derive(Clone, Debug, Object)]
pub struct InWords {
    /// In English.
    en: String,
    /// In German.
    de: String,
}

impl InWords {
    /// The text of this key, filled.
    pub fn of(key: &str, args: &[(&'static str, Arg)]) -> Self {
        Self { en: Texts::get(Language::En, key, args), de: Texts::get(Language::De, key, args) }
    }
}
