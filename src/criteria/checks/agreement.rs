//! Parser and published schema agree, on rules and on anything else.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

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
