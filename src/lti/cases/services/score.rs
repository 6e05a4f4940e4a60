//! A04, A08, A15, A16, A22, A23, A31: scores (§17.4).

use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::json;

use super::{ags::ITEM, json_of, now};
use crate::{
    Switches,
    quirks::{Family, STANDARD},
    services::{
        Method,
        ags::{Event, Score, score::timestamp},
        scope::SCORE,
    },
};

const FULL: Event = Event::Awarded { maximum: Decimal::ONE_HUNDRED };

#[test]
fn a04_an_award_posts_all_points_with_exact_words() {
    let at: DateTime<Utc> = "2031-02-03T04:05:06.789123Z".parse().unwrap();
    let score =
        Score::of(FULL, "u-5f2e", timestamp(at, None, Duration::zero()), Some("Badge awarded: Lab safety"));
    let request = score.post(ITEM);
    assert_eq!((request.method, request.scope), (Method::Post, Some(SCORE)));
    assert_eq!(request.url, "https://lms.campus.example/ags/c-77/lineitems/12/lineitem/scores?type_id=4");
    assert_eq!(request.body.as_ref().unwrap().content_type, "application/vnd.ims.lis.v1.score+json");
    assert_eq!(
        json_of(&request),
        json!({
            "userId": "u-5f2e", "timestamp": "2031-02-03T04:05:06.789Z",
            "activityProgress": "Completed", "gradingProgress": "FullyGraded",
            "scoreGiven": 100, "scoreMaximum": 100, "comment": "Badge awarded: Lab safety"
        })
    );
}

#[test]
fn the_table_of_section_17_4() {
    let maximum = Decimal::new(75, 1);
    let rows = [
        (Event::Opened, "Started", "NotReady", None),
        (Event::Partly, "InProgress", "Pending", None),
        (Event::Waiting, "Submitted", "PendingManual", None),
        (Event::Awarded { maximum }, "Completed", "FullyGraded", Some("7.5")),
        (Event::Refused { maximum }, "Completed", "FullyGraded", Some("0")),
        // A22
        (Event::Revoked, "Initialized", "NotReady", None),
    ];
    for (event, activity, grading, given) in rows {
        let request = Score::of(event, "u", now(), None).post(ITEM);
        let body = json_of(&request);
        assert_eq!(
            (&body["activityProgress"], &body["gradingProgress"]),
            (&json!(activity), &json!(grading))
        );
        assert_eq!(body.get("scoreGiven").map(ToString::to_string).as_deref(), given);
        // A23
        assert_eq!(body.get("scoreMaximum").is_some(), given.is_some());
        assert!(body.get("comment").is_none(), "absent clears");
    }
}

#[test]
fn moodle_gets_no_progress_after_a_final_score() {
    let moodle = Family::services_of("moodle");
    for event in [Event::Opened, Event::Partly, Event::Waiting] {
        assert!(!event.may_follow_final(moodle));
        assert!(event.may_follow_final(&STANDARD));
    }
    assert!(FULL.may_follow_final(moodle) && Event::Revoked.may_follow_final(moodle));
}

#[test]
fn a08_the_path_grows_before_the_query() {
    let at = |item: &str| Score::of(FULL, "u", now(), None).post(item).url;
    assert_eq!(at("https://h/i/12/lineitem?type_id=4"), "https://h/i/12/lineitem/scores?type_id=4");
    assert_eq!(at("https://h/i/12"), "https://h/i/12/scores");
    assert_eq!(at("https://h/i/12/"), "https://h/i/12/scores");
    assert_eq!(at("https://h/i/12/?a=/b/"), "https://h/i/12/scores?a=/b/");
    assert_eq!(at("https://h/i/a%2Fb%20c?x=%E2%9C%93#frag"), "https://h/i/a%2Fb%20c/scores?x=%E2%9C%93");
    assert_eq!(at("https://h/i?"), "https://h/i/scores?");
}

#[test]
fn a15_a16_each_time_is_later_than_the_last() {
    let second = Duration::seconds(1);
    let first = timestamp(now(), None, second);
    assert_eq!(timestamp(now(), Some(first), second), first + second, "same moment, next second");
    assert_eq!(timestamp(now() + Duration::hours(1), Some(first), second), now() + Duration::hours(1));
    let earlier = timestamp(now() - Duration::hours(1), Some(first), second);
    assert!(earlier > first, "decided before, sent after");
    let text =
        json_of(&Score::of(FULL, "u", first, None).post(ITEM))["timestamp"].as_str().unwrap().to_owned();
    assert_eq!((text.len(), &text[10..11], &text[19..20], &text[23..]), (24, "T", ".", "Z"));
}

#[test]
fn the_longer_of_family_and_switch_keeps_scores_apart() {
    let switches = Switches::default();
    assert_eq!(Family::services_of("moodle").score_interval(&switches), Duration::milliseconds(1000));
    let hasty = Switches { min_score_interval_ms: 0, ..Switches::default() };
    assert_eq!(Family::services_of("moodle").score_interval(&hasty), Duration::milliseconds(1000));
    assert_eq!(STANDARD.score_interval(&hasty), Duration::milliseconds(1));
    let slow = Switches { min_score_interval_ms: 5000, ..Switches::default() };
    assert_eq!(Family::services_of("moodle").score_interval(&slow), Duration::seconds(5));
}

#[test]
fn a31_a_comment_is_plain_text() {
    for (given, sent) in [
        ("<p>Well <b>done</b></p>", Some("Well done")),
        ("2 < 3 & 4 > 3", Some("2 < 3 & 4 > 3")),
        ("line one\nline two\u{0}\u{7}", Some("line one\nline two")),
        ("<script>alert('x')</script>", None),
        ("  ", None),
        ("Zoë Łukasz ✓", Some("Zoë Łukasz ✓")),
    ] {
        let score = Score::of(FULL, "u", now(), Some(given));
        assert_eq!(score.comment.as_deref(), sent, "{given}");
    }
}

#[test]
fn points_keep_their_digits() {
    for (maximum, text) in
        [("0.1", "0.1"), ("33.333333333333333333", "33.333333333333333333"), ("10.50", "10.5"), ("1", "1")]
    {
        let maximum: Decimal = maximum.parse().unwrap();
        let bytes = Score::of(Event::Awarded { maximum }, "u", now(), None).post(ITEM).body.unwrap().bytes;
        let body = String::from_utf8(bytes).unwrap();
        assert!(body.contains(&format!("\"scoreGiven\":{text},\"scoreMaximum\":{text}")), "{body}");
    }
}

proptest! {
    #[test]
    fn times_only_grow(moments in proptest::collection::vec((0_i64..10_000_000, 0_i64..3000), 1..30)) {
        let mut last: Option<DateTime<Utc>> = None;
        for (micros, apart) in moments {
            let apart = Duration::milliseconds(apart);
            let next = timestamp(now() + Duration::microseconds(micros), last, apart);
            prop_assert_eq!(next.timestamp_subsec_micros() % 1000, 0);
            if let Some(last) = last {
                prop_assert!(next > last && next - last >= apart);
            }
            // Stored with its own precision, or the moment of posting with a finer one.
            last = Some(next + Duration::microseconds(micros % 7));
        }
    }
}
