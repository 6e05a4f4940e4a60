//! Whom to ask about next, where a platform answers about one person at a time and a course has more people than one
//! reading may ask about. Pure.
//!
//! Half of a reading goes round: everybody is looked at within a number of readings that can be told. The other half
//! is for those who were in the course since, for only they can have done something; whoever was there longest ago
//! comes first, so that none of them is put off for ever.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::moodle::Person;

/// Platforms work out a completion some time after the person left.
const LATE: Duration = Duration::hours(2);

/// Where the next reading goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The last one of the round.
    pub after: Option<u64>,
    /// Whoever was in the course before that has been looked at since.
    pub since: Option<DateTime<Utc>>,
}

/// One person to be looked at, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn<'p> {
    /// Who.
    pub person: &'p Person,
    /// Their number.
    number: u64,
    /// As one of those who were in the course since, out of turn.
    is_fresh: bool,
    /// Whether they must be looked at before all is up to date.
    counts: bool,
}

/// The people of one reading, in the order in which they are looked at.
#[derive(Clone, Debug)]
pub struct Round<'p> {
    /// Whom to ask about.
    pub turns: Vec<Turn<'p>>,
    position: Position,
    /// When the reading began.
    began_at: DateTime<Utc>,
    /// Whether everybody who was in the course since is among them.
    has_all_fresh: bool,
    /// How many of those who must be looked at have not been.
    left: usize,
    /// When the last of them that was looked at had been in the course.
    reached: Option<DateTime<Utc>>,
}

impl<'p> Round<'p> {
    /// At most `most` of these people.
    #[must_use]
    pub fn new(people: &'p [Person], position: Position, most: usize, now: DateTime<Utc>) -> Self {
        let mut numbered: Vec<(u64, &Person)> =
            people.iter().filter_map(|person| Some((person.id.parse().ok()?, person))).collect();
        numbered.sort_unstable_by_key(|(number, _)| *number);
        numbered.dedup_by_key(|(number, _)| *number);
        let since = position.since.map(|since| since - LATE);
        let mut fresh: Vec<(u64, &Person)> = numbered
            .iter()
            .copied()
            .filter(|(_, person)| since.is_some_and(|since| person.seen_at.is_some_and(|seen| seen > since)))
            .collect();
        fresh.sort_by_key(|(_, person)| person.seen_at);
        let is_everybody = numbered.len() <= most;
        if is_everybody {
            fresh.clear();
        }
        let reserved = fresh.len().min(most / 2);
        let at = numbered.partition_point(|(number, _)| Some(*number) <= position.after);
        let (before, after) = numbered.split_at(at);
        // Nobody is skipped by the round for being asked about anyway: a reading may be cut short before that.
        let round: Vec<(u64, &Person)> = after.iter().chain(before).copied().take(most - reserved).collect();
        let is_in = |some: &[(u64, &Person)], number: u64| some.iter().any(|(one, _)| *one == number);
        let both = round.iter().filter(|(number, _)| is_in(&fresh, *number)).count();
        fresh.retain(|(number, _)| !is_in(&round, *number));
        let has_all_fresh = fresh.len() <= reserved;
        fresh.truncate(reserved);
        let left = if is_everybody { round.len() } else { fresh.len() + both };
        let was_seen =
            |person: &Person| since.is_some_and(|since| person.seen_at.is_some_and(|seen| seen > since));
        let turn = |is_fresh| {
            move |(number, person): (u64, &'p Person)| Turn {
                person,
                number,
                is_fresh,
                counts: is_fresh || is_everybody || was_seen(person),
            }
        };
        // By turns, so that a reading that is cut short gets on with both; the round first, or it might never.
        let (mut round, mut fresh) = (round.into_iter().map(turn(false)), fresh.into_iter().map(turn(true)));
        let mut turns = Vec::new();
        loop {
            let (one, other) = (round.next(), fresh.next());
            if one.is_none() && other.is_none() {
                break;
            }
            turns.extend(one.into_iter().chain(other));
        }
        Self { turns, position, began_at: now, has_all_fresh, left, reached: None }
    }

    /// This one has been looked at.
    pub fn looked_at(&mut self, turn: Turn<'_>) {
        if turn.is_fresh {
            self.reached = turn.person.seen_at;
        } else {
            self.position.after = Some(turn.number);
        }
        if turn.counts {
            self.left = self.left.saturating_sub(1);
        }
    }

    /// Where the next reading goes on.
    #[must_use]
    pub fn position(&self) -> Position {
        let is_up_to_date = self.has_all_fresh && self.left == 0;
        let since = match (is_up_to_date, self.reached) {
            (true, _) => Some(self.began_at),
            // The next reading goes back two hours again: without them it would begin with the same ones.
            (false, Some(reached)) => Some((reached + LATE).min(self.began_at)),
            (false, None) => self.position.since,
        };
        Position { since, ..self.position.clone() }
    }
}

/// After how many readings everybody has been looked at, at the latest.
#[must_use]
pub fn readings_for_all(people: usize, most: usize) -> u64 {
    let each = if people <= most { most } else { most - most / 2 };
    u64::try_from(people.div_ceil(each.max(1))).unwrap_or(u64::MAX)
}
