//! Issuers' keys: DID documents, rotation, two issuers on one origin, and that no private key is ever seen (cases OB065–OB070).

use std::path::Path;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use laurel::{
    domain::{
        issuer,
        verify::{Source, credential},
    },
    store::{Effect, Engine, issuer as rows},
    vault::Purpose,
};
use open_badges::{
    proof::eddsa_rdfc,
    verify::{State, Verdict},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, TestApp, definition, document, get, request};
use crate::{
    judges,
    support::{database, log::Log},
};

const GRACE: &str = "grace@campus.example";

fn methods(document: &Value) -> Vec<String> {
    let methods = document["verificationMethod"].as_array().unwrap();
    methods.iter().map(|method| method["id"].as_str().unwrap().to_owned()).collect()
}

/// OB065: `did.json` answers 200 without redirect, with the DID as `id` and controller, absolute ids and CORS.
/// OB066: a port stands in the DID as `%3A`, and the DID resolves.
#[tokio::test]
async fn ob065_ob066_the_did_document_is_where_and_what_resolvers_expect() {
    let test = TestApp::new().await;
    let issued = test.badge_for(GRACE).await;
    let port = test.base.rsplit(':').next().unwrap();
    let did = format!("did:web:localhost%3A{port}:i:campus");
    assert_eq!(issued.document["issuer"]["id"], json!(did), "OB066");
    assert_eq!(
        open_badges::did::document_url(&did, true).unwrap().as_str(),
        test.did_address(),
        "OB066: resolves"
    );
    for accept in
        ["application/did+json", "application/json", "application/did+ld+json, application/json", "*/*"]
    {
        let answer = request(Method::GET, &test.did_address(), &[("accept", accept)], None).await;
        assert_eq!(answer.status, 200, "OB065: no redirect");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "OB065");
        assert!(answer.header("content-type").starts_with("application/"), "{accept}");
        let document = answer.json();
        assert_eq!(document["@context"][0], "https://www.w3.org/ns/did/v1");
        assert_eq!(document["id"], json!(did), "OB065");
        let [method] = document["verificationMethod"].as_array().unwrap().as_slice() else {
            panic!("{document}")
        };
        let key = method["publicKeyMultibase"].as_str().unwrap();
        assert_eq!(method["id"], json!(format!("{did}#{key}")), "OB065: absolute");
        assert_eq!((&method["type"], &method["controller"]), (&json!("Multikey"), &json!(did)), "OB065");
        assert_eq!(document["assertionMethod"], json!([method["id"]]), "OB065: strings");
        assert_eq!(issued.document["proof"][0]["verificationMethod"], method["id"]);
    }
}

/// OB067: both methods are listed, the new key signs, and both credentials verify.
#[tokio::test]
async fn ob067_after_a_rotation_old_and_new_credentials_verify() {
    let test = TestApp::new().await;
    let version = test.achievement("Safety").await;
    let old = test.award(version, GRACE).await;
    let before = methods(&document(&test.did_address()).await);
    let list = document(&test.list_address()).await;
    test.advance(60);
    issuer::rotate_key(&test.app, &test.operator(), test.issuer.id).await.unwrap();
    let new = test.award(version, "emmy@campus.example").await;
    let after = methods(&document(&test.did_address()).await);
    assert_eq!((before.len(), after.len()), (1, 2), "both are listed");
    assert!(after.contains(&before[0]));
    let used = |document: &Value| document["proof"][0]["verificationMethod"].as_str().unwrap().to_owned();
    assert_eq!(used(&old.document), before[0]);
    assert!(used(&new.document) != before[0] && after.contains(&used(&new.document)), "the new key signs");
    test.app.caches.forget(&Effect::Everything);
    assert_ne!(used(&document(&test.list_address()).await), used(&list), "the list too");
    for issued in [&old, &new] {
        let report = test.verify(&issued.document).await;
        assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
    }
    let requests = [&old, &new].map(|issued| {
        json!({ "credential": issued.document, "checkStatus": true, "now": test.clock.now().to_rfc3339() })
    });
    for report in judges::digital_bazaar(&requests).await.unwrap_or_default() {
        assert_eq!((&report["verified"], &report["statusOk"]), (&json!(true), &json!(true)), "{report:#}");
    }
}

/// OB069: DIDs, keys and lists differ; A's credential signed by B's key fails at the controller.
#[tokio::test]
async fn ob069_two_issuers_of_one_origin_share_nothing() {
    let test = TestApp::new().await;
    let other = test.another_issuer("other", None).await;
    let ours = test.badge_for(GRACE).await;
    let version = test.define(other.id, "safety", definition("Safety")).await;
    let theirs = test.award(version, GRACE).await;
    let member = |document: &Value, path: &str| document.pointer(path).unwrap().as_str().unwrap().to_owned();
    for path in ["/issuer/id", "/proof/0/verificationMethod", "/credentialStatus/statusListCredential"] {
        assert_ne!(member(&ours.document, path), member(&theirs.document, path), "{path}");
    }
    let dids = [test.did_address(), test.at("/i/other/did.json")];
    let [a, b] = [document(&dids[0]).await, document(&dids[1]).await];
    assert!(methods(&a).iter().all(|method| !methods(&b).contains(method)));
    assert_eq!(test.verify(&theirs.document).await.verdict, Verdict::Valid);
    assert_ne!(ours.assertion.split("/ob2/").next(), theirs.assertion.split("/ob2/").next());
    // A's document under B's address is not there.
    let moved = ours.assertion.replace("/i/campus/", "/i/other/");
    assert_eq!(get(&moved).await.status, 404);

    // A credential with A's id, signed by B's key.
    let key = rows::active_key(test.app.store.read(), test.organization, other.id).await.unwrap().unwrap();
    let key = issuer::open_key(&test.app, &key).unwrap();
    let mut unsigned = ours.document.clone();
    unsigned.as_object_mut().unwrap().shift_remove("proof");
    let (their_method, our_method) = (
        member(&theirs.document, "/proof/0/verificationMethod"),
        member(&ours.document, "/proof/0/verificationMethod"),
    );
    assert!(
        eddsa_rdfc::sign(&unsigned, &key, &our_method, test.clock.now()).is_err(),
        "no key signs under another's name"
    );
    let signed = eddsa_rdfc::sign(&unsigned, &key, &their_method, test.clock.now()).unwrap();
    let mut renamed = signed.clone();
    renamed["proof"][0]["verificationMethod"] = json!(our_method);
    for (method, forged) in [(&their_method, signed), (&our_method, renamed)] {
        for report in [
            test.verify(&forged).await,
            credential(&test.app, forged.to_string().as_bytes(), None, Source::Network).await,
            credential(&test.app, forged.to_string().as_bytes(), None, Source::Records).await,
        ] {
            assert_eq!(report.verdict, Verdict::Invalid, "{method}: {report:#?}");
            if method == &their_method {
                let check = report.check("ob.proof.controller").unwrap_or_else(|| panic!("{report:#?}"));
                assert_eq!(check.state, State::Fail);
            }
        }
        let request = json!({ "credential": forged, "now": test.clock.now().to_rfc3339() });
        if let Some(reports) = judges::digital_bazaar(&[request]).await {
            assert_eq!(reports[0]["verified"], json!(false));
        }
    }
}

/// The forms in which a seed could slip out.
fn forms(seed: &[u8]) -> Vec<Vec<u8>> {
    let hex: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
    vec![
        seed.to_vec(),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
        STANDARD_NO_PAD.encode(seed).into_bytes(),
        URL_SAFE_NO_PAD.encode(seed).into_bytes(),
        format!("{seed:?}").into_bytes(),
        format!("{seed:?}").replace(' ', "").into_bytes(),
    ]
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Every file below.
fn files(folder: &Path, found: &mut Vec<Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(std::fs::read(&path).unwrap());
        }
    }
}

/// OB070: no issuer's private key is in an answer, a mail, a log line, a file or a `Debug` text.
#[tokio::test]
async fn ob070_private_keys_are_nowhere_to_be_read() {
    let log = Log::start();
    let test = TestApp::new().await;
    let issued = test.badge_for(GRACE).await;
    test.publish(&issued).await;
    issuer::rotate_key(&test.app, &test.operator(), test.issuer.id).await.unwrap();
    let version = test.achievement("Another").await;
    test.award(version, GRACE).await;
    test.run_jobs().await;
    test.launch(&[]).await.assert_ok("OB070");
    let keys = rows::keys(test.app.store.read(), test.organization, test.issuer.id).await.unwrap();
    assert_eq!(keys.len(), 2);
    let seeds: Vec<Vec<u8>> = keys
        .iter()
        .map(|key| {
            let seed = test.app.vault.open(Purpose::IssuerKey, &key.sealed_private, key.id.0.as_bytes());
            seed.unwrap().to_vec()
        })
        .collect();

    let answers: Vec<Answer> = {
        let claim = [
            issued.claim.clone(),
            format!("{}/badge.png", issued.claim),
            format!("{}/credential.json", issued.claim),
        ];
        let paths = [
            "/",
            "/i/campus/did.json",
            "/i/campus/ob2",
            "/i/campus/status/1",
            "/metrics",
            "/health/ready",
            "/docs",
        ];
        let api = ["/api/v1/issuers", &format!("/api/v1/issuers/{}", test.issuer.id), "/api/v1/keys"]
            .map(str::to_owned);
        let mut answers = Vec::new();
        for url in
            claim.into_iter().chain([issued.assertion, issued.credential, issued.picture, issued.share])
        {
            answers.push(get(&url).await);
        }
        for path in paths.map(str::to_owned).into_iter().chain(api) {
            let bearer = format!("Bearer {}", test.api_key);
            answers.push(request(Method::GET, &test.at(&path), &[("authorization", &bearer)], None).await);
        }
        answers
    };
    // SQLite keeps its file beside the test; on PostgreSQL the rows are the same sealed bytes.
    let mut kept = vec![format!("{keys:?}").into_bytes()];
    if database::engine() == Engine::Sqlite {
        files(test.database().folder().unwrap(), &mut kept);
        assert!(
            kept.iter().any(|file| holds(file, keys[0].public_multibase.as_bytes())),
            "the files were read"
        );
    }
    let logged = log.bytes();
    assert!(
        holds(&logged, b"request"),
        "the log was heard: {} {}",
        logged.len(),
        String::from_utf8_lossy(&logged[..logged.len().min(300)])
    );
    for seed in &seeds {
        for form in forms(seed) {
            assert!(answers.iter().all(|answer| !holds(&answer.body, &form)), "in an answer");
            assert!(test.mails().iter().all(|mail| !holds(&mail.bytes, &form)), "in a mail");
            assert!(kept.iter().all(|file| !holds(file, &form)), "in the database");
            assert!(!holds(&logged, &form), "in the log");
        }
    }
    let open = issuer::open_key(&test.app, &keys[0]).unwrap();
    assert!(!holds(format!("{open:?}").as_bytes(), format!("{:?}", &seeds[0][..8]).as_bytes()), "in Debug");
}
