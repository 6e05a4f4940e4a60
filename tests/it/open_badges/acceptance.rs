//! What verifiers that do not run here are documented to ask for (`spec/verifiers.md`), asserted on documents as served:
//! 1EdTech's validator (Java), the way of `VerifierPlus` with pictures, and the traps that others were found to have.

use laurel::domain::award::manual::{self, EvidenceIn};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Issued, TestApp, decision, definition, document, get, person, request};

const GRACE: &str = "grace@campus.example";

/// A published badge whose texts would trip whoever reads JSON by eye.
async fn awkward(test: &TestApp) -> (Issued, Value) {
    let mut words = definition("Machine {Room} Safety }}");
    words.criteria_narrative = "Write `fn main() {` &quot;and&quot; &lt; close it later.".to_owned();
    words.validity_days = Some(365);
    let version = test.define(test.issuer.id, "awkward", words).await;
    let new = manual::NewAward {
        narrative: Some("A lone { and \\\" } in a text.".to_owned()),
        evidence: vec![EvidenceIn {
            url: Some("https://campus.example/log/1?a=1&b=%7B".to_owned()),
            name: Some("Log }".to_owned()),
            narrative: None,
        }],
        ..decision(version, person(GRACE))
    };
    let made = manual::create(&test.app, &test.operator(), new).await.unwrap();
    let issued = test.issued(made.id).await;
    let served = test.publish(&issued).await;
    (issued, served)
}

/// Every object below, with its path.
fn objects<'a>(value: &'a Value, path: &str, found: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(members) => {
            found.push((path.to_owned(), value));
            members.iter().for_each(|(name, inner)| objects(inner, &format!("{path}/{name}"), found));
        }
        Value::Array(items) => items.iter().for_each(|item| objects(item, path, found)),
        _ => {}
    }
}

fn has_type(value: &Value, word: &str) -> bool {
    value["type"] == json!(word) || value["type"].as_array().is_some_and(|all| all.contains(&json!(word)))
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} in {value:#}"))
}

/// §3, probe by probe, and §0.
#[tokio::test]
async fn the_probes_of_1edtechs_validator_find_what_they_look_for() {
    let test = TestApp::new().await;
    let (issued, served) = awkward(&test).await;
    // ContextPropertyProbe goes by position; the third context stands there if and only if its terms are used.
    assert_eq!(served["@context"][0], "https://www.w3.org/ns/credentials/v2");
    assert_eq!(served["@context"][1], "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json");
    assert!(served.get("credentialSchema").is_some());
    assert_eq!(served["@context"][2], "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json");
    assert_eq!(served["@context"].as_array().unwrap().len(), 3);
    // TypePropertyProbe, CredentialSubjectProbe, EvidenceProbe, IssuerProbe.
    assert!(has_type(&served, "VerifiableCredential") && has_type(&served, "OpenBadgeCredential"));
    let subject = &served["credentialSubject"];
    assert!(subject.is_object() && has_type(subject, "AchievementSubject"));
    assert!(subject.get("id").is_some() || !subject["identifier"].as_array().unwrap().is_empty());
    assert!(subject["identifier"].as_array().unwrap().iter().all(|entry| entry["type"] == "IdentityObject"));
    let criteria = &subject["achievement"]["criteria"];
    assert!(criteria["id"].is_string() && criteria["narrative"].is_string());
    assert!(served["evidence"].as_array().unwrap().iter().all(|piece| has_type(piece, "Evidence")));
    assert!(has_type(&served["issuer"], "Profile"), "an object, never a bare address");
    for entry in served["issuer"]["otherIdentifier"].as_array().into_iter().flatten() {
        assert_eq!(entry["type"], "IdentifierEntry");
    }
    // EmbeddedProofProbe: the first proof counts; a multibase fragment must stand behind the issuer's own id; the DID has
    // a path, because it mis-reads a port without one.
    let proof = &served["proof"][0];
    let (controller, fragment) = text(proof, "/verificationMethod").split_once('#').unwrap();
    assert_eq!(
        (controller, &proof["proofPurpose"]),
        (text(&served, "/issuer/id"), &json!("assertionMethod"))
    );
    assert!(fragment.starts_with("z6Mk"));
    assert!(controller.matches(':').count() > 2, "did:web with a path: {controller}");
    // RevocationListProbe, BitstringStatusListProbe.
    let status = &served["credentialStatus"];
    assert!(status.is_object() && status["id"].is_string() && status["id"] != status["statusListCredential"]);
    assert_eq!(
        (&status["type"], &status["statusPurpose"]),
        (&json!("BitstringStatusListEntry"), &json!("revocation"))
    );
    let list = document(&test.list_address()).await;
    assert_eq!(list["@context"][0], "https://www.w3.org/ns/credentials/v2");
    assert_eq!(list["credentialSubject"]["statusPurpose"], status["statusPurpose"], "a string, not an array");
    let bits = open_badges::status_list::Bits::decode(text(&list, "/credentialSubject/encodedList")).unwrap();
    assert!(bits.size() >= 131_072);
    assert!(
        list["proof"].is_array() || list["proof"].is_object(),
        "DCC takes a list with an embedded proof only"
    );
    // ExpirationProbe, IssuanceProbe: no leeway, no fraction.
    for name in ["/validFrom", "/validUntil", "/proof/0/created"] {
        let at = text(&served, name);
        assert!(at.len() == 20 && at.ends_with('Z'), "{name}: {at}");
    }
    assert!(
        text(&served, "/validFrom").parse::<chrono::DateTime<chrono::Utc>>().unwrap() <= test.clock.now()
    );
    // Arrays and single values just where the strict schema has them, and Image with nothing but a caption.
    for name in ["evidence", "credentialSchema", "proof"] {
        assert!(served[name].is_array(), "{name}");
    }
    let mut all = Vec::new();
    objects(&served, "", &mut all);
    for (path, value) in all {
        if value["type"] == json!("Image") {
            let others = value
                .as_object()
                .unwrap()
                .keys()
                .filter(|name| !["id", "type", "caption"].contains(&name.as_str()));
            assert_eq!(others.count(), 0, "{path}");
        }
    }
    // GraphFetcherProbe, 2.0: each document at its own address, without a redirect; ids of a form it takes.
    let assertion = document(&issued.assertion).await;
    for address in
        [text(&assertion, "/id"), text(&assertion, "/badge"), &test.did_address(), &test.list_address()]
    {
        assert_eq!(get(address).await.status, 200, "{address}");
        assert!(address.starts_with("http"));
    }
    assert_eq!(assertion["@context"], "https://w3id.org/openbadges/v2");
}

/// §4: the form of a DID document that all of them take.
#[tokio::test]
async fn the_did_document_has_the_form_that_all_of_them_take() {
    let test = TestApp::new().await;
    let (_, served) = awkward(&test).await;
    let answer =
        request(Method::GET, &test.did_address(), &[("origin", "https://verifierplus.example")], None).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, "*"));
    assert!(answer.header("content-type").contains("json"));
    let controller = answer.json();
    assert_eq!(controller["@context"][0], "https://www.w3.org/ns/did/v1", "exactly this, and first");
    assert_eq!(controller["id"], served["issuer"]["id"]);
    for (method, name) in controller["verificationMethod"]
        .as_array()
        .unwrap()
        .iter()
        .zip(controller["assertionMethod"].as_array().unwrap())
    {
        assert_eq!(&method["id"], name, "a string, in full");
        assert!(text(method, "/id").starts_with(text(&controller, "/id")));
        assert_eq!((&method["controller"], &method["type"]), (&controller["id"], &json!("Multikey")));
        assert!(text(method, "/publicKeyMultibase").starts_with("z6Mk"));
        assert!(method.get("publicKeyJwk").is_none());
    }
    // §2: what is fetched goes through a decoder of HTML entities before it is parsed.
    for address in [test.did_address(), test.list_address()] {
        assert!(!get(&address).await.text().contains('&'), "{address}");
    }
}

/// §2: `VerifierPlus` looks for the word, then for the first brace, and counts braces without regard to texts.
#[tokio::test]
async fn a_badge_is_cut_out_of_its_picture_by_counting_braces() {
    let test = TestApp::new().await;
    let (issued, served) = awkward(&test).await;
    let picture = get(&issued.picture).await.body;
    let at = |bytes: &[u8], word: &[u8]| bytes.windows(word.len()).position(|window| window == word).unwrap();
    let rest = &picture[at(&picture, b"openbadgecredential")..];
    let rest = &rest[at(rest, b"{")..];
    let mut depth = 0;
    let end = rest.iter().position(|byte| {
        depth += i32::from(*byte == b'{') - i32::from(*byte == b'}');
        depth == 0
    });
    let found: Value = serde_json::from_slice(&rest[..=end.unwrap()]).unwrap();
    assert_eq!(found, served);
    assert!(text(&found, "/credentialSubject/narrative").contains("A lone {"), "the text itself is whole");
    // openbadgeslib takes 256 KiB at most (§6).
    assert!(served.to_string().len() < 256 * 1024);
}
