//! Language: which ones we speak, and which one a person wants.

use serde::{Deserialize, Serialize};

/// A language we speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::En, Self::De];

    /// Its tag, for `lang` attributes, documents and the database.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// The language of a tag or locale: `de`, `de-AT`, `de_DE`, `de_DE.UTF-8`, in any case.
    #[must_use]
    pub fn of_locale(locale: &str) -> Option<Self> {
        let primary = locale.trim().split(['-', '_', '.', '@']).next()?;
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The first language we speak among the locales a launch or a learner's record names (most
    /// wanted first: `launch_presentation.locale`, then `locale`), then in `Accept-Language`, else
    /// `default` (`lti-1.3-tool.md` §14).
    #[must_use]
    pub fn negotiate<'a>(
        locales: impl IntoIterator<Item = &'a str>,
        accept_language: Option<&str>,
        default: Self,
    ) -> Self {
        locales
            .into_iter()
            .find_map(Self::of_locale)
            .or_else(|| Self::accepted(accept_language?))
            .unwrap_or(default)
    }

    /// The best of an `Accept-Language` header: highest `q`, then first.
    fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(Self, f32)> = None;
        // A browser names a handful; a longer header is nobody's wish.
        for item in header.split(',').take(32) {
            let mut parts = item.split(';');
            let Some(language) = parts.next().and_then(Self::of_locale) else { continue };
            let quality = parts
                .find_map(|part| part.trim().strip_prefix("q="))
                .map_or(1.0, |text| text.parse().unwrap_or(0.0));
            if quality > 0.0 && best.is_none_or(|(_, highest)| quality > highest) {
                best = Some((language, quality));
            }
        }
        best.map(|(language, _)| language)
    }
}

impl std::fmt::Display for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.tag())
    }
}

impl std::str::FromStr for Language {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::of_locale(text).ok_or_else(|| format!("`{text}` is not a language we speak (en, de)."))
    }
}
