//! Frames, award periods and contrary readings: their laws over random rules and signals, and how periods are
//! written, named and cut.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const NOW: i64 = 5;

/// Two periods of the small world, with a gap between them.
fn halves() -> AwardPeriods {
    AwardPeriods::parse(&json!({ "named": [
        { "name": "late", "from": hour(3), "to": hour(6) },
        { "name": "early", "from": hour(-2), "to": hour(2) },
    ] }))
    .unwrap()
}

fn any_mode() -> impl Strategy<Value = Placement> {
    prop::sample::select(vec![Mode::Ever, Mode::Standing]).prop_map(|mode| Placement { mode, ..here() })
}

fn any_told() -> impl Strategy<Value = Vec<Signal>> {
    prop::collection::vec((any_signal(), any::<bool>()), 0..8).prop_map(|told| {
        let numbered = (1..).zip(told).map(|(number, (signal, is_reading))| Signal {
            id: id(number),
            form: if is_reading { Form::Reading } else { Form::Event },
            ..signal
        });
        numbered.collect()
    })
}

fn periods(value: serde_json::Value) -> AwardPeriods {
    AwardPeriods::parse(&value).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

proptest! {
    #![proptest_config(cases(1000))]

    /// Never two of one period, never one whose onset lies outside of it, never one thing for two periods.
    #[test]
    fn what_is_earned_is_earned_once_in_its_period(
        rule in any_rule(Kinds::Everything),
        signals in any_told(),
        placement in any_mode(),
        after in prop::option::of(-2_i64..6),
    ) {
        let periods = halves();
        let after = after.map(hour);
        let judged =
            by_period(&rule, &placement, &signals, hour(NOW), Some(&periods), None, |_| after);
        let mut names: Vec<_> = judged.iter().map(|(period, _)| period.name.clone()).collect();
        names.dedup();
        prop_assert_eq!(names.len(), judged.len());
        for (period, verdict) in &judged {
            prop_assert_eq!(verdict.outcome == Outcome::Met, earns(period, verdict));
            if let Some(moment) = verdict.met_at {
                prop_assert_eq!(periods.at(moment), Some(period.clone()));
                prop_assert!(after.is_none_or(|after| moment > after));
            }
        }
        // The bits of one period say nothing in the other.
        for (period, verdict) in judged {
            let own: Vec<_> = signals
                .iter()
                .filter(|signal| !signal.is_dated() || period.contains(signal.moment()) || signal.not_before.is_some())
                .cloned()
                .collect();
            let alone = by_period(&rule, &placement, &own, hour(NOW), Some(&periods), None, |_| after);
            let same = alone.iter().find(|(other, _)| other.name == period.name).map(|(_, same)| same);
            let met_at = same.and_then(|same| same.met_at);
            prop_assert!(verdict.met_at.is_none() || met_at == verdict.met_at);
        }
    }

    /// A frame is a `during` around the whole rule whose onset has to lie in it as well: a person's ruling that came
    /// after the time was over dates a `during` and leaves a frame open. Nothing else is dated outside of it.
    #[test]
    fn a_frame_says_what_a_during_says(
        rule in any_rule(Kinds::NoRegisters),
        signals in any_told(),
        placement in any_mode(),
        (start, length) in (-2_i64..5, 1_i64..6),
    ) {
        let (start, end) = (hour(start), hour(start + length));
        let period = Period::new(Some(Edge::Instant(start)), Some(Edge::Instant(end)), Zone::UTC);
        let around = Node::new(Test::During { period, of: vec![rule.root().clone()] });
        let Ok(around) = Rule::new(around) else { return Ok(()) };
        let frame = Frame { during: Some((start, end)), floor: None };
        let framed = evaluate_in(&rule, &placement, &signals, hour(NOW), &frame);
        let written = evaluate(&around, &placement, &signals, hour(NOW));
        let is_approval = |signal: &Signal| {
            matches!(&signal.kind, Kind::Approved { placement: of, approves: true, .. } if placement.id == Some(*of))
        };
        let may_be_ruled =
            signals.iter().any(|signal| signal.not_before.is_some()) && signals.iter().any(is_approval);
        let expected = match written.met_at {
            Some(onset) if end <= onset && may_be_ruled => (Outcome::Unknown, None, None),
            _ => (written.outcome, written.strength, written.met_at),
        };
        prop_assert_eq!((framed.outcome, framed.strength, framed.met_at), expected);
    }

    /// What is met under a floor proves that much, and would be met without it, no later.
    #[test]
    fn a_floor_only_tightens(
        rule in any_rule(Kinds::Lasting),
        signals in any_told(),
        floor in any_strength(),
    ) {
        let frame = Frame { during: None, floor: Some(floor) };
        let under = evaluate_in(&rule, &here(), &signals, hour(NOW), &frame);
        let free = evaluate(&rule, &here(), &signals, hour(NOW));
        if under.outcome == Outcome::Met {
            prop_assert!(under.strength >= Some(floor));
            prop_assert_eq!(free.outcome, Outcome::Met);
            prop_assert!(under.met_at >= free.met_at);
        }
    }

    /// What is contradicted is not met, rests on a reading, and absence never does it.
    #[test]
    fn only_what_was_read_contradicts(
        rule in any_rule(Kinds::Everything),
        signals in any_told(),
    ) {
        let standing = Placement { mode: Mode::Standing, ..here() };
        let frame = Frame::default();
        if contrary(&rule, &standing, &signals, hour(NOW), &frame).is_some() {
            let verdict = evaluate(&rule, &standing, &signals, hour(NOW));
            prop_assert_ne!(verdict.outcome, Outcome::Met);
        }
        let events: Vec<_> =
            signals.into_iter().filter(|signal| signal.form == Form::Event && signal.is_dated()).collect();
        prop_assert_eq!(contrary(&rule, &standing, &events, hour(NOW), &frame), None);
    }
}

#[test]
fn years_and_terms_are_cut_at_midnight_of_their_zone() {
    let years = periods(json!({ "zone": "Europe/Berlin", "yearly": [{ "from": "01-01" }] }));
    let new_year = years.at(at("2026-12-31T23:00:00Z")).unwrap();
    assert_eq!((new_year.name.as_str(), new_year.start), ("2027", at("2026-12-31T23:00:00Z")));
    assert_eq!(new_year.end, at("2027-12-31T23:00:00Z"));
    assert_eq!(years.at(at("2026-12-31T22:59:59.999999Z")).unwrap().name, "2026");
    let school = periods(json!({ "zone": "Europe/Berlin", "yearly": [{ "from": "09-01" }] }));
    let first = school.at(at("2026-08-31T22:00:00Z")).unwrap();
    assert_eq!((first.name.as_str(), first.end), ("2026/27", at("2027-08-31T22:00:00Z")));
    assert_eq!(school.at(at("2000-01-05T00:00:00Z")).unwrap().name, "1999/00");
    let terms = periods(json!({ "yearly": [
        { "name": "Winter", "from": "10-01" }, { "name": "Summer", "from": "04-01" },
    ] }));
    let names = ["2027-03-31T23:59:59Z", "2027-04-01T00:00:00Z", "2027-10-01T00:00:00Z"]
        .map(|moment| terms.at(at(moment)).unwrap().name);
    assert_eq!(names, ["Winter 2026/27", "Summer 2027", "Winter 2027/28"]);
    let pilot = periods(json!({ "zone": "Asia/Tokyo", "named": [
        { "name": "Pilot", "from": "2026-09-01", "to": "2027-02-01T12:00" },
    ] }));
    assert_eq!(pilot.at(at("2026-08-31T14:59:59Z")), None);
    let period = pilot.at(at("2026-08-31T15:00:00Z")).unwrap();
    assert_eq!((period.name.as_str(), period.end), ("Pilot", at("2027-02-01T03:00:00Z")));
    for periods in [years, school, terms, pilot] {
        assert_eq!(AwardPeriods::parse(&periods.to_value()), Ok(periods));
    }
}

#[test]
fn periods_that_make_no_sense_are_refused_where_they_do_not() {
    let refused = [
        (json!([]), "periods", "rule.wrong_type"),
        (json!({}), "periods", "rule.member_missing"),
        (json!({ "every": 1 }), "periods.every", "rule.member_unknown"),
        (json!({ "yearly": [{ "from": "01-01" }], "named": [] }), "periods", "rule.member_missing"),
        (json!({ "yearly": [] }), "periods.yearly", "rule.value_invalid"),
        (json!({ "yearly": [{ "from": "02-29" }] }), "periods.yearly[0].from", "rule.value_invalid"),
        (json!({ "yearly": [{ "from": "1-1" }] }), "periods.yearly[0].from", "rule.value_invalid"),
        (
            json!({ "yearly": [{ "name": "A", "from": "01-01" }, { "from": "02-01" }] }),
            "periods.yearly[1]",
            "rule.member_missing",
        ),
        (
            json!({ "yearly": [{ "name": "A", "from": "01-01" }, { "name": "B", "from": "01-01" }] }),
            "periods.yearly[1]",
            "rule.value_duplicate",
        ),
        (
            json!({ "zone": "Mars/Base", "yearly": [{ "from": "01-01" }] }),
            "periods.zone",
            "rule.zone_unknown",
        ),
        (
            json!({ "named": [{ "name": "A", "from": "2026-01-01", "to": "2026-01-01" }] }),
            "periods.named[0]",
            "rule.range_reversed",
        ),
        (
            json!({ "named": [
                { "name": "A", "from": "2026-01-01", "to": "2026-03-01" },
                { "name": "B", "from": "2026-02-28", "to": "2026-04-01" },
            ] }),
            "periods.named[1]",
            "rule.value_duplicate",
        ),
        (
            json!({ "named": [{ "name": "A", "from": "2026-13-01", "to": "x" }] }),
            "periods.named[0].from",
            "rule.time_unknown",
        ),
    ];
    for (value, path, code) in refused {
        let error = AwardPeriods::parse(&value).unwrap_err();
        assert_eq!((error.path.as_str(), error.code), (path, code), "{value}");
    }
}

/// What happened in one year earns for that year alone, however late it is told; more of it in the next year earns
/// again; and after an award has expired only what happened later counts.
#[test]
fn each_period_needs_its_own_evidence() {
    let rule = json_rule(json!({ "type": "completed", "subject": { "activity": "essay" } }));
    let years = periods(json!({ "yearly": [{ "from": "01-01" }] }));
    let told = |number, moment: &str| Signal {
        happened_at: at(moment),
        heard_at: at("2027-06-01T00:00:00Z"),
        ..completed(number, "essay")
    };
    let signals =
        [told(1, "2025-05-01T00:00:00Z"), told(2, "2025-06-01T00:00:00Z"), told(3, "2027-02-01T00:00:00Z")];
    let now = at("2027-07-01T00:00:00Z");
    let earned = |after: Option<DateTime<Utc>>, periods: Option<&AwardPeriods>| -> Vec<(String, String)> {
        by_period(&rule, &here(), &signals, now, periods, None, |_| after)
            .into_iter()
            .filter(|(period, verdict)| earns(period, verdict))
            .map(|(period, verdict)| (period.name, verdict.met_at.unwrap().date_naive().to_string()))
            .collect()
    };
    let said = |name: &str, day: &str| (name.to_owned(), day.to_owned());
    assert_eq!(earned(None, Some(&years)), [said("2025", "2025-05-01"), said("2027", "2027-02-01")]);
    assert_eq!(earned(None, None), [said("", "2025-05-01")]);
    assert_eq!(earned(Some(at("2025-05-01T00:00:00Z")), None), [said("", "2025-06-01")]);
    assert_eq!(earned(Some(at("2025-06-01T00:00:00Z")), Some(&years)), [said("2027", "2027-02-01")]);
    assert_eq!(earned(Some(at("2027-02-01T00:00:00Z")), None), []);
}

/// Design §5: withdrawal needs a contrary value from a read, which has settled.
#[test]
fn a_reading_that_fell_contradicts_after_it_has_settled() {
    let standing = Placement { mode: Mode::Standing, ..here() };
    let score = json!({
        "type": "score", "subject": { "activity": "quiz" }, "unit": "percent", "at_least": "50",
    });
    let rule = json_rule(score.clone());
    let read = |given: &str| Signal { form: Form::Reading, ..graded(1, given, "10") };
    let frame = Frame::default();
    let said = |rule: &Rule, signals: &[Signal]| contrary(rule, &standing, signals, hour(NOW), &frame);
    assert_eq!(said(&rule, &[read("4")]), Some(hour(0) + TimeDelta::minutes(SETTLING_MINUTES)));
    assert_eq!(said(&rule, &[read("5")]), None);
    assert_eq!(said(&rule, &[]), None, "nothing was read");
    assert_eq!(said(&rule, &[graded(1, "4", "10")]), None, "an event is no reading");
    let excused = |state| Signal {
        form: Form::Reading,
        ..signal(
            1,
            Kind::Score { subject: Subject::Activity("quiz".into()), given: None, maximum: None, state },
        )
    };
    for state in [ScoreState::Missing, ScoreState::Excused, ScoreState::Unreleased] {
        assert_eq!(said(&rule, &[excused(state)]), None, "{state:?}");
    }
    let either = json_rule(json!({
        "type": "any_of", "of": [score.clone(), { "type": "completed", "subject": { "activity": "essay" } }],
    }));
    assert_eq!(said(&either, &[read("4")]), None, "the other may have happened untold");
    let both = json_rule(json!({
        "type": "all_of", "of": [score, { "type": "completed", "subject": { "activity": "essay" } }],
    }));
    assert!(said(&both, &[read("4")]).is_some(), "one of them says no");
}
