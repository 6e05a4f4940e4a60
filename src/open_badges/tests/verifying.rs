//! Section F of the conformance cases: judging Open Badges 3.0 credentials, whole, broken and out of reach.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::*;
use crate::bake::png;
use crate::proof::eddsa_rdfc;
use crate::status_list::{self, Bits, MIN_SIZE};
use crate::verify::{self, Hosted, Need, Report, Resolved, State, Verdict};
use crate::{credential, did};

pub(super) fn now() -> DateTime<Utc> {
    time("2026-06-01T12:00:00Z")
}

pub(super) fn list_url() -> String {
    format!("{ORIGIN}/status/1")
}

fn sign(document: &Value) -> Value {
    eddsa_rdfc::sign(document, &example_key(), &method(), time("2026-03-14T09:26:54Z")).unwrap()
}

fn status_list(set: &[u32]) -> Value {
    let mut bits = Bits::new(MIN_SIZE).unwrap();
    set.iter().for_each(|index| bits.set(*index).unwrap());
    sign(&status_list::unsigned(DID, &list_url(), &bits, time("2026-03-20T00:00:00Z")).unwrap())
}

fn resolved(set: &[u32]) -> Resolved {
    Resolved {
        documents: HashMap::from([(DID.to_owned(), did::document(DID, &[PUBLIC_KEY], &[]))]),
        status_lists: HashMap::from([(list_url(), status_list(set))]),
    }
}

fn badge(award: &Award) -> Value {
    sign(&credential::unsigned(&issuer(), &achievement(), award).unwrap())
}

pub(super) fn judge(document: &Value, resolved: &Resolved) -> Report {
    verify::credential(document, resolved, now(), None)
}

pub(super) fn state(report: &Report, name: &str) -> Option<State> {
    report.check(name).map(|check| check.state)
}

#[test]
fn what_must_be_fetched_is_named() {
    let needs = verify::needs(&badge(&award()), false);
    let url = "https://badges.harbour.example/i/hian/did.json".to_owned();
    assert_eq!(needs.documents, [Need { id: DID.into(), url }]);
    assert_eq!(needs.status_lists, [list_url()]);
    let local = json!({"issuer": "did:web:localhost%3A8080:i:x", "proof": []});
    assert_eq!(verify::needs(&local, true).documents[0].url, "http://localhost:8080/i/x/did.json");
    assert_eq!(verify::needs(&json!([]), false), verify::Needs::default());
    let own = json!({"issuer": "did:key:z6Mk", "credentialStatus": {"type": "BitstringStatusListEntry", "statusListCredential": "file:///etc/passwd"}});
    assert_eq!(verify::needs(&own, false), verify::Needs::default());
}

#[test]
fn ob098_valid_expired_revoked() {
    let good = badge(&award());
    let report = judge(&good, &resolved(&[77]));
    assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
    assert_eq!(state(&report, "ob.proof.value"), Some(State::Pass));
    assert_eq!(judge(&good, &resolved(&[40213])).verdict, Verdict::Revoked, "OB075");

    let short = Award { expires: Some(time("2026-05-01T00:00:00Z")), ..award() };
    assert_eq!(judge(&badge(&short), &resolved(&[])).verdict, Verdict::Expired);
    let both = judge(&badge(&short), &resolved(&[40213]));
    assert_eq!(both.verdict, Verdict::Revoked, "revoked beats expired");
    assert_eq!(state(&both, "ob.time.expired"), Some(State::Fail), "and both are said");

    let early = Award { issued_on: time("2026-06-01T12:00:01Z"), ..award() };
    assert_eq!(judge(&badge(&early), &resolved(&[])).verdict, Verdict::NotYetValid);
}

/// OB117: a list that is unsigned, of another issuer or purpose, or too short is refused and the badge is never valid.
/// OB118: nor is it when the list cannot be had.
#[test]
fn ob117_ob118_a_list_that_cannot_be_trusted_never_makes_a_badge_valid() {
    let good = badge(&award());
    let with = |list: Option<Value>| {
        let mut resolved = resolved(&[]);
        resolved.status_lists = list.into_iter().map(|list| (list_url(), list)).collect();
        judge(&good, &resolved)
    };
    let report = with(None);
    assert_eq!((report.verdict, state(&report, "ob.status.fetch")), (Verdict::Unknown, Some(State::Unknown)));

    let unsigned = |list: &Value| {
        let mut list = list.clone();
        list.as_object_mut().unwrap().shift_remove("proof");
        list
    };
    let plain = unsigned(&status_list(&[40213]));
    let mut tampered = status_list(&[]);
    tampered["credentialSubject"]["encodedList"] = plain["credentialSubject"]["encodedList"].clone();
    let mut purpose = unsigned(&status_list(&[]));
    purpose["credentialSubject"]["statusPurpose"] = "suspension".into();
    let mut stale = unsigned(&status_list(&[]));
    stale["validUntil"] = "2026-05-31T00:00:00Z".into();
    let mut other = unsigned(&status_list(&[]));
    other["issuer"] = "did:web:badges.harbour.example:i:other".into();
    for list in [plain, tampered, sign(&purpose), sign(&stale), sign(&other), json!({"id": list_url()})] {
        let report = with(Some(list));
        assert_eq!(state(&report, "ob.status.signature"), Some(State::Fail));
        assert_eq!(report.verdict, Verdict::Unknown);
    }

    let mut short = unsigned(&status_list(&[]));
    short["credentialSubject"]["encodedList"] = "uH4sIAAAAAAAA_2NgAAAAAP__AwA".into();
    let report = with(Some(sign(&short)));
    assert_eq!((report.verdict, state(&report, "ob.status.range")), (Verdict::Unknown, Some(State::Fail)));
    let beyond = Award { status: Some(StatusEntry { list_url: list_url(), index: 131_072 }), ..award() };
    let report = judge(&badge(&beyond), &resolved(&[]));
    assert_eq!((report.verdict, state(&report, "ob.status.range")), (Verdict::Unknown, Some(State::Fail)));
}

#[test]
fn ob119_the_older_revocation_list_is_read() {
    let Some(file) = shared("worked-examples/ob3-1edtech-revocation-list.json") else { return };
    let url = format!("{ORIGIN}/revocations");
    let mut document = credential::unsigned(&issuer(), &achievement(), &award()).unwrap();
    document["credentialStatus"] = json!({"id": url, "type": "1EdTechRevocationList"});
    let document = sign(&document);
    let mut resolved = resolved(&[]);
    let mut list = file["body"].clone();
    resolved.status_lists.insert(url.clone(), list.clone());
    assert_eq!(judge(&document, &resolved).verdict, Verdict::Revoked);
    list["revokedCredential"][0]["revoked"] = false.into();
    resolved.status_lists.insert(url.clone(), list.clone());
    assert_eq!(judge(&document, &resolved).verdict, Verdict::Valid);
    list["revokedCredential"] = json!([]);
    resolved.status_lists.insert(url, list);
    assert_eq!(judge(&document, &resolved).verdict, Verdict::Valid);
}

/// OB047: one changed text is not verified. OB112: nor is a key that the issuer does not list.
/// OB116: nor is a key document of another controller.
#[test]
fn ob047_ob112_ob116_whose_key_it_is_matters() {
    let document = badge(&award());
    let mut changed = document.clone();
    changed["name"] = "Coastal Pilotage II".into();
    let report = judge(&changed, &resolved(&[]));
    assert_eq!((report.verdict, state(&report, "ob.proof.value")), (Verdict::Invalid, Some(State::Fail)));
    assert!(report.check("ob.status.revoked").is_none(), "a bad proof hides everything else");

    // The issuer's document lists another key.
    let other = crate::proof::public_key_multibase(&[9; 32]);
    let mut resolved = resolved(&[]);
    resolved.documents.insert(DID.into(), did::document(DID, &[&other], &[]));
    let report = judge(&document, &resolved);
    assert_eq!(
        (report.verdict, state(&report, "ob.proof.controller")),
        (Verdict::Invalid, Some(State::Fail))
    );

    // The issuer's document is out of reach: the signature holds, whose it is stays open.
    resolved.documents.clear();
    let report = judge(&document, &resolved);
    assert_eq!(
        (report.verdict, state(&report, "ob.proof.controller")),
        (Verdict::Unknown, Some(State::Unknown))
    );

    // Then its own word on its time is nobody's: a forger could have written it.
    let short = Award { expires: Some(time("2026-05-01T00:00:00Z")), ..award() };
    let report = judge(&badge(&short), &resolved);
    assert_eq!(
        (report.verdict, state(&report, "ob.time.expired")),
        (Verdict::Unknown, Some(State::Fail)),
        "never \"genuine, but expired\""
    );

    // A key document of its own that names another controller.
    let mut moved = document.clone();
    moved["proof"][0]["verificationMethod"] = "https://badges.harbour.example/keys/1".into();
    let key = json!({"id": "https://badges.harbour.example/keys/1", "type": "Multikey", "controller": "did:web:else.example", "publicKeyMultibase": PUBLIC_KEY});
    resolved.documents.insert("https://badges.harbour.example/keys/1".into(), key);
    let report = judge(&moved, &resolved);
    assert_eq!(
        (report.verdict, state(&report, "ob.proof.controller")),
        (Verdict::Invalid, Some(State::Fail))
    );
}

#[test]
fn an_https_key_document_listed_by_the_issuer_counts() {
    let mut issuer = issuer();
    issuer.did = DID.into();
    let unsigned = credential::unsigned(&issuer, &achievement(), &Award { status: None, ..award() }).unwrap();
    let key_url = "https://badges.harbour.example/keys/1#key";
    let signed = eddsa_rdfc::sign(&unsigned, &example_key(), key_url, now()).unwrap();
    let needs = verify::needs(&signed, false);
    assert_eq!(needs.documents[1].url, "https://badges.harbour.example/keys/1");
    let key = json!({"id": key_url, "type": "Multikey", "controller": DID, "publicKeyMultibase": PUBLIC_KEY});
    let mut resolved = Resolved::default();
    resolved.documents.insert("https://badges.harbour.example/keys/1".into(), key);
    resolved.documents.insert(DID.into(), json!({"id": DID, "assertionMethod": [key_url]}));
    assert_eq!(judge(&signed, &resolved).verdict, Verdict::Valid);
    resolved.documents.insert(DID.into(), json!({"id": DID, "assertionMethod": []}));
    assert_eq!(judge(&signed, &resolved).verdict, Verdict::Invalid);
}

#[test]
fn ob114_the_strangers_proof_is_reported() {
    let mut document = badge(&award());
    let mut stranger = document["proof"][0].clone();
    stranger["verificationMethod"] = "did:web:else.example#key".into();
    let own = document["proof"][0].take();
    document["proof"] = json!([stranger, own]);
    let report = judge(&document, &resolved(&[]));
    assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
    assert_eq!(state(&report, "ob.proof.controller"), Some(State::Warn));
}

#[test]
fn ob115_a_did_key_issuer_needs_no_lookup() {
    let did = format!("did:key:{PUBLIC_KEY}");
    let issuer = Issuer { did: did.clone(), ..issuer() };
    let unsigned = credential::unsigned(&issuer, &achievement(), &Award { status: None, ..award() }).unwrap();
    let signed =
        eddsa_rdfc::sign(&unsigned, &example_key(), &did::verification_method(&did, PUBLIC_KEY), now())
            .unwrap();
    assert_eq!(judge(&signed, &Resolved::default()).verdict, Verdict::Valid);
}

#[test]
fn ob121_endorsements_are_shown_good_or_bad_and_sink_nothing() {
    let Some(endorsement) = shared("worked-examples/ob3-endorsement.json") else { return };
    let mut document = credential::unsigned(&issuer(), &achievement(), &award()).unwrap();
    document["endorsement"] = json!([endorsement]);
    let report = judge(&sign(&document), &resolved(&[]));
    assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
    assert_eq!(state(&report, "ob.endorsement"), Some(State::Pass), "{report:#?}");
    document["endorsement"][0]["credentialSubject"]["endorsementComment"] = "Better than any other.".into();
    let report = judge(&sign(&document), &resolved(&[]));
    assert_eq!((report.verdict, state(&report, "ob.endorsement")), (Verdict::Valid, Some(State::Warn)));
}

/// OB122: the right address in any letter case is the recipient's; another is not.
/// OB123: so it is with identities in clear and with old hashes.
#[test]
fn ob122_ob123_recipients_are_compared_in_their_spellings() {
    let document = badge(&award());
    let ask = |document: &Value, who: &str| {
        let report = verify::credential(document, &resolved(&[]), now(), Some(who));
        assert_eq!(report.verdict, Verdict::Valid);
        state(&report, "ob.recipient")
    };
    assert_eq!(ask(&document, "w.achieng@student.harbour.example"), Some(State::Pass));
    assert_eq!(ask(&document, " W.Achieng@Student.Harbour.example"), Some(State::Pass));
    assert_eq!(ask(&document, "someone@student.harbour.example"), Some(State::Fail));
    let mut unsigned = credential::unsigned(&issuer(), &achievement(), &award()).unwrap();
    let identity = &mut unsigned["credentialSubject"]["identifier"][0];
    identity["hashed"] = false.into();
    identity["identityHash"] = "w.achieng@student.harbour.example".into();
    assert_eq!(ask(&sign(&unsigned), "W.Achieng@student.harbour.example"), Some(State::Pass));
    unsigned["credentialSubject"]["identifier"][0]["hashed"] = true.into();
    // MD5 of `a@b.example` and the award's salt.
    unsigned["credentialSubject"]["identifier"][0]["identityHash"] =
        "md5$a5fd17099b6cbdea6964245a3100f694".into();
    assert_eq!(ask(&sign(&unsigned), "a@b.example"), Some(State::Pass));
    assert_eq!(ask(&sign(&unsigned), "b@b.example"), Some(State::Fail));
    unsigned["credentialSubject"]["identifier"][0]["identityHash"] = "sha512$00".into();
    let report = verify::credential(&sign(&unsigned), &resolved(&[]), now(), Some("a@b.example"));
    assert_eq!((report.verdict, state(&report, "ob.recipient")), (Verdict::Unknown, Some(State::Unknown)));
}

#[test]
fn anything_at_all_is_judged_without_panicking() {
    for document in
        [json!(null), json!([]), json!({}), json!("x"), json!({"proof": [1, {}], "issuer": 7, "@context": 1})]
    {
        assert_eq!(judge(&document, &Resolved::default()).verdict, Verdict::Invalid);
        let hosted = Hosted { url: "x".into(), status: 200, assertion: Some(document), ..Hosted::default() };
        assert_eq!(verify::assertion(&hosted, now(), None).verdict, Verdict::Invalid);
    }
}

#[test]
fn ob084_what_is_baked_verifies() {
    let texts = [badge(&award()).to_string()];
    let baked = png::bake(&baking::picture(), &[(png::Keyword::OpenBadgeCredential, &texts[0])]).unwrap();
    let found = png::extract(&baked).unwrap().ob3.unwrap();
    let document = verify::parse(found.as_bytes()).unwrap();
    assert_eq!(judge(&document, &resolved(&[])).verdict, Verdict::Valid);
}
