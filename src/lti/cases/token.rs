//! J01-J36 as far as they are pure. (J02, J03, J31, J33, J34: see `keys`.)

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use jsonwebtoken::Algorithm as Jwt;
use serde_json::{Value, json};

use super::fixture::*;
use crate::{Refusal, keys::KeySet, progress::Check, registration::Algorithm};

/// The code of a launch with another token text.
fn code_of_token(token: &str) -> (&'static str, u16) {
    let outcome = run(|case| case.token = Some(token.to_owned()));
    let refusal = outcome.launch.unwrap_err();
    (refusal.code(), refusal.status())
}

/// A token of P1 with any header and payload text.
fn token(header: &str, payload: &str) -> String {
    signed(&P1_A, Jwt::RS256, header, payload)
}

const HEADER: &str = r#"{"alg":"RS256","kid":"p1-a"}"#;

#[test]
fn j01_a_kid_is_needed() {
    for kid in [Value::Null, json!(""), json!(7)] {
        assert_eq!(code(|case| case.header["kid"] = kid), "lti.jwt.kid_missing");
    }
    assert_eq!(code(|case| without(&mut case.header, "kid")), "lti.jwt.kid_missing");
}

#[test]
fn j02_an_unknown_kid_is_told() {
    assert_eq!(code(|case| case.header["kid"] = "p1-z".into()), "lti.jwt.kid_unknown");
    assert_eq!(code(|case| case.header["kid"] = "P1-A".into()), "lti.jwt.kid_unknown");
}

#[test]
fn j04_j05_expiry() {
    assert_eq!(
        code_with(|payload| {
            payload["iat"] = 11111.into();
            payload["exp"] = 22222.into();
        }),
        "lti.jwt.expired"
    );
    let at = |exp: i64| {
        code_with(|payload| {
            payload["iat"] = (t0().timestamp() - 300).into();
            payload["exp"] = (t0().timestamp() + 5 + exp).into();
        })
    };
    assert_eq!(at(-121), "lti.jwt.expired");
    assert_eq!(at(-120), "lti.jwt.expired", "now < exp + leeway is strict");
    assert_eq!(at(-115), "OK");
    assert_eq!(code_with(|payload| payload["exp"] = json!(1_900_000_300.5)), "OK");
    assert_eq!(code_with(|payload| payload["exp"] = json!(9.0e15)), "OK", "a long life is no fault");
    assert_eq!(
        code_with(|payload| {
            payload["iat"] = 1_900_000_010.into();
            payload["exp"] = 1_900_000_010.into();
        }),
        "lti.jwt.expired",
        "exp must be after iat"
    );
}

#[test]
fn j06_j07_exp_and_iat_are_needed_and_numbers() {
    assert_eq!(code_with(|payload| without(payload, "exp")), "lti.jwt.exp_missing");
    assert_eq!(code_with(|payload| payload["exp"] = Value::Null), "lti.jwt.exp_missing");
    assert_eq!(code_with(|payload| without(payload, "iat")), "lti.jwt.iat_missing");
    for name in ["exp", "iat", "nbf"] {
        let outcome = run(|case| case.payload[name] = "1900000300".into());
        assert_eq!((outcome.code(), outcome.detail()), ("lti.jwt.claim_type", Some(name)));
    }
}

#[test]
fn j08_age() {
    let issued = |ago: i64| {
        code_with(|payload| {
            payload["iat"] = (t0().timestamp() + 5 - ago).into();
            payload["exp"] = (t0().timestamp() + 100).into();
        })
    };
    assert_eq!(issued(3600 + 120 + 1), "lti.jwt.too_old");
    assert_eq!(issued(3600 + 120), "OK");
    assert_eq!(issued(-120), "lti.jwt.expired", "issued in 120 s, so after exp");
    assert_eq!(code_with(|payload| payload["iat"] = (t0().timestamp() + 126).into()), "lti.jwt.iat_future");
    assert_eq!(code_with(|payload| payload["iat"] = (t0().timestamp() + 125).into()), "OK");
}

#[test]
fn j09_not_before() {
    assert_eq!(
        code_with(|payload| payload["nbf"] = (t0().timestamp() + 3600).into()),
        "lti.jwt.not_yet_valid"
    );
    assert_eq!(code_with(|payload| payload["nbf"] = (t0().timestamp() + 5).into()), "OK");
    assert_eq!(code_with(|payload| payload["nbf"] = Value::Null), "OK");
}

#[test]
fn j10_j11_j12_the_signature_covers_everything() {
    let good = token(HEADER, &valid_payload().to_string());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let mut bytes =
        base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, signature).unwrap();
    bytes[100] ^= 1;
    assert_eq!(code_of_token(&format!("{message}.{}", base64(&bytes))), ("lti.jwt.signature_invalid", 401));

    let header = message.split('.').next().unwrap();
    let changed = base64(valid_payload().to_string().replace("u-5f2e", "u-5f2f"));
    assert_eq!(code_of_token(&format!("{header}.{changed}.{signature}")), ("lti.jwt.signature_invalid", 401));

    let unrelated = run(|case| case.signer = &P3_A);
    assert_eq!(unrelated.code(), "lti.jwt.signature_invalid");
    assert!(unrelated.progress.claim_names().is_empty(), "an unsigned claim's name is not believed");
    assert!(unrelated.progress.has_passed(Check::Key) && !unrelated.progress.has_passed(Check::Signature));
}

#[test]
fn j13_no_signature_is_no_algorithm() {
    let message =
        format!("{}.{}", base64(r#"{"alg":"none","kid":"p1-a"}"#), base64(valid_payload().to_string()));
    assert_eq!(code_of_token(&format!("{message}.")), ("lti.jwt.malformed", 400));
    assert_eq!(code_of_token(&format!("{message}.AAAA")), ("lti.jwt.alg_not_allowed", 401));
}

#[test]
fn j13_a_public_key_is_never_a_hmac_secret() {
    for alg in ["HS256", "HS512", "rs256", "None", "EdDSA", "RSA"] {
        assert_eq!(code(|case| case.header["alg"] = alg.into()), "lti.jwt.alg_not_allowed", "{alg}");
    }
}

#[test]
fn j14_algorithms_can_be_widened() {
    for (alg, name, ours) in [
        (Jwt::RS384, "RS384", Algorithm::RS384),
        (Jwt::RS512, "RS512", Algorithm::RS512),
        (Jwt::PS256, "PS256", Algorithm::PS256),
    ] {
        let change = |widened: bool| {
            code(|case| {
                case.alg = alg;
                case.header["alg"] = name.into();
                // A key that is published for RS256 only would not do.
                let mut key = jwk(&P1_A, "p1-a");
                without(&mut key, "alg");
                case.keys = key_set(&[key]);
                if widened {
                    case.registration.switches.id_token_algs.push(ours);
                }
            })
        };
        assert_eq!(change(false), "lti.jwt.alg_not_allowed");
        assert_eq!(change(true), "OK", "{name}");
    }
    let for_rs256_only = run(|case| {
        case.alg = Jwt::RS512;
        case.header["alg"] = "RS512".into();
        case.registration.switches.id_token_algs.push(Algorithm::RS512);
    });
    assert_eq!(for_rs256_only.code(), "lti.jwt.kid_unknown", "the key says RS256");
}

#[test]
fn j14_elliptic_curves_can_be_allowed() {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).unwrap();
    let point = pair.public_key().as_ref();
    let key = json!({"kty": "EC", "crv": "P-256", "kid": "e", "x": base64(&point[1..33]), "y": base64(&point[33..])});
    let mut payload = valid_payload();
    payload["nonce"] = crate::state::nonce_text(&secrets(7).nonce).into();
    let message = format!("{}.{}", base64(r#"{"alg":"ES256","kid":"e"}"#), base64(payload.to_string()));
    let signature = pair.sign(&random, message.as_bytes()).unwrap();
    let token = format!("{message}.{}", base64(signature.as_ref()));
    let change = |allowed: bool| {
        code(|case| {
            case.token = Some(token.clone());
            case.keys = key_set(&[key.clone(), jwk(&P1_A, "p1-a")]);
            if allowed {
                case.registration.switches.id_token_algs.push(Algorithm::ES256);
            }
        })
    };
    assert_eq!(change(false), "lti.jwt.alg_not_allowed");
    assert_eq!(change(true), "OK");
}

#[test]
fn j15_j16_the_header_must_be_plain() {
    assert_eq!(code(|case| without(&mut case.header, "alg")), "lti.jwt.alg_not_allowed");
    assert_eq!(code(|case| case.header["alg"] = 5.into()), "lti.jwt.alg_not_allowed");
    assert_eq!(code(|case| case.header["crit"] = json!(["x"])), "lti.jwt.crit_unsupported");
    assert_eq!(code(|case| case.header["b64"] = false.into()), "lti.jwt.crit_unsupported");
    assert_eq!(code(|case| case.header["typ"] = "at+jwt".into()), "OK");
    assert_eq!(code(|case| case.header["jku"] = "https://evil.example/jwks".into()), "OK", "never used");
}

#[test]
fn j17_j18_issuer() {
    assert_eq!(code_with(|payload| payload["iss"] = p3().issuer.into()), "lti.jwt.iss_mismatch");
    assert_eq!(
        code_with(|payload| payload["iss"] = format!("{}/", p1().issuer).into()),
        "lti.jwt.iss_mismatch"
    );
    assert_eq!(code_with(|payload| without(payload, "iss")), "lti.jwt.iss_mismatch");
    assert_eq!(code_with(|payload| payload["iss"] = 1.into()), "lti.jwt.claim_type");
}

#[test]
fn j19_j20_j21_audience() {
    for aud in [json!("client-xyz"), json!([]), json!(""), Value::Null, json!(["client-xyz"])] {
        assert_eq!(code_with(|payload| payload["aud"] = aud), "lti.jwt.aud_mismatch");
    }
    assert_eq!(code_with(|payload| without(payload, "aud")), "lti.jwt.aud_mismatch");
    for aud in [json!(5), json!({}), json!(["client-abc", 5])] {
        assert_eq!(code_with(|payload| payload["aud"] = aud), "lti.jwt.claim_type");
    }
    assert_eq!(code_with(|payload| payload["aud"] = json!(["client-abc"])), "OK");
    assert_eq!(code_with(|payload| payload["aud"] = json!(["client-abc", "client-abc"])), "OK");
}

#[test]
fn j22_j36_authorized_party() {
    let spied = |trusted: bool, azp: Option<&str>| {
        code(|case| {
            case.payload["aud"] = json!(["client-abc", "spy"]);
            if let Some(azp) = azp {
                case.payload["azp"] = azp.into();
            }
            if trusted {
                case.registration.switches.trusted_audiences = vec!["spy".into()];
            }
        })
    };
    assert_eq!(spied(false, Some("client-abc")), "lti.jwt.aud_untrusted");
    assert_eq!(spied(true, Some("client-abc")), "OK");
    assert_eq!(spied(true, Some("spy")), "lti.jwt.azp_mismatch");
    assert_eq!(spied(true, None), "lti.jwt.azp_missing");
    assert_eq!(code_with(|payload| payload["azp"] = "client-abc".into()), "OK");
    assert_eq!(code_with(|payload| payload["azp"] = "spy".into()), "lti.jwt.azp_mismatch");
    assert_eq!(code_with(|payload| payload["azp"] = 5.into()), "lti.jwt.claim_type");
}

#[test]
fn j23_j25_j26_forms_of_a_token() {
    let good = token(HEADER, "{}");
    for text in [
        "abc",
        "a.b",
        "!!.!!.!!",
        "..",
        "a.b.c.d",
        &format!("{good}="),
        &format!(" {good}"),
        &good.replacen(".e30.", "..", 1),
    ] {
        assert_eq!(code_of_token(text), ("lti.jwt.malformed", 400), "{text}");
    }
    assert_eq!(code_of_token("a.b.c.d.e"), ("lti.jwt.encrypted_unsupported", 400));
    assert_eq!(code_of_token("a.b.c.d.e.f"), ("lti.jwt.malformed", 400));
    assert_eq!(code_of_token(&"a".repeat(256 * 1024 + 1)), ("lti.jwt.too_large", 413));
}

#[test]
fn j23_repeated_members_are_refused() {
    let twice = valid_payload().to_string().replace("\"aud\":", "\"aud\":\"spy\",\"aud\":");
    assert_eq!(code_of_token(&token(HEADER, &twice)), ("lti.jwt.malformed", 400));
    let escaped = valid_payload().to_string().replace("\"aud\":", "\"a\\u0075d\":\"spy\",\"aud\":");
    assert_eq!(code_of_token(&token(HEADER, &escaped)), ("lti.jwt.malformed", 400));
    assert_eq!(
        code_of_token(&token(r#"{"alg":"none","alg":"RS256","kid":"p1-a"}"#, "{}")),
        ("lti.jwt.malformed", 400)
    );
    for payload in ["[]", "5", "null", "\"x\"", "{", "", "{}x", "\u{feff}{}"] {
        let text = format!("{}.{}.AAAA", base64(HEADER), base64(payload));
        assert_eq!(code_of_token(&text), ("lti.jwt.malformed", 400), "{payload}");
    }
    let deep = format!("{{\"x\":{}}}", "[".repeat(100_000));
    assert_eq!(code_of_token(&token(HEADER, &deep)), ("lti.jwt.malformed", 400));
}

#[test]
fn j24_an_unrelated_token_is_refused() {
    assert_eq!(code_of_token(&token("{}", r#"{"name":"badltilaunch"}"#)), ("lti.jwt.alg_not_allowed", 401));
}

#[test]
fn j27_j28_j32_key_sets_are_read_leniently() {
    let second = run(|case| {
        case.signer = &P1_B;
        case.header["kid"] = "p1-b".into();
    });
    assert_eq!(second.code(), "OK");

    let mut plain = jwk(&P1_A, "p1-a");
    without(&mut plain, "alg");
    without(&mut plain, "use");
    assert_eq!(code(|case| case.keys = key_set(std::slice::from_ref(&plain))), "OK");

    let garbage = [
        json!(5),
        json!({"kty": "RSA", "kid": "p1-a"}),
        json!({"kty": "oct", "k": "AA"}),
        json!(null),
        plain,
    ];
    assert_eq!(code(|case| case.keys = key_set(&garbage)), "OK");
}

#[test]
fn j27_a_repeated_kid_is_tried_at_most_four_times() {
    let mut keys = vec![jwk(&P1_B, "p1-a"); 3];
    keys.push(jwk(&P1_A, "p1-a"));
    assert_eq!(code(|case| case.keys = key_set(&keys)), "OK");
    keys.insert(0, jwk(&P3_A, "p1-a"));
    assert_eq!(code(|case| case.keys = key_set(&keys)), "lti.jwt.signature_invalid");
}

#[test]
fn j29_keys_for_other_uses_do_not_count() {
    for (name, value) in [("use", json!("enc")), ("key_ops", json!(["sign"])), ("alg", json!("RS512"))] {
        let mut key = jwk(&P1_A, "p1-a");
        key[name] = value;
        assert_eq!(code(|case| case.keys = key_set(&[key])), "lti.jwt.kid_unknown", "{name}");
    }
    let mut key = jwk(&P1_A, "p1-a");
    key["key_ops"] = json!(["verify"]);
    assert_eq!(code(|case| case.keys = key_set(&[key])), "OK");
}

#[test]
fn j30_weak_keys_are_unusable() {
    let weak = json!({"kty": "RSA", "kid": "p1-a", "n": base64([0xc5; 128]), "e": "AQAB"});
    assert_eq!(code(|case| case.keys = key_set(&[weak])), "lti.jwt.key_unusable");
    let huge = json!({"kty": "RSA", "kid": "p1-a", "n": base64([0xc5; 2000]), "e": "AQAB"});
    assert_eq!(code(|case| case.keys = key_set(&[huge])), "lti.jwt.key_unusable");
}

#[test]
fn j35_a_typed_in_key_needs_no_kid() {
    let inline = |kid: Option<&str>, inline_keys: bool| {
        code(|case| {
            case.registration.inline_keys = inline_keys;
            case.keys = KeySet::from_pem(&P1_A.public_pem()).unwrap();
            match kid {
                Some(kid) => case.header["kid"] = kid.into(),
                None => without(&mut case.header, "kid"),
            }
        })
    };
    assert_eq!(inline(None, true), "OK");
    assert_eq!(inline(Some("whatever"), true), "OK");
    assert_eq!(inline(None, false), "lti.jwt.kid_missing");
    let with_jwks = code(|case| {
        case.registration.inline_keys = true;
        without(&mut case.header, "kid");
    });
    assert_eq!(with_jwks, "lti.jwt.kid_missing", "a key set names its keys");
}

#[test]
fn o01_every_check_is_recorded_in_order() {
    let outcome = run(|_| {});
    let checks = outcome.progress.checks();
    assert_eq!(checks.len(), 32);
    assert!(checks.is_sorted(), "{checks:?}");
    assert!(outcome.progress.check_names().eq(checks.iter().map(|check| check.name())));
    assert!(checks.iter().all(|check| Check::named(check.name()) == Some(*check)));
    assert!(outcome.progress.claim_names().iter().any(|name| name == "sub"));

    let refused = run(|case| case.payload["aud"] = "spy".into());
    assert_eq!(refused.progress.checks().last(), Some(&Check::Issuer));
    assert!(refused.progress.claim_names().iter().any(|name| name == "aud"));
}

#[test]
fn o02_a_refusal_tells_names_not_values() {
    for outcome in [
        run(|case| case.payload["aud"] = "secret-value".into()),
        run(|case| case.payload[crate::claims::VERSION] = "secret-value".into()),
        run(|case| case.payload[crate::claims::CONTEXT] = "secret-value".into()),
    ] {
        let refusal: Refusal = outcome.launch.unwrap_err();
        assert!(!format!("{refusal} {refusal:?} {:?}", outcome.progress).contains("secret-value"));
    }
}
