//! L01-L24: reading a login, finding the registration, answering with the authentication request.

use std::collections::HashMap;

use url::Url;

use super::fixture::*;
use crate::{
    Refusal, Registration, State,
    login::{self, Begun, Redirect, Request},
};

const FORM: Option<&str> = Some("application/x-www-form-urlencoded; charset=UTF-8");
const VL: &str = "iss=https%3A%2F%2Flms.campus.example&login_hint=u%2F88%2Bx\
    &target_link_uri=https%3A%2F%2Fbadges.example%2Fcourse%2Fbadge%2F17&lti_message_hint=%7B%22a%22%3A1%7D\
    &client_id=client-abc&lti_deployment_id=dep-9";

fn get(query: &str) -> Result<Request, Refusal> {
    Request::parse("GET", None, query, b"")
}

fn begin(request: &Request) -> Begun {
    login::begin(request, &p1(), &tool(), &secrets(1), &state_key(), t0()).unwrap()
}

fn location(begun: &Begun) -> Url {
    match &begun.redirect {
        Redirect::Location(url) => Url::parse(url).unwrap(),
        Redirect::Form { .. } => panic!("a short request is a redirect"),
    }
}

fn sent(url: &Url) -> HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}

fn choose(request: &Request, candidates: &[Registration]) -> Result<[u8; 16], Refusal> {
    login::choose(request, None, candidates, |_, _| false).map(|found| found.platform)
}

/// A second registration of P1's issuer.
fn sister() -> Registration {
    Registration { platform: [2; 16], client_id: "client-def".into(), ..p1() }
}

/// L01: a login by GET becomes §8.1's authentication request, its parameters exact and the endpoint's own
/// query kept.
#[test]
fn l01_a_get_login_becomes_an_authentication_request() {
    let request = get(VL).unwrap();
    assert_eq!(request, valid_login());
    let begun = begin(&request);
    let url = location(&begun);
    assert!(url.as_str().starts_with("https://lms.campus.example/auth?tenant=7&scope=openid&"));
    let sent = sent(&url);
    let names: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(
        names,
        [
            "tenant",
            "scope",
            "response_type",
            "response_mode",
            "prompt",
            "client_id",
            "redirect_uri",
            "login_hint",
            "lti_message_hint",
            "state",
            "nonce"
        ]
    );
    assert_eq!(sent["tenant"], "7");
    assert_eq!(sent["scope"], "openid");
    assert_eq!(sent["response_type"], "id_token");
    assert_eq!(sent["response_mode"], "form_post");
    assert_eq!(sent["prompt"], "none");
    assert_eq!(sent["client_id"], "client-abc");
    assert_eq!(sent["redirect_uri"], "https://badges.example/lti/launch");
    assert_eq!(sent["login_hint"], "u/88+x");
    assert_eq!(sent["lti_message_hint"], "{\"a\":1}");
    assert_eq!(sent["state"], begun.state);
    assert_eq!(sent["nonce"].len(), 22, "128 bits in base64url");
    assert!(url.as_str().contains("login_hint=u%2F88%2Bx&"), "a plus is %2B");
}

/// L02: a login by POST is as one by GET.
#[test]
fn l02_a_post_login_reads_the_same() {
    let posted = Request::parse("POST", FORM, "", VL.as_bytes()).unwrap();
    assert_eq!(posted, get(VL).unwrap());
    assert_eq!(Request::parse("HEAD", None, VL, b"").unwrap(), posted);
}

#[test]
fn l02_the_body_wins_over_the_query() {
    let request =
        Request::parse("POST", FORM, "client_id=other&lti_storage_target=_parent", VL.as_bytes()).unwrap();
    assert_eq!(request.client_id.as_deref(), Some("client-abc"));
    assert_eq!(
        request.storage_target.as_deref(),
        Some("_parent"),
        "absent from the body, so the query counts"
    );
}

#[test]
fn l03_hints_come_back_byte_for_byte() {
    let hard = "a+b/c=d&e%f#g\"h ü 語 <x> %2B \u{1F600}";
    let encoded: String = url::form_urlencoded::byte_serialize(hard.as_bytes()).collect();
    let login =
        format!("{}&lti_message_hint={encoded}", VL.replace("&lti_message_hint=%7B%22a%22%3A1%7D", ""))
            .replace("u%2F88%2Bx", &encoded);
    for request in [get(&login).unwrap(), Request::parse("POST", FORM, "", login.as_bytes()).unwrap()] {
        let url = location(&begin(&request));
        assert_eq!(sent(&url)["login_hint"], hard);
        assert_eq!(sent(&url)["lti_message_hint"], hard);
        assert!(!url.as_str().contains('+') && url.as_str().contains("%20"));
    }
}

#[test]
fn l04_l05_a_message_hint_goes_back_only_if_it_came_and_even_if_empty() {
    let without = get(&VL.replace("&lti_message_hint=%7B%22a%22%3A1%7D", "")).unwrap();
    assert!(!sent(&location(&begin(&without))).contains_key("lti_message_hint"));
    let empty = get(&VL.replace("lti_message_hint=%7B%22a%22%3A1%7D", "lti_message_hint=")).unwrap();
    assert_eq!(sent(&location(&begin(&empty)))["lti_message_hint"], "");
}

#[test]
fn l06_l07_l08_the_first_missing_parameter_is_named() {
    for name in ["iss", "login_hint", "target_link_uri"] {
        for replacement in [format!("x{name}="), format!("{name}=&x=")] {
            let refusal = get(&VL.replacen(&format!("{name}="), &replacement, 1)).unwrap_err();
            assert_eq!((refusal.code(), refusal.status()), ("lti.login.missing_parameter", 400));
            assert_eq!(refusal.detail(), Some(name));
        }
    }
    assert_eq!(get("").unwrap_err(), Refusal::LoginMissingParameter("iss"));
}

#[test]
fn l09_l10_l24_unknown_registrations_are_not_replaced_by_others() {
    let all = [p1(), sister(), p3()];
    let unknown = Request { iss: "https://nobody.example".into(), ..valid_login() };
    assert_eq!(choose(&unknown, &all), Err(Refusal::UnknownRegistration));
    let other_client = Request { client_id: Some("client-xyz".into()), ..valid_login() };
    assert_eq!(choose(&other_client, &all), Err(Refusal::UnknownRegistration));
    let slashed = Request { iss: format!("{}/", p1().issuer), ..valid_login() };
    assert_eq!(choose(&slashed, &all), Err(Refusal::UnknownRegistration));
    assert_eq!(Refusal::UnknownRegistration.status(), 403);
    assert_eq!(choose(&valid_login(), &all), Ok([1; 16]));
    let p3_login = Request { iss: p3().issuer, ..valid_login() };
    assert_eq!(choose(&p3_login, &all), Ok([3; 16]), "the same client id at another issuer");
}

#[test]
fn l11_without_client_id_one_active_registration_is_enough() {
    let request = Request { client_id: None, ..valid_login() };
    assert_eq!(choose(&request, &[p1(), p3()]), Ok([1; 16]));
    let disabled = Registration { active: false, ..sister() };
    assert_eq!(choose(&request, &[disabled, p1()]), Ok([1; 16]));
    assert_eq!(choose(&request, &[p1(), sister()]), Err(Refusal::AmbiguousRegistration));
    assert_eq!(choose(&request, &[]), Err(Refusal::UnknownRegistration));
}

#[test]
fn l11_several_registrations_are_told_apart_by_the_deployment() {
    let request = Request { client_id: None, ..valid_login() };
    let all = [p1(), sister()];
    let found =
        login::choose(&request, None, &all, |found, hint| found.platform == [2; 16] && hint == "dep-9");
    assert_eq!(found.unwrap().platform, [2; 16]);
    let both = login::choose(&request, None, &all, |_, _| true);
    assert_eq!(both.unwrap_err().code(), "lti.login.ambiguous_registration");
}

#[test]
fn l12_the_path_names_the_registration() {
    let request = Request { client_id: None, ..valid_login() };
    let named = |request: &Request, found: Option<&Registration>| {
        login::choose(request, Some(found), [], |_, _| false).map(|found| found.platform)
    };
    assert_eq!(named(&request, Some(&p1())), Ok([1; 16]));
    assert_eq!(named(&request, Some(&p3())), Err(Refusal::UnknownRegistration), "another issuer");
    assert_eq!(named(&request, None), Err(Refusal::UnknownRegistration));
    let other_client = Request { client_id: Some("client-def".into()), ..valid_login() };
    assert_eq!(named(&other_client, Some(&p1())), Err(Refusal::UnknownRegistration));
}

#[test]
fn l13_a_disabled_registration_is_told() {
    let disabled = Registration { active: false, ..p1() };
    let refusal = choose(&valid_login(), &[disabled]).unwrap_err();
    assert_eq!((refusal.code(), refusal.status()), ("lti.login.registration_disabled", 403));
}

#[test]
fn l14_only_our_launchable_pages_are_targets() {
    for target in [
        "https://evil.example/",
        "http://badges.example/course",
        "https://badges.example/admin",
        "https://badges.example/courses",
        "https://badges.example/course/../admin",
        "https://badges.example/course/%2e%2E/admin",
        "https://badges.example//evil.example/course",
        "https://badges.example\\@evil.example/course",
        "https://user@badges.example/course",
        "https://badges.example/course#x",
        "https://badges.example/course\n",
        "https://badges.example:444/course",
        "https:/badges.example/course",
        "//badges.example/course",
        "/course",
        "javascript:alert(1)",
        "data:text/html,x",
    ] {
        let request = Request { target_link_uri: target.into(), ..valid_login() };
        let refusal = login::begin(&request, &p1(), &tool(), &secrets(1), &state_key(), t0()).unwrap_err();
        assert_eq!((refusal.code(), refusal.status()), ("lti.login.target_not_allowed", 400), "{target}");
    }
    for target in [
        "https://badges.example/course",
        "https://BADGES.example:443/course/x?y=z",
        "https://badges.example/course?x",
    ] {
        begin(&Request { target_link_uri: target.into(), ..valid_login() });
    }
}

/// L15: with `login_target_check` off a bare text like `packback.co` is redirected as in L01; the value is
/// only stored.
#[test]
fn l15_the_target_check_can_be_switched_off() {
    let mut registration = p1();
    registration.switches.login_target_check = false;
    let request = Request { target_link_uri: "packback.co".into(), ..valid_login() };
    let begun = login::begin(&request, &registration, &tool(), &secrets(1), &state_key(), t0()).unwrap();
    assert_eq!(location(&begun).host_str(), Some("lms.campus.example"));
}

#[test]
fn l16_l17_methods_and_media_types() {
    for method in ["PUT", "DELETE", "PATCH", "post"] {
        let refusal = Request::parse(method, FORM, VL, VL.as_bytes()).unwrap_err();
        assert_eq!((refusal.code(), refusal.status()), ("lti.login.method_not_allowed", 405));
    }
    for media in [None, Some("application/json"), Some("multipart/form-data; boundary=x"), Some("text/plain")]
    {
        let refusal = Request::parse("POST", media, "", VL.as_bytes()).unwrap_err();
        assert_eq!((refusal.code(), refusal.status()), ("lti.login.unsupported_media_type", 415));
    }
}

/// L18: two logins in a row differ in state, nonce and cookie, and both can be used.
#[test]
fn l18_two_logins_share_nothing() {
    let one = login::begin(&valid_login(), &p1(), &tool(), &secrets(1), &state_key(), t0()).unwrap();
    let two = login::begin(&valid_login(), &p1(), &tool(), &secrets(2), &state_key(), t0()).unwrap();
    assert_ne!(one.state, two.state);
    assert_ne!(sent(&location(&one))["nonce"], sent(&location(&two))["nonce"]);
    assert_ne!(one.cookie.name_key, two.cookie.name_key);
    assert_ne!(one.cookie.value, two.cookie.value);
    for begun in [one, two] {
        let state = State::open(&begun.state, &state_key()).unwrap();
        assert_eq!(state.login_key(), begun.cookie.name_key);
        assert_eq!(begun.cookie.max_age, 600);
    }
}

#[test]
fn l19_unknown_parameters_are_ignored_also_when_repeated() {
    let request = get(&format!("{VL}&canvas_region=eu&canvas_environment=prod&x=1&x=2&x")).unwrap();
    assert_eq!(request, valid_login());
}

#[test]
fn l19_known_parameters_must_not_repeat() {
    let refusal = get(&format!("{VL}&iss=x")).unwrap_err();
    assert_eq!((refusal.code(), refusal.status()), ("lti.login.duplicate_parameter", 400));
    assert_eq!(refusal.detail(), Some("iss"));
    let refusal =
        Request::parse("POST", FORM, "", format!("{VL}&client_id=client-abc").as_bytes()).unwrap_err();
    assert_eq!(refusal, Refusal::LoginDuplicateParameter("client_id"));
}

#[test]
fn l19_malformed_and_overlong_requests_are_refused() {
    assert_eq!(get(&format!("{VL}&x=%FF")).unwrap_err(), Refusal::LoginMalformed);
    assert_eq!(get(&format!("{VL}&x={}", "y".repeat(65 * 1024))).unwrap_err(), Refusal::LoginMalformed);
    assert_eq!(get(&format!("{VL}{}", "&a".repeat(500))).unwrap_err(), Refusal::LoginMalformed);
    assert_eq!(get(&format!("{VL}&x=%zz%")).unwrap(), valid_login(), "a stray percent stands for itself");
}

#[test]
fn l20_canvas_old_deployment_parameter_is_a_hint() {
    let request = get(&VL.replace("lti_deployment_id", "deployment_id")).unwrap();
    assert_eq!(request.deployment_hint.as_deref(), Some("dep-9"));
    let both = get(&format!("{VL}&deployment_id=dep-1")).unwrap();
    assert_eq!(both.deployment_hint.as_deref(), Some("dep-9"));
}

/// L22: a message hint of 6,000 bytes becomes a form, its value intact.
#[test]
fn l22_a_long_hint_becomes_a_form() {
    let hint = "é+&=\"<".repeat(1000);
    let begun = begin(&Request { lti_message_hint: Some(hint.clone()), ..valid_login() });
    let Redirect::Form { action, fields } = &begun.redirect else { panic!("too long for a redirect") };
    assert_eq!(action, "https://lms.campus.example/auth?tenant=7");
    let fields: HashMap<&str, &str> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(fields["lti_message_hint"], hint);
    assert_eq!(fields["login_hint"], "u/88+x");
    assert_eq!(fields["state"], begun.state);
    assert_eq!(fields.len(), 10);
}

#[test]
fn loopback_http_is_for_development_only() {
    let mut dev = tool();
    dev.origins = vec!["http://localhost:8080".into()];
    assert_eq!(dev.target("http://localhost:8080/course"), None);
    dev.allow_loopback_http = true;
    assert_eq!(dev.target("http://localhost:8080/course?a=b").unwrap().path_and_query(), "/course?a=b");
    dev.origins.push("http://badges.example".into());
    assert_eq!(dev.target("http://badges.example/course"), None, "http, but not loopback");
}
