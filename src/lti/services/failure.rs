//! How a service call or a registration can fail: a [`Refusal`] of the catalogue (`lti.token`, `lti.ags`,
//! `lti.nrps`, `lti.dr`), what the platform said, and what to do next.
//!
//! A failure holds no token and no body; at most the platform's own words, cleaned (`text`).

use std::fmt;

use chrono::{DateTime, Duration, Utc};

use super::{text, wire::Answer};
use crate::refusal::{PlatformAnswer, Refusal};

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Next {
    /// Nothing: it will not get better by itself, and nobody needs to be called.
    Stop,
    /// Tell the platform's administrator or our operator; do not repeat.
    Alarm,
    /// Drop the access token, get a new one, repeat once; then [`Failure::again`].
    FreshToken,
    /// Repeat the same request later, not before this time has passed (§16.3: with back-off).
    Later(Option<Duration>),
    /// Forget the line item; look for it again at the next launch.
    Rediscover,
}

/// Why a call brought nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which failure: its code, status and sentence.
    pub refusal: Refusal,
    /// The status of the platform's answer, if there was one.
    pub status: Option<u16>,
    /// The platform's own words, one line of plain text without addresses and tokens. Escape it.
    pub words: Option<String>,
    /// What to do.
    pub next: Next,
}

impl Failure {
    /// A failure that we found out ourselves.
    #[must_use]
    pub const fn new(refusal: Refusal, next: Next) -> Self {
        Self { refusal, status: None, words: None, next }
    }

    /// A failure with a few words of ours about what is wrong: names, never values.
    #[must_use]
    pub fn about(refusal: Refusal, next: Next, words: impl Into<String>) -> Self {
        Self { refusal, status: None, words: Some(words.into()), next }
    }

    /// A failure read from an answer.
    pub(crate) fn of(answer: &Answer<'_>, refusal: Refusal, next: Next) -> Self {
        Self { refusal, status: Some(answer.status), words: text::words(answer.body), next }
    }

    /// An answer that is not what was asked for: nothing of it is quoted, it may be somebody's data.
    pub(crate) fn unreadable(answer: &Answer<'_>, refusal: Refusal, next: Next) -> Self {
        Self { refusal, status: Some(answer.status), words: None, next }
    }

    /// There was no answer at all: `refusal` is one of the `…unavailable` and `…unreachable` codes.
    #[must_use]
    pub const fn unanswered(refusal: Refusal) -> Self {
        Self::new(refusal, Next::Later(None))
    }

    /// The same failure after the one repetition with a fresh token: no further one (T07).
    #[must_use]
    pub fn again(mut self) -> Self {
        if self.next == Next::FreshToken {
            self.next = Next::Alarm;
        }
        self
    }

    /// How long to wait before attempt number `attempt` (the first repetition is 1): doubling from two
    /// seconds to an hour, spread by `dice` so that not everybody comes back at once, never sooner than
    /// the platform asked. `None` when repeating does not help.
    #[must_use]
    pub fn wait(&self, attempt: u32, dice: u16) -> Option<Duration> {
        let Next::Later(asked) = self.next else { return None };
        let base = Duration::seconds(1_i64 << attempt.clamp(1, 12)).min(Duration::hours(1));
        let spread = base * i32::from(dice) / (2 * i32::from(u16::MAX));
        Some((base + spread).max(asked.unwrap_or_else(Duration::zero)))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.refusal.code(), self.refusal.sentence())?;
        if let Some(status) = self.status {
            write!(f, " (HTTP {status})")?;
        }
        match &self.words {
            Some(words) => write!(f, " \"{words}\""),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

/// Whether a status means "not now".
pub(crate) fn is_later(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}

/// "Later", with the platform's own wish.
pub(crate) fn later(answer: &Answer<'_>, now: DateTime<Utc>) -> Next {
    Next::Later(answer.retry_after(now))
}

/// What the platform said, as some refusals carry it.
pub(crate) fn said(answer: &Answer<'_>) -> PlatformAnswer {
    let error = text::oauth_error(answer.body).unwrap_or_else(|| format!("HTTP {}", answer.status));
    PlatformAnswer { error: error.chars().take(100).collect(), description: text::words(answer.body) }
}
