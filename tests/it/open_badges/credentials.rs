//! Open Badges 3.0 credentials as served, and other people's judgement of them (cases OB030–OB055 but OB038–OB042).

use laurel::domain::award::manual::{self, EvidenceIn};
use open_badges::verify::{State, Verdict};
use serde_json::{Value, json};

use super::{TestApp, decision, definition, document, get, person, sha256};
use crate::judges;

const GRACE: &str = "grace@campus.example";

/// An award that uses everything a document may hold, published.
async fn rich(test: &TestApp) -> (super::Issued, Value) {
    let mut words = definition("Machine Room Safety");
    words.validity_days = Some(36_500);
    words.alignments = vec![laurel::domain::achievement::Alignment {
        target_name: "Work safely".to_owned(),
        target_url: "http://data.europa.eu/esco/skill/1".to_owned(),
        target_framework: Some("ESCO".to_owned()),
        target_code: Some("S1.2".to_owned()),
        target_type: Some("ext:ESCOSkill".to_owned()),
    }];
    let version = test.define(test.issuer.id, "safety", words).await;
    let new = manual::NewAward {
        narrative: Some("Worked a whole term without a scratch.".to_owned()),
        evidence: vec![EvidenceIn {
            url: Some("https://campus.example/log/1".to_owned()),
            name: Some("Log".to_owned()),
            narrative: Some("Hour by hour.".to_owned()),
        }],
        ..decision(version, person(GRACE))
    };
    let made = manual::create(&test.app, &test.operator(), new).await.unwrap();
    let issued = test.issued(made.id).await;
    let served = test.publish(&issued).await;
    (issued, served)
}

/// Sets the clock to a day that is past for those judges who cannot be told the time.
pub(super) async fn in_our_days(test: &TestApp) {
    let day: chrono::DateTime<chrono::Utc> = "2026-01-05T12:00:00Z".parse().unwrap();
    test.clock.advance(day - test.clock.now());
    laurel::domain::issuer::rotate_key(&test.app, &test.operator(), test.issuer.id).await.unwrap();
}

/// A request to the node judge, as of the test's time.
fn ask(test: &TestApp, credential: &Value) -> Value {
    json!({ "credential": credential, "checkStatus": true, "now": test.clock.now().to_rfc3339() })
}

/// Every string of the document with its path.
fn leaves(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                leaves(value, &format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                leaves(value, &format!("{path}/{at}"), found);
            }
        }
        _ => found.push(path.to_owned()),
    }
}

/// The value with one letter (or truth, or number) changed.
fn changed(value: &Value) -> Value {
    match value {
        Value::String(text) => {
            let last = text.chars().next_back().unwrap();
            let other = if last == 'x' { 'y' } else { 'x' };
            let keep = text.len() - last.len_utf8();
            json!(format!("{}{other}", &text[..keep]))
        }
        Value::Bool(is) => json!(!is),
        Value::Number(number) => json!(number.as_i64().unwrap() + 1),
        other => panic!("{other}"),
    }
}

fn is_text(value: &Value, path: &str, names: &[&str]) {
    match value {
        Value::Object(members) => {
            for (name, inner) in members {
                let here = format!("{path}/{name}");
                if name == "type" {
                    assert_eq!(
                        inner.is_string(),
                        names.iter().any(|own| path.ends_with(own)),
                        "OB037 {here}: {inner}"
                    );
                }
                is_text(inner, &here, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| is_text(item, path, names)),
        _ => {}
    }
}

/// OB030: exactly three contexts, in their order.
/// OB032: its types. OB033: the issuer is a Profile with DID and name.
/// OB034: `validFrom` is the assertion's `issuedOn` and not after the signing.
/// OB035: `validUntil` is its `expires`, absent when there is none.
/// OB036: no subject id, the same hash and salt as in 2.0, no address in clear.
/// OB037: types are strings where the schema says so and arrays elsewhere.
/// OB043: one status object whose index fits the list that its address answers.
/// OB044: one `credentialSchema`. OB045: one `eddsa-rdfc-2022` proof by a key of the issuer's DID.
#[tokio::test]
async fn ob030_ob032_ob033_ob034_ob035_ob036_ob037_ob043_ob044_ob045_the_served_credential_has_its_form() {
    let test = TestApp::new().await;
    let (issued, served) = rich(&test).await;
    assert_eq!(
        served["@context"],
        json!([
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
            "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
        ]),
        "OB030"
    );
    assert_eq!(served["id"], json!(issued.credential));
    assert_eq!(served["type"], json!(["VerifiableCredential", "OpenBadgeCredential"]), "OB032");
    let did = served["issuer"]["id"].as_str().unwrap();
    assert!(did.starts_with("did:web:"), "OB033");
    assert_eq!(
        (&served["issuer"]["type"], &served["issuer"]["name"]),
        (&json!(["Profile"]), &json!("Campus"))
    );

    let assertion = document(&issued.assertion).await;
    assert_eq!(served["validFrom"], assertion["issuedOn"], "OB034");
    assert!(served["validUntil"].is_string(), "OB035");
    assert_eq!(served["validUntil"], assertion["expires"], "OB035");
    let signed_at: chrono::DateTime<chrono::Utc> =
        served["proof"][0]["created"].as_str().unwrap().parse().unwrap();
    let from: chrono::DateTime<chrono::Utc> = served["validFrom"].as_str().unwrap().parse().unwrap();
    assert!(from <= signed_at && signed_at <= test.clock.now(), "OB034");

    let subject = &served["credentialSubject"];
    assert!(subject.get("id").is_none(), "OB036: an address is no subject");
    let identity = &subject["identifier"][0];
    assert_eq!(identity["identityType"], "emailAddress", "OB036");
    assert_eq!(
        (&identity["identityHash"], &identity["salt"]),
        (&assertion["recipient"]["identity"], &assertion["recipient"]["salt"])
    );
    let salted = format!("{GRACE}{}", identity["salt"].as_str().unwrap());
    assert_eq!(identity["identityHash"], format!("sha256${}", sha256(&salted)), "OB036");
    let bytes = get(&issued.credential).await.text();
    assert!(!bytes.contains(GRACE) && !bytes.contains("Grace"), "OB036: nothing in clear");
    is_text(
        &served,
        "",
        &["identifier", "otherIdentifier", "image", "credentialStatus", "credentialSchema", "proof"],
    );

    let status = &served["credentialStatus"];
    assert_eq!(status["statusListIndex"], json!(issued.index.to_string()), "OB043");
    assert_eq!(status["statusListCredential"], json!(test.list_address()), "OB043");
    assert_ne!(status["id"], status["statusListCredential"], "OB043");
    assert!(status.is_object() && status["statusListIndex"].is_string(), "OB043: {status}");
    let list = document(status["statusListCredential"].as_str().unwrap()).await;
    let encoded = list["credentialSubject"]["encodedList"].as_str().unwrap();
    let length = open_badges::status_list::Bits::decode(encoded).unwrap().size();
    assert!(u64::from(issued.index) < length, "OB043: {} of {length}", issued.index);
    assert_eq!(
        served["credentialSchema"],
        json!([{
            "id": "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json",
            "type": "1EdTechJsonSchemaValidator2019",
        }]),
        "OB044"
    );
    let [proof] = served["proof"].as_array().unwrap().as_slice() else { panic!("OB045: one proof") };
    assert_eq!(
        (&proof["type"], &proof["cryptosuite"]),
        (&json!("DataIntegrityProof"), &json!("eddsa-rdfc-2022"))
    );
    assert_eq!(proof["proofPurpose"], "assertionMethod");
    assert!(proof["verificationMethod"].as_str().unwrap().starts_with(&format!("{did}#z6Mk")), "OB045");
    assert!(proof["created"].as_str().unwrap().ends_with('Z'), "OB045");
    let endless = test.badge_for("emmy@campus.example").await;
    assert!(test.publish(&endless).await.get("validUntil").is_none(), "OB035");
}

/// OB031: the strict, the relaxed and the W3C schema pass.
/// OB046: different libraries verify it, under each of the texts that context 3.0.3 has had.
#[tokio::test]
async fn ob031_ob046_other_peoples_libraries_accept_it_under_all_texts_of_the_context() {
    let test = TestApp::new().await;
    in_our_days(&test).await;
    let (_, served) = rich(&test).await;
    let plain = test.badge_for("emmy@campus.example").await;
    let plain = test.publish(&plain).await;
    let mut requests: Vec<Value> = [&served, &plain].map(|credential| ask(&test, credential)).into();
    for text in ["", "-published", "-dcc-2.1.0"] {
        if let Some(file) = judges::spec_file(&format!("contexts/ob-v3p0-context-3.0.3{text}.json")) {
            for credential in [&served, &plain] {
                let mut request = ask(&test, credential);
                request["contexts303"] = json!(file);
                requests.push(request);
            }
        }
    }
    let schemas = [
        "ob_v3p0_achievementcredential_schema.json",
        "schemas/ob-v3p0-achievementcredential-relaxed.schema.json",
        "schemas/vc-v2-credential.schema.json",
    ];
    for file in schemas.into_iter().filter_map(judges::spec_file) {
        for credential in [&served, &plain] {
            let mut request = ask(&test, credential);
            request["schema"] = json!(file);
            requests.push(request);
        }
    }
    if let Some(reports) = judges::digital_bazaar(&requests).await {
        for (request, report) in requests.iter().zip(reports) {
            let about = format!("{} {}: {report:#}", request["contexts303"], request["schema"]);
            assert_eq!(
                (&report["verified"], &report["statusOk"]),
                (&json!(true), &json!(true)),
                "OB046 {about}"
            );
            if request.get("schema").is_some() {
                assert_eq!(report["schemaErrors"], json!([]), "OB031 {about}");
            }
        }
    }
    let requests = [&served, &plain].map(|credential| json!({ "credential": credential }));
    if let Some(reports) = judges::openbadgeslib(&requests).await {
        for report in reports {
            assert_eq!(report["valid"], json!(true), "OB046, another library: {report:#}");
        }
    }
    if let Some(reports) = judges::verifier_core(&[&served, &plain].map(with_schema)).await {
        for report in reports {
            assert_eq!(report["steps"], passed(true), "OB046, VerifierPlus and the wallet: {report:#}");
            assert_eq!(report["errors"], json!([]), "OB046: {report:#}");
            if judges::spec_file(STRICT).is_some() {
                assert_eq!(report["schema"], json!([]), "OB031: {report:#}");
            }
        }
    }
}

const STRICT: &str = "ob_v3p0_achievementcredential_schema.json";

/// A request to `verifier-core`, which looks a credential's schema up.
fn with_schema(credential: &Value) -> Value {
    let documents = judges::spec_file(STRICT).map(|file| {
        let schema: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        json!({ (open_badges::credential::SCHEMA): schema })
    });
    json!({ "credential": credential, "documents": documents })
}

/// What `verifier-core` says of a good badge. No registry knows the issuer, which is not ours to mend.
fn passed(is_current: bool) -> Value {
    json!({
        "valid_signature": true,
        "expiration": true,
        "revocation_status": is_current,
        "registered_issuer": false,
    })
}

/// OB047: with one letter changed, or one member left out, it does not verify.
#[tokio::test]
async fn ob047_every_single_change_is_seen() {
    let test = TestApp::new().await;
    let (_, served) = rich(&test).await;
    let resolved = super::resolve(&served).await;
    // Another issuer's name leads nowhere: then it is not known, which is not good either.
    let is_refused = |verdict| matches!(verdict, Verdict::Invalid | Verdict::Unknown);
    let judge = |credential: &Value| {
        open_badges::verify::credential(credential, &resolved, test.clock.now(), None).verdict
    };
    assert_eq!(judge(&served), Verdict::Valid);
    let mut paths = Vec::new();
    leaves(&served, "", &mut paths);
    assert!(paths.len() > 50, "{paths:?}");
    let mut mutants = Vec::new();
    for path in &paths {
        let mut mutant = served.clone();
        let place = mutant.pointer_mut(path).unwrap();
        *place = changed(place);
        assert!(is_refused(judge(&mutant)), "{path}");
        mutants.push(mutant);
        // Left out altogether: nothing is said twice, so everything is missed.
        let (parent, name) = path.rsplit_once('/').unwrap();
        let mut mutant = served.clone();
        match mutant.pointer_mut(parent).unwrap() {
            Value::Object(members) => drop(members.shift_remove(name)),
            Value::Array(items) => drop(items.remove(name.parse().unwrap())),
            other => panic!("{other}"),
        }
        assert!(is_refused(judge(&mutant)), "without {path}");
        mutants.push(mutant);
    }
    let requests: Vec<Value> = mutants
        .iter()
        .map(|mutant| json!({ "credential": mutant, "now": test.clock.now().to_rfc3339() }))
        .collect();
    if let Some(reports) = judges::digital_bazaar(&requests).await {
        // Each path has two mutants: changed, and left out.
        for (at, report) in reports.iter().enumerate() {
            let path = &paths[at / 2];
            // It takes a proof without `created`, and reads no status unless asked (verifiers.md §1).
            let is_tolerated = at % 2 == 1 && path == "/proof/0/created";
            assert!(report["verified"] == json!(false) || is_tolerated, "OB047 {path} {at}");
        }
    }
}

/// OB048: members in another order, with other white space, verify.
/// OB049: a single type instead of an array of one verifies too; only the strict schema minds.
#[tokio::test]
async fn ob048_ob049_order_space_and_single_values_are_the_same_graph() {
    let test = TestApp::new().await;
    let (_, served) = rich(&test).await;
    fn reversed(value: &Value) -> Value {
        match value {
            Value::Object(members) => {
                members.iter().rev().map(|(name, value)| (name.clone(), reversed(value))).collect()
            }
            // The order of an array means something in `@context` alone.
            Value::Array(items) => items.iter().map(reversed).collect(),
            other => other.clone(),
        }
    }
    let turned: Value =
        serde_json::from_str(&serde_json::to_string_pretty(&reversed(&served)).unwrap()).unwrap();
    assert_ne!(turned.to_string(), served.to_string());
    assert_eq!(test.verify(&turned).await.verdict, Verdict::Valid, "OB048");
    let mut single = served.clone();
    assert_eq!(single["credentialSubject"]["type"], json!(["AchievementSubject"]));
    single["credentialSubject"]["type"] = json!("AchievementSubject");
    let report = test.verify(&single).await;
    assert_eq!(report.check("ob.proof.value").unwrap().state, State::Pass, "OB049: {report:#?}");
    let Some(strict) = judges::spec_file("ob_v3p0_achievementcredential_schema.json") else { return };
    let mut requests = [ask(&test, &turned), ask(&test, &single)];
    requests[1]["schema"] = json!(strict);
    if let Some(reports) = judges::digital_bazaar(&requests).await {
        assert_eq!(
            (&reports[0]["verified"], &reports[1]["verified"]),
            (&json!(true), &json!(true)),
            "{reports:?}"
        );
        assert_ne!(reports[1]["schemaErrors"], json!([]), "OB049: the strict schema minds");
    }
}

/// OB055: emoji, combining marks, quotes, backslashes, U+2028, tabs and line breaks verify with several verifiers.
#[tokio::test]
async fn ob055_hostile_names_verify_everywhere() {
    let test = TestApp::new().await;
    in_our_days(&test).await;
    let mut published = Vec::new();
    for (at, name) in [
        "Zoe\u{308} 🦀👩\u{200d}🔬 \u{1F3F4}\u{E0067}\u{E0062}",
        "\"quoted\" 'and' \\back\\slashed\\n <b>&amp;</b>",
        "one\u{2028}two\u{2029}three",
        "مرحبا \u{202e}reversed\u{202c} \u{feff}",
        "_:b0 <urn:x> \"x\"@en ^^<y> . # {} [] |",
    ]
    .iter()
    .enumerate()
    {
        let mut words = definition(name);
        words.criteria_narrative = format!("Line one\n\n\ttabbed {name}\r\nlast \\u0041 ]]>");
        words.description = format!("About {name}");
        let version = test.define(test.issuer.id, &format!("odd-{at}"), words).await;
        let new = manual::NewAward {
            narrative: Some(format!("For {name}\n\tindeed")),
            ..decision(version, person(GRACE))
        };
        let made = manual::create(&test.app, &test.operator(), new).await.unwrap();
        let issued = test.issued(made.id).await;
        let served = test.publish(&issued).await;
        assert_eq!(served["credentialSubject"]["achievement"]["name"], json!(name), "kept as given");
        let report = test.verify(&served).await;
        assert_eq!(report.verdict, Verdict::Valid, "{name}: {report:#?}");
        published.push(served);
    }
    let requests: Vec<Value> = published.iter().map(|credential| ask(&test, credential)).collect();
    if let Some(reports) = judges::digital_bazaar(&requests).await {
        for (credential, report) in published.iter().zip(reports) {
            assert_eq!(report["verified"], json!(true), "{}: {report:#}", credential["name"]);
        }
    }
    let requests: Vec<Value> =
        published.iter().map(|credential| json!({ "credential": credential })).collect();
    if let Some(reports) = judges::openbadgeslib(&requests).await {
        for (credential, report) in published.iter().zip(reports) {
            assert_eq!(report["valid"], json!(true), "{}: {report:#}", credential["name"]);
        }
    }
    if let Some(reports) = judges::verifier_core(&requests).await {
        for (credential, report) in published.iter().zip(reports) {
            assert_eq!(report["steps"], passed(true), "{}: {report:#}", credential["name"]);
        }
    }
}

/// OB075, judged by the verifier that wallets run.
#[tokio::test]
async fn ob075_the_wallet_s_verifier_sees_a_revocation() {
    let test = TestApp::new().await;
    in_our_days(&test).await;
    let issued = test.badge_for(GRACE).await;
    let request = [json!({ "credential": test.publish(&issued).await })];
    test.revoke(issued.id, "Given in error").await;
    if let Some(reports) = judges::verifier_core(&request).await {
        assert_eq!(reports[0]["steps"], passed(false), "{reports:?}");
    }
}

#[tokio::test]
async fn evidence_cannot_take_the_place_of_something_else_in_the_badge() {
    let test = TestApp::new().await;
    let version = test.define(test.issuer.id, "safety", definition("Safety")).await;
    let piece =
        |url: &str| EvidenceIn { url: Some(url.to_owned()), name: Some("Log".to_owned()), narrative: None };
    let log = "https://campus.example/log/1";
    let achievement = test.at(&format!("/i/campus/achievements/{version}"));
    let before = test.count("award").await;
    for evidence in [vec![piece(log), piece(log)], vec![piece(&achievement)]] {
        let new = manual::NewAward { evidence, ..decision(version, person(GRACE)) };
        let refused = manual::create(&test.app, &test.operator(), new).await.unwrap_err();
        assert_eq!((refused.code(), refused.field()), ("evidence.repeated", Some("evidence")), "{refused}");
        assert!(refused.message().contains("already"), "{}", refused.message());
    }
    assert_eq!(test.count("award").await, before);
}
