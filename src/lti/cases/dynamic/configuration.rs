//! G01-G07, G15, G16: what the platform's browser brings and what its configuration says.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{PLATFORM, answer, changed, code, document, from, initiation, read, read_from};
use crate::{
    Refusal,
    dynamic::{Configuration, Initiation, Trust},
    services::{Method, Next},
};

/// G01: the configuration is asked for with the registration token as bearer. G02: without one there is no
/// bearer.
#[test]
fn g01_g02_the_configuration_is_fetched_with_the_token_if_there_is_one() {
    let with = initiation();
    let request = with.request();
    assert_eq!((request.method, request.accept), (Method::Get, "application/json"));
    assert_eq!(request.url, "https://lms.campus.example/openid?site=7&x=%20", "its query is kept whole");
    assert_eq!((with.bearer(), with.host()), (Some("reg-token"), "lms.campus.example"));
    assert!(!format!("{with:?}").contains("reg-token"));
    for none in [None, Some(""), Some("  ")] {
        let without = Initiation::parse(Some("https://lms.campus.example/c"), none, false).unwrap();
        assert_eq!(without.bearer(), None);
    }
    assert!(Initiation::parse(Some("https://lms.campus.example/c"), Some("a\r\nX: y"), false).is_err());
}

/// G03: a missing address is `lti.dr.missing_parameter`. G04: one by `http:` or with a fragment is
/// `lti.dr.config_url_invalid`.
#[test]
fn g03_g04_addresses_that_are_not_fetched() {
    for missing in [None, Some(""), Some(" ")] {
        let refusal = Initiation::parse(missing, None, false).unwrap_err();
        assert_eq!(refusal, Refusal::DrMissingParameter("openid_configuration"));
    }
    for url in [
        "http://lms.campus.example/c",
        "https://lms.campus.example/c#x",
        "//lms.campus.example/c",
        "/c",
        "ftp://lms.campus.example/c",
        "https:lms.campus.example",
        "https://u:p@lms.campus.example/c",
        "https://lms.campus.example/a b",
        "https://lms.campus.example\\@evil.example/",
        "file:///etc/passwd",
        "http://localhost:8088/c",
    ] {
        assert_eq!(
            Initiation::parse(Some(url), None, false).unwrap_err(),
            Refusal::DrConfigUrlInvalid,
            "{url}"
        );
    }
    assert!(Initiation::parse(Some("http://localhost:8088/c"), None, true).is_ok(), "development");
}

#[test]
fn what_a_good_document_says() {
    let platform = read(&document()).unwrap();
    assert_eq!(platform.issuer(), "https://lms.campus.example");
    assert_eq!(platform.authorization_endpoint(), "https://lms.campus.example/auth?tenant=7");
    assert_eq!(platform.token_endpoint(), "https://lms.campus.example/token");
    assert_eq!(platform.jwks_uri(), "https://lms.campus.example/jwks");
    assert_eq!(platform.registration_endpoint(), "https://lms.campus.example/register");
    assert_eq!((platform.product_code(), platform.version()), (Some("campus"), Some("3.1")));
    assert_eq!((platform.token_audience(), platform.family()), (None, None));
    assert_eq!(platform.scopes().count(), 5);
    assert_eq!(platform.messages()[1].placements, ["ContentArea", "RichTextEditor"]);
    assert_eq!(platform.variables().len(), 2);
    assert!(platform.warnings().is_empty());
}

#[test]
fn every_failure_to_fetch_reads_the_same() {
    let failures: Vec<_> = [(404, "secret page"), (500, ""), (302, "x"), (401, "token"), (204, "")]
        .into_iter()
        .map(|(status, body)| {
            Configuration::read(&answer(status, body), &initiation(), Trust::default()).unwrap_err()
        })
        .collect();
    assert!(failures.windows(2).all(|pair| pair[0] == pair[1]), "nobody can probe with us");
    assert_eq!((failures[0].refusal.clone(), failures[0].next), (Refusal::DrConfigUnreachable, Next::Stop));
    assert_eq!((failures[0].words.as_deref(), failures[0].status), (None, None));
}

#[test]
fn g05_the_issuer_must_be_at_home() {
    for issuer in
        ["https://other.example", "https://campus.example", "https://lms.campus.example.evil.example"]
    {
        assert_eq!(code(&changed(&json!({"issuer": issuer}))), "lti.dr.issuer_mismatch ", "{issuer}");
    }
    // Case and port do not change the host; the text stays as it is.
    let odd = "https://LMS.campus.example:8443/site/";
    assert_eq!(read(&changed(&json!({"issuer": odd}))).unwrap().issuer(), odd);
    let trusted = [String::from("https://other.example")];
    let trust = Trust { issuers: &trusted, ..Trust::default() };
    let body = changed(&json!({"issuer": "https://other.example"})).to_string();
    assert!(Configuration::read(&answer(200, &body), &initiation(), trust).is_ok(), "an operator said so");
}

/// G06: Canvas's issuer with a configuration on `sso.canvaslms.com` is accepted, by the table.
#[test]
fn g06_the_exceptions_are_rows_of_the_table() {
    let of = |issuer: &str, url: &str| {
        read_from(&changed(&json!({"issuer": issuer})), &from(url))
            .map(|platform| platform.family().unwrap().name)
    };
    let canvas = "https://canvas.instructure.com";
    assert_eq!(of(canvas, "https://sso.canvaslms.com/api/lti/config"), Ok("canvas"));
    assert_eq!(of(canvas, "https://school.instructure.com/c"), Ok("canvas"));
    assert_eq!(
        of("https://canvas.beta.instructure.com", "https://sso.beta.canvaslms.com/c"),
        Ok("canvas-beta")
    );
    assert_eq!(of("https://blackboard.com", "https://developer.blackboard.com/c"), Ok("blackboard"));
    for (issuer, url) in [
        (canvas, "https://evil.example/c"),
        (canvas, "https://evilinstructure.com/c"),
        (canvas, "https://instructure.com.evil.example/c"),
        (canvas, "https://developer.blackboard.com/c"),
        ("https://blackboard.com", "https://sso.canvaslms.com/c"),
        ("https://lms.campus.example", "https://sso.canvaslms.com/c"),
        ("https://canvas.instructure.com/", "https://sso.canvaslms.com/c"),
    ] {
        let failure = of(issuer, url).unwrap_err();
        assert_eq!(failure.refusal, Refusal::DrIssuerMismatch, "{issuer} from {url}");
    }
}

/// G07: a list without what LTI needs (RS256 and its like) is `lti.dr.unsupported_platform`.
#[test]
fn g07_what_lti_demands() {
    for member in [
        "token_endpoint_auth_methods_supported",
        "token_endpoint_auth_signing_alg_values_supported",
        "response_types_supported",
        "id_token_signing_alg_values_supported",
    ] {
        let expected = format!("lti.dr.unsupported_platform {member}");
        assert_eq!(code(&changed(&json!({ (member): ["other", 5, null] }))), expected);
        assert_eq!(code(&changed(&json!({ (member): [] }))), expected);
        // Not there at all: noted, not fatal; nor when it is no list.
        for odd in [Value::Null, json!({"a": 1}), json!(7)] {
            let platform = read(&changed(&json!({ (member): odd }))).unwrap();
            assert_eq!(platform.warnings()[0].about.as_deref(), Some(member));
        }
    }
    assert!(read(&changed(&json!({"response_types_supported": "id_token"}))).is_ok(), "one text is a list");
}

#[test]
fn what_cannot_be_missing() {
    for member in
        ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint", PLATFORM]
    {
        let expected = format!("lti.dr.config_invalid {member}");
        for wrong in [Value::Null, json!(""), json!(5), json!(["x"]), json!("http://lms.campus.example/x")] {
            assert_eq!(code(&changed(&json!({ (member): wrong }))), expected, "{member}: {wrong}");
        }
    }
    for issuer in ["https://lms.campus.example?a=1", "https://lms.campus.example#x", "lms.campus.example"] {
        assert_eq!(code(&changed(&json!({"issuer": issuer}))), "lti.dr.config_invalid issuer");
    }
    for body in ["", "[]", "null", "<html>", "{"] {
        let failure = Configuration::read(&answer(200, body), &initiation(), Trust::default()).unwrap_err();
        assert_eq!(failure.refusal, Refusal::DrConfigInvalid("document"), "{body}");
    }
}

/// G16: an older Moodle's messages as bare texts are read.
#[test]
fn g16_advisory_members_may_be_odd() {
    let old_moodle = json!({ (PLATFORM): {
        "product_family_code": "moodle", "version": 4.1,
        "messages_supported": ["LtiResourceLinkRequest", "LtiDeepLinkingRequest", 5, {"placements": []}],
        "placements": ["AddContentMenu"], "variables": "none",
    }});
    let platform = read(&changed(&old_moodle)).unwrap();
    assert_eq!(platform.messages().len(), 2);
    assert_eq!(
        (platform.messages()[1].kind.as_str(), platform.version()),
        ("LtiDeepLinkingRequest", Some("4.1"))
    );
    assert_eq!(platform.messages()[1].placements, ["AddContentMenu"]);
    assert_eq!(platform.family().unwrap().name, "moodle");
    assert_eq!(platform.warnings()[0].code, "member_odd");
    for odd in [json!({}), json!({"messages_supported": 5, "product_family_code": [], "version": {}})] {
        let platform = read(&changed(&json!({ (PLATFORM): odd }))).unwrap();
        assert!(platform.messages().is_empty() && platform.product_code().is_none());
    }
    let odd = json!({"scopes_supported": 5, "claims_supported": {}, "subject_types_supported": null});
    assert_eq!(read(&changed(&odd)).unwrap().scopes().count(), 0);
}

#[test]
fn the_audience_is_at_home_or_in_the_table() {
    let audience = |changes: Value| {
        let platform = read(&changed(&changes)).unwrap();
        (platform.token_audience().map(str::to_owned), platform.warnings().len())
    };
    let home = "https://lms.campus.example/oauth";
    assert_eq!(audience(json!({"authorization_server": home})), (Some(home.into()), 0));
    assert_eq!(audience(json!({"authorization_server": "https://victim.example/token"})), (None, 1));
    assert_eq!(audience(json!({"authorization_server": "not an address"})), (None, 1));
    let d2l = json!({"product_family_code": "desire2learn"});
    let fixed = "https://api.brightspace.com/auth/token".to_owned();
    let token = "https://auth.brightspace.com/core/connect/token";
    assert_eq!(audience(json!({"token_endpoint": token, (PLATFORM): d2l})), (Some(fixed.clone()), 0));
    assert_eq!(
        audience(json!({"token_endpoint": token, (PLATFORM): d2l, "authorization_server": fixed})),
        (Some(fixed), 0)
    );
    assert_eq!(
        audience(
            json!({ (PLATFORM): d2l, "authorization_server": "https://api.brightspace.com/auth/token" })
        )
        .0,
        Some("https://api.brightspace.com/auth/token".to_owned()),
        "said by the platform and by its row"
    );
    // The family's name alone gives nobody the family's audience.
    assert_eq!(audience(json!({ (PLATFORM): d2l })), (None, 0));
}

#[test]
fn a_self_hosted_canvas_is_known_by_its_product() {
    let platform = read(&changed(&json!({ (PLATFORM): {"product_family_code": "canvas"} }))).unwrap();
    assert_eq!(platform.family().unwrap().name, "canvas-self-hosted");
}

proptest! {
    #[test]
    fn any_document_is_read_or_refused(
        member in prop_oneof![
            Just("issuer"), Just("token_endpoint"), Just("scopes_supported"), Just("subject_types_supported"),
            Just("claims_supported"), Just("authorization_server"), Just(PLATFORM), Just("grant_types_supported"),
        ],
        text in "\\PC{0,40}",
        number in any::<f64>(),
        shape in 0..6_u8,
    ) {
        let value = match shape {
            0 => json!(text),
            1 => json!(number),
            2 => json!([text, number, null, {"type": text}]),
            3 => json!({"messages_supported": [text, number, {"type": text, "placements": text}], "version": text}),
            4 => json!({"product_family_code": text, "variables": [number], "notice_types_supported": {"a": 1}}),
            _ => json!([[text]]),
        };
        match read(&changed(&json!({ (member): value }))) {
            Ok(platform) => prop_assert!(platform.issuer().starts_with("https://lms.campus.example")),
            Err(failure) => prop_assert!(failure.refusal.code().starts_with("lti.dr.")),
        }
    }
}
