//! G01, G08, G15: the registration that we send.

use serde_json::{Value, json};

use super::{PLATFORM, TOOL, changed, document, offer, read};
use crate::{
    dynamic::{Configuration, Offer, OfferError},
    quirks::{Family, Parameter},
    services::{
        Method, Scopes,
        scope::{
            GROUP_READONLY, LINEITEM, LINEITEM_READONLY, MEMBERSHIP_READONLY, NOTICE_HANDLERS,
            RESULT_READONLY, SCORE,
        },
    },
};

fn platform(changes: &Value) -> Configuration {
    read(&changed(changes)).unwrap()
}

fn body(offer: &Offer<'_>, platform: &Configuration) -> Value {
    Value::Object(offer.propose(platform).unwrap().body().clone())
}

/// G08: the body has all members of §20.3, a bare domain and target links under it.
#[test]
fn g08_the_whole_body() {
    let proposal = offer().propose(&read(&document()).unwrap()).unwrap();
    let request = proposal.request();
    assert_eq!(request.url, "https://lms.campus.example/register");
    assert_eq!((request.method, request.accept), (Method::Post, "application/json"));
    let sent = request.body.unwrap();
    assert_eq!(sent.content_type, "application/json");
    assert_eq!(
        serde_json::from_slice::<Value>(&sent.bytes).unwrap(),
        json!({
            "application_type": "web",
            "response_types": ["id_token"],
            "grant_types": ["implicit", "client_credentials"],
            "initiate_login_uri": "https://badges.example/lti/login/r1",
            "redirect_uris": ["https://badges.example/lti/launch"],
            "client_name": "Campus Badges", "client_name#pl": "Odznaki", "client_name#de": "Abzeichen",
            "jwks_uri": "https://badges.example/lti/jwks/r1",
            "logo_uri": "https://badges.example/logo.png",
            "client_uri": "https://badges.example",
            "tos_uri": "https://badges.example/terms",
            "contacts": ["admin@badges.example"],
            "token_endpoint_auth_method": "private_key_jwt",
            "scope": format!("{LINEITEM} {RESULT_READONLY} {SCORE} {MEMBERSHIP_READONLY}"),
            (TOOL): {
                "domain": "badges.example",
                "target_link_uri": "https://badges.example/course",
                "description": "Issue and earn Open Badges in your course",
                "custom_parameters": {
                    "ctx_history": "$Context.id.history", "link_history": "$ResourceLink.id.history"
                },
                "claims": ["iss", "sub", "name", "given_name", "family_name", "email", "locale"],
                "messages": [
                    {"type": "LtiResourceLinkRequest", "target_link_uri": "https://badges.example/course",
                     "label": "Badges", "label#de": "Abzeichen", "icon_uri": "https://badges.example/logo.png"},
                    {"type": "LtiDeepLinkingRequest", "target_link_uri": "https://badges.example/course/pick",
                     "label": "Add a badge", "label#de": "Abzeichen", "icon_uri": "https://badges.example/logo.png",
                     "placements": ["ContentArea"], "supported_types": ["ltiResourceLink"]},
                ],
            },
        })
    );
}

/// G08: only messages and placements that the platform supports.
#[test]
fn g08_only_what_the_platform_lists() {
    let kinds = |messages: Value| {
        let platform = platform(&json!({ (PLATFORM): {"messages_supported": messages} }));
        let body = body(&offer(), &platform);
        let list = body[TOOL]["messages"].as_array().unwrap().clone();
        list.iter()
            .map(|one| (one["type"].as_str().unwrap().to_owned(), one["placements"].clone()))
            .collect::<Vec<_>>()
    };
    let plain = ("LtiResourceLinkRequest".to_owned(), Value::Null);
    assert_eq!(kinds(json!([{"type": "LtiResourceLinkRequest"}])), vec![plain.clone()]);
    assert_eq!(
        kinds(json!([])),
        [plain.clone(), ("LtiDeepLinkingRequest".to_owned(), json!(["ContentArea"]))],
        "it lists nothing"
    );
    assert_eq!(
        kinds(json!([
            {"type": "LtiSubmissionReviewRequest"}, {"type": "LtiDeepLinkingRequest", "placements": ["Elsewhere"]},
            {"type": "LtiAssetProcessorSettingsRequest"},
        ])),
        [
            plain,
            ("LtiDeepLinkingRequest".to_owned(), Value::Null),
            ("LtiSubmissionReviewRequest".to_owned(), Value::Null)
        ],
        "never at a place that it does not list, never what we do not serve"
    );
    let without = Offer { picker: None, review: None, ..offer() };
    let listed = body(&without, &read(&document()).unwrap());
    assert_eq!(listed[TOOL]["messages"].as_array().unwrap().len(), 1);
}

/// G15: where the platform lists `openid` alone (Sakai), services are asked for all the same.
#[test]
fn g15_scopes_are_filtered_unless_the_list_names_no_service() {
    let asked = |scopes: Value, notices: Value| {
        let block = json!({"notice_types_supported": notices});
        let platform = platform(&json!({"scopes_supported": scopes, (PLATFORM): block}));
        offer().propose(&platform).unwrap().scopes().clone()
    };
    let of = |list: &[&str]| list.iter().collect::<Scopes>();
    let all = of(&[LINEITEM, SCORE, RESULT_READONLY, MEMBERSHIP_READONLY]);
    assert_eq!(asked(json!(["openid"]), json!([])), all, "Sakai");
    assert_eq!(asked(Value::Null, json!([])), all);
    assert_eq!(asked(json!(["openid", SCORE]), json!([])), of(&[SCORE]));
    assert_eq!(asked(json!([LINEITEM_READONLY, SCORE]), json!([])), of(&[LINEITEM_READONLY, SCORE]));
    assert_eq!(asked(json!([GROUP_READONLY]), json!([])), of(&[GROUP_READONLY]));
    let notices = json!(["LtiContextCopyNotice"]);
    assert_eq!(asked(json!([SCORE]), notices), of(&[SCORE, NOTICE_HANDLERS]));
}

#[test]
fn canvas_gets_its_own_members_and_nobody_else_does() {
    let listed = json!([
        {"type": "LtiResourceLinkRequest", "placements": ["course_navigation", "account_navigation"]},
        {"type": "LtiDeepLinkingRequest", "placements": ["assignment_selection", "link_selection", "editor_button"]},
    ]);
    let block = json!({"product_family_code": "canvas", "messages_supported": listed});
    let canvas = body(&offer(), &platform(&json!({ (PLATFORM): block })));
    let tool = &canvas[TOOL];
    assert_eq!(tool["https://canvas.instructure.com/lti/privacy_level"], "public");
    assert_eq!(tool["https://canvas.instructure.com/lti/tool_id"], "campus-badges");
    assert_eq!(tool["https://canvas.instructure.com/lti/vendor"], "Campus");
    let messages = tool["messages"].as_array().unwrap();
    let placed: Vec<&Value> = messages.iter().map(|message| &message["placements"]).collect();
    assert_eq!(
        placed,
        [&json!(["course_navigation"]), &json!(["assignment_selection"]), &json!(["link_selection"])]
    );
    assert_eq!(messages[0]["https://canvas.instructure.com/lti/course_navigation/default_enabled"], false);
    for family in ["moodle", "sakai", "desire2learn", "BlackboardLearn"] {
        let block = json!({"product_family_code": family});
        let other = body(&offer(), &platform(&json!({ (PLATFORM): block }))).to_string();
        assert!(!other.contains("canvas"), "{family}");
    }
}

#[test]
fn the_domain_carries_the_port_that_the_links_carry() {
    let local = Offer {
        launch_url: "http://localhost:9700/launch",
        home: super::page("http://localhost:9700/course", "x"),
        picker: None,
        review: None,
        ..offer()
    };
    let platform = read(&document()).unwrap();
    assert_eq!(body(&local, &platform)[TOOL]["domain"], "localhost:9700");
    let elsewhere = Offer { picker: Some(super::page("https://other.example/pick", "x")), ..offer() };
    assert_eq!(elsewhere.propose(&platform).unwrap_err(), OfferError::ForeignPage("picker"));
    let both = Offer { secondary_domains: &["other.example"], ..elsewhere };
    assert_eq!(body(&both, &platform)[TOOL]["secondary_domains"], json!(["other.example"]));
    let broken = Offer { jwks_url: "/jwks", ..offer() };
    assert_eq!(broken.propose(&platform).unwrap_err(), OfferError::NotAnAddress("jwks_url"));
}

#[test]
fn an_update_names_the_client_and_goes_to_its_own_address() {
    let proposal = offer().propose(&read(&document()).unwrap()).unwrap();
    let request = proposal.update("https://lms.campus.example/register/7", "client-abc");
    assert_eq!(
        (request.method, request.url.as_str()),
        (Method::Put, "https://lms.campus.example/register/7")
    );
    let sent: Value = serde_json::from_slice(&request.body.unwrap().bytes).unwrap();
    assert_eq!(sent["client_id"], "client-abc");
    assert_eq!(sent["redirect_uris"], json!(["https://badges.example/lti/launch"]));
    assert!(proposal.body().get("client_id").is_none());
    let current = proposal.current();
    assert_eq!((current.method, current.url.as_str()), (Method::Get, "https://lms.campus.example/register"));
    assert_eq!(current.body, None);
}

#[test]
fn custom_parameters_are_those_given() {
    let parameters = [Parameter { key: "due", variable: "$ResourceLink.submission.endDateTime" }];
    let some = Offer { parameters: &parameters, ..offer() };
    let body = body(&some, &read(&document()).unwrap());
    assert_eq!(body[TOOL]["custom_parameters"], json!({"due": "$ResourceLink.submission.endDateTime"}));
    assert!(Family::named("moodle").is_some());
}
