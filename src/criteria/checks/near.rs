//! Who is almost there: counted by hand, and as laws.

use serde_json::{Value, json};

use super::*;

fn lacks(node: &Value, signals: &[Signal]) -> (u32, Vec<String>) {
    let rule = json_rule(node.clone());
    let lack = lack(&evaluate(&rule, &here(), signals, hour(9)), &rule);
    (lack.things, lack.paths)
}

fn done(activity: &str) -> Signal {
    signal(1, Kind::Completed { subject: Subject::Activity(activity.into()) })
}

fn complete(activity: &str) -> Value {
    json!({ "type": "completed", "subject": { "activity": activity } })
}

#[test]
fn a_rule_lacks_the_least_that_meets_it() {
    let two = json!({ "type": "all_of", "of": [complete("a"), complete("b")] });
    assert_eq!(lacks(&two, &[]), (2, vec!["node.of[0]".to_owned(), "node.of[1]".to_owned()]));
    assert_eq!(lacks(&two, &[done("a")]), (1, vec!["node.of[1]".to_owned()]));
    assert_eq!(lacks(&two, &[done("a"), done("b")]), (0, vec![]));
    let either = json!({ "type": "any_of", "of": [two, complete("c")] });
    assert_eq!(lacks(&either, &[]), (1, vec!["node.of[1]".to_owned()]));
    let some = json!({ "type": "at_least", "n": 2, "of": [complete("a"), complete("b"), complete("c")] });
    assert_eq!(lacks(&some, &[]).0, 2);
    assert_eq!(lacks(&some, &[done("b")]), (1, vec!["node.of[0]".to_owned()]), "one more of them");
}

#[test]
fn awards_and_approvals_are_counted_one_by_one() {
    let holds = json!({ "type": "holds", "achievements": [id(21), id(22), id(23)], "n": 3 });
    let held = signal(1, Kind::Held { achievement: id(22), expires_at: None });
    assert_eq!(lacks(&holds, &[]).0, 3);
    assert_eq!(lacks(&holds, &[held]).0, 2);
    assert_eq!(lacks(&json!({ "type": "approved", "n": 2 }), &[]).0, 2);
}

#[test]
fn what_lies_too_far_apart_is_one_thing() {
    let close = json!({ "type": "all_of", "of": [complete("a"), complete("b")], "within": "PT1H" });
    let later = Signal { happened_at: hour(5), heard_at: hour(5), ..done("b") };
    assert_eq!(lacks(&close, &[done("a"), later]), (1, vec!["node".to_owned()]));
}

#[test]
fn what_only_has_to_settle_lacks_nothing() {
    let rule = json_rule(complete("a"));
    let standing = Placement { mode: Mode::Standing, ..here() };
    let verdict = evaluate(&rule, &standing, &[done("a")], hour(0));
    assert_eq!(verdict.outcome, Outcome::Unknown);
    assert!(lack(&verdict, &rule).is_near() && lack(&verdict, &rule).things == 0);
}

proptest! {
    #![proptest_config(cases(500))]

    /// Nothing is lacking exactly where a rule is met; else at least one thing, each at a node that is not met.
    #[test]
    fn nothing_is_lacking_where_it_is_met(
        rule in any_rule(Kinds::Everything),
        signals in any_signals(),
        floor in prop::sample::select(vec![None, Some(Strength::Medium), Some(Strength::Attested)]),
    ) {
        let verdict = evaluate_in(&rule, &here(), &signals, hour(5), &Frame { floor, ..Frame::default() });
        let lack = lack(&verdict, &rule);
        prop_assert_eq!(lack.things == 0, verdict.outcome == Outcome::Met);
        prop_assert!(lack.paths.len() <= usize::try_from(lack.things).unwrap());
        let known: Vec<String> = rule.nodes().map(|(path, _)| path).collect();
        prop_assert!(lack.paths.iter().all(|path| known.contains(path)));
    }
}
