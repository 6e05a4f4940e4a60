//! Slots and references: what placing a rule, or copying its course, may change of it.

use serde_json::json;

use super::*;

fn rule() -> Rule {
    json_rule(json!({ "type": "all_of", "of": [
        { "type": "launched" },
        { "type": "score", "subject": { "activity": "quiz" }, "unit": "percent", "at_least": "60" },
    ] }))
}

#[test]
fn slots_are_tightened_and_never_loosened() {
    let rule = rule();
    let slots = rule.slots();
    assert_eq!(slots.len(), 2, "{slots:?}");
    let (link, score) = (slots[0].path.clone(), slots[1].path.clone());
    let here = id(7);
    let number = |n: i64| Filling::Number(Decimal::from(n));
    let filled = rule.filled(&[(link.clone(), Filling::Link(here)), (score.clone(), number(75))]).unwrap();
    assert_eq!(filled.references(), [("node.of[0].link".to_owned(), Reference::Link(here))]);
    assert!(matches!(filled.slots()[..], [Slot { kind: SlotKind::AtLeast { now, .. }, .. }]
        if now == Decimal::from(75)));
    for (path, filling, code) in [
        (score.clone(), number(59), "rule.slot_loosened"),
        (score, Filling::Link(here), "rule.slot_unknown"),
        (link, number(1), "rule.slot_unknown"),
        ("node.of[9]".to_owned(), number(1), "rule.slot_unknown"),
    ] {
        assert_eq!(rule.filled(&[(path, filling)]).unwrap_err().code, code);
    }
    assert_eq!(rule.filled(&[]).unwrap(), rule);
}

#[test]
fn references_move_with_a_copied_course() {
    let (old, new) = (id(1), id(2));
    let rule = json_rule(json!({ "type": "launched", "link": old }));
    let moved = rule.with_references(|reference| (reference == Reference::Link(old)).then_some(new)).unwrap();
    assert_eq!(moved.references(), [("node.link".to_owned(), Reference::Link(new))]);
    assert_eq!(moved.with_references(|_| None).unwrap(), moved);
}
