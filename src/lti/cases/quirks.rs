//! The tables: families of platforms, switches, refusals.

use std::collections::HashSet;

use serde_json::json;

use crate::{
    Refusal, Switches,
    quirks::{Extras, FAMILIES, Family, MissingPart, RoleFilter, STANDARD, Value},
    refusal::PlatformAnswer,
    registration::Algorithm,
    roles::Role,
};

#[test]
fn moodles_addresses_follow_from_its_host() {
    let moodle = Family::named("moodle").unwrap();
    let endpoints = moodle.endpoints(Some("https://moodle.campus.example/lms/"), "abc", None).unwrap();
    assert_eq!(endpoints.issuer, "https://moodle.campus.example/lms");
    assert_eq!(endpoints.authorization, "https://moodle.campus.example/lms/mod/lti/auth.php");
    assert_eq!(endpoints.token, "https://moodle.campus.example/lms/mod/lti/token.php");
    assert_eq!(endpoints.jwks, "https://moodle.campus.example/lms/mod/lti/certs.php");
    assert_eq!(moodle.switches().auto_accept_deployments, Some(true));
    assert_eq!(moodle.endpoints(None, "abc", None), Err(MissingPart::Host));
}

#[test]
fn shared_platforms_need_no_host_but_approval() {
    let blackboard = Family::of_product("BlackboardLearn").unwrap();
    let endpoints = blackboard.endpoints(None, "0a1b", None).unwrap();
    assert_eq!(
        endpoints.jwks,
        "https://developer.blackboard.com/api/v1/management/applications/0a1b/jwks.json"
    );
    assert_eq!(blackboard.switches().auto_accept_deployments, Some(false));
    assert_eq!(
        Family::named("canvas").unwrap().endpoints(None, "1", None).unwrap().issuer,
        "https://canvas.instructure.com"
    );
    assert_eq!(Family::of_product("canvas").unwrap().name, "canvas");
    let brightspace =
        Family::named("brightspace").unwrap().endpoints(Some("https://lms.example"), "1", None).unwrap();
    assert_eq!(brightspace.token_audience.as_deref(), Some("https://api.brightspace.com/auth/token"));
    assert_eq!(
        Family::named("sakai").unwrap().endpoints(Some("https://s.example"), "1", None),
        Err(MissingPart::Tool)
    );
}

#[test]
fn every_family_is_complete() {
    let names: HashSet<&str> = FAMILIES.iter().map(|family| family.name).collect();
    assert_eq!(names.len(), FAMILIES.len());
    for family in FAMILIES {
        let endpoints = family.endpoints(Some("https://lms.example"), "client", Some("7")).unwrap();
        for address in [&endpoints.issuer, &endpoints.authorization, &endpoints.token, &endpoints.jwks] {
            assert!(address.starts_with("https://") && !address.contains('{'), "{address}");
        }
        assert!(!family.title.is_empty() && !family.source.is_empty());
    }
}

#[test]
fn switches_have_the_defaults_of_section_27() {
    let switches: Switches = serde_json::from_value(json!({})).unwrap();
    assert_eq!(switches, Switches::default());
    assert_eq!(
        serde_json::to_value(&switches).unwrap(),
        json!({
            "leeway_s": 120, "max_token_age_s": 3600, "state_ttl_s": 600, "id_token_algs": ["RS256"],
            "trusted_audiences": [], "anonymous_launch": "reject", "strict_target_link": false,
            "login_target_check": true, "allow_unbound_launch": false, "storage_origins": [],
            "auto_accept_deployments": null, "admins_may_teach": false, "assistants": "teach",
            "dl_requires_role": false, "send_deployment_in_assertion": true, "min_score_interval_ms": 1000
        })
    );
    assert!(switches.accepts_deployments(false) && !switches.accepts_deployments(true));
}

#[test]
fn switches_cannot_be_misspelt_or_set_to_nonsense() {
    for bad in [
        json!({"leeway": 5}),
        json!({"leeway_s": 301}),
        json!({"leeway_s": -1}),
        json!({"state_ttl_s": 5}),
        json!({"id_token_algs": ["HS256"]}),
        json!({"id_token_algs": ["none"]}),
        json!({"anonymous_launch": "allow"}),
    ] {
        assert!(serde_json::from_value::<Switches>(bad.clone()).is_err(), "{bad}");
    }
    let wide: Switches =
        serde_json::from_value(json!({"id_token_algs": ["RS256", "ES384"], "leeway_s": 0})).unwrap();
    assert_eq!(wide.id_token_algs, [Algorithm::RS256, Algorithm::ES384]);
}

#[test]
fn refusals_read_well() {
    let refusal = Refusal::LoginMissingParameter("iss");
    assert_eq!(
        refusal.to_string(),
        "lti.login.missing_parameter: A required login parameter is missing. (iss)"
    );
    let answer = Refusal::PlatformError(PlatformAnswer { error: "access_denied".into(), description: None });
    assert_eq!((answer.code(), answer.detail()), ("lti.launch.platform_error", Some("access_denied")));
    assert_eq!(Refusal::StateReplayed.code(), "lti.launch.state_replayed");
    assert_eq!(Refusal::NonceReplayed.code(), "lti.jwt.nonce_replayed");
}

#[test]
fn every_row_of_the_services_table_makes_sense() {
    for family in FAMILIES {
        let row = family.services;
        let name = family.name;
        assert!(row.source.contains('§'), "{name}: where does this come from?");
        assert!(row.score_interval_ms > 0, "{name}: two scores cannot have one time");
        assert!(row.foreign_link_statuses.iter().all(|status| (400..500).contains(status)), "{name}");
        assert!(row.greatest_linked_maximum.is_none_or(|maximum| maximum > 0), "{name}");
        if let (Some(page), Some(most)) = (row.roster_page, row.roster_page_most) {
            assert!(page <= most, "{name}");
        }
        if let RoleFilter::Short(roles) = row.role_filter {
            assert!(!roles.is_empty() && roles.iter().all(|role| Role::parse(role).is_some()), "{name}");
        }
        // An exception is for a fixed issuer whose own host serves no configuration.
        for host in row.configured_from {
            assert!(!family.addresses.issuer.contains('{'), "{name}: its issuer has its own host");
            assert!(host.trim_start_matches("*.").contains('.') && !host.contains('/'), "{name}: {host}");
            let issuer = family.addresses.issuer.strip_prefix("https://").unwrap();
            assert!(*host != issuer, "{name}: needs no exception");
        }
        if family.shared_issuer {
            assert!(!row.configured_from.is_empty(), "{name}: could never register by itself");
        }
        assert!(row.storage_frame.is_none() || family.platform_storage, "{name}");
        if row.extras == Extras::Canvas {
            assert!(family.product_codes.contains(&"canvas"), "{name}");
        }
        for code in family.product_codes {
            assert!(Family::of_product(code).is_some());
        }
        assert_eq!(Family::services_of(name), &row);
    }
    assert_eq!(Family::services_of("something-new"), &STANDARD);
}

#[test]
fn the_rows_say_what_the_specification_says() {
    let moodle = Family::services_of("moodle");
    assert!(moodle.progress_erases_grade && !moodle.limit_on_results && moodle.registered_scope_lies);
    assert!(moodle.awaits_activation && moodle.registration_names_deployment);
    assert_eq!(moodle.greatest_linked_maximum, Some(100));
    assert_eq!(moodle.score_interval_ms, 1000);
    let blackboard = Family::services_of("blackboard");
    assert!(!blackboard.link_in_new_item && !blackboard.id_in_update);
    assert!(Family::services_of("open-edx").whole_maximum);
    assert_eq!(Family::services_of("schoology").roster_page_most, Some(100));
    assert_eq!(Family::services_of("canvas").storage_frame, Some("post_message_forwarding"));
}

/// The README tells each field of a platform's form in that platform's section, as the set-up page does.
#[test]
fn the_readme_names_every_field_of_every_form() {
    let readme = include_str!("../../../README.md");
    for family in FAMILIES {
        let section = readme
            .split("\n### ")
            .find(|section| family.title.contains(section.split_whitespace().next().unwrap()))
            .unwrap_or_else(|| panic!("README.md has no section for {}", family.title));
        let section = section.split_whitespace().collect::<Vec<_>>().join(" ");
        for field in family.setup.fields {
            let given = match field.value {
                Value::Text(text) => text,
                Value::Home => "Home",
                Value::Pick => "Pick",
                Value::Login => "Login",
                Value::Launch => "Redirect",
                Value::Keys => "Keys",
                Value::Domain => "Laurel's host",
                Value::CanvasDocument => "the printed `…/lti/config/canvas.json?platform=PLATFORM`",
                Value::Custom => "as above",
            };
            let label = field.label.trim_end_matches(" (after saving)");
            let line = format!("*{label}*: {given}");
            assert!(section.contains(&line), "README.md, {}: {line}", family.title);
        }
    }
}
