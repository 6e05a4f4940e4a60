//! Groups: their children put together, in the time that counts for them, with reasons or without.
//!
//! *Within.* A group with a `within` is met when at some moment, of a signal that concerns it, what
//! happened in that span up to then meets it alone (or roles and memberships do). So what has met it
//! once always does, and it never wavers: it is met since the first such moment and proves what the
//! strongest window proves. Where it would only be met if readings had happened at the right moments of
//! those at which they may have, nobody knows; unless a person has ruled on them (`ruling.rs`): then it is met
//! since the first moment at which, with the rulings of that moment, some span from a signal's last moment on
//! (or from the last before the end of a time that counts) meets it, and would not, or would prove less, without
//! them.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    leaf::{self, Leaf},
    rule::{Node, Rule, Test},
    ruling,
    scene::{self, Bounds, Doubt, Heard, Known, Scene, Window},
    signal::{Signal, Strength},
    tally::{Tally, Weighed},
    verdict::{Evidence, Explanation, Missing, Outcome},
};

/// A whole tree with reasons.
pub(crate) fn explained(rule: &Rule, scene: &Scene<'_>) -> (Weighed, Explanation) {
    let mut path = String::with_capacity(64);
    path.push_str("node");
    with_reasons(rule.root(), scene.floor, scene, &mut path)
}

fn with_reasons(
    node: &Node,
    demand: Option<Strength>,
    scene: &Scene<'_>,
    path: &mut String,
) -> (Weighed, Explanation) {
    let Some(needed) = node.needed() else {
        let leaf = leaf::judge(node, demand, scene);
        let missing = (leaf.outcome != Outcome::Met).then(|| leaf.missing(node, demand, scene));
        let met_with = leaf.met_with(node, demand, scene);
        let explanation = Explanation {
            path: path.clone(),
            outcome: leaf.outcome,
            strength: leaf.strength(),
            met_by: leaf.met_by().map(|signal| evidence(&node.test, signal)),
            with: met_with.into_iter().map(|signal| evidence(&node.test, signal)).collect(),
            missing,
            of: Vec::new(),
        };
        return (weighed(&leaf), explanation);
    };
    let bounds = narrowed(node, scene);
    let scene = &Scene { bounds: bounds.as_ref().or(scene.bounds), ..*scene };
    let demand = Strength::stricter(demand, node.min_strength);
    if node.within.is_some() {
        return together_with_reasons(node, needed, demand, scene, path);
    }
    members_with_reasons(node, needed, demand, scene, path)
}

/// A group, its own bounds and demand being in `scene` and `demand` already.
fn members_with_reasons(
    node: &Node,
    needed: usize,
    demand: Option<Strength>,
    scene: &Scene<'_>,
    path: &mut String,
) -> (Weighed, Explanation) {
    let own_path = path.clone();
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
        with: Vec::new(),
        missing,
        of,
    };
    (whole, explanation)
}

/// The same without reasons, for judging many moments.
pub(crate) fn bare(node: &Node, demand: Option<Strength>, scene: &Scene<'_>) -> Weighed {
    let Some(needed) = node.needed() else {
        return weighed(&leaf::judge(node, demand, scene));
    };
    let bounds = narrowed(node, scene);
    let scene = &Scene { bounds: bounds.as_ref().or(scene.bounds), ..*scene };
    let demand = Strength::stricter(demand, node.min_strength);
    if node.within.is_none() {
        return bare_members(node, needed, demand, scene);
    }
    match scene.known.iter().find(|known| std::ptr::eq(known.node, node)) {
        Some(known) => known.as_of(scene.as_of),
        None => windows(node, needed, demand, scene).whole(),
    }
}

fn bare_members(node: &Node, needed: usize, demand: Option<Strength>, scene: &Scene<'_>) -> Weighed {
    let mut tally = Tally::new(needed, node.children().len());
    for child in node.children() {
        tally.add(bare(child, demand, scene));
    }
    tally.finish()
}

/// The bounds that a `during` puts up.
fn narrowed(node: &Node, scene: &Scene<'_>) -> Option<Bounds> {
    match &node.test {
        Test::During { period, .. } => Some(Bounds::during(scene.bounds, period)),
        _ => None,
    }
}

/// What became of a group with a `within`.
#[derive(Clone, Copy, Debug, Default)]
struct Windows {
    /// Roles and memberships alone meet it.
    is_always: bool,
    /// When the first window that meets it ends.
    first: Option<DateTime<Utc>>,
    /// The strongest of them, the earliest among equals, and the moment as of which it is judged.
    best: Option<(Window, DateTime<Utc>, Option<Strength>)>,
    /// The first window that would meet it, had all readings that may have happened in it done so.
    perhaps: Option<Window>,
}

impl Windows {
    /// Takes a window that meets it.
    fn take(&mut self, window: Window, as_of: DateTime<Utc>, strength: Option<Strength>) {
        self.first = Some(self.first.map_or(as_of, |first| first.min(as_of)));
        if self.best.is_none_or(|(.., other)| strength > other) {
            self.best = Some((window, as_of, strength));
        }
    }

    /// As far as the windows can tell: it may also be unknown, or not met, without them.
    fn whole(self) -> Weighed {
        let outcome = match self {
            Self { is_always: true, .. } | Self { first: Some(_), .. } => Outcome::Met,
            Self { perhaps: Some(_), .. } => Outcome::Unknown,
            _ => Outcome::NotMet,
        };
        let strength = self.best.and_then(|(.., strength)| strength);
        let since = self.first.filter(|_| !self.is_always);
        Weighed { outcome, strength, since, wavers: false }
    }
}

/// Judges a group in every window.
fn windows(node: &Node, needed: usize, demand: Option<Strength>, scene: &Scene<'_>) -> Windows {
    let Some(span) = node.within else { return Windows::default() };
    let nothing = Scene { as_of: DateTime::<Utc>::MIN_UTC, ..*scene };
    let always = bare_members(node, needed, demand, &nothing);
    let mut found = Windows { is_always: always.outcome == Outcome::Met, ..Windows::default() };
    let concerned = |signal: &&Signal| {
        signal.is_dated() && scene.hears(signal) != Heard::No && concerns(node, scene, signal)
    };
    let mut moments: Vec<_> = scene.signals.iter().filter(concerned).map(Signal::moment).collect();
    moments.sort_unstable();
    moments.dedup();
    let judged = |window: Window, as_of: DateTime<Utc>, doubt: Doubt| {
        let bounds = Bounds::window(scene.bounds, window, doubt);
        bare_members(node, needed, demand, &Scene { as_of, bounds: Some(&bounds), ..*scene })
    };
    for &end in &moments {
        let window = scene::up_to(end, span);
        let whole = judged(window, end, Doubt::Ruled);
        if whole.outcome == Outcome::Met {
            found.take(window, end, whole.strength);
        }
    }
    if !scene.signals.iter().any(|signal| signal.not_before.is_some()) {
        return found;
    }
    let begins = starts(node, scene, &moments);
    let starts = || begins.iter().map(|start| scene::from(*start, span));
    let is_met = |window, as_of, doubt| judged(window, as_of, doubt).outcome == Outcome::Met;
    for as_of in ruling::moments(scene, &moments) {
        for window in starts().filter(|(start, _)| *start <= as_of) {
            let whole = judged(window, as_of, Doubt::Ruled);
            let open = judged(window, as_of, Doubt::Open);
            let adds = open.outcome != Outcome::Met || open.strength < whole.strength;
            if whole.outcome == Outcome::Met && adds {
                found.take(window, as_of, whole.strength);
            }
        }
    }
    if found.first.is_none() && !found.is_always {
        let may_be = |window: &Window| {
            is_met(*window, scene.as_of, Doubt::Counted) && !is_met(*window, scene.as_of, Doubt::Ruled)
        };
        found.perhaps = starts().find(may_be);
    }
    found
}

/// Where windows begin. Things that may lie together do so in one that begins with the last moment of one of them;
/// which is the last before a `during` ends, of a reading that is counted to it and may have come after.
fn starts(node: &Node, scene: &Scene<'_>, moments: &[DateTime<Utc>]) -> Vec<DateTime<Utc>> {
    fn ends(node: &Node, found: &mut Vec<DateTime<Utc>>) {
        if let Test::During { period, .. } = &node.test {
            found.push(period.end());
        }
        node.children().iter().for_each(|child| ends(child, found));
    }
    let mut starts: Vec<_> = scene.bounds.map(Bounds::end).into_iter().collect();
    ends(node, &mut starts);
    starts.retain(|end| *end <= scene.as_of);
    starts.iter_mut().for_each(|end| *end -= TimeDelta::nanoseconds(1));
    starts.extend(moments);
    starts.sort_unstable();
    starts.dedup();
    starts
}

fn together_with_reasons(
    node: &Node,
    needed: usize,
    demand: Option<Strength>,
    scene: &Scene<'_>,
    path: &mut String,
) -> (Weighed, Explanation) {
    let found = windows(node, needed, demand, scene);
    let shown = match (found, node.within) {
        (Windows { best: Some((window, as_of, _)), .. }, _) => Some((window, as_of)),
        // No dated signal is needed, so none is looked at.
        (Windows { is_always: true, .. }, Some(span)) => {
            Some((scene::up_to(DateTime::<Utc>::MIN_UTC, span), DateTime::<Utc>::MIN_UTC))
        }
        (Windows { perhaps: Some(window), .. }, _) => Some((window, scene.as_of)),
        _ => None,
    };
    if let Some((window, as_of)) = shown {
        let bounds = Bounds::window(scene.bounds, window, Doubt::Ruled);
        let scene = Scene { as_of, bounds: Some(&bounds), ..*scene };
        let (_, explanation) = members_with_reasons(node, needed, demand, &scene, path);
        return (found.whole(), explanation);
    }
    let (mut whole, mut explanation) = members_with_reasons(node, needed, demand, scene, path);
    if let (Outcome::Met, Some(within)) = (whole.outcome, node.within) {
        whole = found.whole();
        explanation.outcome = whole.outcome;
        explanation.strength = None;
        explanation.missing = Some(Missing::TooFarApart { within });
    }
    (Weighed { wavers: false, ..whole }, explanation)
}

impl Known<'_> {
    /// What the group is at some moment, as far as it may be met: else it is as good as not met.
    fn as_of(&self, moment: DateTime<Utc>) -> Weighed {
        let is_met = self.is_met && self.since.is_none_or(|since| since <= moment);
        let outcome = if is_met { Outcome::Met } else { Outcome::NotMet };
        Weighed { outcome, strength: None, since: self.since.filter(|_| is_met), wavers: false }
    }
}

/// Judges every group with a `within` once, so that judging many moments need not.
pub(crate) fn known<'a>(rule: &'a Rule, scene: &Scene<'_>) -> Vec<Known<'a>> {
    fn collect<'a>(node: &'a Node, demand: Option<Strength>, scene: &Scene<'_>, known: &mut Vec<Known<'a>>) {
        let Some(needed) = node.needed() else { return };
        let bounds = narrowed(node, scene);
        let scene = &Scene { bounds: bounds.as_ref().or(scene.bounds), ..*scene };
        let demand = Strength::stricter(demand, node.min_strength);
        if node.within.is_some() {
            let whole = windows(node, needed, demand, scene).whole();
            known.push(Known { node, is_met: whole.outcome == Outcome::Met, since: whole.since });
        } else {
            node.children().iter().for_each(|child| collect(child, demand, scene, known));
        }
    }
    let mut known = Vec::new();
    collect(rule.root(), scene.floor, scene, &mut known);
    known
}

/// Whether any leaf at or below `node` looks at `signal`.
fn concerns(node: &Node, scene: &Scene<'_>, signal: &Signal) -> bool {
    leaf::concerns(&node.test, scene.placement, signal)
        || node.children().iter().any(|child| concerns(child, scene, signal))
}

fn weighed(leaf: &Leaf<'_>) -> Weighed {
    Weighed { outcome: leaf.outcome, strength: leaf.strength(), since: leaf.since, wavers: leaf.wavers }
}

fn evidence(test: &Test, signal: &Signal) -> Evidence {
    Evidence {
        signal: signal.id,
        channel: signal.channel,
        source: signal.source.clone(),
        strength: leaf::proves(test, signal),
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
