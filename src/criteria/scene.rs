//! Scene: what a node is judged against, and whether a signal is heard there.
//!
//! A `during` and a `within` narrow the time that counts. A reading without a time of its own happened
//! at some moment of an interval; where that interval lies across an edge of the time that counts,
//! nobody knows whether it counts: it is heard *perhaps*, until a person rules on it (`ruling.rs`).

use chrono::{DateTime, Utc};

use crate::{
    period::{Period, Span},
    rule::{Node, Placement},
    ruling,
    signal::{Signal, Strength},
};

/// What a node is judged against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) signals: &'a [Signal],
    pub(crate) placement: &'a Placement,
    /// Dated signals after this moment are not heard.
    pub(crate) as_of: DateTime<Utc>,
    pub(crate) now: DateTime<Utc>,
    /// The time that counts; all of it when none.
    pub(crate) bounds: Option<&'a Bounds>,
    /// The least strength that counts anywhere.
    pub(crate) floor: Option<Strength>,
    /// What is known already of groups with a `within`, when many moments are judged.
    pub(crate) known: &'a [Known<'a>],
}

/// The time that counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// What lies in every `during` around, half open.
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    /// The first and the last moment of the window of a `within` around.
    window: Window,
    doubt: Doubt,
}

/// What becomes of a signal that may have happened outside of the time that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It counts if a person has ruled on it.
    Ruled,
    /// Nobody knows, whatever a person says.
    Open,
    /// What may have happened in the window counts as if it had.
    Counted,
}

/// Since when a group with a `within` is met, whatever happens later.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    pub(crate) node: &'a Node,
    pub(crate) is_met: bool,
    /// `None` when met by roles and memberships alone.
    pub(crate) since: Option<DateTime<Utc>>,
}

/// Whether a signal is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Heard {
    No,
    /// It may have happened outside of the time that counts.
    Perhaps,
    Yes,
}

impl Scene<'_> {
    /// Whether a dated signal is heard. Roles and memberships are, at any time.
    #[inline]
    pub(crate) fn hears(&self, signal: &Signal) -> Heard {
        let moment = signal.moment();
        match self.bounds {
            _ if moment > self.as_of => Heard::No,
            None => Heard::Yes,
            Some(bounds) => match bounds.hear(signal.not_before.filter(|after| *after < moment), moment) {
                Heard::Perhaps if bounds.doubt != Doubt::Open && ruling::is_ruled(self, signal) => Heard::Yes,
                heard => heard,
            },
        }
    }
}

impl Bounds {
    /// The bounds in a `during`, within those around it.
    pub(crate) fn during(around: Option<&Self>, period: &Period) -> Self {
        let around = around.copied().unwrap_or(ALWAYS);
        Self { start: around.start.max(period.start()), end: around.end.min(period.end()), ..around }
    }

    /// Bounds around a whole rule.
    pub(crate) fn between((start, end): Window) -> Self {
        Self { start, end, ..ALWAYS }
    }

    /// The first moment that does not count any more.
    pub(crate) fn end(&self) -> DateTime<Utc> {
        self.end
    }

    /// The bounds in a window of the scene.
    pub(crate) fn window(around: Option<&Self>, window: Window, doubt: Doubt) -> Self {
        Self { window, doubt, ..around.copied().unwrap_or(ALWAYS) }
    }

    /// `after` is exclusive: it happened later than that, and at `moment` at the latest.
    fn hear(&self, after: Option<DateTime<Utc>>, moment: DateTime<Utc>) -> Heard {
        let (first, last) = self.window;
        let Some(after) = after else {
            let counts = self.start <= moment && moment < self.end && first <= moment && moment <= last;
            return if counts { Heard::Yes } else { Heard::No };
        };
        let no_time_counts = self.start.max(first) >= self.end || last < self.start;
        let is_outside = moment < self.start || self.end <= after || moment < first || last <= after;
        let straddles_window = after < first || last < moment;
        match () {
            () if no_time_counts || is_outside => Heard::No,
            () if after < self.start || self.end <= moment => Heard::Perhaps,
            () if straddles_window && self.doubt != Doubt::Counted => Heard::Perhaps,
            () => Heard::Yes,
        }
    }
}

/// First and last moment.
pub(crate) type Window = (DateTime<Utc>, DateTime<Utc>);

/// The window of a span that ends at a moment.
pub(crate) fn up_to(end: DateTime<Utc>, span: Span) -> Window {
    (end.checked_sub_signed(span.length()).unwrap_or(DateTime::<Utc>::MIN_UTC), end)
}

/// The window of a span that begins at a moment.
pub(crate) fn from(start: DateTime<Utc>, span: Span) -> Window {
    (start, start.checked_add_signed(span.length()).unwrap_or(DateTime::<Utc>::MAX_UTC))
}

const ALWAYS: Bounds = Bounds {
    start: DateTime::<Utc>::MIN_UTC,
    end: DateTime::<Utc>::MAX_UTC,
    window: (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC),
    doubt: Doubt::Ruled,
};
