//! The page at `/`: what this server is, for whoever comes here by chance. No secrets, no figures.

use askama::Template;

use super::page;
use crate::texts::Language;

/// What this server is.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "web/views/home.html")]
pub struct HomePage {
    /// The reader's language.
    pub language: Language,
}

page!(HomePage);

impl HomePage {
    /// It in every language.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        Language::ALL.into_iter().map(|language| Self { language }).collect()
    }
}
