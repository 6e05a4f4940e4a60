//! Keys that change while something is under way, the platform's and ours.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use laurel::domain::platform_key;
use practice::{Service, demo};
use serde_json::Value;

use crate::{services::Class, support::app::TestApp};

/// Between login and launch the platform changes its key: the new one is fetched once, launches signed by the old
/// one are good as long as it is published, and not any more once it is withdrawn.
#[tokio::test]
async fn the_platform_changes_its_key_between_login_and_launch() {
    let app = TestApp::new().await;
    app.launch(&[]).await.assert_ok("before");
    let attempts = [app.attempt(), app.attempt(), app.attempt()];
    let mut handshakes = Vec::new();
    for attempt in &attempts {
        handshakes.push(attempt.login(&[]).await);
    }
    let keys = app.lms.keys();
    let (old, fetched) = (keys.active(), keys.fetches());
    let new = keys.rotate();
    assert_ne!(old, new);
    let signed_by_new = attempts[0].fields(&handshakes[0], &[]);
    keys.sign_with(&old);
    let signed_by_old = attempts[1].fields(&handshakes[1], &[]);
    let page = attempts[0].deliver(signed_by_new).await;
    assert_eq!(page.status, 303, "{}", page.text());
    let page = attempts[1].deliver(signed_by_old).await;
    assert_eq!(page.status, 303, "{}", page.text());
    assert_eq!(keys.fetches(), fetched + 1, "one look at the platform's keys");

    keys.withdraw(&old);
    // What is cached of the platform's keys ages out; the login is a new one.
    app.advance(2 * 24 * 3600);
    let late = attempts[2].login(&[]).await;
    let page = attempts[2].deliver(attempts[2].fields(&late, &[])).await;
    crate::support::attempt::refused("the old key", &page, 401, "lti.jwt.kid_unknown");
    keys.sign_with(&new);
    app.launch(&[]).await.assert_ok("the new key");
}

/// Between an award and its score we change our key: what is asked within a day is signed by the old one, later by
/// the new one, and the platform, which reads our key set when it does, takes both.
#[tokio::test]
async fn our_key_changes_between_an_award_and_its_score() {
    let class = Class::new().await;
    let app = &class.app;
    class.reports("Lab safety", None).await;
    class.visit(demo::GRACE).await;
    let old = platform_key::signing(&app.app, app.platform.id).await.unwrap().kid().to_owned();
    let new = platform_key::rotate(&app.app, &app.operator(), app.platform.id).await.unwrap().kid;
    app.run_jobs().await;
    assert_eq!(asked_by(&class), [old.as_str()], "still the old one");
    let column = app.lms.line_items(demo::COURSE)[0].id;
    assert_eq!(app.lms.grade_of(column, demo::GRACE).unwrap().value(), 100.0);

    class.visit(demo::EMMY).await;
    app.advance(24 * 3600 + 60);
    class.settle().await;
    assert_eq!(asked_by(&class).last(), Some(&new), "the new one");
    assert_eq!(app.lms.grade_of(column, demo::EMMY).unwrap().value(), 100.0);
    assert_eq!(class.dead("report_score").await, 0);
}

/// The keys by which tokens were asked for at the LMS, oldest first.
fn asked_by(class: &Class) -> Vec<String> {
    let asked = class.app.lms.requests_to(Service::Token).into_iter().map(|request| {
        let form = request.form();
        let assertion = practice::fields::first(&form, "client_assertion").unwrap().to_owned();
        let header = URL_SAFE_NO_PAD.decode(assertion.split('.').next().unwrap()).unwrap();
        serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
    });
    asked.collect()
}
