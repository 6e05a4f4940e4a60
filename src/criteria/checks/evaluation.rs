//! Single cases of evaluation, each from a sentence of design §5 or its fine print.

use serde_json::json;

use super::*;

fn quiz(bound: &str, threshold: &str, unit: &str, pick: &str) -> Rule {
    json_rule(json!({
        "type": "score", "subject": { "activity": "quiz" }, "unit": unit, bound: threshold, "pick": pick,
    }))
}

fn outcome(rule: &Rule, signals: &[Signal]) -> Outcome {
    evaluate(rule, &here(), signals, hour(9)).outcome
}

fn missing(rule: &Rule, signals: &[Signal]) -> Option<Missing> {
    evaluate(rule, &here(), signals, hour(9)).explanation.missing
}

#[test]
fn a_hair_below_the_threshold_is_below() {
    let rule = quiz("at_least", "80", "percent", "latest");
    assert_eq!(outcome(&rule, &[graded(1, "79.9999999999999999999999", "100")]), Outcome::NotMet);
    assert_eq!(outcome(&rule, &[graded(1, "80.0000000000000000000000", "100")]), Outcome::Met);
    // Thirds cannot be written down; they are compared without division.
    let third = quiz("at_least", "33.33333333", "percent", "latest");
    assert_eq!(outcome(&third, &[graded(1, "1", "3")]), Outcome::Met);
    let more = quiz("at_least", "33.33333334", "percent", "latest");
    assert_eq!(outcome(&more, &[graded(1, "1", "3")]), Outcome::NotMet);
    // Products of more than 96 bits.
    let huge = "79228162514264337593543950335";
    assert_eq!(
        outcome(&quiz("at_least", "100", "percent", "latest"), &[graded(1, huge, huge)]),
        Outcome::Met
    );
    let hair = "79228162514264337593543950334";
    assert_eq!(
        outcome(&quiz("at_least", "100", "percent", "latest"), &[graded(1, hair, huge)]),
        Outcome::NotMet
    );
}

#[test]
fn zero_is_a_score_and_no_score_is_unknown() {
    let rule = quiz("at_most", "0", "points", "latest");
    assert_eq!(outcome(&rule, &[graded(1, "0", "10")]), Outcome::Met);
    assert_eq!(
        outcome(&quiz("at_least", "1", "points", "latest"), &[graded(1, "-3", "10")]),
        Outcome::NotMet
    );
    assert_eq!(outcome(&rule, &[]), Outcome::Unknown);
    for (state, why) in [
        (ScoreState::Missing, NoScore::Missing),
        (ScoreState::Excused, NoScore::Excused),
        (ScoreState::Unreleased, NoScore::Unreleased),
    ] {
        let subject = Subject::Activity("quiz".into());
        let told = signal(1, Kind::Score { subject, given: Some(Decimal::ZERO), maximum: None, state });
        assert_eq!(outcome(&rule, std::slice::from_ref(&told)), Outcome::Unknown);
        assert!(matches!(missing(&rule, &[told]), Some(Missing::Score { why: said, .. }) if said == why));
    }
}

#[test]
fn percent_needs_a_maximum_from_the_same_reading() {
    let rule = quiz("at_least", "50", "percent", "latest");
    let subject = || Subject::Activity("quiz".into());
    let without = signal(
        2,
        Kind::Score {
            subject: subject(),
            given: Some(number("9")),
            maximum: None,
            state: ScoreState::Graded,
        },
    )
    .at(1);
    let earlier = graded(1, "2", "10");
    let told = [earlier, without];
    assert_eq!(outcome(&rule, &told), Outcome::Unknown);
    assert!(matches!(missing(&rule, &told), Some(Missing::Score { why: NoScore::NoMaximum, .. })));
    assert_eq!(outcome(&rule, &[graded(1, "1", "0")]), Outcome::Unknown);
}

#[test]
fn between_includes_both_ends() {
    let rule = json_rule(json!({
        "type": "score", "subject": { "activity": "quiz" }, "unit": "points",
        "between": { "from": 2, "to": "4" },
    }));
    for (given, expected) in
        [("1.99", Outcome::NotMet), ("2", Outcome::Met), ("4", Outcome::Met), ("4.0000001", Outcome::NotMet)]
    {
        assert_eq!(outcome(&rule, &[graded(1, given, "10")]), expected, "{given}");
    }
}

#[test]
fn picks_choose_by_when_things_happened_not_by_arrival() {
    let told = [graded(1, "3", "10").at(2), graded(2, "9", "10").at(1), graded(3, "6", "10").at(0)];
    let values = |pick: &str| {
        ["3", "6", "9"].map(|exact| {
            let rule = json_rule(json!({
                "type": "score", "subject": { "activity": "quiz" }, "unit": "points", "pick": pick,
                "between": { "from": exact, "to": exact },
            }));
            // Standing: what holds now, not what once did.
            let placement = Placement { mode: Mode::Standing, ..here() };
            evaluate(&rule, &placement, &told, hour(9)).outcome == Outcome::Met
        })
    };
    assert_eq!(values("latest"), [true, false, false]);
    assert_eq!(values("first"), [false, true, false]);
    assert_eq!(values("best"), [false, false, true]);
}

#[test]
fn a_time_after_hearing_is_capped_at_hearing() {
    let rule = quiz("at_least", "5", "points", "latest");
    // Claims to be from hour 8 but was heard at hour 1; the other happened later than that.
    let hasty = Signal { happened_at: hour(8), heard_at: hour(1), ..graded(1, "9", "10") };
    let told = [hasty, graded(2, "1", "10").at(2)];
    let standing = Placement { mode: Mode::Standing, ..here() };
    assert_eq!(evaluate(&rule, &standing, &told, hour(9)).outcome, Outcome::NotMet);
    let ever = evaluate(&rule, &here(), &told, hour(9));
    assert_eq!((ever.outcome, ever.met_at, ever.as_of), (Outcome::Met, Some(hour(1)), hour(1)));
}

#[test]
fn what_was_once_met_stays_met_where_ever_is_enough() {
    let rule = quiz("at_least", "80", "percent", "latest");
    let told = [graded(1, "85", "100").at(1), graded(2, "60", "100").at(3)];
    let ever = evaluate(&rule, &here(), &told, hour(9));
    assert_eq!(ever.outcome, Outcome::Met);
    assert_eq!(ever.met_at, Some(hour(1)));
    assert_eq!(ever.explanation.met_by.unwrap().signal, id(1));
    let standing = evaluate(&rule, &Placement { mode: Mode::Standing, ..here() }, &told, hour(9));
    assert_eq!(standing.outcome, Outcome::NotMet);
    assert_eq!(standing.met_at, None);
}

#[test]
fn two_that_never_held_together_are_never_met() {
    let rule = json_rule(json!({ "type": "all_of", "of": [
        { "type": "score", "subject": { "activity": "quiz" }, "unit": "points", "at_least": 5 },
        { "type": "completed", "subject": { "activity": "essay" } },
    ]}));
    let told = [graded(1, "8", "10").at(1), graded(2, "2", "10").at(2), completed(3, "essay").at(3)];
    assert_eq!(outcome(&rule, &told), Outcome::NotMet);
    let told = [graded(1, "8", "10").at(1), graded(2, "2", "10").at(4), completed(3, "essay").at(3)];
    assert_eq!(evaluate(&rule, &here(), &told, hour(9)).met_at, Some(hour(3)));
}

#[test]
fn standing_settles_for_ten_minutes() {
    let rule = json_rule(json!({ "type": "completed", "subject": { "activity": "essay" } }));
    let placement = Placement { mode: Mode::Standing, ..here() };
    let told = [completed(1, "essay").at(1)];
    let early = evaluate(&rule, &placement, &told, hour(1) + TimeDelta::minutes(9));
    assert_eq!(early.outcome, Outcome::Unknown);
    assert_eq!(early.recheck_at, Some(hour(1) + TimeDelta::minutes(10)));
    assert!(matches!(early.explanation.missing, Some(Missing::Settling { .. })));
    let then = evaluate(&rule, &placement, &told, early.recheck_at.unwrap());
    assert_eq!((then.outcome, then.met_at), (Outcome::Met, Some(hour(1))));
}

#[test]
fn the_future_does_not_count_yet_and_is_looked_at_again() {
    let rule = json_rule(json!({ "type": "completed", "subject": { "activity": "essay" } }));
    let verdict = evaluate(&rule, &here(), &[completed(1, "essay").at(3)], hour(2));
    assert_eq!((verdict.outcome, verdict.recheck_at), (Outcome::NotMet, Some(hour(3))));
}

#[test]
fn a_variable_that_was_not_filled_in_is_unknown() {
    let rule = json_rule(json!({
        "type": "launched", "link": id(11), "custom": [{ "name": "track", "equals": "advanced" }],
    }));
    assert_eq!(outcome(&rule, &[launched(1, 11, &[("track", "advanced")])]), Outcome::Met);
    assert_eq!(outcome(&rule, &[launched(1, 11, &[("track", "basic")])]), Outcome::NotMet);
    assert_eq!(outcome(&rule, &[launched(1, 11, &[("track", "$Canvas.track")])]), Outcome::Unknown);
    assert_eq!(outcome(&rule, &[launched(1, 11, &[])]), Outcome::Unknown);
    assert_eq!(outcome(&rule, &[launched(1, 12, &[("track", "advanced")])]), Outcome::NotMet);
    // One launch must meet all conditions.
    let both = json_rule(json!({ "type": "launched", "custom": [
        { "name": "track", "one_of": ["advanced", "expert"] }, { "name": "unit", "at_least": "7.5" },
    ]}));
    let halves = [
        launched(1, 11, &[("track", "expert"), ("unit", "7")]),
        launched(2, 11, &[("track", "basic"), ("unit", "8")]),
    ];
    assert_eq!(outcome(&both, &halves), Outcome::NotMet);
    assert!(matches!(missing(&both, &halves), Some(Missing::Parameter { known: true, .. })));
    assert_eq!(outcome(&both, &[launched(3, 11, &[("track", "expert"), ("unit", "7.50")])]), Outcome::Met);
    assert_eq!(outcome(&both, &[launched(3, 11, &[("track", "expert"), ("unit", "many")])]), Outcome::NotMet);
}

#[test]
fn other_courses_do_not_count_unless_named() {
    let rule = json_rule(json!({ "type": "completed", "subject": { "course": "this" } }));
    let told = [signal(1, Kind::Completed { subject: Subject::Course })];
    let elsewhere = Placement { course: Some(id(2)), ..here() };
    let everywhere = Placement { course: None, ..here() };
    assert_eq!(evaluate(&rule, &here(), &told, hour(9)).outcome, Outcome::Met);
    assert_eq!(evaluate(&rule, &elsewhere, &told, hour(9)).outcome, Outcome::NotMet);
    assert_eq!(evaluate(&rule, &everywhere, &told, hour(9)).outcome, Outcome::Met);
    let named = json_rule(json!({ "type": "completed", "subject": { "course": id(1) } }));
    assert_eq!(evaluate(&named, &elsewhere, &told, hour(9)).outcome, Outcome::Met);
    assert_eq!(named.references(), [("node.subject.course".to_owned(), Reference::Course(id(1)))]);
}

#[test]
fn the_latest_reading_of_the_roles_decides() {
    let rule = json_rule(json!({ "type": "role", "any_of": ["learner"] }));
    assert_eq!(outcome(&rule, &[]), Outcome::Unknown);
    let told = [roles(1, &["learner"]), roles(2, &["instructor"]).at(1)];
    assert_eq!(outcome(&rule, &told), Outcome::NotMet);
    let back = [told.to_vec(), vec![roles(3, &["mentor", "learner"]).at(2)]].concat();
    let verdict = evaluate(&rule, &here(), &back, hour(9));
    assert_eq!((verdict.outcome, verdict.strength), (Outcome::Met, Some(Strength::Weak)));
    assert_eq!(verdict.met_at, Some(hour(2)));
    assert_eq!(verdict.explanation.strength, None);
}

#[test]
fn signals_below_the_least_strength_are_ignored_and_named() {
    let rule = json_rule(json!({ "type": "any_of", "min_strength": "strong", "of": [
        { "type": "launched", "link": id(11) },
        { "type": "completed", "subject": { "activity": "essay" } },
    ]}));
    let weak = launched(1, 11, &[]);
    let verdict = evaluate(&rule, &here(), std::slice::from_ref(&weak), hour(9));
    assert_eq!(verdict.outcome, Outcome::NotMet);
    assert_eq!(
        verdict.explanation.of[0].missing,
        Some(Missing::Stronger { have: Strength::Weak, need: Strength::Strong })
    );
    assert_eq!(outcome(&rule, &[weak.with_strength(Strength::Attested)]), Outcome::Met);
    // A weaker demand further down does not undo the one above.
    let nested = json_rule(json!({ "type": "all_of", "min_strength": "strong", "of": [
        { "type": "completed", "subject": { "activity": "essay" }, "min_strength": "weak" },
    ]}));
    assert_eq!(outcome(&nested, &[completed(1, "essay").with_strength(Strength::Medium)]), Outcome::NotMet);
    // Roles are neutral: a demand above does not silence them, one at the node does.
    let roles_ = [roles(1, &["learner"])];
    let above = json_rule(json!({ "type": "all_of", "min_strength": "strong", "of": [
        { "type": "role", "any_of": ["learner"] },
    ]}));
    assert_eq!(outcome(&above, &roles_), Outcome::Met);
    let own = json_rule(json!({ "type": "role", "any_of": ["learner"], "min_strength": "strong" }));
    assert_eq!(outcome(&own, &roles_), Outcome::Unknown);
}

#[test]
fn strength_of_a_group() {
    let activities = ["a", "b", "c"].map(|id| json!({ "type": "completed", "subject": { "activity": id } }));
    let told = [
        completed(1, "a").with_strength(Strength::Weak),
        completed(2, "b").with_strength(Strength::Medium),
        completed(3, "c").with_strength(Strength::Attested),
    ];
    let strength = |group: serde_json::Value| evaluate(&json_rule(group), &here(), &told, hour(9)).strength;
    assert_eq!(strength(json!({ "type": "all_of", "of": activities })), Some(Strength::Weak));
    assert_eq!(strength(json!({ "type": "any_of", "of": activities })), Some(Strength::Attested));
    assert_eq!(strength(json!({ "type": "at_least", "n": 2, "of": activities })), Some(Strength::Medium));
    assert_eq!(strength(json!({ "type": "at_least", "n": 3, "of": activities })), Some(Strength::Weak));
}

#[test]
fn a_group_is_dated_by_the_child_that_completed_it() {
    let activities = ["a", "b", "c"].map(|id| json!({ "type": "completed", "subject": { "activity": id } }));
    let told = [completed(1, "a").at(5), completed(2, "b").at(1), completed(3, "c").at(3)];
    let date = |group: serde_json::Value| evaluate(&json_rule(group), &here(), &told, hour(9)).met_at;
    assert_eq!(date(json!({ "type": "any_of", "of": activities })), Some(hour(1)));
    assert_eq!(date(json!({ "type": "at_least", "n": 2, "of": activities })), Some(hour(3)));
    assert_eq!(date(json!({ "type": "all_of", "of": activities })), Some(hour(5)));
}

#[test]
fn roles_date_nothing_where_something_else_does() {
    let rule = json_rule(json!({ "type": "all_of", "of": [
        { "type": "role", "any_of": ["learner"] },
        { "type": "completed", "subject": { "activity": "essay" } },
    ]}));
    let told = [completed(1, "essay").at(1), roles(2, &["learner"]).at(6)];
    let verdict = evaluate(&rule, &here(), &told, hour(9));
    assert_eq!((verdict.met_at, verdict.strength), (Some(hour(1)), Some(Strength::Strong)));
}

#[test]
fn a_group_says_how_many_are_missing() {
    let activities = ["a", "b", "c"].map(|id| json!({ "type": "completed", "subject": { "activity": id } }));
    let rule = json_rule(json!({ "type": "at_least", "n": 3, "of": activities }));
    assert_eq!(missing(&rule, &[completed(1, "b")]), Some(Missing::More { n: 2 }));
}
