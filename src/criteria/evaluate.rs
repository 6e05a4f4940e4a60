//! `evaluate`: rule, placement, signals and now in, verdict out. Pure and total (design §5).
//!
//! A node is met when some signal meets it, unknown when nobody can know, else not met; groups count
//! by Kleene's logic. Of several signals that meet a node the strongest is named, then the earliest,
//! then the smallest id: neither duplicates nor the order of arrival matter.
//!
//! *Dating.* Most rules, once met, stay met as time goes on; for them the moment is composed from the
//! nodes' moments. A score of which the latest counts can be met and lost again, an approval be taken
//! back: only where such a node has several signals is the rule judged at every moment in turn. Roles
//! and memberships are registers without a history: they count at every moment as they are now, and so
//! date nothing. A rule that they meet alone is dated by when they were read. Awards count as long as
//! they are current *now*: one that has run out proves nothing, at any moment. Where a person has ruled on
//! readings that may have happened outside of the time that counts (`ruling.rs`), every moment is judged too.
//!
//! Groups are put together in `group.rs` and counted in `tally.rs`; what is heard is said in `scene.rs`.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    award_period::AwardPeriod,
    group::{bare, explained, known},
    leaf,
    rule::{Mode, Node, Placement, Rule, Test},
    ruling,
    scene::{Bounds, Heard, Scene},
    signal::{Signal, Strength},
    tally::Weighed,
    verdict::{Missing, Outcome, Verdict},
};

/// How long a rule must have held to be met in mode `standing`: a slip of the pen awards nothing.
pub const SETTLING_MINUTES: i64 = 10;

/// What is heard of a learner's signals and asked of the whole, beside the rule.
#[derive(Clone, Copy, Debug, Default)]
pub struct Frame {
    /// Only what happened from this moment on and before that one counts, as if the whole rule stood in a
    /// `during`; all of time when none.
    pub during: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Signals below it are ignored, and whatever proves less in the whole is not met.
    pub floor: Option<Strength>,
}

impl Frame {
    /// The frame of an award period, of which only what happened later than `after` counts.
    #[must_use]
    pub fn of(period: &AwardPeriod, after: Option<DateTime<Utc>>, floor: Option<Strength>) -> Self {
        // Times are cut to microseconds.
        let later = after.and_then(|after| after.checked_add_signed(TimeDelta::microseconds(1)));
        let start = later.map_or(period.start, |later| later.max(period.start));
        let is_whole = start == DateTime::<Utc>::MIN_UTC && period.end == DateTime::<Utc>::MAX_UTC;
        Self { during: (!is_whole).then_some((start, period.end)), floor }
    }
}

/// Judges `rule` for one learner.
///
/// `signals` are what is known of that learner, in any order; those of other courses and kinds are
/// passed over. Signals from after `now` do not count yet.
#[must_use]
pub fn evaluate(rule: &Rule, placement: &Placement, signals: &[Signal], now: DateTime<Utc>) -> Verdict {
    evaluate_in(rule, placement, signals, now, &Frame::default())
}

/// As [`evaluate`], in a frame. What roles and memberships alone meet is met in a frame when they were read in it;
/// read before or after nobody knows.
#[must_use]
pub fn evaluate_in(
    rule: &Rule,
    placement: &Placement,
    signals: &[Signal],
    now: DateTime<Utc>,
    frame: &Frame,
) -> Verdict {
    let bounds = frame.during.map(Bounds::between);
    let floor = frame.floor;
    let scene = Scene { signals, placement, as_of: now, now, bounds: bounds.as_ref(), floor, known: &[] };
    let (mut whole, mut explanation) = explained(rule, &scene);
    let mut as_of = now;
    let mut outcome = whole.outcome;
    let mut met_at = (outcome == Outcome::Met).then_some(whole.since.unwrap_or(now));
    if whole.wavers || ruling::may_matter(&scene) {
        met_at = onset(rule, &scene, placement.mode, outcome);
        if let (Mode::Ever, Some(moment)) = (placement.mode, met_at)
            && outcome != Outcome::Met
        {
            (whole, explanation) = explained(rule, &Scene { as_of: moment, ..scene });
            outcome = whole.outcome;
            as_of = moment;
        }
    } else if whole.since.is_none() {
        // Met by roles and memberships alone: since they were read.
        met_at = met_at.map(|now| registers_read(rule, &scene).unwrap_or(now));
    }
    let mut strength = (outcome == Outcome::Met).then_some(whole.strength.unwrap_or(Strength::Weak));
    let mut recheck_at = signals.iter().map(Signal::moment).filter(|moment| *moment > now).min();
    let mut withheld = None;
    if let (Mode::Standing, Some(moment)) = (placement.mode, met_at) {
        let until = moment.checked_add_signed(TimeDelta::minutes(SETTLING_MINUTES)).unwrap_or(moment);
        if until > now {
            recheck_at = Some(recheck_at.map_or(until, |earlier| earlier.min(until)));
            withheld = Some(Missing::Settling { until });
        }
    }
    if let (Some(have), Some(need)) = (strength, floor)
        && have < need
    {
        withheld = Some(Missing::Stronger { have, need });
    }
    let is_outside = |(start, end)| met_at.is_some_and(|moment| moment < start || end <= moment);
    if frame.during.is_some_and(is_outside) {
        withheld = Some(Missing::More { n: 1 });
    }
    if withheld.is_some() {
        (outcome, strength, met_at) = (Outcome::Unknown, None, None);
        explanation.outcome = outcome;
        explanation.strength = None;
        explanation.met_by = None;
        explanation.missing = withheld;
    }
    Verdict { outcome, strength, met_at, as_of, recheck_at, explanation }
}

impl Rule {
    /// Whether `signal` could change this rule's verdict in `placement`: nothing else needs it
    /// evaluated again.
    #[must_use]
    pub fn touches(&self, placement: &Placement, signal: &Signal) -> bool {
        fn any(node: &Node, scene: &Scene<'_>, signal: &Signal) -> bool {
            let mut bounds = None;
            if let Test::During { period, .. } = &node.test {
                bounds = Some(Bounds::during(scene.bounds, period));
            }
            let scene = &Scene { bounds: bounds.as_ref().or(scene.bounds), ..*scene };
            let is_heard = || !signal.is_dated() || scene.hears(signal) != Heard::No;
            (leaf::concerns(&node.test, scene.placement, signal) && is_heard())
                || node.children().iter().any(|child| any(child, scene, signal))
        }
        // Whatever the time: a signal from after now counts some day.
        let end = DateTime::<Utc>::MAX_UTC;
        let scene =
            Scene { signals: &[], placement, as_of: end, now: end, bounds: None, floor: None, known: &[] };
        any(self.root(), &scene, signal) || ruling::touches(self, placement, signal)
    }
}

/// When the rule was first met (`ever`), or since when it is met (`standing`), found by judging it at
/// every moment at which something happened.
fn onset(rule: &Rule, scene: &Scene<'_>, mode: Mode, outcome_now: Outcome) -> Option<DateTime<Utc>> {
    if mode == Mode::Standing && outcome_now != Outcome::Met {
        return None;
    }
    let mut moments: Vec<_> = scene
        .signals
        .iter()
        .filter(|signal| signal.is_dated())
        .map(Signal::moment)
        .filter(|moment| *moment <= scene.now)
        .collect();
    moments.sort_unstable();
    moments.dedup();
    let known = known(rule, scene);
    let at = |moment: DateTime<Utc>| {
        (moment, bare(rule.root(), scene.floor, &Scene { as_of: moment, known: &known, ..*scene }))
    };
    let is_met = |(_, whole): &(DateTime<Utc>, Weighed)| whole.outcome == Outcome::Met;
    let is_dated = |(_, whole): &(DateTime<Utc>, Weighed)| whole.since.is_some();
    let found = match mode {
        Mode::Ever => moments.into_iter().map(at).find(|judged| is_met(judged) && is_dated(judged)),
        Mode::Standing => moments.into_iter().rev().map(at).take_while(is_met).filter(is_dated).last(),
    };
    let registers_alone = || (outcome_now == Outcome::Met).then(|| registers_read(rule, scene)).flatten();
    found.map(|(moment, _)| moment).or_else(registers_alone)
}

/// When the latest of the roles and memberships that the rule asks for was read.
fn registers_read(rule: &Rule, scene: &Scene<'_>) -> Option<DateTime<Utc>> {
    fn latest(node: &Node, scene: &Scene<'_>) -> Option<DateTime<Utc>> {
        match node.test {
            Test::Role(_) | Test::MemberOf { .. } => {
                leaf::judge(node, None, scene).met_by().map(Signal::moment)
            }
            _ => node.children().iter().filter_map(|child| latest(child, scene)).max(),
        }
    }
    latest(rule.root(), scene)
}
