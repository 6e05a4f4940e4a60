//! Section 14, X13–X17: what LTI 1.1 called people, courses and links, told by launches and proven by the old
//! secret. Launches are real ones through the practice LMS's pages.

use laurel::{
    domain::{
        access::{Actor, Caller},
        consumer_key,
        organization::{self, NewOrganization},
    },
    ids::{CourseId, DeploymentId, LearnerId},
    store::{
        self, alias as aliases,
        entity::{
            alias::{AliasKind, Model as Alias},
            award::AwardState,
        },
    },
};
use practice::{
    Activity, demo,
    legacy::{Legacy, LegacySignature},
};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::support::{
    api::{Sent, send},
    app::{CLIENT, DEPLOYMENT, TestApp},
};

/// Vector 2 of §22 has this key and this secret.
const KEY: &str = "key-77";
const SECRET: &str = "s3cr3t-legacy";
const LINK: &str = "badge-17";

/// The demo course with the tool's link; the platform tells of this past.
async fn campus(legacy: Option<Legacy>) -> TestApp {
    let app = TestApp::new().await;
    app.lms.add_activity(demo::COURSE, Activity::tool(LINK, "Your badge", CLIENT));
    app.lms.set_legacy(CLIENT, legacy);
    app
}

/// Grace, the course and the link had other ids.
fn past() -> Legacy {
    Legacy {
        key: KEY.to_owned(),
        secret: SECRET.to_owned(),
        users: [(demo::GRACE.into(), "old-grace".to_owned())].into(),
        contexts: [(demo::COURSE.into(), "old-course".to_owned())].into(),
        links: [(LINK.to_owned(), "old-link".to_owned())].into(),
        ..Legacy::default()
    }
}

async fn know(app: &TestApp, secret: &str) {
    let secret = SecretString::from(secret.to_owned());
    consumer_key::set(&app.app, &app.operator(), app.platform.id, KEY, &secret).await.unwrap();
}

/// Opens the link; the launch record's warnings.
async fn open(app: &TestApp, user: &str) -> String {
    let outcome = app.browser().launch(&app.lms, user, LINK).await.unwrap();
    assert_eq!(outcome.status(), 200, "{}", outcome.page.text());
    app.launch_record(&outcome.launch_id().unwrap()).await.warnings.to_string()
}

async fn alias(app: &TestApp, kind: AliasKind, realm: &str, former: &str) -> Option<Alias> {
    aliases::of_former(app.app.store.read(), app.organization, kind, realm, former).await.unwrap()
}

async fn deployment(app: &TestApp) -> DeploymentId {
    let found = store::deployment::unscoped_of_launch(app.app.store.read(), app.platform.id, DEPLOYMENT);
    found.await.unwrap().unwrap().id
}

/// Grace as the platform calls her today.
async fn grace(app: &TestApp) -> LearnerId {
    app.learner(&app.lms.subject(demo::GRACE)).await.unwrap().id
}

/// Reports a completion by these names, over the API.
async fn report(app: &TestApp, id: &str, sub: &str, context: Option<&str>) -> Value {
    let mut event = json!({
        "id": id,
        "type": "completed",
        "learner": { "platform_id": app.platform.id, "sub": sub },
        "activity": "workshop",
    });
    if let Some(context) = context {
        event["course"] = json!({ "deployment_id": deployment(app).await, "context_id": context });
    }
    let answer = send(app, &Method::POST, "/events", Some(&app.api_key), &[], Sent::json(&event)).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json
}

/// X13: a valid signature attaches old user, course and link; what is reported by the old ids is about the same.
#[tokio::test]
async fn x13_a_proven_past_is_attached() {
    let app = campus(Some(past())).await;
    know(&app, SECRET).await;
    assert_eq!(open(&app, demo::GRACE).await, "[]");
    let (issuer, deployment) = (app.lms.issuer().to_owned(), deployment(&app).await.to_string());
    let user = alias(&app, AliasKind::Learner, &issuer, "old-grace").await.unwrap();
    assert_eq!(user.subject_id, grace(&app).await.0);
    let course = alias(&app, AliasKind::Course, &deployment, "old-course").await.unwrap();
    let link = alias(&app, AliasKind::Link, &deployment, "old-link").await.unwrap();
    let db = app.app.store.read();
    let known = store::course::find(db, app.organization, CourseId(course.subject_id)).await.unwrap();
    assert_eq!(known.unwrap().context_id, demo::COURSE);
    let links = store::link::of_course(db, app.organization, CourseId(course.subject_id)).await.unwrap();
    assert_eq!(links.iter().map(|link| link.id.0).collect::<Vec<_>>(), [link.subject_id]);

    let before = app.rows().await;
    let heard = report(&app, "e-1", "old-grace", Some("old-course")).await;
    assert_eq!(heard["learner_id"], json!(user.subject_id));
    let rows = app.rows().await;
    assert_eq!((rows.learners, rows.courses), (before.learners, before.courses), "nobody new");
    let signals = store::signal::of_learner(db, app.organization, LearnerId(user.subject_id)).await.unwrap();
    assert!(signals.iter().any(|signal| signal.course_id == Some(CourseId(course.subject_id))));
    let today = report(&app, "e-2", &app.lms.subject(demo::GRACE), None).await;
    assert_eq!(today["learner_id"], heard["learner_id"], "today's id still means her");
}

/// X13: what was reported by old ids before the first launch is the same person's and the same course's after it.
#[tokio::test]
async fn x13_reports_that_came_first_are_found_again() {
    let app = campus(Some(past())).await;
    know(&app, SECRET).await;
    let early = report(&app, "e-1", "old-grace", Some("old-course")).await;
    let before = app.rows().await;
    let completes = json!({ "type": "completed", "subject": { "activity": "workshop" } });
    let version = app.achievement("Completed").await;
    app.place(version, None, completes).await;
    open(&app, demo::GRACE).await;
    let rows = app.rows().await;
    assert_eq!((rows.learners, rows.courses), (before.learners, before.courses), "renamed, not added");
    assert_eq!(json!(grace(&app).await), early["learner_id"]);
    assert!(app.learner("old-grace").await.is_none());
    app.run_jobs().await;
    let awards = app.awards().await;
    assert_eq!((awards.len(), awards[0].learner_id), (1, grace(&app).await));
}

/// X13: where the person is known by both ids already, what is known of them comes together; a badge held twice
/// stays where it is.
#[tokio::test]
async fn x13_somebody_known_twice_becomes_one() {
    let app = campus(None).await;
    know(&app, SECRET).await;
    app.badge_for_opening("Opened").await;
    let completed = app.achievement("Completed").await;
    app.place(completed, None, json!({ "type": "completed", "subject": { "activity": "workshop" } })).await;
    open(&app, demo::GRACE).await;
    let early = report(&app, "e-1", "old-grace", Some("old-course")).await;
    assert_ne!(json!(grace(&app).await), early["learner_id"], "nobody knows better yet");
    let old: LearnerId = early["learner_id"].as_str().unwrap().parse().unwrap();
    assert_eq!(app.awards().await.len(), 2);

    app.lms.set_legacy(CLIENT, Some(past()));
    open(&app, demo::GRACE).await;
    let today = grace(&app).await;
    let awards = app.awards().await;
    assert_eq!(awards.len(), 2, "nothing is awarded twice");
    assert!(awards.iter().all(|award| award.learner_id == today), "{awards:?}");
    let db = app.app.store.read();
    assert!(store::signal::of_learner(db, app.organization, old).await.unwrap().is_empty());
    let again = report(&app, "e-2", "old-grace", None).await;
    assert_eq!(again["learner_id"], json!(today));
    assert!(awards.iter().all(|award| award.state != AwardState::Revoked));
}

/// X14: a wrong signature attaches nothing; the launch is good and its record warns, each time.
#[tokio::test]
async fn x14_a_wrong_signature_is_warned_of() {
    let app = campus(Some(Legacy { signature: LegacySignature::Wrong, ..past() })).await;
    know(&app, SECRET).await;
    for _ in 0..3 {
        let warnings = open(&app, demo::GRACE).await;
        assert!(warnings.contains("lti.migrate.sign_invalid"), "{warnings}");
    }
    assert_eq!(app.count("alias").await, 0);
    // The right one later is believed.
    app.lms.set_legacy(CLIENT, Some(past()));
    assert_eq!(open(&app, demo::GRACE).await, "[]");
    assert!(alias(&app, AliasKind::Learner, app.lms.issuer(), "old-grace").await.is_some());
}

/// X15: an unknown key is ignored, and so is one of another organization; known later, it is believed at the next
/// launch, though that says nothing else that is new.
#[tokio::test]
async fn x15_an_unknown_key_is_ignored() {
    let app = campus(Some(past())).await;
    let nobody = Caller::new(app.organization, Actor::CommandLine);
    let college = NewOrganization { slug: "college".to_owned(), name: "College".to_owned() };
    let college = organization::create(&app.app, &nobody, college).await.unwrap().id;
    let foreign = Caller::new(college, Actor::CommandLine);
    let secret = SecretString::from(SECRET.to_owned());
    let refused = consumer_key::set(&app.app, &foreign, app.platform.id, KEY, &secret).await;
    assert_eq!(refused.unwrap_err().code(), "not_found", "the platform is not theirs");
    for _ in 0..2 {
        assert_eq!(open(&app, demo::GRACE).await, "[]");
    }
    assert_eq!(app.count("alias").await, 0);
    know(&app, SECRET).await;
    assert_eq!(open(&app, demo::GRACE).await, "[]");
    assert_eq!(app.count("alias").await, 4, "user, course, link, and the deployment's key");
}

/// X16: without `user_id` the old id is `sub`.
#[tokio::test]
async fn x16_without_an_old_user_id_it_is_sub() {
    let app = campus(Some(Legacy { users: Default::default(), ..past() })).await;
    know(&app, SECRET).await;
    assert_eq!(open(&app, demo::GRACE).await, "[]");
    let sub = app.lms.subject(demo::GRACE);
    let user = alias(&app, AliasKind::Learner, app.lms.issuer(), &sub).await.unwrap();
    assert_eq!(user.subject_id, grace(&app).await.0);
    assert_eq!(report(&app, "e-1", &sub, None).await["learner_id"], json!(user.subject_id));
}

/// X17: the vectors of §22, made by the LMS and believed here, are in `src/lti`; a launch through the vectors' key
/// and secret is X13. Here: a signature made with our own function equals the LMS's.
#[test]
fn x17_both_sides_sign_the_same() {
    let theirs = practice::legacy::lti1p1_signature(
        SECRET,
        KEY,
        "dep-9",
        "https://lms.campus.example",
        "client-abc",
        1_900_000_300,
        "n-0001",
    );
    assert_eq!(theirs, "6XSzxLI1F81vwaAJ2o/Y+0AncT5Dy5uCQ2zhPWh1oGI=");
    let base = "key-77&dep-9&https://lms.campus.example&client-abc&1900000300&n-0001";
    assert_eq!(::lti::migration::sign(base, SECRET), theirs);
}

/// §22: without signature only the user's old id counts, and only where the deployment stands in the key's place.
#[tokio::test]
async fn without_a_signature_only_a_bound_deployment_is_believed() {
    let unsigned = || Legacy { signature: LegacySignature::Missing, ..past() };
    let app = campus(Some(unsigned())).await;
    know(&app, SECRET).await;
    assert!(open(&app, demo::GRACE).await.contains("lti.migrate.sign_invalid"));
    assert_eq!(app.count("alias").await, 0);
    app.lms.set_legacy(CLIENT, Some(past()));
    open(&app, demo::EMMY).await;
    app.lms.set_legacy(CLIENT, Some(unsigned()));
    assert_eq!(open(&app, demo::GRACE).await, "[]");
    let user = alias(&app, AliasKind::Learner, app.lms.issuer(), "old-grace").await.unwrap();
    assert_eq!(user.subject_id, grace(&app).await.0);
}

/// §22: a record is migrated once; a second, different claim is refused with a warning, and so is an old id that
/// means somebody else.
#[tokio::test]
async fn a_second_past_is_refused() {
    let app = campus(Some(past())).await;
    know(&app, SECRET).await;
    open(&app, demo::GRACE).await;
    let other = Legacy { users: [(demo::GRACE.into(), "older".to_owned())].into(), ..past() };
    app.lms.set_legacy(CLIENT, Some(other));
    let warnings = open(&app, demo::GRACE).await;
    assert!(warnings.contains("lti.migrate.conflict") && warnings.contains("learner"), "{warnings}");
    assert!(alias(&app, AliasKind::Learner, app.lms.issuer(), "older").await.is_none());
    let taken = Legacy { users: [(demo::EMMY.into(), "old-grace".to_owned())].into(), ..past() };
    app.lms.set_legacy(CLIENT, Some(taken));
    assert!(open(&app, demo::EMMY).await.contains("lti.migrate.conflict"));
    let user = alias(&app, AliasKind::Learner, app.lms.issuer(), "old-grace").await.unwrap();
    assert_eq!(user.subject_id, grace(&app).await.0, "still hers");
}

/// An old id that is somebody's id today stays theirs: ids of then and now may look alike.
#[tokio::test]
async fn an_old_id_never_takes_anybodys_place() {
    let app = campus(None).await;
    know(&app, SECRET).await;
    open(&app, demo::EMMY).await;
    let emmy = app.lms.subject(demo::EMMY);
    let colliding = Legacy { users: [(demo::GRACE.into(), emmy.clone())].into(), ..past() };
    app.lms.set_legacy(CLIENT, Some(colliding));
    open(&app, demo::GRACE).await;
    let (grace, found) = (grace(&app).await, app.learner(&emmy).await.unwrap());
    assert_ne!(found.id, grace);
    let heard = report(&app, "e-1", &emmy, None).await;
    assert_eq!(heard["learner_id"], json!(found.id), "Emmy launched under it, so it is hers");
}

/// The secret goes in by API, is sealed, and comes out nowhere.
#[tokio::test]
async fn a_consumer_keys_secret_is_never_shown() {
    let app = campus(Some(past())).await;
    let path = format!("/platforms/{}/consumer-keys", app.platform.id);
    let call = async |method: Method, path: &str, body: Sent| {
        send(&app, &method, path, Some(&app.api_key), &[], body).await
    };
    let wrong = json!({ "key": KEY, "secret": "mistyped" });
    let first = call(Method::POST, &path, Sent::json(&wrong)).await;
    let body = json!({ "key": KEY, "secret": SECRET });
    let made = call(Method::POST, &path, Sent::json(&body)).await;
    assert_eq!((first.status, made.status), (201, 201), "{}", made.text);
    assert_eq!(first.json["id"], made.json["id"], "the same key with another secret");
    let listed = call(Method::GET, &path, Sent::Nothing).await;
    assert_eq!(listed.json["items"].as_array().unwrap().len(), 1);
    for answer in [&made, &listed] {
        assert!(!answer.text.contains(SECRET) && answer.text.contains(KEY), "{}", answer.text);
    }
    let stored = store::consumer_key::unscoped_of_platform(app.app.store.read(), app.platform.id);
    let sealed = stored.await.unwrap().remove(0).sealed_secret;
    assert!(!sealed.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()));
    assert_eq!(open(&app, demo::GRACE).await, "[]");
    assert_eq!(app.count("alias").await, 4, "the newer secret counts");
    for bad in [json!({ "key": "", "secret": "x" }), json!({ "key": "k", "secret": "" })] {
        assert_eq!(call(Method::POST, &path, Sent::json(&bad)).await.status, 422, "{bad}");
    }
    let id = made.json["id"].as_str().unwrap();
    let removed = call(Method::POST, &format!("/consumer-keys/{id}/remove"), Sent::Nothing).await;
    assert_eq!(removed.status, 200, "{}", removed.text);
    app.lms.set_legacy(CLIENT, Some(Legacy { signature: LegacySignature::Wrong, ..past() }));
    assert_eq!(open(&app, demo::GRACE).await, "[]", "unknown again: ignored");
}

/// Launches that tell of no past ask nothing about it, and those that do ask once.
#[tokio::test]
async fn a_known_past_costs_nothing() {
    let app = campus(Some(past())).await;
    know(&app, SECRET).await;
    open(&app, demo::GRACE).await;
    open(&app, demo::GRACE).await;
    let browser = app.browser();
    browser.sign_in(&app.lms, demo::GRACE).await.unwrap();
    let before = app.app.store.counted();
    let outcome = browser.launch(&app.lms, demo::GRACE, LINK).await.unwrap();
    assert_eq!(outcome.status(), 200);
    let page = app.app.store.counted();
    browser.get(outcome.page.url.as_str()).await.unwrap();
    let after = app.app.store.counted();
    // The launch's own reads: all, without those of the page, which was read once more.
    let reads = (page.reads - before.reads) - (after.reads - page.reads);
    assert!(reads <= 1, "{reads} reads");
    assert_eq!(page.writes - before.writes, 1, "the record only");
}
