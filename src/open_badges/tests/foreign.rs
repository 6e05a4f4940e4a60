//! Section F of the conformance cases: judging what others made, from the published vectors and worked examples.

use std::collections::HashMap;

use serde_json::json;

use super::verifying::{judge, list_url, now, state};
use super::*;
use crate::did;
use crate::proof::eddsa_rdfc;
use crate::verify::{Resolved, State, Verdict};

#[test]
fn ob102_ob103_the_worked_examples_are_judged() {
    let Some(lists) = shared("worked-examples/statuslist-credential.json") else { return };
    let resolved = Resolved {
        documents: HashMap::from([(
            DID.to_owned(),
            shared("worked-examples/ob3-did-document.json").unwrap(),
        )]),
        status_lists: HashMap::from([(list_url(), lists)]),
    };
    for (name, verdict) in [
        ("", Verdict::Valid),
        ("-wallet-bound", Verdict::Valid),
        ("-two-proofs", Verdict::Valid),
        ("-minimal", Verdict::Valid),
        ("-revoked", Verdict::Revoked),
    ] {
        let document = shared(&format!("worked-examples/ob3-credential{name}.json")).unwrap();
        let report = judge(&document, &resolved);
        assert_eq!(report.verdict, verdict, "{name}: {report:#?}");
    }
}

/// The issuers of the validator's fixtures name their keys in the fragment; their controller documents are made up here.
fn fixture_documents(document: &Value) -> Resolved {
    let mut resolved = Resolved::default();
    let mut add = |document: &Value| {
        let Some(issuer) = eddsa_rdfc::issuer_id(document) else { return };
        for proof in eddsa_rdfc::proofs(document) {
            let method = proof["verificationMethod"].as_str().unwrap_or_default();
            if let Some(key) = method.strip_prefix(issuer).and_then(|rest| rest.strip_prefix('#')) {
                resolved.documents.insert(issuer.to_owned(), did::document(issuer, &[key], &[]));
            }
        }
    };
    add(document);
    document["endorsement"].as_array().into_iter().flatten().for_each(add);
    resolved
}

#[test]
fn other_peoples_signatures_hold() {
    let Some(file) = shared("vectors/validator-ob30-fixtures.json") else { return };
    for (name, verdict) in [
        ("simple.json", Verdict::Valid),
        ("simple-multiple-proofs.json", Verdict::Valid),
        ("simple-context-version.json", Verdict::Valid),
        ("simple-context-alias.json", Verdict::Valid),
        // Their lists are out of reach here.
        ("bit-string-list/credential-status-revoked.json", Verdict::Unknown),
        ("bit-string-list/credential-status-revoked-blank-nodes.json", Verdict::Unknown),
    ] {
        let document = &file["files"][name]["json"];
        let report = judge(document, &fixture_documents(document));
        assert_eq!(state(&report, "ob.proof.value"), Some(State::Pass), "{name}: {report:#?}");
        assert_eq!(report.verdict, verdict, "{name}: {report:#?}");
    }
    let endorsement = &file["files"]["endorsement-valid.json"]["json"];
    eddsa_rdfc::verify(
        endorsement,
        &fixture_documents(endorsement).documents["https://state.gov/issuers/565049"],
        now(),
    )
    .unwrap();
}

#[test]
fn ob099_the_older_model_and_suite_are_read() {
    let Some(file) = shared("vectors/validator-ob30-fixtures.json") else { return };
    let document = &file["files"]["simple_v1.json"]["json"];
    let report = judge(document, &fixture_documents(document));
    assert_eq!(state(&report, "ob.context"), Some(State::Warn));
    assert_eq!(state(&report, "ob.proof.value"), Some(State::Pass), "{report:#?}");
    assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
    let Some(vectors) = shared("vectors/w3c-eddsa.json") else { return };
    let vector = &vectors["Ed25519Signature2020/alumni"];
    let signed = &vector["signed"];
    let controller = {
        let method = signed["proof"]["verificationMethod"].as_str().unwrap();
        let (key, issuer) = (method.rsplit('#').next().unwrap(), signed["issuer"].as_str().unwrap());
        json!({
            "id": issuer,
            "assertionMethod": [{"id": method, "type": "Multikey", "controller": issuer, "publicKeyMultibase": key}],
        })
    };
    eddsa_rdfc::verify(signed, &controller, now()).unwrap();
}

#[test]
fn ob105_every_faulty_fixture_fails_by_name() {
    let Some(file) = shared("vectors/validator-ob30-fixtures.json") else { return };
    for (name, check) in [
        ("context", "ob.context"),
        ("type", "ob.type"),
        ("issuer", "ob.issuer"),
        ("issuer-type", "ob.issuer"),
        ("issuer-otheridentifier-type", "ob.issuer"),
        ("issuer-parentorg-type", "ob.issuer"),
        ("credential-subject-type", "ob.subject"),
        ("credential-subject-identifier-type", "ob.subject"),
        ("credential-subject-profile-type", "ob.subject"),
        ("credential-subject-result-type", "ob.subject"),
        ("credential-subject-achievement-result-description-type", "ob.achievement"),
        ("evidence-type", "ob.evidence"),
        ("proof-method-no-scheme", "ob.proof.key"),
        ("proof-method-unknown-did-method", "ob.proof.key"),
        ("proof-method-unknown-scheme", "ob.proof.key"),
        ("proof-method", "ob.proof.key"),
        ("proof-value", "ob.proof.value"),
    ] {
        let document = &file["files"][format!("simple-err-{name}.json")]["json"];
        assert!(document.is_object(), "{name}");
        let report = judge(document, &fixture_documents(document));
        assert_eq!(report.verdict, Verdict::Invalid, "{name}");
        assert_eq!(state(&report, check), Some(State::Fail), "{name}: {report:#?}");
    }
    let document = &file["files"]["simple-err-expired.json"]["json"];
    assert_eq!(judge(document, &fixture_documents(document)).verdict, Verdict::Expired);
    let document = &file["files"]["simple-err-issued.json"]["json"];
    assert_ne!(judge(document, &fixture_documents(document)).verdict, Verdict::Valid);
}
