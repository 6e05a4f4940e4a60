//! Each bend does what it says, and nothing else.

use aws_lc_rs::signature;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{BADGE, CLIENT, campus, part};
use crate::{
    Options, Practice, ToolRegistration,
    bend::{Bend, Change, Signer},
    claims, demo, fields,
};

async fn lms() -> Practice {
    Practice::start(Options { key_name: "p1".to_owned(), ..Options::default() }).await.unwrap()
}

fn claims(lms: &Practice) -> Value {
    let tool =
        ToolRegistration::new(CLIENT, "https://t.example/l", "https://t.example/r", "https://t.example/");
    lms.valid_claims(&tool, "nonce-1")
}

/// Whether the signature is right by the key of this kid.
fn signed_by(lms: &Practice, token: &str, kid: &str, algorithm: &'static signature::RsaParameters) -> bool {
    let jwk = lms.keys().material(kid).jwk(kid);
    let number = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let key = signature::RsaPublicKeyComponents { n: number("n"), e: number("e") };
    key.verify(algorithm, signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).is_ok()
}

fn rs256(lms: &Practice, token: &str, kid: &str) -> bool {
    signed_by(lms, token, kid, &signature::RSA_PKCS1_2048_8192_SHA256)
}

#[tokio::test]
async fn a_straight_token_has_exactly_these_claims() {
    let lms = lms().await;
    let claims = claims(&lms);
    let token = lms.mint(&claims);
    assert_eq!(part(&token, 0), json!({"alg": "RS256", "typ": "JWT", "kid": "p1-a"}));
    assert_eq!(part(&token, 1), claims);
    assert!(rs256(&lms, &token, "p1-a"));
}

#[tokio::test]
async fn header_and_payload_bends_are_signed_over() {
    let lms = lms().await;
    let claims = claims(&lms);
    let bent = |bends: &[Bend]| {
        let token = lms.mint_bent(&claims, bends);
        assert!(rs256(&lms, &token, "p1-a"), "{bends:?}");
        token
    };
    assert!(part(&bent(&[Bend::drop_header("kid")]), 0).get("kid").is_none(), "J01");
    assert_eq!(part(&bent(&[Bend::header("kid", "nobody's")]), 0)["kid"], "nobody's", "J02");
    assert_eq!(part(&bent(&[Bend::claim("exp", 22222), Bend::claim("iat", 11111)]), 1)["exp"], 22222, "J04");
    assert!(part(&bent(&[Bend::drop_header("alg")]), 0).get("alg").is_none(), "J15");
    assert_eq!(part(&bent(&[Bend::header("crit", json!(["x"]))]), 0)["crit"][0], "x", "J16");
    let renamed = claims::ROLES.replace("claim", "Claim");
    let swapped = bent(&[Bend::drop_claim(claims::ROLES), Bend::claim(&renamed, json!([]))]);
    assert!(part(&swapped, 1).get(claims::ROLES).is_none(), "M29");
    let other = bent(&[Bend::Payload(Change::replace(json!({"name": "badltilaunch"})))]);
    assert_eq!(part(&other, 1), json!({"name": "badltilaunch"}), "J24");
    let empty = bent(&[Bend::Header(Change::replace(json!({})))]);
    assert!(empty.starts_with("e30."), "J24: an empty header object");
    assert!(bent(&[Bend::oversized(262_145)]).len() > 262_144, "J26");
    let twice = bent(&[Bend::repeat_claim("sub", "evil"), Bend::repeat_header("alg", "none")]);
    let text = |index| {
        let part = twice.split('.').nth(index).unwrap();
        String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    assert!(
        text(1).starts_with(r#"{"sub":"evil","#) && text(1).matches("\"sub\":").count() == 2,
        "{}",
        text(1)
    );
    assert!(
        text(0).starts_with(r#"{"alg":"none","#) && text(0).matches("\"alg\":").count() == 2,
        "{}",
        text(0)
    );
    let raw =
        bent(&[Bend::PayloadText(Change::new("an array", |text: &mut String| *text = "[]".to_owned()))]);
    assert_eq!(part(&raw, 1), json!([]));
}

#[tokio::test]
async fn signature_bends_break_or_replace_the_signature() {
    let lms = lms().await;
    let claims = claims(&lms);
    let bent = |bend: Bend| lms.mint_bent(&claims, &[bend]);
    let flipped = bent(Bend::flipped_signature());
    assert_eq!(part(&flipped, 1), claims);
    assert!(!rs256(&lms, &flipped, "p1-a"), "J10");
    let changed = bent(Bend::claim_after_signing("sub", "evil"));
    assert_eq!(part(&changed, 1)["sub"], "evil");
    assert_eq!(
        changed.rsplit_once('.').unwrap().1,
        lms.mint(&claims).rsplit_once('.').unwrap().1,
        "J11: old signature"
    );
    let stranger = bent(Bend::Signer(Signer::Stranger));
    assert_eq!(part(&stranger, 0)["kid"], "p1-a", "J12");
    assert!(!rs256(&lms, &stranger, "p1-a") && rs256(&lms, &stranger, "a stranger"));
    let second = bent(Bend::Signer(Signer::Key("p1-b".to_owned())));
    assert_eq!(part(&second, 0)["kid"], "p1-b", "J27");
    assert!(rs256(&lms, &second, "p1-b"));
    let unsigned = bent(Bend::unsigned());
    assert_eq!(part(&unsigned, 0)["alg"], "none");
    assert!(unsigned.ends_with('.') && unsigned.matches('.').count() == 2, "J13");
    let long = bent(Bend::Algorithm("RS512"));
    assert_eq!(part(&long, 0)["alg"], "RS512");
    assert!(signed_by(&lms, &long, "p1-a", &signature::RSA_PKCS1_2048_8192_SHA512), "J14");
    let secret = bent(Bend::Signer(Signer::PublicKeyAsSecret));
    assert_eq!(part(&secret, 0)["alg"], "HS256");
    let pem = lms.keys().material("p1-a").public_pem().unwrap();
    let key = jsonwebtoken::DecodingKey::from_secret(pem.as_bytes());
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::HS256);
    validation.validate_aud = false;
    jsonwebtoken::decode::<Value>(&secret, &key, &validation).expect("HS256 over the PEM is right");
    jsonwebtoken::DecodingKey::from_rsa_pem(pem.as_bytes()).expect("the PEM is a public key");
}

#[tokio::test]
async fn the_weak_and_the_elliptic_key_sign_rightly() {
    let lms = lms().await;
    let claims = claims(&lms);
    let weak = lms.mint_bent(&claims, &[Bend::Signer(Signer::Weak("p1-weak".to_owned()))]);
    lms.keys().publish_weak("p1-weak");
    assert_eq!(part(&weak, 0)["kid"], "p1-weak");
    assert!(
        signed_by(&lms, &weak, "p1-weak", &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        "J30"
    );
    assert_eq!(
        URL_SAFE_NO_PAD.decode(lms.keys().material("p1-weak").jwk("x")["n"].as_str().unwrap()).unwrap().len(),
        128
    );
    let curve = lms.mint_bent(&claims, &[Bend::Signer(Signer::Elliptic("p1-ec".to_owned()))]);
    lms.keys().publish_elliptic("p1-ec");
    let jwk: jsonwebtoken::jwk::Jwk =
        serde_json::from_value(lms.keys().material("p1-ec").jwk("p1-ec")).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
    validation.validate_aud = false;
    let key = jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap();
    jsonwebtoken::decode::<Value>(&curve, &key, &validation).expect("ES256 is right");
}

#[tokio::test]
async fn token_text_bends_change_the_shape() {
    let lms = lms().await;
    let claims = claims(&lms);
    let bent = |bend: Bend| lms.mint_bent(&claims, &[bend]);
    assert_eq!(bent(Bend::five_parts()).split('.').count(), 5, "J25");
    assert_eq!(bent(Bend::token("abc")), "abc", "J23");
    for part in 0..3 {
        let padded = bent(Bend::padded(part));
        let parts: Vec<&str> = padded.split('.').collect();
        assert!(parts.len() == 3 && parts[part].ends_with('='), "J23: padding in part {part}");
    }
}

#[tokio::test]
async fn answer_bends_change_what_is_posted_to_the_tool() {
    let (lms, tool, browser) = campus().await;
    let cases = [
        (vec![Bend::drop_answer("state")], 401, "state"),
        (vec![Bend::set_answer("state", "forged")], 401, "state"),
        (vec![Bend::drop_answer("id_token")], 400, "no token"),
        (vec![Bend::error_answer("login_required", "Nobody is here")], 401, "platform error: login_required"),
        (vec![Bend::Signer(Signer::Stranger)], 401, "InvalidSignature"),
        (vec![Bend::header("kid", "nobody's")], 401, "unknown kid"),
    ];
    for (bends, status, text) in cases {
        let outcome = browser.launch_bent(&lms, demo::GRACE, BADGE, &bends).await.unwrap();
        assert_eq!(outcome.status(), status, "{bends:?}: {}", outcome.page.text());
        assert!(outcome.contains(text), "{bends:?}: {}", outcome.page.text());
        assert_eq!(outcome.answer.as_ref().map(|page| page.status), Some(status), "{bends:?}");
    }
    assert!(tool.launches().is_empty());
    let extra = [Bend::set_answer("session_state", "x"), Bend::add_answer("lti_storage_target", "_parent")];
    let outcome = browser.launch_bent(&lms, demo::GRACE, BADGE, &extra).await.unwrap();
    assert_eq!(outcome.status(), 200, "S18");
    let sent = &outcome.delivery().unwrap().fields;
    assert_eq!(fields::first(sent, "session_state"), Some("x"));
    let twice = [Bend::add_answer("state", "second")];
    let outcome = browser.launch_bent(&lms, demo::GRACE, BADGE, &twice).await.unwrap();
    assert_eq!(fields::repeated(&outcome.delivery().unwrap().fields), Some("state"));
}

#[tokio::test]
async fn login_bends_change_what_is_sent_to_the_tool() {
    let (lms, tool, browser) = campus().await;
    let outcome =
        browser.launch_bent(&lms, demo::GRACE, BADGE, &[Bend::drop_login("login_hint")]).await.unwrap();
    assert_eq!(outcome.status(), 400, "the tool misses it");
    assert!(outcome.answer.is_none(), "the launch never came to the tool's launch address");
    let odd = r#"+ / = & % # " é {"a":1}"#;
    for bend in [Bend::set_login("login_hint", odd), Bend::set_login("lti_message_hint", odd)] {
        let outcome = browser.launch_bent(&lms, demo::GRACE, BADGE, &[bend]).await.unwrap();
        assert_eq!(outcome.status(), 200, "L03: odd hints come back intact");
    }
    let outcome =
        browser.launch_bent(&lms, demo::GRACE, BADGE, &[Bend::drop_login("lti_message_hint")]).await.unwrap();
    assert_eq!(outcome.status(), 200, "L04: a platform without message hints");
    let outcome = browser
        .launch_bent(&lms, demo::GRACE, BADGE, &[Bend::set_login("lti_message_hint", "")])
        .await
        .unwrap();
    assert_eq!(outcome.status(), 200, "L05: present and empty");
    let twice = [Bend::add_login("iss", "https://other.example")];
    browser.launch_bent(&lms, demo::GRACE, BADGE, &twice).await.unwrap();
    assert_eq!(fields::repeated(&tool.logins().pop().unwrap().1), Some("iss"));
}
