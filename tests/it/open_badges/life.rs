//! The life of an award, read from outside: mailed, corrected, waiting for an address, taken back, given again
//! (design §2, §5, §6.6; case OB150).

use chrono::Duration;
use laurel::{
    domain::{
        award::{expire, manual, reissue},
        learner::{self, LearnerIn, PersonIn},
    },
    store::{
        Page, PageQuery, award as rows,
        entity::award::{self as awards, AwardOrigin, AwardState},
    },
};
use open_badges::verify::Verdict;
use practice::Bend;
use serde_json::{Value, json};

use super::{TestApp, badges_in, decision, definition, document, get, person, sha256};

const GRACE: &str = "grace@campus.example";

/// All awards of T1, newest first.
async fn all(test: &TestApp) -> Vec<awards::Model> {
    let filter = rows::Filter::default();
    let page: Page<_> =
        rows::list(test.app.store.read(), test.organization, filter, PageQuery::default()).await.unwrap();
    page.items
}

/// The only award of T1.
async fn only(test: &TestApp) -> awards::Model {
    let mut found = all(test).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

/// The assertion in the last mail, as its address answers, and whose it is.
async fn mailed(test: &TestApp) -> (Value, String) {
    let (ob2, ob3) = badges_in(&test.last_picture());
    assert!(ob3.is_some());
    let baked: Value = serde_json::from_str(&ob2.unwrap()).unwrap();
    let hosted = document(baked["id"].as_str().unwrap()).await;
    assert_eq!(hosted, baked);
    (hosted, test.mails().last().unwrap().to.as_str().to_owned())
}

fn is_for(assertion: &Value, address: &str) -> bool {
    let salted = format!("{address}{}", assertion["recipient"]["salt"].as_str().unwrap());
    assertion["recipient"]["identity"] == json!(format!("sha256${}", sha256(&salted)))
}

/// OB150: one mail with the claim link and the baked picture, by rule or by hand, although the learner comes thrice.
#[tokio::test]
async fn ob150_an_award_is_mailed_once_however_often_the_learner_comes() {
    let test = TestApp::new().await;
    test.badge_for_opening("Opened").await;
    for _ in 0..3 {
        test.launch(&[Bend::claim("email", GRACE)]).await.assert_ok("OB150");
        test.run_jobs().await;
        test.advance(30);
    }
    assert_eq!(test.mails().len(), 1);
    let (assertion, to) = mailed(&test).await;
    assert_eq!(to, GRACE);
    assert!(is_for(&assertion, GRACE));
    let claim = test.last_claim();
    assert_eq!(get(&claim).await.status, 200);

    // By hand, to somebody without a platform.
    let version = test.achievement("By hand").await;
    let issued = test.award(version, "joan@else.example").await;
    test.run_jobs().await;
    assert_eq!(test.mails().len(), 2);
    assert_eq!(mailed(&test).await.1, "joan@else.example");
    assert_eq!(test.last_claim(), issued.claim);
}

/// Design §5, "backfill that keeps original dates", also where a placement is live from its first moment.
#[tokio::test]
async fn who_earned_it_before_it_was_placed_is_awarded_too() {
    let test = TestApp::new().await;
    test.launch(&[Bend::claim("email", GRACE)]).await.assert_ok("backfill");
    let earned = test.clock.now();
    test.advance(86_400);
    test.badge_for_opening("Opened").await;
    test.run_jobs().await;
    let award = only(&test).await;
    assert_eq!((award.state, award.awarded_at), (AwardState::Active, earned));
    assert_eq!(mailed(&test).await.1, GRACE);
}

#[tokio::test]
async fn a_person_s_award_says_what_they_said_and_when_it_was_earned() {
    let test = TestApp::new().await;
    let version = test.achievement("Welding").await;
    let earned = test.clock.now() - Duration::days(10);
    let new = manual::NewAward {
        awarded_at: Some(earned),
        narrative: Some("Seen at the bench.".to_owned()),
        reason: Some("Internal note".to_owned()),
        ..decision(version, person(GRACE))
    };
    let made = manual::create(&test.app, &test.operator(), new.clone()).await.unwrap();
    assert_eq!((made.origin, made.state), (AwardOrigin::Manual, AwardState::Active));
    let issued = test.issued(made.id).await;
    let assertion = document(&issued.assertion).await;
    assert_eq!(assertion["issuedOn"], json!(earned.format("%Y-%m-%dT%H:%M:%SZ").to_string()));
    assert_eq!(issued.document["validFrom"], assertion["issuedOn"]);
    assert_eq!(issued.document["credentialSubject"]["narrative"], "Seen at the bench.");
    assert!(
        !issued.document.to_string().contains("Internal note")
            && !assertion.to_string().contains("Internal note")
    );
    assert_eq!(test.verify(&issued.document).await.verdict, Verdict::Valid);

    let counts = test.rows().await;
    let again = manual::create(&test.app, &test.operator(), new.clone()).await;
    assert_eq!(again.unwrap_err().code(), "award.exists");
    let ahead = manual::NewAward { awarded_at: Some(test.clock.now() + Duration::seconds(1)), ..new };
    assert_eq!(manual::create(&test.app, &test.operator(), ahead).await.unwrap_err().code(), "award.exists");
    assert_eq!(test.rows().await, counts, "a refusal leaves nothing");
}

#[tokio::test]
async fn a_correction_is_a_new_generation_under_the_same_claim_page() {
    let test = TestApp::new().await;
    let old = test.badge_for("wrong@campus.example").await;
    test.publish(&old).await;
    test.run_jobs().await;
    test.advance(3_600);
    reissue::correct(&test.app, &test.operator(), old.id, GRACE).await.unwrap();
    let new = test.issued(old.id).await;
    test.run_jobs().await;
    assert_eq!(test.mails().len(), 2, "a new mail");
    let (assertion, to) = mailed(&test).await;
    assert_eq!((to.as_str(), assertion["id"].as_str()), (GRACE, Some(new.assertion.as_str())));
    assert!(is_for(&assertion, GRACE));
    assert_eq!(test.last_claim(), old.claim, "the same claim page");
    assert_eq!((&new.share, &new.claim), (&old.share, &old.claim));
    assert_ne!((&new.assertion, &new.credential, new.index), (&old.assertion, &old.credential, old.index));
    assert_eq!(new.document["validFrom"], old.document["validFrom"], "dated to the same award");

    let gone = get(&old.assertion).await;
    assert_eq!(gone.status, 410);
    assert_eq!(
        (&gone.json()["revoked"], &gone.json()["revocationReason"]),
        (&json!(true), &json!(reissue::REPLACED))
    );
    assert_eq!(get(&old.credential).await.status, 410);
    assert_eq!(get(&old.picture).await.status, 410);
    assert_eq!(test.verify(&old.document).await.verdict, Verdict::Revoked, "the old bit is set");
    assert_eq!(
        test.verify(&document(&new.credential).await).await.verdict,
        Verdict::Valid,
        "still published"
    );
    let page = get(&new.claim).await;
    assert!(page.status == 200 && !page.text().contains("wrong@campus.example"));
    assert_eq!(get(&new.share).await.status, 200);

    // Revoking reaches both generations; what was replaced stays "replaced".
    test.revoke(old.id, "Given in error").await;
    assert_eq!(get(&old.assertion).await.json()["revocationReason"], json!(reissue::REPLACED));
    assert_eq!(get(&new.assertion).await.json()["revocationReason"], "Given in error");
    assert_eq!(test.verify(&new.document).await.verdict, Verdict::Revoked);
    let refused = reissue::correct(&test.app, &test.operator(), old.id, GRACE).await.unwrap_err();
    assert_eq!(refused.code(), "award.not_current");
}

#[tokio::test]
async fn a_correction_before_the_first_mail_sends_one_mail_only() {
    let test = TestApp::new().await;
    let issued = test.badge_for("wrong@campus.example").await;
    reissue::correct(&test.app, &test.operator(), issued.id, GRACE).await.unwrap();
    for wrong in ["", "nobody", "a@b.example\r\nBcc: c@d.example"] {
        let refused = reissue::correct(&test.app, &test.operator(), issued.id, wrong).await.unwrap_err();
        assert_eq!(refused.code(), "email.invalid", "{wrong:?}");
    }
    test.run_jobs().await;
    assert_eq!(test.mails().len(), 1, "nothing goes to the wrong address");
    assert_eq!(mailed(&test).await.1, GRACE);
}

#[tokio::test]
async fn a_revoked_award_is_not_mailed_any_more() {
    let test = TestApp::new().await;
    let issued = test.badge_for(GRACE).await;
    test.revoke(issued.id, "Given in error").await;
    test.run_jobs().await;
    assert_eq!(test.mails().len(), 0);
}

#[tokio::test]
async fn an_award_without_address_waits_and_is_dated_to_the_day_it_was_earned() {
    let test = TestApp::new().await;
    test.badge_for_opening("Opened").await;
    let earned = test.clock.now();
    test.launch(&[Bend::drop_claim("email")]).await.assert_ok("no address");
    test.run_jobs().await;
    let waiting = only(&test).await;
    assert_eq!((waiting.state, waiting.generation), (AwardState::WaitingForAddress, 0));
    assert_eq!((test.mails().len(), test.count("credential").await), (0, 0));

    test.advance(5 * 86_400);
    test.launch(&[Bend::claim("email", GRACE)]).await.assert_ok("with an address");
    test.run_jobs().await;
    let published = only(&test).await;
    assert_eq!((published.id, published.state, published.generation), (waiting.id, AwardState::Active, 1));
    assert_eq!(test.mails().len(), 1);
    let (assertion, to) = mailed(&test).await;
    assert_eq!(to, GRACE);
    assert!(is_for(&assertion, GRACE));
    assert_eq!(
        assertion["issuedOn"],
        json!(earned.format("%Y-%m-%dT%H:%M:%SZ").to_string()),
        "dated to the award"
    );
    let issued = test.issued(published.id).await;
    assert_eq!(test.verify(&issued.document).await.verdict, Verdict::Valid);
}

/// A learner of P1 whose badge waits for an address.
async fn waiting(test: &TestApp, sub: &str) -> awards::Model {
    test.launch(&[Bend::claim("sub", sub), Bend::drop_claim("email")]).await.assert_ok(sub);
    let found = all(test).await;
    found.into_iter().find(|award| award.state == AwardState::WaitingForAddress).expect("a waiting award")
}

#[tokio::test]
async fn an_address_publishes_what_waited_whoever_brings_it() {
    let test = TestApp::new().await;
    test.badge_for_opening("Opened").await;
    let other = test.achievement("Another").await;

    let first = waiting(&test, "u-1").await;
    let person = PersonIn { email: Some("one@campus.example".to_owned()), ..PersonIn::default() };
    learner::update(&test.app, &test.operator(), first.learner_id, &person).await.unwrap();
    assert_eq!(test.published(first.id).await.award.state, AwardState::Active, "an operator's correction");

    let second = waiting(&test, "u-2").await;
    let person = PersonIn { email: Some("two@campus.example".to_owned()), ..PersonIn::default() };
    let account = LearnerIn::Account { platform: test.platform.id, sub: "u-2".to_owned(), person };
    let by_hand = manual::create(&test.app, &test.operator(), decision(other, account)).await.unwrap();
    assert_eq!(by_hand.learner_id, second.learner_id);
    assert_eq!(
        test.published(second.id).await.award.state,
        AwardState::Active,
        "an award by hand with an address"
    );

    let third = waiting(&test, "u-3").await;
    let new = decision(other, LearnerIn::Id(third.learner_id));
    let by_hand = manual::create(&test.app, &test.operator(), new).await.unwrap();
    assert_eq!(by_hand.state, AwardState::WaitingForAddress);
    reissue::correct(&test.app, &test.operator(), by_hand.id, "three@campus.example").await.unwrap();
    assert_eq!(
        test.published(third.id).await.award.state,
        AwardState::Active,
        "a corrected award of the same person"
    );

    test.run_jobs().await;
    let mut to: Vec<String> = test.mails().iter().map(|mail| mail.to.as_str().to_owned()).collect();
    to.sort();
    let expected = ["one", "three", "three", "two", "two"].map(|name| format!("{name}@campus.example"));
    assert_eq!(to, expected, "each badge once");
}

#[tokio::test]
async fn a_person_s_revocation_vetoes_rules_until_a_person_awards_again() {
    let test = TestApp::new().await;
    let placed = test.badge_for_opening("Opened").await;
    let launch = async || {
        test.launch(&[Bend::claim("email", GRACE)]).await.assert_ok("veto");
        test.run_jobs().await;
        test.advance(60);
    };
    launch().await;
    let first = only(&test).await;
    test.revoke(first.id, "Given in error").await;
    launch().await;
    // Something new besides, so that the rules are looked at again.
    let other = test.badge_for_opening("Opened too").await;
    launch().await;
    let found = all(&test).await;
    assert_eq!(found.len(), 2, "the veto holds, and for this badge alone: {found:#?}");
    assert!(found.iter().any(|award| award.placement_id == Some(other.placement.id)));

    let new = decision(placed.placement.achievement_version_id, LearnerIn::Id(first.learner_id));
    let again = manual::create(&test.app, &test.operator(), new).await.unwrap();
    assert_eq!((again.state, again.origin), (AwardState::Active, AwardOrigin::Manual));
    let lifted = test.published(first.id).await.award;
    assert_eq!(lifted.state, AwardState::Revoked, "the revoked one stays revoked");
    assert!(lifted.veto && lifted.veto_lifted_by.is_some(), "and says who lifted its veto");
    let (old, new) = (test.issued(first.id).await, test.issued(again.id).await);
    assert_eq!(test.verify(&old.document).await.verdict, Verdict::Revoked);
    assert_eq!(test.verify(&new.document).await.verdict, Verdict::Valid);
    assert_eq!(get(&old.assertion).await.status, 410);
}

/// Design §2: an award whose time is over has expired, however many end on one day, and can be earned again.
#[tokio::test]
async fn awards_whose_time_is_over_end_and_can_be_earned_again() {
    // More than one look into the database brings.
    const LEARNERS: usize = 70;
    let test = TestApp::new().await;
    let mut words = definition("Two days");
    words.validity_days = Some(2);
    let version = test.define(test.issuer.id, "two-days", words).await;
    let first = test.award(version, GRACE).await;
    for learner in 1..LEARNERS {
        test.award(version, &format!("learner-{learner}@campus.example")).await;
    }
    let endless = test.achievement("Endless").await;
    let endless = test.award(endless, GRACE).await;
    assert_eq!(expire::sweep(&test.app).await.unwrap(), 0, "not yet");
    test.advance(2 * 86_400);
    let audited = test.count("audit_event").await;
    assert_eq!(expire::sweep(&test.app).await.unwrap(), LEARNERS);
    assert_eq!(expire::sweep(&test.app).await.unwrap(), 0, "once");
    assert_eq!(test.count("audit_event").await - audited, i64::try_from(LEARNERS).unwrap());
    assert_eq!(test.published(first.id).await.award.state, AwardState::Expired);
    assert_eq!(test.published(endless.id).await.award.state, AwardState::Active);
    let again = test.award(version, GRACE).await;
    assert_eq!(test.published(again.id).await.award.state, AwardState::Active);
    assert_eq!(test.verify(&again.document).await.verdict, Verdict::Valid);
}
