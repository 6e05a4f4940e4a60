//! Section 3: the token. Each case is one bend of VT; refused ones leave their launch record and nothing else.

use practice::{
    Bend, Change, JwksAnswer,
    bend::Signer,
    browser::{BrowserOptions, Page},
};
use serde_json::{Value, json};

use crate::support::app::{CLIENT, TestApp, t0};
use laurel::domain::platform::Details;

/// Launches with each bend and compares answer, page and rows.
async fn all_refused(app: &TestApp, cases: Vec<(&str, Vec<Bend>, u16, &[&str])>) {
    for (id, bends, status, codes) in cases {
        let before = app.rows().await;
        let tried = app.launch(&bends).await;
        assert_eq!(tried.page.status, status, "{id}: {}", tried.page.text());
        let code = codes.iter().find(|code| tried.page.contains(code));
        assert!(code.is_some(), "{id}: none of {codes:?} in {}", tried.page.text());
        assert_eq!(app.rows().await, before.with_launches(1), "{id} leaves its launch record only");
        let records = app.launches(code.unwrap()).await;
        assert!(!records.is_empty(), "{id} is on record");
    }
}

fn now() -> i64 {
    t0().timestamp()
}

#[tokio::test]
async fn j01_to_j13_headers_times_and_signatures() {
    let app = TestApp::new().await;
    let cases: Vec<(&str, Vec<Bend>, u16, &[&str])> = vec![
        ("J01", vec![Bend::drop_header("kid")], 401, &["lti.jwt.kid_missing"]),
        ("J01", vec![Bend::header("kid", "")], 401, &["lti.jwt.kid_missing"]),
        ("J04", vec![Bend::claim("iat", 11111), Bend::claim("exp", 22222)], 401, &["lti.jwt.expired"]),
        (
            "J05",
            vec![Bend::claim("iat", now() - 300), Bend::claim("exp", now() - 121)],
            401,
            &["lti.jwt.expired"],
        ),
        ("J06", vec![Bend::drop_claim("exp")], 401, &["lti.jwt.exp_missing"]),
        ("J07", vec![Bend::drop_claim("iat")], 401, &["lti.jwt.iat_missing"]),
        ("J08", vec![Bend::claim("iat", now() - 3600 - 121)], 401, &["lti.jwt.too_old"]),
        (
            "J08",
            vec![Bend::claim("iat", now() + 121), Bend::claim("exp", now() + 300)],
            401,
            &["lti.jwt.iat_future"],
        ),
        ("J09", vec![Bend::claim("nbf", now() + 3600)], 401, &["lti.jwt.not_yet_valid"]),
        ("J10", vec![Bend::flipped_signature()], 401, &["lti.jwt.signature_invalid"]),
        ("J11", vec![Bend::claim_after_signing("sub", "somebody-else")], 401, &["lti.jwt.signature_invalid"]),
        ("J12", vec![Bend::Signer(Signer::Stranger)], 401, &["lti.jwt.signature_invalid"]),
        ("J13", vec![Bend::unsigned()], 400, &["lti.jwt.malformed"]),
        ("J13", vec![Bend::unsigned(), tail("eA")], 401, &["lti.jwt.alg_not_allowed"]),
        ("J13", vec![Bend::Signer(Signer::PublicKeyAsSecret)], 401, &["lti.jwt.alg_not_allowed"]),
        ("J14", vec![Bend::Algorithm("RS512")], 401, &["lti.jwt.alg_not_allowed"]),
        ("J14", vec![Bend::header("alg", "RS512")], 401, &["lti.jwt.alg_not_allowed"]),
        ("J15", vec![Bend::drop_header("alg")], 401, &["lti.jwt.alg_not_allowed"]),
        ("J16", vec![Bend::header("crit", json!(["x"]))], 401, &["lti.jwt.crit_unsupported"]),
    ];
    all_refused(&app, cases).await;
    let good: Vec<(&str, Vec<Bend>)> = vec![
        ("J05", vec![Bend::claim("iat", now() - 200), Bend::claim("exp", now() - 115)]),
        ("J09", vec![Bend::claim("nbf", now())]),
        ("J09", vec![Bend::claim("nbf", now() + 119)]),
        ("J05 fraction", vec![Bend::claim("exp", 1_900_000_060.5)]),
    ];
    for (id, bends) in good {
        app.launch(&bends).await.assert_ok(id);
    }
}

/// Puts something behind the last dot.
fn tail(text: &'static str) -> Bend {
    Bend::Token(Change::new("a signature", move |token: &mut String| token.push_str(text)))
}

#[tokio::test]
async fn j17_to_j26_parties_and_forms() {
    let app = TestApp::new().await;
    let cases: Vec<(&str, Vec<Bend>, u16, &[&str])> = vec![
        ("J17", vec![Bend::claim("iss", "https://other.lms.example")], 401, &["lti.jwt.iss_mismatch"]),
        ("J17", vec![Bend::claim("iss", format!("{}/", app.lms.issuer()))], 401, &["lti.jwt.iss_mismatch"]),
        ("J18", vec![Bend::drop_claim("iss")], 401, &["lti.jwt.iss_mismatch"]),
        ("J18", vec![Bend::claim("iss", 5)], 400, &["lti.jwt.claim_type"]),
        ("J19", vec![Bend::claim("aud", "client-xyz")], 401, &["lti.jwt.aud_mismatch"]),
        ("J20", vec![Bend::drop_claim("aud")], 401, &["lti.jwt.aud_mismatch"]),
        ("J20", vec![Bend::claim("aud", json!([]))], 401, &["lti.jwt.aud_mismatch"]),
        ("J20", vec![Bend::claim("aud", "")], 401, &["lti.jwt.aud_mismatch"]),
        (
            "J22",
            vec![Bend::claim("aud", json!([CLIENT, "spy"])), Bend::claim("azp", CLIENT)],
            401,
            &["lti.jwt.aud_untrusted"],
        ),
        ("J36", vec![Bend::claim("azp", "spy")], 401, &["lti.jwt.azp_mismatch"]),
        ("J23", vec![Bend::token("abc")], 400, &["lti.jwt.malformed"]),
        ("J23", vec![Bend::token("a b.c$d.e!f")], 400, &["lti.jwt.malformed"]),
        ("J23", vec![Bend::token("..")], 400, &["lti.jwt.malformed"]),
        ("J23", vec![Bend::padded(0)], 400, &["lti.jwt.malformed"]),
        ("J23", vec![Bend::padded(1)], 400, &["lti.jwt.malformed"]),
        ("J23", vec![Bend::padded(2)], 400, &["lti.jwt.malformed"]),
        ("J23", vec![Bend::repeat_claim("sub", "first")], 400, &["lti.jwt.malformed"]),
        ("J23", vec![Bend::repeat_header("alg", "none")], 400, &["lti.jwt.malformed"]),
        (
            "J24",
            vec![
                Bend::Header(Change::<Value>::replace(json!({}))),
                Bend::Payload(Change::<Value>::replace(json!({"name": "badltilaunch"}))),
            ],
            401,
            &["lti.jwt.alg_not_allowed", "lti.jwt.malformed"],
        ),
        ("J25", vec![Bend::five_parts()], 400, &["lti.jwt.encrypted_unsupported"]),
        ("J26", vec![Bend::oversized(262_144)], 413, &["lti.jwt.too_large"]),
    ];
    all_refused(&app, cases).await;
    app.launch(&[Bend::claim("aud", json!([CLIENT]))]).await.assert_ok("J21");
    app.launch(&[Bend::drop_claim("azp")]).await.assert_ok("J36");
    app.launch(&[Bend::claim("azp", CLIENT)]).await.assert_ok("J36");
}

#[tokio::test]
async fn j14_j22_what_a_registration_allows_besides() {
    let app = TestApp::new().await;
    app.switch(json!({ "id_token_algs": ["RS256", "RS512"], "trusted_audiences": ["spy"] })).await;
    app.lms.keys().edit("p1-a", Change::drop("alg"));
    app.launch(&[Bend::Algorithm("RS512")]).await.assert_ok("J14");
    let both = Bend::claim("aud", json!([CLIENT, "spy"]));
    app.launch(&[both.clone(), Bend::claim("azp", CLIENT)]).await.assert_ok("J22");
    app.launch(&[both]).await.assert_refused("J22", 401, "lti.jwt.azp_missing");
}

#[tokio::test]
async fn j02_j03_unknown_keys_are_asked_for_at_most_twice_a_minute() {
    let app = TestApp::new().await;
    app.launch(&[]).await.assert_ok("the keys are known");
    assert_eq!(app.lms.keys().fetches(), 1);
    let unknown = [Bend::Signer(Signer::Key("p1-unheard-of".to_owned()))];
    for _ in 0..20 {
        app.launch(&unknown).await.assert_refused("J02", 401, "lti.jwt.kid_unknown");
        app.advance(1);
    }
    assert_eq!(app.lms.keys().fetches(), 2, "J03: one forced refetch");
    app.advance(15);
    // A key that was published meanwhile is found by the next forced fetch.
    let new = app.lms.keys().rotate();
    app.launch(&[]).await.assert_ok(&new);
    assert_eq!(app.lms.keys().fetches(), 3);
    app.launch(&[]).await.assert_ok("J33");
    assert_eq!(app.lms.keys().fetches(), 3);
}

/// J32: garbage entries in a key set do not spoil the right key beside them. J27: the second published key is
/// good; J28: so is one without `alg` and `use`.
#[tokio::test]
async fn j27_j28_j32_odd_but_good_key_sets() {
    let app = TestApp::new().await;
    app.lms.keys().publish("p1-b");
    app.lms.keys().publish_raw(json!({"kty": 7}));
    app.lms.keys().publish_raw(json!("garbage"));
    app.lms.keys().edit("p1-a", Change::drop("alg"));
    app.lms.keys().edit("p1-a", Change::drop("use"));
    app.launch(&[Bend::Signer(Signer::Key("p1-b".to_owned()))]).await.assert_ok("J27");
    app.launch(&[]).await.assert_ok("J28");
    assert_eq!(app.lms.keys().fetches(), 1, "J33");
}

#[tokio::test]
async fn j29_j30_keys_that_may_not_sign() {
    let app = TestApp::new().await;
    app.lms.keys().edit("p1-a", Change::set("use", "enc"));
    app.lms.keys().publish_weak("p1-weak");
    let weak = Bend::Signer(Signer::Weak("p1-weak".to_owned()));
    all_refused(
        &app,
        vec![
            ("J29", vec![], 401, &["lti.jwt.kid_unknown"]),
            ("J30", vec![weak], 401, &["lti.jwt.key_unusable"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn j31_keys_out_of_reach() {
    for answer in [
        JwksAnswer::Status(500),
        JwksAnswer::Html,
        JwksAnswer::Body("{}".to_owned()),
        JwksAnswer::Padded(2_000_000),
    ] {
        let app = TestApp::new().await;
        app.lms.keys().answer(answer.clone());
        app.launch(&[]).await.assert_refused(&format!("J31 {answer:?}"), 503, "lti.jwt.jwks_unavailable");
        app.launch(&[]).await.assert_refused("J31", 503, "lti.jwt.jwks_unavailable");
        assert_eq!(app.lms.keys().fetches(), 1, "a failure is remembered for five seconds");
        app.lms.keys().answer(JwksAnswer::Keys);
        app.advance(6);
        app.launch(&[]).await.assert_ok("the platform is back");
        // What is known keeps serving when the platform is away.
        app.lms.keys().answer(JwksAnswer::Status(503));
        app.advance(3_700);
        app.launch(&[]).await.assert_ok("stale keys serve");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn j34_one_of_many_launches_asks_again() {
    let app = TestApp::new().await;
    app.lms.keys().cache_control(Some("max-age=120"));
    app.launch(&[]).await.assert_ok("J34");
    app.advance(121);
    let launches = (0..12).map(|_| app.launch(&[]));
    for tried in futures_util::future::join_all(launches).await {
        tried.assert_ok("J34");
    }
    assert_eq!(app.lms.keys().fetches(), 2);
}

#[tokio::test]
async fn the_longest_time_keys_are_used_is_a_setting() {
    let app = TestApp::with(|sources| sources.with("lti.key_cache_seconds", "90")).await;
    app.launch(&[]).await.assert_ok("first");
    app.advance(89);
    app.launch(&[]).await.assert_ok("fresh");
    assert_eq!(app.lms.keys().fetches(), 1);
    app.advance(2);
    app.launch(&[]).await.assert_ok("asked again");
    assert_eq!(app.lms.keys().fetches(), 2);
}

#[tokio::test]
async fn j35_a_typed_in_key_needs_no_kid() {
    let app = TestApp::new().await;
    let pem = app.lms.keys().material("p1-a").public_pem();
    app.correct(Details { public_key_pem: pem, ..Details::default() }).await;
    app.launch(&[Bend::drop_header("kid")]).await.assert_ok("J35");
    app.launch(&[]).await.assert_ok("J35 with kid");
    app.launch(&[Bend::Signer(Signer::Stranger), Bend::drop_header("kid")]).await.assert_refused(
        "J35",
        401,
        "lti.jwt.signature_invalid",
    );
    assert_eq!(app.lms.keys().fetches(), 0);
}

/// O03: an error page shows code and correlation id, is accessible, speaks the reader's language, and is never
/// kept.
#[tokio::test]
async fn o03_error_pages_speak_the_readers_language() {
    let app = TestApp::new().await;
    let german = app.browser_that(|options| BrowserOptions {
        headers: vec![("accept-language".to_owned(), "de-AT,de;q=0.9,en;q=0.5".to_owned())],
        ..options
    });
    let tried =
        app.attempt_from(german).launch(&[Bend::claim("exp", 22222), Bend::claim("iat", 11111)]).await;
    tried.assert_refused("O03", 401, "lti.jwt.expired");
    assert_page(&tried.page, "de");
    let tried = app.launch(&[Bend::claim("exp", 22222), Bend::claim("iat", 11111)]).await;
    assert_page(&tried.page, "en");
}

/// A page for people, in their language, by which an administrator finds the record; never kept.
#[track_caller]
fn assert_page(page: &Page, language: &str) {
    let correlation_id = page.header("x-correlation-id").unwrap();
    assert!(!correlation_id.is_empty() && page.contains(correlation_id), "{}", page.text());
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    for part in [&format!("<html lang=\"{language}\""), "<title>", "<h1>", "<main"] {
        assert!(page.contains(part), "{part} in {}", page.text());
    }
}
