//! The token endpoint beyond the assertion: scopes, expiry, use, and every way it may go wrong (cases T01–T16).

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use reqwest::{
    Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use serde_json::json;

use super::service_user::{ServiceUser, json_of};
use crate::{
    Fault, Misbehaviour, Options, Service,
    bend::Change,
    clock::Clock,
    demo,
    services::{SCOPE_MEMBERS, SCOPE_SCORE, TYPE_MEMBERS},
};

#[tokio::test]
async fn a_token_is_good_until_it_expires_or_is_revoked_and_for_its_scopes_only() {
    let seconds = Arc::new(AtomicI64::new(1_900_000_000));
    let clock = {
        let seconds = seconds.clone();
        Clock::new(move || chrono::DateTime::from_timestamp(seconds.load(Ordering::SeqCst), 0).unwrap())
    };
    let user = ServiceUser::with(Options { clock, ..Options::default() }).await;
    let url = format!("{}/nrps/{}/members", user.lms.base_url(), demo::COURSE);
    let status = async |token: &str| {
        let token = format!("Bearer {token}");
        let headers = [(AUTHORIZATION, token.as_str()), (ACCEPT, TYPE_MEMBERS)];
        user.send(Method::GET, &url, &headers, None).await.unwrap().status
    };
    let token = user.token(SCOPE_MEMBERS).await;
    assert_eq!(status(&token).await, 200);
    assert_eq!(user.lms.grant(&token).unwrap().deployment_id, Some(user.tool.deployment_id.clone()), "T02");
    assert_eq!(status(&user.token(SCOPE_SCORE).await).await, 403);
    seconds.fetch_add(3599, Ordering::SeqCst);
    assert_eq!(status(&token).await, 200);
    seconds.fetch_add(1, Ordering::SeqCst);
    assert_eq!(status(&token).await, 401, "T05");
    let token = user.token(SCOPE_MEMBERS).await;
    user.lms.revoke_tokens();
    assert_eq!(status(&token).await, 401);
    user.lms.quirks(|quirks| quirks.access_token_lifetime = chrono::Duration::seconds(90));
    let answer = user.ask(&user.assertion(), SCOPE_MEMBERS).await;
    assert_eq!(json_of(&answer)["expires_in"], 90);
    let token = user.token(SCOPE_MEMBERS).await;
    user.lms.unregister(super::CLIENT);
    assert_eq!(status(&token).await, 401, "the tool is gone");
    assert_eq!(user.lms.count_of(Service::Token), 5);
    let first = &user.lms.requests_to(Service::Token)[0];
    assert_eq!(first.header("content-type"), Some("application/x-www-form-urlencoded"), "T01");
    assert_eq!(first.status, Some(200));
    let names: Vec<String> = first.form().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["grant_type", "client_assertion_type", "client_assertion", "scope"]);
}

#[tokio::test]
async fn a_client_that_names_itself_twice_or_sends_no_form_is_refused() {
    let user = ServiceUser::start().await;
    let url = user.lms.token_endpoint();
    let form = (CONTENT_TYPE, "application/x-www-form-urlencoded");
    for headers in
        [vec![form.clone(), (AUTHORIZATION, "Basic YTpi")], vec![(CONTENT_TYPE, "application/json")]]
    {
        let answer = user.send(Method::POST, &url, &headers, Some(&json!({}))).await.unwrap();
        assert_eq!((answer.status, &json_of(&answer)["error"]), (400, &json!("invalid_request")));
    }
}

#[tokio::test]
async fn every_answer_of_the_endpoint_can_be_spoiled() {
    let user = ServiceUser::start().await;
    let ask = async |fault: Fault| {
        user.lms.behave();
        user.lms.misbehave(Misbehaviour::of(Service::Token, fault).times(1));
        user.ask(&user.assertion(), SCOPE_SCORE).await
    };
    let answer = ask(Fault::Change(Change::drop("expires_in"))).await;
    assert!(json_of(&answer).get("expires_in").is_none(), "T09");
    assert_eq!(
        json_of(&ask(Fault::Change(Change::set("token_type", "MAC"))).await)["token_type"],
        "MAC",
        "T16"
    );
    let answer = ask(Fault::ContentType("text/html".to_owned())).await;
    assert_eq!(answer.header("content-type"), Some("text/html"));
    assert!(json_of(&answer)["access_token"].is_string());
    let answer = ask(Fault::Html).await;
    assert_eq!((answer.status, answer.body.starts_with(b"<!doctype html>")), (200, true), "T13");
    let answer = ask(Fault::Busy(503, "2".to_owned())).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("2")), "T12");
    let body = r#"{"error":"invalid_client"}"#.to_owned();
    assert_eq!(json_of(&ask(Fault::Body(body)).await)["error"], "invalid_client");
    user.lms.misbehave(Misbehaviour::of(Service::Token, Fault::Hang));
    let assertion = user.assertion();
    let hanging = tokio::time::timeout(Duration::from_millis(300), user.ask(&assertion, SCOPE_SCORE)).await;
    assert!(hanging.is_err(), "nothing comes");
    assert_eq!(user.lms.requests_to(Service::Token).last().unwrap().status, None);
    user.lms.behave();
    assert_eq!(user.ask(&user.assertion(), SCOPE_SCORE).await.status, 200);
}
