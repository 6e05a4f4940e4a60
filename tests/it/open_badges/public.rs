//! Private by default: what is seen of an award before, while and after its owner publishes it
//! (design §6.10; cases OB063, OB064, OB151, OB163).

use laurel::config::Sources;
use reqwest::Method;
use serde_json::json;

use super::{TestApp, badges_in, document, form_of, get, request};

const GRACE: &str = "grace@campus.example";

/// Statuses of credential and share page, and whether the public picture holds the 3.0 document.
async fn seen(issued: &super::Issued) -> (u16, u16, bool) {
    let picture = get(&issued.picture).await;
    assert_eq!(picture.status, 200);
    let (ob2, ob3) = badges_in(&picture.body);
    assert_eq!(ob2.unwrap(), get(&issued.assertion).await.text(), "the 2.0 chunk is always there");
    if let Some(ob3) = &ob3 {
        assert_eq!(serde_json::from_str::<serde_json::Value>(ob3).unwrap(), issued.document);
    }
    (get(&issued.credential).await.status, get(&issued.share).await.status, ob3.is_some())
}

/// OB064: an unpublished credential answers 404.
/// OB163: so does its share page; published it shows Open Graph tags, revoked it says so.
#[tokio::test]
async fn ob064_ob163_an_award_is_private_until_its_owner_publishes_it_and_again_when_withdrawn() {
    let test = TestApp::new().await;
    let issued = test.badge_for(GRACE).await;
    assert_eq!(seen(&issued).await, (404, 404, false), "OB064");
    let answer = test.decide(&issued, "yes").await;
    assert_eq!(answer.status, 303);
    assert_eq!(test.at(answer.header("location")), issued.claim);
    assert_eq!(seen(&issued).await, (200, 200, true));
    assert_eq!(document(&issued.credential).await, issued.document, "what is shown is what was signed");
    let share = get(&issued.share).await.text();
    for tag in ["og:title", "og:image", "og:description", "og:url"] {
        assert!(share.contains(tag), "OB163 {tag}");
    }
    assert!(!share.contains(GRACE), "no address on the share page");
    assert!(get(&issued.claim).await.text().contains(&issued.share), "the owner sees where it is");
    let checked = get(&format!("{}?verify=1", issued.share)).await;
    assert!(checked.status == 200 && checked.text().contains("ob.proof.value"), "{}", checked.text());

    assert_eq!(test.decide(&issued, "yes").await.status, 303, "twice is once");
    assert_eq!(test.decide(&issued, "no").await.status, 303);
    assert_eq!(seen(&issued).await, (404, 404, false), "withdrawn");
    assert_eq!(test.decide(&issued, "yes").await.status, 303);
    test.revoke(issued.id, "Given in error").await;
    let share = get(&issued.share).await;
    assert!(share.status == 200 && share.text().contains("Given in error"), "OB163: {}", share.text());
}

/// OB063: each of its media types on request, by default `application/vc+ld+json`.
#[tokio::test]
async fn ob063_a_published_credential_comes_under_each_of_its_types() {
    let test = TestApp::new().await;
    let issued = test.badge_for(GRACE).await;
    test.publish(&issued).await;
    let default = get(&issued.credential).await;
    assert_eq!(default.header("content-type"), "application/vc+ld+json");
    for kind in ["application/vc+ld+json", "application/ld+json", "application/json", "application/vc"] {
        let answer = request(Method::GET, &issued.credential, &[("accept", kind)], None).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, kind));
        assert_eq!(answer.body, default.body);
    }
    let tag = [("if-none-match", default.header("etag"))];
    assert_eq!(request(Method::GET, &issued.credential, &tag, None).await.status, 304);
}

/// OB151: a mail scanner that opens the link twice changes no state.
#[tokio::test]
async fn ob151_opening_the_claim_link_changes_nothing() {
    let test = TestApp::new().await;
    let issued = test.badge_for(GRACE).await;
    test.run_jobs().await;
    assert_eq!(test.last_claim(), issued.claim, "the mail links to the claim page");
    let (before, counts) =
        (test.published(issued.id).await, (test.rows().await, test.count("audit_event").await));
    for _ in 0..2 {
        let page = get(&issued.claim).await;
        assert_eq!(page.status, 200);
        assert!(page.headers.get("set-cookie").is_none());
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert!(page.header("x-robots-tag").contains("noindex"));
        assert_eq!(request(Method::HEAD, &issued.claim, &[], None).await.status, 200);
        for file in ["badge.png", "credential.json"] {
            let answer = get(&format!("{}/{file}", issued.claim)).await;
            assert_eq!(answer.status, 200, "{file}");
            assert_eq!(answer.header("cache-control"), "no-store", "{file}");
            assert!(answer.header("content-disposition").starts_with("attachment; filename=\""), "{file}");
        }
    }
    let after = test.published(issued.id).await;
    assert_eq!(after.award, before.award);
    assert_eq!((test.rows().await, test.count("audit_event").await), counts);
    assert_eq!(seen(&issued).await, (404, 404, false));
}

#[tokio::test]
async fn the_owner_downloads_both_documents_before_publishing() {
    let test = TestApp::new().await;
    let issued = test.badge_for(GRACE).await;
    let picture = get(&format!("{}/badge.png", issued.claim)).await;
    assert_eq!(picture.header("content-type"), "image/png");
    let (ob2, ob3) = badges_in(&picture.body);
    assert_eq!(ob2.unwrap(), get(&issued.assertion).await.text());
    let json = get(&format!("{}/credential.json", issued.claim)).await;
    assert_eq!(json.header("content-type"), "application/vc+ld+json");
    assert_eq!(json.text(), ob3.unwrap());
    assert_eq!(json.json(), issued.document);
}

#[tokio::test]
async fn the_form_is_ours_or_nothing_happens() {
    let test = TestApp::new().await;
    let issued = test.badge_for(GRACE).await;
    let other = test.achievement("Other").await;
    let other = test.award(other, GRACE).await;
    let (action, csrf) = form_of(&get(&issued.claim).await.text());
    let (_, foreign) = form_of(&get(&other.claim).await.text());
    let action = test.at(&action);
    let good = format!("csrf={csrf}&publish=yes");
    for (headers, form, status) in [
        (vec![], "publish=yes".to_owned(), 400),
        (vec![], "csrf=&publish=yes".to_owned(), 403),
        (vec![], format!("csrf={foreign}&publish=yes"), 403),
        (vec![("sec-fetch-site", "cross-site")], good.clone(), 403),
        (vec![("sec-fetch-site", "same-site")], good.clone(), 403),
        (vec![], format!("csrf={csrf}&publish=maybe"), 422),
        (vec![], format!("csrf={csrf}"), 400),
    ] {
        let answer = request(Method::POST, &action, &headers, Some(&form)).await;
        assert_eq!(answer.status, status, "{form} {headers:?}: {}", answer.text());
        assert_eq!(get(&issued.share).await.status, 404, "{form}");
    }
    assert_eq!(request(Method::GET, &action, &[], None).await.status, 405);
    let good = request(Method::POST, &action, &[("sec-fetch-site", "same-origin")], Some(&good)).await;
    assert_eq!(good.status, 303);
    assert_eq!(get(&issued.share).await.status, 200);
    assert_eq!(get(&other.share).await.status, 404, "nobody else's");
    for path in ["/claim/nobody", "/claim/AAAAAAAAAAAAAAAAAAAAAA", "/share/nobody", "/claim/x/badge.png"] {
        let answer = get(&test.at(path)).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.header("content-type").starts_with("text/html"), "{path}: a page");
    }
}

#[tokio::test]
async fn every_other_origin_of_a_claim_page_stays_out() {
    let test = TestApp::with(|sources: Sources| sources.with("limits.claim_per_minute", "0")).await;
    let issued = test.badge_for(GRACE).await;
    for url in [issued.claim.clone(), format!("{}/credential.json", issued.claim)] {
        let answer = request(Method::GET, &url, &[("origin", "https://viewer.example")], None).await;
        assert!(
            answer.headers.get("access-control-allow-origin").is_none(),
            "secret addresses are not shared: {url}"
        );
    }
    let page = get(&issued.claim).await;
    assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    let text = page.text();
    for outside in ["<script", "src=\"http:", "src=\"https:", "@import"] {
        assert!(!text.replace(&test.base, "").contains(outside), "nothing from elsewhere: {outside}");
    }
    assert_eq!(json!(page.header("x-content-type-options")), json!("nosniff"));
}
