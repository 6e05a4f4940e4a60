//! The parsers are total: whatever stands there, the answer is a typed event, nothing, or a coded refusal.

use laurel::domain::event_channel::{caliper, canvas, item::Reading, json::digest, xapi};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Any JSON, with a liking for the words and shapes that the parsers know.
fn anything() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("http://adlnet.gov/expapi/verbs/completed".to_owned()),
        Just("http://adlnet.gov/expapi/verbs/scored".to_owned()),
        Just("http://adlnet.gov/expapi/verbs/voided".to_owned()),
        Just("8d4b43f4-2a60-4b8f-9d80-5b3e6f1e8a11".to_owned()),
        Just("mailto:grace@example.org".to_owned()),
        Just("Activity".to_owned()),
        Just("GradeEvent".to_owned()),
        Just("AssessmentEvent".to_owned()),
        Just("Graded".to_owned()),
        Just("Submitted".to_owned()),
        Just("grade_change".to_owned()),
        Just("course_completed".to_owned()),
        Just("21070000000000123".to_owned()),
        Just("urn:instructure:canvas:user:21070000000000123".to_owned()),
        Just("2030-03-17T17:46:40Z".to_owned()),
        Just("2030-99-99T99:99:99Z".to_owned()),
        Just("1e400".to_owned()),
        Just("\u{0}".to_owned()),
        ".{0,12}",
    ];
    let number = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(json!(1e300)),
        Just(json!(-0.0)),
        Just(json!(0.1)),
        (0_u8..12).prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        word.prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "id",
        "actor",
        "verb",
        "object",
        "result",
        "score",
        "raw",
        "max",
        "min",
        "scaled",
        "context",
        "contextActivities",
        "grouping",
        "extensions",
        "authority",
        "account",
        "homePage",
        "name",
        "mbox",
        "objectType",
        "definition",
        "type",
        "timestamp",
        "completion",
        "success",
        "member",
        "data",
        "sensor",
        "action",
        "assignee",
        "assignable",
        "generated",
        "scoreGiven",
        "maxScore",
        "eventTime",
        "group",
        "federatedSession",
        "messageParameters",
        "sub",
        "iss",
        "subOrganizationOf",
        "metadata",
        "body",
        "event_name",
        "event_time",
        "progress",
        "user",
        "course",
        "user_id",
        "course_id",
        "assignment_id",
        "requirement_count",
        "requirement_completed_count",
        "completed_at",
        "final_score",
        "points_possible",
        "muted",
        "otherIdentifiers",
    ]);
    leaf.prop_recursive(5, 96, 10, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..10).prop_map(|members| {
                Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            }),
        ]
    })
}

/// A good statement with anything in the place of one of its parts.
fn bent_statement() -> impl Strategy<Value = Value> {
    let places = prop::sample::select(vec![
        "/id",
        "/actor",
        "/actor/account",
        "/actor/account/name",
        "/verb",
        "/verb/id",
        "/object",
        "/object/id",
        "/object/definition",
        "/result",
        "/result/score",
        "/result/score/raw",
        "/result/score/max",
        "/result/score/scaled",
        "/context",
        "/context/contextActivities",
        "/context/contextActivities/grouping",
        "/context/extensions",
        "/timestamp",
    ]);
    (places, anything()).prop_map(|(place, value)| {
        let mut statement = statement();
        *statement.pointer_mut(place).unwrap() = value;
        statement
    })
}

fn statement() -> Value {
    json!({
        "id": "8d4b43f4-2a60-4b8f-9d80-5b3e6f1e8a11",
        "actor": { "account": { "homePage": "https://moodle.example", "name": "5" } },
        "verb": { "id": "http://adlnet.gov/expapi/verbs/completed" },
        "object": { "id": "https://moodle.example/mod/quiz/view.php?id=12", "definition": {} },
        "result": { "score": { "raw": 8, "max": 10, "min": 0, "scaled": 0.8 }, "completion": true },
        "context": {
            "contextActivities": { "grouping": [{ "id": "https://moodle.example/course/view.php?id=3" }] },
            "extensions": {}
        },
        "timestamp": "2030-03-17T17:46:40Z",
    })
}

/// What is true of everything that was read as said.
fn holds(reading: &Reading) {
    if let Reading::Said(item) = reading {
        assert!((1..=2).contains(&item.told.len()), "{item:?}");
        assert!(!item.id.is_empty() && item.digest.len() == 64, "{item:?}");
        // It is kept as JSON while it waits, and read back the same.
        let kept = serde_json::to_value(item).unwrap();
        let back: laurel::domain::event_channel::item::Item = serde_json::from_value(kept).unwrap();
        assert_eq!(&back, &**item);
    }
    assert!(!reading.id().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_a_parser(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _read = xapi::statements(&bytes, 10);
        let _read = caliper::envelope(&bytes, 10);
    }

    #[test]
    fn no_json_breaks_a_parser(value in anything()) {
        for reading in [xapi::statement(&value), caliper::event(&value)].iter().flatten() {
            holds(reading);
        }
        if let Some(object) = value.as_object() {
            if let Ok(reading) = canvas::event(object) {
                holds(&reading);
            }
            let _read = caliper::of_object(object, 10);
        }
        let wrapped: Map<String, Value> = serde_json::from_value(json!({
            "metadata": { "event_name": "grade_change" }, "body": value
        })).unwrap();
        if let Ok(reading) = canvas::event(&wrapped) {
            holds(&reading);
        }
    }

    #[test]
    fn a_bent_statement_is_read_or_refused(value in bent_statement()) {
        match xapi::statement(&value) {
            Ok(reading) => holds(&reading),
            Err(error) => prop_assert!(!error.code().is_empty() && error.code() != "internal"),
        }
        // Read twice it is the same, and so is it with its members in another order.
        let turned = turned(&value);
        prop_assert_eq!(digest(&value), digest(&turned));
        match (xapi::statement(&value), xapi::statement(&turned)) {
            (Ok(one), Ok(other)) => prop_assert_eq!(one, other),
            (Err(one), Err(other)) => prop_assert_eq!(one.code(), other.code()),
            (one, other) => prop_assert!(false, "{:?} {:?}", one, other),
        }
    }

    #[test]
    fn a_score_is_exact(raw in 0_u32..100_000, places in 0_u32..6) {
        let text = rust_decimal::Decimal::new(i64::from(raw), places).to_string();
        let body = format!(
            r#"{{"actor":{{"account":{{"homePage":"https://m.example","name":"5"}}}},
                "verb":{{"id":"http://adlnet.gov/expapi/verbs/scored"}},"object":{{"id":"https://m.example/1"}},
                "result":{{"score":{{"raw":{text},"max":100000}}}}}}"#
        );
        let (_, mut read) = xapi::statements(body.as_bytes(), 1).unwrap();
        let Ok(Reading::Said(item)) = read.remove(0) else { panic!("{body}") };
        let criteria::Kind::Score { given, .. } = &item.told[0] else { panic!("{item:?}") };
        prop_assert_eq!(given.unwrap(), text.parse::<rust_decimal::Decimal>().unwrap());
    }
}

/// The same value with the members of its objects in the opposite order.
fn turned(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.iter().rev().map(|(name, value)| (name.clone(), turned(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(turned).collect()),
        other => other.clone(),
    }
}

#[test]
fn hostile_statements_are_refused_with_a_code() {
    let with = |place: &str, value: Value| {
        let mut statement = statement();
        *statement.pointer_mut(place).unwrap() = value;
        statement
    };
    let deep = (0..120).fold(json!(1), |inner, _| json!([inner]));
    for (statement, code) in [
        (json!([]), "statement.malformed"),
        (with("/id", json!("../../etc/passwd")), "statement.id"),
        (with("/id", json!({ "$ne": 1 })), "statement.id"),
        (with("/verb", json!("completed")), "statement.incomplete"),
        (with("/verb/id", json!("x".repeat(5_000))), "item.field"),
        (with("/actor", json!({})), "actor.missing"),
        (with("/actor", json!({ "mbox": "mailto:a@b", "openid": "x" })), "actor.several"),
        (with("/actor", json!({ "mbox": "grace" })), "actor.mbox"),
        (with("/actor/account/name", json!("a\u{0}b")), "actor.account"),
        (with("/actor/account/name", json!("a".repeat(300))), "actor.account"),
        (with("/object/id", json!(null)), "item.field"),
        (with("/object/id", json!(format!("https://x/{}", "y".repeat(300)))), "activity.too_long"),
        (with("/result/score", json!([8])), "score.number"),
        (with("/result/score/raw", json!(1e300)), "score.number"),
        (with("/result/score/raw", json!("8; DROP TABLE signal")), "score.number"),
        (with("/result/score/scaled", json!(1.5)), "score.scaled"),
        (with("/timestamp", json!("yesterday")), "timestamp.invalid"),
        (with("/timestamp", json!(1_700_000_000)), "timestamp.invalid"),
    ] {
        let refused = xapi::statement(&statement).expect_err(code);
        assert_eq!(refused.code(), code, "{statement}");
    }
    // Deep, but harmless: nobody looks there.
    assert!(xapi::statement(&with("/context/extensions", deep)).is_ok());
    // Many identifiers of courses are looked at, but not any number.
    let many: Vec<Value> = (0..10_000).map(|n| json!({ "id": format!("https://x/{n}") })).collect();
    let Ok(Reading::Said(item)) = xapi::statement(&with("/context/contextActivities/grouping", json!(many)))
    else {
        panic!("a statement")
    };
    assert!(item.courses.len() <= 80);
}
