//! How long a platform's keys are remembered and when they are fetched again (§4.2), as a state machine
//! that is told the time and the outcome of each fetch. The application fetches, one at a time.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};

use super::KeySet;
use crate::{launch::token::Header, refusal::Refusal};

const DEFAULT_FRESH: i64 = 3600;
const MIN_FRESH: i64 = 60;
const MAX_FRESH: i64 = 24 * 3600;
/// A set that cannot be renewed still serves this long past its freshness.
const STALE_IF_ERROR: Duration = Duration::hours(24);
/// An unknown key id makes us ask again at most this often.
const FORCED_EVERY: Duration = Duration::seconds(30);
/// A failed fetch is remembered this long and not longer.
const FAILURE_FOR: Duration = Duration::seconds(5);

/// Reads the platform's wish how long its keys stay fresh.
#[derive(Clone, Copy, Debug)]
pub struct CachePolicy;

impl CachePolicy {
    /// How long a fetched set is fresh: `max-age` within 60 s and 24 h, one hour without it, 60 s for
    /// `no-store` and `no-cache`.
    #[must_use]
    pub fn from_cache_control(header: Option<&str>) -> Duration {
        let directives = || header.unwrap_or_default().split(',').map(str::trim);
        if directives()
            .any(|name| name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache"))
        {
            return Duration::seconds(MIN_FRESH);
        }
        let max_age = directives().find_map(|directive| {
            let (name, value) = directive.split_once('=')?;
            let digits = value.trim().trim_matches('"');
            let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            // More digits than fit mean: as long as you like.
            (name.trim().eq_ignore_ascii_case("max-age") && is_number)
                .then(|| digits.parse().unwrap_or(MAX_FRESH))
        });
        Duration::seconds(max_age.unwrap_or(DEFAULT_FRESH).clamp(MIN_FRESH, MAX_FRESH))
    }
}

/// What to do for a token's header.
#[derive(Clone, Debug)]
pub enum Decision {
    /// Verify with this set.
    Use(Arc<KeySet>),
    /// Fetch the keys (one at a time per address), report the outcome, then decide again.
    Fetch {
        /// The set at hand does not know the key id. Hand this back to [`KeyCache::fetched`].
        forced: bool,
    },
    /// No key and no reason to ask again yet.
    Refuse(Refusal),
}

/// What is remembered of one platform's keys.
#[derive(Clone, Debug, Default)]
pub struct KeyCache {
    known: Option<Known>,
    forced_at: Option<DateTime<Utc>>,
    failed_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug)]
struct Known {
    set: Arc<KeySet>,
    fresh_until: DateTime<Utc>,
}

impl KeyCache {
    /// Decides what to do for a header. After a fetch, ask again: the second answer is final.
    #[must_use]
    pub fn decide(&self, header: &Header, now: DateTime<Utc>) -> Decision {
        let has_failed = self.failed_at.is_some_and(|at| now < at + FAILURE_FOR);
        let Some(known) = &self.known else {
            return if has_failed {
                Decision::Refuse(Refusal::JwksUnavailable)
            } else {
                Decision::Fetch { forced: false }
            };
        };
        let is_known = known.set.has(header);
        if now < known.fresh_until {
            if is_known {
                return Decision::Use(Arc::clone(&known.set));
            }
            return if has_failed {
                Decision::Refuse(Refusal::JwksUnavailable)
            } else if self.forced_at.is_some_and(|at| now < at + FORCED_EVERY) {
                Decision::Refuse(Refusal::KidUnknown)
            } else {
                Decision::Fetch { forced: true }
            };
        }
        if !has_failed {
            return Decision::Fetch { forced: !is_known };
        }
        if is_known && now < known.fresh_until + STALE_IF_ERROR {
            Decision::Use(Arc::clone(&known.set))
        } else {
            Decision::Refuse(Refusal::JwksUnavailable)
        }
    }

    /// The keys were fetched and read; they stay fresh for `fresh`
    /// ([`CachePolicy::from_cache_control`]). A key that is no longer in the set is forgotten.
    pub fn fetched(&mut self, set: KeySet, fresh: Duration, forced: bool, now: DateTime<Utc>) {
        self.known = Some(Known { set: Arc::new(set), fresh_until: now + fresh });
        self.failed_at = None;
        if forced {
            self.forced_at = Some(now);
        }
    }

    /// The fetch failed, or brought something that is no key set: the set at hand stays.
    pub fn failed(&mut self, now: DateTime<Utc>) {
        self.failed_at = Some(now);
    }

    /// The set at hand, however old.
    #[must_use]
    pub fn set(&self) -> Option<&Arc<KeySet>> {
        self.known.as_ref().map(|known| &known.set)
    }
}
