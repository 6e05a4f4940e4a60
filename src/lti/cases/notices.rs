//! Section 14, X07-X12: platform notices, as far as they need no database.

use chrono::{Duration, TimeZone as _, Utc};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::fixture::*;
use crate::{
    Progress, Refusal, Registration, Standing,
    claims::*,
    keys::ToolKey,
    launch::token,
    notices::{self, Envelope, Handler, HandlerUrl, Notice, NoticeType, Said, listed, status, wanted},
    services::{Answer, Next},
};

fn copy_payload() -> Value {
    json!({
        "iss": "https://lms.campus.example", "aud": "client-abc", "iat": 1_900_000_000, "exp": 1_900_000_300,
        "nonce": "n-1",
        VERSION: "1.3.0",
        DEPLOYMENT_ID: "dep-9",
        NOTICE: {"id": "notice-1", "timestamp": "2030-03-17T17:46:40.5Z", "type": "LtiContextCopyNotice"},
        CONTEXT: {"id": "c-78", "title": "Chemistry 2"},
        ORIGIN_CONTEXTS: ["c-77", "c-76"]
    })
}

struct Sent {
    registration: Registration,
    signer: &'static ToolKey,
    header: Value,
    payload: Value,
    standing: Standing,
}

fn received(change: impl FnOnce(&mut Sent)) -> (Result<Notice, Refusal>, Progress) {
    let mut sent = Sent {
        registration: p1(),
        signer: &P1_A,
        header: json!({"alg": "RS256", "kid": "p1-a"}),
        payload: copy_payload(),
        standing: Standing::Known { enabled: true },
    };
    change(&mut sent);
    let jwt = signed(sent.signer, Algorithm::RS256, &sent.header.to_string(), &sent.payload.to_string());
    let envelope = Envelope::parse(json!({"notices": [{"jwt": jwt}]}).to_string().as_bytes()).unwrap();
    let token = envelope.tokens().next().unwrap().unwrap();
    let mut progress = Progress::default();
    let now = t0() + Duration::seconds(5);
    let notice = token::peek(token, &sent.registration, &mut progress)
        .and_then(|token| notices::verify(token, &sent.registration, &p1_keys(), now, &mut progress))
        .and_then(|token| {
            assert_eq!(token.deployment_id(), sent.payload[DEPLOYMENT_ID].as_str());
            notices::validate(token, &tool(), sent.standing, &mut progress)
        });
    (notice, progress)
}

fn code(change: impl FnOnce(&mut Sent)) -> &'static str {
    received(change).0.as_ref().map_or_else(Refusal::code, |_| "OK")
}

fn code_with(change: impl FnOnce(&mut Value)) -> &'static str {
    code(|sent| change(&mut sent.payload))
}

fn service(scope: &[&str], types: &[&str]) -> NoticeService {
    let texts = |several: &[&str]| several.iter().map(|one| (*one).to_owned()).collect();
    NoticeService {
        scope: texts(scope),
        url: "https://lms.campus.example/pns?context=1".into(),
        types: texts(types),
    }
}

fn answer(status: u16, body: &str) -> Answer<'_> {
    Answer::new(status, [], body.as_bytes())
}

/// X07: a handler is registered by a PUT with an exact body; an empty handler removes it.
#[test]
fn x07_a_handler_is_registered_and_removed() {
    let url = HandlerUrl::new(&tool(), "https://badges.example/lti/notices/r1").unwrap();
    let copy = Handler::to(NoticeType::ContextCopy, &url);
    let request = copy.put(&service(&[], &[]));
    assert_eq!(
        (request.method.name(), request.url.as_str()),
        ("PUT", "https://lms.campus.example/pns?context=1")
    );
    assert_eq!(request.scope, Some("https://purl.imsglobal.org/spec/lti/scope/noticehandlers"));
    let body = request.body.unwrap();
    assert_eq!(body.content_type, "application/json");
    let body = String::from_utf8(body.bytes).unwrap();
    assert_eq!(
        body,
        r#"{"notice_type":"LtiContextCopyNotice","handler":"https://badges.example/lti/notices/r1"}"#
    );
    assert_eq!(
        Handler::none(NoticeType::HelloWorld).put(&service(&[], &[])).body.unwrap().bytes,
        br#"{"notice_type":"LtiHelloWorldNotice","handler":""}"#
    );
    // The answer echoes the request.
    assert_eq!(copy.confirmed_by(&answer(200, &body), t0()), Ok(()));
    assert_eq!(copy.confirmed_by(&answer(204, ""), t0()), Ok(()));
    let code = |status, body: &str| {
        let failure = copy.confirmed_by(&answer(status, body), t0()).unwrap_err();
        (failure.refusal.code(), failure.next)
    };
    assert_eq!(code(200, "{}"), ("lti.pns.malformed", Next::Alarm));
    let elsewhere = body.replace("badges.example", "evil.example");
    assert_eq!(code(200, &elsewhere), ("lti.pns.malformed", Next::Alarm));
    assert_eq!(code(401, ""), ("lti.pns.scope_not_granted", Next::FreshToken));
    assert_eq!(code(403, ""), ("lti.pns.scope_not_granted", Next::Alarm));
    assert_eq!(code(400, "<html>"), ("lti.pns.malformed", Next::Alarm));
    assert_eq!(code(503, ""), ("lti.pns.unavailable", Next::Later(None)));
}

#[test]
fn x07_only_offered_types_are_asked_for() {
    let scope = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers";
    let all = ["LtiContextCopyNotice", "LtiAssetProcessorSubmissionNotice", "LtiHelloWorldNotice"];
    assert_eq!(wanted(&service(&[scope], &all)), [NoticeType::HelloWorld, NoticeType::ContextCopy]);
    assert_eq!(wanted(&service(&[scope], &["LtiHelloWorldNotice"])), [NoticeType::HelloWorld]);
    assert_eq!(wanted(&service(&[], &all)), []);
}

#[test]
fn x07_the_list_of_handlers_is_read() {
    let request = notices::list(&service(&[], &[]));
    assert_eq!((request.method.name(), request.body), ("GET", None));
    let body = r#"{"client_id": 10000000000267, "deployment_id": "1:ab", "notice_handlers": [
        {"notice_type": "LtiHelloWorldNotice", "handler": ""},
        {"notice_type": "LtiContextCopyNotice", "handler": "https://badges.example/lti/notices/r1", "x": 1},
        {"notice_type": 5}, null]}"#;
    let handlers = listed(&answer(200, body), t0()).unwrap();
    assert_eq!(handlers.len(), 2);
    assert_eq!(
        (handlers[0].handler.as_str(), handlers[1].notice_type.as_str()),
        ("", "LtiContextCopyNotice")
    );
    for broken in ["", "[]", "{}", r#"{"notice_handlers": {}}"#, "<html>"] {
        assert_eq!(
            listed(&answer(200, broken), t0()).unwrap_err().refusal,
            Refusal::PnsMalformed,
            "{broken}"
        );
    }
    assert_eq!(listed(&answer(429, body), t0()).unwrap_err().refusal, Refusal::PnsUnavailable);
}

#[test]
fn x12_handlers_live_on_our_host() {
    for foreign in [
        "https://evil.example/lti/notices/r1",
        "http://badges.example/lti/notices/r1",
        "/lti/notices/r1",
        "",
        "https://badges.example@evil.example/",
    ] {
        assert_eq!(HandlerUrl::new(&tool(), foreign), None, "{foreign}");
    }
}

#[test]
fn x08_a_hello_world_notice() {
    let (notice, progress) = received(|sent| {
        sent.payload[NOTICE]["type"] = "LtiHelloWorldNotice".into();
        without(&mut sent.payload, CONTEXT);
        without(&mut sent.payload, ORIGIN_CONTEXTS);
    });
    let notice = notice.unwrap();
    assert_eq!(
        (notice.said, notice.id.as_str(), notice.nonce.as_str()),
        (Said::HelloWorld, "notice-1", "n-1")
    );
    assert!(progress.has_passed(crate::progress::Check::Signature));
}

#[test]
fn x09_a_context_copy_notice() {
    let notice = received(|_| {}).0.unwrap();
    assert_eq!(notice.deployment_id, "dep-9");
    assert_eq!(
        notice.happened_at,
        Some(Utc.with_ymd_and_hms(2030, 3, 17, 17, 46, 40).unwrap() + Duration::milliseconds(500))
    );
    let Said::ContextCopy { context, origins } = notice.said else { panic!("a copy") };
    assert_eq!((context.id.as_str(), context.title.as_deref()), ("c-78", Some("Chemistry 2")));
    assert_eq!(origins, ["c-77", "c-76"]);
    assert_eq!(code_with(|payload| without(payload, CONTEXT)), "lti.msg.context_invalid");
    assert_eq!(code_with(|payload| payload[CONTEXT] = json!({})), "lti.msg.context_invalid");
    let lonely = received(|sent| without(&mut sent.payload, ORIGIN_CONTEXTS)).0.unwrap();
    assert!(matches!(lonely.said, Said::ContextCopy { origins, .. } if origins.is_empty()));
}

#[test]
fn unknown_notices_are_acknowledged() {
    let notice = received(|sent| {
        sent.payload[NOTICE] =
            json!({"id": "n", "type": "LtiAssetProcessorSubmissionNotice", "timestamp": "soon"});
    })
    .0
    .unwrap();
    assert_eq!(notice.said, Said::Other("LtiAssetProcessorSubmissionNotice".into()));
    assert_eq!(notice.happened_at, None);
    assert_eq!(notice.warnings.len(), 1);
}

#[test]
fn x11_a_bad_signature_is_refused() {
    assert_eq!(code(|sent| sent.signer = &P3_A), "lti.jwt.signature_invalid");
    assert_eq!(code(|sent| sent.header["kid"] = "p3-a".into()), "lti.jwt.kid_unknown");
    assert_eq!(code(|sent| sent.header = json!({"alg": "none", "kid": "p1-a"})), "lti.jwt.alg_not_allowed");
    assert_eq!(code(|sent| sent.registration.active = false), "lti.login.registration_disabled");
}

#[test]
fn x11_a_notice_is_checked_like_a_launch() {
    type Change = fn(&mut Value);
    let cases: [(Change, &str); 14] = [
        (|payload| payload["iss"] = "https://other.lms.example".into(), "lti.jwt.iss_mismatch"),
        (|payload| payload["aud"] = "client-xyz".into(), "lti.jwt.aud_mismatch"),
        (|payload| payload["aud"] = json!(["client-abc", "spy"]), "lti.jwt.aud_untrusted"),
        (|payload| payload["azp"] = "spy".into(), "lti.jwt.azp_mismatch"),
        (|payload| payload["exp"] = 1_899_999_000.into(), "lti.jwt.expired"),
        (|payload| payload["iat"] = 1_899_990_000.into(), "lti.jwt.too_old"),
        (|payload| payload["nbf"] = 1_900_009_000.into(), "lti.jwt.not_yet_valid"),
        (|payload| without(payload, "nonce"), "lti.jwt.nonce_missing"),
        (|payload| payload["nonce"] = "".into(), "lti.jwt.nonce_missing"),
        (|payload| payload["nonce"] = 5.into(), "lti.jwt.claim_type"),
        (|payload| without(payload, VERSION), "lti.msg.version_missing"),
        (|payload| payload[VERSION] = "1.3".into(), "lti.msg.version_unsupported"),
        (|payload| payload[DEPLOYMENT_ID] = "".into(), "lti.msg.deployment_missing"),
        (|payload| payload[NOTICE] = "x".into(), "lti.msg.claim_type"),
    ];
    for (change, expected) in cases {
        assert_eq!(code_with(change), expected);
    }
    assert_eq!(code(|sent| sent.standing = Standing::Unknown), "lti.msg.deployment_unknown");
    assert_eq!(
        code(|sent| sent.standing = Standing::Known { enabled: false }),
        "lti.msg.deployment_disabled"
    );
    for notice in [
        json!({}),
        json!({"id": "", "type": "x"}),
        json!({"id": "n"}),
        json!({"type": "x"}),
        json!({"id": 5, "type": "x"}),
    ] {
        assert_eq!(
            code_with(|payload| payload[NOTICE] = notice.clone()),
            "lti.pns.notice_missing",
            "{notice}"
        );
    }
}

#[test]
fn launches_and_notices_are_not_taken_for_each_other() {
    let launch = code(|sent| {
        sent.payload = valid_payload();
        sent.payload["nonce"] = "n".into();
    });
    assert_eq!(launch, "lti.pns.notice_missing");
    let notice = run(|case| {
        let nonce = case.payload["nonce"].clone();
        case.payload = copy_payload();
        case.payload["nonce"] = nonce;
    });
    assert_eq!(notice.code(), "lti.msg.type_missing");
}

#[test]
fn envelopes_are_read_entry_by_entry() {
    let body = json!({"notices": [{"jwt": "a.b.c"}, {"jwt": 5}, {}, "x", null, {"jwt": ""}, {"jwt": "d.e.f", "x": 1}]});
    let envelope = Envelope::parse(body.to_string().as_bytes()).unwrap();
    let tokens: Vec<_> = envelope.tokens().map(Result::ok).collect();
    assert_eq!(tokens, [Some("a.b.c"), None, None, None, None, None, Some("d.e.f")]);
    assert!(!format!("{envelope:?}").contains("a.b.c"), "O02");
    let many = json!({"notices": vec![json!({"jwt": "x"}); 101]}).to_string();
    let large = format!(r#"{{"notices":[],"x":"{}"}}"#, "y".repeat(1024 * 1024));
    for broken in ["", "[]", "{}", r#"{"notices":{}}"#, r#"{"notices":"x"}"#, "\u{0}", &many, &large] {
        assert_eq!(Envelope::parse(broken.as_bytes()), Err(Refusal::PnsMalformed));
    }
}

#[test]
fn x10_one_good_notice_makes_a_good_answer() {
    let (bad, worse) = (Refusal::SignatureInvalid, Refusal::PnsMalformed);
    assert_eq!(status([Ok(()), Err(&bad)]), 200);
    assert_eq!(status([Err(&bad), Ok(())]), 200);
    assert_eq!(status([Err(&Refusal::PnsDuplicate)]), 200, "known already is good");
    assert_eq!(status([Err(&bad), Err(&worse)]), 401);
    assert_eq!(status([Err(&worse), Err(&bad)]), 400);
    assert_eq!(status([]), 200);
}
