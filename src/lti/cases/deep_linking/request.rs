//! Section 9: what the platform asks for, and who may pick.

use serde_json::{Value, json};

use super::{RETURN, ask, asked, settings_of, with_settings};
use crate::{
    Message, Permission, Refusal, Roles, Switches,
    cases::fixture::*,
    claims::*,
    deep_linking::{DocumentTarget, ItemType},
};

const INSTITUTION_ADMIN: &str = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator";
const SYSTEM_ADMIN: &str = "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator";

#[test]
fn d01_a_request_needs_no_link_and_no_target() {
    let launch = asked(|_| {}).launch.unwrap();
    assert_eq!(launch.link(), None);
    assert_eq!(launch.target.path_and_query(), "/course/pick", "the tool's own picker");
    assert_eq!((launch.permission, launch.subject.as_deref()), (Permission::Teach, Some("u-5f2e")));
    let Message::DeepLinking(settings) = launch.message else { panic!("a deep linking request") };
    assert_eq!(settings.return_url, RETURN);
    assert_eq!(settings.accept_types.len(), 5);
    assert!(settings.accept_multiple && settings.auto_create);
    assert_eq!((settings.accept_line_item, settings.takes_line_item()), (None, true));
    assert_eq!(settings.data.as_deref(), Some("909708"));
    assert_eq!((settings.title.as_deref(), settings.text.as_deref()), (Some("Badge"), Some("A badge")));
    let targeted = asked(|payload| payload[TARGET_LINK_URI] = "https://badges.example/course?x=1".into());
    assert_eq!(targeted.launch.unwrap().target.path_and_query(), "/course?x=1");
    let foreign = asked(|payload| payload[TARGET_LINK_URI] = "https://evil.example/".into());
    assert_eq!(foreign.code(), "lti.msg.target_link_uri_not_allowed");
}

#[test]
fn d01_the_user_may_be_left_out() {
    let launch = asked(|payload| without(payload, "sub")).launch.unwrap();
    assert_eq!((launch.subject, launch.permission), (None, Permission::None));
    assert_eq!(launch.person, Person::default());
    assert_eq!(asked(|payload| payload["sub"] = "".into()).code(), "lti.msg.user_missing");
}

/// D09: a request without the settings claim is refused with 400 `lti.dl.settings_missing`.
#[test]
fn d09_settings_are_needed() {
    for missing in [Value::Null, json!([])] {
        let outcome = asked(|payload| payload[DEEP_LINKING_SETTINGS] = missing);
        assert_eq!(outcome.launch.unwrap_err(), Refusal::DlSettingsMissing);
    }
    assert_eq!(asked(|payload| without(payload, DEEP_LINKING_SETTINGS)).code(), "lti.dl.settings_missing");
    assert_eq!(with_settings(|settings| without(settings, "accept_types")).code(), "lti.dl.settings_missing");
    assert_eq!(Refusal::DlSettingsMissing.status(), 400);
    for wrong in [json!("x"), json!(5), json!([1])] {
        let outcome = asked(|payload| payload[DEEP_LINKING_SETTINGS] = wrong);
        assert_eq!((outcome.code(), outcome.detail()), ("lti.msg.claim_type", Some(DEEP_LINKING_SETTINGS)));
    }
    for (member, wrong) in [
        ("accept_types", json!({"link": true})),
        ("accept_types", json!([1])),
        ("deep_link_return_url", json!(["https://lms.campus.example"])),
        ("data", json!({"x": 1})),
    ] {
        let outcome = with_settings(|settings| settings[member] = wrong);
        assert_eq!(outcome.code(), "lti.msg.claim_type", "{member}");
    }
    // The claim does not concern other messages.
    assert_eq!(code_with(|payload| payload[DEEP_LINKING_SETTINGS] = json!("x")), "OK");
}

/// D10: a return address that is `http:`, relative or `javascript:` is refused with 400
/// `lti.dl.return_url_invalid`; a missing one with `lti.dl.settings_missing`.
#[test]
fn d10_the_return_address_is_absolute_https() {
    for (url, code) in [
        (json!(null), "lti.dl.settings_missing"),
        (json!(""), "lti.dl.settings_missing"),
        (json!("http://lms.campus.example/dl"), "lti.dl.return_url_invalid"),
        (json!("http://localhost/dl"), "lti.dl.return_url_invalid"),
        (json!("/dl/return"), "lti.dl.return_url_invalid"),
        (json!("//lms.campus.example/dl"), "lti.dl.return_url_invalid"),
        (json!("https:lms.campus.example"), "lti.dl.return_url_invalid"),
        (json!("https://"), "lti.dl.return_url_invalid"),
        (json!("javascript:alert(1)"), "lti.dl.return_url_invalid"),
        (json!("data:text/html,x"), "lti.dl.return_url_invalid"),
        (json!("https://user:pw@lms.campus.example/dl"), "lti.dl.return_url_invalid"),
        (json!("https://lms.campus.example/dl\r\nX: y"), "lti.dl.return_url_invalid"),
        (json!(format!("https://lms.campus.example/{}", "a".repeat(9000))), "lti.dl.return_url_invalid"),
    ] {
        let outcome = with_settings(|settings| settings["deep_link_return_url"] = url.clone());
        assert_eq!(outcome.code(), code, "{url}");
        assert_eq!(outcome.launch.unwrap_err().status(), 400, "{url}");
    }
    assert_eq!(
        with_settings(|settings| without(settings, "deep_link_return_url")).code(),
        "lti.dl.settings_missing"
    );
    let local = run(|case| {
        ask(&mut case.payload);
        case.tool.allow_loopback_http = true;
        case.payload[DEEP_LINKING_SETTINGS]["deep_link_return_url"] = "http://localhost:8088/dl".into();
    });
    assert_eq!(local.code(), "OK", "development");
}

/// D12: a role that may not author is refused with 403 `lti.dl.not_permitted`.
#[test]
fn d12_who_may_pick() {
    let content = "http://purl.imsglobal.org/vocab/lis/v2/membership#ContentDeveloper";
    let grader = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#Grader";
    for (roles, code) in [
        (json!([LEARNER]), "lti.dl.not_permitted"),
        (json!([]), "lti.dl.not_permitted"),
        (json!([""]), "lti.dl.not_permitted"),
        (json!([grader]), "lti.dl.not_permitted"),
        (json!(["Mentor"]), "lti.dl.not_permitted"),
        (json!([INSTITUTION_ADMIN, LEARNER]), "lti.dl.not_permitted"),
        (
            json!(["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"]),
            "lti.dl.not_permitted",
        ),
        (json!([INSTRUCTOR]), "OK"),
        (json!([INSTRUCTOR, LEARNER]), "OK"),
        (json!([content]), "OK"),
        (json!(["Administrator"]), "OK"),
        (json!([INSTITUTION_ADMIN]), "OK"),
        (json!([SYSTEM_ADMIN]), "OK"),
    ] {
        let outcome = asked(|payload| payload[ROLES] = roles.clone());
        assert_eq!(outcome.code(), code, "{roles}");
    }
    assert_eq!(Refusal::DlNotPermitted.status(), 403);
    assert!(!Roles::parse([LEARNER]).may_pick(&Switches { admins_may_teach: true, ..Switches::default() }));
}

/// D13: a request without roles claim may pick, unless `dl_requires_role` is set.
#[test]
fn d13_no_roles_claim_means_an_author() {
    let silent = asked(|payload| without(payload, ROLES)).launch.unwrap();
    assert_eq!((silent.permission, silent.roles.known().len()), (Permission::None, 0));
    let strict = run(|case| {
        ask(&mut case.payload);
        without(&mut case.payload, ROLES);
        case.registration.switches.dl_requires_role = true;
    });
    assert_eq!(strict.code(), "lti.dl.not_permitted");
    let anonymous = asked(|payload| {
        without(payload, ROLES);
        without(payload, "sub");
    });
    assert_eq!(anonymous.code(), "OK");
}

/// D14: booleans as texts and media types as a list are accepted (Moodle).
#[test]
fn d14_moodles_shapes_are_read() {
    let outcome = with_settings(|settings| {
        settings["accept_multiple"] = "true".into();
        settings["auto_create"] = "False".into();
        settings["accept_lineitem"] = "false".into();
        settings["accept_media_types"] = json!(["image/png", "text/html"]);
        settings["accept_types"] = "ltiResourceLink, link".into();
        settings["accept_presentation_document_targets"] = json!(["frame", "iframe", "window", "hologram"]);
    });
    assert!(outcome.progress.warnings().iter().all(|warning| warning.code != "claim_ignored"));
    let settings = settings_of(outcome);
    assert!(settings.accept_multiple && !settings.auto_create);
    assert_eq!(settings.accept_line_item, Some(false));
    assert_eq!(settings.accept_media_types, ["image/png", "text/html"]);
    assert_eq!(settings.accept_types, [ItemType::ResourceLink, ItemType::Link]);
    assert_eq!(
        settings.accept_targets,
        [DocumentTarget::Iframe, DocumentTarget::Frame, DocumentTarget::Window]
    );
    let odd = with_settings(|settings| {
        settings["accept_multiple"] = 1.into();
        settings["accept_media_types"] = json!({});
        without(settings, "accept_presentation_document_targets");
    });
    assert!(odd.has_warning("claim_ignored"));
    let odd = settings_of(odd);
    assert!(!odd.accept_multiple && odd.accept_targets.is_empty());
}

/// D15: a resource link in the request is ignored (Blackboard, Open edX).
#[test]
fn d15_a_resource_link_is_ignored() {
    for link in [json!({"id": "rl-1"}), json!({}), json!("x"), json!(5)] {
        let launch = asked(|payload| payload[RESOURCE_LINK] = link).launch.unwrap();
        assert_eq!(launch.link(), None);
    }
}
