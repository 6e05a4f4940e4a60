//! O02, the whole way: the program as a process, logging all it can, while people launch, are refused, get mail
//! and do not, use the API well and badly, and try to break in. Not a name, an address of a person, a token, a
//! password or a body may be in any line.

use std::{collections::BTreeSet, time::Duration};

use base64::Engine as _;
use practice::{
    Bend, ToolRegistration,
    browser::{Browser, Visit},
    claims, fields,
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use super::secrets::{BALTHASAR, CONSTANZA, OTTILIE, Secrets};
use crate::support::{
    attempt::Attempt,
    process::{Scene, eventually, read, terminate},
    smtp_sink::{SmtpSink, Stage, Trouble},
};

const MAIL_USER: &str = "mail-user-of-laurel";
const MAIL_PASSWORD: &str = "pa55word-of-the-mail-server";
const METRICS: &str = "token-for-figures-2f8d1c";

/// A stranger's own client.
struct Stranger<'a> {
    scene: &'a Scene,
    http: reqwest::Client,
}

impl<'a> Stranger<'a> {
    #[expect(clippy::disallowed_methods, reason = "an integrator's client, not the program's")]
    fn new(scene: &'a Scene) -> Self {
        Self { scene, http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    async fn api(&self, method: Method, path: &str, body: Option<String>) -> (u16, Value) {
        let key = self.scene.api_key.clone();
        self.ask(method, &format!("/api/v1{path}"), &[("authorization", format!("Bearer {key}"))], body).await
    }

    /// A request that must get an answer, and never one that says we failed.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, String)],
        body: Option<String>,
    ) -> (u16, Value) {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.scene.base));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        assert!(status < 500, "{method} {path}: {status} {text}\n{}", read(&self.scene.log()));
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// Bytes as they are; whatever comes back.
    async fn raw(&self, bytes: &[u8]) {
        let address = self.scene.base.trim_start_matches("http://localhost");
        let mut line = tokio::net::TcpStream::connect(format!("127.0.0.1{address}")).await.unwrap();
        line.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        let reading = tokio::io::AsyncReadExt::read_to_end(&mut line, &mut answer);
        let _ = tokio::time::timeout(Duration::from_millis(500), reading).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn o02_the_whole_way_with_every_log_line_names_nobody() {
    let sink = SmtpSink::start().await;
    sink.require(MAIL_USER, MAIL_PASSWORD);
    let scene = Scene::new(&[
        ("mail.url", sink.url_with(MAIL_USER, MAIL_PASSWORD)),
        ("server.metrics_token", METRICS.to_owned()),
        ("logs.level", "trace".to_owned()),
        ("logs.format", "json".to_owned()),
        ("outbox.attempts", "3".to_owned()),
    ])
    .await;
    let server = scene.serve();
    let stranger = Stranger::new(&scene);
    eventually("the server", async || {
        stranger.http.get(format!("{}/health/ready", scene.base)).send().await.is_ok()
    })
    .await;
    let mut secrets = Secrets::default();
    for secret in [MAIL_PASSWORD, METRICS, scene.api_key.as_str()] {
        secrets.add(secret);
    }
    let words = format!("\0{MAIL_USER}\0{MAIL_PASSWORD}");
    secrets.add(base64::engine::general_purpose::STANDARD.encode(words));
    secrets.add(read(&scene.folder.path().join("data/master.key")).trim());

    good_launches(&scene, &sink, &mut secrets).await;
    refused_launches(&scene, &mut secrets).await;
    eventually("mail for two of three", async || {
        let people: BTreeSet<String> = sink.received().iter().map(|mail| mail.to[0].clone()).collect();
        people.len() >= 2
    })
    .await;
    holders_page(&scene, &sink, &mut secrets).await;
    by_the_api(&stranger, &mut secrets).await;
    strangers(&stranger, &mut secrets).await;
    scene.drain(&server).await;
    terminate(server).await;

    judge(&read(&scene.log()), &secrets);
}

/// Three people get a badge; for each of them mail fails in another way first.
async fn good_launches(scene: &Scene, sink: &SmtpSink, secrets: &mut Secrets) {
    sink.trouble(Stage::RcptTo, Trouble::Answer("550 5.1.1 <ottilie.swieto@people.example> unknown user"));
    sink.trouble(Stage::Data, Trouble::Answer("451 4.7.1 greylisted: balthasar.g@people.example"));
    sink.trouble(Stage::Body, Trouble::Drop);
    for person in [&OTTILIE, &BALTHASAR, &CONSTANZA] {
        secrets.add_person(person);
        let attempt = Attempt::at(&scene.lms, &scene.tool, Browser::new());
        let tried = attempt.launch(&person.bends()).await;
        tried.assert_ok(person.sub);
        secrets.add_launch(&tried);
        let page = attempt.follow(&tried).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.contains("Lab safety"), "{}", page.text());
    }
}

/// Every stage at which a launch can be refused, and a platform whose keys cannot be had.
async fn refused_launches(scene: &Scene, secrets: &mut Secrets) {
    let refused = [
        vec![Bend::flipped_signature()],
        vec![Bend::claim("exp", 5)],
        vec![Bend::claim("aud", "client-other-9912")],
        vec![Bend::claim("iss", "https://evil.example/issuer-9913")],
        vec![Bend::drop_claim(claims::ROLES)],
        vec![Bend::claim("nonce", "nonce-of-somebody-else")],
        vec![Bend::claim("sub", json!({ "name": "Ottilie" }))],
        vec![Bend::claim("email", json!(["ottilie.swieto@people.example"]))],
        vec![Bend::claim(claims::DEPLOYMENT_ID, json!({ "id": "Świętosławska" }))],
        vec![Bend::claim(claims::TARGET_LINK_URI, "https://evil.example/?who=ottilie.swieto@people.example")],
        vec![Bend::claim(claims::CONTEXT, "Ottilie's own course")],
        vec![Bend::set_answer("state", "state-made-up-by-somebody")],
        vec![Bend::set_answer("id_token", "token.made-up-by.somebody")],
    ];
    for bends in refused {
        let mut all = OTTILIE.bends();
        all.extend(bends);
        let tried = Attempt::at(&scene.lms, &scene.tool, Browser::new()).launch(&all).await;
        assert_ne!(tried.page.status, 500, "{}", tried.page.text());
        secrets.add_launch(&tried);
    }
    for secret in ["state-made-up-by-somebody", "nonce-of-somebody-else", "made-up-by"] {
        secrets.add(secret);
    }
    let browser = Browser::new();
    for query in
        ["iss=https://unknown.example/ottilie-login&login_hint=hint-of-ottilie", "login_hint=hint-of-ottilie"]
    {
        let page =
            browser.visit(Visit::new("GET", &format!("{}/lti/login?{query}", scene.base))).await.unwrap();
        assert!(page.status >= 400, "{query}");
    }
    secrets.add("hint-of-ottilie");
    secrets.add("ottilie-login");
}

/// The mailed link, seen, downloaded and published.
async fn holders_page(scene: &Scene, sink: &SmtpSink, secrets: &mut Secrets) {
    for mail in sink.received() {
        let parsed = mail_parser::MessageParser::default().parse(&mail.bytes).unwrap();
        let text = parsed.body_text(0).unwrap().into_owned();
        let token = text.split("/claim/").nth(1).expect("a claim link").split_whitespace().next().unwrap();
        secrets.add(token);
        let browser = Browser::new();
        let claim = format!("{}/claim/{token}", scene.base);
        let page = browser.get(&claim).await.unwrap();
        assert_eq!(page.status, 200, "{}", page.text());
        assert_eq!(browser.get(&format!("{claim}/badge.png")).await.unwrap().status, 200);
        for form in page.forms() {
            let page = browser.submit(&page, &form).await.unwrap();
            assert!(page.status < 500, "{}", page.text());
        }
        let page = browser.get(&claim).await.unwrap().text();
        for part in page.split("/share/").skip(1) {
            let token: String =
                part.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
            secrets.add(&token);
            assert_eq!(browser.get(&format!("{}/share/{token}", scene.base)).await.unwrap().status, 200);
        }
    }
}

/// What an integrator does, well and badly.
async fn by_the_api(stranger: &Stranger<'_>, secrets: &mut Secrets) {
    let (_, platforms) = stranger.api(Method::GET, "/platforms", None).await;
    let platform = platforms["items"][0]["id"].clone();
    let learner = |sub: &str, email: &str| json!({ "platform_id": platform, "sub": sub, "name": "Hildegunde Xaver", "email": email });
    secrets.add("Hildegunde");
    secrets.add("hildegunde@people.example");
    secrets.add("sub-hildegunde-55");
    let event = |id: &str, learner: Value| json!({ "id": id, "type": "completed", "learner": learner, "activity": "essay" });
    let good = event("event-of-hildegunde", learner("sub-hildegunde-55", "hildegunde@people.example"));
    for body in [
        good.to_string(),
        event("second", learner("sub-hildegunde-55", "hildegunde@people.example\r\nBcc: x@people.example"))
            .to_string(),
        event("third", learner("sub-hildegunde-55\0", "hildegunde@people.example")).to_string(),
        event("fourth", json!({ "email": "hildegunde@people.example", "name": "Hilde\0gunde Xaver" }))
            .to_string(),
        event("fifth", json!({ "email": "Hildegunde at people", "nickname": "Hildegunde" })).to_string(),
        json!({ "id": "sixth", "type": "Hildegunde", "learner": "hildegunde@people.example" }).to_string(),
        format!("{{\"learner\": \"hildegunde@people.example\", {}", "\"x\": [".repeat(2000)),
        "not JSON, but hildegunde@people.example".to_owned(),
    ] {
        stranger.api(Method::POST, "/events", Some(body)).await;
    }
    let (_, awards) = stranger.api(Method::GET, "/awards", None).await;
    let ids: Vec<&str> =
        awards["items"].as_array().unwrap().iter().filter_map(|row| row["id"].as_str()).collect();
    assert_eq!(ids.len(), 3, "{awards}");
    let correct = json!({ "email": "hildegunde@people.example" }).to_string();
    let (status, answer) =
        stranger.api(Method::POST, &format!("/awards/{}/correct", ids[0]), Some(correct)).await;
    assert_eq!(status, 200, "{answer}");
    let revoke = json!({ "reason": "Hildegunde asked for it" }).to_string();
    let (status, answer) =
        stranger.api(Method::POST, &format!("/awards/{}/revoke", ids[1]), Some(revoke)).await;
    assert_eq!(status, 200, "{answer}");
    for path in [
        "/learners",
        "/jobs",
        "/launches",
        "/audit",
        "/awards/hildegunde@people.example",
        "/learners?after=Hildegunde",
    ] {
        stranger.api(Method::GET, path, None).await;
    }
    // A platform whose key address holds a secret and does not answer.
    let jwks = "http://localhost:9/jwks?token=secret-of-the-key-address";
    let added = json!({
        "family": "other", "name": "Hildegunde's own platform",
        "details": {
            "issuer_url": stranger.scene.lms.issuer(), "client_id": "second-client",
            "authorization_endpoint": stranger.scene.lms.authorization_endpoint(),
            "token_endpoint": stranger.scene.lms.token_endpoint(), "jwks_url": jwks,
        },
    });
    let (status, answer) = stranger.api(Method::POST, "/platforms", Some(added.to_string())).await;
    assert_eq!(status, 201, "{answer}");
    secrets.add("secret-of-the-key-address");
    let at = |path: &str| format!("{}{path}", stranger.scene.base);
    let tool = ToolRegistration::new("second-client", &at("/lti/login"), &at("/lti/launch"), &at("/course"));
    stranger.scene.lms.register(tool.clone());
    let tried = Attempt::at(&stranger.scene.lms, &tool, Browser::new()).launch(&OTTILIE.bends()).await;
    assert!(tried.page.status >= 400, "{}", tried.page.text());
    secrets.add_launch(&tried);
}

/// People without any right, and nonsense.
async fn strangers(stranger: &Stranger<'_>, secrets: &mut Secrets) {
    let hidden = "eavesdropper-8812";
    secrets.add(hidden);
    for path in [
        "/claim/",
        "/share/",
        "/i/",
        "/media/",
        "/course?launch=",
        "/api/v1/awards/",
        "/nowhere/",
        "/lti/jwks/",
    ] {
        stranger.ask(Method::GET, &format!("{path}{hidden}"), &[], None).await;
        stranger.ask(Method::POST, &format!("{path}{hidden}"), &[], Some(hidden.to_owned())).await;
    }
    for name in [
        "authorization",
        "cookie",
        "x-correlation-id",
        "x-forwarded-for",
        "user-agent",
        "referer",
        "origin",
        "accept-language",
    ] {
        let value =
            if name == "authorization" { format!("Bearer laurel_{hidden}") } else { hidden.to_owned() };
        stranger.ask(Method::GET, "/api/v1/awards", &[(name, value.clone())], None).await;
        stranger.ask(Method::GET, "/metrics", &[(name, value)], None).await;
    }
    for bytes in [
        format!("GET /{hidden} HTTP/1.1\r\n{hidden}\r\n\r\n").into_bytes(),
        format!("{hidden} / HTTP/9.9\r\n\r\n").into_bytes(),
        [b"GET /\xff\xfe HTTP/1.1\r\nhost: ", hidden.as_bytes(), b"\r\n\r\n"].concat(),
        format!("POST /lti/launch HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\nid_token={hidden}")
            .into_bytes(),
        format!("GET / HTTP/1.1\r\nhost: {hidden}@{hidden}\r\n\r\n").into_bytes(),
        [b"\x16\x03\x01\x02\x00", hidden.as_bytes()].concat(),
    ] {
        stranger.raw(&bytes).await;
    }
    let browser = Browser::new();
    let form = |text: String| fields::owned(&[("id_token", text.as_str()), ("state", hidden)]);
    for text in [hidden.to_owned(), format!("{hidden}.{hidden}.{hidden}"), hidden.repeat(100_000)] {
        let visit = Visit::form(&format!("{}/lti/launch", stranger.scene.base), form(text));
        let page = browser.visit(visit).await;
        assert!(page.is_ok_and(|page| (400..500).contains(&page.status)));
    }
}

/// Every line is JSON and ours (or a warning), the log speaks, and nothing secret is in it.
#[track_caller]
fn judge(log: &str, secrets: &Secrets) {
    let mut levels = BTreeSet::new();
    for line in log.lines() {
        let told: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON line: {line}"));
        let (level, target) = (told["level"].as_str().unwrap(), told["target"].as_str().unwrap());
        levels.insert(level.to_owned());
        let is_ours =
            ["laurel", "lti", "criteria", "open_badges"].contains(&target.split("::").next().unwrap());
        assert!(is_ours || ["WARN", "ERROR"].contains(&level), "a library speaks: {line}");
    }
    for level in ["INFO", "DEBUG", "WARN"] {
        assert!(levels.contains(level), "no line at {level}: {levels:?}");
    }
    for words in [
        "a launch",
        "job failed",
        "lti.jwt.signature_invalid",
        "a request was refused",
        "fetched",
        "SMTP 550 5.1.1",
    ] {
        assert!(log.contains(words), "the log says nothing of `{words}`");
    }
    assert!(secrets.0.len() > 60, "only {} secrets", secrets.0.len());
    let log = log.to_lowercase();
    for secret in &secrets.0 {
        let secret = secret.to_lowercase();
        if let Some(line) = log.lines().find(|line| line.contains(&secret)) {
            panic!("O02: `{secret}` is in the log: {line}");
        }
    }
    eprintln!("{} secrets in none of {} lines", secrets.0.len(), log.lines().count());
}
