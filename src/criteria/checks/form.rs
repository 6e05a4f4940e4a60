//! The JSON form: refusals with path and code, the canonical form, agreement with the schema.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn refusal(node: Value) -> (String, &'static str) {
    let error = Rule::parse(&json!({ "version": 1, "node": node })).unwrap_err();
    (error.path, error.code)
}

fn leaf(activity: &str) -> Value {
    json!({ "type": "completed", "subject": { "activity": activity } })
}

/// The published schema, compiled once.
fn schema() -> &'static jsonschema::Validator {
    static COMPILED: std::sync::LazyLock<jsonschema::Validator> = std::sync::LazyLock::new(|| {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert!(schema["$id"].is_string());
        jsonschema::draft202012::new(&schema).unwrap()
    });
    &COMPILED
}

#[test]
fn the_schema_is_a_schema_and_its_examples_are_rules() {
    let text: Value = serde_json::from_str(SCHEMA).unwrap();
    assert!(jsonschema::meta::is_valid(&text));
    let schema = schema();
    let examples = text["examples"].as_array().unwrap();
    assert_eq!(examples.len(), 3);
    for example in examples {
        assert!(schema.is_valid(example));
        Rule::parse(example).unwrap();
    }
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

/// JSON of the right words in wrong places.
fn any_json() -> impl Strategy<Value = Value> {
    let words = [
        "all_of",
        "any_of",
        "at_least",
        "launched",
        "completed",
        "score",
        "role",
        "this",
        "percent",
        "latest",
        "strong",
        "80",
        "0192e0c4-7a1b-7c3d-8e4f-5a6b7c8d9e0f",
        "$User.Id",
        "",
        "holds",
        "released",
        "approved",
        "member_of",
        "during",
        "P30D",
        "P2W",
        "PT36H",
        "P1DT",
        "2026-09-01T00:00",
        "2026-09-01T00:00:00Z",
        "2026-09-31T25:00:00.5-07:00",
        "Europe/Berlin",
        "Europe/Nowhere",
    ];
    let names = [
        "type",
        "of",
        "n",
        "link",
        "custom",
        "subject",
        "unit",
        "at_least",
        "at_most",
        "between",
        "pick",
        "any_of",
        "min_strength",
        "course",
        "activity",
        "name",
        "equals",
        "one_of",
        "from",
        "to",
        "version",
        "node",
        "within",
        "zone",
        "achievements",
        "roles",
        "section",
        "group",
    ];
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0_i64..5).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(words.to_vec()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    scalar.prop_recursive(6, 64, 6, move |inner| {
        let name = prop::sample::select(names.to_vec()).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// What only the parser can see; everything else the schema refuses as well.
const BEYOND_THE_SCHEMA: [&str; 10] = [
    "rule.n_too_large",
    "rule.child_duplicate",
    "rule.value_duplicate",
    "rule.range_reversed",
    "rule.number_inexact",
    "rule.too_deep",
    "rule.zone_unknown",
    "rule.time_unknown",
    "rule.duration_out_of_range",
    "rule.within_nested",
];

fn agrees(schema: &jsonschema::Validator, value: &Value) -> Result<(), TestCaseError> {
    match Rule::parse(value) {
        Ok(rule) => {
            prop_assert!(schema.is_valid(value), "the parser takes what the schema refuses: {value}");
            prop_assert!(schema.is_valid(&rule.to_value()), "the canonical form is no rule: {value}");
        }
        Err(error) => {
            let seen = BEYOND_THE_SCHEMA.contains(&error.code) || !schema.is_valid(value);
            prop_assert!(seen, "the schema takes what the parser refuses ({error}): {value}");
        }
    }
    Ok(())
}

/// Puts `graft` in the place of the node-th value of `tree`, counted in preorder.
fn grafted(tree: &mut Value, place: &mut usize, graft: &Value) {
    if *place == 0 {
        *tree = graft.clone();
    }
    *place = place.wrapping_sub(1);
    match tree {
        Value::Array(list) => list.iter_mut().for_each(|value| grafted(value, place, graft)),
        Value::Object(map) => map.values_mut().for_each(|value| grafted(value, place, graft)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn a_written_rule_reads_the_same(rule in any_rule(Kinds::Everything)) {
        let read = Rule::parse(&rule.to_value()).unwrap();
        prop_assert_eq!(&read, &rule);
        prop_assert_eq!(read.digest(), rule.digest());
        let text = serde_json::to_string(&rule).unwrap();
        prop_assert_eq!(serde_json::from_str::<Rule>(&text).unwrap(), rule);
    }

    #[test]
    fn rules_fit_the_schema(rule in any_rule(Kinds::Everything)) {
        let schema = schema();
        prop_assert!(schema.is_valid(&rule.to_value()));
    }

    #[test]
    fn parser_and_schema_agree_on_anything(value in any_json()) {
        let schema = schema();
        agrees(schema, &value)?;
        agrees(schema, &json!({ "version": 1, "node": value }))?;
    }

    #[test]
    fn parser_and_schema_agree_on_damaged_rules(
        rule in any_rule(Kinds::Everything), graft in any_json(), mut place in 0_usize..40,
    ) {
        let mut value = rule.to_value();
        grafted(&mut value, &mut place, &graft);
        agrees(schema(), &value)?;
    }
}
