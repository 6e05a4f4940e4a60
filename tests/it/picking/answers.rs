//! What goes back to the platform (D02–D04, D06, D07, D16–D19, D22).

use chrono::DateTime;
use laurel::{
    domain::{
        access::{Actor, Caller},
        achievement::{self, Definition},
        floor::Floor,
        issuer::{self, NewIssuer},
        organization::{self, NewOrganization},
    },
    ids::{AchievementVersionId, OrganizationId},
    store::entity::achievement_version::MayPlace,
};
use practice::{deep_linking::DATA, demo};
use serde_json::{Value, json};

use super::{Picking, answer, items, token};
use crate::support::{
    app::{CLIENT, DEPLOYMENT},
    attempt::refused,
};

/// D02: picking a badge leads to a form with the field JWT for the return address. D03: the answer's claims and
/// signature are what the LMS demands. D04: its item is a link to our host.
#[tokio::test]
async fn d02_d03_d04_a_picked_badge_goes_back_as_a_signed_link() {
    let picking = Picking::new().await;
    picking.lms.set_manners(|manners| manners.deep_linking.data = Some("909708".to_owned()));
    let version = picking.achievement("Lab safety").await;
    let picker = picking.picker().await;
    let settle = picking.choose(&picker, &[version]).await;
    let leave = picking.send(&settle, "place", &[("column-0", "1".to_owned())]).await;
    let form = leave.forms().remove(0);
    assert_eq!((form.method.as_str(), form.fields.len()), ("post", 1), "D02");
    assert!(form.action.starts_with(picking.lms.base_url()) && form.action.contains("sesskey="), "D02");
    assert_eq!(leave.header("cache-control"), Some("no-store"));
    assert!(!form.buttons.is_empty(), "D02: works without script");

    let (header, claims) = answer(&leave);
    let lti = |name: &str| claims[format!("https://purl.imsglobal.org/spec/lti/claim/{name}")].clone();
    assert_eq!((&header["alg"], header["kid"].is_string()), (&json!("RS256"), true), "D03");
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(CLIENT), &json!(picking.lms.issuer())), "D03");
    let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert!((1..=600).contains(&lifetime) && claims["nonce"].is_string(), "D03: {claims}");
    assert_eq!(
        (lti("message_type"), lti("version")),
        (json!("LtiDeepLinkingResponse"), json!("1.3.0")),
        "D03"
    );
    assert_eq!((lti("deployment_id"), &claims[DATA]), (json!(DEPLOYMENT), &json!("909708")), "D03");
    assert!(claims.get("sub").is_none() && claims.get("azp").is_none());

    let item = &items(&leave)[0];
    assert_eq!((&item["type"], &item["title"]), (&json!("ltiResourceLink"), &json!("Lab safety")), "D04");
    let url = item["url"].as_str().unwrap();
    assert!(url.starts_with(&picking.at("/course/placements/")), "D04: {url}");
    assert_eq!(item["lineItem"]["scoreMaximum"], 100, "D04");
    assert_eq!(item["lineItem"]["tag"], "laurel-badge");
    assert_eq!(item["custom"]["link_history"], "$ResourceLink.id.history");

    let back = picking.deliver(&leave).await;
    assert!(back.contains("Added to the course."), "D03: the LMS has verified it: {}", back.text());
    assert_eq!(picking.lms.deep_linking_responses()[0].refusal, None, "D03");
    assert_eq!(picking.lms.line_items(demo::COURSE)[0].maximum(), 100.0);
}

/// D06: cancelling sends an empty answer.
#[tokio::test]
async fn d06_cancelling_sends_nothing_back() {
    let picking = Picking::new().await;
    let version = picking.achievement("Lab safety").await;
    let picker = picking.picker().await;
    let leave = picking.send(&picker, "cancel", &[]).await;
    assert_eq!(items(&leave), Vec::<Value>::new());
    assert!(picking.deliver(&leave).await.contains("Nothing was added."));
    // From the second page too.
    let settle = picking.choose(&picking.picker().await, &[version]).await;
    let leave = picking.send(&settle, "cancel", &[]).await;
    assert_eq!(items(&leave), Vec::<Value>::new());
    assert_eq!(picking.count("picked_link").await, 0);
}

/// D07: where one is wanted the page offers one, and a forced second is refused.
#[tokio::test]
async fn d07_where_one_is_wanted_two_are_refused() {
    let picking = Picking::new().await;
    let (one, two) = (picking.achievement("One").await, picking.achievement("Two").await);
    picking.lms.set_manners(|manners| manners.deep_linking.accept_multiple = Some(json!(false)));
    let picker = picking.picker().await;
    assert!(picker.contains("type=\"radio\"") && !picker.contains("type=\"checkbox\""));
    let page = picking.choose(&picker, &[one, two]).await;
    refused("two", &page, 400, "lti.dl.too_many_items");
    // Also when the second page's form is bent.
    let settle = picking.choose(&picker, &[one]).await;
    let page = picking.send(&settle, "place", &[("choose", two.to_string())]).await;
    refused("two", &page, 400, "lti.dl.too_many_items");
    // Nothing was spent.
    let leave = picking.send(&settle, "place", &[]).await;
    assert_eq!(items(&leave).len(), 1);
}

/// D16: a picker that was left open for an hour answers with valid times.
#[tokio::test]
async fn d16_a_picker_may_stay_open() {
    let picking = Picking::new().await;
    let version = picking.achievement("Lab safety").await;
    let settle = picking.choose(&picking.picker().await, &[version]).await;
    picking.advance(3600);
    let leave = picking.send(&settle, "place", &[]).await;
    let claims = answer(&leave).1;
    assert_eq!(claims["iat"].as_i64(), Some(picking.clock.now().timestamp()));
    assert!(picking.deliver(&leave).await.contains("Added to the course."));
}

/// D17: the same picker sent twice gets the same bytes, a changed one is refused.
#[tokio::test]
async fn d17_a_request_is_answered_once() {
    let picking = Picking::new().await;
    let (one, two) = (picking.achievement("One").await, picking.achievement("Two").await);
    let picker = picking.picker().await;
    let settle = picking.choose(&picker, &[one]).await;
    let other = picking.choose(&picker, &[two]).await;
    let (first, second) =
        tokio::join!(picking.send(&settle, "place", &[]), picking.send(&settle, "place", &[]));
    assert_eq!(token(&first), token(&second), "at the same moment");
    assert_eq!(token(&picking.send(&settle, "place", &[]).await), token(&first), "and again");
    refused("another choice", &picking.send(&other, "place", &[]).await, 409, "pick.answered");
    refused("cancelled", &picking.send(&picker, "cancel", &[]).await, 409, "pick.answered");
    assert_eq!(picking.count("picked_link").await, 1);
    picking.advance(301);
    refused("when it is old", &picking.send(&settle, "place", &[]).await, 409, "pick.answered");
}

/// D18: where the platform takes no line item, none is sent, even if the form is bent.
#[tokio::test]
async fn d18_no_line_item_where_none_is_taken() {
    let picking = Picking::new().await;
    let version = picking.achievement("Lab safety").await;
    picking.lms.set_manners(|manners| manners.deep_linking.accept_lineitem = Some(json!(false)));
    let settle = picking.choose(&picking.picker().await, &[version]).await;
    assert!(!settle.contains("column-0"), "{}", settle.text());
    let more = [("column-0", "1".to_owned()), ("maximum-0", "50".to_owned())];
    let leave = picking.send(&settle, "place", &more).await;
    assert!(items(&leave)[0].get("lineItem").is_none());
}

/// D19: dates are sent with their zone.
#[tokio::test]
async fn d19_dates_have_a_zone() {
    let picking = Picking::new().await;
    let version = picking.achievement("Lab safety").await;
    let settle = picking.choose(&picking.picker().await, &[version]).await;
    let (opens, due) = ("2031-02-01T08:00".to_owned(), "2031-06-30T22:00".to_owned());
    let wrong =
        picking.send(&settle, "place", &[("opens-0", due.clone()), ("due-0", "soon".to_owned())]).await;
    assert!(wrong.status == 200 && wrong.contains("dates do not fit"), "{}", wrong.text());
    let leave = picking.send(&settle, "place", &[("opens-0", opens), ("due-0", due)]).await;
    let item = &items(&leave)[0];
    assert_eq!(item["available"], json!({ "startDateTime": "2031-02-01T08:00:00Z" }));
    assert_eq!(item["submission"], json!({ "endDateTime": "2031-06-30T22:00:00Z" }));
    assert!(DateTime::parse_from_rfc3339(item["available"]["startDateTime"].as_str().unwrap()).is_ok());
    assert!(picking.deliver(&leave).await.contains("Added to the course."));
}

/// D19: a badge whose rule names a period offers its dates.
#[tokio::test]
async fn d19_the_dates_of_a_rule_are_offered() {
    let picking = Picking::new().await;
    let mut dated = definition("Dated", MayPlace::Instructors);
    dated.rule = Some(json!({ "version": 1, "node": {
        "type": "during", "from": "2031-02-01T08:00:00Z", "to": "2031-06-30T22:00:00Z", "zone": "UTC",
        "of": [{ "type": "launched" }],
    } }));
    let caller = picking.operator();
    let version = achievement::define(&picking.app.app, &caller, picking.issuer.id, "dated", dated).await;
    let version = version.unwrap().version.id;
    let settle = picking.choose(&picking.picker().await, &[version]).await;
    assert!(settle.contains("value=\"2031-02-01T08:00\""), "{}", settle.text());
    let item = items(&picking.send(&settle, "place", &[]).await).remove(0);
    assert_eq!(item["available"], json!({ "startDateTime": "2031-02-01T08:00:00Z" }));
    assert_eq!(item["submission"], json!({ "endDateTime": "2031-06-30T22:00:00Z" }));
}

/// Another tenant's badge.
async fn of_another_tenant(picking: &Picking) -> AchievementVersionId {
    let app = &picking.app.app;
    let nobody = Caller::new(OrganizationId(uuid::Uuid::nil()), Actor::CommandLine);
    let tenant = NewOrganization { slug: "other".to_owned(), name: "Other".to_owned() };
    let organization = organization::create(app, &nobody, tenant).await.unwrap().id;
    let caller = Caller::new(organization, Actor::CommandLine);
    let new = NewIssuer {
        slug: "other".to_owned(),
        name: "Other".to_owned(),
        url: "https://other.example".to_owned(),
        email: "badges@other.example".to_owned(),
        description: None,
        language: Some("en".to_owned()),
        base_url: None,
    };
    let issuer = issuer::create(app, &caller, new).await.unwrap();
    achievement::define(app, &caller, issuer.id, "theirs", definition("Theirs", MayPlace::Instructors))
        .await
        .unwrap()
        .version
        .id
}

pub fn definition(name: &str, may_place: MayPlace) -> Definition {
    Definition {
        name: name.to_owned(),
        description: "Words.".to_owned(),
        criteria_narrative: "Words.".to_owned(),
        achievement_type: "Badge".to_owned(),
        tags: Vec::new(),
        alignments: Vec::new(),
        language: "en".to_owned(),
        artwork: None,
        rule: None,
        validity_days: None,
        valid_until: None,
        remind_days: Vec::new(),
        floor: Floor::default(),
        may_place,
    }
}

/// D22: another tenant's badge, an operators' one, an older version and an archived one are refused alike.
#[tokio::test]
async fn d22_only_what_the_author_may_place_goes_back() {
    let picking = Picking::new().await;
    let (app, caller) = (&picking.app.app, picking.operator());
    let mine = picking.achievement("Mine").await;
    let theirs = of_another_tenant(&picking).await;
    let operators = definition("Operators", MayPlace::Operators);
    let operators =
        achievement::define(app, &caller, picking.issuer.id, "operators", operators).await.unwrap();
    let old =
        achievement::define(app, &caller, picking.issuer.id, "old", definition("Old", MayPlace::Instructors))
            .await
            .unwrap();
    achievement::publish_version(app, &caller, old.achievement.id, definition("New", MayPlace::Operators))
        .await
        .unwrap();
    let picker = picking.picker().await;
    for hidden in ["Theirs", "Operators", "Old", "New"] {
        assert!(!picker.contains(&format!(">{hidden}<")), "{hidden} is offered");
    }
    let settle = picking.choose(&picker, &[mine]).await;
    let nothing = AchievementVersionId(uuid::Uuid::from_u128(1));
    for forced in [theirs, operators.version.id, old.version.id, nothing] {
        refused("chosen", &picking.choose(&picker, &[forced]).await, 404, "not_found");
        let page = picking.send(&settle, "place", &[("choose", forced.to_string())]).await;
        refused("placed", &page, 404, "not_found");
    }
    assert_eq!(picking.count("picked_link").await, 0);
}

/// Slots are tightened, never loosened; the rule that was chosen is the placement's.
#[tokio::test]
async fn the_rule_can_be_made_stricter_only() {
    let picking = Picking::new().await;
    let mut with_rule = definition("Scored", MayPlace::Instructors);
    with_rule.rule = Some(json!({ "version": 1, "node": { "type": "all_of", "of": [
        { "type": "launched" },
        { "type": "score", "subject": { "activity": "quiz" }, "unit": "percent", "at_least": "60" },
    ] } }));
    let caller = picking.operator();
    let version = achievement::define(&picking.app.app, &caller, picking.issuer.id, "scored", with_rule)
        .await
        .unwrap()
        .version
        .id;
    let settle = picking.choose(&picking.picker().await, &[version]).await;
    assert!(
        settle.contains("At least this many percent") && settle.contains("min=\"60\""),
        "{}",
        settle.text()
    );
    let looser = picking.send(&settle, "place", &[("slot-0-1", "59".to_owned())]).await;
    assert!(looser.status == 200 && looser.contains("not easier"), "{}", looser.text());
    assert!(looser.contains("value=\"59\""), "what was typed stays");
    let leave = picking.send(&settle, "place", &[("slot-0-1", "75.5".to_owned())]).await;
    assert!(picking.deliver(&leave).await.contains("Added to the course."));
    let activity = picking.activities(demo::COURSE).pop().unwrap();
    picking.launch(demo::GRACE, &activity).await;
    let (_, rule) = picking.bound(&activity).await;
    let link = picking.link(&activity).await.id;
    assert_eq!(rule.rule["node"]["of"][0], json!({ "type": "launched", "link": link }));
    assert_eq!(rule.rule["node"]["of"][1]["at_least"], "75.5");
}

/// A badge that an author begins is a draft that only operators can put into force.
#[tokio::test]
async fn a_draft_can_be_begun_and_awards_nothing() {
    let picking = Picking::new().await;
    let picker = picking.picker().await;
    let blank = picking.send(&picker, "draft", &[("draft_name", " ".to_owned())]).await;
    assert!(blank.status == 200 && blank.contains("give a name"), "{}", blank.text());
    let words = [("draft_name", "My own".to_owned()), ("draft_description", "Knows it.".to_owned())];
    let begun = picking.send(&picker, "draft", &words).await;
    assert!(begun.contains("My own") && begun.contains(" checked"), "{}", begun.text());
    assert!(!picking.picker().await.contains("My own"), "nobody else is offered it");
    let settle = picking.send(&begun, "settle", &[]).await;
    let leave = picking.send(&settle, "place", &[]).await;
    picking.deliver(&leave).await;
    let activity = picking.activities(demo::COURSE).pop().unwrap();
    picking.launch(demo::GRACE, &activity).await;
    let (placement, _) = picking.bound(&activity).await;
    assert_eq!((placement.state.as_str(), picking.awards().await.len()), ("draft", 0));
    let page = picking.launch(demo::ADA, &activity).await.page;
    assert!(page.contains("Only the people who look after Laurel"), "{}", page.text());
    assert!(!page.contains("Put into force"));
    let mut form = page.forms().remove(0);
    form.set("do", "confirm");
    let browser = picking.app.browser();
    let teacher = browser.launch(&picking.lms, demo::ADA, &activity.id).await.unwrap().page;
    let mut form = teacher.forms().remove(0);
    form.set("do", "confirm");
    let page = browser.submit(&teacher, &form).await.unwrap();
    refused("confirmed by a teacher", &page, 403, "placement.operators_only");
}

/// Badges are found by name and read in pages; what was chosen elsewhere stays chosen.
#[tokio::test]
async fn badges_are_found_and_read_in_pages() {
    let picking = Picking::new().await;
    let mut versions = Vec::new();
    for number in 0..60 {
        versions.push(picking.achievement(&format!("Badge {number:02}")).await);
    }
    let special = picking.achievement("Die Ökologie").await;
    let picker = picking.picker().await;
    assert!(picker.contains("61 badges") && picker.contains("page 1 of 3"), "{}", picker.text());
    assert!(picker.contains("Badge 00") && !picker.contains("Badge 30"));
    let next = picking.send(&picker, "page-2", &[("choose", versions[3].to_string())]).await;
    assert!(next.contains("page 2 of 3") && next.contains("Badge 30") && next.contains("Chosen already"));
    let found = picking.send(&next, "search", &[("q", "öKO".to_owned())]).await;
    assert!(found.contains("1 badge<") && found.contains("Badge 03"), "{}", found.text());
    let settle = picking.choose(&found, &[special]).await;
    let leave = picking.send(&settle, "place", &[]).await;
    let titles: Vec<Value> = items(&leave).iter().map(|item| item["title"].clone()).collect();
    assert_eq!(titles, [json!("Badge 03"), json!("Die Ökologie")]);
}
