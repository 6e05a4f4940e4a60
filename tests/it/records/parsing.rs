//! What Canvas and Moodle answer, read: the shapes of their sources, refusals in all their ways, and anything at all.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeZone as _, Utc};
use criteria::{ScoreState, Subject};
use laurel::domain::records::{
    Why, canvas,
    fault::Fault,
    moodle,
    moodle::Person,
    rotation::{Position, Round, readings_for_all},
    told::{Said, Told, Wanted},
};
use lti::services::Answer;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2030, 3, 17, 12, 0, 0).unwrap()
}

fn answer(status: u16, body: &[u8]) -> Answer<'_> {
    Answer::new(status, [], body)
}

fn ok<T>(body: &Value, read: impl FnOnce(&Answer<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
    read(&answer(200, body.to_string().as_bytes()))
}

fn wanted() -> Wanted {
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>();
    Wanted {
        course_completion: true,
        completions: ids(&["41", "42"]),
        course_score: true,
        scores: ids(&["41", "41/1", "grade:9", "77"]),
        own_items: ids(&["66"]),
        own_labels: BTreeSet::new(),
    }
}

fn done(user: &str, subject: Subject, done: bool, at: Option<DateTime<Utc>>) -> Told {
    Told { user: user.to_owned(), said: Said::Completed { subject, done }, at }
}

/// The state of everybody's score, by what it is about.
fn states(told: &[Told]) -> Vec<(String, ScoreState, Option<Decimal>)> {
    let one = |told: &Told| match &told.said {
        Said::Score { subject, state, given, .. } => (subject.to_string(), *state, *given),
        Said::Completed { .. } => panic!("{told:?} is no score"),
    };
    told.iter().map(one).collect()
}

#[test]
fn canvas_has_completed_a_course_when_every_requirement_is_met_and_there_are_some() {
    let progress = |wanted: u64, done: u64, at: Value| {
        json!({ "requirement_count": wanted, "requirement_completed_count": done,
                "next_requirement_url": null, "completed_at": at })
    };
    let body = json!([
        { "id": 21, "display_name": "Grace", "progress": progress(3, 3, json!("2030-03-01T08:00:00Z")) },
        { "id": "22", "progress": progress(3, 2, json!("2030-03-01T08:00:00Z")) },
        { "id": 23, "progress": progress(0, 0, json!("2030-03-01T08:00:00Z")) },
        { "id": 24, "progress": { "error": { "message": "no progress available" } } },
        { "id": null, "progress": progress(1, 1, Value::Null) },
        { "id": 25, "progress": "all of it" },
        { "id": 26, "progress": progress(1, 1, Value::Null) },
        7,
    ]);
    let page = ok(&body, |answer| canvas::progress(answer, now())).unwrap();
    let at = Utc.with_ymd_and_hms(2030, 3, 1, 8, 0, 0).unwrap();
    assert_eq!(
        page.items,
        [
            done("21", Subject::Course, true, Some(at)),
            done("22", Subject::Course, false, None),
            done("23", Subject::Course, false, None),
            done("26", Subject::Course, true, None),
        ]
    );
    assert_eq!(page.unreadable, 3);
}

#[test]
fn canvas_scores_count_as_shown_and_never_without_permission() {
    let student =
        |id: u64, grades: Value| json!({ "user_id": id, "type": "StudentEnrollment", "grades": grades });
    let body = json!([
        student(1, json!({ "current_score": 100.0, "final_score": 49.99 })),
        student(2, json!({ "current_score": null, "final_score": null })),
        student(3, json!({ "final_score": 10, "override_score": 95.5 })),
        student(4, json!({ "final_score": "NaN" })),
        student(5, json!({ "final_score": 0 })),
        { "user_id": 6, "type": "TeacherEnrollment", "grades": { "final_score": 100 } },
    ]);
    let page = ok(&body, |answer| canvas::enrollments(answer, now())).unwrap();
    let number = |text: &str| Some(text.parse().unwrap());
    assert_eq!(
        states(&page.items),
        [
            ("course".to_owned(), ScoreState::Graded, number("49.99")),
            ("course".to_owned(), ScoreState::Missing, None),
            ("course".to_owned(), ScoreState::Graded, number("95.5")),
            ("course".to_owned(), ScoreState::Graded, number("0")),
        ]
    );
    assert_eq!(page.unreadable, 1, "NaN is no score");
    let hidden = json!([student(1, json!({ "html_url": "https://canvas.example/grades/1" }))]);
    let refused = ok(&hidden, |answer| canvas::enrollments(answer, now())).unwrap_err();
    assert_eq!((refused.why, refused.words.as_deref()), (Why::Forbidden, Some("grades")));
}

#[test]
fn canvas_submissions_count_when_graded_and_posted() {
    let maxima = BTreeMap::from([("77".to_owned(), Some(Decimal::TEN))]);
    let submission = |user: u64, score: Value, state: &str, posted: Value, excused: Value| {
        json!({ "user_id": user, "assignment_id": 77, "score": score, "workflow_state": state,
                "posted_at": posted, "graded_at": "2030-03-02T08:00:00Z", "excused": excused })
    };
    let posted = || json!("2030-03-03T08:00:00Z");
    let body = json!([
        submission(1, json!(9.5), "graded", posted(), json!(false)),
        submission(2, json!(9.5), "graded", Value::Null, json!(false)),
        submission(3, json!(9.5), "pending_review", posted(), json!(false)),
        submission(4, Value::Null, "unsubmitted", Value::Null, Value::Null),
        submission(5, json!(10), "graded", posted(), json!(true)),
        { "user_id": 6, "assignment_id": 78, "score": 10, "workflow_state": "graded", "posted_at": "2030-03-03T08:00:00Z" },
    ]);
    let page = ok(&body, |answer| canvas::submissions(answer, &maxima, now())).unwrap();
    let states: Vec<ScoreState> = states(&page.items).into_iter().map(|(_, state, _)| state).collect();
    use ScoreState::{Excused, Graded, Missing, Unreleased};
    assert_eq!(states, [Graded, Unreleased, Missing, Missing, Excused]);
    assert_eq!(page.items[1].at, None, "what is not released yet did not happen");
}

#[test]
fn canvas_refuses_in_words_and_statuses() {
    let cases: [(u16, &str, Why); 12] = [
        (401, r#"{"errors":[{"message":"Invalid access token."}]}"#, Why::TokenRefused),
        (401, "", Why::TokenRefused),
        (401, r#"{"errors":[{"message":"Insufficient scopes on access token."}]}"#, Why::ScopeMissing),
        (
            401,
            r#"{"status":"unauthorized","errors":[{"message":"user not authorized to perform that action"}]}"#,
            Why::Forbidden,
        ),
        (403, r#"{"status":"unauthorized","errors":[{"message":"user not authorized"}]}"#, Why::Forbidden),
        (403, "403 Forbidden (Rate Limit Exceeded)\n", Why::Busy),
        (429, "", Why::Busy),
        (404, r#"{"errors":[{"message":"The specified resource does not exist."}]}"#, Why::CourseNotFound),
        (404, "<!doctype html><h1>Page Not Found</h1>", Why::NotThere),
        (200, "<!doctype html><h1>Welcome</h1>", Why::NotThere),
        (200, r#"{"not":"a list"}"#, Why::Unreadable),
        (503, "", Why::Unavailable),
    ];
    for (status, body, why) in cases {
        let refused = canvas::progress(&answer(status, body.as_bytes()), now()).unwrap_err();
        assert_eq!(refused.why, why, "{status} {body}");
    }
    let later = Answer::new(429, [("Retry-After", b"90".as_slice())], b"");
    let busy = canvas::progress(&later, now()).unwrap_err();
    assert_eq!(busy.wait, Some(chrono::Duration::seconds(90)));
    let none = canvas::progress(&answer(400, br#"{"error":{"message":"not module based"}}"#), now());
    assert_eq!(none.unwrap_err().why, Why::NoCompletion);
}

#[test]
fn a_course_of_canvas_is_named_by_its_services() {
    for (url, number) in [
        ("https://c.example/api/lti/courses/123/names_and_roles", Some("123")),
        ("https://c.example/api/lti/courses/21070000000000123/line_items?x=1", Some("21070000000000123")),
        ("https://c.example/api/lti/courses/123", Some("123")),
        ("https://c.example/api/lti/courses/12a/line_items", None),
        ("https://c.example/api/lti/courses//line_items", None),
        ("https://moodle.example/mod/lti/services.php/123", None),
    ] {
        assert_eq!(canvas::course_of_service(url).as_deref(), number, "{url}");
    }
}

#[test]
fn moodle_tells_completions_of_one_person() {
    let body = json!({ "completionstatus": { "completed": true, "aggregation": 1, "completions": [
        { "type": 4, "complete": true, "timecompleted": 1_899_000_000, "details": {} },
        { "type": 4, "complete": true, "timecompleted": 1_899_000_500 },
        { "type": 4, "complete": false, "timecompleted": 1_899_900_000 },
    ] }, "warnings": [] });
    let told = ok(&body, |answer| moodle::course_completion(answer, "5", now())).unwrap();
    let at = |seconds| Some(Utc.timestamp_opt(seconds, 0).unwrap());
    assert_eq!(told, done("5", Subject::Course, true, at(1_899_000_500)));
    let open = json!({ "completionstatus": { "completed": false, "aggregation": 1, "completions": [] } });
    let told = ok(&open, |answer| moodle::course_completion(answer, "5", now())).unwrap();
    assert_eq!(told, done("5", Subject::Course, false, None));

    let status = |cmid: u64, state: u64, at: u64, tracking: u64| json!({ "cmid": cmid, "modname": "quiz", "instance": 1, "state": state, "timecompleted": at, "tracking": tracking });
    let body = json!({ "statuses": [
        status(41, 2, 1_899_000_000, 2), status(42, 3, 1_899_000_000, 2), status(43, 1, 1_899_000_000, 1),
        status(41, 1, 0, 0), "nonsense",
    ], "warnings": [] });
    let page = ok(&body, |answer| moodle::activities(answer, "5", &wanted(), now())).unwrap();
    let activity = |id: &str| Subject::Activity(id.to_owned());
    let passed = done("5", activity("41"), true, at(1_899_000_000));
    assert_eq!(page.items, [passed, done("5", activity("42"), false, None)], "a fail is not done");
    assert_eq!(page.unreadable, 1);
}

#[test]
fn moodle_grades_are_exact_and_never_our_own() {
    let item = |id: u64, kind: &str, cmid: Value, number: Value, raw: Value| {
        json!({ "id": id, "itemtype": kind, "cmid": cmid, "itemnumber": number, "graderaw": raw,
                "grademin": 0, "grademax": 30, "gradeishidden": false, "gradedategraded": 1_899_000_000 })
    };
    let mut hidden = item(5, "mod", json!(41), json!(1), json!(30));
    hidden["gradeishidden"] = json!(true);
    let mut scale = item(6, "mod", json!(77), json!(0), json!(2));
    scale["grademin"] = json!(1);
    let body = json!({ "usergrades": [
        { "userid": 7, "gradeitems": [
            item(1, "course", Value::Null, Value::Null, json!(83.33333)),
            item(2, "mod", json!(41), json!(0), json!(23.1)),
            hidden, scale,
            item(66, "mod", json!(77), json!(0), json!(30)),
            item(9, "manual", Value::Null, Value::Null, Value::Null),
            item(10, "mod", json!(99), json!(0), json!(30)),
        ] },
        { "userid": "x", "gradeitems": [] },
    ], "warnings": [] });
    let page = ok(&body, |answer| moodle::grades(answer, &wanted(), now())).unwrap();
    let number = |text: &str| Some(text.parse().unwrap());
    assert_eq!(
        states(&page.items),
        [
            ("course".to_owned(), ScoreState::Graded, number("83.33333")),
            ("activity:41".to_owned(), ScoreState::Graded, number("23.1")),
            ("activity:41/1".to_owned(), ScoreState::Unreleased, None),
            ("activity:grade:9".to_owned(), ScoreState::Missing, None),
        ]
    );
    assert_eq!(page.unreadable, 2, "a scale, and somebody without a number");
}

#[test]
fn moodle_refuses_with_status_200_and_says_nothing_when_it_is_off() {
    let refusal = |code: &str| {
        json!({ "exception": "moodle_exception", "errorcode": code, "message": "…" }).to_string()
    };
    let cases = [
        (200, refusal("invalidtoken"), Why::TokenRefused),
        (200, refusal("accessexception"), Why::FunctionMissing),
        (200, refusal("nopermissions"), Why::Forbidden),
        (200, refusal("requireloginerror"), Why::CourseClosed),
        (200, refusal("invalidrecord"), Why::CourseNotFound),
        (200, refusal("nocriteriaset"), Why::NoCompletion),
        (200, refusal("sitemaintenance"), Why::Unavailable),
        (200, refusal("somethingnew"), Why::Refused),
        (500, refusal("invalidtoken"), Why::TokenRefused),
        (200, String::new(), Why::ServiceOff),
        (403, String::new(), Why::ServiceOff),
        (404, "<html>".to_owned(), Why::NotThere),
        (200, "<html>".to_owned(), Why::NotThere),
        (200, "[]".to_owned(), Why::Unreadable),
        (200, r#"{"usergrades":"#.to_owned(), Why::Unreadable),
        (429, String::new(), Why::Busy),
        (503, "<html>".to_owned(), Why::Unavailable),
    ];
    for (status, body, why) in cases {
        let refused = moodle::grades(&answer(status, body.as_bytes()), &wanted(), now()).unwrap_err();
        assert_eq!(refused.why, why, "{status} {body}");
    }
    let named =
        moodle::grades(&answer(200, refusal("invalidtoken").as_bytes()), &wanted(), now()).unwrap_err();
    assert_eq!(named.words.as_deref(), Some("invalidtoken"), "its code is said, never its message");
}

#[test]
fn moodles_token_stands_in_no_address() {
    let call = moodle::ask_grades("https://moodle.example", "7", None);
    assert_eq!(call.url, "https://moodle.example/webservice/rest/server.php");
    assert!(call.form.iter().all(|(name, _)| name != "wstoken"), "it is added where it is sent");
}

fn person(id: u64, seen: Option<i64>) -> Person {
    let seen_at = seen.map(|minutes| now() - chrono::Duration::minutes(minutes));
    Person { id: id.to_string(), seen_at }
}

#[test]
fn everybody_has_their_turn_within_the_readings_that_are_stated() {
    let people: Vec<Person> = (1..=1_000).map(|id| person(id, (id % 3 == 0).then_some(1))).collect();
    let (mut position, mut seen) = (Position::default(), BTreeSet::new());
    let readings = readings_for_all(people.len(), 200);
    assert_eq!(readings, 10);
    for reading in 0..readings {
        let at = now() + chrono::Duration::minutes(i64::try_from(reading).unwrap());
        let mut round = Round::new(&people, position, 200, at);
        assert!(round.turns.len() <= 200);
        for turn in round.turns.clone() {
            seen.insert(turn.person.id.clone());
            round.looked_at(turn);
        }
        position = round.position();
    }
    assert_eq!(seen.len(), 1_000);
}

#[test]
fn whoever_was_in_the_course_since_comes_first() {
    let mut people: Vec<Person> = (1..=1_000).map(|id| person(id, Some(60 * 24 * 30))).collect();
    let mut first = Round::new(&people, Position::default(), 100, now() - chrono::Duration::hours(24));
    for turn in first.turns.clone() {
        first.looked_at(turn);
    }
    let position = first.position();
    people[899] = person(900, Some(30));
    let round = Round::new(&people, position, 100, now());
    assert!(
        round.turns.iter().any(|turn| turn.person.id == "900"),
        "nearly last in the round, and looked at now"
    );
}

/// Any JSON, with a liking for the words and shapes that the parsers know.
fn anything() -> impl Strategy<Value = Value> {
    let words = [
        "",
        "NaN",
        "1e400",
        "0",
        "00021",
        "21",
        "course",
        "mod",
        "graded",
        "StudentEnrollment",
        "2030-03-01T08:00:00Z",
        "\u{0}",
        "true",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0_u8..4).prop_map(Value::from),
        prop::sample::select(words.to_vec()).prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "id",
        "progress",
        "requirement_count",
        "requirement_completed_count",
        "completed_at",
        "error",
        "user_id",
        "type",
        "grades",
        "final_score",
        "override_score",
        "assignment_id",
        "score",
        "workflow_state",
        "posted_at",
        "excused",
        "points_possible",
        "exception",
        "errorcode",
        "siteurl",
        "functions",
        "name",
        "lastcourseaccess",
        "completionstatus",
        "completed",
        "aggregation",
        "completions",
        "complete",
        "timecompleted",
        "statuses",
        "cmid",
        "state",
        "tracking",
        "usergrades",
        "userid",
        "gradeitems",
        "itemtype",
        "itemnumber",
        "graderaw",
        "grademin",
        "grademax",
        "access_token",
    ]);
    leaf.prop_recursive(5, 48, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(name.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes, it is a page or a coded failure; nobody is named but by digits, and no score is out of nothing.
    #[test]
    fn answers_are_read_totally(body in anything(), status in prop::sample::select(vec![200_u16, 204, 301, 400, 401, 403, 404, 418, 429, 500])) {
        let text = body.to_string();
        let answer = answer(status, text.as_bytes());
        let maxima = BTreeMap::from([("21".to_owned(), Some(Decimal::TEN))]);
        let pages = [
            canvas::progress(&answer, now()),
            canvas::submissions(&answer, &maxima, now()),
            moodle::grades(&answer, &wanted(), now()),
            moodle::activities(&answer, "5", &wanted(), now()),
            moodle::course_completion(&answer, "5", now()).map(|told| laurel::domain::records::told::Page { items: vec![told], unreadable: 0 }),
        ];
        for told in pages.into_iter().flatten().flat_map(|page| page.items) {
            prop_assert!(told.user.bytes().all(|byte| byte.is_ascii_digit()) && !told.user.is_empty());
            if let Said::Score { state, given, .. } = &told.said {
                prop_assert_eq!(*state == ScoreState::Graded, given.is_some());
            }
        }
        let _ = canvas::enrollments(&answer, now());
        let _ = canvas::assignments(&answer, now());
        let _ = canvas::course(&answer, now());
        let _ = canvas::token(&answer, now());
        let _ = moodle::site(&answer, now());
        let _ = moodle::enrolled(&answer, now());
    }

    /// Bytes that are no JSON at all.
    #[test]
    fn bytes_are_read_totally(body in prop::collection::vec(any::<u8>(), 0..64)) {
        let answer = answer(200, &body);
        prop_assert!(canvas::progress(&answer, now()).map_or(true, |page| page.items.is_empty()));
        prop_assert!(moodle::grades(&answer, &wanted(), now()).map_or(true, |page| page.items.is_empty()));
    }

    /// However people come and go and readings are cut short, the round gets on and nobody is asked twice in one.
    #[test]
    fn the_round_gets_on(
        seen in prop::collection::vec(prop::option::of(0_i64..10_000), 1..120),
        most in 2_usize..40,
        cut in 1_usize..40,
    ) {
        let people: Vec<Person> = seen.iter().enumerate().map(|(id, seen)| person(id as u64 + 1, *seen)).collect();
        let (mut position, mut asked) = (Position::default(), BTreeSet::new());
        // Half of each reading at least goes round; cut short, half of what is left does.
        let each = most.min(cut).div_ceil(2).max(1);
        for reading in 0..people.len().div_ceil(each) + 1 {
            let at = now() + chrono::Duration::minutes(reading as i64);
            let mut round = Round::new(&people, position, most, at);
            let turns: Vec<&str> = round.turns.iter().map(|turn| turn.person.id.as_str()).collect();
            prop_assert_eq!(turns.iter().collect::<BTreeSet<_>>().len(), turns.len());
            for turn in round.turns.clone().into_iter().take(cut) {
                asked.insert(turn.person.id.clone());
                round.looked_at(turn);
            }
            position = round.position();
        }
        prop_assert_eq!(asked.len(), people.len());
    }
}
