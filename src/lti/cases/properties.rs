//! Promises that hold for all inputs: parsers never panic, states cannot be bent, hints survive.

use proptest::prelude::*;

use super::fixture::*;
use crate::{
    Progress, Refusal, Roles, State,
    keys::{CachePolicy, KeySet},
    launch::{Form, token},
    login::{self, Redirect, Request},
};

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

fn request() -> impl Strategy<Value = Request> {
    (any::<String>(), any::<Option<String>>(), any::<Option<String>>(), any::<Option<String>>()).prop_map(
        |(login_hint, lti_message_hint, deployment_hint, storage_target)| Request {
            login_hint,
            lti_message_hint,
            deployment_hint,
            storage_target,
            ..valid_login()
        },
    )
}

proptest! {
    #[test]
    fn parsers_never_panic_on_bytes(bytes: Vec<u8>, query: String) {
        let _ = Request::parse("POST", FORM, &query, &bytes);
        let _ = Request::parse("GET", None, &query, &bytes);
        let _ = Form::parse("POST", FORM, &bytes);
        let _ = KeySet::from_jwks(&bytes);
    }

    #[test]
    fn parsers_never_panic_on_text(text: String) {
        let _ = State::open(&text, &state_key());
        let _ = token::peek(&text, &p1(), &mut Progress::default());
        let _ = KeySet::from_pem(&text);
        let _ = tool().target(&text);
        let _ = tool().target(&format!("https://badges.example/course{text}"));
        let _ = Roles::parse([text.as_str()]);
        let _ = CachePolicy::from_cache_control(Some(&text));
    }

    #[test]
    fn parsers_never_panic_on_token_like_text(header: String, payload: String, signature: Vec<u8>) {
        let text = format!("{}.{}.{}", base64(header), base64(payload), base64(signature));
        let _ = token::peek(&text, &p1(), &mut Progress::default());
    }

    #[test]
    fn a_state_round_trips(request in request(), nonce: [u8; 16], secret: [u8; 32], seal: [u8; 12]) {
        let secrets = login::Secrets { nonce, browser_secret: secret, seal_nonce: seal };
        let begun = login::begin(&request, &p1(), &tool(), &secrets, &state_key(), t0()).unwrap();
        prop_assert!(begun.state.len() <= crate::state::MAX_LENGTH);
        let state = State::open(&begun.state, &state_key()).unwrap();
        prop_assert_eq!(state.platform(), [1; 16]);
        prop_assert_eq!(state.nonce(), base64(nonce));
        prop_assert!(state.is_secret(&begun.cookie.value));
        prop_assert!(state.is_login_target(&request.target_link_uri));
        prop_assert_eq!(state.storage_target().is_some(), request.storage_target.is_some());
        let hint = request.deployment_hint.unwrap_or_default();
        prop_assert!(state.allows_deployment(&hint));
    }

    #[test]
    fn a_changed_state_is_refused(at in 0_usize..199, bit in 0_u8..8, storage: Option<String>) {
        let request = Request { storage_target: storage, ..valid_login() };
        let begun = login::begin(&request, &p1(), &tool(), &secrets(5), &state_key(), t0()).unwrap();
        let mut bytes = begun.state.clone().into_bytes();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        if let Ok(text) = String::from_utf8(bytes) {
            prop_assert_eq!(State::open(&text, &state_key()), Err(Refusal::StateInvalid));
        }
    }

    #[test]
    fn a_changed_token_is_refused(at in 0_usize..4000, bit in 0_u8..7) {
        let outcome = run(|case| {
            let mut payload = case.payload.clone();
            payload["nonce"] = crate::state::nonce_text(&secrets(7).nonce).into();
            let text = signed(case.signer, case.alg, &case.header.to_string(), &payload.to_string());
            let mut bytes = text.into_bytes();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            let text = String::from_utf8(bytes).unwrap();
            case.token = Some(url::form_urlencoded::byte_serialize(text.as_bytes()).collect());
        });
        prop_assert!(outcome.launch.is_err());
    }

    #[test]
    fn hints_survive_login_and_redirect(hint: String, message in any::<Option<String>>()) {
        prop_assume!(!hint.is_empty());
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("iss", &p1().issuer).append_pair("target_link_uri", TARGET).append_pair("login_hint", &hint);
        if let Some(message) = &message {
            query.append_pair("lti_message_hint", message);
        }
        let request = Request::parse("GET", None, &query.finish(), b"").unwrap();
        let begun = login::begin(&request, &p1(), &tool(), &secrets(1), &state_key(), t0()).unwrap();
        let sent: Vec<(String, String)> = match begun.redirect {
            Redirect::Location(url) => url::Url::parse(&url).unwrap().query_pairs().into_owned().collect(),
            Redirect::Form { fields, .. } => fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        };
        let value = |name: &str| sent.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        prop_assert_eq!(value("login_hint"), Some(hint));
        prop_assert_eq!(value("lti_message_hint"), message);
    }

    #[test]
    fn an_allowed_target_stays_on_our_pages(tail: String) {
        let text = format!("https://badges.example/course{tail}");
        if let Some(target) = tool().target(&text) {
            // As a browser resolves the redirect.
            let base = url::Url::parse("https://badges.example/lti/launch").unwrap();
            let page = base.join(target.path_and_query()).unwrap();
            prop_assert_eq!(page.origin().ascii_serialization(), "https://badges.example");
            prop_assert!(page.path() == "/course" || page.path().starts_with("/course/"), "{}", page);
            prop_assert!(target.path_and_query().is_ascii());
        }
    }
}
