//! Periods (`during`) and spans (`within`): time as a rule writes it, and as the evaluator compares it.
//!
//! A period is half open and may be written in local times of a zone. Such a time means *the first
//! moment at which the zone's clock shows it or a later one*: where the clock is set forward over it,
//! the moment of the change; where the clock shows it twice, the first time.

use std::{fmt, str::FromStr};

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone as _, Timelike as _, Utc, offset::LocalResult};
use serde::{Deserialize, Serialize};

/// A time zone by its IANA name.
pub type Zone = chrono_tz::Tz;

/// From a moment on until before another; at least one of them is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    from: Option<Edge>,
    to: Option<Edge>,
    zone: Zone,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

/// An end of a period, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edge {
    /// What the zone's clock shows.
    Local(NaiveDateTime),
    /// A moment, wherever.
    Instant(DateTime<Utc>),
}

impl Period {
    /// A period; `zone` says what its local times mean, and in which zone it is shown.
    #[must_use]
    pub fn new(from: Option<Edge>, to: Option<Edge>, zone: Zone) -> Self {
        Self {
            from,
            to,
            zone,
            start: from.map_or(DateTime::<Utc>::MIN_UTC, |edge| edge.instant(zone)),
            end: to.map_or(DateTime::<Utc>::MAX_UTC, |edge| edge.instant(zone)),
        }
    }

    /// Its first moment, as written.
    #[must_use]
    pub fn from(&self) -> Option<Edge> {
        self.from
    }

    /// The moment that ends it, as written.
    #[must_use]
    pub fn to(&self) -> Option<Edge> {
        self.to
    }

    /// Its zone.
    #[must_use]
    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// Its first moment.
    #[must_use]
    pub fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// The first moment after it.
    #[must_use]
    pub fn end(&self) -> DateTime<Utc> {
        self.end
    }

    /// The same period, written in moments: periods that mean the same are then equal.
    pub(crate) fn in_instants(&self) -> Self {
        let instant = |edge: Option<Edge>| edge.map(|edge| Edge::Instant(edge.instant(self.zone)));
        Self::new(instant(self.from), instant(self.to), Zone::UTC)
    }
}

impl Edge {
    /// The moment that is meant.
    #[must_use]
    pub fn instant(self, zone: Zone) -> DateTime<Utc> {
        match self {
            Self::Instant(at) => at,
            Self::Local(local) => match zone.from_local_datetime(&local) {
                LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.to_utc(),
                LocalResult::None => change_over(local, zone),
            },
        }
    }

    /// What the zone's clock shows, or was written to show.
    pub(crate) fn shown(self, zone: Zone) -> NaiveDateTime {
        match self {
            Self::Local(local) => local,
            Self::Instant(at) => at.with_timezone(&zone).naive_local(),
        }
    }
}

impl fmt::Display for Edge {
    /// The canonical text: `2026-09-01T00:00`, `2026-09-01T00:00:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(at) if at.second() == 0 && at.nanosecond() == 0 => {
                write!(f, "{}", at.format("%Y-%m-%dT%H:%M"))
            }
            Self::Local(at) => write!(f, "{}", at.format("%Y-%m-%dT%H:%M:%S%.f")),
            Self::Instant(at) => f.write_str(&at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)),
        }
    }
}

/// When the clock of `zone` is set forward over `local`, which it therefore never shows.
fn change_over(local: NaiveDateTime, zone: Zone) -> DateTime<Utc> {
    // No zone is two days from UTC, and clocks change on whole seconds.
    let around = local.with_nanosecond(0).unwrap_or(local).and_utc();
    let (mut before, mut after) = (around - TimeDelta::days(2), around + TimeDelta::days(2));
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if middle.with_timezone(&zone).naive_local() >= local {
            after = middle;
        } else {
            before = middle;
        }
    }
    after
}

/// How far apart the first and the last of several things may lie: from a second to ten years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span {
    seconds: u32,
}

/// Why a text is no [`Span`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    /// Not of the form `P30D`, `P2W`, `PT36H`, `P1DT12H`.
    #[error("not a duration such as P30D, P2W or PT36H")]
    Form,
    /// Nothing.
    #[error("shorter than a second")]
    TooShort,
    /// More than ten years.
    #[error("longer than ten years")]
    TooLong,
}

impl Span {
    /// Ten years, with three leap days.
    const LONGEST: u32 = 3653 * 86_400;

    /// A span of seconds.
    ///
    /// # Errors
    /// Too short or too long.
    pub fn of_seconds(seconds: u64) -> Result<Self, SpanError> {
        match u32::try_from(seconds) {
            Ok(0) => Err(SpanError::TooShort),
            Ok(seconds) if seconds <= Self::LONGEST => Ok(Self { seconds }),
            _ => Err(SpanError::TooLong),
        }
    }

    /// Its length.
    #[must_use]
    pub fn length(self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.seconds))
    }

    /// Days, hours, minutes and seconds.
    pub(crate) fn parts(self) -> [u32; 4] {
        let seconds = self.seconds;
        [seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60]
    }
}

impl fmt::Display for Span {
    /// The canonical text: days, then hours, minutes and seconds, without what is 0.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [days, time @ ..] = self.parts();
        f.write_str("P")?;
        if days > 0 {
            write!(f, "{days}D")?;
        }
        if time != [0; 3] {
            f.write_str("T")?;
        }
        for (number, letter) in time.into_iter().zip(['H', 'M', 'S']) {
            if number > 0 {
                write!(f, "{number}{letter}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Span {
    type Err = SpanError;

    /// Reads ISO 8601: weeks alone, or days, hours, minutes and seconds. No months and years, which
    /// are not always as long, and no fractions.
    fn from_str(text: &str) -> Result<Self, SpanError> {
        let number = |digits: &str| match digits.len() {
            1..=9 if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse::<u64>().map_err(|_| SpanError::Form)
            }
            _ => Err(SpanError::Form),
        };
        let rest = text.strip_prefix('P').ok_or(SpanError::Form)?;
        if let Some(weeks) = rest.strip_suffix('W') {
            return Self::of_seconds(number(weeks)? * 7 * 86_400);
        }
        let (date, mut time) = rest.split_once('T').unwrap_or((rest, "0S"));
        let mut seconds = match date.strip_suffix('D') {
            Some(days) => number(days)? * 86_400,
            None if date.is_empty() && rest.starts_with('T') => 0,
            None => return Err(SpanError::Form),
        };
        if time.is_empty() {
            return Err(SpanError::Form);
        }
        for (letter, length) in [('H', 3600), ('M', 60), ('S', 1)] {
            if let Some((digits, after)) = time.split_once(letter) {
                seconds += number(digits)? * length;
                time = after;
            }
        }
        if time.is_empty() { Self::of_seconds(seconds) } else { Err(SpanError::Form) }
    }
}

impl TryFrom<String> for Span {
    type Error = SpanError;

    fn try_from(text: String) -> Result<Self, SpanError> {
        text.parse()
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}
