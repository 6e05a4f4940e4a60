//! M01-M30: the claims of the message, in their order.

use serde_json::{Value, json};

use super::fixture::*;
use crate::{Custom, Permission, Standing, claims::*, progress::Check, registration::AnonymousLaunch};

#[test]
fn m01_m02_m28_version() {
    assert_eq!(code_with(|payload| without(payload, VERSION)), "lti.msg.version_missing");
    for version in ["11.3", "1.3", "1.3.0 ", "1.3.1", ""] {
        assert_eq!(code_with(|payload| payload[VERSION] = version.into()), "lti.msg.version_unsupported");
    }
    let outcome = run(|case| case.payload[VERSION] = json!(1.3));
    assert_eq!((outcome.code(), outcome.detail()), ("lti.msg.claim_type", Some(VERSION)));
}

#[test]
fn m03_m04_message_type() {
    assert_eq!(code_with(|payload| without(payload, MESSAGE_TYPE)), "lti.msg.type_missing");
    for kind in [
        "LtiUnknownRequest",
        "ltiresourcelinkrequest",
        "LtiDeepLinkingResponse",
        "",
        // Recognised, not served (§23.1).
        "LtiAssetProcessorSettingsRequest",
        "LtiReportReviewRequest",
        "LtiEulaRequest",
        "LtiStartProctoring",
        "LtiStartAssessment",
        "LtiEndAssessment",
        "DataPrivacyLaunchRequest",
    ] {
        assert_eq!(
            code_with(|payload| payload[MESSAGE_TYPE] = kind.into()),
            "lti.msg.type_unsupported",
            "{kind}"
        );
    }
}

#[test]
fn m05_the_first_fault_in_order_is_told() {
    let outcome = run(|case| {
        for name in [MESSAGE_TYPE, VERSION, ROLES] {
            without(&mut case.payload, name);
        }
    });
    assert_eq!((outcome.code(), outcome.launch.unwrap_err().status()), ("lti.msg.version_missing", 400));
    assert_eq!(outcome.progress.checks().last(), Some(&Check::ClaimTypes));
}

#[test]
fn m06_m22_roles() {
    assert_eq!(code_with(|payload| without(payload, ROLES)), "lti.msg.roles_missing");
    assert_eq!(code_with(|payload| payload[ROLES] = Value::Null), "lti.msg.roles_missing");
    for roles in [json!("Instructor"), json!([5]), json!({}), json!(["Learner", null])] {
        let outcome = run(|case| case.payload[ROLES] = roles);
        assert_eq!((outcome.code(), outcome.detail()), ("lti.msg.claim_type", Some(ROLES)));
    }
}

#[test]
fn m07_m08_deployment_id() {
    assert_eq!(code_with(|payload| without(payload, DEPLOYMENT_ID)), "lti.msg.deployment_missing");
    for id in [String::new(), "d".repeat(256), "a\0b".into()] {
        assert_eq!(code_with(|payload| payload[DEPLOYMENT_ID] = id.into()), "lti.msg.deployment_missing");
    }
    let hinted = code_with(|payload| payload[DEPLOYMENT_ID] = "dep-8".into());
    assert_eq!(hinted, "lti.msg.deployment_mismatch");
    let unhinted = code(|case| {
        case.request.deployment_hint = None;
        case.payload[DEPLOYMENT_ID] = "dep-8".into();
    });
    assert_eq!(unhinted, "OK");
}

#[test]
fn m09_m10_standing_of_the_deployment() {
    let standing = |standing| {
        let outcome = run(|case| case.standing = standing);
        (outcome.code(), outcome.launch.err().map(|refusal| refusal.status()))
    };
    assert_eq!(standing(Standing::Unknown), ("lti.msg.deployment_unknown", Some(403)));
    assert_eq!(standing(Standing::Known { enabled: false }), ("lti.msg.deployment_disabled", Some(403)));
    assert_eq!(standing(Standing::WillBeAccepted), ("OK", None));
    assert_eq!(
        code(|case| {
            case.standing = Standing::Unknown;
            without(&mut case.payload, ROLES);
        }),
        "lti.msg.deployment_unknown",
        "told before the roles"
    );
}

#[test]
fn m11_m12_resource_link() {
    assert_eq!(code_with(|payload| without(payload, RESOURCE_LINK)), "lti.msg.resource_link_missing");
    for link in [json!({}), json!({"id": ""}), json!({"id": 5}), json!({"id": null}), json!([]), Value::Null]
    {
        assert_eq!(code_with(|payload| payload[RESOURCE_LINK] = link), "lti.msg.resource_link_missing");
    }
    let outcome = run(|case| case.payload[RESOURCE_LINK] = "rl-301".into());
    assert_eq!((outcome.code(), outcome.detail()), ("lti.msg.claim_type", Some(RESOURCE_LINK)));
}

#[test]
fn m13_m14_m16_m17_user() {
    assert_eq!(code_with(|payload| payload["sub"] = "".into()), "lti.msg.user_missing");
    assert_eq!(code_with(|payload| without(payload, "sub")), "lti.msg.user_missing");
    assert_eq!(code_with(|payload| payload["sub"] = Value::Null), "lti.msg.user_missing");
    assert_eq!(code_with(|payload| payload["sub"] = 42.into()), "lti.msg.claim_type");
    assert_eq!(code_with(|payload| payload["sub"] = "u".repeat(256).into()), "lti.msg.sub_invalid");
    assert_eq!(code_with(|payload| payload["sub"] = "u\0".into()), "lti.msg.sub_invalid");
    assert_eq!(code_with(|payload| payload["sub"] = "ü".repeat(255).into()), "OK");
}

#[test]
fn m15_an_anonymous_view_has_no_rights_and_no_person() {
    let launch = run(|case| {
        case.registration.switches.anonymous_launch = AnonymousLaunch::View;
        case.payload[ROLES] = json!([INSTRUCTOR]);
        without(&mut case.payload, "sub");
    })
    .launch
    .unwrap();
    assert_eq!((launch.subject, launch.permission), (None, Permission::None));
    assert_eq!(launch.person, Person::default());
    let empty = code(|case| {
        case.registration.switches.anonymous_launch = AnonymousLaunch::View;
        case.payload["sub"] = "".into();
    });
    assert_eq!(empty, "lti.msg.user_missing", "empty is refused in both settings");
}

#[test]
fn m18_m19_target_link() {
    assert_eq!(code_with(|payload| without(payload, TARGET_LINK_URI)), "lti.msg.target_link_uri_missing");
    assert_eq!(code_with(|payload| payload[TARGET_LINK_URI] = "".into()), "lti.msg.target_link_uri_missing");
    for target in ["https://evil.example/x", "https://badges.example/admin", "javascript:alert(1)", "/course"]
    {
        assert_eq!(
            code_with(|payload| payload[TARGET_LINK_URI] = target.into()),
            "lti.msg.target_link_uri_not_allowed"
        );
    }
}

#[test]
fn m20_m21_the_signed_target_wins() {
    let other = "https://badges.example/course";
    let outcome = run(|case| case.payload[TARGET_LINK_URI] = other.into());
    assert!(outcome.has_warning("target_changed"));
    assert_eq!(outcome.launch.unwrap().target.path_and_query(), "/course");
    let strict = code(|case| {
        case.registration.switches.strict_target_link = true;
        case.payload[TARGET_LINK_URI] = other.into();
    });
    assert_eq!(strict, "lti.msg.target_link_uri_mismatch");
    assert_eq!(code(|case| case.registration.switches.strict_target_link = true), "OK");
}

#[test]
fn m23_context() {
    for context in [json!({}), json!({"id": ""}), json!({"title": "x"}), json!([])] {
        assert_eq!(code_with(|payload| payload[CONTEXT] = context), "lti.msg.context_invalid");
    }
    let outcome = run(|case| case.payload[CONTEXT] = 5.into());
    assert_eq!((outcome.code(), outcome.detail()), ("lti.msg.claim_type", Some(CONTEXT)));
    assert_eq!(good(|payload| payload[CONTEXT] = Value::Null).context, None);
}

#[test]
fn m24_m25_custom_parameters_are_read_leniently() {
    for custom in [Value::Null, json!({}), json!([])] {
        assert_eq!(good(|payload| payload[CUSTOM] = custom).custom.iter().count(), 0);
    }
    assert_eq!(good(|payload| without(payload, CUSTOM)).custom, Custom::default());
    let outcome = run(|case| {
        case.payload[CUSTOM] =
            json!({"n": 17, "b": true, "null": null, "list": [1], "map": {}, "empty": "", "nul": "a\0b"});
    });
    assert!(outcome.has_warning("custom_not_text") && outcome.has_warning("custom_ignored"));
    let custom = outcome.launch.unwrap().custom;
    let all: Vec<_> = custom.iter().collect();
    assert_eq!(all, [("b", "true"), ("empty", ""), ("n", "17"), ("nul", "ab")]);
    let wrong = run(|case| case.payload[CUSTOM] = "badge=17".into());
    assert_eq!((wrong.code(), wrong.detail()), ("lti.msg.claim_type", Some(CUSTOM)));
}

#[test]
fn m25_custom_parameters_have_limits() {
    let outcome = run(|case| {
        let many = (0..300).map(|n| (format!("k{n:03}"), json!("v")));
        case.payload[CUSTOM] = Value::Object(many.collect());
    });
    assert!(outcome.has_warning("custom_too_many"));
    assert_eq!(outcome.launch.unwrap().custom.iter().count(), 200);
    let long = run(|case| case.payload[CUSTOM] = json!({"x": "v".repeat(8193), "y": "v".repeat(8192)}));
    assert!(long.has_warning("custom_ignored"));
    let custom = long.launch.unwrap().custom;
    assert_eq!((custom.get("x"), custom.get("y").map(str::len)), (None, Some(8192)));
}

#[test]
fn m26_unused_claims_of_wrong_type_are_warnings() {
    let outcome = run(|case| {
        case.payload["picture"] = 5.into();
        case.payload["name"] = json!({});
        case.payload[TOOL_PLATFORM] = "moodle".into();
        case.payload[LAUNCH_PRESENTATION] = json!([1]);
        case.payload[RESOURCE_LINK] = json!({"id": "rl-301", "title": 7});
    });
    let about: Vec<_> =
        outcome.progress.warnings().iter().filter_map(|warning| warning.about.clone()).collect();
    for name in ["picture", "name", TOOL_PLATFORM, LAUNCH_PRESENTATION, "title"] {
        assert!(about.iter().any(|known| known == name), "{name}");
    }
    let launch = outcome.launch.unwrap();
    assert_eq!((&launch.person.name, &launch.link().unwrap().title), (&None, &None));
    assert_eq!(launch.tool_platform, None);
    assert_eq!(launch.warnings, outcome.progress.warnings());
}

#[test]
fn m27_vendor_claims_are_ignored() {
    let launch = good(|payload| {
        payload["http://www.brightspace.com"] = json!({"user_id": 5});
        payload["https://www.instructure.com/placement"] = json!(null);
        payload["errors"] = json!([1, [2, {"x": []}]]);
        payload["ext"] = json!(true);
    });
    assert_eq!(launch.link().unwrap().id, "rl-301");
}

#[test]
fn m29_claim_names_are_case_sensitive() {
    let outcome = code_with(|payload| {
        without(payload, ROLES);
        payload["https://purl.imsglobal.org/spec/lti/Claim/roles"] = json!([INSTRUCTOR]);
    });
    assert_eq!(outcome, "lti.msg.roles_missing");
}

#[test]
fn m30_unresolved_variables_are_absent() {
    let outcome = run(|case| {
        case.payload[CUSTOM] = json!({
            "a": "$ResourceLink.submission.endDateTime", "b": "$User.id", "c": "$5", "d": "$x and more", "e": "$", "f": "5$x"
        });
    });
    assert!(outcome.has_warning("custom_unresolved"));
    let custom = outcome.launch.unwrap().custom;
    assert_eq!((custom.get("a"), custom.get("b")), (None, None));
    assert_eq!(["c", "d", "e", "f"].map(|key| custom.get(key).unwrap()), ["$5", "$x and more", "$", "5$x"]);
}

#[test]
fn m30_custom_keys_are_found_in_any_case_exact_first() {
    let launch = good(|payload| payload[CUSTOM] = json!({"badge": "lower", "Badge": "exact", "other": "x"}));
    assert_eq!(launch.custom.get("Badge"), Some("exact"));
    assert_eq!(launch.custom.get("badge"), Some("lower"));
    assert_eq!(launch.custom.get("OTHER"), Some("x"));
    assert_eq!(launch.custom.get("none"), None);
}

#[test]
fn texts_lose_control_characters_and_ids_are_not_touched() {
    let launch = good(|payload| {
        payload["name"] = " Zoë\r\nBcc: x@example.org\0 ".into();
        payload["email"] = "zoe@campus.example\r\nBcc: x@example.org".into();
        payload["given_name"] = "\u{0}\n".into();
        payload["sub"] = " U-5F2e/é ".into();
        payload[RESOURCE_LINK]["id"] = " RL 1 ".into();
    });
    assert_eq!(launch.person.name.as_deref(), Some("Zoë  Bcc: x@example.org"));
    assert_eq!((&launch.person.email, &launch.person.given_name), (&None, &None));
    assert_eq!(
        (launch.subject.as_deref(), launch.link().unwrap().id.as_str()),
        (Some(" U-5F2e/é "), " RL 1 ")
    );
}

#[test]
fn somebody_acting_as_another_is_noticed() {
    let acting =
        |value: &str| good(|payload| payload[CUSTOM] = json!({"ACTUAL_USER_ID": value})).acting_as_other;
    assert!(acting("u-admin"));
    assert!(!acting("u-5f2e"));
    assert!(!acting("$ActualUser.id"), "the platform does not know the variable");
    assert!(!acting(""));
    assert!(!good(|_| {}).acting_as_other);
}
