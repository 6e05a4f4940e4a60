//! S01-S18 as far as they are pure, B01-B06, and what a state promises by itself.

use chrono::Duration;

use super::fixture::*;
use crate::{
    Refusal, State, StateKey, Switches,
    launch::{self, Answer, Form},
    login::{self, Begun, Request},
    state,
};

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

fn begun(request: &Request) -> Begun {
    login::begin(request, &p1(), &tool(), &secrets(3), &state_key(), t0()).unwrap()
}

fn form(body: &str) -> Result<Form, Refusal> {
    Form::parse("POST", FORM, body.as_bytes())
}

#[test]
fn s01_a_state_comes_back_whole() {
    let begun = begun(&valid_login());
    assert!(begun.state.len() <= state::MAX_LENGTH);
    assert!(begun.state.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')));
    let state = State::open(&begun.state, &state_key()).unwrap();
    assert_eq!(state.platform(), [1; 16]);
    assert_eq!(state.expires_at(), t0().timestamp() + 600);
    assert_eq!(state.storage_target(), None);
    assert_eq!(state.login_key(), state::login_key(&begun.state));
    assert_eq!(code(|_| {}), "OK");
}

#[test]
fn s02_a_state_is_needed() {
    for body in ["id_token=x", "state=&id_token=x", ""] {
        let refusal = form(body).unwrap_err();
        assert_eq!((refusal.code(), refusal.status()), ("lti.launch.state_missing", 400));
    }
}

#[test]
fn s03_strangers_cannot_make_a_state() {
    let begun = begun(&valid_login());
    let long = format!("{}A", begun.state);
    for text in ["x", "", "7Jm-random-handle", &begun.state[1..], &long, &"A".repeat(5000)] {
        let refusal = State::open(text, &state_key()).unwrap_err();
        assert_eq!((refusal.code(), refusal.status()), ("lti.launch.state_invalid", 401));
    }
    let other_key = StateKey::derive(&[8; 32]);
    assert_eq!(State::open(&begun.state, &other_key), Err(Refusal::StateInvalid));
}

#[test]
fn s04_a_state_expires() {
    let begun = begun(&valid_login());
    let state = State::open(&begun.state, &state_key()).unwrap();
    let secret = Some(begun.cookie.value.as_str());
    let bind = |after| launch::bind(&state, secret, &Switches::default(), t0() + Duration::seconds(after));
    assert!(bind(599).is_ok());
    assert_eq!(bind(601), Err(Refusal::StateExpired));
    assert_eq!(bind(600), Err(Refusal::StateExpired));
}

#[test]
fn s06_s09_a_token_belongs_to_one_login() {
    assert_eq!(
        code_with(|payload| payload["nonce"] = "AAAAAAAAAAAAAAAAAAAAAA".into()),
        "lti.jwt.nonce_mismatch"
    );
}

#[test]
fn s07_s08_a_nonce_is_needed() {
    assert_eq!(code_with(|payload| without(payload, "nonce")), "lti.jwt.nonce_missing");
    assert_eq!(code_with(|payload| payload["nonce"] = "".into()), "lti.jwt.nonce_missing");
    assert_eq!(code_with(|payload| payload["nonce"] = 7.into()), "lti.jwt.claim_type");
}

/// S10: a token of P3, signed by P3, with a state made for P1 is refused by P1's keys.
#[test]
fn s10_another_platforms_token_is_not_believed() {
    let wrong_key = run(|case| {
        case.signer = &P3_A;
        case.header["kid"] = "p3-a".into();
        case.payload["iss"] = p3().issuer.into();
    });
    assert_eq!(wrong_key.code(), "lti.jwt.kid_unknown");
    let same_kid = run(|case| {
        case.signer = &P3_A;
        case.payload["iss"] = p3().issuer.into();
    });
    assert_eq!(same_kid.code(), "lti.jwt.signature_invalid");
}

/// S10: nor is a state made for P1 ever used with P3.
#[test]
fn s10_a_state_serves_its_own_registration_only() {
    let begun = begun(&valid_login());
    let state = State::open(&begun.state, &state_key()).unwrap();
    let mut progress = launch::bind(&state, Some(&begun.cookie.value), &Switches::default(), t0()).unwrap();
    let text = signed(&P1_A, jsonwebtoken::Algorithm::RS256, r#"{"alg":"RS256","kid":"p1-a"}"#, "{}");
    let token = launch::token::peek(&text, &p3(), &mut progress).unwrap();
    let refusal = launch::token::verify(token, &state, &p3(), &p1_keys(), t0(), &mut progress).unwrap_err();
    assert_eq!(refusal, Refusal::StateInvalid);
}

#[test]
fn s11_a_platform_error_wins_over_a_token_and_is_tamed() {
    let body = "state=x&id_token=t&error=login_required&error_description=Please%0Alog+in%00%3Cb%3E";
    let refusal = form(body).unwrap().token().unwrap_err();
    assert_eq!((refusal.code(), refusal.status()), ("lti.launch.platform_error", 401));
    assert_eq!(refusal.detail(), Some("login_required"));
    let Refusal::PlatformError(answer) = refusal else { panic!("a platform error") };
    assert_eq!(answer.description.as_deref(), Some("Please log in <b>"));
    let long = format!("state=x&error={}&error_description={}", "e".repeat(999), "d".repeat(9999));
    let Answer::Error(answer) = form(&long).unwrap().answer else { panic!("a platform error") };
    assert_eq!((answer.error.len(), answer.description.unwrap().len()), (100, 500));
}

#[test]
fn s13_token_or_error_is_needed() {
    for body in ["state=x", "state=x&id_token=&error="] {
        let refusal = form(body).unwrap().token().unwrap_err();
        assert_eq!((refusal.code(), refusal.status()), ("lti.launch.token_missing", 400));
    }
}

#[test]
fn s14_a_launch_is_posted_as_a_form() {
    for method in ["GET", "HEAD", "PUT"] {
        let refusal = Form::parse(method, FORM, b"state=x&id_token=t").unwrap_err();
        assert_eq!((refusal.code(), refusal.status()), ("lti.launch.method_not_allowed", 405));
    }
    for media in [None, Some("application/json")] {
        let refusal = Form::parse("POST", media, b"state=x&id_token=t").unwrap_err();
        assert_eq!((refusal.code(), refusal.status()), ("lti.launch.unsupported_media_type", 415));
    }
}

#[test]
fn s15_a_registration_may_be_disabled_meanwhile() {
    let key = state_key();
    let begun = begun(&valid_login());
    let state = State::open(&begun.state, &key).unwrap();
    let mut progress = launch::bind(&state, Some(&begun.cookie.value), &Switches::default(), t0()).unwrap();
    let disabled = crate::Registration { active: false, ..p1() };
    let refusal = launch::token::peek("not even a token", &disabled, &mut progress).unwrap_err();
    assert_eq!((refusal.code(), refusal.status()), ("lti.login.registration_disabled", 403));
}

#[test]
fn s16_s17_any_process_with_the_master_key_opens_a_state() {
    let begun = begun(&valid_login());
    assert!(State::open(&begun.state, &StateKey::derive(&[9; 32])).is_ok());
}

#[test]
fn s18_unknown_fields_are_ignored_and_known_ones_must_not_repeat() {
    let read = form("state=s&id_token=t&session_state=a&session_state=b&lti_storage_target=_parent").unwrap();
    assert_eq!((read.state.as_str(), read.answer.clone()), ("s", Answer::Token("t".into())));
    assert_eq!(read.storage_target.as_deref(), Some("_parent"));
    for name in ["state", "id_token", "error", "browser_secret"] {
        let refusal = form(&format!("state=s&id_token=t&error=e&browser_secret=b&{name}=again")).unwrap_err();
        assert_eq!((refusal.code(), refusal.status()), ("lti.launch.duplicate_parameter", 400));
        assert_eq!(refusal.detail(), Some(name));
    }
}

#[test]
fn s18_forms_have_limits() {
    let malformed = form("state=%FF&id_token=t").unwrap_err();
    assert_eq!((malformed.code(), malformed.status()), ("lti.launch.malformed_form", 400));
    let large = form(&format!("state=s&id_token={}", "t".repeat(1024 * 1024))).unwrap_err();
    assert_eq!((large.code(), large.status()), ("lti.launch.malformed_form", 413));
}

#[test]
fn b01_a_lost_cookie_leaves_the_browser_unbound() {
    let outcome = run(|case| case.cookie = None);
    assert_eq!((outcome.code(), outcome.launch.unwrap_err().status()), ("lti.launch.browser_unbound", 401));
    assert!(outcome.progress.checks().is_empty(), "nothing is recorded before the binding");
}

#[test]
fn b01_another_browsers_cookie_is_an_attack() {
    assert_eq!(code(|case| case.cookie = Some("someone-else")), "lti.launch.state_browser_mismatch");
    assert_eq!(code(|case| case.cookie = Some("")), "lti.launch.state_browser_mismatch");
    assert_eq!(
        code(|case| {
            case.cookie = Some("someone-else");
            case.registration.switches.allow_unbound_launch = true;
        }),
        "lti.launch.state_browser_mismatch",
        "the switch forgives absence, not mismatch"
    );
}

#[test]
fn b04_the_state_remembers_the_storage_target() {
    let names = ["_parent", "post_message_forwarding", "lti_storage_frame", "frame-of-15-byt", "ä"];
    for name in names {
        let begun = begun(&Request { storage_target: Some(name.into()), ..valid_login() });
        assert!(begun.state.len() <= state::MAX_LENGTH, "{} characters", begun.state.len());
        assert_eq!(State::open(&begun.state, &state_key()).unwrap().storage_target(), Some(name));
    }
    let long = begun(&Request { storage_target: Some("a-frame-name-that-is-long".into()), ..valid_login() });
    assert_eq!(State::open(&long.state, &state_key()).unwrap().storage_target(), Some("_parent"));
}

#[test]
fn b06_unbound_launches_can_be_switched_on() {
    let outcome = run(|case| {
        case.cookie = None;
        case.registration.switches.allow_unbound_launch = true;
    });
    assert_eq!(outcome.code(), "OK");
    assert!(outcome.has_warning("unbound_browser"));
    assert!(!outcome.progress.has_passed(crate::progress::Check::Browser));
}
