//! Tally: what becomes of a group, counted from its children by Kleene's logic.
//!
//! *Strength.* Of the ways to pick as many met children as the group needs, the strongest; neutral
//! ones (roles, memberships) count, but decide only when there is nothing else. *Dating.* By the child
//! that completed it; children without a date were always there.

use chrono::{DateTime, Utc};

use crate::{
    signal::Strength,
    verdict::{Missing, Outcome},
};

/// What became of a node, without reasons.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weighed {
    pub(crate) outcome: Outcome,
    /// `None` when not met or neutral.
    pub(crate) strength: Option<Strength>,
    /// Since when it is met; `None` when not met or undated.
    pub(crate) since: Option<DateTime<Utc>>,
    /// Whether `since` may be too late or an earlier moment may have met it.
    pub(crate) wavers: bool,
}

/// Counts a group's children.
#[derive(Debug)]
pub(crate) struct Tally {
    needed: usize,
    met: usize,
    unknown: usize,
    /// Met children by strength, neutral ones apart.
    by_strength: [usize; Strength::ALL.len()],
    neutral: usize,
    /// The moments of the met children that have one.
    since: Earliest,
    undated: usize,
    wavers: bool,
}

impl Tally {
    pub(crate) fn new(needed: usize, total: usize) -> Self {
        Self {
            needed,
            met: 0,
            unknown: 0,
            by_strength: [0; Strength::ALL.len()],
            neutral: 0,
            since: Earliest::new(needed, total),
            undated: 0,
            wavers: false,
        }
    }

    pub(crate) fn add(&mut self, child: Weighed) {
        self.wavers |= child.wavers;
        match child.outcome {
            Outcome::NotMet => return,
            Outcome::Unknown => {
                self.unknown += 1;
                return;
            }
            Outcome::Met => self.met += 1,
        }
        match child.strength {
            None => self.neutral += 1,
            Some(strength) => {
                for (count, known) in self.by_strength.iter_mut().zip(Strength::ALL) {
                    *count += usize::from(*known == strength);
                }
            }
        }
        match child.since {
            None => self.undated += 1,
            Some(moment) => self.since.add(moment),
        }
    }

    pub(crate) fn missing(&self) -> Option<Missing> {
        let short = self.needed.saturating_sub(self.met);
        (short > 0).then(|| Missing::More { n: u32::try_from(short).unwrap_or(u32::MAX) })
    }

    pub(crate) fn finish(mut self) -> Weighed {
        if self.met < self.needed {
            // Unknown only if the unknown ones could still bring it about.
            let outcome =
                if self.met + self.unknown < self.needed { Outcome::NotMet } else { Outcome::Unknown };
            return Weighed { outcome, strength: None, since: None, wavers: self.wavers };
        }
        // Neutral children fill places for nothing; one place at least goes to proof, if there is any.
        let mut places = self.needed.saturating_sub(self.neutral).max(1);
        let mut strength = None;
        for (count, known) in self.by_strength.iter().zip(Strength::ALL).rev() {
            if *count > 0 && places > 0 {
                strength = Some(*known);
                places = places.saturating_sub(*count);
            }
        }
        // Undated children were always there; those that have a date fill the places left.
        let since = self.needed.checked_sub(self.undated + 1).and_then(|last| self.since.nth(last));
        Weighed { outcome: Outcome::Met, strength, since, wavers: self.wavers }
    }
}

/// The moments of a group's met children. Only a group between any and all needs to keep them.
#[derive(Debug)]
struct Earliest {
    count: usize,
    first: Option<DateTime<Utc>>,
    last: Option<DateTime<Utc>>,
    kept: Option<Vec<DateTime<Utc>>>,
}

impl Earliest {
    fn new(needed: usize, total: usize) -> Self {
        Self { count: 0, first: None, last: None, kept: (1 < needed && needed < total).then(Vec::new) }
    }

    fn add(&mut self, moment: DateTime<Utc>) {
        self.count += 1;
        self.first = Some(self.first.map_or(moment, |first| first.min(moment)));
        self.last = self.last.max(Some(moment));
        if let Some(kept) = &mut self.kept {
            kept.push(moment);
        }
    }

    /// The n-th earliest, from 0.
    fn nth(&mut self, n: usize) -> Option<DateTime<Utc>> {
        match (n, &mut self.kept) {
            (n, _) if n >= self.count => None,
            (0, _) => self.first,
            (n, _) if n + 1 == self.count => self.last,
            (n, Some(kept)) => Some(*kept.select_nth_unstable(n).1),
            // Any needs the first and all need the last.
            (_, None) => self.last,
        }
    }
}
