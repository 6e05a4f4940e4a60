//! Health of a platform: what an operator is told without asking the platform now.

use laurel::domain::platform_health;
use practice::{Bend, Fault, JwksAnswer, Misbehaviour, Service};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    services::Class,
    support::{
        api::{Sent, send},
        app::{DEPLOYMENT, TestApp},
    },
};

async fn health(app: &TestApp) -> Value {
    let path = format!("/platforms/{}/health", app.platform.id);
    let answer = send(app, &Method::GET, &path, Some(&app.api_key), &[], Sent::Nothing).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json
}

fn service<'a>(health: &'a Value, name: &str) -> &'a Value {
    let services = health["services"].as_array().unwrap();
    services.iter().find(|asked| asked["service"] == name).unwrap_or(&Value::Null)
}

#[tokio::test]
async fn a_platform_that_works_is_well_and_says_with_what() {
    let class = Class::new().await;
    class.reports("Lab safety", None).await;
    class.settle().await;
    let told = health(&class.app).await;
    assert_eq!((&told["well"], &told["troubles"]), (&json!(true), &json!([])), "{told}");
    assert!(told["launched_at"].is_string() && told["refused"].is_null());
    assert!(told["keys"]["brought"][0].as_str().unwrap().starts_with("p1-a (RSA, 2048 bits)"), "{told}");
    let token = service(&told, "token");
    assert_eq!((&token["deployment"], &token["failing"]), (&json!(DEPLOYMENT), &json!(false)));
    assert!(token["brought"].as_array().unwrap().len() >= 3);
    assert!(service(&told, "grades")["succeeded_at"].is_string());
    assert_eq!(told["missing_scopes"], json!([]));
    assert_eq!(told["offered_scopes"].as_array().unwrap().len(), 6, "{told}");
}

#[tokio::test]
async fn what_goes_wrong_is_said_in_plain_words_until_it_is_mended() {
    let class = Class::new().await;
    let app = &class.app;
    class.reports("Lab safety", None).await;
    app.lms.misbehave(Misbehaviour::of(Service::Token, Fault::Status(503)));
    app.run_jobs().await;
    let told = health(app).await;
    let token = service(&told, "token");
    assert_eq!(
        (&token["failed"]["code"], &token["failed"]["status"]),
        (&json!("lti.token.unreachable"), &json!(503))
    );
    let sentence = "The platform's token address does not answer.";
    assert_eq!(token["failed"]["sentence"], sentence);
    assert!(told["troubles"][0].as_str().unwrap().contains(sentence), "{told}");
    assert_eq!(told["well"], json!(false));

    app.lms.behave();
    app.lms.misbehave(Misbehaviour::of(Service::LineItems, Fault::Html));
    app.advance(3600);
    app.run_jobs().await;
    let told = health(app).await;
    assert_eq!(service(&told, "token")["failing"], json!(false), "mended: {told}");
    assert!(service(&told, "token")["failed"].is_object(), "and remembered");
    assert_eq!(service(&told, "grades")["failing"], json!(true), "{told}");

    app.lms.behave();
    class.settle().await;
    app.launch(&[Bend::flipped_signature()]).await;
    let told = health(app).await;
    assert_eq!(told["refused"]["code"], "lti.jwt.signature_invalid");
    assert_eq!(told["refused"]["sentence"], "The token's signature is wrong.");
    assert!(told["refused"]["correlation_id"].is_string());
    let path = format!("/launches?platform_id={}&outcome=lti.jwt.signature_invalid", app.platform.id);
    let listed = send(app, &Method::GET, &path, Some(&app.api_key), &[], Sent::Nothing).await;
    assert_eq!(listed.json["items"][0]["sentence"], told["refused"]["sentence"]);
    assert_eq!(listed.json["items"][0]["correlation_id"], told["refused"]["correlation_id"]);
}

#[tokio::test]
async fn unreadable_keys_are_told_and_launches_are_found_by_time() {
    let app = TestApp::new().await;
    app.lms.keys().answer(JwksAnswer::Status(500));
    app.launch(&[]).await.assert_refused("", 503, "lti.jwt.jwks_unavailable");
    let told = health(&app).await;
    assert_eq!(told["keys"]["failing"], json!(true), "{told}");
    assert!(told["keys"]["failed"]["words"].as_str().unwrap().contains("500"), "{told}");
    let then = app.clock.now();
    app.advance(60);
    app.lms.keys().answer(JwksAnswer::Keys);
    app.launch(&[]).await.assert_ok("again");
    let told = health(&app).await;
    assert_eq!(told["keys"]["failing"], json!(false), "{told}");
    let ask = async |query: String| {
        let path = format!("/launches?{query}");
        let listed = send(&app, &Method::GET, &path, Some(&app.api_key), &[], Sent::Nothing).await;
        assert_eq!(listed.status, 200, "{}", listed.text);
        let items = listed.json["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["outcome"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let later = (then + chrono::Duration::seconds(30)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    assert_eq!(ask(format!("from={later}")).await, ["ok"]);
    assert_eq!(ask(format!("to={later}")).await, ["lti.jwt.jwks_unavailable"]);
}

/// Writing it down costs a good launch nothing, and another process reads it.
#[tokio::test]
async fn outcomes_are_written_in_batches_and_only_when_they_change() {
    let class = Class::new().await;
    let app = &class.app;
    let outcomes = async || app.count("service_outcome").await;
    assert_eq!(outcomes().await, 0, "a launch writes none");
    platform_health::write_down(&app.app, false).await.unwrap();
    assert_eq!(outcomes().await, 1, "the keys");
    let writes = || app.app.store.counted().writes;
    let before = writes();
    platform_health::write_down(&app.app, false).await.unwrap();
    assert_eq!(writes(), before, "nothing new");
    class.reports("Lab safety", None).await;
    class.settle().await;
    platform_health::write_down(&app.app, false).await.unwrap();
    let second = app.second().await;
    let told = health(&second).await;
    assert!(service(&told, "grades")["succeeded_at"].is_string(), "{told}");
}
