//! Texts: every sentence a person reads, per language, from `src/texts/<language>/*.ftl` (Fluent).
//!
//! Compiled in; a test holds all languages to the same keys and arguments. Texts are plain, never
//! HTML: templates escape them. No decisions here but which language to speak and which advice fits
//! a refusal's code.

mod advice;
mod checks;
mod language;

use std::{borrow::Cow, collections::HashMap};

use chrono::{DateTime, Datelike as _, Utc};
use fluent_templates::{LanguageIdentifier, fluent_bundle::FluentValue, static_loader};
use unic_langid::langid;

pub use advice::Advice;
pub use checks::{check_words, verdict_words};
pub use language::Language;

static_loader! {
    static CATALOGUES = {
        locales: "./src/texts",
        fallback_language: "en",
        // The invisible marks that isolate right-to-left parts would stand in mail subjects and files.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

// The loader above does not tell cargo which files it read; this does, so that a changed text is built.
const _: &[&str] = &[
    include_str!("en/approvals.ftl"),
    include_str!("en/checks.ftl"),
    include_str!("en/common.ftl"),
    include_str!("en/course.ftl"),
    include_str!("en/errors.ftl"),
    include_str!("en/lists.ftl"),
    include_str!("en/mail.ftl"),
    include_str!("en/operate.ftl"),
    include_str!("en/pages.ftl"),
    include_str!("en/pick.ftl"),
    include_str!("en/public.ftl"),
    include_str!("en/reconcile.ftl"),
    include_str!("en/register.ftl"),
    include_str!("en/roster.ftl"),
    include_str!("de/approvals.ftl"),
    include_str!("de/checks.ftl"),
    include_str!("de/common.ftl"),
    include_str!("de/course.ftl"),
    include_str!("de/errors.ftl"),
    include_str!("de/lists.ftl"),
    include_str!("de/mail.ftl"),
    include_str!("de/operate.ftl"),
    include_str!("de/pages.ftl"),
    include_str!("de/pick.ftl"),
    include_str!("de/public.ftl"),
    include_str!("de/reconcile.ftl"),
    include_str!("de/register.ftl"),
    include_str!("de/roster.ftl"),
];

const EN: LanguageIdentifier = langid!("en");
const DE: LanguageIdentifier = langid!("de");

/// What a text is filled with: words or a number (which chooses singular or plural).
#[derive(Clone, Debug, PartialEq)]
pub enum Arg {
    /// Words, as they are.
    Words(String),
    /// A number.
    Number(i64),
}

impl From<&str> for Arg {
    fn from(words: &str) -> Self {
        Self::Words(words.to_owned())
    }
}

impl From<&&String> for Arg {
    fn from(text: &&String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&String> for Arg {
    fn from(words: &String) -> Self {
        Self::Words(words.clone())
    }
}

impl From<String> for Arg {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

macro_rules! arg_from_number {
    ($($number:ty),+) => {$(
        impl From<$number> for Arg {
            fn from(number: $number) -> Self {
                Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
            }
        }
        impl From<&$number> for Arg {
            fn from(number: &$number) -> Self {
                Self::from(*number)
            }
        }
    )+};
}
arg_from_number!(i32, i64, u32, u64, usize);

/// The texts of one language. Free to copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Texts {
    language: Language,
}

impl Texts {
    /// The texts of `language`.
    #[must_use]
    pub fn of(language: Language) -> Self {
        Self { language }
    }

    /// The language spoken.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// One text, to be filled by [`Text::arg`] and printed; made for templates.
    #[must_use]
    pub fn text(&self, key: &'static str) -> Text {
        Text { language: self.language, key, args: Vec::new() }
    }

    /// One text that needs no filling.
    #[must_use]
    pub fn say(&self, key: &'static str) -> String {
        Self::get(self.language, key, &[])
    }

    /// A day in words: `23 November 2026`, in UTC.
    #[must_use]
    pub fn day(&self, at: DateTime<Utc>) -> String {
        self.text("date-day").arg("day", at.day()).arg("month", at.month()).arg("year", at.year()).to_string()
    }

    /// The text `key` of `language`, filled with `args`. A key that does not exist gives itself, and a
    /// line in the log; the tests keep that from happening.
    #[must_use]
    pub fn get(language: Language, key: &str, args: &[(&'static str, Arg)]) -> String {
        let args: HashMap<Cow<'static, str>, FluentValue<'_>> = args
            .iter()
            .map(|(name, arg)| {
                let value = match arg {
                    Arg::Words(words) => FluentValue::from(words.as_str()),
                    Arg::Number(number) => FluentValue::from(*number),
                };
                (Cow::Borrowed(*name), value)
            })
            .collect();
        let identifier = match language {
            Language::En => &EN,
            Language::De => &DE,
        };
        CATALOGUES.lookup_single_language(identifier, key, Some(&args)).unwrap_or_else(|error| {
            tracing::error!(text.key = key, text.language = %language, %error, "text cannot be shown");
            key.to_owned()
        })
    }
}

/// A text being filled. Prints itself.
#[derive(Clone, Debug)]
pub struct Text {
    language: Language,
    key: &'static str,
    args: Vec<(&'static str, Arg)>,
}

impl Text {
    /// Fills one place.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl Into<Arg>) -> Self {
        self.args.push((name, value.into()));
        self
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&Texts::get(self.language, self.key, &self.args))
    }
}
