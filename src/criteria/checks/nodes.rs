//! Single cases of `released`, `holds`, `approved`, `member_of`, `during` and `within`, from design §5.

use serde_json::{Value, json};

use super::*;

fn verdict(node: &Value, signals: &[Signal]) -> Verdict {
    evaluate(&json_rule(node.clone()), &here(), signals, hour(9))
}

fn outcome(node: &Value, signals: &[Signal]) -> Outcome {
    verdict(node, signals).outcome
}

fn held(number: u128, achievement: u128) -> Signal {
    let kind = Kind::Held { achievement: id(achievement), expires_at: None };
    Signal { channel: Channel::Award, course: None, source: String::new(), ..signal(number, kind) }
}

fn decided(number: u128, by: &str, roles: &[&str], approves: bool) -> Signal {
    let roles = roles.iter().map(|role| (*role).into()).collect();
    let kind = Kind::Approved { placement: id(5), by: by.into(), roles, approves };
    Signal { channel: Channel::Approval, ..signal(number, kind).with_strength(Strength::Attested) }
}

fn member(number: u128, of: Membership, ids: &[&str]) -> Signal {
    let ids = ids.iter().map(|id| (*id).into()).collect();
    Signal { form: Form::Reading, channel: Channel::Roster, ..signal(number, Kind::Member { of, ids }) }
}

/// A reading that may have happened at any time since an hour.
fn since(hours: i64, signal: Signal) -> Signal {
    Signal { form: Form::Reading, not_before: Some(hour(hours)), ..signal }
}

fn done(activity: &str) -> Value {
    json!({ "type": "completed", "subject": { "activity": activity } })
}

#[test]
fn a_gated_link_is_released_by_launch_or_by_its_members_and_is_medium_proof() {
    let node = json!({ "type": "released", "link": id(11), "min_strength": "medium" });
    let by_launch = verdict(&node, &[launched(1, 11, &[])]);
    assert_eq!((by_launch.outcome, by_launch.strength), (Outcome::Met, Some(Strength::Medium)));
    assert_eq!(by_launch.explanation.met_by.unwrap().strength, Strength::Medium);
    let told = signal(2, Kind::Released { link: id(11) }).with_strength(Strength::Weak);
    assert_eq!(verdict(&node, std::slice::from_ref(&told)).strength, Some(Strength::Medium));
    // The same launch proves no more than itself elsewhere.
    let opened = json!({ "type": "launched", "link": id(11), "min_strength": "medium" });
    assert_eq!(outcome(&opened, &[launched(1, 11, &[])]), Outcome::NotMet);
    let other = verdict(&node, &[launched(1, 12, &[])]);
    assert_eq!(other.outcome, Outcome::NotMet);
    assert_eq!(other.explanation.missing, Some(Missing::Release { link: id(11) }));
}

#[test]
fn current_awards_are_held_and_their_strength_is_inherited() {
    let node = json!({ "type": "holds", "achievements": [id(21), id(22), id(23)], "n": 2 });
    let told = [
        held(1, 21).at(1).with_strength(Strength::Weak),
        held(2, 22).at(2).with_strength(Strength::Attested),
        held(3, 23).at(4).with_strength(Strength::Medium),
    ];
    let met = verdict(&node, &told);
    assert_eq!((met.outcome, met.strength), (Outcome::Met, Some(Strength::Medium)));
    assert_eq!(met.met_at, Some(hour(2)));
    let named: Vec<_> =
        met.explanation.met_by.iter().chain(&met.explanation.with).map(|evidence| evidence.signal).collect();
    assert_eq!(named, [id(2), id(3)]);
    let one = verdict(&node, &told[..1]);
    assert_eq!(one.outcome, Outcome::NotMet);
    assert_eq!(one.explanation.missing, Some(Missing::Awards { lacking: vec![id(22), id(23)], n: 1 }));
    // The same badge twice is one badge.
    assert_eq!(outcome(&node, &[held(1, 21), held(2, 21).at(1)]), Outcome::NotMet);
    let all = json!({ "type": "holds", "achievements": [id(21), id(22)] });
    assert_eq!(outcome(&all, &told[..1]), Outcome::NotMet);
    assert_eq!(outcome(&all, &told), Outcome::Met);
}

#[test]
fn expired_awards_do_not_count_at_any_moment() {
    let node = json!({ "type": "holds", "achievements": [id(21)] });
    let until = |end: i64| {
        let kind = Kind::Held { achievement: id(21), expires_at: Some(hour(end)) };
        Signal { kind, ..held(1, 21) }
    };
    assert_eq!(outcome(&node, &[until(10)]), Outcome::Met);
    assert_eq!(outcome(&node, &[until(9)]), Outcome::NotMet);
    assert_eq!(outcome(&node, &[until(5)]), Outcome::NotMet);
}

#[test]
fn different_people_with_the_role_approve() {
    let node = json!({ "type": "approved", "roles": ["instructor"], "n": 2 });
    let ada = decided(1, "ada", &["instructor"], true).at(1);
    let bob = decided(2, "bob", &["mentor", "instructor"], true).at(3);
    let cy = decided(3, "cy", &["mentor"], true).at(2);
    assert_eq!(verdict(&node, &[]).explanation.missing, Some(Missing::Approvals { n: 2, declined: false }));
    assert_eq!(outcome(&node, &[ada.clone(), ada.clone()]), Outcome::NotMet);
    assert_eq!(outcome(&node, &[ada.clone(), cy.clone()]), Outcome::NotMet);
    let met = verdict(&node, &[ada.clone(), cy, bob.clone()]);
    assert_eq!((met.outcome, met.strength), (Outcome::Met, Some(Strength::Attested)));
    assert_eq!(met.met_at, Some(hour(3)));
    assert_eq!(met.explanation.with.len(), 1);
    // Taken back before the second approved: never approved by both at once.
    let back = decided(4, "ada", &["instructor"], false).at(2);
    let taken = verdict(&node, &[ada.clone(), back.clone(), bob.clone()]);
    assert_eq!(taken.outcome, Outcome::NotMet);
    assert_eq!(taken.explanation.missing, Some(Missing::Approvals { n: 1, declined: true }));
    // Taken back afterwards: it was met once.
    let told = [ada, bob, back.at(5)];
    assert_eq!(verdict(&node, &told).met_at, Some(hour(3)));
    let standing = Placement { mode: Mode::Standing, ..here() };
    assert_eq!(evaluate(&json_rule(node), &standing, &told, hour(9)).outcome, Outcome::NotMet);
}

#[test]
fn approvals_are_of_one_placement() {
    let node = json!({ "type": "approved" });
    let told = [decided(1, "ada", &[], true)];
    assert_eq!(outcome(&node, &told), Outcome::Met);
    let rule = json_rule(node);
    for id in [Some(id(6)), None] {
        let elsewhere = Placement { id, ..here() };
        assert_eq!(evaluate(&rule, &elsewhere, &told, hour(9)).outcome, Outcome::NotMet);
    }
}

#[test]
fn the_latest_reading_of_sections_and_groups_decides() {
    let node = json!({ "type": "member_of", "group": "red" });
    assert_eq!(outcome(&node, &[]), Outcome::Unknown);
    assert_eq!(verdict(&node, &[]).explanation.missing, Some(Missing::Membership { known: false }));
    let red = member(1, Membership::Group, &["blue", "red"]);
    let met = verdict(&node, std::slice::from_ref(&red));
    assert_eq!((met.outcome, met.explanation.strength), (Outcome::Met, None));
    // A section of that name is something else, and leaving counts.
    assert_eq!(outcome(&node, &[member(2, Membership::Section, &["red"])]), Outcome::Unknown);
    let left = verdict(&node, &[red, member(2, Membership::Group, &[]).at(1)]);
    assert_eq!(left.outcome, Outcome::NotMet);
    assert_eq!(left.explanation.missing, Some(Missing::Membership { known: true }));
}

fn during(from: i64, to: i64, of: Value) -> Value {
    json!({ "type": "during", "from": hour(from), "to": hour(to), "of": of })
}

#[test]
fn only_what_happens_in_the_period_counts() {
    let node = during(2, 4, json!([done("a")]));
    for (hours, expected) in
        [(1, Outcome::NotMet), (2, Outcome::Met), (3, Outcome::Met), (4, Outcome::NotMet)]
    {
        assert_eq!(outcome(&node, &[completed(1, "a").at(hours)]), expected, "{hours}");
    }
    // It is the time it happened that counts, not the time we heard.
    let late = Signal { heard_at: hour(8), ..completed(1, "a").at(3) };
    assert_eq!(outcome(&node, &[late]), Outcome::Met);
    // The score that is the latest in the period, whatever comes after.
    let score = during(
        0,
        3,
        json!([
            { "type": "score", "subject": { "activity": "quiz" }, "unit": "points", "at_least": 5 },
        ]),
    );
    assert_eq!(outcome(&score, &[graded(1, "7", "10").at(2), graded(2, "1", "10").at(3)]), Outcome::Met);
    // A period in a period is what both have in common.
    let nested = during(0, 3, json!([during(2, 5, json!([done("a")]))]));
    for (hours, expected) in [(1, Outcome::NotMet), (2, Outcome::Met), (3, Outcome::NotMet)] {
        assert_eq!(outcome(&nested, &[completed(1, "a").at(hours)]), expected, "{hours}");
    }
}

#[test]
fn a_reading_that_straddles_the_edge_is_for_a_person() {
    let node = during(2, 4, json!([done("a")]));
    for (after, at, expected) in [
        (0, 1, Outcome::NotMet),
        (1, 2, Outcome::Unknown),
        (1, 3, Outcome::Unknown),
        (2, 3, Outcome::Met),
        (3, 4, Outcome::Unknown),
        (1, 5, Outcome::Unknown),
        (4, 5, Outcome::NotMet),
    ] {
        let told = since(after, completed(1, "a").at(at));
        assert_eq!(outcome(&node, &[told]), expected, "after {after}, at {at}");
    }
    let told = since(1, completed(1, "a").at(3));
    let missing = verdict(&node, std::slice::from_ref(&told)).explanation.of[0].missing.clone();
    assert_eq!(missing, Some(Missing::Straddles { after: hour(1), at: hour(3) }));
    // Another that certainly happened in it decides.
    assert_eq!(outcome(&node, &[told, completed(2, "a").at(3)]), Outcome::Met);
    // A period is no proof, and no strength.
    let weak = during(2, 4, json!([done("a"), { "type": "role", "any_of": ["learner"] }]));
    let told = [completed(1, "a").at(3).with_strength(Strength::Medium), roles(2, &["learner"]).at(8)];
    assert_eq!(verdict(&weak, &told).strength, Some(Strength::Medium));
}

/// What is counted to a period, and may have come after it, lies in a span with what happened before its end.
#[test]
fn a_reading_counted_to_a_period_lies_close_to_what_happened_in_it() {
    let open = since(1, completed(1, "a").at(4));
    let said = decided(2, "ada", &[], true).at(6);
    let inside = within(1, json!([during(2, 4, json!([done("a")]))]));
    let around = during(2, 4, json!([within(1, json!([done("a")]))]));
    for node in [&inside, &around] {
        assert_eq!(outcome(node, std::slice::from_ref(&open)), Outcome::Unknown, "{node}");
        let ruled = verdict(node, &[open.clone(), said.clone()]);
        assert_eq!((ruled.outcome, ruled.met_at), (Outcome::Met, Some(hour(6))), "{node}");
    }
    // With another thing of that period, close enough to when it may have been, or not.
    let both = during(2, 4, json!([within(1, json!([done("a"), done("b")]))]));
    let late = since(3, completed(1, "a").at(5));
    for (b, expected) in [(3, Outcome::Met), (2, Outcome::NotMet)] {
        let told = [late.clone(), completed(3, "b").at(b), said.clone()];
        assert_eq!(outcome(&both, &told), expected, "{b}");
    }
}

#[test]
fn an_approval_decides_what_straddles_and_a_declination_opens_it_again() {
    let node = during(2, 4, json!([done("a")]));
    let open = since(1, completed(1, "a").at(3));
    let judged = |more: &[Signal]| {
        let verdict = verdict(&node, &[std::slice::from_ref(&open), more].concat());
        (verdict.outcome, verdict.met_at)
    };
    let ada = |number, approves, hours| decided(number, "ada", &[], approves).at(hours);
    assert_eq!(judged(&[]), (Outcome::Unknown, None));
    // It is met since somebody said so, whatever their role, and also when that is not in the period.
    assert_eq!(judged(&[ada(2, true, 6)]), (Outcome::Met, Some(hour(6))));
    assert_eq!(judged(&[ada(2, false, 6)]), (Outcome::Unknown, None));
    // Nobody rules on what was not read yet, nor elsewhere.
    assert_eq!(judged(&[ada(2, true, 2)]), (Outcome::Unknown, None));
    let elsewhere = Kind::Approved { placement: id(6), by: "ada".into(), roles: vec![], approves: true };
    assert_eq!(judged(&[signal(2, elsewhere).at(6)]), (Outcome::Unknown, None));
    // As a register keeps it: only what was decided last is known.
    assert_eq!(
        judged(&[ada(2, false, 7), decided(3, "bob", &[], true).at(6)]),
        (Outcome::Met, Some(hour(6)))
    );
    // Taken back it does not hold now, but once it did.
    let standing = Placement { mode: Mode::Standing, ..here() };
    let told = [open.clone(), ada(2, true, 6), ada(3, false, 7)];
    assert_eq!(judged(&told[1..]), (Outcome::Met, Some(hour(6))));
    assert_eq!(evaluate(&json_rule(node.clone()), &standing, &told, hour(9)).outcome, Outcome::Unknown);
    // Certainly outside stays outside, and a score that does not fit does not fit.
    let outside = [since(4, completed(1, "a").at(5)), ada(2, true, 6)];
    assert_eq!(outcome(&node, &outside), Outcome::NotMet);
    let score = during(
        2,
        4,
        json!([{ "type": "score", "subject": { "activity": "quiz" }, "unit": "points", "at_least": 5 }]),
    );
    for (given, expected) in [("4", Outcome::NotMet), ("5", Outcome::Met)] {
        let told = [since(1, graded(1, given, "10").at(3)), ada(2, true, 6)];
        assert_eq!(outcome(&score, &told), expected, "{given}");
    }
    // What lies too far apart for sure is not brought together by anybody.
    let close = within(1, json!([done("a"), done("b")]));
    let b = completed(4, "b").at(2);
    let told = [open, b.clone()];
    assert_eq!(outcome(&close, &told), Outcome::Unknown);
    let ruled = verdict(&close, &[&told[..], &[ada(2, true, 6)]].concat());
    assert_eq!((ruled.outcome, ruled.met_at), (Outcome::Met, Some(hour(6))));
    assert!(ruled.explanation.of.iter().all(|part| part.outcome == Outcome::Met));
    let apart = [since(3, completed(1, "a").at(5)), b, ada(2, true, 6)];
    assert_eq!(outcome(&close, &apart), Outcome::NotMet);
}

#[test]
fn whoever_waits_for_a_person_is_known() {
    let waits =
        |node: &Value, told: &[Signal]| awaiting(&json_rule(node.clone()), &here(), told, hour(9)).is_some();
    let both =
        json!({ "type": "all_of", "of": [done("a"), { "type": "approved", "roles": ["dean"], "n": 2 }] });
    let a = completed(1, "a");
    assert!(!waits(&both, &[]));
    assert!(waits(&both, std::slice::from_ref(&a)));
    let dean = |number, by| decided(number, by, &["dean"], true);
    assert!(waits(&both, &[a.clone(), dean(2, "ada")]));
    assert!(!waits(&both, &[a.clone(), dean(2, "ada"), dean(3, "bob")]), "there already");
    // A declination does not end the waiting: others may still approve.
    assert!(waits(&both, &[a.clone(), decided(2, "ada", &["dean"], false)]));
    assert!(
        !waits(&during(2, 4, json!([done("a"), { "type": "approved" }])), &[a.clone().at(3)]),
        "too late"
    );
    assert!(waits(&during(2, 4, json!([done("a")])), &[since(1, a.clone().at(3))]));
    assert!(!waits(&done("a"), &[]));
    assert!(!waits(
        &json!({ "type": "launched", "custom": [{ "name": "x", "equals": "y" }] }),
        &[launched(1, 11, &[])]
    ));
}

fn within(hours: i64, of: Value) -> Value {
    json!({ "type": "all_of", "within": format!("PT{hours}H"), "of": of })
}

#[test]
fn what_meets_the_group_lies_within_the_duration() {
    let node = within(2, json!([done("a"), done("b")]));
    let told = [completed(1, "a").at(0), completed(2, "b").at(3)];
    let far = verdict(&node, &told);
    assert_eq!(far.outcome, Outcome::NotMet);
    assert_eq!(far.explanation.missing, Some(Missing::TooFarApart { within: "PT2H".parse().unwrap() }));
    assert!(far.explanation.of.iter().all(|part| part.outcome == Outcome::Met));
    // Both ends count.
    assert_eq!(outcome(&node, &[completed(1, "a").at(1), completed(2, "b").at(3)]), Outcome::Met);
    // Once more, and now it is.
    let again = verdict(&node, &[told.to_vec(), vec![completed(3, "a").at(4)]].concat());
    assert_eq!((again.outcome, again.met_at), (Outcome::Met, Some(hour(4))));
    assert_eq!(again.explanation.of[0].met_by.as_ref().unwrap().signal, id(3));
    // What only one of them lacks is said as ever.
    let one = verdict(&node, &told[..1]);
    assert_eq!(one.explanation.missing, Some(Missing::More { n: 1 }));
}

#[test]
fn the_strongest_window_is_shown_and_the_first_one_dates() {
    let node = within(1, json!([done("a"), done("b")]));
    let weak =
        [completed(1, "a").at(1), completed(2, "b").at(1)].map(|told| told.with_strength(Strength::Weak));
    let strong = [completed(3, "a").at(5), completed(4, "b").at(6)];
    let verdict = verdict(&node, &[weak.to_vec(), strong.to_vec()].concat());
    assert_eq!((verdict.strength, verdict.met_at), (Some(Strength::Strong), Some(hour(1))));
    assert_eq!(verdict.explanation.of[1].met_by.as_ref().unwrap().signal, id(4));
}

#[test]
fn readings_lie_together_only_where_nothing_else_is_possible() {
    let node = within(2, json!([done("a"), done("b")]));
    // Both were read for the first time at hour 8; nobody knows when they happened.
    let told = [since(0, completed(1, "a").at(8)), since(0, completed(2, "b").at(8))];
    assert_eq!(outcome(&node, &told), Outcome::Unknown);
    let told = [since(6, completed(1, "a").at(8)), since(6, completed(2, "b").at(8))];
    assert_eq!(outcome(&node, &told), Outcome::Met);
    // One was done at hour 1; the other, read at hour 8, may have been done then.
    let told = [completed(1, "a").at(1), since(0, completed(2, "b").at(8))];
    assert_eq!(outcome(&node, &told), Outcome::Unknown);
    let told = [completed(1, "a").at(1), since(5, completed(2, "b").at(8))];
    assert_eq!(outcome(&node, &told), Outcome::NotMet);
}

#[test]
fn every_new_node_names_what_it_refers_to() {
    let rule = json_rule(json!({ "type": "all_of", "of": [
        { "type": "released", "link": id(11) },
        during(0, 1, json!([{ "type": "holds", "achievements": [id(21), id(22)] }])),
    ]}));
    assert_eq!(
        rule.references(),
        [
            ("node.of[0].link".to_owned(), Reference::Link(id(11))),
            ("node.of[1].of[0].achievements[0]".to_owned(), Reference::Achievement(id(21))),
            ("node.of[1].of[0].achievements[1]".to_owned(), Reference::Achievement(id(22))),
        ]
    );
}

/// A learner with a long history and a rule that is hard to judge: still no more than a moment.
#[test]
fn many_signals_in_many_windows_take_no_long_time() {
    let node = json!({ "type": "all_of", "of": [
        { "type": "score", "subject": { "activity": "quiz" }, "unit": "points", "at_least": 11 },
        within(2, json!([done("a"), done("b"), { "type": "any_of", "of": [done("c"), done("d")] }])),
    ]});
    let told: Vec<_> = (0_u32..400)
        .map(|index| match index % 4 {
            0 => completed(u128::from(index), "a"),
            1 => completed(u128::from(index), "c"),
            _ => graded(u128::from(index), "3", "10"),
        })
        .zip(0_i64..)
        .map(|(signal, hours)| signal.at(hours - 400))
        .collect();
    assert_eq!(outcome(&node, &told), Outcome::NotMet);
}
