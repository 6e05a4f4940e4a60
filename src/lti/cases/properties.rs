//! Promises that hold for all inputs: parsers never panic, states cannot be bent, hints survive.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::fixture::*;
use crate::{
    Message, Progress, Refusal, Roles, State,
    claims::*,
    deep_linking::{Asked, Response},
    keys::{CachePolicy, KeySet},
    launch::{Form, token},
    login::{self, Redirect, Request},
    notices,
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

/// JSON of any shape, with names that mean something here and there.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "https://[a-z]{1,8}\\.example/[a-z?=&#]{0,9}".prop_map(Value::from),
    ];
    let name = prop_oneof![
        Just("id".to_owned()),
        Just("user_id".to_owned()),
        Just("type".to_owned()),
        Just("scope".to_owned()),
        Just("lineitem".to_owned()),
        Just("deep_link_return_url".to_owned()),
        Just("accept_types".to_owned()),
        Just("accept_multiple".to_owned()),
        Just("data".to_owned()),
        Just("context_groups_url".to_owned()),
        Just("oauth_consumer_key".to_owned()),
        any::<String>(),
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Claims of any shape, of any of the three messages.
fn any_message() -> impl Strategy<Value = (&'static str, Vec<(&'static str, Value)>)> {
    let claim = prop::sample::select(vec![
        RESOURCE_LINK,
        CONTEXT,
        CUSTOM,
        ROLES,
        TOOL_PLATFORM,
        LAUNCH_PRESENTATION,
        AGS_ENDPOINT,
        NRPS_ENDPOINT,
        GROUPS_SERVICE,
        NOTIFICATION_SERVICE,
        FOR_USER,
        LTI1P1,
        LEGACY_USER_ID,
        DEEP_LINKING_SETTINGS,
        ROLE_SCOPE_MENTOR,
        "sub",
        "email",
    ]);
    let kinds = ["LtiResourceLinkRequest", "LtiDeepLinkingRequest", "LtiSubmissionReviewRequest"];
    (prop::sample::select(kinds.to_vec()), prop::collection::vec((claim, any_json()), 0..6))
}

proptest! {
    #[test]
    fn parsers_never_panic_on_bytes(bytes: Vec<u8>, query: String) {
        let _ = Request::parse("POST", FORM, &query, &bytes);
        let _ = Request::parse("GET", None, &query, &bytes);
        let _ = Form::parse("POST", FORM, &bytes);
        let _ = KeySet::from_jwks(&bytes);
        let _ = notices::Envelope::parse(&bytes);
        let _ = notices::listed(&crate::services::Answer::new(200, [], &bytes), t0());
    }

    #[test]
    fn any_envelope_of_notices_is_read_or_refused(notices in any_json()) {
        let body = json!({ "notices": notices }).to_string();
        if let Ok(envelope) = notices::Envelope::parse(body.as_bytes()) {
            prop_assert_eq!(Some(envelope.tokens().count()), notices.as_array().map(Vec::len));
        }
    }

    #[test]
    fn a_storage_plan_is_json_that_says_what_it_was_given(frame: String, random: [u8; 16]) {
        let request = Request { storage_target: Some(frame), ..valid_login() };
        let begun = login::begin(&request, &p1(), &tool(), &secrets(2), &state_key(), t0()).unwrap();
        let state = State::open(&begun.state, &state_key()).unwrap();
        let again = crate::storage::Storage::of_state(&state, &p1());
        prop_assert_eq!(&begun.storage, &again, "put and get meet in one place");
        let plan = json!(again.unwrap().get(random));
        prop_assert_eq!(&plan["origins"], &json!(["https://lms.campus.example"]));
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

// Each of these makes an RSA signature, which is slow here.
proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn any_message_is_a_launch_or_a_coded_refusal(message in any_message()) {
        let (kind, claims) = message;
        let outcome = run(|case| {
            case.payload[MESSAGE_TYPE] = kind.into();
            for (name, value) in claims {
                case.payload[name] = value;
            }
        });
        match outcome.launch {
            Err(refusal) => {
                let family = refusal.code().rsplit_once('.').map(|(family, _)| family);
                prop_assert!(matches!(family, Some("lti.msg" | "lti.dl" | "lti.sr")), "{refusal}");
            }
            Ok(launch) => {
                prop_assert_eq!(launch.message.name(), kind);
                prop_assert_eq!(launch.digest().len(), 64);
                let _ = launch.history();
                if let Some(user) = launch.reviewed() {
                    let own = launch.subject.as_deref() == Some(user.user_id.as_str());
                    let mentored = launch.mentored.contains(&user.user_id);
                    prop_assert!(own || mentored || launch.permission >= crate::Permission::Grade);
                }
                if let Message::DeepLinking(settings) = &launch.message {
                    prop_assert!(settings.return_url.starts_with("https://"));
                }
            }
        }
    }

    #[test]
    fn data_and_return_address_survive_a_deep_linking_answer(data: String, query in "[ -~&&[^#\\\\ ]]{0,40}") {
        let url = format!("https://lms.campus.example/dl?{query}");
        let launch = good(|payload| {
            payload[MESSAGE_TYPE] = "LtiDeepLinkingRequest".into();
            payload[ROLES] = json!([INSTRUCTOR]);
            payload[DEEP_LINKING_SETTINGS] =
                json!({"deep_link_return_url": url, "accept_types": ["link"], "data": data});
        });
        let Message::DeepLinking(settings) = launch.message else { panic!("a deep linking request") };
        let registration = p1();
        let asked = Asked { registration: &registration, deployment_id: "dep-9", settings: &settings };
        let post = Response::cancelled().post(&asked, &tool(), &P1_A, [0; 16], t0()).unwrap();
        let claims = post.fields[0].1.split('.').nth(1).unwrap();
        let claims = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, claims).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        prop_assert_eq!(&claims["https://purl.imsglobal.org/spec/lti-dl/claim/data"], &json!(data));
        prop_assert_eq!(post.action, url);
    }

    #[test]
    fn histories_survive_percent_encoding(ids in prop::collection::vec("[^\\p{Cc}]{1,20}", 0..20)) {
        let text = ids.iter().map(|id| encoded(id)).collect::<Vec<_>>().join(",");
        let mut expected: Vec<String> = Vec::new();
        for id in ids {
            if !expected.contains(&id) {
                expected.push(id);
            }
        }
        let found = good(|payload| payload[CUSTOM] = json!({"ctx_history": text})).history().contexts;
        prop_assert_eq!(found, expected);
    }
}

/// Percent-encoded, every byte that is not a letter or digit.
fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
