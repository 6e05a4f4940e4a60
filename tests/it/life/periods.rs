//! Award periods and scopes: once in each, and only for what happened in it.

use laurel::store::entity::award::AwardState::{Active, Revoked};
use practice::Bend;
use reqwest::Method;
use serde_json::json;

use super::{ask, completes, done, look, place, placed, standing, until, version};
use crate::support::{api, app::TestApp};

fn yearly() -> serde_json::Value {
    json!({ "zone": "Europe/Berlin", "yearly": [{ "from": "01-01" }] })
}

fn said(period: &str, day: &str) -> (String, String, laurel::store::entity::award::AwardState) {
    (period.to_owned(), day.to_owned(), Active)
}

/// Design §5: award periods allow earning again; the onset must lie inside the period.
#[tokio::test]
async fn each_year_is_earned_once_by_what_happened_in_it() {
    let app = api::app().await;
    let badge = version(&app, "Yearly", &json!({})).await;
    let id = placed(&app, badge, &done("essay"), &json!({ "terms": { "periods": yearly() } })).await;
    let shown = look(&app, &format!("/placements/{id}")).await;
    assert_eq!(shown["terms"]["periods"]["yearly"][0]["from"], "01-01");
    assert_eq!(completes(&app, "ada", "essay", "2030-02-01T10:00:00Z").await, 1);
    assert_eq!(completes(&app, "ada", "essay", "2030-03-01T10:00:00Z").await, 0, "once a year");
    until(&app, "2031-05-01T00:00:00Z");
    app.run_jobs().await;
    assert_eq!(standing(&app).await, [said("2030", "2030-02-01")], "a new year alone earns nothing");
    // 23:30 of the old year is the new year in Berlin.
    assert_eq!(completes(&app, "ada", "essay", "2030-12-31T23:30:00Z").await, 1);
    assert_eq!(completes(&app, "ada", "essay", "2031-04-01T00:00:00Z").await, 0);
    // Told late, for a year in which nothing was known.
    assert_eq!(completes(&app, "ada", "essay", "2028-06-01T00:00:00Z").await, 1);
    let mut all = standing(&app).await;
    all.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(all, [said("2028", "2028-06-01"), said("2030", "2030-02-01"), said("2031", "2030-12-31")]);
    let awards = app.awards().await;
    let award = awards.iter().find(|award| award.period == "2031").unwrap();
    assert_eq!(look(&app, &format!("/awards/{}", award.id)).await["period"], "2031");
    app.run_jobs().await;
}

/// A person's revocation stands for its own period; whoever lifts it is written down.
#[tokio::test]
async fn a_veto_holds_for_its_period_alone_until_it_is_lifted() {
    let app = api::app().await;
    let badge = version(&app, "Vetoed", &json!({})).await;
    placed(&app, badge, &done("essay"), &json!({ "terms": { "periods": yearly() } })).await;
    completes(&app, "ada", "essay", "2030-02-01T10:00:00Z").await;
    let first = app.awards().await.remove(0);
    let revoked =
        ask(&app, Method::POST, &format!("/awards/{}/revoke", first.id), &json!({ "reason": "No." })).await;
    assert_eq!(revoked.status, 200);
    assert_eq!(completes(&app, "ada", "essay", "2030-03-01T10:00:00Z").await, 0, "vetoed in its year");
    until(&app, "2031-05-01T00:00:00Z");
    assert_eq!(completes(&app, "ada", "essay", "2031-02-01T10:00:00Z").await, 1, "not in the next");
    let lift = async |id| {
        let path = format!("/awards/{id}/lift-veto");
        api::send(&app, &Method::POST, &path, Some(&app.api_key), &[], api::Sent::Nothing).await
    };
    assert_eq!(lift(first.id).await.status, 200);
    assert_eq!(lift(first.id).await.status, 200, "twice is once");
    app.run_jobs().await;
    let states: Vec<_> = standing(&app).await.into_iter().map(|(period, _, state)| (period, state)).collect();
    let said = |period: &str, state| (period.to_owned(), state);
    assert_eq!(states, [said("2030", Revoked), said("2030", Active), said("2031", Active)]);
    let mut awards = app.awards().await;
    awards.retain(|award| award.state == Active);
    let unlifted = awards.remove(0);
    let answer = lift(unlifted.id).await;
    assert_eq!((answer.status, answer.code()), (409, "award.no_veto"));
}

/// What was earned stands for the period it was earned in, whatever that was called: periods that are switched on, off
/// or cut otherwise never award the same thing twice.
#[tokio::test]
async fn changing_periods_never_awards_the_same_thing_twice() {
    let app = api::app().await;
    let badge = version(&app, "Changing", &json!({})).await;
    let id = placed(&app, badge, &done("essay"), &json!({})).await;
    assert_eq!(completes(&app, "ada", "essay", "2030-02-01T10:00:00Z").await, 1);
    let cuts = [
        json!({ "periods": yearly() }),
        json!({ "periods": { "yearly": [{ "from": "09-01" }] } }),
        json!({ "periods": { "named": [{ "name": "Pilot", "from": "2030-01-01", "to": "2030-03-01" }] } }),
        json!({}),
    ];
    for terms in cuts {
        app.advance(1);
        let answer = ask(&app, Method::PUT, &format!("/placements/{id}/terms"), &terms).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        app.run_jobs().await;
        assert_eq!(app.awards().await.len(), 1, "{terms}");
        assert_eq!(completes(&app, "ada", "essay", &app.clock.now().to_rfc3339()).await, 0, "{terms}");
    }
    assert_eq!(app.awards().await.len(), 1);
}

/// Opening a link is heard once, and once more in each period.
#[tokio::test]
async fn opening_the_link_again_earns_again_in_the_next_period_only() {
    let test = TestApp::new().await;
    let badge = version(&test, "Opened", &json!({})).await;
    let terms = json!({ "periods": { "yearly": [{ "from": "01-01" }] } });
    placed(&test, badge, &json!({ "type": "launched" }), &json!({ "terms": terms })).await;
    let launch = async || {
        test.launch(&[Bend::claim("email", "grace@campus.example")]).await.assert_ok("opens");
        test.run_jobs().await;
        test.advance(60);
    };
    launch().await;
    let signals = test.count("signal").await;
    launch().await;
    assert_eq!((test.awards().await.len(), test.count("signal").await), (1, signals));
    until(&test, "2031-02-01T00:00:00Z");
    launch().await;
    launch().await;
    let periods: Vec<_> = standing(&test).await.into_iter().map(|(period, ..)| period).collect();
    assert_eq!(periods, ["2030", "2031"]);
    assert_eq!(test.count("signal").await, signals + 1);
}

/// Design §2: scope is the achievement by default, or course, or placement.
#[tokio::test]
async fn a_scope_says_within_what_it_is_had_once() {
    let app = api::app().await;
    let badge = version(&app, "Scoped", &json!({})).await;
    placed(&app, badge, &done("one"), &json!({})).await;
    placed(&app, badge, &done("two"), &json!({})).await;
    let own = json!({ "terms": { "scope": "placement" } });
    let mine = placed(&app, badge, &done("three"), &own).await;
    let course = json!({ "terms": { "scope": "course" } });
    let refused = place(&app, badge, &done("four"), &course).await;
    assert_eq!((refused.status, refused.code()), (422, "placement.scope_needs_course"));
    assert_eq!(refused.json["field"], "terms.scope");
    let at = "2030-03-01T10:00:00Z";
    assert_eq!(completes(&app, "ada", "one", at).await, 1);
    assert_eq!(completes(&app, "ada", "two", at).await, 0, "the achievement is had");
    assert_eq!(completes(&app, "ada", "three", at).await, 1, "by this placement it is not");
    assert_eq!(completes(&app, "ada", "three", "2030-03-02T10:00:00Z").await, 0);
    let scopes: Vec<_> = app.awards().await.into_iter().map(|award| award.scope).collect();
    assert!(scopes.contains(&format!("placement:{mine}")), "{scopes:?}");
    let settled = ask(&app, Method::PUT, &format!("/placements/{mine}/terms"), &json!({})).await;
    assert_eq!((settled.status, settled.code()), (409, "placement.scope_settled"));
    app.run_jobs().await;
}

#[tokio::test]
async fn terms_that_make_no_sense_are_refused_at_their_place() {
    let app = api::app().await;
    let badge = version(&app, "Nonsense", &json!({})).await;
    let cases = [
        (json!({ "periods": { "yearly": [{ "from": "02-30" }] } }), "terms.periods.yearly[0].from"),
        (json!({ "periods": { "zone": "Nowhere", "yearly": [{ "from": "01-01" }] } }), "terms.periods.zone"),
        (json!({ "expires": { "with_period": true } }), "terms.expires"),
        (json!({ "expires": { "days": 0 } }), "terms.expires.days"),
        (json!({ "expires": { "days": 5, "with_period": true } }), "terms.expires"),
        (json!({ "expires": { "at": "2001-01-01T00:00:00Z" } }), "terms.expires.at"),
        (json!({ "remind_days": [7, 7] }), "terms.remind_days"),
        (json!({ "withdraw": "when_not_met" }), "terms.withdraw"),
    ];
    for (terms, field) in cases {
        let answer = place(&app, badge, &done("essay"), &json!({ "terms": terms })).await;
        assert_eq!((answer.status, answer.json["field"].as_str()), (422, Some(field)), "{}", answer.json);
    }
    assert_eq!(app.count("placement").await, 0);
}
