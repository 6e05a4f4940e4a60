//! What platforms ask (D01, D08–D15, D20, D21): who gets the picker, and who gets a way back.

use practice::{
    Bend,
    deep_linking::{DATA, SETTINGS},
    demo,
};
use serde_json::{Value, json};

use super::{Picking, answer, items};
use crate::support::attempt::refused;

fn settings(return_url: &str) -> Value {
    json!({
        "deep_link_return_url": return_url, "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe"],
    })
}

/// D01: a request as the certification suite sends it opens the picker.
#[tokio::test]
async fn d01_a_bare_request_opens_the_picker() {
    let picking = Picking::new().await;
    picking.achievement("Lab safety").await;
    picking.lms.set_manners(|manners| {
        let kinds = ["link", "file", "html", "ltiResourceLink", "image"];
        manners.deep_linking.accept_types = kinds.map(str::to_owned).to_vec();
        manners.deep_linking.data = Some("909708".to_owned());
        manners.deep_linking.target_link = false;
    });
    let picker = picking.picker().await;
    assert!(picker.url.path() == "/course/pick" && picker.contains("Lab safety"), "{}", picker.text());
    assert!(!picker.contains("909708"), "what the platform said stays on the server");
    let row = &picking.launches("ok").await[0];
    assert_eq!((row.permission.as_str(), picking.count("pick").await), ("teach", 1));
    assert!(row.link_id.is_none() && row.course_id.is_some());
}

/// D08: where only files are accepted there is a page that says so, and its button goes back with an empty answer.
#[tokio::test]
async fn d08_where_no_link_is_accepted_there_is_a_way_back() {
    let picking = Picking::new().await;
    let version = picking.achievement("Lab safety").await;
    picking.lms.set_manners(|manners| manners.deep_linking.accept_types = vec!["file".to_owned()]);
    let picker = picking.picker().await;
    assert!(picker.contains("lti.dl.no_acceptable_type"), "{}", picker.text());
    assert!(!picker.contains("Lab safety"));
    let mut forced = picker.forms()[0].clone();
    forced.set("choose", &version.to_string());
    forced.set("do", "place");
    let page = picking.browser.submit(&picker, &forced).await.unwrap();
    refused("forced", &page, 200, "lti.dl.no_acceptable_type");
    let leave = picking.send(&picker, "cancel", &[]).await;
    assert_eq!(items(&leave), Vec::<Value>::new());
    let back = picking.deliver(&leave).await;
    assert!(back.contains("Nothing was added."), "{}", back.text());
}

/// D09: a request without settings is refused. D10: so is one whose return address is none.
#[tokio::test]
async fn d09_d10_requests_without_a_way_back_are_refused() {
    let picking = Picking::new().await;
    let nowhere = |url: &str| Bend::claim(SETTINGS, settings(url));
    let cases = [
        (Bend::drop_claim(SETTINGS), "lti.dl.settings_missing"),
        (Bend::claim(SETTINGS, json!({ "accept_types": ["ltiResourceLink"] })), "lti.dl.settings_missing"),
        (nowhere("http://lms.elsewhere.example/return"), "lti.dl.return_url_invalid"),
        (nowhere("/return"), "lti.dl.return_url_invalid"),
        (nowhere("javascript:alert(1)"), "lti.dl.return_url_invalid"),
    ];
    for (bend, code) in cases {
        let asked = picking.ask_bent(&[bend]).await;
        refused(code, &asked.page, 400, code);
    }
    assert_eq!(picking.count("pick").await, 0);
}

/// D11: where nothing was said under `data`, nothing comes back; an empty text does.
#[tokio::test]
async fn d11_data_comes_back_as_it_was_or_not_at_all() {
    let picking = Picking::new().await;
    let version = picking.achievement("Lab safety").await;
    for data in [None, Some(""), Some("a=1&\"ü\" \\")] {
        picking.lms.set_manners(|manners| manners.deep_linking.data = data.map(str::to_owned));
        let leave = picking.pick(&[version]).await;
        assert_eq!(answer(&leave).1.get(DATA).and_then(Value::as_str), data);
    }
}

/// D12: a learner may not pick, and gets a button that goes back with an empty answer.
#[tokio::test]
async fn d12_learners_may_not_pick_and_get_a_way_back() {
    let picking = Picking::new().await;
    let asked = picking.ask_as(demo::GRACE, demo::COURSE, &[]).await;
    refused("a learner", &asked.page, 403, "lti.dl.not_permitted");
    let policy = asked.page.header("content-security-policy").unwrap();
    assert!(policy.contains(&format!("form-action 'self' {}", picking.lms.base_url())), "{policy}");
    let form = &asked.page.forms()[0];
    assert!(form.action.contains("sesskey="), "the query stays: {}", form.action);
    let back = picking.browser.submit(&asked.page, form).await.unwrap();
    let back = picking.browser.walk(back).await.unwrap();
    assert!(back.contains("Nothing was added."), "{}", back.text());
    assert_eq!(picking.lms.deep_linking_responses()[0].refusal, None);
    assert_eq!(picking.count("pick").await, 0);
}

/// D13: a platform that names no roles asks for an author, unless the registration demands a role.
#[tokio::test]
async fn d13_without_roles_the_picker_opens_unless_a_role_is_demanded() {
    let picking = Picking::new().await;
    picking.achievement("Lab safety").await;
    picking.lms.set_manners(|manners| manners.deep_linking.roles = false);
    assert!(picking.picker().await.contains("Lab safety"));
    assert_eq!(picking.count("enrollment").await, 0, "nobody's standing is told by that");
    picking.switch(json!({ "dl_requires_role": true })).await;
    let asked = picking.ask().await;
    refused("no roles", &asked.page, 403, "lti.dl.not_permitted");
}

/// A request without a person is an author's too, and its picker works.
#[tokio::test]
async fn nobody_in_particular_may_pick_where_the_platform_says_so() {
    let picking = Picking::new().await;
    let version = picking.achievement("Lab safety").await;
    let asked = picking.ask_bent(&[Bend::drop_claim("sub")]).await;
    assert_eq!(asked.status(), 200, "{}", asked.page.text());
    let settle = picking.choose(&asked.page, &[version]).await;
    let leave = picking.send(&settle, "place", &[]).await;
    assert_eq!(items(&leave).len(), 1);
}

/// D14: booleans as texts and media types as an array are read. D15: a resource link in the request is ignored.
#[tokio::test]
async fn d14_d15_odd_requests_are_read() {
    let picking = Picking::new().await;
    let (one, two) = (picking.achievement("One").await, picking.achievement("Two").await);
    picking.lms.set_manners(|manners| {
        manners.deep_linking.accept_multiple = Some(json!("true"));
        manners.deep_linking.auto_create = Some(json!("false"));
        manners.deep_linking.media_types = Some(json!(["image/*", "text/html"]));
        manners.deep_linking.resource_link = true;
    });
    let leave = picking.pick(&[one, two]).await;
    assert_eq!(items(&leave).len(), 2, "D14");
    assert_eq!(picking.count("link").await, 0, "D15");
}

/// D20: the return address may be on another host. D21: the pages' policies let forms go there.
#[tokio::test]
async fn d20_d21_the_answer_may_go_to_another_host() {
    let picking = Picking::new().await;
    let version = picking.achievement("Lab safety").await;
    let elsewhere = "https://return.elsewhere.example/content?a=1&b=%2F";
    let asked = picking.ask_bent(&[Bend::claim(SETTINGS, settings(elsewhere))]).await;
    let allows = |page: &practice::browser::Page| {
        let policy = page.header("content-security-policy").unwrap().to_owned();
        assert!(policy.contains("form-action 'self' https://return.elsewhere.example"), "D21: {policy}");
        assert!(policy.contains(&format!("frame-ancestors 'self' {}", picking.lms.base_url())), "{policy}");
        policy
    };
    allows(&asked.page);
    let settle = picking.choose(&asked.page, &[version]).await;
    allows(&settle);
    let leave = picking.send(&settle, "place", &[]).await;
    assert!(allows(&leave).contains("script-src 'self'"));
    assert_eq!(leave.forms()[0].action, elsewhere, "D20: its query stays");
}
