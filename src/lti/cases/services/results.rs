//! A05, A26-A28: results (§17.5).

use rust_decimal::Decimal;
use serde_json::json;

use super::{ags::ITEM, answer, linked, now};
use crate::{
    Refusal,
    quirks::{Family, STANDARD},
    services::{Next, ags::Results, scope::RESULT_READONLY},
};

fn reading() -> Results {
    Results::new(ITEM, None, None, &STANDARD).unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn a05_the_request() {
    let request = reading().request().unwrap();
    assert_eq!(request.url, "https://lms.campus.example/ags/c-77/lineitems/12/lineitem/results?type_id=4");
    assert_eq!(request.accept, "application/vnd.ims.lis.v2.resultcontainer+json");
    assert_eq!(request.scope, Some(RESULT_READONLY));
    let one = Results::new(ITEM, Some("u+1"), Some(50), &STANDARD).unwrap().request().unwrap();
    assert!(one.url.ends_with("/results?type_id=4&user_id=u%2B1&limit=50"), "{}", one.url);
    let moodle = Results::new(ITEM, None, Some(50), Family::services_of("moodle")).unwrap();
    assert!(!moodle.request().unwrap().url.contains("limit"), "it crashes on it");
    assert!(Results::new("nonsense", None, None, &STANDARD).is_err());
}

#[test]
fn a26_a27_a28_scores_are_read_exactly() {
    let body = r#"[
        {"id":"https://h/r/1","scoreOf":"https://h/i","userId":"u-1","resultScore":8,"resultMaximum":10},
        {"userId":"u-2","resultMaximum":10},
        {"userId":"u-3","resultScore":null,"resultMaximum":null,"comment":" <ok> "},
        {"userId":"u-4","resultScore":0,"resultMaximum":100.0},
        {"userId":"u-5","resultScore":0.83},
        {"userId":12,"resultScore":33.33333333333333333333,"resultMaximum":1e2},
        {"userId":"nobody-we-know","resultScore":79.999999999999999999,"resultMaximum":100}
    ]"#;
    let mut reading = reading();
    let page = reading.heard(&answer(200, body), now()).unwrap();
    assert_eq!(page.unreadable, 0);
    let read: Vec<(&str, Option<Decimal>, Decimal)> =
        page.entries.iter().map(|entry| (&*entry.user_id, entry.score, entry.maximum)).collect();
    assert_eq!(
        read,
        [
            ("u-1", Some(decimal("8")), decimal("10")),
            ("u-2", None, decimal("10")),
            ("u-3", None, decimal("1")),
            ("u-4", Some(decimal("0")), decimal("100")),
            ("u-5", Some(decimal("0.83")), decimal("1")),
            ("12", Some(decimal("33.33333333333333333333")), decimal("100")),
            ("nobody-we-know", Some(decimal("79.999999999999999999")), decimal("100")),
        ]
    );
    assert!(read[6].1.unwrap() < decimal("80"), "no float rounds it up to the threshold");
    assert_eq!(page.entries[2].comment.as_deref(), Some("<ok>"));
    assert!(reading.is_complete() && reading.request().is_none());
}

#[test]
fn what_is_no_number_is_unreadable_not_zero() {
    let wrong = [
        json!({"userId": "u", "resultScore": "8"}),
        json!({"userId": "u", "resultScore": true}),
        json!({"userId": "u", "resultScore": [8]}),
        json!({"userId": "u", "resultScore": 8, "resultMaximum": 0}),
        json!({"userId": "u", "resultScore": 8, "resultMaximum": -1}),
        json!({"userId": "u", "resultScore": 8, "resultMaximum": "10"}),
        json!({"userId": "", "resultScore": 8}),
        json!({"userId": null, "resultScore": 8}),
        json!({"resultScore": 8}),
        json!({"userId": "x".repeat(256), "resultScore": 8}),
        json!("u"),
        json!(null),
        json!([]),
    ];
    let body = json!(wrong).to_string();
    let mut reading = reading();
    let page = reading.heard(&answer(200, &body), now()).unwrap();
    assert_eq!((page.entries.len(), page.unreadable), (0, wrong.len()));
    assert!(!reading.is_complete(), "somebody's result may be among them");
    for number in
        ["1e400", "1e-400", "0.00000000000000000000000000000000001", "123456789012345678901234567890123"]
    {
        let body = format!(r#"[{{"userId":"u","resultScore":{number}}}]"#);
        let page = self::reading().heard(&answer(200, &body), now()).unwrap().unreadable;
        assert_eq!(page, 1, "{number}");
    }
}

#[test]
fn an_empty_list_is_normal_and_an_outage_repeats_the_page() {
    for empty in ["[]", "", "  "] {
        let mut reading = reading();
        assert!(reading.heard(&answer(200, empty), now()).unwrap().entries.is_empty());
        assert!(reading.is_complete());
    }
    let mut reading = reading();
    reading.heard(&linked("<?type_id=4&page=2>; rel=next", "[]"), now()).unwrap();
    let second = reading.request().unwrap();
    let failure = reading.heard(&answer(500, ""), now()).unwrap_err();
    assert!(matches!(failure.next, Next::Later(_)) && !reading.is_complete());
    assert_eq!(reading.request().unwrap(), second);
    reading.heard(&answer(200, "[]"), now()).unwrap();
    assert!(reading.is_complete());
    for body in ["{}", "<html>", "[", "null"] {
        let failure = self::reading().heard(&answer(200, body), now()).unwrap_err();
        assert_eq!(failure.refusal, Refusal::AgsInvalidResponse, "{body}");
    }
}
