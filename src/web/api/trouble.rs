//! Trouble: what went wrong last at a platform's service, in plain words.

use poem_openapi::Object;

/// What went wrong at the platform.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct TroubleOut {
    /// Stable.
    code: String,
    /// What it means and what can be done.
    explanation: String,
    /// The platform's own words.
    platform_says: Option<String>,
}

impl TroubleOut {
    /// A code of a service, in that service's words.
    pub(super) fn explained(
        code: Option<String>,
        words: Option<String>,
        explain: fn(&str) -> &'static str,
    ) -> Option<Self> {
        let code = code?;
        Some(Self { explanation: explain(&code).to_owned(), code, platform_says: words })
    }
}
