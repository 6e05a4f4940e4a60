//! Products: each quirk alone, and the rows of lti-1.3-tool.md §25 as a tool meets them.

use reqwest::Method;
use serde_json::{Value, json};

use super::service_user::{CLIENT, LINK, ServiceUser, below, json_of, score};
use crate::{
    Profile, claims,
    course::User,
    demo,
    services::{
        Column, SCOPE_LINE_ITEM, SCOPE_MEMBERS, SCOPE_RESULT, SCOPE_SCORE, TYPE_LINE_ITEM, TYPE_LINE_ITEMS,
        TYPE_RESULTS,
    },
};

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

async fn column(user: &ServiceUser, maximum: f64) -> String {
    user.lms.add_column(demo::COURSE, Column::of_tool(CLIENT, "Badge", maximum).link(LINK));
    text(&user.launch(demo::GRACE).await[claims::AGS_ENDPOINT]["lineitem"]).to_owned()
}

#[tokio::test]
async fn moodle_wants_exact_types_and_its_query_and_answers_in_its_own_way() {
    let user = ServiceUser::of(Profile::Moodle).await;
    let launch = user.launch(demo::GRACE).await;
    assert_eq!(launch["exp"].as_i64().unwrap() - launch["iat"].as_i64().unwrap(), 60);
    assert!(text(&launch["sub"]).bytes().all(|byte| byte.is_ascii_digit()));
    assert_eq!(launch[claims::CUSTOM]["who_is"], "Grace Hopper");
    assert_eq!(launch[claims::CUSTOM]["Who-Is"], "Grace Hopper");
    assert_eq!(launch[claims::CONTEXT]["type"], json!(["CourseSection"]));
    assert_eq!(launch[claims::LIS]["person_sourcedid"], "");
    assert!(launch.get(claims::GROUPS).is_none(), "no groups here");
    let endpoint = &launch[claims::AGS_ENDPOINT];
    let url = text(&endpoint["lineitems"]);
    assert!(url.ends_with(&format!("/lineitems?type_id={}", user.tool.deployment_id)), "{url}");
    let body = json!({"label": "Badge", "scoreMaximum": 10});
    let wrong = user.put(Method::POST, url, "application/json", SCOPE_LINE_ITEM, &body).await;
    assert_eq!(wrong.status, 400);
    let list = format!("{TYPE_LINE_ITEMS}, */*");
    assert_eq!(user.get(url, &list, SCOPE_LINE_ITEM).await.status, 400, "one type and nothing else");
    assert_eq!(user.get(url, TYPE_LINE_ITEMS, SCOPE_SCORE).await.status, 401, "a lacking scope");
    let without = url.split('?').next().unwrap();
    assert_eq!(user.get(without, TYPE_LINE_ITEMS, SCOPE_LINE_ITEM).await.status, 404);
    let made = json_of(&user.put(Method::POST, url, TYPE_LINE_ITEM, SCOPE_LINE_ITEM, &body).await);
    assert_eq!((&made["tag"], &made["resourceId"]), (&json!(""), &json!("")));
    let foreign = json!({"label": "Badge", "scoreMaximum": 10, "resourceLinkId": "rl-0"});
    let foreign = user.put(Method::POST, url, TYPE_LINE_ITEM, SCOPE_LINE_ITEM, &foreign).await;
    assert_eq!(foreign.status, 403);
    let item = text(&made["id"]);
    let posted = user.score(item, demo::GRACE, 250.0, "04:05:06.100").await;
    assert_eq!((posted.status, posted.body.len()), (200, 0));
    let id = user.lms.line_item_at(item).unwrap().id;
    assert_eq!(user.lms.grade_of(id, demo::GRACE).unwrap().value(), 10.0, "cut to the maximum");
    assert_eq!(user.score(item, demo::GRACE, 50.0, "04:05:06.900").await.status, 409, "whole seconds");
    let mut ping = score(&user.lms.subject(demo::GRACE), 0.0, "04:05:07.000");
    ping["gradingProgress"] = "Pending".into();
    assert_eq!(user.post_score(item, &ping).await.status, 200);
    assert_eq!(user.lms.grade_of(id, demo::GRACE), None, "anything but FullyGraded erases");
    assert_eq!(user.score(item, demo::ADA, 5.0, "04:05:06.789").await.status, 400);
    let results = below(item, "results");
    let limited = user.get(&format!("{results}&limit=5"), TYPE_RESULTS, SCOPE_RESULT).await;
    assert_eq!(limited.status, 404);
    assert!(limited.header("content-type").unwrap().starts_with("text/html"));
    user.lms.add_column(demo::COURSE, Column::of_tool(CLIENT, "Second", 1.0));
    let page = user.get(&format!("{url}&limit=1"), TYPE_LINE_ITEMS, SCOPE_LINE_ITEM).await;
    let link = page.header("link").unwrap();
    assert!(link.contains("&amp;limit=1") && link.ends_with("rel=“next”"), "A14: {link}");
}

#[tokio::test]
async fn moodles_roster_is_short_and_active_only_and_a_later_teachers_grade_blocks() {
    let user = ServiceUser::of(Profile::Moodle).await;
    let item = column(&user, 10.0).await;
    let id = user.lms.line_item_at(&item).unwrap().id;
    user.lms.grade(demo::ADA, id, demo::GRACE, 4.0).unwrap();
    let before =
        (user.lms.now() - chrono::Duration::seconds(30)).format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    let mut late = score(&user.lms.subject(demo::GRACE), 90.0, "04:05:06.000");
    late["timestamp"] = before.into();
    assert_eq!(user.post_score(&item, &late).await.status, 409, "decided before the teacher's edit");
    user.lms.quirks(|quirks| quirks.manual_grade_blocks = false);
    assert_eq!(user.post_score(&item, &late).await.status, 200);
    user.lms.quirks(|quirks| quirks.arrival_blocks = true);
    late["timestamp"] = (user.lms.now() - chrono::Duration::seconds(20)).to_rfc3339().into();
    assert_eq!(user.post_score(&item, &late).await.status, 409, "before 4.5.6 the time of posting counts");
    let url = user.launch(demo::GRACE).await[claims::NRPS]["context_memberships_url"].clone();
    user.lms.set_status(demo::COURSE, demo::EMMY, crate::services::MemberStatus::Inactive);
    let site = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator";
    user.lms.add_user(User::new(demo::ADA, "Ada Lovelace").site_role(site));
    let answer = user.get(text(&url), "*/*", SCOPE_MEMBERS).await;
    assert_eq!(answer.status, 200, "anything will do for rosters");
    let all = json_of(&answer)["members"].as_array().unwrap().clone();
    assert_eq!(all.len(), 3);
    assert_eq!(
        all[0]["roles"],
        json!(["Instructor", "http://purl.imsglobal.org/vocab/lis/v2/person#Administrator"]),
        "N08"
    );
    assert_eq!(all[2]["user_id"], user.lms.subject(demo::GRACE), "N14");
    assert_eq!(all[2]["status"], "Active");
    let by_role = |role: &'static str| format!("{}?role={role}", text(&url).split('?').next().unwrap());
    let count = async |url: String| {
        let url = format!("{url}&type_id={}", user.tool.deployment_id);
        json_of(&user.get(&url, "*/*", SCOPE_MEMBERS).await)["members"].as_array().unwrap().len()
    };
    assert_eq!(count(by_role("Instructor")).await, 1);
    assert_eq!(count(by_role("Mentor")).await, 3, "a role that Moodle does not know");
}

#[tokio::test]
async fn moodles_tokens_are_html_by_name_and_its_checks_are_few() {
    let user = ServiceUser::of(Profile::Moodle).await;
    let mut assertion = user.assertion();
    assertion["aud"] = "https://elsewhere.example".into();
    for _ in 0..2 {
        let answer = user.ask(&assertion, &format!("{SCOPE_SCORE} unknown")).await;
        assert_eq!(answer.status, 200, "aud and jti are not looked at");
        assert!(answer.header("content-type").unwrap().starts_with("text/html"));
        assert_eq!(json_of(&answer)["scope"], SCOPE_SCORE);
    }
    assert_eq!(user.keys.keys().fetches(), 1, "keys are kept");
    user.keys.keys().rotate();
    assert_eq!(user.ask(&user.assertion(), SCOPE_SCORE).await.status, 200);
    assert_eq!(user.keys.keys().fetches(), 2, "until a signature fails");
    let refused = user.ask(&user.assertion(), "unknown").await;
    assert_eq!((refused.status, &json_of(&refused)["error"]), (400, &json!("invalid_scope")));
    let mut expired = user.assertion();
    expired["exp"] = 1000.into();
    assert_eq!(user.ask(&expired, SCOPE_SCORE).await.status, 400, "T11 by another number");
    user.keys.keys().rotate();
    user.keys.keys().answer(crate::JwksAnswer::Status(500));
    let lost = user.ask(&user.assertion(), SCOPE_SCORE).await;
    assert_eq!(lost.status, 404, "moodle-platform.md §7: blocked hosts look like this");
    assert!(String::from_utf8_lossy(&lost.body).contains("<!doctype html>"));
}
