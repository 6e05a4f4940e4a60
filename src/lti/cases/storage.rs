//! Section 7: binding by the platform's storage, as far as it needs no browser.

use serde_json::{Value, json};

use super::fixture::*;
use crate::{
    Refusal, Registration, State, Switches,
    launch::{self, Binding, Form, Sender},
    login::{self, Begun, Request},
    progress::Check,
    storage::Storage,
};

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

fn begun_by(registration: &Registration, target: Option<&str>) -> Begun {
    let request = Request { storage_target: target.map(Into::into), ..valid_login() };
    login::begin(&request, registration, &tool(), &secrets(1), &state_key(), t0()).unwrap()
}

fn begun(target: &str) -> Begun {
    begun_by(&p1(), Some(target))
}

fn state_of(begun: &Begun) -> State {
    State::open(&begun.state, &state_key()).unwrap()
}

fn put(begun: &Begun) -> Value {
    json!(begun.storage.as_ref().unwrap().put(&begun.cookie.value, [4; 16]))
}

/// What the continuing page posts.
fn continued(begun: &Begun, secret: Option<&str>) -> Form {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.append_pair("state", &begun.state).append_pair("id_token", "a.b.c");
    if let Some(secret) = secret {
        body.append_pair("browser_secret", secret);
    }
    let sender = Sender { origin: Some("https://badges.example"), fetch_site: Some("same-origin") };
    Form::parse_continued("POST", FORM, sender, &tool(), body.finish().as_bytes()).unwrap()
}

#[test]
fn b02_the_secret_goes_to_the_parent_for_the_authorization_origin_only() {
    let begun = begun("_parent");
    let plan = put(&begun);
    let key = format!("lti_state_{}", begun.cookie.name_key);
    assert_eq!(plan["frame"], Value::Null, "opener or parent itself");
    assert_eq!(plan["origins"], json!(["https://lms.campus.example"]));
    let id = base64([4; 16]);
    assert_eq!(
        plan["exchanges"],
        json!([
            {"reply": "lti.put_data.response", "message": {"subject": "lti.put_data",
                "message_id": format!("{id}-put_data-0"), "key": key, "value": begun.cookie.value}},
            {"reply": "org.imsglobal.lti.put_data.response", "message": {"subject": "org.imsglobal.lti.put_data",
                "message_id": format!("{id}-put_data-1"), "key": key, "value": begun.cookie.value}},
        ])
    );
    // Asked of anybody, so nothing in it is secret.
    assert_eq!(
        plan["capabilities"],
        json!([
            {"reply": "lti.capabilities.response",
                "message": {"subject": "lti.capabilities", "message_id": format!("{id}-capabilities-0")}},
            {"reply": "org.imsglobal.lti.capabilities.response",
                "message": {"subject": "org.imsglobal.lti.capabilities", "message_id": format!("{id}-capabilities-1")}},
        ])
    );
    assert_eq!(begun_by(&p1(), None).storage, None);
}

#[test]
fn b02_frames_and_further_origins() {
    assert_eq!(put(&begun("post_message_forwarding"))["frame"], "post_message_forwarding");
    let mut canvas = p1();
    canvas.authorization_endpoint = "https://sso.canvaslms.com/api/lti/authorize_redirect".into();
    canvas.switches.storage_origins = [
        "https://campus.instructure.com",
        "https://campus.instructure.com/",
        "https://SSO.canvaslms.com:443",
        "*",
        "null",
        "javascript:x",
        "http://campus.instructure.com",
        "",
    ]
    .map(Into::into)
    .to_vec();
    let plan = put(&begun_by(&canvas, Some("post_message_forwarding")));
    assert_eq!(plan["origins"], json!(["https://sso.canvaslms.com", "https://campus.instructure.com"]));
    // A name too long for the state is asked for as the parent, at both ends.
    let begun = begun(&"x".repeat(40));
    assert_eq!(put(&begun)["frame"], Value::Null);
    assert_eq!(state_of(&begun).storage_target(), Some("_parent"));
    let mut broken = p1();
    broken.authorization_endpoint = "not an address".into();
    assert_eq!(begun_by(&broken, Some("_parent")).storage, None, "nobody to trust");
}

#[test]
fn b03_a_silent_platform_costs_less_than_a_second() {
    let plan = put(&begun("_parent"));
    let total = plan["total_ms"].as_u64().unwrap();
    assert!(total < 1000 && plan["capabilities_ms"].as_u64().unwrap() < total);
}

#[test]
fn message_ids_are_never_the_same() {
    let storage = begun("_parent").storage.unwrap();
    let (put, get, other) = (storage.put("s", [4; 16]), storage.get([5; 16]), storage.put("s", [6; 16]));
    let plans = [put, get, other];
    let ids = plans.iter().flat_map(|plan| plan.capabilities.iter().chain(&plan.exchanges));
    let mut ids: Vec<_> = ids.map(|one| one.message.message_id.as_str()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((all, ids.len()), (12, 12));
}

#[test]
fn b04_a_lost_cookie_asks_the_storage_and_the_state_is_not_used_up() {
    let begun = begun("_parent");
    let state = state_of(&begun);
    let asked = launch::bind_or_ask(&state, None, &p1(), t0()).unwrap();
    let Binding::Ask(storage) = asked else { panic!("the storage is asked") };
    let plan = json!(storage.get([8; 16]));
    assert_eq!(plan["origins"], json!(["https://lms.campus.example"]));
    let message = &plan["exchanges"][0]["message"];
    assert_eq!(message["subject"], "lti.get_data");
    assert_eq!(message["key"], put(&begun)["exchanges"][0]["message"]["key"], "the key that was put");
    assert_eq!(
        (message.get("value"), &plan["exchanges"][0]["reply"]),
        (None, &json!("lti.get_data.response"))
    );

    let form = continued(&begun, Some(&begun.cookie.value));
    let progress = launch::bind_continued(&state, None, &form, &Switches::default(), t0()).unwrap();
    assert!(progress.has_passed(Check::Browser));
    assert_eq!(form.token(), Ok("a.b.c"));
}

#[test]
fn b04_a_cookie_is_believed_first() {
    let begun = begun("_parent");
    let state = state_of(&begun);
    let bound = launch::bind_or_ask(&state, Some(&begun.cookie.value), &p1(), t0()).unwrap();
    assert!(matches!(bound, Binding::Bound(progress) if progress.has_passed(Check::Browser)));
    let wrong = launch::bind_or_ask(&state, Some("another"), &p1(), t0());
    assert_eq!(wrong, Err(Refusal::StateBrowserMismatch), "a wrong cookie is worse than none");
    let late = t0() + chrono::Duration::seconds(601);
    assert_eq!(launch::bind_or_ask(&state, None, &p1(), late), Err(Refusal::StateExpired));
    // No storage was offered.
    let plain = state_of(&begun_by(&p1(), None));
    assert_eq!(launch::bind_or_ask(&plain, None, &p1(), t0()), Err(Refusal::BrowserUnbound));
    let form = continued(&begun, Some(&begun.cookie.value));
    let refused = launch::bind_continued(&state, Some("another"), &form, &Switches::default(), t0());
    assert_eq!(refused, Err(Refusal::StateBrowserMismatch));
}

#[test]
fn b05_no_value_or_a_wrong_one_is_advised_a_new_window() {
    let begun = begun("_parent");
    let state = state_of(&begun);
    let other = begun_by(&p3(), Some("_parent"));
    for secret in [None, Some(""), Some("null"), Some("AAAA"), Some(state.login_key()), Some(&other.state)] {
        let form = continued(&begun, secret);
        let refused = launch::bind_continued(&state, None, &form, &Switches::default(), t0());
        assert_eq!(refused, Err(Refusal::BrowserUnbound), "{secret:?}");
    }
    // §9.3's switch, for closed environments.
    let open = Switches { allow_unbound_launch: true, ..Switches::default() };
    let unbound = launch::bind_continued(&state, None, &continued(&begun, None), &open, t0()).unwrap();
    assert!(!unbound.has_passed(Check::Browser));
}

#[test]
fn b04_only_our_own_page_may_continue() {
    let begun = begun("_parent");
    let body = format!("state={}&id_token=a.b.c&browser_secret={}", begun.state, begun.cookie.value);
    let parse = |origin: Option<&'static str>, fetch_site: Option<&'static str>| {
        Form::parse_continued("POST", FORM, Sender { origin, fetch_site }, &tool(), body.as_bytes())
    };
    let ours = Some("https://badges.example");
    for (origin, site) in [
        (ours, None),
        (ours, Some("same-origin")),
        (None, Some("same-origin")),
        (Some("null"), Some("same-origin")),
    ] {
        assert!(parse(origin, site).is_ok(), "{origin:?} {site:?}");
    }
    for (origin, site) in [
        (None, None),
        (Some("null"), None),
        (Some("null"), Some("cross-site")),
        (Some("https://evil.example"), None),
        (Some("https://evil.example"), Some("same-origin")),
        (Some("https://badges.example.evil.example"), None),
        (Some("https://lms.campus.example"), Some("cross-site")),
        (None, Some("same-site")),
        (None, Some("none")),
    ] {
        assert_eq!(parse(origin, site), Err(Refusal::StateBrowserMismatch), "{origin:?} {site:?}");
    }
    let get = Form::parse_continued("GET", FORM, Sender::default(), &tool(), b"");
    assert_eq!(get, Err(Refusal::LaunchMethodNotAllowed));
}

#[test]
fn b04_the_page_carries_the_launch_on_unchanged() {
    let posted =
        Form::parse("POST", FORM, b"state=s%2B1&id_token=a.b.c&lti_storage_target=_parent&x=1").unwrap();
    assert_eq!(posted.continued_fields(), [("state", "s+1"), ("id_token", "a.b.c")]);
    let failed = Form::parse("POST", FORM, b"state=s&error=login_required&error_description=Log+in").unwrap();
    assert_eq!(
        failed.continued_fields(),
        [("state", "s"), ("error", "login_required"), ("error_description", "Log in")]
    );
    assert_eq!(Form::parse("POST", FORM, b"state=s").unwrap().continued_fields(), [("state", "s")]);
}

#[test]
fn b09_a_new_window_begins_the_same_login() {
    let request = Request { storage_target: Some("_parent".into()), ..valid_login() };
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(request.fields());
    let again = Request::parse("POST", FORM, "", body.finish().as_bytes()).unwrap();
    assert_eq!(again, valid_login(), "without the storage, which is not there");
    let bare = Request {
        lti_message_hint: Some(String::new()),
        deployment_hint: None,
        client_id: None,
        ..valid_login()
    };
    let fields: Vec<_> = bare.fields().into_iter().map(|(name, _)| name).collect();
    assert_eq!(fields, ["iss", "login_hint", "target_link_uri", "lti_message_hint"]);
}

#[test]
fn o02_plans_keep_the_secret_out_of_logs() {
    let begun = begun("_parent");
    let storage: Storage = begun.storage.clone().unwrap();
    let plan = storage.put(&begun.cookie.value, [4; 16]);
    for text in
        [format!("{plan:?}"), format!("{:?}", plan.exchanges), format!("{storage:?}"), format!("{begun:?}")]
    {
        assert!(!text.contains(&begun.cookie.value), "{text}");
    }
}
