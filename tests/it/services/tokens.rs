//! T01-T16: service access tokens (§16).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::future::join_all;
use laurel::{
    domain::{
        platform::{self, Details},
        platform_key,
    },
    platform_client::{Peer, fetch},
    store::entity::line_item::LineItemState,
};
use practice::{
    Bend, Change, Fault, Misbehaviour, Service, ToolRegistration, claims, demo,
    services::{ALL_SCOPES, SCOPE_LINE_ITEM, SCOPE_RESULT, SCOPE_SCORE, ServiceRequest, quirks::Audience},
};
use serde_json::{Value, json};

use super::Class;
use crate::support::{
    app::{CLIENT, DEPLOYMENT},
    log::Log,
};

fn field(request: &ServiceRequest, name: &str) -> String {
    let found: Vec<String> =
        request.form().into_iter().filter(|(key, _)| key == name).map(|(_, value)| value).collect();
    assert_eq!(found.len(), 1, "{name} once");
    found[0].clone()
}

fn part(token: &str, number: usize) -> Value {
    let part = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn assertion(request: &ServiceRequest) -> Value {
    part(&field(request, "client_assertion"), 1)
}

fn jti(request: &ServiceRequest) -> String {
    assertion(request)["jti"].as_str().unwrap().to_owned()
}

fn tokens(class: &Class) -> Vec<ServiceRequest> {
    class.app.lms.requests_to(Service::Token)
}

#[tokio::test]
async fn t01_t02_t03_the_request_the_assertion_and_the_scopes() {
    let class = Class::new().await;
    assert!(class.app.lms.service_requests().is_empty(), "a launch calls no service");
    class.reports("Lab safety", None).await;
    class.settle().await;
    let request = &tokens(&class)[0];
    assert_eq!(request.method, "POST");
    assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"), "T01");
    assert_eq!(request.header("accept"), Some("application/json"), "T01");
    assert_eq!(request.header("authorization"), None, "T01");
    let names: Vec<String> = request.form().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["grant_type", "client_assertion_type", "client_assertion", "scope"], "T01");
    assert_eq!(field(request, "grant_type"), "client_credentials");
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    assert_eq!(field(request, "client_assertion_type"), kind);

    let token = field(request, "client_assertion");
    let header = part(&token, 0);
    let published = platform_key::published(&class.app.app, class.app.platform.id).await.unwrap();
    assert_eq!((&header["alg"], &header["kid"]), (&"RS256".into(), &published["keys"][0]["kid"]), "T02");
    let said = part(&token, 1);
    assert_eq!((&said["iss"], &said["sub"]), (&CLIENT.into(), &CLIENT.into()), "T02");
    assert_eq!(said["aud"], class.app.lms.token_endpoint(), "T02");
    assert_eq!(said[claims::DEPLOYMENT_ID], DEPLOYMENT, "T02");
    let (issued, expires) = (said["iat"].as_i64().unwrap(), said["exp"].as_i64().unwrap());
    let now = request.at.timestamp();
    assert!(issued <= now && issued > now - 60 && expires <= issued + 300 && expires > now, "T02");
    assert!(said["jti"].as_str().unwrap().len() >= 22, "T02: 128 bits");

    // The roster's scope was granted, too, and nobody needs it for a column.
    assert_eq!(field(request, "scope"), format!("{SCOPE_LINE_ITEM} {SCOPE_RESULT} {SCOPE_SCORE}"), "T03");
}

#[tokio::test]
async fn t04_t05_a_token_is_used_until_shortly_before_it_ends() {
    let class = Class::new().await;
    class.reports("Lab safety", None).await;
    class.app.run_jobs().await;
    class.visit(demo::GRACE).await;
    class.app.run_jobs().await;
    assert_eq!((class.posted().len(), tokens(&class).len()), (1, 1), "T04");
    class.app.advance(3600 - 61);
    class.visit(demo::EMMY).await;
    class.app.run_jobs().await;
    assert_eq!((class.posted().len(), tokens(&class).len()), (2, 1), "T04: still");
    class.app.advance(2);
    class.visit(demo::ALAN).await;
    class.app.run_jobs().await;
    assert_eq!((class.posted().len(), tokens(&class).len()), (3, 2), "T05");
    let all = tokens(&class);
    assert_ne!(jti(&all[0]), jti(&all[1]), "T02: unique");
}

#[tokio::test]
async fn t06_a_token_that_is_refused_once_is_replaced_once() {
    let class = Class::new().await;
    class.reports("Lab safety", None).await;
    class.app.run_jobs().await;
    class.app.lms.revoke_tokens();
    class.visit(demo::GRACE).await;
    class.app.run_jobs().await;
    let statuses: Vec<_> = class.seen(Service::Scores, "POST").iter().map(|seen| seen.status).collect();
    assert_eq!(statuses, [Some(401), Some(200)], "T06");
    assert_eq!(tokens(&class).len(), 2, "T06");
}

#[tokio::test]
async fn t07_a_service_that_always_says_401_is_asked_twice() {
    let class = Class::new().await;
    class.reports("Lab safety", None).await;
    class.app.run_jobs().await;
    class.app.lms.misbehave(Misbehaviour::of(Service::Scores, Fault::Status(401)));
    class.visit(demo::GRACE).await;
    class.settle().await;
    assert_eq!((class.posted().len(), tokens(&class).len()), (2, 2), "T07: no loop");
    assert_eq!(class.dead("report_score").await, 1, "T07: visible");
    assert_eq!(class.scores().await[0].trouble.as_deref(), Some("lti.ags.scope_not_granted"));
}

#[tokio::test]
async fn t08_the_configured_audience_is_sent() {
    let class = Class::new().await;
    class.app.lms.quirks(|quirks| quirks.token_audience = Audience::Fixed("https://aud.example/token"));
    let audience = Some("https://aud.example/token".to_owned());
    class.app.correct(Details { token_audience: audience, ..Details::default() }).await;
    class.reports("Lab safety", None).await;
    class.app.run_jobs().await;
    assert_eq!(assertion(&tokens(&class)[0])["aud"], "https://aud.example/token", "T08");
    assert_eq!(class.column().await.state, LineItemState::Found);
}

#[tokio::test]
async fn t09_a_reply_without_an_end_is_used_for_five_minutes_at_most() {
    let class = Class::new().await;
    let forgetful = Fault::Change(Change::drop("expires_in"));
    class.app.lms.misbehave(Misbehaviour::of(Service::Token, forgetful));
    class.reports("Lab safety", None).await;
    class.app.run_jobs().await;
    class.app.advance(230);
    class.visit(demo::GRACE).await;
    class.app.run_jobs().await;
    assert_eq!(tokens(&class).len(), 1, "T09");
    class.app.advance(70);
    class.visit(demo::EMMY).await;
    class.app.run_jobs().await;
    assert_eq!((class.posted().len(), tokens(&class).len()), (2, 2), "T09");
}

#[tokio::test]
async fn t10_a_refused_scope_is_remembered_for_a_day() {
    let class = Class::new().await;
    class.app.lms.quirks(|quirks| quirks.refuses_any_unknown_scope = true);
    let scopes = ALL_SCOPES.iter().filter(|scope| **scope != SCOPE_RESULT).map(|scope| (*scope).to_owned());
    let fewer = ToolRegistration { scopes: scopes.collect(), ..class.app.tool.clone() };
    class.app.lms.register(fewer);
    // Launches go on promising what the token endpoint does not give.
    let address = format!("{}/ags/{}/lineitems", class.app.lms.base_url(), demo::COURSE);
    let promised = json!({ "scope": [SCOPE_LINE_ITEM, SCOPE_RESULT, SCOPE_SCORE], "lineitems": address });
    class.app.lms.bend(Bend::claim(claims::AGS_ENDPOINT, promised));
    class.reports("Lab safety", None).await;
    class.app.run_jobs().await;
    let asked: Vec<String> = tokens(&class).iter().map(|request| field(request, "scope")).collect();
    let all = format!("{SCOPE_LINE_ITEM} {SCOPE_RESULT} {SCOPE_SCORE}");
    let rest = format!("{SCOPE_LINE_ITEM} {SCOPE_SCORE}");
    assert_eq!(asked[0], all, "T10");
    assert!(asked.contains(&SCOPE_RESULT.to_owned()), "T10: single-scope attempts: {asked:?}");
    assert_eq!(asked.last(), Some(&rest), "T10: one token for what is granted");
    assert_eq!(class.column().await.state, LineItemState::Found);

    class.app.lms.forget_service_requests();
    class.app.advance(3600);
    class.visit(demo::GRACE).await;
    class.app.run_jobs().await;
    let asked: Vec<String> = tokens(&class).iter().map(|request| field(request, "scope")).collect();
    assert_eq!(asked, [rest], "T10: remembered");

    class.app.lms.forget_service_requests();
    class.app.advance(24 * 3600);
    class.visit(demo::EMMY).await;
    class.app.run_jobs().await;
    assert_eq!(field(&tokens(&class)[0], "scope"), all, "T10: asked again a day later");
    assert_eq!(class.scores().await.len(), 2);
    assert_eq!(class.dead("report_score").await, 0);
}

#[tokio::test]
async fn t11_an_unknown_client_is_an_alarm_and_not_repeated() {
    let class = Class::new().await;
    let lost =
        ToolRegistration { jwks_url: Some("http://localhost:1/none".into()), ..class.app.tool.clone() };
    class.app.lms.register(ToolRegistration { scopes: ALL_SCOPES.map(str::to_owned).to_vec(), ..lost });
    class.reports("Lab safety", None).await;
    class.app.run_jobs().await;
    assert_eq!(tokens(&class).len(), 1, "T11: once, however many jobs want one");
    class.settle().await;
    let column = class.column().await;
    assert_eq!(column.trouble.as_deref(), Some("lti.token.refused"), "T11: visible at the column");
    assert!(class.dead("settle_column").await >= 1, "T11: visible among the jobs");
}

#[tokio::test]
async fn t12_a_platform_in_trouble_is_asked_again_with_a_fresh_assertion() {
    let class = Class::new().await;
    let busy = Fault::Busy(503, "600".to_owned());
    class.app.lms.misbehave(Misbehaviour::of(Service::Token, busy).times(1));
    class.reports("Lab safety", None).await;
    class.app.run_jobs().await;
    class.app.advance(590);
    class.app.run_jobs().await;
    assert_eq!(tokens(&class).len(), 1, "T12: Retry-After is honoured");
    class.app.advance(7200);
    class.app.run_jobs().await;
    let asked = tokens(&class);
    assert_eq!(asked.len(), 2, "T12");
    assert_ne!(jti(&asked[0]), jti(&asked[1]), "T12");
    assert_eq!(class.column().await.state, LineItemState::Found);
}

#[tokio::test]
async fn t13_t16_an_answer_that_is_no_token_is_refused() {
    let faults = [
        Fault::Html,
        Fault::Change(Change::set("token_type", "MAC")),
        Fault::Change(Change::set("access_token", "a b")),
        Fault::Change(Change::set("access_token", "")),
        Fault::Body("[]".to_owned()),
        Fault::Padded(30 * 1024 * 1024),
    ];
    for fault in faults {
        let class = Class::new().await;
        class.app.lms.misbehave(Misbehaviour::of(Service::Token, fault.clone()));
        class.reports("Lab safety", None).await;
        class.settle().await;
        assert_eq!(class.column().await.trouble.as_deref(), Some("lti.token.invalid_response"), "{fault:?}");
        assert_eq!(class.seen(Service::LineItems, "GET").len(), 0, "{fault:?}: no service is called");
    }
}

/// JSON served as HTML is JSON (Moodle).
#[tokio::test]
async fn a_token_in_html_clothes_is_a_token() {
    let class = Class::new().await;
    class.app.lms.quirks(|quirks| quirks.token_content_type = "text/html; charset=utf-8");
    class.reports("Lab safety", None).await;
    class.app.run_jobs().await;
    assert_eq!(class.column().await.state, LineItemState::Found);
}

#[tokio::test]
async fn t14_tokens_are_never_shared_and_asked_for_once_by_many() {
    let class = Class::new().await;
    let (other, tool, row) = class.app.another_platform(CLIENT, "p3").await;
    let jwks_url = Some(class.app.at(&format!("/lti/jwks/{}", row.id)));
    let scopes = ALL_SCOPES.map(str::to_owned).to_vec();
    other.register(ToolRegistration { jwks_url, scopes, ..tool });
    let app = &class.app.app;
    for (lms, id) in [(&class.app.lms, class.app.platform.id), (&other, row.id)] {
        let peer = Peer {
            platform: platform::entry(app, id).await.unwrap(),
            deployment_id: DEPLOYMENT.to_owned(),
            scopes: ::lti::services::Scopes::default(),
        };
        let url = format!("{}/ags/{}/lineitems/1/lineitem", lms.base_url(), demo::COURSE);
        let request = ::lti::services::ags::item::get(&url, SCOPE_LINE_ITEM);
        let answers = join_all((0..20).map(|_| fetch(app, &peer, &request))).await;
        assert!(answers.iter().all(|answer| answer.as_ref().unwrap().answer().status == 404));
        assert_eq!(lms.count_of(Service::Token), 1, "single flight");
    }
    let bearer = |lms: &practice::Lms| {
        let seen = lms.requests_to(Service::LineItem);
        seen[0].header("authorization").unwrap().to_owned()
    };
    assert_ne!(bearer(&class.app.lms), bearer(&other), "T14");

    // A platform that changes gets a new token, in every replica.
    class.app.correct(Details { is_enabled: Some(true), ..Details::default() }).await;
    let peer = Peer {
        platform: platform::entry(app, class.app.platform.id).await.unwrap(),
        deployment_id: DEPLOYMENT.to_owned(),
        scopes: ::lti::services::Scopes::default(),
    };
    let url = format!("{}/ags/{}/lineitems/1/lineitem", class.app.lms.base_url(), demo::COURSE);
    fetch(app, &peer, &::lti::services::ags::item::get(&url, SCOPE_LINE_ITEM)).await.unwrap();
    assert_eq!(class.app.lms.count_of(Service::Token), 2, "dropped when the platform changes");
}

#[tokio::test]
async fn t15_no_token_and_no_assertion_in_the_log_or_in_what_is_shown() {
    let log = Log::start();
    let class = Class::new().await;
    class.reports("Lab safety", None).await;
    class.app.run_jobs().await;
    class.visit(demo::GRACE).await;
    class.app.run_jobs().await;
    // A platform that repeats the token it got in its refusal.
    class.app.lms.misbehave(Misbehaviour::of(Service::Scores, Fault::Status(422)));
    class.visit(demo::EMMY).await;
    class.settle().await;
    let mut secrets: Vec<String> =
        tokens(&class).iter().map(|request| field(request, "client_assertion")).collect();
    for request in class.app.lms.requests_to(Service::Scores) {
        let bearer = request.header("authorization").unwrap().trim_start_matches("Bearer ").to_owned();
        secrets.push(bearer);
    }
    assert!(secrets.len() >= 3);
    let log = log.text();
    assert!(log.contains("a column is settled") && log.contains("lti.ags.rejected"), "the log speaks: {log}");
    for secret in secrets {
        assert!(!log.contains(&secret), "T15: {secret} in the log");
    }
}

/// Both sides may change their keys in mid-flight: ours a day after it was published.
#[tokio::test]
async fn a_rotation_of_our_key_does_not_interrupt_services() {
    let class = Class::new().await;
    class.reports("Lab safety", None).await;
    class.app.run_jobs().await;
    let kid = |request: &ServiceRequest| part(&field(request, "client_assertion"), 0)["kid"].clone();
    let first = kid(&tokens(&class)[0]);
    let operator = class.app.operator();
    let next = platform_key::rotate(&class.app.app, &operator, class.app.platform.id).await.unwrap().kid;
    class.visit(demo::GRACE).await;
    class.app.run_jobs().await;
    assert_eq!(kid(tokens(&class).last().unwrap()), first, "the new key is only published yet");
    class.app.advance(25 * 3600);
    class.visit(demo::EMMY).await;
    class.app.run_jobs().await;
    assert_eq!(kid(tokens(&class).last().unwrap()), next.as_str(), "the new key signs");
    assert_eq!((class.posted().len(), class.dead("report_score").await), (2, 0));
}
