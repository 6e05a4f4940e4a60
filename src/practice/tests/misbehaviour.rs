//! Services that misbehave do so over real HTTP, where and as often as told.

use std::time::{Duration, Instant};

use serde_json::json;

use super::service_user::{CLIENT, ServiceUser, json_of, next};
use crate::{
    Fault, Misbehaviour, Service,
    bend::Change,
    demo,
    services::{
        Column, SCOPE_LINE_ITEM, SCOPE_MEMBERS, TYPE_LINE_ITEM, TYPE_LINE_ITEMS, TYPE_MEMBERS, TYPE_SCORE,
    },
    wire::WireError,
};

fn members_url(user: &ServiceUser) -> String {
    format!("{}/nrps/{}/members", user.lms.base_url(), demo::COURSE)
}

fn item_url(user: &ServiceUser) -> String {
    let item = user.lms.add_column(demo::COURSE, Column::of_tool(CLIENT, "Badge", 100.0));
    format!("{}/ags/{}/lineitems/{}/lineitem", user.lms.base_url(), demo::COURSE, item.id)
}

/// A request that may fail on the way.
async fn try_members(user: &ServiceUser) -> Result<crate::wire::Answer, WireError> {
    let token = format!("Bearer {}", user.token(SCOPE_MEMBERS).await);
    let headers = [(reqwest::header::AUTHORIZATION, token.as_str()), (reqwest::header::ACCEPT, TYPE_MEMBERS)];
    user.send(reqwest::Method::GET, &members_url(user), &headers, None).await
}

#[tokio::test]
async fn faults_come_where_and_as_often_as_told() {
    let user = ServiceUser::start().await;
    let url = members_url(&user);
    let fault = Misbehaviour::of(Service::Members, Fault::Status(500)).after(1).times(2);
    user.lms.misbehave(fault);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(user.get(&url, TYPE_MEMBERS, SCOPE_MEMBERS).await.status);
    }
    assert_eq!(statuses, [200, 500, 500, 200]);
    let seen: Vec<_> = user.lms.requests_to(Service::Members).iter().map(|seen| seen.status).collect();
    assert_eq!(seen, [Some(200), Some(500), Some(500), Some(200)]);
    user.lms.misbehave(Misbehaviour::of(Service::LineItems, Fault::Status(503)).method("POST"));
    let items = format!("{}/ags/{}/lineitems", user.lms.base_url(), demo::COURSE);
    assert_eq!(user.get(&items, TYPE_LINE_ITEMS, SCOPE_LINE_ITEM).await.status, 200);
    let body = json!({"label": "x", "scoreMaximum": 1});
    let post = user.put(reqwest::Method::POST, &items, TYPE_LINE_ITEM, SCOPE_LINE_ITEM, &body).await;
    assert_eq!(post.status, 503);
    assert!(user.lms.line_items(demo::COURSE).is_empty(), "what failed was not done");
    user.lms.behave();
    user.lms.misbehave(Misbehaviour::of(Service::LineItems, Fault::Change(Change::drop("id"))));
    let post = user.put(reqwest::Method::POST, &items, TYPE_LINE_ITEM, SCOPE_LINE_ITEM, &body).await;
    assert_eq!((post.status, json_of(&post).get("id")), (201, None), "A30");
    user.lms.behave();
    user.lms.misbehave(Misbehaviour::of_all(Fault::Status(502)));
    assert_eq!(user.ask(&user.assertion(), SCOPE_MEMBERS).await.status, 502);
    user.lms.forget_service_requests();
    assert!(user.lms.service_requests().is_empty());
}

#[tokio::test]
async fn a_score_may_be_stored_though_the_tool_never_learns_it() {
    let user = ServiceUser::start().await;
    let item = item_url(&user);
    let id = user.lms.line_item_at(&item).unwrap().id;
    user.lms.misbehave(Misbehaviour::of(Service::Scores, Fault::Status(500)).times(1).after_work());
    assert_eq!(user.score(&item, demo::GRACE, 80.0, "04:05:06.789").await.status, 500);
    assert_eq!(user.lms.grade_of(id, demo::GRACE).unwrap().value(), 80.0);
    let again = user.score(&item, demo::GRACE, 80.0, "04:05:06.789").await;
    assert_eq!(again.status, 409, "the same again is no longer newer");
    user.lms.misbehave(Misbehaviour::of(Service::Scores, Fault::Status(500)).times(1));
    assert_eq!(user.score(&item, demo::EMMY, 80.0, "04:05:06.789").await.status, 500);
    assert_eq!(user.lms.grade_of(id, demo::EMMY), None);
    assert_eq!(user.lms.requests_to(Service::Scores)[0].header("content-type"), Some(TYPE_SCORE));
}

#[tokio::test]
async fn connections_break_and_answers_are_late_large_or_something_else() {
    let user = ServiceUser::start().await;
    for fault in [Fault::Drop, Fault::CutShort] {
        user.lms.misbehave(Misbehaviour::of(Service::Members, fault.clone()).times(1));
        let answer = try_members(&user).await;
        assert!(matches!(answer, Err(WireError::Http(_))), "{fault:?}: {answer:?}");
    }
    assert_eq!(try_members(&user).await.unwrap().status, 200);
    user.lms.misbehave(Misbehaviour::of(Service::Members, Fault::Late(Duration::from_millis(200))).times(1));
    let start = Instant::now();
    assert_eq!(try_members(&user).await.unwrap().status, 200);
    assert!(start.elapsed() >= Duration::from_millis(200));
    user.lms.misbehave(Misbehaviour::of(Service::Members, Fault::Padded(30_000_000)).times(1));
    let large = try_members(&user).await.unwrap();
    assert!(large.body.len() >= 30_000_000 && large.header("content-length").is_none());
    assert_eq!(json_of(&large)["members"].as_array().unwrap().len(), 4, "valid JSON all the same");
    user.lms.misbehave(Misbehaviour::of(Service::Members, Fault::Html).times(1));
    let html = try_members(&user).await.unwrap();
    assert!(html.status == 200 && html.header("content-type").unwrap().starts_with("text/html"));
    user.lms
        .misbehave(Misbehaviour::of(Service::Members, Fault::ContentType("image/png".to_owned())).times(1));
    assert_eq!(try_members(&user).await.unwrap().header("content-type"), Some("image/png"));
}

#[tokio::test]
async fn pages_may_be_endless_the_same_or_elsewhere() {
    let user = ServiceUser::start().await;
    let url = members_url(&user);
    user.lms.misbehave(Misbehaviour::of(Service::Members, Fault::EndlessPages));
    let mut seen = vec![url.clone()];
    for _ in 0..5 {
        let page = user.get(seen.last().unwrap(), TYPE_MEMBERS, SCOPE_MEMBERS).await;
        let next = next(&page).unwrap();
        assert!(!seen.contains(&next), "always a new address: {next}");
        seen.push(next);
    }
    user.lms.behave();
    user.lms.misbehave(Misbehaviour::of(Service::Members, Fault::SamePage));
    let limited = format!("{url}?limit=2");
    let page = user.get(&limited, TYPE_MEMBERS, SCOPE_MEMBERS).await;
    assert_eq!(next(&page), Some(limited.clone()));
    user.lms.behave();
    user.lms.misbehave(Misbehaviour::of(
        Service::Members,
        Fault::NextElsewhere("https://evil.example".to_owned()),
    ));
    let page = user.get(&limited, TYPE_MEMBERS, SCOPE_MEMBERS).await;
    assert_eq!(next(&page), Some(format!("https://evil.example/nrps/{}/members?limit=2", demo::COURSE)));
    user.lms.behave();
    let header = Fault::Header("link".to_owned(), "<x>; rel=\"prev\"".to_owned());
    user.lms.misbehave(Misbehaviour::of(Service::Members, header));
    let page = user.get(&limited, TYPE_MEMBERS, SCOPE_MEMBERS).await;
    let links = page.headers.iter().filter(|(name, _)| name == "link").count();
    assert_eq!(links, 2, "several header lines");
}
