//! V01-V33 as far as they are pure: launches that must succeed, and what they say.

use serde_json::{Value, json};

use super::fixture::*;
use crate::{Message, Permission, claims::*};

const UNKNOWN: &str = "http://purl.imsglobal.org/vocab/lis/v2/uknownrole/unknown#Helper";
const FACULTY: &str = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Faculty";
const STUDENT: &str = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student";
const MENTOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor";

fn permission(roles: Value) -> Permission {
    good(|payload| payload[ROLES] = roles).permission
}

fn personal(payload: &mut Value, kept: &[&str]) {
    for name in ["name", "given_name", "family_name", "email", "locale"] {
        if !kept.contains(&name) {
            without(payload, name);
        }
    }
}

#[test]
fn v01_v11_full_data() {
    let launch = good(|_| {});
    assert_eq!(launch.permission, Permission::Learn);
    assert_eq!(launch.deployment_id, "dep-9");
    assert_eq!(launch.subject.as_deref(), Some("u-5f2e"));
    assert_eq!(launch.person.name.as_deref(), Some("Zoë Łukasz"));
    assert_eq!(launch.person.given_name.as_deref(), Some("Zoë"));
    assert_eq!(launch.person.family_name.as_deref(), Some("Łukasz"));
    assert_eq!(launch.person.email.as_deref(), Some("zoe@campus.example"));
    assert_eq!(
        launch.message,
        Message::ResourceLink(Link {
            id: "rl-301".into(),
            title: Some("Lab safety badge".into()),
            description: None
        })
    );
    let context = launch.context.unwrap();
    assert_eq!(
        (context.id.as_str(), context.label.as_deref(), context.title.as_deref()),
        ("c-77", Some("CH101"), Some("Chemistry 1"))
    );
    assert_eq!(context.types, ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection"]);
    let platform = launch.tool_platform.unwrap();
    assert_eq!(
        (platform.guid.as_deref(), platform.product_family.as_deref()),
        (Some("campus-1"), Some("moodle"))
    );
    let ags = launch.services.ags.unwrap();
    assert_eq!(ags.scope.len(), 2);
    assert_eq!(
        ags.lineitem.as_deref(),
        Some("https://lms.campus.example/ags/c-77/lineitems/12/lineitem?type_id=4")
    );
    assert_eq!(launch.services.nrps.unwrap().url, "https://lms.campus.example/nrps/c-77/members?type_id=4");
    assert_eq!(launch.return_url.as_deref(), Some("https://lms.campus.example/course/77"));
    assert_eq!((launch.issued_at, launch.expires_at.timestamp()), (t0(), 1_900_000_300));
    assert_eq!(launch.custom.get("badge"), Some("17"));
    assert_eq!(permission(json!([INSTRUCTOR])), Permission::Teach);
}

#[test]
fn v02_v03_v12_v13_roles_in_all_spellings() {
    assert_eq!(permission(json!([INSTRUCTOR, FACULTY, MENTOR])), Permission::Teach);
    assert_eq!(permission(json!(["Instructor"])), Permission::Teach);
    assert_eq!(permission(json!([LEARNER, STUDENT, MENTOR])), Permission::Learn);
    assert_eq!(permission(json!(["Learner"])), Permission::Learn);
}

#[test]
fn v04_v14_unknown_roles_are_noted() {
    for (known, expected) in [(INSTRUCTOR, Permission::Teach), (LEARNER, Permission::Learn)] {
        let outcome = run(|case| case.payload[ROLES] = json!([known, UNKNOWN]));
        assert!(
            outcome.progress.warnings().iter().any(|warning| {
                warning.code == "role_unknown" && warning.about.as_deref() == Some(UNKNOWN)
            })
        );
        assert_eq!(outcome.launch.unwrap().permission, expected);
    }
}

#[test]
fn v05_v06_v15_no_role_is_the_lowest_view() {
    assert_eq!(permission(json!([""])), Permission::None);
    assert_eq!(permission(json!([])), Permission::None);
    assert_eq!(permission(json!([" ", "nonsense"])), Permission::None);
}

#[test]
fn v07_v08_v09_v16_v17_v18_personal_data_may_be_missing() {
    let only_email = good(|payload| personal(payload, &["email"])).person;
    assert_eq!((only_email.name, only_email.email.as_deref()), (None, Some("zoe@campus.example")));
    let only_names = good(|payload| personal(payload, &["given_name", "family_name"])).person;
    assert_eq!(
        (only_names.name, only_names.given_name.as_deref(), only_names.email),
        (None, Some("Zoë"), None)
    );
    assert_eq!(good(|payload| personal(payload, &[])).person, Person::default());
    let empty = good(|payload| {
        for name in ["name", "given_name", "family_name", "email", "locale"] {
            payload[name] = "".into();
        }
    });
    assert_eq!(empty.person, Person::default());
}

#[test]
fn v10_v19_a_launch_outside_a_course() {
    let launch = good(|payload| without(payload, CONTEXT));
    assert_eq!(launch.context, None);
}

#[test]
fn v21_v22_the_same_launch_has_the_same_digest() {
    let digest = |change: fn(&mut Value)| good(change).digest();
    let plain = digest(|_| {});
    assert_eq!(plain.len(), 64);
    assert_eq!(plain, digest(|payload| payload["exp"] = 1_900_000_400.into()), "times do not count");
    assert_eq!(
        plain,
        digest(|payload| payload[LAUNCH_PRESENTATION]["return_url"] =
            "https://lms.campus.example/?sesskey=2".into()),
        "the way back carries session keys"
    );
    assert_eq!(
        plain,
        digest(|payload| payload[ROLES] = json!(["Learner", LEARNER])),
        "spelling does not count"
    );
    let changed: [fn(&mut Value); 12] = [
        |payload| payload["name"] = "Zoë Nowak".into(),
        |payload| payload["email"] = "z@campus.example".into(),
        |payload| without(payload, "email"),
        |payload| payload["sub"] = "u-5f2f".into(),
        |payload| payload[ROLES] = json!([INSTRUCTOR]),
        |payload| payload[CONTEXT]["title"] = "Chemistry 2".into(),
        |payload| payload[RESOURCE_LINK]["id"] = "rl-302".into(),
        |payload| payload[CUSTOM]["badge"] = "18".into(),
        |payload| payload[AGS_ENDPOINT]["lineitem"] = "https://lms.campus.example/other".into(),
        |payload| without(payload, NRPS_ENDPOINT),
        |payload| payload[TARGET_LINK_URI] = "https://badges.example/course/badge/18".into(),
        |payload| payload[TOOL_PLATFORM]["version"] = "2025".into(),
    ];
    let mut digests: Vec<String> = changed.into_iter().map(digest).chain([plain]).collect();
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), 13, "each change gives another digest");
}

#[test]
fn v23_no_services() {
    let launch = good(|payload| {
        without(payload, AGS_ENDPOINT);
        without(payload, NRPS_ENDPOINT);
    });
    assert_eq!(launch.services, Services::default());
}

#[test]
fn v23_a07_broken_service_addresses_are_left_out() {
    let outcome = run(|case| {
        case.payload[AGS_ENDPOINT] =
            json!({"scope": "x", "lineitem": "", "lineitems": "http://lms.campus.example/"});
        case.payload[NRPS_ENDPOINT] = json!({"context_memberships_url": "javascript:alert(1)"});
    });
    assert!(outcome.has_warning("service_url_ignored"));
    let services = outcome.launch.unwrap().services;
    assert_eq!(services, Services { ags: Some(Ags::default()), ..Services::default() });
    let wrong = run(|case| case.payload[AGS_ENDPOINT] = "x".into());
    assert_eq!((wrong.code(), wrong.detail()), ("lti.msg.claim_type", Some(AGS_ENDPOINT)));
}

#[test]
fn v24_context_types_are_not_judged() {
    for kind in [
        json!(["CourseSection"]),
        json!(["urn:lti:context-type:ims/lis/CourseSection"]),
        json!(["Account"]),
        json!([]),
    ] {
        assert!(good(|payload| payload[CONTEXT]["type"] = kind).context.is_some());
    }
    assert!(
        good(|payload| payload[CONTEXT]["type"] = "CourseSection".into()).context.unwrap().types.is_empty()
    );
}

#[test]
fn v25_languages() {
    let locale = |presentation: Value, person: Value| {
        good(|payload| {
            payload[LAUNCH_PRESENTATION]["locale"] = presentation;
            payload["locale"] = person;
        })
        .locale
    };
    assert_eq!(locale("pl_PL".into(), "de".into()).as_deref(), Some("pl-PL"));
    assert_eq!(locale(Value::Null, "pl".into()).as_deref(), Some("pl"));
    assert_eq!(locale("".into(), "en-GB".into()).as_deref(), Some("en-GB"));
    assert_eq!(locale("<script>".into(), "de".into()).as_deref(), Some("de"));
    assert_eq!(locale(Value::Null, Value::Null), None);
}

#[test]
fn v26_blackboard_preview() {
    let launch = good(|payload| {
        payload["sub"] = "cc895f36b1a04b2d9a1e7a6ed9e3a3b5".into();
        payload[ROLES] = json!([LEARNER, "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"]);
    });
    assert!(launch.is_test_user);
    assert_eq!(launch.permission, Permission::Learn, "may look");
    assert!(!good(|_| {}).is_test_user);
}

#[test]
fn v27_moodle() {
    let launch = good(|payload| {
        payload["exp"] = 1_900_000_060.into();
        payload[ROLES] = json!([
            "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator",
            INSTRUCTOR,
            "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"
        ]);
        payload["https://purl.imsglobal.org/spec/lti/claim/ext"] =
            json!({"lms": "moodle-2", "user_username": "s01"});
        payload[CONTEXT]["type"] = json!(["CourseSection"]);
        payload[CUSTOM] = json!({"Ctx_History": "a,b", "ctx_history": "a,b"});
    });
    assert_eq!(launch.permission, Permission::Teach);
    assert_eq!(launch.custom.get("ctx_history"), Some("a,b"));
}

#[test]
fn v28_brightspace() {
    let launch = good(|payload| {
        payload["nbf"] = t0().timestamp().into();
        payload["email"] = "".into();
        payload["http://www.brightspace.com"] = json!({"tenant_id": "x"});
    });
    assert_eq!(launch.person.email, None);
}

#[test]
fn v29_open_edx() {
    let launch = run(|case| {
        case.request.deployment_hint = None;
        case.payload[DEPLOYMENT_ID] = "1".into();
        case.payload[CONTEXT]["type"] = json!(["http://purl.imsglobal.org/vocab/lis/v2/course#CourseGroup"]);
        case.payload[ROLES] = json!(["http://purl.imsglobal.org/vocab/lis/v2/institution/person#None"]);
    })
    .launch
    .unwrap();
    assert_eq!((launch.deployment_id.as_str(), launch.permission), ("1", Permission::None));
}

/// V32: path and query of the signed target link are kept as they came.
#[test]
fn v32_the_targets_path_and_query_are_kept() {
    let launch = good(|payload| {
        payload[TARGET_LINK_URI] = "https://badges.example/course/a%2Fb?badge=17&x=%C3%A9&y=a+b%20c".into();
    });
    assert_eq!(launch.target.path_and_query(), "/course/a%2Fb?badge=17&x=%C3%A9&y=a+b%20c");
    assert_eq!(
        (launch.target.path(), launch.target.query()),
        ("/course/a%2Fb", Some("badge=17&x=%C3%A9&y=a+b%20c"))
    );
    assert_eq!(launch.target.with("launch", "1/2"), "/course/a%2Fb?badge=17&x=%C3%A9&y=a+b%20c&launch=1%2F2");
    assert_eq!(launch.target.origin(), "https://badges.example");
    let plain = good(|payload| payload[TARGET_LINK_URI] = "https://badges.example/course".into()).target;
    assert_eq!(plain.with("launch", "x"), "/course?launch=x");
    let foreign = good(|payload| payload[TARGET_LINK_URI] = "https://badges.example/course/é".into()).target;
    assert_eq!(foreign.path_and_query(), "/course/%C3%A9", "a header is ASCII");
}

#[test]
fn the_way_back_is_a_web_address() {
    for url in [
        "javascript:alert(1)",
        "ftp://x/",
        "/relative",
        "https://user:pw@lms.example/",
        "https://lms.example/\nx",
    ] {
        let outcome = run(|case| case.payload[LAUNCH_PRESENTATION]["return_url"] = url.into());
        assert!(outcome.has_warning("claim_ignored"), "{url}");
        assert_eq!(outcome.launch.unwrap().return_url, None, "{url}");
    }
}

#[test]
fn errors_can_go_back_to_the_platform() {
    let back =
        |url| crate::with_parameters(url, &[("lti_errormsg", "No & no"), ("lti_errorlog", "lti.msg.x")]);
    assert_eq!(
        back("https://l.example/c"),
        "https://l.example/c?lti_errormsg=No%20%26%20no&lti_errorlog=lti.msg.x"
    );
    assert_eq!(
        back("https://l.example/c?a=b#f"),
        "https://l.example/c?a=b&lti_errormsg=No%20%26%20no&lti_errorlog=lti.msg.x#f"
    );
}

#[test]
fn o02_nothing_personal_or_secret_is_printed() {
    let outcome = run(|_| {});
    let printed = format!("{:?}", outcome.launch.unwrap());
    for secret in ["Zoë", "zoe@", "u-5f2e"] {
        assert!(!printed.contains(secret), "{printed}");
    }
    let begun = crate::login::begin(&valid_login(), &p1(), &tool(), &secrets(1), &state_key(), t0()).unwrap();
    let printed = format!("{begun:?} {:?} {:?}", begun.cookie, begun.redirect);
    assert!(!printed.contains(&begun.cookie.value) && !printed.contains(&begun.state));
}
