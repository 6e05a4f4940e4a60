//! `evaluate`: rule, placement, signals and now in, verdict out. Pure and total (design §5).
//!
//! A node is met when some signal meets it, unknown when nobody can know, else not met; groups count
//! by Kleene's logic. Of several signals that meet a node the strongest is named, then the earliest,
//! then the smallest id: neither duplicates nor the order of arrival matter.
//!
//! *Dating.* Most rules, once met, stay met as time goes on; for them the moment is composed from the
//! nodes' moments. A score of which the latest counts can be met and lost again: only where such a
//! node has several scores is the rule judged at every moment in turn. Roles are registers without a
//! history: they count at every moment as they are now, and so date nothing. A rule that they meet
//! alone is dated by when they were read.
//!
//! *Strength of a group.* Of the ways to pick as many met children as it needs, the strongest;
//! neutral ones (roles) count, but decide only when there is nothing else.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    leaf::{self, Leaf},
    rule::{Mode, Node, Placement, Rule, Test},
    signal::{Kind, Signal, Strength},
    verdict::{Evidence, Explanation, Missing, Outcome, Verdict},
};

/// How long a rule must have held to be met in mode `standing`: a slip of the pen awards nothing.
pub const SETTLING_MINUTES: i64 = 10;

/// Judges `rule` for one learner.
///
/// `signals` are what is known of that learner, in any order; those of other courses and kinds are
/// passed over. Signals from after `now` do not count yet.
#[must_use]
pub fn evaluate(rule: &Rule, placement: &Placement, signals: &[Signal], now: DateTime<Utc>) -> Verdict {
    let scene = Scene { signals, course: placement.course, as_of: now, now };
    let (mut whole, mut explanation) = explained(rule, scene);
    let mut as_of = now;
    let mut outcome = whole.outcome;
    let mut met_at = (outcome == Outcome::Met).then_some(whole.since.unwrap_or(now));
    if whole.wavers {
        met_at = onset(rule, scene, placement.mode, outcome);
        if let (Mode::Ever, Some(moment)) = (placement.mode, met_at)
            && outcome != Outcome::Met
        {
            (whole, explanation) = explained(rule, Scene { as_of: moment, ..scene });
            outcome = whole.outcome;
            as_of = moment;
        }
    } else if whole.since.is_none() {
        // Met by roles alone: since they were read.
        met_at = met_at.map(|now| roles_read(rule, scene).unwrap_or(now));
    }
    let mut strength = (outcome == Outcome::Met).then_some(whole.strength.unwrap_or(Strength::Weak));
    let mut recheck_at = signals.iter().map(Signal::moment).filter(|moment| *moment > now).min();
    if let (Mode::Standing, Some(moment)) = (placement.mode, met_at) {
        let until = moment.checked_add_signed(TimeDelta::minutes(SETTLING_MINUTES)).unwrap_or(moment);
        if until > now {
            (outcome, strength, met_at) = (Outcome::Unknown, None, None);
            recheck_at = Some(recheck_at.map_or(until, |earlier| earlier.min(until)));
            explanation.outcome = outcome;
            explanation.strength = None;
            explanation.met_by = None;
            explanation.missing = Some(Missing::Settling { until });
        }
    }
    Verdict { outcome, strength, met_at, as_of, recheck_at, explanation }
}

impl Rule {
    /// Whether `signal` could change this rule's verdict in `placement`: nothing else needs it
    /// evaluated again.
    #[must_use]
    pub fn touches(&self, placement: &Placement, signal: &Signal) -> bool {
        fn any(node: &Node, course: Option<uuid::Uuid>, signal: &Signal) -> bool {
            leaf::concerns(&node.test, course, signal)
                || node.children().iter().any(|child| any(child, course, signal))
        }
        any(self.root(), placement.course, signal)
    }
}

/// What a node is judged against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) signals: &'a [Signal],
    /// The placement's course.
    pub(crate) course: Option<uuid::Uuid>,
    /// Signals after this moment are not seen, but for roles.
    pub(crate) as_of: DateTime<Utc>,
    pub(crate) now: DateTime<Utc>,
}

/// What became of a node, without reasons.
#[derive(Clone, Copy, Debug)]
struct Weighed {
    outcome: Outcome,
    /// `None` when not met or neutral.
    strength: Option<Strength>,
    /// Since when it is met; `None` when not met or undated.
    since: Option<DateTime<Utc>>,
    /// Whether `since` may be too late or an earlier moment may have met it.
    wavers: bool,
}

/// A whole tree with reasons.
fn explained(rule: &Rule, scene: Scene<'_>) -> (Weighed, Explanation) {
    let mut path = String::with_capacity(64);
    path.push_str("node");
    with_reasons(rule.root(), None, scene, &mut path)
}

fn with_reasons(
    node: &Node,
    demand: Option<Strength>,
    scene: Scene<'_>,
    path: &mut String,
) -> (Weighed, Explanation) {
    let own_path = path.clone();
    let Some(needed) = node.needed() else {
        let leaf = leaf::judge(node, demand, scene);
        let missing = (leaf.outcome != Outcome::Met).then(|| leaf.missing(node, scene));
        let explanation = Explanation {
            path: own_path,
            outcome: leaf.outcome,
            strength: leaf.strength(),
            met_by: leaf.met_by().map(evidence),
            missing,
            of: Vec::new(),
        };
        return (weighed(&leaf), explanation);
    };
    let demand = Strength::stricter(demand, node.min_strength);
    let mut tally = Tally::new(needed, node.children().len());
    let mut of = Vec::with_capacity(node.children().len());
    let length = path.len();
    for (index, child) in node.children().iter().enumerate() {
        push_index(path, index);
        let (weighed, explanation) = with_reasons(child, demand, scene, path);
        path.truncate(length);
        tally.add(weighed);
        of.push(explanation);
    }
    let missing = tally.missing();
    let whole = tally.finish();
    let explanation = Explanation {
        path: own_path,
        outcome: whole.outcome,
        strength: whole.strength,
        met_by: None,
        missing,
        of,
    };
    (whole, explanation)
}

/// The same without reasons, for judging many moments.
fn bare(node: &Node, demand: Option<Strength>, scene: Scene<'_>) -> Weighed {
    let Some(needed) = node.needed() else {
        return weighed(&leaf::judge(node, demand, scene));
    };
    let demand = Strength::stricter(demand, node.min_strength);
    let mut tally = Tally::new(needed, node.children().len());
    for child in node.children() {
        tally.add(bare(child, demand, scene));
    }
    tally.finish()
}

fn weighed(leaf: &Leaf<'_>) -> Weighed {
    Weighed { outcome: leaf.outcome, strength: leaf.strength(), since: leaf.since, wavers: leaf.wavers }
}

fn evidence(signal: &Signal) -> Evidence {
    Evidence {
        signal: signal.id,
        channel: signal.channel,
        source: signal.source.clone(),
        strength: signal.strength,
        at: signal.moment(),
    }
}

/// Appends `.of[index]`; indexes have at most three digits.
fn push_index(path: &mut String, index: usize) {
    path.push_str(".of[");
    for place in [100, 10, 1] {
        if index >= place || place == 1 {
            let digit = u32::try_from(index / place % 10).unwrap_or(0);
            path.push(char::from_digit(digit, 10).unwrap_or('0'));
        }
    }
    path.push(']');
}

/// Counts a group's children.
#[derive(Debug)]
struct Tally {
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
    fn new(needed: usize, total: usize) -> Self {
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

    fn add(&mut self, child: Weighed) {
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

    fn missing(&self) -> Option<Missing> {
        let short = self.needed.saturating_sub(self.met);
        (short > 0).then(|| Missing::More { n: u32::try_from(short).unwrap_or(u32::MAX) })
    }

    fn finish(mut self) -> Weighed {
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

/// When the rule was first met (`ever`), or since when it is met (`standing`), found by judging it at
/// every moment at which something happened.
fn onset(rule: &Rule, scene: Scene<'_>, mode: Mode, outcome_now: Outcome) -> Option<DateTime<Utc>> {
    if mode == Mode::Standing && outcome_now != Outcome::Met {
        return None;
    }
    let dated = |signal: &&Signal| !matches!(signal.kind, Kind::Role { .. });
    let mut moments: Vec<_> = scene
        .signals
        .iter()
        .filter(dated)
        .map(Signal::moment)
        .filter(|moment| *moment <= scene.now)
        .collect();
    moments.sort_unstable();
    moments.dedup();
    let at = |moment: DateTime<Utc>| (moment, bare(rule.root(), None, Scene { as_of: moment, ..scene }));
    let is_met = |(_, whole): &(DateTime<Utc>, Weighed)| whole.outcome == Outcome::Met;
    let is_dated = |(_, whole): &(DateTime<Utc>, Weighed)| whole.since.is_some();
    let found = match mode {
        Mode::Ever => moments.into_iter().map(at).find(|judged| is_met(judged) && is_dated(judged)),
        Mode::Standing => moments.into_iter().rev().map(at).take_while(is_met).filter(is_dated).last(),
    };
    let roles_alone = || (outcome_now == Outcome::Met).then(|| roles_read(rule, scene)).flatten();
    found.map(|(moment, _)| moment).or_else(roles_alone)
}

/// When the latest of the roles that the rule asks for was read.
fn roles_read(rule: &Rule, scene: Scene<'_>) -> Option<DateTime<Utc>> {
    fn latest(node: &Node, scene: Scene<'_>) -> Option<DateTime<Utc>> {
        match node.test {
            Test::Role(_) => leaf::judge(node, None, scene).met_by().map(Signal::moment),
            _ => node.children().iter().filter_map(|child| latest(child, scene)).max(),
        }
    }
    latest(rule.root(), scene)
}
