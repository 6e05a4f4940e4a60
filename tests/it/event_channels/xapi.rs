//! xAPI statements: Moodle's log store and other senders (xAPI 1.0.3 part 2 §2, part 3 §2.1).

use laurel::store::entity::{award::AwardState, event_channel::ChannelKind};
use practice::demo;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Stage, basic, bearer};
use crate::support::api::{Sent, send};

/// Issue 4, "Done when": a learner who finishes the practice course without opening Laurel gets the badge by mail
/// by the event, at once.
#[tokio::test]
async fn who_finishes_the_course_without_opening_laurel_gets_the_badge_by_mail() {
    let stage = Stage::new().await;
    stage.badge_for_completing("Safety").await;
    stage.rosters(demo::GRACE).await;
    let channel = stage.channel(ChannelKind::Xapi).await;
    let began = std::time::Instant::now();
    let statement = stage.completed(demo::GRACE);
    let sent = stage
        .app
        .lms
        .send_statements(&stage.store(&channel), std::slice::from_ref(&statement))
        .await
        .unwrap();
    assert_eq!(sent.status, 200, "{}", String::from_utf8_lossy(&sent.body));
    let ids: Value = serde_json::from_slice(&sent.body).unwrap();
    assert_eq!(ids, json!([statement["id"]]));
    assert_eq!(sent.header("x-experience-api-version"), Some("1.0.3"));
    let awards = stage.awards().await;
    assert_eq!(awards.len(), 1);
    assert_eq!((awards[0].state, awards[0].strength), (AwardState::Active, 3));
    stage.app.run_jobs().await;
    let mails = stage.app.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to.as_str(), "user-grace@campus.example");
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    assert_eq!(stage.app.count("launch_record").await, 1, "only the teacher ever launched");
    let evidence = serde_json::to_string(&awards[0].verdict).unwrap();
    assert!(evidence.contains("The platform"), "reported by whom: {evidence}");
}

/// The same with the platform's own roster: nobody but the teacher ever opened anything.
#[tokio::test]
async fn the_roster_says_who_they_are_and_the_event_what_they_did() {
    let class = crate::services::Class::new().await;
    class.read().await;
    let stage = Stage { course: class.course, app: class.app };
    stage.badge_for_completing("Safety").await;
    let channel = stage.channel(ChannelKind::Xapi).await;
    let statements = [demo::GRACE, demo::EMMY, demo::ADA].map(|user| stage.completed(user));
    let sent = stage.app.lms.send_statements(&stage.store(&channel), &statements).await.unwrap();
    assert_eq!(sent.status, 200, "{}", String::from_utf8_lossy(&sent.body));
    assert_eq!(stage.awards().await.len(), 2, "the teacher never earns");
    stage.app.run_jobs().await;
    let mails = stage.app.mails();
    let mut to: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
    to.sort_unstable();
    assert_eq!(to, ["emmy@campus.example", "grace@campus.example"]);
}

#[tokio::test]
async fn a_statement_counts_once_and_cannot_be_replaced() {
    let stage = Stage::new().await;
    let learner = stage.rosters(demo::GRACE).await;
    let (channel, secret) = stage.channel(ChannelKind::Xapi).await;
    let statement = stage.completed(demo::GRACE);
    for round in 0..3 {
        let sent = stage.state(&secret, &json!([statement])).await;
        assert_eq!((sent.status, &sent.json), (200, &json!([statement["id"]])), "{round}: {}", sent.text);
    }
    // Stores add these: they make no other statement.
    let mut stored = statement.clone();
    stored["stored"] = json!("2030-01-01T00:00:00Z");
    stored["version"] = json!("1.0.0");
    assert_eq!(stage.state(&secret, &stored).await.status, 200);
    let mut other = statement.clone();
    other["actor"]["account"]["name"] = json!(demo::EMMY);
    stage.rosters(demo::EMMY).await;
    let refused = stage.state(&secret, &other).await;
    assert_eq!((refused.status, refused.code()), (409, "event.conflict"), "{}", refused.text);
    let signals = stage.signals().await;
    assert_eq!(signals.len(), 1);
    assert_eq!(signals[0].learner_id, learner.id);
    let counts = stage.counts(&channel).await;
    assert_eq!((counts["recorded"].as_u64(), counts["repeated"].as_u64()), (Some(1), Some(3)));
    assert_eq!(counts["refused"], 1, "{counts}");
    assert_eq!(counts["reasons"][0]["code"], "event.conflict");
    // Without an id of its own it is known by what it says.
    let mut nameless = statement.clone();
    nameless.as_object_mut().unwrap().remove("id");
    let first = stage.state(&secret, &nameless).await;
    let again = stage.state(&secret, &nameless).await;
    assert_eq!((first.status, &first.json), (200, &again.json));
    assert_eq!(stage.signals().await.len(), 2);
}

#[tokio::test]
async fn a_wrong_statement_spoils_no_other() {
    let stage = Stage::new().await;
    stage.rosters(demo::GRACE).await;
    stage.rosters(demo::EMMY).await;
    let (channel, secret) = stage.channel(ChannelKind::Xapi).await;
    let (good, mut wrong, late) =
        (stage.completed(demo::GRACE), stage.completed(demo::GRACE), stage.completed(demo::EMMY));
    wrong["result"] = json!({ "score": { "raw": "many" } });
    let view = json!({
        "actor": good["actor"], "verb": { "id": "http://id.tincanapi.com/verb/viewed" }, "object": good["object"]
    });
    let sent = stage.state(&secret, &json!([good, wrong, 7, view, late])).await;
    assert_eq!((sent.status, sent.code()), (400, "score.number"), "{}", sent.text);
    let outcomes: Vec<_> =
        sent.json["statements"].as_array().unwrap().iter().map(|item| item["outcome"].clone()).collect();
    assert_eq!(outcomes, ["recorded", "refused", "refused", "ignored", "recorded"]);
    assert_eq!(stage.signals().await.len(), 2);
    let counts = stage.counts(&channel).await;
    assert_eq!((counts["refused"].as_u64(), counts["ignored"].as_u64()), (Some(2), Some(1)), "{counts}");
    for (body, status, code) in [
        ("", 400, "body.malformed_json"),
        ("{", 400, "body.malformed_json"),
        ("[1", 400, "body.malformed_json"),
        ("7", 400, "statement.malformed"),
        (&"[".repeat(500), 400, "body.malformed_json"),
    ] {
        let sent = stage.send(Method::POST, "/xapi", Some(&bearer(&secret)), &[], body.to_owned()).await;
        assert_eq!((sent.status, sent.code()), (status, code), "{body}: {}", sent.text);
    }
    let many: Vec<Value> = (0..501).map(|_| view.clone()).collect();
    let sent = stage.state(&secret, &json!(many)).await;
    assert_eq!((sent.status, sent.code()), (400, "batch.too_large"));
    let large = "x".repeat(1_100_000);
    let sent = stage.send(Method::POST, "/xapi", Some(&bearer(&secret)), &[], large).await;
    assert_eq!((sent.status, sent.code()), (413, "body.too_large"), "{}", sent.text);
    assert_eq!(stage.state(&secret, &json!([])).await.json, json!([]));
    assert_eq!(stage.signals().await.len(), 2);
}

#[tokio::test]
async fn senders_are_who_they_say_or_get_nothing() {
    let stage = Stage::new().await;
    stage.rosters(demo::GRACE).await;
    let (channel, secret) = stage.channel(ChannelKind::Xapi).await;
    let (_, caliper) = stage.channel(ChannelKind::Caliper).await;
    let body = json!([stage.completed(demo::GRACE)]).to_string();
    let post = async |authorization: Option<&str>, body: &str| {
        stage.send(Method::POST, "/xapi/statements", authorization, &[], body.to_owned()).await
    };
    let wrong = [
        None,
        Some("Bearer".to_owned()),
        Some(bearer("laurel-events_made_up")),
        Some(bearer(&caliper)),
        Some(bearer(&stage.app.api_key)),
        Some(basic(&channel.prefix, "guess")),
        Some("Basic !!!".to_owned()),
    ];
    for wrong in wrong {
        let sent = post(wrong.as_deref(), &body).await;
        assert_eq!((sent.status, sent.code()), (401, "channel.unknown"), "{wrong:?}");
        assert!(sent.headers["www-authenticate"].to_str().unwrap().starts_with("Basic"), "{wrong:?}");
    }
    assert_eq!(stage.signals().await.len(), 0);
    let known = post(Some(&basic(&channel.prefix, &secret)), &body).await;
    assert_eq!(known.status, 200);
    assert!(known.headers.contains_key("ratelimit-remaining"));
    // Versions, content types and other methods.
    let headers = [("x-experience-api-version", "0.95")];
    let old = stage.send(Method::POST, "/xapi", Some(&bearer(&secret)), &headers, body.clone()).await;
    assert_eq!((old.status, old.code()), (400, "xapi.version"));
    let headers = [("x-experience-api-version", "2.0.0")];
    let new = stage.send(Method::POST, "/xapi", Some(&bearer(&secret)), &headers, body.clone()).await;
    assert_eq!((new.status, &new.headers["x-experience-api-version"]), (200, &"2.0.0".parse().unwrap()));
    let about = stage.send(Method::GET, "/xapi/about", None, &[], String::new()).await;
    assert!(about.json["version"].as_array().unwrap().contains(&json!("1.0.3")));
    let read = stage.send(Method::GET, "/xapi/statements", Some(&bearer(&secret)), &[], String::new()).await;
    assert_eq!(read.status, 405);
    // Ended channels are strangers.
    stage.app.advance(60);
    let (short, ended) = stage
        .channel_that(ChannelKind::Xapi, |new| {
            new.expires_at = Some(stage.app.clock.now() + chrono::Duration::hours(1));
        })
        .await;
    assert_eq!(post(Some(&bearer(&ended)), &body).await.status, 200, "{}", short.id);
    stage.app.advance(3_601);
    assert_eq!(post(Some(&bearer(&ended)), &body).await.status, 401);
    laurel::domain::event_channel::revoke(&stage.app.app, &stage.app.operator(), channel.id).await.unwrap();
    assert_eq!(post(Some(&bearer(&secret)), &body).await.status, 401);
}

#[tokio::test]
async fn put_names_the_statement_in_its_address() {
    let stage = Stage::new().await;
    stage.rosters(demo::GRACE).await;
    let (_, secret) = stage.channel(ChannelKind::Xapi).await;
    let statement = stage.completed(demo::GRACE);
    let id = statement["id"].as_str().unwrap();
    let put = async |query: &str, body: &Value| {
        let path = format!("/xapi/statements{query}");
        stage.send(Method::PUT, &path, Some(&bearer(&secret)), &[], body.to_string()).await
    };
    let done = put(&format!("?statementId={id}"), &statement).await;
    assert_eq!((done.status, done.text.as_str()), (204, ""));
    assert_eq!(put(&format!("?statementId={id}"), &statement).await.status, 204);
    let mut nameless = statement.clone();
    nameless.as_object_mut().unwrap().remove("id");
    assert_eq!(put(&format!("?statementId={}", id.to_uppercase()), &nameless).await.status, 204);
    for query in ["", "?statementId=7", "?statementId=00000000-0000-4000-8000-000000000000"] {
        let wrong = put(query, &statement).await;
        assert_eq!((wrong.status, wrong.code()), (400, "statement.id"), "{query}");
    }
    assert_eq!(put(&format!("?statementId={id}"), &json!([statement])).await.status, 400);
    assert_eq!(stage.signals().await.len(), 1);
}

#[tokio::test]
async fn verbs_and_results_say_what_they_say() {
    let stage = Stage::new().await;
    stage.rosters(demo::GRACE).await;
    let (_, secret) = stage.channel(ChannelKind::Xapi).await;
    let state = async |verb: &str, result: Value| {
        let mut statement =
            stage.app.lms.scored_statement(&demo::COURSE.into(), "12", &demo::GRACE.into(), (8.0, 10.0));
        statement["verb"]["id"] = json!(format!("http://adlnet.gov/expapi/verbs/{verb}"));
        statement["result"] = result;
        let before = stage.signals().await;
        let sent = stage.state(&secret, &statement).await;
        assert_eq!(sent.status, 200, "{verb}: {}", sent.text);
        let said = stage.signals_after(&before).await;
        said.iter().map(|row| row.value["said"].clone()).collect::<Vec<_>>()
    };
    let subject = format!("activity:{}/mod/quiz/view.php?id=12", stage.app.lms.base_url());
    let completed = json!({ "kind": "completed", "subject": subject });
    let score = |given: &str, maximum: Value| json!({ "kind": "score", "subject": subject, "given": given, "maximum": maximum, "state": "graded" });
    for verb in ["completed", "passed", "mastered"] {
        assert_eq!(state(verb, json!({})).await, std::slice::from_ref(&completed), "{verb}");
        assert_eq!(state(verb, json!({ "completion": false })).await.len(), 0, "{verb}");
        assert_eq!(state(verb, json!({ "success": false })).await.len(), 0, "{verb}");
    }
    let eight = json!({ "score": { "raw": 8, "max": 10 } });
    assert_eq!(state("completed", eight.clone()).await, [completed.clone(), score("8", json!("10"))]);
    assert_eq!(state("failed", eight.clone()).await, [score("8", json!("10"))]);
    assert_eq!(state("scored", eight).await, [score("8", json!("10"))]);
    // A completion that failed is none; its score counts.
    let failed = json!({ "success": false, "score": { "raw": 2.5, "max": 10, "min": 0 } });
    assert_eq!(state("completed", failed).await, [score("2.5", json!("10"))]);
    assert_eq!(state("scored", json!({ "score": { "scaled": 0.85 } })).await, [score("0.85", json!("1"))]);
    assert_eq!(state("scored", json!({ "score": { "raw": 7 } })).await, [score("7", Value::Null)]);
    // From 50 to 100: 75 is half of it.
    let shifted = json!({ "score": { "raw": 75, "min": 50, "max": 100 } });
    assert_eq!(state("scored", shifted).await, [score("25", json!("50"))]);
    // Nothing to be had: an ungraded activity of Moodle.
    assert_eq!(state("scored", json!({ "score": { "raw": 0, "max": 0 } })).await.len(), 0);
    assert_eq!(state("attempted", json!({ "score": { "raw": 8, "max": 10 } })).await.len(), 0);
}

/// Issue 4: statements that a learner or content could author count as weak.
#[tokio::test]
async fn what_a_learner_or_content_could_have_written_is_weak() {
    let stage = Stage::new().await;
    stage.rosters(demo::GRACE).await;
    let (_, strong) = stage.channel(ChannelKind::Xapi).await;
    let (_, medium) =
        stage.channel_that(ChannelKind::Xapi, |new| new.strength = criteria::Strength::Medium).await;
    let strength = async |secret: &str, change: &dyn Fn(&mut Value)| {
        let mut statement = stage.completed(demo::GRACE);
        change(&mut statement);
        let before = stage.signals().await;
        assert_eq!(stage.state(secret, &statement).await.status, 200);
        stage.signals_after(&before).await[0].strength
    };
    let event = |name: &'static str| {
        move |statement: &mut Value| {
            statement["context"]["extensions"] =
                json!({ "http://lrs.learninglocker.net/define/extensions/info": { "event_name": name } });
        }
    };
    assert_eq!(strength(&strong, &|_| {}).await, 3);
    assert_eq!(strength(&medium, &|_| {}).await, 2);
    assert_eq!(strength(&strong, &|told| told["authority"] = told["actor"].clone()).await, 1);
    let group = |told: &mut Value| {
        let app = json!({ "account": { "homePage": "http://lrs.example/OAuth", "name": "oauth" } });
        told["authority"] = json!({ "objectType": "Group", "member": [app, told["actor"]] });
    };
    assert_eq!(strength(&strong, &group).await, 1);
    let store = json!({ "account": { "homePage": "http://lrs.example", "name": "store" } });
    assert_eq!(strength(&strong, &|told| told["authority"] = store.clone()).await, 3);
    for name in [
        "\\mod_scorm\\event\\status_submitted",
        "\\mod_h5pactivity\\event\\statement_received",
        // Comes for an undone completion as well, and does not say which it is.
        "\\core\\event\\course_module_completion_updated",
    ] {
        assert_eq!(strength(&strong, &event(name)).await, 1, "{name}");
    }
    assert_eq!(strength(&strong, &event("\\mod_quiz\\event\\attempt_submitted")).await, 3);
}

#[tokio::test]
async fn a_channel_speaks_for_its_platform_and_courses_only() {
    let stage = Stage::new().await;
    stage.rosters(demo::GRACE).await;
    let (bound, secret) = stage.channel_that(ChannelKind::Xapi, |new| new.courses = vec![stage.course]).await;
    let mut elsewhere = stage.completed(demo::GRACE);
    elsewhere["object"]["id"] = json!(format!("{}/course/view.php?id=other", stage.app.lms.issuer()));
    let mut foreign = stage.completed(demo::GRACE);
    foreign["actor"]["account"]["homePage"] = json!("https://other.example");
    let refused = stage.state(&secret, &elsewhere).await;
    assert_eq!((refused.status, refused.code()), (403, "course.not_granted"), "{}", refused.text);
    let refused = stage.state(&secret, &foreign).await;
    assert_eq!((refused.status, refused.code()), (403, "platform.not_granted"));
    // In a batch they hold up nothing: a platform sends its other courses too.
    let good = stage.completed(demo::GRACE);
    let sent = stage.state(&secret, &json!([elsewhere, good, foreign])).await;
    assert_eq!((sent.status, &sent.headers["x-laurel-refused"]), (200, &"2".parse().unwrap()));
    assert_eq!(stage.signals().await.len(), 1);
    let counts = stage.counts(&bound).await;
    assert_eq!(counts["refused"], 4, "{counts}");
    // A channel for all courses passes over those that nobody here knows.
    let (_, open) = stage.channel(ChannelKind::Xapi).await;
    assert_eq!(stage.state(&open, &elsewhere).await.status, 200);
    assert_eq!(stage.signals().await.len(), 1);
    // Another platform's people are others, whatever they are called.
    let (_, _, other) = stage.app.another_platform("client-other", "p3").await;
    let (_, theirs) = stage.channel_that(ChannelKind::Xapi, |new| new.platform = other.id).await;
    assert_eq!(stage.state(&theirs, &stage.completed(demo::GRACE)).await.status, 403);
    assert_eq!(stage.signals().await.len(), 1);
}

#[tokio::test]
async fn what_is_taken_back_does_not_count_unless_an_award_rests_on_it() {
    let stage = Stage::new().await;
    stage.rosters(demo::GRACE).await;
    let (_, secret) = stage.channel(ChannelKind::Xapi).await;
    let void = |of: &Value| {
        json!({
            "actor": { "account": { "homePage": stage.app.lms.issuer(), "name": "admin" } },
            "verb": { "id": "http://adlnet.gov/expapi/verbs/voided" },
            "object": { "objectType": "StatementRef", "id": of["id"] },
        })
    };
    let statement = stage.completed(demo::GRACE);
    assert_eq!(stage.state(&secret, &statement).await.status, 200);
    // Another channel takes back nothing of this one's.
    let (_, stranger) = stage.channel(ChannelKind::Xapi).await;
    stage.state(&stranger, &void(&statement)).await;
    assert_eq!(stage.signals().await.len(), 1);
    for _ in 0..2 {
        let voided = stage.state(&secret, &void(&statement)).await;
        assert_eq!(voided.status, 200, "{}", voided.text);
        assert_eq!(stage.signals().await.len(), 0);
    }
    // It does not come back, and one that is taken back first never counts.
    assert_eq!(stage.state(&secret, &statement).await.status, 200);
    let early = stage.completed(demo::GRACE);
    assert_eq!(stage.state(&secret, &json!([void(&early), early])).await.status, 200);
    assert_eq!(stage.signals().await.len(), 0);
    stage.badge_for_completing("Safety").await;
    let last = stage.completed(demo::GRACE);
    assert_eq!(stage.state(&secret, &last).await.status, 200);
    assert_eq!(stage.awards().await.len(), 1);
    let refused = stage.state(&secret, &void(&last)).await;
    assert_eq!((refused.status, refused.code()), (409, "statement.awarded"));
    assert_eq!((stage.signals().await.len(), stage.awards().await.len()), (1, 1));
}

#[tokio::test]
async fn an_address_is_no_identity_unless_the_operator_says_so() {
    let stage = Stage::new().await;
    let learner = stage.rosters(demo::GRACE).await;
    let (_, strict) = stage.channel(ChannelKind::Xapi).await;
    let (_, lenient) = stage.channel_that(ChannelKind::Xapi, |new| new.allows_email = true).await;
    let by = |address: &str| {
        let mut statement = stage.completed(demo::GRACE);
        // As Moodle's log store writes it.
        statement["actor"] = json!({ "objectType": ["Agent"], "mbox": format!("mailto:{address}") });
        statement
    };
    let refused = stage.state(&strict, &by("user-grace@campus.example")).await;
    assert_eq!((refused.status, refused.code()), (403, "actor.address"));
    assert_eq!(stage.state(&lenient, &by("User-Grace@Campus.example")).await.status, 200);
    assert_eq!(stage.signals().await[0].learner_id, learner.id);
    // An address that only a report has told us names nobody: it waits.
    let event = json!({
        "id": "1", "type": "completed", "learner": {
            "platform_id": stage.app.platform.id, "sub": "reported", "email": "reported@campus.example"
        }
    });
    let key = Some(stage.app.api_key.as_str());
    let sent = send(&stage.app, &Method::POST, "/events", key, &[], Sent::json(&event)).await;
    assert_eq!(sent.status, 201, "{}", sent.text);
    assert_eq!(stage.state(&lenient, &by("reported@campus.example")).await.status, 200);
    assert_eq!(stage.app.count("unclaimed_event").await, 1);
    // Nor does one that two people have.
    let tx = stage.app.app.store.write().await.unwrap();
    let mut twin = stage.rosters_row("twin");
    twin.email = Some("user-grace@campus.example".to_owned());
    laurel::store::learner::upsert(&tx, twin).await.unwrap();
    tx.commit().await.unwrap();
    let refused = stage.state(&lenient, &by("user-grace@campus.example")).await;
    assert_eq!((refused.status, refused.code()), (400, "actor.ambiguous"), "{}", refused.text);
}

/// Issue 4, "Speed": a signal that changes nothing costs one insert.
#[tokio::test]
async fn what_changes_nothing_costs_one_insert() {
    let stage =
        Stage::of(crate::support::app::TestApp::with(|sources| sources.with("cache.seconds", "3600")).await)
            .await;
    stage.rosters(demo::GRACE).await;
    let (_, secret) = stage.channel(ChannelKind::Xapi).await;
    let state = async |statement: &Value| {
        let before = stage.app.app.store.counted();
        let sent = stage.state(&secret, statement).await;
        assert_eq!(sent.status, 200, "{}", sent.text);
        let after = stage.app.app.store.counted();
        (after.reads - before.reads, after.writes - before.writes)
    };
    state(&stage.completed(demo::GRACE)).await;
    let statement = stage.completed(demo::GRACE);
    let new = state(&statement).await;
    let repeated = state(&statement).await;
    let stranger = state(&stage.completed("nobody")).await;
    eprintln!("statements (reads, writes): new {new:?}, repeated {repeated:?}, of a stranger {stranger:?}");
    assert_eq!((new.1, repeated.1, stranger.1), (1, 1, 1));
    assert!(new.0 <= 7 && repeated.0 <= 6 && stranger.0 <= 3, "{new:?} {repeated:?} {stranger:?}");
}

/// The same for events of the API, under a rule that this one does not meet.
#[tokio::test]
async fn an_event_of_the_api_that_changes_nothing_costs_one_insert() {
    let stage =
        Stage::of(crate::support::app::TestApp::with(|sources| sources.with("cache.seconds", "3600")).await)
            .await;
    let essay = json!({ "type": "completed", "subject": { "course": "this", "activity": "essay" } });
    stage.badge("Essay", essay).await;
    let grace = stage.rosters(demo::GRACE).await;
    let report = async |id: &str| {
        let event = json!({ "id": id, "type": "completed", "activity": "quiz",
                            "learner": { "id": grace.id }, "course": { "id": stage.course } });
        let key = Some(stage.app.api_key.as_str());
        let before = stage.app.app.store.counted();
        let sent = send(&stage.app, &Method::POST, "/events", key, &[], Sent::json(&event)).await;
        assert_eq!(sent.status, 201, "{}", sent.text);
        let after = stage.app.app.store.counted();
        (after.reads - before.reads, after.writes - before.writes)
    };
    // The first makes her somebody in the course. That the key is in use is noted beside it, once a minute.
    report("first").await;
    while stage.app.count("api_key WHERE last_used_at IS NOT NULL").await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let new = report("second").await;
    let repeated = report("second").await;
    eprintln!("statements (reads, writes): new {new:?}, repeated {repeated:?}");
    assert_eq!((new.1, repeated.1), (1, 1));
    assert_eq!((stage.signals().await.len(), stage.awards().await.len()), (2, 0));
}
