//! Measuring a channel: how often it usually speaks, and when its silence is an alarm. Pure.
//!
//! **The rule.** A channel's moments are the hours in which it spoke, the newest 32 of them. Between them lie gaps; with
//! at least 5, the *usual interval* is their median, and the *limit* the largest of a day, three usual intervals and
//! one and a half times the longest gap but for the longest tenth. A channel is *silent* when nothing was heard for
//! longer than the limit, while its course was otherwise active: since then something else of the course was heard
//! in at least 3 different hours, and at least once after the limit had passed. So nights, weekends and
//! term breaks, in which nobody is in the course, are no alarm.

use chrono::{DateTime, Duration, Utc};

/// So many hours are kept.
pub const KEPT: usize = 32;
/// So many gaps it takes to say what is usual.
pub const FEWEST_GAPS: usize = 5;
/// In so many hours something else must have been heard for a silence to count.
pub const ACTIVE_HOURS: usize = 3;
/// The least limit, in minutes.
const DAY: i64 = 24 * 60;

/// How a channel usually speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usual {
    /// Minutes that usually lie between two hours in which it speaks.
    pub interval: i32,
    /// Minutes after which it is silent.
    pub limit: i32,
}

/// The hour of a moment, counted from 1970.
#[must_use]
pub fn hour_of(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(3600)
}

/// The hours with more, ascending, the newest [`KEPT`].
#[must_use]
pub fn with(mut hours: Vec<i64>, more: impl IntoIterator<Item = i64>) -> Vec<i64> {
    hours.extend(more);
    hours.sort_unstable();
    hours.dedup();
    let surplus = hours.len().saturating_sub(KEPT);
    hours.drain(..surplus);
    hours
}

/// What is usual, of hours in ascending order; `None` while that is not known.
#[must_use]
pub fn usual(hours: &[i64]) -> Option<Usual> {
    let pairs = hours.iter().zip(hours.iter().skip(1));
    let mut gaps: Vec<i64> = pairs.map(|(before, after)| (after - before) * 60).collect();
    if gaps.len() < FEWEST_GAPS {
        return None;
    }
    gaps.sort_unstable();
    let median = middle(&gaps);
    let all_but_few = gaps.len() - gaps.len().div_ceil(10);
    let long = gaps.get(all_but_few.saturating_sub(1)).copied().unwrap_or(median);
    let limit = DAY.max(3 * median).max(long + long / 2);
    Some(Usual { interval: minutes(median), limit: minutes(limit) })
}

/// Whether a channel that was last heard then is silent; `others` are the hours in which anything else of its course
/// was heard.
#[must_use]
pub fn is_silent(
    last_heard_at: DateTime<Utc>,
    limit: i32,
    others: impl IntoIterator<Item = i64>,
    now: DateTime<Utc>,
) -> bool {
    let until = last_heard_at + Duration::minutes(i64::from(limit));
    if now <= until {
        return false;
    }
    let last = hour_of(last_heard_at);
    let mut since: Vec<i64> = others.into_iter().filter(|hour| *hour > last).collect();
    since.sort_unstable();
    since.dedup();
    since.len() >= ACTIVE_HOURS && since.last().is_some_and(|hour| *hour >= hour_of(until))
}

fn middle(sorted: &[i64]) -> i64 {
    let upper = sorted.get(sorted.len() / 2).copied().unwrap_or(0);
    let lower = sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(0);
    i64::midpoint(lower, upper)
}

fn minutes(minutes: i64) -> i32 {
    i32::try_from(minutes).unwrap_or(i32::MAX)
}
