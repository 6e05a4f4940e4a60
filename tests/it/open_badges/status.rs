//! Status lists: what they say, how indexes are given, and that revoking reaches everything (cases OB071–OB082).

use std::collections::BTreeSet;

use laurel::{
    domain::{award::manual, status_index},
    store::{Effect, status_list},
};
use open_badges::{
    status_list::Bits,
    verify::{State, Verdict},
};
use practice::Bend;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Issued, TestApp, badges_in, decision, document, get, person, request};
use crate::judges;

const GRACE: &str = "grace@campus.example";

/// The bits of a served list.
fn bits(list: &Value) -> Bits {
    Bits::decode(list["credentialSubject"]["encodedList"].as_str().unwrap()).unwrap()
}

/// The indexes that are set.
fn set(list: &Value) -> Vec<u64> {
    let bits = bits(list);
    (0..bits.size()).filter(|index| bits.is_set(*index).unwrap()).collect()
}

/// Inflated by Python, where there is one; the product's own reading is not asked.
async fn inflated(encoded: &str) -> Option<Vec<u8>> {
    let program = "import sys,base64,gzip;t=sys.argv[1];\
                   sys.stdout.buffer.write(gzip.decompress(base64.urlsafe_b64decode(t+'='*(-len(t)%4))))";
    let done = tokio::process::Command::new("python3").args(["-c", program, encoded]).output().await.ok()?;
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Some(done.stdout)
}

/// OB071: a signed list credential of the same issuer, for revocation, that verifies.
/// OB072: `encodedList` is multibase `u`, unpadded, GZIP, at least 16,384 bytes.
#[tokio::test]
async fn ob071_ob072_the_list_is_a_credential_of_the_same_issuer() {
    let test = TestApp::new().await;
    let issued = test.badge_for(GRACE).await;
    let credential = test.publish(&issued).await;
    let list = document(&test.list_address()).await;
    assert_eq!(list["id"], json!(test.list_address()));
    assert_eq!(list["type"], json!(["VerifiableCredential", "BitstringStatusListCredential"]));
    assert_eq!(list["issuer"], credential["issuer"]["id"], "OB071");
    let subject = &list["credentialSubject"];
    assert_eq!(
        (&subject["type"], &subject["statusPurpose"]),
        (&json!("BitstringStatusList"), &json!("revocation"))
    );
    let encoded = subject["encodedList"].as_str().unwrap();
    let plain = encoded.strip_prefix('u').expect("OB072: multibase u");
    assert!(!plain.contains(['=', '+', '/']), "OB072");
    assert!(plain.starts_with("H4sI"), "OB072: 1f 8b 08");
    if let Some(bytes) = inflated(plain).await {
        assert!(bytes.len() >= 16_384, "OB072");
        assert!(bytes.iter().all(|byte| *byte == 0));
    }
    let report = test.verify(&credential).await;
    assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
    let request = json!({ "credential": list, "now": test.clock.now().to_rfc3339() });
    if let Some(reports) = judges::digital_bazaar(&[request]).await {
        assert_eq!(reports[0]["verified"], json!(true), "OB071: {:#}", reports[0]);
    }
}

/// OB075: its bit alone is set, the list's `ETag` changes, the credential reads as revoked, the assertion answers 410.
/// OB076: revoking twice is revoking once.
#[tokio::test]
async fn ob075_ob076_revoking_reaches_every_document() {
    let test = TestApp::new().await;
    let version = test.achievement("Safety").await;
    let (issued, other) =
        (test.award(version, GRACE).await, test.award(version, "emmy@campus.example").await);
    let credential = test.publish(&issued).await;
    test.publish(&other).await;
    let before = get(&test.list_address()).await;
    assert_eq!(set(&before.json()), Vec::<u64>::new());

    test.advance(60);
    let revoked = test.revoke(issued.id, "Given in error").await;
    let after = get(&test.list_address()).await;
    assert_ne!(after.header("etag"), before.header("etag"), "OB075");
    assert_eq!(set(&after.json()), [u64::from(issued.index)], "OB075: its index only");
    if let Some(bytes) =
        inflated(&after.json()["credentialSubject"]["encodedList"].as_str().unwrap()[1..]).await
    {
        let ones: Vec<usize> =
            (0..bytes.len() * 8).filter(|at| bytes[at / 8] & (0x80 >> (at % 8)) != 0).collect();
        assert_eq!(ones, [issued.index as usize], "OB075: index 0 is the left-most bit");
    }
    let report = test.verify(&credential).await;
    assert_eq!(report.verdict, Verdict::Revoked, "OB075: {report:#?}");
    assert_eq!(
        report.check("ob.proof.value").unwrap().state,
        State::Pass,
        "the document itself stays as it was"
    );
    assert_eq!(get(&issued.assertion).await.status, 410, "OB075");
    assert_eq!(get(&issued.picture).await.status, 410, "OB075");
    assert_eq!(get(&issued.claim).await.status, 200, "its owner reads what happened");
    assert!(get(&issued.claim).await.text().contains("Given in error"));
    assert_eq!(get(&format!("{}/badge.png", issued.claim)).await.status, 410);
    assert_eq!(get(&format!("{}/credential.json", issued.claim)).await.status, 410);
    assert!(get(&issued.share).await.text().contains("evoked"), "OB163: the page says so");
    let neighbour = document(&other.credential).await;
    assert_eq!(test.verify(&neighbour).await.verdict, Verdict::Valid, "nobody else");
    let found = test.published(issued.id).await;
    assert!(found.credentials.iter().all(|document| document.revoked_at.is_some()), "every copy");
    assert!(found.generations.iter().all(|generation| generation.revoked_at.is_some()));
    let requests = [
        json!({ "credential": credential, "checkStatus": true, "now": test.clock.now().to_rfc3339() }),
        json!({ "credential": neighbour, "checkStatus": true, "now": test.clock.now().to_rfc3339() }),
    ];
    if let Some(reports) = judges::digital_bazaar(&requests).await {
        assert_eq!(
            (&reports[0]["verified"], &reports[0]["statusOk"]),
            (&json!(true), &json!(false)),
            "{reports:?}"
        );
        assert_eq!(reports[1]["statusOk"], json!(true), "{reports:?}");
    }

    test.advance(60);
    let audited = test.count("audit_event").await;
    let again = test.revoke(issued.id, "Another reason").await;
    assert_eq!(
        (again.revoked_at, again.revocation_reason),
        (revoked.revoked_at, revoked.revocation_reason),
        "OB076"
    );
    assert_eq!(test.count("audit_event").await, audited, "OB076: nothing happened");
    assert_eq!(get(&test.list_address()).await.header("etag"), after.header("etag"), "OB076");
}

/// OB077: 1,000 indexes, all different and in no order.
#[tokio::test]
async fn ob077_a_thousand_awards_have_a_thousand_scattered_indexes() {
    let test = TestApp::new().await;
    let version = test.achievement("Safety").await;
    let mut indexes = Vec::new();
    for n in 0..40 {
        indexes.push(test.award(version, &format!("n{n}@campus.example")).await.index);
    }
    // The rest is leased as awards lease it, without forty-fold signing.
    status_index::reserve(&test.app, test.organization, test.issuer.id, 1_000).await.unwrap();
    while let Some(index) = test.app.status_pool.take(test.issuer.id) {
        indexes.push(index.index);
    }
    assert!(indexes.len() >= 1_000);
    assert_eq!(indexes.iter().collect::<BTreeSet<_>>().len(), indexes.len(), "each once");
    for part in indexes.chunks(40) {
        assert!(!part.is_sorted() && !part.iter().rev().is_sorted(), "no order");
    }
    assert!(indexes.iter().all(|index| *index < 131_072));
    let low = indexes.iter().filter(|index| **index < 65_536).count();
    assert!((indexes.len() / 3..indexes.len() * 2 / 3).contains(&low), "over the whole list: {low}");
}

/// OB078: awards at the same moment, on two replicas, have different indexes.
#[tokio::test]
async fn ob078_parallel_awards_get_different_indexes() {
    let test = TestApp::new().await;
    let version = test.achievement("Safety").await;
    let second = test.second().await;
    let award = |on: &'static str, n: usize| {
        let app = if on == "first" { test.app.clone() } else { second.app.clone() };
        let caller = test.operator();
        async move {
            let new = decision(version, person(&format!("{on}{n}@campus.example")));
            manual::create(&app, &caller, new).await.unwrap().id
        }
    };
    let all = (0..20).flat_map(|n| [award("first", n), award("second", n)]);
    let ids = futures_util::future::join_all(all).await;
    let mut indexes = BTreeSet::new();
    for id in ids {
        let issued: Issued = test.issued(id).await;
        indexes
            .insert((issued.document["credentialStatus"]["statusListCredential"].to_string(), issued.index));
    }
    assert_eq!(indexes.len(), 40);
}

/// OB079: the next award gets list 2, and list 1 is still served.
#[tokio::test]
async fn ob079_a_full_list_is_followed_by_the_next() {
    let test = TestApp::new().await;
    let version = test.achievement("Safety").await;
    let first = test.award(version, GRACE).await;
    let (app, now) = (&test.app, test.clock.now());
    let rest = status_list::SIZE / 10 * 9 - status_list::BLOCK;
    let block =
        status_list::lease_block(&app.store, now, &app.dice, test.organization, test.issuer.id, rest).await;
    assert_eq!(block.unwrap().number, 1);
    while app.status_pool.take(test.issuer.id).is_some() {}
    let second = test.award(version, "emmy@campus.example").await;
    let (one, two) = (test.list_address(), test.at("/i/campus/status/2"));
    assert_eq!(first.document["credentialStatus"]["statusListCredential"], json!(one));
    assert_eq!(second.document["credentialStatus"]["statusListCredential"], json!(two));
    assert_eq!(test.verify(&second.document).await.verdict, Verdict::Valid);
    assert_eq!(test.verify(&first.document).await.verdict, Verdict::Valid, "list 1 is still served");
    test.revoke(second.id, "x").await;
    assert_eq!(set(&document(&two).await), [u64::from(second.index)]);
    assert_eq!(set(&document(&one).await), Vec::<u64>::new());
}

/// OB080: the current `ETag` answers 304; `max-age` is the list's `ttl` in seconds.
#[tokio::test]
async fn ob080_a_reader_who_has_the_list_is_told_so() {
    let test = TestApp::new().await;
    let issued = test.badge_for(GRACE).await;
    let list = get(&test.list_address()).await;
    let ttl = list.json()["credentialSubject"]["ttl"].as_u64().unwrap();
    assert_eq!(list.header("cache-control"), format!("public, max-age={}", ttl / 1_000));
    for tags in [list.header("etag").to_owned(), format!("\"old\", W/{}", list.header("etag"))] {
        let again = request(Method::GET, &test.list_address(), &[("if-none-match", &tags)], None).await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{tags}");
        assert_eq!(again.header("etag"), list.header("etag"));
        assert_eq!(again.header("cache-control"), list.header("cache-control"));
        assert_eq!(again.header("access-control-allow-origin"), "*");
    }
    // The same list keeps its bytes, whatever is forgotten and however late it is.
    test.advance(3_600);
    test.app.caches.forget(&Effect::Everything);
    assert_eq!(get(&test.list_address()).await.body, list.body);
    test.revoke(issued.id, "x").await;
    let tag = [("if-none-match", list.header("etag"))];
    let changed = request(Method::GET, &test.list_address(), &tag, None).await;
    assert_eq!(changed.status, 200, "and a revocation makes another");
}

/// OB081: after a restart the list has the same bits and old credentials verify.
/// OB082: the index of an award that was rolled back is never given again.
#[tokio::test]
async fn ob081_ob082_a_restart_keeps_the_bits_and_no_index_comes_twice() {
    let test = TestApp::new().await;
    let version = test.achievement("Safety").await;
    let (kept, revoked) =
        (test.award(version, GRACE).await, test.award(version, "emmy@campus.example").await);
    test.revoke(revoked.id, "x").await;
    // Refused, because the learner has this badge already: no index is taken for it.
    let refused = manual::create(&test.app, &test.operator(), decision(version, person(GRACE))).await;
    assert_eq!(refused.unwrap_err().code(), "award.exists");
    let mut used = BTreeSet::from([kept.index, revoked.index]);
    for n in 0..5 {
        used.insert(test.award(version, &format!("a{n}@campus.example")).await.index);
    }
    let list = get(&test.list_address()).await;
    let left = test.app.status_pool.count(test.issuer.id);
    assert_eq!(left, 64 - 7, "seven awards");

    let test = test.restart().await;
    let again = get(&test.list_address()).await;
    assert_eq!(again.body, list.body, "OB081: the same bits, the same bytes");
    assert_eq!(test.verify(&kept.document).await.verdict, Verdict::Valid, "OB081");
    assert_eq!(test.verify(&revoked.document).await.verdict, Verdict::Revoked, "OB081");
    for n in 0..80 {
        used.insert(test.award(version, &format!("b{n}@campus.example")).await.index);
    }
    assert_eq!(used.len(), 7 + 80, "OB082: each index once");
}

/// OB075, for documents that nobody published.
#[tokio::test]
async fn ob075_a_revoked_badge_that_was_only_mailed_reads_as_revoked() {
    let test = TestApp::new().await;
    test.badge_for_opening("Opened").await;
    test.launch(&[Bend::claim("email", GRACE)]).await.assert_ok("OB075");
    test.run_jobs().await;
    let (assertion, credential) = badges_in(&test.last_picture());
    let assertion: Value = serde_json::from_str(&assertion.unwrap()).unwrap();
    let credential: Value = serde_json::from_str(&credential.unwrap()).unwrap();
    assert_eq!(test.verify(&credential).await.verdict, Verdict::Valid);
    let token = test.last_claim().rsplit('/').next().unwrap().to_owned();
    let award = laurel::domain::award::holder::find_by_claim(&test.app, &token).await.unwrap().award;
    test.revoke(award.id, "x").await;
    assert_eq!(test.verify(&credential).await.verdict, Verdict::Revoked);
    assert_eq!(get(assertion["id"].as_str().unwrap()).await.status, 410);
}
