//! The catalogue of §24: every code with its status, no more and no fewer.

use std::io::Write as _;

use crate::refusal::{CATALOGUE, Refusal};

/// As §24 lists them. `lti.dr.*`, `lti.token.*`, `lti.ags.*` and `lti.nrps.*` have their statuses where a
/// person waits.
const EXPECTED: &[(u16, &[&str])] = &[
    (200, &["lti.dl.no_acceptable_type", "lti.migrate.sign_invalid", "lti.pns.duplicate"]),
    (
        400,
        &[
            "lti.dl.return_url_invalid",
            "lti.dl.settings_missing",
            "lti.dl.too_many_items",
            "lti.dr.config_invalid",
            "lti.dr.config_url_invalid",
            "lti.dr.issuer_mismatch",
            "lti.dr.missing_parameter",
            "lti.dr.ticket_invalid",
            "lti.dr.unsupported_platform",
            "lti.jwt.claim_type",
            "lti.jwt.encrypted_unsupported",
            "lti.jwt.malformed",
            "lti.launch.duplicate_parameter",
            "lti.launch.malformed_form",
            "lti.launch.state_missing",
            "lti.launch.token_missing",
            "lti.login.ambiguous_registration",
            "lti.login.duplicate_parameter",
            "lti.login.malformed",
            "lti.login.missing_parameter",
            "lti.login.target_not_allowed",
            "lti.msg.claim_type",
            "lti.msg.context_invalid",
            "lti.msg.deployment_missing",
            "lti.msg.resource_link_missing",
            "lti.msg.roles_missing",
            "lti.msg.sub_invalid",
            "lti.msg.target_link_uri_mismatch",
            "lti.msg.target_link_uri_missing",
            "lti.msg.target_link_uri_not_allowed",
            "lti.msg.type_missing",
            "lti.msg.type_unsupported",
            "lti.msg.user_missing",
            "lti.msg.version_missing",
            "lti.msg.version_unsupported",
            "lti.net.blocked_address",
            "lti.pns.malformed",
            "lti.pns.notice_missing",
            "lti.sr.for_user_missing",
            "lti.sr.lineitem_missing",
        ],
    ),
    (
        401,
        &[
            "lti.jwt.alg_not_allowed",
            "lti.jwt.aud_mismatch",
            "lti.jwt.aud_untrusted",
            "lti.jwt.azp_mismatch",
            "lti.jwt.azp_missing",
            "lti.jwt.crit_unsupported",
            "lti.jwt.exp_missing",
            "lti.jwt.expired",
            "lti.jwt.iat_future",
            "lti.jwt.iat_missing",
            "lti.jwt.iss_mismatch",
            "lti.jwt.key_unusable",
            "lti.jwt.kid_missing",
            "lti.jwt.kid_unknown",
            "lti.jwt.nonce_mismatch",
            "lti.jwt.nonce_missing",
            "lti.jwt.nonce_replayed",
            "lti.jwt.not_yet_valid",
            "lti.jwt.signature_invalid",
            "lti.jwt.too_old",
            "lti.launch.browser_unbound",
            "lti.launch.platform_error",
            "lti.launch.state_browser_mismatch",
            "lti.launch.state_expired",
            "lti.launch.state_invalid",
            "lti.launch.state_replayed",
            "lti.msg.deployment_mismatch",
        ],
    ),
    (
        403,
        &[
            "lti.dl.not_permitted",
            "lti.login.registration_disabled",
            "lti.login.unknown_registration",
            "lti.msg.deployment_disabled",
            "lti.msg.deployment_unknown",
            "lti.sr.not_permitted",
        ],
    ),
    (405, &["lti.launch.method_not_allowed", "lti.login.method_not_allowed"]),
    (409, &["lti.dr.already_registered"]),
    (413, &["lti.jwt.too_large", "lti.launch.malformed_form"]),
    (415, &["lti.launch.unsupported_media_type", "lti.login.unsupported_media_type"]),
    (
        502,
        &[
            "lti.ags.invalid_response",
            "lti.ags.not_found",
            "lti.ags.paging",
            "lti.ags.rejected",
            "lti.ags.scope_not_granted",
            "lti.ags.superseded",
            "lti.dr.config_unreachable",
            "lti.dr.rejected",
            "lti.dr.response_invalid",
            "lti.nrps.invalid_response",
            "lti.nrps.paging",
            "lti.nrps.scope_not_granted",
            "lti.token.invalid_response",
            "lti.token.refused",
            "lti.token.scope_insufficient",
        ],
    ),
    (
        503,
        &["lti.ags.unavailable", "lti.jwt.jwks_unavailable", "lti.nrps.unavailable", "lti.token.unreachable"],
    ),
];

/// What §24 does not foresee: registering for notices can fail too.
const BEYOND: [(&str, u16); 2] = [("lti.pns.scope_not_granted", 502), ("lti.pns.unavailable", 503)];

#[test]
fn the_catalogue_is_that_of_section_24() {
    let mut expected: Vec<(&str, u16)> =
        EXPECTED.iter().flat_map(|(status, codes)| codes.iter().map(|code| (*code, *status))).collect();
    // One code with two statuses: "400 (413 if too large)".
    assert!(expected.contains(&("lti.launch.malformed_form", 400)));
    expected.extend(BEYOND);
    expected.sort_unstable();
    let mut ours = CATALOGUE.to_vec();
    ours.sort_unstable();
    assert_eq!(ours, expected);
}

#[test]
fn every_code_of_the_specification_is_ours() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/spec/lti-1.3-tool.md");
    let Ok(spec) = std::fs::read_to_string(path) else {
        // Past the harness, which shows only what failing tests print.
        let _ = writeln!(std::io::stderr(), "skipped: no ../shared/spec beside this repository");
        return;
    };
    let catalogue = spec.split("## 24. Error catalogue").nth(1).unwrap().split("## 25.").next().unwrap();
    let mut seen = 0;
    for row in catalogue.lines().filter(|line| line.starts_with("| `lti.")) {
        let mut family = "";
        for code in row.split('`').skip(1).step_by(2) {
            let code = match code.strip_suffix(".*") {
                Some(named) => {
                    family = named;
                    continue;
                }
                None if code.starts_with("lti.") => code.to_owned(),
                None => format!("{family}.{code}"),
            };
            assert!(CATALOGUE.iter().any(|(known, _)| *known == code), "{code} is missing");
            seen += 1;
        }
    }
    assert!(seen > 80, "read only {seen} codes");
}

#[test]
fn what_a_platform_says_is_a_detail_never_a_sentence() {
    let answer = crate::refusal::PlatformAnswer { error: "invalid_client".into(), description: None };
    let refusal = Refusal::DrRejected(answer);
    assert_eq!((refusal.code(), refusal.status()), ("lti.dr.rejected", 502));
    assert_eq!(refusal.detail(), Some("invalid_client"));
    assert!(!refusal.sentence().contains("invalid_client"));
}
