//! Section 9: what was picked, as it is sent.

use std::collections::BTreeMap;

use chrono::{Duration, TimeZone as _, Utc};
use serde_json::{Value, json};

use super::{answer, badge, d01, item_of, picked, settings_of, with_settings};
use crate::{
    cases::fixture::t0,
    deep_linking::{
        ContentItem, Frame, Html, ItemProblem, Link, Picture, ResourceLink, Response, ResponseError,
        Reviewable, ScoreMaximum, Span, Window,
    },
};

/// D04: an item is an `ltiResourceLink` with an https address on our host, a title, and a score maximum above 0.
#[test]
fn d04_an_item_is_what_the_standard_shows() {
    let link = ResourceLink {
        available: Some(Span { start: Some(Utc.with_ymd_and_hms(2031, 2, 1, 8, 0, 0).unwrap()), end: None }),
        submission: Some(Span {
            start: None,
            end: Some(Utc.with_ymd_and_hms(2031, 6, 30, 22, 0, 0).unwrap()),
        }),
        ..badge()
    };
    // §15.3's example, word for word; D19: dates with zone.
    let expected = json!({
        "type": "ltiResourceLink", "url": "https://badges.example/course/badge/17", "title": "Lab safety badge",
        "text": "Earned after both safety quizzes", "custom": {"badge": "17"},
        "lineItem": {"label": "Lab safety badge", "scoreMaximum": 100, "resourceId": "badge-17", "tag": "badge"},
        "available": {"startDateTime": "2031-02-01T08:00:00Z"},
        "submission": {"endDateTime": "2031-06-30T22:00:00Z"},
        "iframe": {"width": 800, "height": 600}
    });
    assert_eq!(item_of(&d01(), picked(link)), expected);
}

/// D04: `lineItem.scoreMaximum` is above 0, and no more than Moodle saves.
#[test]
fn d04_a_score_maximum_is_whole_and_within_1_and_100() {
    assert_eq!(
        [0, 1, 100, 101, 500, u32::MAX].map(|n| ScoreMaximum::new(n).is_some()),
        [false, true, true, false, false, false]
    );
    assert_eq!(ScoreMaximum::new(7).unwrap().get(), 7);
    assert_eq!(json!(ScoreMaximum::new(7)).to_string(), "7");
}

/// D18: with `accept_lineitem` false an item has no `lineItem`.
#[test]
fn d18_line_items_are_left_out_where_they_are_not_wanted() {
    let refused = settings_of(with_settings(|settings| settings["accept_lineitem"] = false.into()));
    assert_eq!(item_of(&refused, picked(badge())).get("lineItem"), None);
    let wanted = settings_of(with_settings(|settings| settings["accept_lineitem"] = true.into()));
    assert_eq!(item_of(&wanted, picked(badge()))["lineItem"]["scoreMaximum"], 100);
}

#[test]
fn presentation_is_sent_for_accepted_targets_only() {
    let full = || {
        picked(ResourceLink {
            window: Some(Window { target_name: Some("badge".into()), width: Some(800), ..Window::default() }),
            iframe: Some(Frame { src: Some("https://badges.example/x".into()), width: 1, height: 2 }),
            ..badge()
        })
    };
    let with = |targets: Value| {
        settings_of(with_settings(|settings| settings["accept_presentation_document_targets"] = targets))
    };
    let both = item_of(&with(json!(["frame", "window"])), full());
    assert_eq!(both["window"], json!({"targetName": "badge", "width": 800}));
    assert_eq!(
        both["iframe"],
        json!({"width": 1, "height": 2}),
        "a launched frame has no address of its own"
    );
    let none = item_of(&with(json!(["embed"])), full());
    assert_eq!((none.get("window"), none.get("iframe")), (None, None));
    // Open edX wants all three members.
    let link = Link {
        url: "https://badges.example/share/1".into(),
        iframe: Some(Frame { src: None, width: 3, height: 4 }),
        ..Link::default()
    };
    assert_eq!(
        item_of(&d01(), ContentItem::Link(Box::new(link))),
        json!({"type": "link", "url": "https://badges.example/share/1",
            "iframe": {"src": "https://badges.example/share/1", "width": 3, "height": 4}})
    );
    let html = ContentItem::Html(Html { html: "<b>x</b>".into(), title: None });
    assert_eq!(item_of(&d01(), html), json!({"type": "html", "html": "<b>x</b>"}));
}

/// D22: what is not a page of this tool is refused, however it got into the request.
#[test]
fn d22_what_is_not_ours_or_not_https_is_not_sent() {
    let problem = |link: ResourceLink| {
        answer(&d01(), Response::picked(vec![picked(badge()), picked(link)]), t0()).unwrap_err()
    };
    for url in [
        "https://evil.example/course",
        "https://badges.example/admin",
        "http://badges.example/course",
        "/course",
    ] {
        let link = ResourceLink { url: Some(url.into()), ..badge() };
        assert_eq!(problem(link), ResponseError::Item(1, ItemProblem::NotOurs), "{url}");
    }
    let icon = Some(Picture { url: "http://badges.example/x.png".into(), ..Picture::default() });
    assert_eq!(problem(ResourceLink { icon, ..badge() }), ResponseError::Item(1, ItemProblem::BadAddress));
    let mut line_item = badge().line_item.unwrap();
    line_item.tag = Some("t".repeat(257));
    let long = ResourceLink { line_item: Some(line_item.clone()), ..badge() };
    assert_eq!(problem(long), ResponseError::Item(1, ItemProblem::BadLineItem));
    line_item.tag = Some("t".repeat(256));
    line_item.submission_review =
        Some(Reviewable { url: Some("https://evil.example/".into()), ..Reviewable::default() });
    let foreign = ResourceLink { line_item: Some(line_item), ..badge() };
    assert_eq!(problem(foreign), ResponseError::Item(1, ItemProblem::NotOurs));
    let backwards = Some(Span { start: Some(t0()), end: Some(t0() - Duration::seconds(1)) });
    assert_eq!(
        problem(ResourceLink { available: backwards, ..badge() }),
        ResponseError::Item(1, ItemProblem::BadSpan)
    );
    // No address at all: the registered target link.
    assert_eq!(item_of(&d01(), picked(ResourceLink { url: None, ..badge() })).get("url"), None);
}

#[test]
fn a_title_has_255_characters_at_most() {
    let long = ResourceLink { title: Some("é".repeat(300)), ..badge() };
    assert_eq!(item_of(&d01(), picked(long))["title"], "é".repeat(255));
    let fits = ResourceLink { title: Some("é".repeat(255)), ..badge() };
    assert_eq!(item_of(&d01(), picked(fits))["title"], "é".repeat(255));
}

#[test]
fn x01_a_line_item_announces_its_review() {
    let mut line_item = badge().line_item.unwrap();
    line_item.submission_review = Some(Reviewable {
        reviewable_status: vec!["Submitted".into(), "Completed".into()],
        label: Some("Review evidence".into()),
        url: Some("https://badges.example/course/review".into()),
        custom: BTreeMap::from([("view".to_owned(), "evidence".to_owned())]),
    });
    let item = item_of(&d01(), picked(ResourceLink { line_item: Some(line_item), ..badge() }));
    assert_eq!(
        item["lineItem"]["submissionReview"],
        json!({"reviewableStatus": ["Submitted", "Completed"], "label": "Review evidence",
            "url": "https://badges.example/course/review", "custom": {"view": "evidence"}})
    );
}
