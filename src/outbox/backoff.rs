//! Backoff: how long a job that failed waits before it is tried again. Pure, but for the dice.

use std::time::Duration;

use chrono::Duration as Span;

use crate::clock::Dice;

/// Doubling waits between two bounds (`outbox.backoff_seconds`, `outbox.backoff_max_seconds`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The wait after the first failed try.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
}

impl Backoff {
    /// How long to wait after the try `attempt` (from 1): doubling from the first wait to the longest, give
    /// or take a quarter, so that what failed together does not come back together.
    #[must_use]
    pub fn wait(self, attempt: i32, dice: &Dice) -> Span {
        let doublings = u32::try_from(attempt - 1).unwrap_or(0).min(31);
        let longest = self.longest.max(self.first);
        let wait = self.first.saturating_mul(1 << doublings).min(longest);
        let millis = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 131_072);
        let draw = i64::from(u16::from_be_bytes(dice.bytes()));
        // 0 ≤ draw ≤ 65535, so this runs from -wait/4 to +wait/4.
        Span::milliseconds(millis + millis * (draw - 32_768) / 32_768 / 4)
    }
}
