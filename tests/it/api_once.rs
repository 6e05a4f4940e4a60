//! `Idempotency-Key` (design §9), over HTTP and for every POST of the document, so that a new one cannot be
//! forgotten: one effect, one answer; another request refused; one at a time; remembered for 24 hours.

use laurel::{domain::access::Scope, jobs::retention, store::Engine};
use reqwest::Method;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use super::support::{
    api::{Answer, Operation, Sent, app, document, key, operations, send},
    app::TestApp,
    database::engine,
    play::{ORDER, Play, prepare},
};

/// Everything an operation may make. Not the promises themselves.
const TABLES: &[&str] = &[
    "achievement",
    "achievement_version",
    "api_key",
    "artwork",
    "audit_event",
    "award",
    "course",
    "credential",
    "deployment",
    "enrollment",
    "generation",
    "issuer",
    "issuer_key",
    "job",
    "learner",
    "line_item",
    "link",
    "organization",
    "placement",
    "placement_rule",
    "platform",
    "platform_key",
    "signal",
];

#[test]
fn every_post_documents_the_key() {
    for operation in operations(&document()).iter().filter(|operation| operation.method == Method::POST) {
        let parameters = operation.raw["parameters"].as_array().cloned().unwrap_or_default();
        let key = parameters.iter().find(|parameter| parameter["name"] == "Idempotency-Key");
        let key = key.unwrap_or_else(|| {
            panic!(
                "{} takes no Idempotency-Key: add the header to its handler, and claim it in the \
                    transaction of its effect (domain::once)",
                operation.id
            )
        });
        assert_eq!((&key["in"], &key["required"]), (&json!("header"), &json!(false)), "{}", operation.id);
    }
}

#[tokio::test]
async fn every_post_has_one_effect_and_one_answer() {
    let app = app().await;
    prepare(&app).await;
    let document = document();
    let known = operations(&document);
    let server = key(&app, &[Scope::Server]).await;
    let mut play = Play::default();
    let mut walked = 0;
    for id in ORDER {
        let operation = known.iter().find(|operation| operation.id == *id).unwrap();
        let key = if operation.scope == Some(Scope::Server) { &server } else { &app.api_key };
        if operation.method != Method::POST {
            play.perform(&app, &document, operation, Some(key)).await;
            continue;
        }
        walked += 1;
        Play::make_ready(&app, operation).await;
        let (path, body) = play.request(&document, operation);
        let once = Promise { app: &app, key, name: format!("promise-{id}"), path, body };

        let first = once.while_in_flight(operation).await;
        assert_eq!(first.status, operation.success().0, "{id}: {}", first.json);
        let made = counted(&app).await;

        let again = once.send().await;
        assert_eq!((again.status, again.kind()), (first.status, first.kind()), "{id}");
        let secret = SECRETS.iter().find(|(operation, _)| operation == id);
        if let Some((_, secret)) = secret {
            assert_eq!(
                without_secret(&first.json, secret),
                again.json,
                "{id}: the secret is nobody's to repeat"
            );
        } else {
            assert_eq!(again.text, first.text, "{id}: another answer");
        }
        assert_eq!(counted(&app).await, made, "{id}: a second effect");

        let other = once.with_other_body().await;
        assert_eq!((other.status, other.code()), (422, "idempotency.mismatch"), "{id}: {}", other.json);

        // As if the process had died between the effect and the answer.
        forget_answers(&app).await;
        let told_again = once.send().await;
        assert_eq!(told_again.status, first.status, "{id}: {}", told_again.json);
        for name in ["/id", "/kid", "/public_multibase", "/version/id", "/state", "/generation"] {
            assert_eq!(told_again.json.pointer(name), first.json.pointer(name), "{id}: {name}");
        }
        assert_eq!(counted(&app).await, made, "{id}: a second effect after the answer was lost");
        let other = once.with_other_body().await;
        assert_eq!((other.status, other.code()), (422, "idempotency.mismatch"), "{id}: {}", other.json);
        play.learn(operation, &first);
    }
    assert!(walked >= 19, "the walk is too short: {walked}");
}

/// The same bytes uploaded under a second promise are the picture that is there; the promise is kept all the same.
#[tokio::test]
async fn a_picture_known_before_keeps_its_promise() {
    let app = app().await;
    let upload = async |once: &str, bytes: Vec<u8>| {
        let headers = [("idempotency-key", once)];
        send(&app, &Method::POST, "/artwork", Some(&app.api_key), &headers, Sent::Png(bytes)).await
    };
    let (first, second) = (badge("One"), badge("Two"));
    let stored = upload("one", first.clone()).await;
    let same = upload("two", first.clone()).await;
    assert_eq!((same.status, &same.json["id"]), (201, &stored.json["id"]));
    let other = upload("two", second).await;
    assert_eq!((other.status, other.code()), (422, "idempotency.mismatch"));
    assert_eq!(app.count("artwork").await, 1);
}

/// Two processes on one database get the same promise at the same moment: one effect, and both name it.
#[tokio::test]
async fn two_processes_keep_a_promise_once() {
    let app = app().await;
    let other = app.second().await;
    let version = app.achievement("Kept").await.to_string();
    let award = json!({ "version_id": version, "learner": { "email": "grace@example.org" } });
    let event = json!({ "id": "e-1", "type": "completed", "learner": { "email": "linus@example.org" } });
    let issuer =
        json!({ "slug": "two", "name": "A", "url": "https://a.example.org", "email": "a@example.org" });
    for (path, body, table, expected) in
        [("/awards", award, "award", 1), ("/events", event, "signal", 1), ("/issuers", issuer, "issuer", 2)]
    {
        let once = [("idempotency-key", path)];
        let ask = async |app: &TestApp| {
            send(app, &Method::POST, path, Some(&app.api_key), &once, Sent::json(&body)).await
        };
        let (here, there) = tokio::join!(ask(&app), ask(&other));
        assert_eq!((here.status, there.status), (201, 201), "{path}: {} {}", here.text, there.text);
        assert_eq!(here.json["id"], there.json["id"], "{path}");
        assert_eq!(app.count(table).await, expected, "{path}");
        assert_eq!(ask(&app).await.text, ask(&other).await.text, "{path}");
    }
}

/// The answer is the first one, although things have moved on.
#[tokio::test]
async fn an_answer_stays_what_it_was() {
    let app = app().await;
    let once = [("idempotency-key", "made")];
    let version = app.achievement("Kept").await.to_string();
    let body = Sent::json(&json!({ "version_id": version, "learner": { "email": "grace@example.org" } }));
    let ask = async || send(&app, &Method::POST, "/awards", Some(&app.api_key), &once, body.clone()).await;
    let first = ask().await;
    assert_eq!((first.status, &first.json["state"]), (201, &json!("active")));
    let path = format!("/awards/{}/revoke", first.json["id"].as_str().unwrap());
    let reason = Sent::json(&json!({ "reason": "By mistake" }));
    let revoked = send(&app, &Method::POST, &path, Some(&app.api_key), &[], reason).await;
    assert_eq!(revoked.json["state"], "revoked");
    assert_eq!(ask().await.text, first.text);
    // What was refused is not remembered: the same request may do better later.
    let once = [("idempotency-key", "refused")];
    let body = json!({ "slug": "later", "name": "A", "url": "https://a.example.org", "email": "nobody" });
    let ask = async |body: &Value| {
        send(&app, &Method::POST, "/issuers", Some(&app.api_key), &once, Sent::json(body)).await
    };
    assert_eq!(ask(&body).await.status, 422);
    let right =
        json!({ "slug": "later", "name": "A", "url": "https://a.example.org", "email": "a@example.org" });
    assert_eq!(ask(&right).await.status, 201);
}

#[tokio::test]
async fn a_promise_is_remembered_for_24_hours() {
    let app = app().await;
    let ask = async |slug: &str| {
        let body =
            json!({ "slug": slug, "name": "A", "url": "https://a.example.org", "email": "a@example.org" });
        let once = [("idempotency-key", "daily")];
        send(&app, &Method::POST, "/issuers", Some(&app.api_key), &once, Sent::json(&body)).await
    };
    let first = ask("one").await;
    app.advance(24 * 3600 - 1);
    retention::sweep(&app.app).await.unwrap();
    assert_eq!(ask("one").await.text, first.text);
    assert_eq!(ask("two").await.code(), "idempotency.mismatch");
    app.advance(2);
    retention::sweep(&app.app).await.unwrap();
    let next = ask("two").await;
    assert_eq!((next.status, &next.json["slug"]), (201, &json!("two")));
}

#[tokio::test]
async fn a_promise_belongs_to_the_key_that_made_it_and_has_a_form() {
    let app = app().await;
    let other = key(&app, &[Scope::Define, Scope::Read]).await;
    let ask = async |key: &str, slug: &str, name: &str| {
        let body =
            json!({ "slug": slug, "name": "A", "url": "https://a.example.org", "email": "a@example.org" });
        let once = [("idempotency-key", name)];
        send(&app, &Method::POST, "/issuers", Some(key), &once, Sent::json(&body)).await
    };
    let (mine, theirs) = (ask(&app.api_key, "mine", "same").await, ask(&other, "theirs", "same").await);
    assert_eq!((mine.status, theirs.status), (201, 201));
    for name in ["", " ", "two words", &"x".repeat(256)] {
        let refused = ask(&app.api_key, "x", name).await;
        assert_eq!((refused.status, refused.code()), (422, "idempotency.invalid"), "{name:?}");
    }
}

/// One request and its promise.
struct Promise<'a> {
    app: &'a TestApp,
    key: &'a str,
    name: String,
    path: String,
    body: Sent,
}

impl Promise<'_> {
    async fn send(&self) -> Answer {
        self.send_body(self.body.clone()).await
    }

    async fn send_body(&self, body: Sent) -> Answer {
        let once = [("idempotency-key", self.name.as_str())];
        send(self.app, &Method::POST, &self.path, Some(self.key), &once, body).await
    }

    /// Another request under the same promise: another body, or another address where none is taken.
    async fn with_other_body(&self) -> Answer {
        let once = [("idempotency-key", self.name.as_str())];
        match &self.body {
            Sent::Text(kind, text) => self.send_body(Sent::Text(kind, format!("{text}\n"))).await,
            Sent::Png(_) => self.send_body(Sent::Png(badge("Another"))).await,
            Sent::Nothing => {
                let path = format!("/issuers/{}/rotate-key", uuid::Uuid::nil());
                send(self.app, &Method::POST, &path, Some(self.key), &once, Sent::Nothing).await
            }
        }
    }

    /// Two at the same moment while the effect cannot be committed: one is turned away, the other does it.
    async fn while_in_flight(&self, operation: &Operation) -> Answer {
        let tx = self.app.app.store.write().await.unwrap();
        if engine() == Engine::Postgres {
            // SQLite has one writer, and this is it.
            tx.execute_unprepared("LOCK TABLE idempotency IN ACCESS EXCLUSIVE MODE").await.unwrap();
        }
        let (one, two) = (self.send(), self.send());
        tokio::pin!(one, two);
        let (refused, is_one) = tokio::select! {
            answer = &mut one => (answer, true),
            answer = &mut two => (answer, false),
        };
        let id = &operation.id;
        assert_eq!(
            (refused.status, refused.code()),
            (409, "idempotency.in_flight"),
            "{id}: {}",
            refused.json
        );
        drop(tx);
        if is_one { two.await } else { one.await }
    }
}

fn badge(title: &str) -> Vec<u8> {
    let seed = title.as_bytes().to_vec();
    let badge =
        laurel::design::DefaultBadge { title: title.to_owned(), issuer_name: "Campus".to_owned(), seed };
    laurel::design::default_badge(&badge).unwrap().bytes
}

/// What is shown once, and by which operation.
const SECRETS: &[(&str, &str)] = &[
    ("key_create", "secret"),
    ("event_channel_create", "secret"),
    ("deployment_claim_create", "code"),
    ("platform_invite", "registration_url"),
];

fn without_secret(answer: &Value, secret: &str) -> Value {
    let mut answer = answer.clone();
    answer.as_object_mut().unwrap().remove(secret).expect("what is new has its secret");
    answer
}

async fn counted(app: &TestApp) -> Vec<(&'static str, i64)> {
    let mut counted = Vec::new();
    for table in TABLES {
        counted.push((*table, app.count(table).await));
    }
    counted
}

async fn forget_answers(app: &TestApp) {
    let body = match engine() {
        Engine::Sqlite => "json_remove(body, '$.answer')",
        Engine::Postgres => "body - 'answer'",
    };
    let tx = app.app.store.write().await.unwrap();
    tx.execute_unprepared(&format!("UPDATE idempotency SET body = {body}")).await.unwrap();
    tx.commit().await.unwrap();
}
