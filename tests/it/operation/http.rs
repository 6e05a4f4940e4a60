//! Over real HTTP: health, figures, limits, proxies, methods, headers, and errors that tell
//! nobody anything (issue 2 item 12, design §9, conformance O02 and O06).

use practice::browser::{Browser, Page, Visit};

use crate::support::app::TestApp;

/// A browser behind a proxy that says it comes from `address`.
fn from(test: &TestApp, address: &str) -> Browser {
    let header = ("x-forwarded-for".to_owned(), address.to_owned());
    test.browser_that(|options| practice::browser::BrowserOptions { headers: vec![header], ..options })
}

async fn ask(test: &TestApp, browser: &Browser, method: &str, path: &str) -> Page {
    browser.visit(Visit::new(method, &test.at(path))).await.unwrap()
}

const TOKEN: &str = "figures-are-for-prometheus-only";

/// Somebody who asks for figures with this `Authorization`.
async fn figures(test: &TestApp, browser: &Browser, authorization: Option<&str>) -> Page {
    let mut visit = Visit::new("GET", &test.at("/metrics"));
    if let Some(value) = authorization {
        visit = visit.header("authorization", value);
    }
    browser.visit(visit).await.unwrap()
}

/// Neither loopback nor any forwarding header opens the figures: a proxy on this machine that nobody has put
/// among `trusted_proxies` makes the whole world come from loopback.
#[tokio::test]
async fn figures_are_for_who_has_the_secret() {
    let closed = TestApp::new().await;
    assert_eq!(figures(&closed, &closed.browser(), None).await.status, 404, "no secret is set");
    assert_eq!(figures(&closed, &closed.browser(), Some("Bearer ")).await.status, 404);

    let test = TestApp::with(|sources| sources.with("server.metrics_token", TOKEN)).await;
    let near = test.browser();
    let far = from(&test, "203.0.113.9");
    let right = format!("Bearer {TOKEN}");
    // Counting begins when somebody first asks; a server asks at its start.
    assert_eq!(figures(&test, &near, Some(&right)).await.status, 200);
    test.badge_for_opening("Counted").await;
    test.launch(&[]).await.assert_ok("something to count");
    for browser in [&near, &far, &from(&test, "127.0.0.1")] {
        let wrong = [None, Some("Bearer "), Some("Bearer figures"), Some(TOKEN), Some("Basic Zm9vOmJhcg==")];
        for authorization in wrong {
            let page = figures(&test, browser, authorization).await;
            assert_eq!(page.status, 401, "{authorization:?}");
            assert!(page.header("www-authenticate").unwrap().starts_with("Bearer"), "{authorization:?}");
            assert!(!page.contains("laurel_") && !page.contains(TOKEN), "{authorization:?}");
        }
        let page = figures(&test, browser, Some(&right)).await;
        assert_eq!(page.status, 200);
        assert!(page.header("content-type").unwrap().starts_with("text/plain"));
    }
    let text = figures(&test, &near, Some(&right)).await.text();
    for figure in [
        "laurel_launches_total{outcome=\"ok\"}",
        "laurel_requests_total{",
        "laurel_request_seconds_bucket{",
        "laurel_jobs_waiting{state=\"ready\"} ",
        "laurel_jobs_waiting{state=\"dead\"} 0",
    ] {
        assert!(text.contains(figure), "{figure} in:\n{text}");
    }
    for word in ["zoe", "Zoë", "campus.example", TOKEN] {
        assert!(!text.contains(word), "{word} among the figures");
    }
}

#[tokio::test]
async fn health_is_for_everybody() {
    let test = TestApp::with(|sources| sources.with("server.trusted_proxies", "127.0.0.1, 10.0.0.0/8")).await;
    let (near, far) = (test.browser(), from(&test, "203.0.113.9"));
    for browser in [&near, &far] {
        for path in ["/health/live", "/health/ready"] {
            let page = ask(&test, browser, "GET", path).await;
            assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")), "{path}");
        }
    }

    // Told to stop: no more work for this process, but it lives.
    test.app.stop.cancel();
    assert_eq!(ask(&test, &near, "GET", "/health/ready").await.status, 503);
    assert_eq!(ask(&test, &near, "GET", "/health/live").await.status, 200);
}

/// O06: a flood at one door is refused with `Retry-After`; other doors and other people notice nothing.
#[tokio::test]
async fn o06_a_flood_is_refused_and_touches_nobody_else() {
    let test = TestApp::with(|sources| {
        sources
            .with("server.trusted_proxies", "127.0.0.1")
            .with("limits.lti_per_minute", "2")
            .with("limits.lti_burst", "3")
    })
    .await;
    let (flood, other) = (from(&test, "203.0.113.1"), from(&test, "203.0.113.2"));
    let before = test.rows().await;
    for _ in 0..3 {
        assert_ne!(ask(&test, &flood, "GET", "/lti/login").await.status, 429);
    }
    for _ in 0..3 {
        let page = ask(&test, &flood, "GET", "/lti/login").await;
        assert_eq!(page.status, 429);
        let seconds: u64 = page.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
        assert!(page.contains("too_many_requests"));
        assert!(page.hop.set_cookies.is_empty(), "a refusal sets cookies");
    }
    for path in ["/health/live", "/i/campus/did.json", "/"] {
        assert_eq!(ask(&test, &flood, "GET", path).await.status, 200, "{path}");
    }
    test.attempt_from(other).launch(&[]).await.assert_ok("somebody else");
    assert_eq!(test.rows().await.launches, before.launches + 1);
}

/// O06: one customer's line counts as one, however many addresses it has and however the proxy writes them.
#[tokio::test]
async fn o06_a_line_is_one_whatever_its_address() {
    let test = TestApp::with(|sources| {
        sources
            .with("server.trusted_proxies", "127.0.0.1")
            .with("limits.lti_per_minute", "2")
            .with("limits.lti_burst", "3")
    })
    .await;
    let knock = async |address: &str| ask(&test, &from(&test, address), "GET", "/lti/login").await.status;
    for (line, other) in [
        (
            ["2001:db8:1:2::1", "[2001:db8:1:2::2]", "[2001:db8:1:2:ffff::3]:4711", "2001:db8:1:2:f::4"],
            "2001:db8:1:3::1",
        ),
        (["203.0.113.7", "203.0.113.7:4711", "::ffff:203.0.113.7", "203.0.113.7:80"], "203.0.113.8"),
    ] {
        for address in &line[..3] {
            assert_ne!(knock(address).await, 429, "{address}");
        }
        assert_eq!(knock(line[3]).await, 429, "{}", line[3]);
        assert_ne!(knock(other).await, 429, "{other}");
    }
}

/// Only a trusted proxy's word counts: others cannot pass for somebody else, limit by limit.
#[tokio::test]
async fn a_strangers_forwarding_header_is_not_believed() {
    let test =
        TestApp::with(|sources| sources.with("limits.lti_per_minute", "2").with("limits.lti_burst", "3"))
            .await;
    for last in 1..=3 {
        let browser = from(&test, &format!("203.0.113.{last}"));
        assert_ne!(ask(&test, &browser, "GET", "/lti/login").await.status, 429);
    }
    let browser = from(&test, "203.0.113.4");
    assert_eq!(ask(&test, &browser, "GET", "/lti/login").await.status, 429);

    // The correlation id, likewise.
    let wanted = "from-outside-1234";
    let tell =
        |test: &TestApp| Visit::new("GET", &test.at("/health/live")).header("x-correlation-id", wanted);
    let page = test.browser().visit(tell(&test)).await.unwrap();
    assert_ne!(page.header("x-correlation-id"), Some(wanted));
    let trusting = TestApp::with(|sources| sources.with("server.trusted_proxies", "127.0.0.1")).await;
    let page = trusting.browser().visit(tell(&trusting)).await.unwrap();
    assert_eq!(page.header("x-correlation-id"), Some(wanted));
}

#[tokio::test]
async fn every_answer_has_its_security_headers() {
    let (development, production) = (TestApp::new().await, TestApp::production().await);
    let paths =
        ["/", "/nowhere", "/health/live", "/i/campus/did.json", "/lti/login", "/api/v1/nothing", "/claim/x"];
    for path in paths {
        for test in [&development, &production] {
            let page = ask(test, &test.browser(), "GET", path).await;
            assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{path}");
            assert_eq!(page.header("referrer-policy"), Some("no-referrer"), "{path}");
            assert!(page.header("x-correlation-id").is_some(), "{path}");
            if page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
                let policy = page.header("content-security-policy").unwrap();
                assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
                assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
            }
        }
        let over_https = ask(&production, &production.browser(), "GET", path).await;
        assert!(over_https.header("strict-transport-security").is_some(), "{path}");
        let local = ask(&development, &development.browser(), "GET", path).await;
        assert_eq!(local.header("strict-transport-security"), None, "{path}");
    }
}

/// O07: what came without encryption is not read, and people and machines are told what to do about it.
#[tokio::test]
async fn o07_what_came_unencrypted_is_refused_with_what_to_do() {
    let test = TestApp::production().await;
    let post = |path: &str| {
        Visit::form(&test.at(path), practice::fields::owned(&[("a", "b")]))
            .header("x-forwarded-proto", "http")
    };
    for (language, words) in [
        ("en", "Open the page again with https:// at the beginning"),
        ("de", "Öffnen Sie die Seite noch einmal mit https:// am Anfang"),
    ] {
        let page =
            test.browser().visit(post("/lti/login").header("accept-language", language)).await.unwrap();
        assert_eq!(page.status, 403);
        assert!(page.contains(words) && page.contains("https.required"), "{}", page.text());
    }
    let problem = test.browser().visit(post("/api/v1/events")).await.unwrap();
    assert_eq!(problem.status, 403);
    assert!(
        problem.contains("Use the address that begins with https://badges.example"),
        "{}",
        problem.text()
    );
}

/// Design §9: `Allow` on 405, OPTIONS, `Content-Length` on HEAD.
#[tokio::test]
async fn methods_are_answered_as_http_wants_it() {
    let test = TestApp::new().await;
    let browser = test.browser();
    for (method, path, allow) in [
        ("DELETE", "/health/live", "GET, HEAD, OPTIONS"),
        ("POST", "/i/campus/did.json", "GET, HEAD, OPTIONS"),
        ("PUT", "/", "GET, HEAD, OPTIONS"),
        ("PUT", "/lti/launch", "POST, OPTIONS"),
        ("PUT", "/lti/login", "GET, POST, HEAD, OPTIONS"),
    ] {
        let page = ask(&test, &browser, method, path).await;
        assert_eq!(page.status, 405, "{method} {path}");
        assert_eq!(sorted(page.header("allow")), sorted(Some(allow)), "{method} {path}");
        let page = ask(&test, &browser, "OPTIONS", path).await;
        assert_eq!(page.status, 204, "OPTIONS {path}");
        assert_eq!(sorted(page.header("allow")), sorted(Some(allow)), "OPTIONS {path}");
        assert!(page.body.is_empty());
    }
    for path in ["/", "/i/campus/did.json", "/i/campus/ob2", "/health/live", "/nowhere"] {
        let whole = ask(&test, &browser, "GET", path).await;
        let head = ask(&test, &browser, "HEAD", path).await;
        assert_eq!((head.status, head.body.len()), (whole.status, 0), "{path}");
        assert_eq!(head.header("content-type"), whole.header("content-type"), "{path}");
        assert_eq!(head.header("etag"), whole.header("etag"), "{path}");
        if path != "/nowhere" {
            // An error page carries a correlation id of its own.
            assert_eq!(head.header("content-length"), Some(whole.body.len().to_string().as_str()), "{path}");
        }
    }
}

/// O02: an error says what is wrong, never what was sent.
#[tokio::test]
async fn o02_errors_repeat_nothing_that_was_sent() {
    let test = TestApp::new().await;
    let browser = test.browser();
    let secret = "eyJzZWNyZXQi-zoe.example";
    let visits = [
        Visit::new("GET", &test.at(&format!("/claim/{secret}"))),
        Visit::new("GET", &test.at(&format!("/share/{secret}"))),
        Visit::new("GET", &test.at(&format!("/nowhere/{secret}?email={secret}"))),
        Visit::new("GET", &test.at(&format!("/lti/login?iss={secret}&login_hint={secret}"))),
        Visit::form(
            &test.at("/lti/launch"),
            practice::fields::owned(&[("id_token", secret), ("state", secret)]),
        ),
        Visit::new("GET", &test.at(&format!("/api/v1/awards/{secret}"))),
    ];
    for visit in visits {
        let page = browser.visit(visit).await.unwrap();
        let about = format!("{} {}", page.hop.method, page.url);
        assert!((400..500).contains(&page.status), "{about}: {}", page.status);
        assert!(!page.text().contains(secret), "{about}: {}", page.text());
        let correlation = page.header("x-correlation-id").unwrap();
        assert!(page.contains(correlation), "{about}: {}", page.text());
    }
}

fn sorted(methods: Option<&str>) -> Vec<String> {
    let mut methods: Vec<String> =
        methods.unwrap_or_default().split(',').map(|name| name.trim().to_owned()).collect();
    methods.sort();
    methods
}
