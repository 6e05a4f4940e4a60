//! A01-A10, A17-A21, A24, A25, A30: line items and what a status means (§17).

use rust_decimal::Decimal;
use serde_json::json;

use super::{answer, json_of, now};
use crate::{
    Refusal,
    claims::Ags,
    quirks::{Family, STANDARD},
    services::{
        Method, Next,
        ags::{self, LineItem, item, score},
        scope::{LINEITEM, LINEITEM_READONLY, RESULT_READONLY, SCORE},
    },
};

pub const ITEM: &str = "https://lms.campus.example/ags/c-77/lineitems/12/lineitem?type_id=4";
pub const CONTAINER: &str = "https://lms.campus.example/ags/c-77/lineitems?type_id=4";

fn new_item() -> LineItem {
    LineItem::new("Lab safety badge", Decimal::ONE_HUNDRED, "badge-17", "badge")
}

#[test]
fn a02_a_new_item_is_what_section_17_3_shows() {
    let mut item = new_item();
    item.set_resource_link_id(Some("rl-301"));
    let request = item.create(CONTAINER, &STANDARD);
    assert_eq!((request.method, request.url.as_str()), (Method::Post, CONTAINER));
    assert_eq!(request.accept, "application/vnd.ims.lis.v2.lineitem+json");
    assert_eq!(request.body.as_ref().unwrap().content_type, "application/vnd.ims.lis.v2.lineitem+json");
    assert_eq!(request.scope, Some(LINEITEM));
    assert_eq!(
        String::from_utf8(request.body.unwrap().bytes).unwrap(),
        r#"{"label":"Lab safety badge","scoreMaximum":100,"resourceId":"badge-17","tag":"badge","resourceLinkId":"rl-301"}"#
    );
}

#[test]
fn platforms_differ_in_what_a_new_item_may_hold() {
    let mut item = LineItem::new("B", Decimal::new(75, 1), "r", "t");
    item.set_resource_link_id(Some("rl-301"));
    assert_eq!(json_of(&item.create(CONTAINER, &STANDARD))["scoreMaximum"], json!(7.5));
    let blackboard = json_of(&item.create(CONTAINER, Family::services_of("blackboard")));
    assert!(blackboard.get("resourceLinkId").is_none());
    let edx = json_of(&item.create(CONTAINER, Family::services_of("open-edx")));
    assert_eq!(edx["scoreMaximum"], json!(8), "whole, and not less than was wanted");
    assert_eq!(edx["resourceLinkId"], "rl-301");
}

#[test]
fn a24_a_put_sends_back_what_it_does_not_know() {
    let body = json!({
        "id": ITEM, "label": "Old", "scoreMaximum": 7.5, "resourceId": "", "tag": null,
        "ltiLinkId": "9", "gradesReleased": false,
        "https://www.sakailms.org/spec/lti-ags/v2p0/readOnly": {"deep": [1, 2.50, null, "x"]},
        "submissionReview": {"reviewableStatus": ["Submitted"], "label": "See"},
    });
    let mut item = LineItem::read(&answer(200, &body.to_string()), now()).unwrap();
    assert_eq!((item.resource_id(), item.tag(), item.resource_link_id()), (None, None, Some("9")));
    assert_eq!(item.maximum(), Some(Decimal::new(75, 1)));
    item.set_label("New");
    let request = item.update(&STANDARD).unwrap();
    assert_eq!((request.method, request.url.as_str()), (Method::Put, ITEM));
    let mut expected = body.clone();
    expected["label"] = json!("New");
    assert_eq!(json_of(&request), expected);
    let blackboard = item.update(Family::services_of("blackboard")).unwrap();
    assert_eq!(blackboard.url, ITEM);
    assert!(json_of(&blackboard).get("id").is_none());
    let reading = item::get(ITEM, LINEITEM_READONLY);
    assert_eq!((reading.method, reading.accept), (Method::Get, ags::LINEITEM_TYPE));
    assert!(new_item().update(&STANDARD).is_err(), "nothing without an id can be replaced");
}

#[test]
fn a25_gone_is_as_good_as_deleted() {
    let request = item::delete(ITEM);
    assert_eq!((request.method, request.url.as_str(), request.body), (Method::Delete, ITEM, None));
    for status in [200, 202, 204, 404, 410] {
        assert!(item::deleted(&answer(status, ""), now()).is_ok(), "{status}");
    }
    for status in [401, 403, 409, 500] {
        assert!(item::deleted(&answer(status, ""), now()).is_err(), "{status}");
    }
}

#[test]
fn a30_an_item_without_a_usable_address_is_none() {
    for body in [
        r#"{"label":"x","scoreMaximum":1}"#,
        r#"{"id":"","label":"x"}"#,
        r#"{"id":12}"#,
        r#"{"id":"/relative"}"#,
        r#"{"id":"javascript:alert(1)"}"#,
        r#"{"id":"https://user:pw@h.example/1"}"#,
        r#"{"id":"https://h.example/1\r\nX: y"}"#,
        "[]",
        "",
        "<html>",
    ] {
        let failure = LineItem::read(&answer(201, body), now()).unwrap_err();
        assert_eq!((failure.refusal, failure.next), (Refusal::AgsInvalidResponse, Next::Alarm), "{body}");
        assert_eq!(failure.words, None);
    }
    let body = format!(r#"[{{"id":"{ITEM}"}}, 5, {{"label":"no id"}}, null]"#);
    let (items, unusable) = LineItem::read_list(&answer(200, &body), now()).unwrap();
    assert_eq!((items.len(), unusable), (1, 3));
    assert_eq!(LineItem::read_list(&answer(204, ""), now()).unwrap(), (Vec::new(), 0));
    assert!(LineItem::read_list(&answer(200, "{}"), now()).is_err());
}

#[test]
fn a09_a10_nothing_is_asked_for_that_was_not_granted() {
    let ags = |scopes: &[&str]| Ags {
        scope: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        ..Ags::default()
    };
    let failure = ags::require(&ags(&[LINEITEM]), SCORE).unwrap_err();
    assert_eq!((failure.refusal.code(), failure.next), ("lti.ags.scope_not_granted", Next::Stop));
    assert_eq!(failure.words.as_deref(), Some(SCORE));
    assert!(ags::require(&ags(&[SCORE]), SCORE).is_ok());
    assert!(ags::require(&ags(&[LINEITEM]), LINEITEM_READONLY).is_ok());
    assert!(ags::require(&ags(&[LINEITEM_READONLY]), LINEITEM).is_err());
    assert!(ags::require(&ags(&[]), RESULT_READONLY).is_err());
}

#[test]
fn a17_to_a21_what_a_status_means() {
    for status in [200, 201, 202, 204] {
        assert!(score::posted(&answer(status, ""), now()).is_ok(), "A17: {status}");
    }
    let cases = [
        (400, "lti.ags.rejected", Next::Stop),
        (422, "lti.ags.rejected", Next::Stop),
        (413, "lti.ags.rejected", Next::Stop),
        (401, "lti.ags.scope_not_granted", Next::FreshToken),
        (403, "lti.ags.scope_not_granted", Next::Alarm),
        (404, "lti.ags.not_found", Next::Rediscover),
        (409, "lti.ags.superseded", Next::Stop),
        (429, "lti.ags.unavailable", Next::Later(None)),
        (500, "lti.ags.unavailable", Next::Later(None)),
        (503, "lti.ags.unavailable", Next::Later(None)),
        (302, "lti.ags.invalid_response", Next::Alarm),
    ];
    for (status, code, next) in cases {
        let failure = score::posted(&answer(status, "Incorrect score received"), now()).unwrap_err();
        assert_eq!((failure.refusal.code(), failure.next, failure.status), (code, next, Some(status)));
        assert_eq!(failure.words.as_deref(), Some("Incorrect score received"));
    }
}

#[test]
fn t06_t07_one_repetition_with_a_fresh_token() {
    let failure = score::posted(&answer(401, ""), now()).unwrap_err();
    assert_eq!(failure.next, Next::FreshToken);
    assert_eq!(failure.clone().again().next, Next::Alarm);
    assert_eq!(failure.again().wait(1, 0), None);
}
