//! A01-A03, A06, A07, A10-A14, A30: one column is found or made, never two (§17.3).

use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{
    ags::{CONTAINER, ITEM},
    answer, json_of, linked, now,
};
use crate::{
    claims::Ags,
    quirks::{Family, STANDARD, ServiceQuirks},
    services::{
        Answer, Method, Next, Request,
        ags::{Found, How, Move, Search, Wanted},
        scope::{LINEITEM, LINEITEM_READONLY, SCORE},
    },
};

fn ags(scopes: &[&str]) -> Ags {
    Ags {
        scope: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        lineitems: Some(CONTAINER.to_owned()),
        lineitem: None,
    }
}

fn wanted() -> Wanted {
    Wanted::new("Lab safety badge", Decimal::ONE_HUNDRED, "badge-17", "badge").coupled_to("rl-301")
}

fn search(quirks: &'static ServiceQuirks) -> Search {
    Search::new(&ags(&[LINEITEM, SCORE]), wanted(), quirks)
}

fn sent(search: &Search) -> Request {
    match search.step() {
        Move::Send(request) => request,
        other => panic!("{other:?}"),
    }
}

fn found(search: &Search) -> Found {
    match search.step() {
        Move::Found(found) => found,
        other => panic!("{other:?}"),
    }
}

fn failed(search: &Search) -> (String, Next) {
    match search.step() {
        Move::Failed(failure) => (failure.refusal.code().to_owned(), failure.next),
        other => panic!("{other:?}"),
    }
}

fn item(id: u32, resource: &str, tag: &str, link: Option<&str>) -> Value {
    json!({
        "id": format!("https://lms.campus.example/items/{id}"), "label": "x", "scoreMaximum": 10,
        "resourceId": resource, "tag": tag, "resourceLinkId": link,
    })
}

/// Answers each list with one page.
fn hear_lists(search: &mut Search, lists: &[Value]) {
    for list in lists {
        assert_eq!(sent(search).method, Method::Get);
        search.heard(&answer(200, &list.to_string()), now()).unwrap();
    }
}

#[test]
fn a01_a02_a03_listed_by_link_then_by_resource_then_made() {
    let mut search = search(&STANDARD);
    let first = sent(&search);
    assert_eq!(first.url, format!("{CONTAINER}&resource_link_id=rl-301"));
    assert_eq!(first.accept, "application/vnd.ims.lis.v2.lineitemcontainer+json");
    assert_eq!(first.scope, Some(LINEITEM));
    search.heard(&answer(200, "[]"), now()).unwrap();
    assert_eq!(sent(&search).url, format!("{CONTAINER}&resource_id=badge-17&tag=badge"));
    search.heard(&answer(200, "[]"), now()).unwrap();
    let post = sent(&search);
    assert_eq!((post.method, post.url.as_str()), (Method::Post, CONTAINER));
    let mut body = json_of(&post);
    assert_eq!(body["resourceLinkId"], "rl-301");
    body["id"] = json!(ITEM);
    search.heard(&answer(201, &body.to_string()), now()).unwrap();
    let found = found(&search);
    assert_eq!((found.url.as_str(), found.how), (ITEM, How::Created));
    assert_eq!(found.item.unwrap().maximum(), Some(Decimal::ONE_HUNDRED));
}

#[test]
fn a06_a07_the_coupled_item_is_used_directly_but_not_a_blank_one() {
    let coupled = Ags { lineitem: Some(ITEM.to_owned()), ..ags(&[SCORE]) };
    let found = found(&Search::new(&coupled, wanted(), &STANDARD));
    assert_eq!((found.url.as_str(), found.how, found.item), (ITEM, How::Coupled, None));
    let blank = Ags { lineitem: Some(String::new()), ..ags(&[LINEITEM]) };
    assert_eq!(sent(&Search::new(&blank, wanted(), &STANDARD)).method, Method::Get);
}

#[test]
fn a10_who_may_only_read_makes_nothing() {
    let mut search = Search::new(&ags(&[LINEITEM_READONLY]), wanted(), &STANDARD);
    assert_eq!(sent(&search).scope, Some(LINEITEM_READONLY));
    hear_lists(&mut search, &[json!([]), json!([])]);
    assert_eq!(failed(&search), ("lti.ags.scope_not_granted".into(), Next::Stop));

    let mut search = Search::new(&ags(&[LINEITEM_READONLY]), wanted(), &STANDARD);
    hear_lists(&mut search, &[json!([]), json!([item(3, "badge-17", "badge", None)])]);
    assert_eq!(found(&search).how, How::Adopted);

    for nothing in [ags(&[SCORE]), Ags { lineitems: None, ..ags(&[LINEITEM]) }] {
        let search = Search::new(&nothing, wanted(), &STANDARD);
        assert_eq!(failed(&search), ("lti.ags.scope_not_granted".into(), Next::Stop));
    }
}

#[test]
fn a11_after_a_course_copy_the_copied_column_is_adopted() {
    let mut search = search(&STANDARD);
    hear_lists(&mut search, &[json!([]), json!([item(8, "badge-17", "badge", Some("rl-copied"))])]);
    assert_eq!(found(&search).url, "https://lms.campus.example/items/8");
}

#[test]
fn filters_that_the_platform_ignores_are_applied_here() {
    let everything = json!([
        item(1, "badge-99", "badge", Some("rl-301")),
        item(2, "badge-17", "evidence", Some("rl-301")),
        item(3, "", "", Some("rl-other")),
        item(4, "essay", "", None),
    ]);
    let mut search = search(&STANDARD);
    hear_lists(&mut search, &[everything.clone(), everything]);
    assert_eq!(sent(&search).method, Method::Post, "none of them is ours");
}

#[test]
fn the_best_fit_is_adopted() {
    let items = [
        (item(1, "badge-17", "badge", Some("rl-other")), 1),
        (item(2, "badge-17", "badge", None), 2),
        (item(3, "", "", Some("rl-301")), 3),
        (item(4, "badge-17", "badge", Some("rl-301")), 4),
    ];
    for count in 1..=items.len() {
        for turn in 0..count {
            let mut some: Vec<Value> = items[..count].iter().map(|(item, _)| item.clone()).collect();
            some.rotate_left(turn);
            let mut search = search(&STANDARD);
            while let Move::Send(request) = search.step() {
                assert_eq!(request.method, Method::Get);
                search.heard(&answer(200, &json!(some).to_string()), now()).unwrap();
            }
            assert_eq!(found(&search).url, format!("https://lms.campus.example/items/{count}"));
        }
    }
}

#[test]
fn a13_a14_all_pages_are_read_before_anything_is_made() {
    let mut search = search(Family::services_of("moodle"));
    let links = [
        "<https://lms.campus.example/ags/c-77/lineitems?type_id=4&amp;from=1>; rel=\u{201c}next\u{201d}",
        "<https://lms.campus.example/ags/c-77/lineitems?type_id=4&amp;from=2>; rel=\u{201c}next\u{201d}",
    ];
    search.heard(&linked(links[0], "[]"), now()).unwrap();
    assert_eq!(sent(&search).url, "https://lms.campus.example/ags/c-77/lineitems?type_id=4&from=1");
    search.heard(&linked(links[1], "[]"), now()).unwrap();
    let last = sent(&search);
    assert_eq!(last.url, "https://lms.campus.example/ags/c-77/lineitems?type_id=4&from=2");
    assert!(!last.url.contains("resource_link_id"), "filters are not added again");
    let third = json!([item(5, "badge-17", "badge", Some("rl-301"))]).to_string();
    search.heard(&answer(200, &third), now()).unwrap();
    assert_eq!(found(&search).url, "https://lms.campus.example/items/5");
}

#[test]
fn a_list_that_lies_makes_no_second_column() {
    for link in ["<https://evil.example/2>; rel=next", "<?type_id=4&resource_link_id=rl-301>; rel=next"] {
        let mut search = search(&STANDARD);
        assert!(search.heard(&linked(link, "[]"), now()).is_err());
        assert_eq!(failed(&search), ("lti.ags.paging".into(), Next::Alarm));
        // What was found before the lie is found.
        let mut search = self::search(&STANDARD);
        let ours = json!([item(5, "", "", Some("rl-301"))]).to_string();
        search.heard(&linked(link, &ours), now()).unwrap();
        assert_eq!(found(&search).how, How::Adopted);
    }
}

#[test]
fn blackboard_is_never_sent_a_link() {
    let mut search = search(Family::services_of("blackboard"));
    hear_lists(&mut search, &[json!([]), json!([])]);
    assert!(json_of(&sent(&search)).get("resourceLinkId").is_none());
    search.heard(&answer(404, ""), now()).unwrap_err();
    assert_eq!(failed(&search).0, "lti.ags.not_found", "there is nothing to leave out");
}

#[test]
fn an_unknown_link_is_left_out_if_the_column_can_live_without() {
    for (family, status) in [("canvas", 404), ("moodle", 404), ("moodle", 403)] {
        let mut search = search(Family::services_of(family));
        hear_lists(&mut search, &[json!([]), json!([])]);
        assert_eq!(json_of(&sent(&search))["resourceLinkId"], "rl-301");
        search.heard(&answer(status, ""), now()).unwrap();
        assert!(json_of(&sent(&search)).get("resourceLinkId").is_none());
        search.heard(&answer(status, ""), now()).unwrap_err();
        assert!(matches!(search.step(), Move::Failed(_)), "once only");
    }
    let coupled = Wanted { may_be_uncoupled: false, ..wanted() };
    let mut search = Search::new(&ags(&[LINEITEM]), coupled, &STANDARD);
    hear_lists(&mut search, &[json!([]), json!([])]);
    search.heard(&answer(404, ""), now()).unwrap_err();
    assert_eq!(failed(&search).0, "lti.ags.not_found");
}

#[test]
fn without_a_link_one_list_is_enough() {
    let plain = Wanted { resource_link_id: None, ..wanted() };
    let mut search = Search::new(&ags(&[LINEITEM]), plain, &STANDARD);
    assert_eq!(sent(&search).url, format!("{CONTAINER}&resource_id=badge-17&tag=badge"));
    search.heard(&answer(200, "[]"), now()).unwrap();
    assert_eq!(sent(&search).method, Method::Post);
}

#[test]
fn a30_a_made_item_without_id_is_no_item() {
    let mut search = search(&STANDARD);
    hear_lists(&mut search, &[json!([]), json!([])]);
    search.heard(&answer(201, r#"{"label":"x"}"#), now()).unwrap_err();
    assert_eq!(failed(&search), ("lti.ags.invalid_response".into(), Next::Alarm));
}

#[test]
fn t06_a20_what_can_be_repeated_stays_where_it_was() {
    let mut search = search(&STANDARD);
    for status in [401, 500, 429] {
        let before = sent(&search);
        search.heard(&answer(status, ""), now()).unwrap_err();
        assert_eq!(sent(&search), before);
    }
    search.heard(&answer(403, ""), now()).unwrap_err();
    assert_eq!(failed(&search), ("lti.ags.scope_not_granted".into(), Next::Alarm));
    // Nothing more is asked or heard.
    search.heard(&Answer::new(200, [], b"[]"), now()).unwrap();
    assert_eq!(failed(&search).0, "lti.ags.scope_not_granted");
}

#[test]
fn ids_are_encoded_in_the_query() {
    let edx = Wanted::new("x", Decimal::ONE, "block-v1:edX+Demo@course&a=b", "t");
    let url = sent(&Search::new(&ags(&[LINEITEM]), edx, Family::services_of("open-edx"))).url;
    assert_eq!(url, format!("{CONTAINER}&resource_id=block-v1%3AedX%2BDemo%40course%26a%3Db&tag=t"));
}

/// One answer of a platform that may do anything: status, items of the list, where the next page is.
fn any_answer() -> impl Strategy<Value = (u16, Vec<Value>, Option<u32>)> {
    let resource = prop_oneof![Just("badge-17"), Just("badge-99"), Just("")];
    let tag = prop_oneof![Just("badge"), Just("other"), Just("")];
    let link = prop_oneof![Just(Some("rl-301")), Just(Some("rl-9")), Just(None)];
    let item =
        (1..99_u32, resource, tag, link).prop_map(|(id, resource, tag, link)| item(id, resource, tag, link));
    let status =
        prop_oneof![6 => Just(200_u16), 2 => Just(201), 1 => Just(404), 1 => Just(403), 1 => Just(500)];
    (
        status,
        proptest::collection::vec(item, 0..3),
        prop_oneof![3 => Just(None), 1 => (0..4_u32).prop_map(Some)],
    )
}

proptest! {
    /// A12, and whatever else happens: a column is made only after two whole lists without ours, and asked
    /// for once with the link and once without at most.
    #[test]
    fn a_column_is_made_only_when_none_was_seen(answers in proptest::collection::vec(any_answer(), 1..40)) {
        let mut search = search(Family::services_of("moodle"));
        let (mut posts, mut was_seen) = (0, false);
        for (status, items, next) in answers {
            let Move::Send(request) = search.step() else { break };
            let is_post = request.method == Method::Post;
            if is_post {
                prop_assert!(!was_seen, "it was there");
                posts += usize::from(status < 500);
                prop_assert!(posts <= 2);
            }
            let list = match is_post {
                true => items.first().map_or("{}".to_owned(), ToString::to_string),
                false => json!(items).to_string(),
            };
            let link = next.map(|page| format!("<https://lms.campus.example/p/{page}>; rel=next"));
            let headers: Vec<(&str, &[u8])> = link.iter().map(|link| ("link", link.as_bytes())).collect();
            let fits = |item: &Value| item["resourceId"] == "badge-17" && item["tag"] == "badge";
            was_seen |= !is_post && status < 300 && items.iter().any(fits);
            let _ = search.heard(&Answer::new(status, headers, list.as_bytes()), now());
        }
        if let Move::Found(found) = search.step() {
            prop_assert!(found.url.starts_with("https://lms.campus.example/items/"));
            prop_assert_eq!(found.how == How::Created, posts > 0);
        }
    }
}
