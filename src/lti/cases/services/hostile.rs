//! Any bytes may come back. Whatever comes, reading it neither panics nor invents anybody, and a truncated
//! body is never a complete one.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{ags::ITEM, now};
use crate::{
    quirks::STANDARD,
    services::{
        Answer,
        ags::{LineItem, Results},
        groups::Groups,
        nrps::{Query, Roster},
    },
};

/// Any JSON, three levels deep, with the names that readers look for.
fn any_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        Just("id"),
        Just("members"),
        Just("user_id"),
        Just("roles"),
        Just("status"),
        Just("email"),
        Just("name"),
        Just("message"),
        Just("group_enrollments"),
        Just("groups"),
        Just("userId"),
        Just("resultScore"),
        Just("resultMaximum"),
        Just("comment"),
        Just("context"),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!("https://h.example/1")),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((name.clone(), inner), 0..6).prop_map(|pairs| {
                Value::Object(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            }),
        ]
    })
}

fn read_everything(status: u16, body: &[u8]) {
    let answer = Answer::new(status, [], body);
    let mut roster = Roster::new("https://h.example/m", &Query::default(), &STANDARD).unwrap();
    if let Ok(page) = roster.heard(&answer, now()) {
        assert!(page.members.iter().all(|member| !member.user_id.is_empty() && member.user_id.len() <= 255));
        assert_eq!(roster.is_complete(), page.unreadable == 0);
    } else {
        assert!(!roster.is_complete());
    }
    let mut results = Results::new(ITEM, None, None, &STANDARD).unwrap();
    if let Ok(page) = results.heard(&answer, now()) {
        assert!(page.entries.iter().all(|entry| entry.maximum > rust_decimal::Decimal::ZERO));
    }
    let _ = LineItem::read(&answer, now());
    let _ = LineItem::read_list(&answer, now());
    let _ = Groups::new("https://h.example/g", None).unwrap().heard(&answer, now());
}

proptest! {
    #[test]
    fn any_bytes(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_everything(status, &body);
    }

    #[test]
    fn any_documents(value in any_json()) {
        read_everything(200, value.to_string().as_bytes());
        read_everything(200, json!({"members": [value.clone()], "groups": [value.clone()]}).to_string().as_bytes());
        read_everything(200, json!([value]).to_string().as_bytes());
    }

    #[test]
    fn a_truncated_roster_is_no_roster(cut in 1_usize..180) {
        let body = json!({"members": [{"user_id": "a", "roles": ["Learner"], "name": "Ada"}, {"user_id": "b"}],
            "id": "https://h.example/m", "context": {"id": "c-77"}, "padding": "x".repeat(60)}).to_string();
        let body = &body[..body.len() - cut.min(body.len())];
        let mut roster = Roster::new("https://h.example/m", &Query::default(), &STANDARD).unwrap();
        prop_assert!(roster.heard(&Answer::new(200, [], body.as_bytes()), now()).is_err());
        prop_assert!(!roster.is_complete());
    }
}

#[test]
fn deep_and_wide_documents_end_quickly() {
    let deep = "[".repeat(100_000);
    read_everything(200, deep.as_bytes());
    let nested = format!("{{\"members\":[{{\"user_id\":{}1{}}}]}}", "[".repeat(5000), "]".repeat(5000));
    read_everything(200, nested.as_bytes());
    let wide = format!("[{}]", vec!["{}"; 200_000].join(","));
    read_everything(200, wide.as_bytes());
    let members =
        format!("{{\"members\":[{}]}}", vec!["{\"user_id\":\"a\",\"user_id\":\"b\"}"; 1000].join(","));
    read_everything(200, members.as_bytes());
}
