//! Section 14, X13-X17: migration from LTI 1.1.

use serde_json::{Value, json};

use super::fixture::*;
use crate::{
    Launch,
    claims::*,
    migration::{Judgement, KnownKey, OldIds, sign},
    refusal::Refusal,
};

const SECRET: &str = "s3cr3t-legacy";
const KNOWN: Option<KnownKey<'static>> = Some(KnownKey { secret: SECRET, is_bound: false });
const BOUND: Option<KnownKey<'static>> = Some(KnownKey { secret: SECRET, is_bound: true });

/// A launch of this login that says what it was in LTI 1.1, signed as §22 says.
fn migrated(change: impl FnOnce(&mut Value)) -> Launch {
    good(|payload| {
        // The fixture's login has the nonce of 16 bytes of 7.
        let nonce = base64([7; 16]);
        let base = format!("key-77&dep-9&https://lms.campus.example&client-abc&1900000300&{nonce}");
        payload[LTI1P1] = json!({
            "user_id": "old-u", "oauth_consumer_key": "key-77", "oauth_consumer_key_sign": sign(&base, SECRET),
            "context_id": "old-c", "resource_link_id": "old-rl", "tool_consumer_instance_guid": "old-guid"
        });
        change(payload);
    })
}

fn judged(launch: &Launch, key: Option<KnownKey<'_>>) -> Judgement {
    launch.legacy.as_ref().unwrap().judge(key, launch)
}

fn void() -> Judgement {
    Judgement::Void(Refusal::MigrateSignInvalid)
}

/// X17: both golden vectors of §22 give their exact Base64.
#[test]
fn x17_both_golden_vectors() {
    for (base, secret, signature) in [
        (
            "179248902&689302&https://lmsvendor.com&PM48OJSfGDTAzAo&1551290856&172we8671fd8z",
            "my-lti11-secret",
            "lWd54kFo5qU7xshAna6v8BwoBm6tmUjc6GTax6+12ps=",
        ),
        (
            "key-77&dep-9&https://lms.campus.example&client-abc&1900000300&n-0001",
            "s3cr3t-legacy",
            "6XSzxLI1F81vwaAJ2o/Y+0AncT5Dy5uCQ2zhPWh1oGI=",
        ),
    ] {
        assert_eq!(sign(base, secret), signature);
    }
}

/// X13: a valid signature proves the old user, context and link.
#[test]
fn x13_a_good_signature_proves_the_whole_claim() {
    let launch = migrated(|_| {});
    assert_eq!(launch.legacy.as_ref().unwrap().consumer_key.as_deref(), Some("key-77"));
    let proven = Judgement::Proven(OldIds {
        user_id: Some("old-u".into()),
        context_id: Some("old-c".into()),
        resource_link_id: Some("old-rl".into()),
        instance_guid: Some("old-guid".into()),
    });
    assert_eq!(judged(&launch, KNOWN), proven);
    assert_eq!(judged(&launch, BOUND), proven);
    assert!(!format!("{:?}", launch.legacy).contains("old-u"), "O02");
}

#[test]
fn x13_an_expiry_written_as_a_fraction_counts_whole() {
    let launch = migrated(|payload| payload["exp"] = json!(1_900_000_300.0));
    assert!(matches!(judged(&launch, KNOWN), Judgement::Proven(_)));
}

/// X14: with a wrong signature the launch is good, nothing of the claim counts, and there is a code to warn
/// with.
#[test]
fn x14_a_wrong_signature_voids_the_claim_and_not_the_launch() {
    let wrong = |signature: Value| migrated(|payload| payload[LTI1P1]["oauth_consumer_key_sign"] = signature);
    let right = migrated(|_| {});
    for signature in [
        "",
        "x",
        "6XSzxLI1F81vwaAJ2o/Y+0AncT5Dy5uCQ2zhPWh1oGI=",
        "lWd54kFo5qU7xshAna6v8BwoBm6tmUjc6GTax6+12ps",
        "AAAA",
    ] {
        assert_eq!(judged(&wrong(signature.into()), KNOWN), void(), "{signature}");
    }
    assert_eq!(judged(&wrong(Value::Null), KNOWN), void(), "missing");
    assert_eq!(judged(&right, Some(KnownKey { secret: "another", is_bound: false })), void());
    // Every part of the text is signed.
    for change in [
        |payload: &mut Value| payload[LTI1P1]["oauth_consumer_key"] = "key-78".into(),
        |payload: &mut Value| payload["exp"] = 1_900_000_301.into(),
        |payload: &mut Value| payload["exp"] = 1_900_000_299.into(),
    ] {
        assert_eq!(judged(&migrated(change), KNOWN), void());
    }
    assert_eq!(
        (Refusal::MigrateSignInvalid.code(), Refusal::MigrateSignInvalid.status()),
        ("lti.migrate.sign_invalid", 200)
    );
}

#[test]
fn x14_a_bound_deployment_may_name_its_old_users_unsigned() {
    let unsigned = |payload: &mut Value| without(&mut payload[LTI1P1], "oauth_consumer_key_sign");
    assert_eq!(judged(&migrated(unsigned), BOUND), Judgement::UserOnly("old-u".into()));
    let nobody = migrated(|payload| {
        unsigned(payload);
        without(&mut payload[LTI1P1], "user_id");
    });
    assert_eq!(judged(&nobody, BOUND), Judgement::Nothing);
    let wrong = migrated(|payload| payload[LTI1P1]["oauth_consumer_key_sign"] = "x".into());
    assert_eq!(judged(&wrong, BOUND), void(), "wrong is worse than missing");
}

/// X15: a claim with an unknown consumer key is ignored.
#[test]
fn x15_an_unknown_key_says_nothing() {
    assert_eq!(judged(&migrated(|_| {}), None), Judgement::Nothing);
    let keyless = migrated(|payload| without(&mut payload[LTI1P1], "oauth_consumer_key"));
    assert_eq!(judged(&keyless, KNOWN), Judgement::Nothing);
}

/// X16: without `user_id` and with a valid signature the old id is the `sub`.
#[test]
fn x16_what_is_not_named_was_the_same() {
    let launch = migrated(|payload| {
        let claim = &payload[LTI1P1];
        payload[LTI1P1] = json!({
            "oauth_consumer_key": "key-77", "oauth_consumer_key_sign": claim["oauth_consumer_key_sign"]
        });
    });
    assert_eq!(
        judged(&launch, KNOWN),
        Judgement::Proven(OldIds {
            user_id: Some("u-5f2e".into()),
            context_id: Some("c-77".into()),
            resource_link_id: Some("rl-301".into()),
            instance_guid: None,
        })
    );
    let courseless = migrated(|payload| without(payload, CONTEXT));
    let Judgement::Proven(ids) = judged(&courseless, KNOWN) else { panic!("proven") };
    assert_eq!(ids.context_id, None, "no course, nothing to attach");
}

#[test]
fn a_broken_claim_never_stops_a_launch() {
    for broken in [json!("x"), json!(5), json!([1]), json!(null), json!([])] {
        assert_eq!(good(|payload| payload[LTI1P1] = broken).legacy, None);
    }
    let odd = good(|payload| {
        payload[LTI1P1] = json!({"user_id": 5, "oauth_consumer_key": {}, "context_id": "a\0b"});
    });
    let legacy = odd.legacy.unwrap();
    assert_eq!((legacy.user_id, legacy.consumer_key, legacy.context_id), (None, None, None));
    // Canvas and Brightspace name the old user beside the claim, or alone.
    let alone = good(|payload| payload[LEGACY_USER_ID] = "canvas-u".into()).legacy.unwrap();
    assert_eq!((alone.user_id.as_deref(), alone.consumer_key), (Some("canvas-u"), None));
    let both = migrated(|payload| payload[LEGACY_USER_ID] = "canvas-u".into()).legacy.unwrap();
    assert_eq!(both.user_id.as_deref(), Some("old-u"));
}

#[test]
fn a_new_claim_is_news_and_a_new_signature_is_not() {
    let digest = |change: fn(&mut Value)| migrated(change).digest();
    let same = digest(|payload| payload[LTI1P1]["oauth_consumer_key_sign"] = "other".into());
    assert_eq!(digest(|_| {}), same);
    assert_ne!(same, digest(|payload| payload[LTI1P1]["user_id"] = "older-u".into()));
    assert_ne!(same, good(|_| {}).digest());
}
