//! Messages that are no plain launches: submission review (X01–X06), grading, anonymous launches (M14), other
//! message types, and the LTI 1.1 past (X13–X17).

use serde_json::json;

use super::{BADGE, CLIENT, campus};
use crate::{
    MessageEntry, Opening, Review,
    bend::Bend,
    browser::{Browser, BrowserError},
    claims, demo,
    legacy::{LTI1P1, Legacy, LegacySignature, lti1p1_signature},
    opening::FOR_USER,
    services::Column,
};

const COLUMN: &str = "https://lms.example/columns/12/lineitem?type_id=4";

fn review(learner: &str, activity: Option<&str>) -> Opening {
    Opening::Review(Review {
        course: demo::COURSE.into(),
        client_id: CLIENT.to_owned(),
        learner: learner.into(),
        lineitem: COLUMN.to_owned(),
        activity: activity.map(Into::into),
        target_link_uri: None,
    })
}

#[tokio::test]
async fn a_submission_is_opened_for_review_with_or_without_its_link_x01_x06() {
    let (lms, tool, browser) = campus().await;
    let mut registration = tool.registration();
    registration.review = Some(MessageEntry::new(&format!("{}/home?review=1", tool.base_url), "Review"));
    lms.register(registration);
    let outcome = browser.open(&lms, demo::ADA, review(demo::GRACE, Some(BADGE)), &[]).await.unwrap();
    assert!(outcome.contains("review=1"), "{}", outcome.page.text());
    let claims = tool.launches().pop().unwrap();
    assert_eq!(claims[claims::MESSAGE_TYPE], "LtiSubmissionReviewRequest");
    assert_eq!(claims[FOR_USER]["user_id"], demo::GRACE);
    assert_eq!(claims[FOR_USER]["email"], "grace@campus.example");
    assert_eq!(claims[claims::AGS_ENDPOINT]["lineitem"], COLUMN);
    assert_eq!(claims[claims::RESOURCE_LINK]["id"], BADGE);
    assert_eq!(claims["sub"], demo::ADA);
    browser.open(&lms, demo::ADA, review(demo::GRACE, None), &[]).await.unwrap();
    assert!(tool.launches().pop().unwrap().get(claims::RESOURCE_LINK).is_none(), "X06");
    let learner = browser.another();
    learner.open(&lms, demo::EMMY, review(demo::GRACE, None), &[]).await.unwrap();
    let claims = tool.launches().pop().unwrap();
    assert_eq!(
        (&claims["sub"], &claims[FOR_USER]["user_id"]),
        (&json!(demo::EMMY), &json!(demo::GRACE)),
        "X04"
    );
    let bends = [Bend::drop_claim(FOR_USER)];
    browser.open(&lms, demo::ADA, review(demo::GRACE, None), &bends).await.unwrap();
    assert!(tool.launches().pop().unwrap().get(FOR_USER).is_none(), "X02");
}

#[tokio::test]
async fn a_column_of_a_tool_is_opened_for_review_at_the_address_it_announces() {
    let (lms, tool, browser) = campus().await;
    lms.register(tool.registration().with_services("http://localhost:1/jwks"));
    let own = json!({"url": format!("{}/home?evidence=1", tool.base_url)});
    let column = Column::of_tool(CLIENT, "Safety", 100.0).link(BADGE).with("submissionReview", own);
    let column = lms.add_column(demo::COURSE, column);
    let opening = lms.review(column.id, demo::GRACE).unwrap();
    let outcome = browser.open(&lms, demo::ADA, opening, &[]).await.unwrap();
    assert!(outcome.contains("evidence=1"), "{}", outcome.page.text());
    let claims = tool.launches().pop().unwrap();
    let told = claims[claims::AGS_ENDPOINT]["lineitem"].as_str().unwrap();
    assert_eq!(lms.line_item_at(told).unwrap().id, column.id);
    assert!(claims[claims::AGS_ENDPOINT]["lineitems"].is_string(), "beside the service's other members");
    let page = browser.get(&format!("{}/courses/{}/grades", lms.base_url(), demo::COURSE)).await.unwrap();
    let link = format!("/review/{}?learner={}", column.id, demo::GRACE);
    assert!(page.contains(&link), "{}", page.text());
    let work = browser.get(&format!("{}{link}", lms.base_url())).await.unwrap();
    assert!(work.contains("Work of Grace Hopper") && work.contains("/launch?learner="), "{}", work.text());
    let learner = browser.another();
    for (who, status) in [(demo::GRACE, 200), (demo::EMMY, 404)] {
        learner.sign_in(&lms, who).await.unwrap();
        let page = learner.get(&format!("{}{link}", lms.base_url())).await.unwrap();
        assert_eq!(page.status, status, "{who}");
    }
    let foreign = lms.add_column(demo::COURSE, Column::own("Quiz", 10.0));
    assert_eq!(lms.review(foreign.id, demo::GRACE), None);
}

#[tokio::test]
async fn canvas_grades_by_a_resource_launch_with_for_user() {
    let (lms, tool, browser) = campus().await;
    let opening = Opening::Grading { activity: BADGE.into(), learner: demo::GRACE.into() };
    browser.open(&lms, demo::ADA, opening.clone(), &[]).await.unwrap();
    let claims = tool.launches().pop().unwrap();
    assert_eq!(claims[claims::MESSAGE_TYPE], "LtiResourceLinkRequest");
    assert_eq!(claims[FOR_USER]["user_id"], demo::GRACE);
    let mut registration = tool.registration();
    registration.share_names = false;
    lms.register(registration);
    browser.open(&lms, demo::ADA, opening, &[]).await.unwrap();
    assert!(tool.launches().pop().unwrap()[FOR_USER].get("name").is_none());
}

#[tokio::test]
async fn an_anonymous_launch_names_nobody() {
    let (lms, tool, browser) = campus().await;
    let mut registration = tool.registration();
    registration.anonymous = true;
    lms.register(registration);
    browser.launch(&lms, demo::GRACE, BADGE).await.unwrap();
    let claims = tool.launches().pop().unwrap();
    for personal in ["sub", "name", "given_name", "family_name", "email", "locale"] {
        assert!(claims.get(personal).is_none(), "{personal}");
    }
    assert!(claims[claims::ROLES].is_array());
}

#[tokio::test]
async fn other_messages_reach_the_tool_and_an_opening_is_used_once() {
    let (lms, tool, browser) = campus().await;
    let opening = Opening::Message {
        course: demo::COURSE.into(),
        client_id: CLIENT.to_owned(),
        message_type: "LtiStartProctoring".to_owned(),
        claims: vec![("https://purl.imsglobal.org/spec/lti-ap/claim/attempt_number".to_owned(), json!(1))],
    };
    browser.open(&lms, demo::GRACE, opening.clone(), &[]).await.unwrap();
    let claims = tool.launches().pop().unwrap();
    assert_eq!(claims[claims::MESSAGE_TYPE], "LtiStartProctoring");
    assert_eq!(claims["https://purl.imsglobal.org/spec/lti-ap/claim/attempt_number"], 1);
    let path = format!("{}{}", lms.base_url(), lms.prepare_opening(opening.clone()));
    assert_eq!(browser.get(&path).await.unwrap().status, 200);
    assert_eq!(browser.get(&path).await.unwrap().status, 404);
    let stranger = browser.another();
    lms.add_user(crate::User::new("user-mallory", "Mallory"));
    let refused = stranger.open(&lms, "user-mallory", opening.clone(), &[]).await.unwrap_err();
    assert!(matches!(refused, BrowserError::Refused { status: 403, .. }));
    assert_eq!(
        stranger.open(&lms, demo::ADMIN, opening, &[]).await.unwrap().status(),
        200,
        "no enrolment needed"
    );
}

#[tokio::test]
async fn a_session_that_ends_half_way_is_login_required() {
    let (lms, _tool, browser) = campus().await;
    browser.sign_in(&lms, demo::GRACE).await.unwrap();
    let url = format!("{}/activities/{BADGE}/launch", lms.base_url());
    let page = browser.get(&url).await.unwrap();
    lms.end_sessions();
    let page = browser.walk(page).await.unwrap();
    assert_eq!((page.status, page.text().as_str()), (401, "platform error: login_required"));
    let outcome =
        Browser::new().launch_bent(&lms, demo::GRACE, BADGE, &[Bend::login_required()]).await.unwrap();
    assert!(outcome.contains("login_required"));
}

#[tokio::test]
async fn the_past_is_signed_rightly_wrongly_or_not_at_all() {
    let vector = |key, deployment, issuer, client, exp, nonce, secret| {
        lti1p1_signature(secret, key, deployment, issuer, client, exp, nonce)
    };
    assert_eq!(
        vector(
            "179248902",
            "689302",
            "https://lmsvendor.com",
            "PM48OJSfGDTAzAo",
            1_551_290_856,
            "172we8671fd8z",
            "my-lti11-secret"
        ),
        "lWd54kFo5qU7xshAna6v8BwoBm6tmUjc6GTax6+12ps=",
        "X17, vector 1"
    );
    assert_eq!(
        vector(
            "key-77",
            "dep-9",
            "https://lms.campus.example",
            "client-abc",
            1_900_000_300,
            "n-0001",
            "s3cr3t-legacy"
        ),
        "6XSzxLI1F81vwaAJ2o/Y+0AncT5Dy5uCQ2zhPWh1oGI=",
        "X17, vector 2"
    );
    let (lms, tool, browser) = campus().await;
    let mut legacy = Legacy { key: "key-77".to_owned(), secret: "s3cr3t".to_owned(), ..Legacy::default() };
    legacy.users.insert(demo::GRACE.into(), "old-grace".to_owned());
    legacy.contexts.insert(demo::COURSE.into(), "old-course".to_owned());
    legacy.links.insert(BADGE.to_owned(), "old-link".to_owned());
    lms.set_legacy(CLIENT, Some(legacy.clone()));
    browser.launch(&lms, demo::GRACE, BADGE).await.unwrap();
    let claims = tool.launches().pop().unwrap();
    let right = |claims: &serde_json::Value| {
        let (exp, nonce) = (claims["exp"].as_i64().unwrap(), claims["nonce"].as_str().unwrap());
        lti1p1_signature("s3cr3t", "key-77", "dep-9", lms.issuer(), CLIENT, exp, nonce)
    };
    assert_eq!(
        claims[LTI1P1],
        json!({"user_id": "old-grace", "oauth_consumer_key": "key-77", "oauth_consumer_key_sign": right(&claims),
               "context_id": "old-course", "resource_link_id": "old-link"})
    );
    legacy.signature = LegacySignature::Wrong;
    lms.set_legacy(CLIENT, Some(legacy.clone()));
    browser.another().launch(&lms, demo::ADA, BADGE).await.unwrap();
    let claims = tool.launches().pop().unwrap();
    let sign = &claims[LTI1P1]["oauth_consumer_key_sign"];
    assert!(sign.is_string() && *sign != right(&claims), "made with another secret");
    assert!(claims[LTI1P1].get("user_id").is_none(), "the same id is not told again (X16)");
    legacy.signature = LegacySignature::Missing;
    lms.set_legacy(CLIENT, Some(legacy));
    browser.launch(&lms, demo::GRACE, BADGE).await.unwrap();
    assert!(tool.launches().pop().unwrap()[LTI1P1].get("oauth_consumer_key_sign").is_none());
    lms.set_legacy(CLIENT, None);
    browser.launch(&lms, demo::GRACE, BADGE).await.unwrap();
    assert!(tool.launches().pop().unwrap().get(LTI1P1).is_none());
}
