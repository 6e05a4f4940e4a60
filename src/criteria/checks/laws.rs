//! Laws of the evaluator (design §5), as properties over random rules and signals.

use proptest::prelude::*;

use super::*;
use crate::decimal;

const NOW: i64 = 5;

fn shuffled(signals: Vec<Signal>) -> impl Strategy<Value = (Vec<Signal>, Vec<Signal>)> {
    let twice: Vec<_> = signals.iter().chain(&signals).cloned().collect();
    let count = signals.len();
    let picks = prop::collection::vec(any::<bool>(), count);
    (Just(signals), Just(twice).prop_shuffle(), picks).prop_map(move |(signals, mut twice, doubled)| {
        // Every signal stays at least once; some twice.
        let mut kept = Vec::new();
        twice.retain(|signal| {
            let again = kept.contains(&signal.id);
            kept.push(signal.id);
            let index = signals.iter().position(|other| other.id == signal.id).unwrap();
            !again || doubled[index]
        });
        (signals, twice)
    })
}

fn unlike(mut signals: Vec<Signal>) -> Vec<Signal> {
    for (index, signal) in signals.iter_mut().enumerate() {
        signal.id = id(signal.id.as_u128() * 100 + u128::try_from(index).unwrap());
    }
    signals
}

fn any_placement() -> impl Strategy<Value = Placement> {
    let course = prop::sample::select(vec![Some(id(1)), None]);
    let mode = prop::sample::select(vec![Mode::Ever, Mode::Standing]);
    (course, mode).prop_map(|(course, mode)| Placement { course, mode, ..here() })
}

/// Where the stricter is met, the looser is: no later, and no weaker.
fn only_tightens(stricter: &Verdict, looser: &Verdict) -> Result<(), TestCaseError> {
    if stricter.outcome == Outcome::Met {
        prop_assert_eq!(looser.outcome, Outcome::Met);
        prop_assert!(stricter.met_at >= looser.met_at);
        prop_assert!(stricter.strength <= looser.strength);
    }
    Ok(())
}

/// The same outcome, as strong and since the same moment.
fn says_the_same(one: &Verdict, other: &Verdict) -> Result<(), TestCaseError> {
    prop_assert_eq!((one.outcome, one.strength, one.met_at), (other.outcome, other.strength, other.met_at));
    Ok(())
}

proptest! {
    #![proptest_config(cases(1000))]

    /// The evaluator equals an oracle written from the words by other means.
    #[test]
    fn it_says_what_the_oracle_says(
        rule in any_rule(Kinds::Everything),
        signals in any_signals().prop_map(unlike),
        course in prop::sample::select(vec![Some(id(1)), None]),
    ) {
        let placement = Placement { course, ..here() };
        let verdict = evaluate(&rule, &placement, &signals, hour(NOW));
        let (outcome, strength, _) = oracle::judge(&rule, &placement, &signals, hour(NOW));
        prop_assert_eq!(verdict.outcome, outcome);
        if outcome == Outcome::Met {
            prop_assert_eq!(verdict.strength, Some(strength.unwrap_or(Strength::Weak)));
        } else {
            prop_assert_eq!(verdict.strength, None);
        }
    }

    /// Dates too, where no roles and memberships (which have no history) take part.
    #[test]
    fn it_dates_as_the_oracle_dates(
        rule in any_rule(Kinds::NoRegisters),
        signals in any_signals().prop_map(unlike),
    ) {
        let verdict = evaluate(&rule, &here(), &signals, hour(NOW));
        let (outcome, _, moment) = oracle::judge(&rule, &here(), &signals, hour(NOW));
        prop_assert_eq!(verdict.outcome, outcome);
        prop_assert_eq!(verdict.met_at, moment);
    }

    /// Neither duplicates nor the order of arrival matter, to any part of the verdict.
    #[test]
    fn order_and_duplicates_never_matter(
        rule in any_rule(Kinds::Everything),
        (signals, mixed) in any_signals().prop_map(unlike).prop_flat_map(shuffled),
        placement in any_placement(),
    ) {
        let plain = evaluate(&rule, &placement, &signals, hour(NOW));
        prop_assert_eq!(plain, evaluate(&rule, &placement, &mixed, hour(NOW)));
    }

    /// More evidence never turns met into anything else, nor weakens it, nor dates it later.
    #[test]
    fn more_evidence_never_hurts(
        rule in any_rule(Kinds::Lasting),
        signals in any_signals().prop_map(unlike),
        more in any_signal(),
    ) {
        let before = evaluate(&rule, &here(), &signals, hour(NOW));
        let mut told = signals;
        told.push(more);
        let after = evaluate(&rule, &here(), &told, hour(NOW));
        // A low score may well turn unknown into not met.
        if before.outcome == Outcome::Met {
            prop_assert_eq!(after.outcome, Outcome::Met);
            prop_assert!(after.strength >= before.strength);
            prop_assert!(after.met_at <= before.met_at);
        }
    }

    /// What may have happened at several moments never decides, unless a person rules on it: whatever the moments were, what is
    /// said to be met is met, and what is said not to be met is not.
    #[test]
    fn what_is_left_open_never_decides(
        rule in any_rule(Kinds::Lasting),
        signals in any_signals().prop_map(unlike),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 12),
    ) {
        let mut signals = signals;
        signals.retain(|signal| !matches!(signal.kind, Kind::Approved { .. }));
        let open = evaluate(&rule, &here(), &signals, hour(NOW));
        let mut settled = signals;
        for (signal, pick) in settled.iter_mut().zip(picks) {
            let latest = signal.moment();
            if let Some(after) = signal.not_before.take().filter(|after| *after < latest) {
                let quarters = (latest - after).num_minutes() / 15;
                let back = i64::try_from(pick.index(usize::try_from(quarters).unwrap())).unwrap();
                signal.happened_at = latest - TimeDelta::minutes(15 * back);
            }
        }
        let exact = evaluate(&rule, &here(), &settled, hour(NOW));
        match open.outcome {
            Outcome::Met => prop_assert_eq!(exact.outcome, Outcome::Met),
            Outcome::NotMet => prop_assert_ne!(exact.outcome, Outcome::Met),
            Outcome::Unknown => {}
        }
    }

    /// A group with a `within` is never met where the group without is not, nor earlier, nor stronger;
    /// and as long a duration as everything takes asks nothing.
    #[test]
    fn within_only_tightens(
        rule in any_rule(Kinds::Lasting),
        signals in any_signals().prop_map(unlike),
    ) {
        let loose = loosened(rule.root().clone());
        let long = Node { within: Span::of_seconds(86_400).ok(), ..Node::new(Test::AnyOf(vec![loose.clone()])) };
        // Members may have differed in nothing but their `within`.
        let (Ok(loose), Ok(long)) = (Rule::new(loose), Rule::new(long)) else { return Ok(()) };
        let plain = evaluate(&loose, &here(), &signals, hour(NOW));
        let close = evaluate(&rule, &here(), &signals, hour(NOW));
        only_tightens(&close, &plain)?;
        says_the_same(&evaluate(&long, &here(), &signals, hour(NOW)), &plain)?;
    }

    /// A period splits: what is met in a part of it is met in the whole of it; what is met at all is
    /// met in the time since ever.
    #[test]
    fn a_longer_period_loses_nothing(
        node in any_node(Kinds::Lasting),
        signals in any_signals().prop_map(unlike),
        period in any_period(),
    ) {
        let during = |from, to| {
            let edge = |at| Some(Edge::Instant(at));
            let node = Test::During { period: Period::new(edge(from), edge(to), Zone::UTC), of: vec![node.clone()] };
            Rule::new(Node::new(node)).map(|rule| evaluate(&rule, &here(), &signals, hour(NOW)))
        };
        let (from, to) = (period.start().max(hour(-100)), period.end().min(hour(100)));
        let (Ok(part), Ok(whole)) = (during(from, to), during(hour(-1000), hour(1000))) else { return Ok(()) };
        let Ok(plain) = Rule::new(node) else { return Ok(()) };
        let plain = evaluate(&plain, &here(), &signals, hour(NOW));
        only_tightens(&part, &whole)?;
        says_the_same(&whole, &plain)?;
    }

    /// In mode `ever`, what happens later never changes when a rule was met.
    #[test]
    fn later_evidence_never_moves_the_date(
        rule in any_rule(Kinds::NoRegisters),
        signals in any_signals().prop_map(unlike),
        more in any_signal(),
    ) {
        let before = evaluate(&rule, &here(), &signals, hour(100));
        let mut told = signals;
        told.push(more.at(50));
        let after = evaluate(&rule, &here(), &told, hour(100));
        if before.met_at.is_some() {
            prop_assert_eq!(after.outcome, Outcome::Met);
            prop_assert_eq!(after.met_at, before.met_at);
        }
    }

    /// `standing` is met only if the rule holds now and has settled, and never before `ever`.
    #[test]
    fn standing_is_stricter_than_ever(
        rule in any_rule(Kinds::Everything),
        signals in any_signals().prop_map(unlike),
    ) {
        let ever = evaluate(&rule, &here(), &signals, hour(NOW));
        let standing = evaluate(&rule, &Placement { mode: Mode::Standing, ..here() }, &signals, hour(NOW));
        if standing.outcome == Outcome::Met {
            prop_assert_eq!(ever.outcome, Outcome::Met);
            prop_assert!(standing.met_at >= ever.met_at);
            prop_assert!(standing.met_at.unwrap() + TimeDelta::minutes(SETTLING_MINUTES) <= hour(NOW));
        }
        if standing.recheck_at.is_some() {
            prop_assert!(standing.recheck_at > Some(hour(NOW)));
        }
    }

    /// A person rules on what had been read by then, and only on what was left open: it decides nothing else, and
    /// leaves nothing of that open.
    #[test]
    fn a_ruling_decides_what_is_open_and_nothing_else(
        rule in any_rule(Kinds::Lasting),
        signals in any_signals().prop_map(unlike),
    ) {
        let mut told = signals;
        told.retain(|signal| !matches!(signal.kind, Kind::Approved { .. }));
        told.retain(|signal| signal.heard_at <= hour(NOW));
        let before = evaluate(&rule, &here(), &told, hour(NOW));
        let decided = |approves: bool, hours: i64| {
            let roles = Vec::new();
            let kind = Kind::Approved { placement: id(5), by: "ada".into(), roles, approves };
            signal(7, kind).at(hours)
        };
        let judged = |more: &[Signal]| evaluate(&rule, &here(), &[&told[..], more].concat(), hour(NOW));
        // Before anything was read, or against: as if nothing had been said.
        for more in [[decided(true, -100)], [decided(false, NOW)]] {
            says_the_same(&judged(&more), &before)?;
        }
        let after = judged(&[decided(true, NOW)]);
        match before.outcome {
            Outcome::Unknown => {}
            decided => prop_assert_eq!(after.outcome, decided),
        }
        only_tightens(&before, &after)?;
        if before.outcome == Outcome::Unknown && after.outcome == Outcome::Met {
            prop_assert_eq!(after.met_at, Some(hour(NOW)));
        }
        if before.outcome != Outcome::Met && !rule.nodes().any(|(_, node)| node.within.is_some()) {
            let mut rest = vec![&after.explanation];
            while let Some(node) = rest.pop() {
                let is_open = matches!(node.missing, Some(Missing::Straddles { .. }));
                prop_assert!(!is_open, "{} is still open", node.path);
                rest.extend(&node.of);
            }
        }
        prop_assert_eq!(
            awaiting(&rule, &here(), &told, hour(NOW)).is_some(),
            before.outcome != Outcome::Met && after.outcome == Outcome::Met
        );
    }

    /// Who waits for people is not there yet, and is there as soon as enough of them approve; and nobody else waits.
    #[test]
    fn whoever_waits_for_people_waits_for_nothing_else(
        rule in any_rule(Kinds::Everything),
        signals in any_signals().prop_map(unlike),
        placement in any_placement(),
    ) {
        let now = evaluate(&rule, &placement, &signals, hour(NOW));
        let everybody = (0..20).map(|number| {
            let roles = vec!["instructor".to_owned(), "mentor".to_owned()];
            let kind = Kind::Approved { placement: id(5), by: format!("dean {number}"), roles, approves: true };
            signal(7 + number, kind).at(NOW)
        });
        let told: Vec<_> = signals.iter().cloned().chain(everybody).collect();
        let then = evaluate(&rule, &placement, &told, hour(NOW));
        let good = |verdict: &Verdict| {
            verdict.outcome == Outcome::Met || matches!(verdict.explanation.missing, Some(Missing::Settling { .. }))
        };
        let waits = awaiting(&rule, &placement, &signals, hour(NOW));
        prop_assert_eq!(waits.is_some(), !good(&now) && good(&then));
        if let Some(verdict) = waits {
            prop_assert_eq!(verdict, now);
        }
    }

    /// A floor's approval is one more thing that all must be.
    #[test]
    fn a_floor_only_tightens(
        rule in any_rule(Kinds::Everything),
        signals in any_signals().prop_map(unlike),
        roles in prop::sample::subsequence(vec!["instructor".to_owned(), "mentor".to_owned()], 0..=2),
        n in 1_u32..=3,
    ) {
        let floored = rule.with_approval(&roles, n);
        prop_assert_eq!(&floored.with_approval(&roles, n), &floored);
        let by_hand = Test::AllOf(vec![rule.root().clone(), Node::new(Test::Approved { roles, n })]);
        let with = evaluate(&floored, &here(), &signals, hour(NOW));
        if let Ok(by_hand) = Rule::new(Node::new(by_hand)) {
            says_the_same(&with, &evaluate(&by_hand, &here(), &signals, hour(NOW)))?;
        }
        if with.outcome == Outcome::Met {
            prop_assert_eq!(evaluate(&rule, &here(), &signals, hour(NOW)).outcome, Outcome::Met);
        }
    }

    /// A signal that the rule does not touch changes nothing but perhaps when to look again.
    #[test]
    fn untouched_means_unchanged(
        rule in any_rule(Kinds::Everything),
        signals in any_signals().prop_map(unlike),
        more in any_signal(),
        placement in any_placement(),
    ) {
        if !rule.touches(&placement, &more) {
            let before = evaluate(&rule, &placement, &signals, hour(NOW));
            let told = [signals, vec![more]].concat();
            let after = evaluate(&rule, &placement, &told, hour(NOW));
            prop_assert_eq!(before.explanation, after.explanation);
            prop_assert_eq!(before.met_at, after.met_at);
        }
    }

    /// The explanation has the rule's shape and paths, and survives storage.
    #[test]
    fn explanations_mirror_the_rule_and_keep(
        rule in any_rule(Kinds::Everything),
        signals in any_signals().prop_map(unlike),
        placement in any_placement(),
    ) {
        let verdict = evaluate(&rule, &placement, &signals, hour(NOW));
        let mut paths = Vec::new();
        let mut rest = vec![&verdict.explanation];
        while let Some(node) = rest.pop() {
            paths.push(node.path.clone());
            if node.of.is_empty() {
                prop_assert_eq!(node.outcome == Outcome::Met, node.met_by.is_some());
            }
            prop_assert_eq!(node.outcome == Outcome::Met, node.missing.is_none());
            rest.extend(node.of.iter().rev());
        }
        prop_assert_eq!(paths, rule.nodes().map(|(path, _)| path).collect::<Vec<_>>());
        let stored = serde_json::to_value(&verdict).unwrap();
        prop_assert_eq!(&serde_json::from_value::<Verdict>(stored).unwrap(), &verdict);
        for language in [Language::English, Language::German] {
            let explained = explain(&verdict, &rule, language, &NoNames);
            prop_assert_eq!(explained.outcome, verdict.outcome);
            prop_assert_eq!(
                evidence_sentence(&verdict, &rule, language, &NoNames).is_some(),
                verdict.outcome == Outcome::Met
            );
        }
    }

    /// Products compare exactly: a hair's breadth decides, at any size.
    #[test]
    fn products_compare_exactly(
        a in 1_i128..1 << 95, b in 1_i128..1 << 95, scale_a in 0_u32..=28, scale_b in 0_u32..=28,
    ) {
        use std::cmp::Ordering;
        let one = Decimal::from_i128_with_scale(a, scale_a);
        let other = Decimal::from_i128_with_scale(b, scale_b);
        let hair = Decimal::from_i128_with_scale(a + 1, scale_a);
        let cmp = decimal::cmp_products;
        prop_assert_eq!(cmp((one, other), (other, one)), Ordering::Equal);
        prop_assert_eq!(cmp((hair, other), (one, other)), Ordering::Greater);
        prop_assert_eq!(cmp((-one, other), (-hair, other)), Ordering::Greater);
        prop_assert_eq!(cmp((one, -other), (hair, other)), Ordering::Less);
        prop_assert_eq!(cmp((one, Decimal::ONE), (other, Decimal::ONE)), one.cmp(&other));
        prop_assert_eq!(cmp((Decimal::ZERO, hair), (one, other)), Ordering::Less);
    }
}

// Trying every subset is slow.
proptest! {
    #![proptest_config(cases(150))]

    /// `within`, by its own words: some set of signals that meets the group lies within the duration.
    #[test]
    fn within_is_some_set_of_signals_that_lies_within(
        node in any_node(Kinds::Lasting).prop_map(loosened),
        hours in 0_u64..4,
        signals in prop::collection::vec(any_signal(), 0..9).prop_map(unlike),
    ) {
        let span = Span::of_seconds(hours * 3600 + 1).unwrap();
        let close = Node { within: Some(span), ..Node::new(Test::AllOf(vec![node.clone()])) };
        let Ok(close) = Rule::new(close) else { return Ok(()) };
        let Ok(plain) = Rule::new(node) else { return Ok(()) };
        let mut signals = signals;
        signals.iter_mut().for_each(|signal| signal.not_before = None);
        let verdict = evaluate(&close, &here(), &signals, hour(NOW));
        let mut best: Option<(Option<Strength>, Vec<Signal>)> = None;
        let mut earliest = None;
        for choice in 0..1_u32 << signals.len() {
            let chosen = signals.iter().enumerate().filter(|(index, _)| choice >> index & 1 == 1);
            let chosen: Vec<_> = chosen.map(|(_, signal)| signal.clone()).collect();
            let moments = || chosen.iter().map(Signal::moment);
            let lies_within = moments().max().unwrap_or_default() - moments().min().unwrap_or_default()
                <= span.length();
            let alone = evaluate(&plain, &here(), &chosen, hour(NOW));
            if lies_within && alone.outcome == Outcome::Met {
                earliest = Some(earliest.map_or(alone.met_at, |other: Option<_>| other.min(alone.met_at)));
                if best.as_ref().is_none_or(|(strength, _)| alone.strength > *strength) {
                    best = Some((alone.strength, chosen));
                }
            }
        }
        prop_assert_eq!(verdict.outcome == Outcome::Met, best.is_some());
        prop_assert_eq!(verdict.strength, best.and_then(|(strength, _)| strength));
        prop_assert_eq!(verdict.met_at, earliest.flatten());
    }
}
