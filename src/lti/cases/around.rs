//! What a launch says besides its message: groups, notifications, history, the platform's own name (§11, §13,
//! §18.2, §21).

use serde_json::json;

use super::fixture::*;
use crate::{claims::*, launch::History};

/// N15: the optional groups claim is read.
#[test]
fn n15_course_groups() {
    let scope = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly";
    let url = "https://lms.campus.example/groups/c-77?x=1";
    let groups = |claim: serde_json::Value| good(|payload| payload[GROUPS_SERVICE] = claim).services.groups;
    let full = groups(json!({"scope": [scope], "context_groups_url": url, "service_versions": ["1.0"],
        "context_group_sets_url": "https://lms.campus.example/sets"}));
    let full = full.unwrap();
    assert_eq!((full.url.as_str(), full.scope), (url, vec![scope.to_owned()]));
    assert_eq!(full.sets_url.as_deref(), Some("https://lms.campus.example/sets"));
    let plain = groups(json!({"scope": [scope], "context_groups_url": url})).unwrap();
    assert_eq!(plain.sets_url, None);
    for broken in [json!("x"), json!({}), json!({"context_groups_url": "ftp://x"}), json!([]), json!(null)] {
        assert_eq!(groups(broken), None);
    }
    assert_eq!(good(|_| {}).services.groups, None);
}

/// X07: the claim that says where handlers are registered.
#[test]
fn x07_the_notification_service() {
    let notices =
        |claim: serde_json::Value| good(|payload| payload[NOTIFICATION_SERVICE] = claim).services.notices;
    let found = notices(json!({
        "service_versions": ["1.0"], "platform_notification_service_url": "https://lms.campus.example/pns",
        "scope": ["https://purl.imsglobal.org/spec/lti/scope/noticehandlers"],
        "notice_types_supported": ["LtiHelloWorldNotice", "LtiContextCopyNotice", 5]
    }))
    .unwrap();
    assert_eq!(found.url, "https://lms.campus.example/pns");
    assert_eq!(found.types, ["LtiHelloWorldNotice", "LtiContextCopyNotice"]);
    assert_eq!(crate::notices::wanted(&found).len(), 2);
    assert_eq!(notices(json!({"platform_notification_service_url": "http://10.0.0.1/pns"})), None);
}

#[test]
fn services_are_kept_as_json_and_old_records_are_read() {
    let services = good(|payload| {
        payload[GROUPS_SERVICE] = json!({"scope": [], "context_groups_url": "https://lms.campus.example/g"});
    })
    .services;
    let kept = serde_json::to_value(&services).unwrap();
    assert_eq!(serde_json::from_value::<Services>(kept).unwrap(), services);
    assert_eq!(serde_json::from_value::<Services>(json!({})).unwrap(), Services::default());
    let old = json!({"nrps": {"url": "https://lms.campus.example/n"}});
    assert_eq!(serde_json::from_value::<Services>(old).unwrap().groups, None);
}

#[test]
fn v33_new_services_are_news() {
    let digest = |claim: &str| {
        good(|payload| {
            payload[GROUPS_SERVICE] = json!({"scope": [], "context_groups_url": claim});
        })
        .digest()
    };
    assert_eq!(digest("https://lms.campus.example/g"), digest("https://lms.campus.example/g"));
    assert_ne!(digest("https://lms.campus.example/g"), digest("https://lms.campus.example/h"));
    assert_ne!(digest("https://lms.campus.example/g"), good(|_| {}).digest());
}

#[test]
fn histories_are_lists_of_decoded_ids_newest_first() {
    let history = |custom: serde_json::Value| good(|payload| payload[CUSTOM] = custom).history();
    let found = history(json!({"ctx_history": "c-76, c%2C75,c-76,,%20c%2074", "link_history": "rl-300"}));
    assert_eq!(found.contexts, ["c-76", "c,75", " c 74"]);
    assert_eq!(found.links, ["rl-300"]);
    assert_eq!(
        history(json!({"CTX_HISTORY": "a", "rl_history": "b+c"})),
        History { contexts: vec!["a".into()], links: vec!["b+c".into()] }
    );
    // Unresolved, empty (Moodle), not UTF-8, a control character.
    for nothing in ["$Context.id.history", "", " ", ",", "%ff", "%00"] {
        assert_eq!(history(json!({"ctx_history": nothing})), History::default(), "{nothing}");
    }
    let many = (0..300).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    assert_eq!(history(json!({"ctx_history": many})).contexts.len(), 100);
    assert_eq!(good(|payload| without(payload, CUSTOM)).history(), History::default());
}

#[test]
fn the_platform_names_itself() {
    assert_eq!(good(|_| {}).tool_platform.unwrap().guid.as_deref(), Some("campus-1"));
    let rebuilt = good(|payload| payload[TOOL_PLATFORM]["guid"] = "campus-2".into());
    assert_ne!(rebuilt.digest(), good(|_| {}).digest(), "noticed even if nothing else changed");
}
