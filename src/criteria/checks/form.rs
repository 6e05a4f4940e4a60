//! The JSON form: refusals with path and code, the canonical form.

use serde_json::{Value, json};

use super::*;

fn refusal(node: Value) -> (String, &'static str) {
    let error = Rule::parse(&json!({ "version": 1, "node": node })).unwrap_err();
    (error.path, error.code)
}

fn leaf(activity: &str) -> Value {
    json!({ "type": "completed", "subject": { "activity": activity } })
}

#[test]
fn refusals_name_the_place_and_the_reason() {
    let late = json!({ "type": "all_of", "of": [leaf("a"), leaf("b"),
        { "type": "at_least", "n": 3, "of": [leaf("a"), leaf("b")] }] });
    let score = |members: Value| {
        let mut node = json!({ "type": "score", "subject": { "course": "this" }, "unit": "percent" });
        node.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        node
    };
    let custom = |condition: Value| json!({ "type": "launched", "custom": [condition] });
    let during = |members: Value| {
        let mut node = json!({ "type": "during", "of": [leaf("a")] });
        node.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        node
    };
    let cases = [
        (json!({ "type": "all_of", "of": [] }), "node.of", "rule.group_empty"),
        (json!({ "type": "any_of" }), "node.of", "rule.member_missing"),
        (json!({ "type": "at_least", "n": 0, "of": [leaf("a")] }), "node.n", "rule.n_too_small"),
        (json!({ "type": "at_least", "n": -1, "of": [leaf("a")] }), "node.n", "rule.n_too_small"),
        (json!({ "type": "at_least", "n": 1.5, "of": [leaf("a")] }), "node.n", "rule.wrong_type"),
        (json!({ "type": "at_least", "n": "1", "of": [leaf("a")] }), "node.n", "rule.wrong_type"),
        (json!({ "type": "at_least", "n": 1e300, "of": [leaf("a")] }), "node.n", "rule.n_too_large"),
        (late, "node.of[2].n", "rule.n_too_large"),
        (
            json!({ "type": "all_of", "of": [leaf("a"), leaf("b"), leaf("a")] }),
            "node.of[2]",
            "rule.child_duplicate",
        ),
        (
            json!({ "type": "all_of", "of": [
                { "type": "any_of", "of": [leaf("a"), leaf("b")] },
                { "type": "any_of", "of": [leaf("b"), leaf("a")] },
            ]}),
            "node.of[1]",
            "rule.child_duplicate",
        ),
        (
            json!({ "type": "all_of", "of": [score(json!({ "at_least": 80 })), score(json!({ "at_least": "80.0" }))] }),
            "node.of[1]",
            "rule.child_duplicate",
        ),
        (json!({ "type": "magic" }), "node.type", "rule.node_unknown"),
        (json!({ "type": 7 }), "node.type", "rule.wrong_type"),
        (json!({}), "node.type", "rule.member_missing"),
        (json!([]), "node", "rule.wrong_type"),
        (json!({ "type": "role", "any_of": ["learner"], "colour": 1 }), "node.colour", "rule.member_unknown"),
        (json!({ "type": "completed", "link": id(1) }), "node.link", "rule.member_unknown"),
        (json!({ "type": "completed", "subject": {} }), "node.subject", "rule.member_missing"),
        (
            json!({ "type": "completed", "subject": { "course": "that" } }),
            "node.subject.course",
            "rule.value_invalid",
        ),
        (leaf(""), "node.subject.activity", "rule.value_invalid"),
        (leaf("a\nb"), "node.subject.activity", "rule.value_invalid"),
        (json!({ "type": "launched", "link": "x" }), "node.link", "rule.value_invalid"),
        (json!({ "type": "launched", "link": null }), "node.link", "rule.wrong_type"),
        (json!({ "type": "launched", "custom": [] }), "node.custom", "rule.value_invalid"),
        (custom(json!({ "name": "a" })), "node.custom[0]", "rule.member_missing"),
        (custom(json!({ "name": "a", "equals": "$User.Id" })), "node.custom[0].equals", "rule.value_invalid"),
        (
            custom(json!({ "name": "a", "one_of": ["b", "b"] })),
            "node.custom[0].one_of[1]",
            "rule.value_duplicate",
        ),
        (
            custom(json!({ "name": "a", "equals": "b", "at_least": 1 })),
            "node.custom[0].at_least",
            "rule.member_conflict",
        ),
        (score(json!({})), "node", "rule.member_missing"),
        (score(json!({ "at_least": 1, "at_most": 2 })), "node.at_most", "rule.member_conflict"),
        (score(json!({ "at_least": true })), "node.at_least", "rule.wrong_type"),
        (score(json!({ "at_least": "1e2" })), "node.at_least", "rule.value_invalid"),
        (score(json!({ "at_least": "-1" })), "node.at_least", "rule.value_invalid"),
        (score(json!({ "at_least": " 1" })), "node.at_least", "rule.value_invalid"),
        (score(json!({ "at_least": -1 })), "node.at_least", "rule.value_invalid"),
        (score(json!({ "at_least": 79.123_456_789 })), "node.at_least", "rule.number_inexact"),
        (score(json!({ "at_least": 0.1 + 0.2 })), "node.at_least", "rule.number_inexact"),
        (score(json!({ "between": { "from": 3, "to": 2 } })), "node.between", "rule.range_reversed"),
        (score(json!({ "between": { "from": 3 } })), "node.between.to", "rule.member_missing"),
        (score(json!({ "at_least": 1, "pick": "worst" })), "node.pick", "rule.value_invalid"),
        (
            json!({ "type": "role", "any_of": ["a"], "min_strength": "huge" }),
            "node.min_strength",
            "rule.value_invalid",
        ),
        (json!({ "type": "role", "any_of": [] }), "node.any_of", "rule.value_invalid"),
        (json!({ "type": "released" }), "node.link", "rule.member_missing"),
        (json!({ "type": "holds", "achievements": [] }), "node.achievements", "rule.value_invalid"),
        (
            json!({ "type": "holds", "achievements": [id(1), id(1)] }),
            "node.achievements[1]",
            "rule.value_duplicate",
        ),
        (json!({ "type": "holds", "achievements": [id(1)], "n": 2 }), "node.n", "rule.n_too_large"),
        (json!({ "type": "holds", "achievements": [id(1)], "n": 0 }), "node.n", "rule.n_too_small"),
        (json!({ "type": "holds", "achievements": ["x"] }), "node.achievements[0]", "rule.value_invalid"),
        (json!({ "type": "approved", "n": 21 }), "node.n", "rule.n_too_large"),
        (json!({ "type": "approved", "roles": [] }), "node.roles", "rule.value_invalid"),
        (json!({ "type": "approved", "within": "P1D" }), "node.within", "rule.member_unknown"),
        (json!({ "type": "member_of" }), "node", "rule.member_missing"),
        (json!({ "type": "member_of", "section": "a", "group": "b" }), "node.group", "rule.member_conflict"),
        (during(json!({})), "node", "rule.member_missing"),
        (during(json!({ "from": "2026-09-01" })), "node.from", "rule.value_invalid"),
        (during(json!({ "from": "2026-09-01T00:00Z" })), "node.from", "rule.value_invalid"),
        (during(json!({ "from": "2026-09-01T00:00:00+2:00" })), "node.from", "rule.value_invalid"),
        (during(json!({ "from": "2026-09-31T00:00" })), "node.from", "rule.time_unknown"),
        (during(json!({ "to": "2026-09-01T24:00" })), "node.to", "rule.time_unknown"),
        (during(json!({ "to": "2026-09-01T23:59:60Z" })), "node.to", "rule.time_unknown"),
        (during(json!({ "to": "0000-01-01T00:00:00+23:00" })), "node.to", "rule.time_unknown"),
        (
            during(json!({ "to": "2026-09-01T00:00", "zone": "Mars/Olympus" })),
            "node.zone",
            "rule.zone_unknown",
        ),
        (during(json!({ "to": "2026-09-01T00:00", "zone": "CET CEST" })), "node.zone", "rule.value_invalid"),
        (
            during(json!({ "from": "2026-09-01T00:00", "to": "2026-09-01T00:00" })),
            "node",
            "rule.range_reversed",
        ),
        // The same moment, written in two ways.
        (
            during(
                json!({ "from": "2026-09-01T02:00", "to": "2026-09-01T00:00:00Z", "zone": "Europe/Berlin" }),
            ),
            "node",
            "rule.range_reversed",
        ),
        (
            json!({ "type": "all_of", "within": "P1M", "of": [leaf("a")] }),
            "node.within",
            "rule.value_invalid",
        ),
        (
            json!({ "type": "all_of", "within": "P0D", "of": [leaf("a")] }),
            "node.within",
            "rule.duration_out_of_range",
        ),
        (
            json!({ "type": "all_of", "within": "P30D", "of": [leaf("a"),
                { "type": "any_of", "of": [{ "type": "all_of", "within": "P1D", "of": [leaf("b")] }] }] }),
            "node.of[1].of[0].within",
            "rule.within_nested",
        ),
        // The same period, written in two ways.
        (
            json!({ "type": "any_of", "of": [
                { "type": "during", "to": "2026-09-01T02:00", "zone": "Europe/Berlin", "of": [leaf("a")] },
                { "type": "during", "to": "2026-09-01T00:00:00Z", "of": [leaf("a")] },
            ]}),
            "node.of[1]",
            "rule.child_duplicate",
        ),
        (
            json!({ "type": "any_of", "of": [
                { "type": "holds", "achievements": [id(1), id(2)] },
                { "type": "holds", "achievements": [id(2), id(1)], "n": 2 },
            ]}),
            "node.of[1]",
            "rule.child_duplicate",
        ),
    ];
    for (node, path, code) in cases {
        assert_eq!(refusal(node.clone()), (path.to_owned(), code), "{node}");
    }
    for (whole, path, code) in [
        (json!({ "node": leaf("a") }), "version", "rule.member_missing"),
        (json!({ "version": 2, "node": leaf("a") }), "version", "rule.version_unsupported"),
        (json!({ "version": 1 }), "node", "rule.member_missing"),
        (json!({ "version": 1, "node": leaf("a"), "x": 1 }), "x", "rule.member_unknown"),
        (json!(null), "rule", "rule.wrong_type"),
    ] {
        let error = Rule::parse(&whole).unwrap_err();
        assert_eq!((error.path.as_str(), error.code), (path, code), "{whole}");
    }
}

#[test]
fn limits_hold_exactly() {
    let nested =
        |depth: usize| (1..depth).fold(leaf("a"), |inner, _| json!({ "type": "all_of", "of": [inner] }));
    json_rule(nested(MAX_DEPTH));
    assert_eq!(refusal(nested(MAX_DEPTH + 1)), (format!("node{}", ".of[0]".repeat(16)), "rule.too_deep"));
    assert_eq!(refusal(nested(100)).1, "rule.too_deep");
    let wide = |nodes: usize| {
        let of: Vec<_> = (1..nodes).map(|index| leaf(&index.to_string())).collect();
        json!({ "type": "any_of", "of": of })
    };
    json_rule(wide(MAX_NODES));
    assert_eq!(refusal(wide(MAX_NODES + 1)), ("node.of[199]".to_owned(), "rule.too_large"));
}

#[test]
fn a_tree_built_in_code_is_checked_the_same_way() {
    let done = |activity: &str| {
        Node::new(Test::Completed(Target { course: None, subject: Subject::Activity(activity.into()) }))
    };
    assert_eq!(Rule::new(Node::new(Test::AllOf(vec![]))).unwrap_err().code, "rule.group_empty");
    let deep = (0..5000).fold(done("a"), |inner, _| Node::new(Test::AnyOf(vec![inner])));
    assert_eq!(Rule::new(deep).unwrap_err().code, "rule.too_deep");
    let rule = rule(Node::new(Test::AllOf(vec![done("a"), done("b")])));
    assert_eq!(rule.nodes().count(), 3);
}

#[test]
fn exact_numbers_are_read_exactly() {
    for (written, read) in [
        (json!(80), "80"),
        (json!(79.5), "79.5"),
        (json!("79.50"), "79.5"),
        (json!(0.1), "0.1"),
        (json!(0), "0"),
        (json!(1e3), "1000"),
        (json!(0.000_000_01), "0.00000001"),
        (json!("999999999999.99999999"), "999999999999.99999999"),
    ] {
        let rule = json_rule(json!({
            "type": "score", "subject": { "course": "this" }, "unit": "points", "at_least": written,
        }));
        assert_eq!(rule.to_value()["node"]["at_least"], read);
    }
}

#[test]
fn the_digest_is_of_the_meaning_not_the_writing() {
    let one = json_rule(
        json!({ "type": "score", "unit": "percent", "subject": { "course": "this", "activity": "a" }, "at_least": 80.0 }),
    );
    let other = json_rule(
        json!({ "at_least": "80.00", "type": "score", "subject": { "activity": "a" }, "unit": "percent", "pick": "latest" }),
    );
    assert_eq!(one, other);
    assert_eq!(one.digest(), other.digest());
    // Pinned: stored digests must stay true across versions of this code.
    assert_eq!(one.digest(), "245e15aa65b2cef161ae894aab76b35778f7efc5fafa43a413e931c9465ec231");
    assert_ne!(one.digest(), json_rule(leaf("a")).digest());
}

#[test]
fn the_canonical_form_of_periods_durations_and_counts() {
    let period = json_rule(json!({
        "of": [leaf("a"), { "type": "approved" }, { "type": "holds", "achievements": [id(0xA), id(0xB)] }],
        "within": "P2W", "to": "2027-03-01T12:00:30+01:00", "from": "2026-09-01T00:00:00",
        "type": "during", "zone": "Europe/Berlin",
    }));
    let canonical = json!({
        "type": "during", "from": "2026-09-01T00:00", "to": "2027-03-01T11:00:30Z", "zone": "Europe/Berlin",
        "within": "P14D",
        "of": [
            { "type": "completed", "subject": { "activity": "a" } },
            { "type": "approved", "n": 1 },
            { "type": "holds", "achievements": [id(0xA), id(0xB)], "n": 2 },
        ],
    });
    assert_eq!(period.to_value()["node"], canonical);
    // A leaf built in code with a `within`, or a group within such a group, is refused as if written.
    let leaf = Node::new(Test::Completed(Target { course: None, subject: Subject::Course }));
    let close = |node: Node| Node { within: Span::of_seconds(60).ok(), ..node };
    assert_eq!(Rule::new(close(leaf.clone())).unwrap_err().code, "rule.member_unknown");
    let inner = close(Node::new(Test::AllOf(vec![leaf])));
    assert_eq!(Rule::new(close(Node::new(Test::AnyOf(vec![inner])))).unwrap_err().code, "rule.within_nested");
}
