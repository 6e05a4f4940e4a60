//! Open Badges 2.0 documents as served (cases OB001–OB027 but OB020).

use chrono::{DateTime, Duration, Utc};
use laurel::domain::{achievement, award::manual, issuer};
use practice::Bend;
use reqwest::Method;
use serde_json::{Value, json};

use super::{TestApp, badges_in, decision, definition, document, get, person, request, sha256};
use crate::judges;

const GRACE: &str = "grace@campus.example";

/// Assertion, `BadgeClass` and Profile of an award, by their own links.
async fn chain(assertion: &str) -> [(String, Value); 3] {
    let first = document(assertion).await;
    let badge_url = first["badge"].as_str().unwrap().to_owned();
    let badge = document(&badge_url).await;
    let issuer_url = badge["issuer"].as_str().unwrap().to_owned();
    let issuer = document(&issuer_url).await;
    [(assertion.to_owned(), first), (badge_url, badge), (issuer_url, issuer)]
}

fn no_nulls_or_empty_arrays(value: &Value) {
    match value {
        Value::Null => panic!("null"),
        Value::Array(items) => {
            assert!(!items.is_empty(), "an empty array");
            items.iter().for_each(no_nulls_or_empty_arrays);
        }
        Value::Object(members) => members.values().for_each(no_nulls_or_empty_arrays),
        _ => {}
    }
}

fn time(value: &Value) -> DateTime<Utc> {
    let text = value.as_str().unwrap();
    assert!(text.len() == 20 && text.ends_with('Z'), "whole seconds and Z: {text}");
    text.parse().unwrap()
}

/// OB001: assertion, `BadgeClass` and Profile answer 200 as `application/ld+json`, each under its own `id`.
/// OB002: as `application/json` comes the same body.
/// OB003: a browser gets the JSON, too, with `Vary: Accept`.
/// OB004: so does a Java client with its odd `Accept`.
/// OB005: whoever also takes pictures gets JSON at JSON addresses and a PNG at picture addresses.
#[tokio::test]
async fn ob001_ob002_ob003_ob004_ob005_documents_come_as_they_are_asked_for() {
    let test = TestApp::new().await;
    let issued = test.badge_for(GRACE).await;
    for (url, document) in chain(&issued.assertion).await {
        let plain = get(&url).await;
        assert_eq!(plain.header("content-type"), "application/ld+json", "OB001 {url}");
        assert_eq!(document["id"], json!(url), "OB001: the id is the address");
        for (accept, expected) in [
            ("application/json", "application/json"),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/ld+json"),
            ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "application/ld+json"),
            ("application/ld+json, application/json, image/png, image/svg+xml", "application/ld+json"),
            ("application/json;q=0.2, application/ld+json;q=0.9", "application/ld+json"),
            ("application/ld+json;q=0, application/json", "application/json"),
        ] {
            let answer = request(Method::GET, &url, &[("accept", accept)], None).await;
            assert_eq!(answer.status, 200, "{url} {accept}");
            assert_eq!(answer.header("content-type"), expected, "{url} {accept}");
            assert_eq!(answer.header("vary"), "Accept", "{url}");
            assert_eq!(answer.body, plain.body, "{url} {accept}: the same document");
        }
    }
    let accept = [("accept", "application/ld+json, application/json, image/png, image/svg+xml")];
    let [_, (_, badge), _] = chain(&issued.assertion).await;
    for address in [issued.picture.as_str(), badge["image"]["id"].as_str().unwrap()] {
        let picture = request(Method::GET, address, &accept, None).await;
        assert_eq!((picture.status, picture.header("content-type")), (200, "image/png"), "OB005 {address}");
        assert!(picture.body.starts_with(b"\x89PNG"), "OB005 {address}");
    }
}

/// OB006: preflight and GET from any origin are allowed, without credentials.
/// OB007: HEAD answers as GET does, without a body.
#[tokio::test]
async fn ob006_ob007_every_origin_may_read_and_head_is_get_without_body() {
    let test = TestApp::new().await;
    let issued = test.badge_for(GRACE).await;
    test.publish(&issued).await;
    let mut urls: Vec<String> = chain(&issued.assertion).await.into_iter().map(|(url, _)| url).collect();
    urls.extend([issued.picture, issued.credential, test.did_address(), test.list_address()]);
    for url in urls {
        let origin = ("origin", "https://viewer.example");
        let asks =
            [origin, ("access-control-request-method", "GET"), ("access-control-request-headers", "accept")];
        let preflight = request(Method::OPTIONS, &url, &asks, None).await;
        assert!(matches!(preflight.status, 200 | 204), "{url}");
        assert_eq!(preflight.header("access-control-allow-origin"), "*", "{url}");
        assert!(preflight.header("access-control-allow-methods").contains("GET"), "{url}");
        let whole = request(Method::GET, &url, &[origin], None).await;
        assert_eq!(whole.header("access-control-allow-origin"), "*", "{url}");
        for answer in [&preflight, &whole] {
            assert!(answer.headers.get("access-control-allow-credentials").is_none(), "{url}");
            assert!(answer.headers.get("set-cookie").is_none(), "{url}");
        }
        let head = request(Method::HEAD, &url, &[origin], None).await;
        assert_eq!((head.status, head.body.len()), (200, 0), "OB007 {url}");
        for name in ["content-type", "etag", "cache-control", "vary", "access-control-allow-origin"] {
            assert_eq!(head.header(name), whole.header(name), "OB007 {url} {name}");
        }
        assert_eq!(head.header("content-length"), whole.body.len().to_string(), "OB007 {url}");
    }
}

/// OB008: the assertion has its members, no nulls and no empty arrays.
/// OB009: `recipient.identity` is the hash of the lower-case address and the salt.
/// OB014: the `BadgeClass` has name, description, image, criteria and issuer.
/// OB015: the Profile has name, url and email.
/// OB018: the assertion's image is an address that answers with this award's baked picture.
/// OB019: Markdown in the criteria stands in the JSON unchanged.
#[tokio::test]
async fn ob008_ob009_ob014_ob015_ob018_ob019_the_documents_have_their_members() {
    let test = TestApp::new().await;
    let narrative =
        "To earn it:\n\n* read [the rules](https://campus.example/rules?a=1&b=2)\n* score **70 %** & <more>";
    let mut words = definition("Safety");
    words.criteria_narrative = narrative.to_owned();
    let version = test.define(test.issuer.id, "safety", words).await;
    let issued = test.award(version, GRACE).await;
    let [(_, assertion), (_, badge), (_, issuer)] = chain(&issued.assertion).await;
    for document in [&assertion, &badge, &issuer] {
        no_nulls_or_empty_arrays(document);
        assert_eq!(document["@context"], "https://w3id.org/openbadges/v2");
    }
    assert_eq!(assertion["type"], "Assertion", "OB008");
    assert_eq!(assertion["verification"], json!({ "type": "HostedBadge" }), "OB008");
    for name in ["recipient", "badge", "verification", "issuedOn"] {
        assert!(assertion.get(name).is_some(), "OB008 {name}");
    }
    let recipient = &assertion["recipient"];
    assert_eq!((&recipient["type"], &recipient["hashed"]), (&json!("email"), &json!(true)));
    let salted = format!("{GRACE}{}", recipient["salt"].as_str().unwrap());
    assert_eq!(recipient["identity"], format!("sha256${}", sha256(&salted)), "OB009");
    assert!(!assertion.to_string().contains(GRACE), "no clear address");

    assert_eq!(badge["type"], "BadgeClass");
    for name in ["name", "description", "image", "issuer"] {
        assert!(!badge[name].is_null(), "OB014 {name}");
    }
    assert_eq!(badge["criteria"]["narrative"], narrative, "OB019");
    let criteria = get(badge["criteria"]["id"].as_str().unwrap()).await;
    assert_eq!(criteria.status, 200);
    assert!(criteria.text().contains("<strong>70 %</strong>") && !criteria.text().contains("<more>"));
    assert!(matches!(issuer["type"].as_str(), Some("Profile" | "Issuer")), "OB015");
    for name in ["name", "url", "email"] {
        assert!(issuer[name].is_string(), "OB015 {name}");
    }

    let image = assertion["image"].as_str().or(assertion["image"]["id"].as_str()).unwrap();
    assert!(image.starts_with("http"), "OB018: an address");
    let picture = get(image).await;
    assert_eq!((picture.status, picture.header("content-type")), (200, "image/png"), "OB018");
    assert_eq!(badges_in(&picture.body).0.unwrap(), get(&issued.assertion).await.text(), "OB018");
}

/// OB010: two awards of one learner have different salts and ids.
/// OB011: the hash is that of the trimmed, lower-case address, whoever brought it.
#[tokio::test]
async fn ob010_ob011_each_award_has_its_own_salt_over_the_plain_lower_case_address() {
    let test = TestApp::new().await;
    let (one, two) = (test.achievement("One").await, test.achievement("Two").await);
    let (first, second) =
        (test.award(one, " Jo@Example.ORG ").await, test.award(two, "jo@example.org").await);
    assert_ne!(first.assertion, second.assertion);
    let (a, b) = (document(&first.assertion).await, document(&second.assertion).await);
    assert_ne!(a["recipient"]["salt"], b["recipient"]["salt"]);
    assert_ne!(a["recipient"]["identity"], b["recipient"]["identity"]);

    test.run_jobs().await;
    test.badge_for_opening("Opened").await;
    test.launch(&[Bend::claim("email", " Zoe@Campus.EXAMPLE ")]).await.assert_ok("OB011");
    test.run_jobs().await;
    let baked: Value = serde_json::from_str(&badges_in(&test.last_picture()).0.unwrap()).unwrap();
    let launched = document(baked["id"].as_str().unwrap()).await;
    for (document, address) in [(&a, "jo@example.org"), (&launched, "zoe@campus.example")] {
        let salted = format!("{address}{}", document["recipient"]["salt"].as_str().unwrap());
        assert_eq!(document["recipient"]["identity"], format!("sha256${}", sha256(&salted)), "OB011");
    }
}

/// OB012: times are whole seconds with `Z`; `issuedOn` is not ahead of now and `expires` comes after it.
/// OB013: a badge without expiry has no `expires`.
/// OB026: an expired award still answers 200 with its full body.
#[tokio::test]
async fn ob012_ob013_ob026_times_are_whole_seconds_and_an_expired_award_stays_readable() {
    let test = TestApp::new().await;
    test.clock.advance(Duration::microseconds(654_321));
    let endless = test.badge_for(GRACE).await;
    let assertion = document(&endless.assertion).await;
    assert!(time(&assertion["issuedOn"]) <= test.clock.now(), "OB012");
    assert!(assertion.get("expires").is_none(), "OB013");

    let mut words = definition("Two days");
    words.validity_days = Some(2);
    let version = test.define(test.issuer.id, "two-days", words).await;
    let short = test.award(version, GRACE).await;
    let before = get(&short.assertion).await;
    let assertion = before.json();
    assert_eq!(time(&assertion["expires"]) - time(&assertion["issuedOn"]), Duration::days(2), "OB012");
    test.advance(3 * 86_400);
    test.run_jobs().await;
    test.app.caches.documents.invalidate_all();
    let after = get(&short.assertion).await;
    assert_eq!((after.status, after.body), (200, before.body), "OB026");
}

/// OB016: such an issuer is refused when it is set up, not when it issues.
#[tokio::test]
async fn ob016_an_issuer_without_name_address_or_mail_is_refused_at_set_up() {
    let test = TestApp::new().await;
    let before = test.count("issuer").await;
    for (name, url, email, field) in [
        ("", "https://a.example", "a@a.example", "name"),
        ("A", "", "a@a.example", "url"),
        ("A", "a.example", "a@a.example", "url"),
        ("A", "https://a.example", "", "email"),
        ("A", "https://a.example", "nobody", "email"),
    ] {
        let new = issuer::NewIssuer {
            slug: "other".to_owned(),
            name: name.to_owned(),
            url: url.to_owned(),
            email: email.to_owned(),
            description: None,
            language: None,
            base_url: None,
        };
        let refused = issuer::create(&test.app, &test.operator(), new).await.unwrap_err();
        assert_eq!(refused.field(), Some(field), "{refused}");
    }
    assert_eq!(test.count("issuer").await, before);
}

/// OB017: the assertion's id begins with the Profile's `startsWith` and its host is allowed; an origin with a port or
/// one label has no `verification`.
#[tokio::test]
async fn ob017_the_scope_is_told_where_validators_can_read_it() {
    let test = TestApp::new().await;
    let issued = test.badge_for(GRACE).await;
    let [_, _, (_, here)] = chain(&issued.assertion).await;
    assert!(here.get("verification").is_none(), "a port and one label: none");

    let elsewhere = test.another_issuer("elsewhere", Some("https://badges.example.edu")).await;
    let version = test.define(elsewhere.id, "safety", definition("Safety")).await;
    let issued = test.award(version, GRACE).await;
    let profile = document(&test.at("/i/elsewhere/ob2")).await;
    assert_eq!(profile["id"], "https://badges.example.edu/i/elsewhere/ob2");
    let scope = &profile["verification"];
    assert!(issued.assertion.starts_with(scope["startsWith"].as_str().unwrap()));
    let origins =
        scope["allowedOrigins"].as_array().cloned().unwrap_or(vec![scope["allowedOrigins"].clone()]);
    assert!(origins.contains(&json!("badges.example.edu")), "{scope}");
    let served = document(&issued.assertion.replace("https://badges.example.edu", &test.base)).await;
    assert_eq!(served["id"], json!(issued.assertion), "the id keeps the issuer's own address");
}

/// OB021: the validator calls the assertion valid, without error or warning.
/// OB022: with another address it fails at the recipient.
/// OB024: a revoked assertion is not valid.
#[tokio::test]
async fn ob021_ob022_ob024_the_ims_validator_judges() {
    let test = TestApp::new().await;
    let (good, revoked) = (test.badge_for(GRACE).await, test.achievement("Other").await);
    let revoked = test.award(revoked, GRACE).await;
    test.revoke(revoked.id, "Given in error").await;
    let ask = |url: &str, email: &str| {
        json!({
            "input": url,
            "recipient": { "type": "email", "identity": email },
            "now": test.clock.now().to_rfc3339(),
        })
    };
    let requests = [
        ask(&good.assertion, GRACE),
        ask(&good.assertion, "emmy@campus.example"),
        ask(&revoked.assertion, GRACE),
    ];
    let Some(reports) = judges::ims_validator(&requests).await else { return };
    assert_eq!(reports[0]["valid"], json!(true), "OB021: {:#}", reports[0]);
    assert_eq!((&reports[0]["errors"], &reports[0]["warnings"]), (&json!([]), &json!([])), "OB021");
    assert_eq!(reports[1]["valid"], json!(false), "OB022");
    let failed = |report: &Value, name: &str| {
        let tasks = report["tasks"].as_array().unwrap();
        tasks.iter().any(|task| task["name"] == name && task["success"] == json!(false))
    };
    assert!(failed(&reports[1], "VERIFY_RECIPIENT_IDENTIFIER"), "OB022: {:#}", reports[1]);
    assert_eq!(reports[2]["valid"], json!(false), "OB024: {:#}", reports[2]);
}

/// OB023: 410 with `id`, `revoked` and the reason, and neither recipient nor badge.
#[tokio::test]
async fn ob023_a_revoked_assertion_is_gone_and_says_why() {
    let test = TestApp::new().await;
    let issued = test.badge_for(GRACE).await;
    let before = get(&issued.assertion).await;
    assert_eq!(before.status, 200);
    test.revoke(issued.id, "Given in error").await;
    let gone = get(&issued.assertion).await;
    assert_eq!((gone.status, gone.header("content-type")), (410, "application/ld+json"));
    assert_eq!(gone.header("access-control-allow-origin"), "*");
    assert_ne!(gone.header("etag"), before.header("etag"));
    assert_eq!(
        gone.json(),
        json!({
            "@context": "https://w3id.org/openbadges/v2",
            "type": "Assertion",
            "id": issued.assertion,
            "revoked": true,
            "revocationReason": "Given in error",
        }),
        "neither recipient nor badge"
    );
    let stale = [("if-none-match", gone.header("etag"))];
    let again = request(Method::GET, &issued.assertion, &stale, None).await;
    assert_eq!(again.status, 410, "a validator that kept the body still hears that it is gone");
    let picture = get(&issued.picture).await;
    assert_eq!((picture.status, picture.header("access-control-allow-origin")), (410, "*"));
}

/// OB025: an unknown id answers 404 in JSON that every origin may read.
#[tokio::test]
async fn ob025_what_is_not_there_is_said_in_json_to_everybody() {
    let test = TestApp::new().await;
    let issued = test.badge_for(GRACE).await;
    test.another_issuer("other", None).await;
    let unknown = uuid::Uuid::from_u128(7);
    let id = issued.assertion.rsplit('/').next().unwrap();
    let private = issued.credential.trim_start_matches(&test.base).to_owned();
    for path in [
        format!("/i/campus/ob2/a/{unknown}"),
        "/i/campus/ob2/a/17".to_owned(),
        format!("/i/other/ob2/a/{id}"),
        format!("/i/nobody/ob2/a/{id}"),
        format!("/i/campus/ob2/b/{unknown}"),
        format!("/i/campus/achievements/{unknown}"),
        format!("/i/campus/credentials/{unknown}"),
        private,
        "/i/nobody/ob2".to_owned(),
        "/i/nobody/did.json".to_owned(),
        "/i/campus/status/9".to_owned(),
        "/i/campus/status/one".to_owned(),
        format!("/media/a/{unknown}.png"),
        format!("/media/b/{unknown}.png"),
        "/media/b/x.svg".to_owned(),
    ] {
        let answer = get(&test.at(&path)).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(answer.json()["code"], "not_found", "{path}");
    }
    let wrong = request(Method::POST, &issued.assertion, &[], Some("")).await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, "GET, HEAD, OPTIONS"));
}

/// OB027: an issued assertion's badge keeps its address and its meaning when the badge is edited.
#[tokio::test]
async fn ob027_an_edited_badge_is_another_version_at_another_address() {
    let test = TestApp::new().await;
    let version = test.define(test.issuer.id, "safety", definition("Safety")).await;
    let issued = test.award(version, GRACE).await;
    let [_, (old_url, old), _] = chain(&issued.assertion).await;
    let found = achievement::find_version(&test.app, test.organization, version).await.unwrap();
    let mut words = definition("Safety, revised");
    words.description = "Knows more.".to_owned();
    let revised =
        achievement::publish_version(&test.app, &test.operator(), found.achievement_id, words).await.unwrap();
    let newer = test.award(revised.version.id, "emmy@campus.example").await;
    let [_, (new_url, new), _] = chain(&newer.assertion).await;
    assert_ne!(old_url, new_url);
    assert_eq!((&new["name"], &new["description"]), (&json!("Safety, revised"), &json!("Knows more.")));
    test.app.caches.documents.invalidate_all();
    assert_eq!(document(&old_url).await, old, "the old address keeps its meaning");
    // One achievement is one badge, in whatever version.
    let again =
        manual::create(&test.app, &test.operator(), decision(revised.version.id, person(GRACE))).await;
    assert_eq!(again.unwrap_err().code(), "award.exists");
}
