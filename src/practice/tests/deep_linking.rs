//! Deep linking: cases D01–D22 from the platform's side. A second practice LMS holds the tool's keys.

use serde_json::{Value, json};

use super::{CLIENT, FakeTool, campus};
use crate::{
    Opening, Options, Practice, Profile,
    bend::{Bend, Signer},
    browser::{Browser, Page},
    claims,
    course::{CourseId, Kind},
    deep_linking::{CONTENT_ITEMS, DATA, ERROR_MSG, MSG, SETTINGS},
    demo,
    services::Column,
};

struct Picking {
    lms: Practice,
    tool: FakeTool,
    keys: Practice,
    browser: Browser,
}

impl Picking {
    async fn start(product: Profile) -> Self {
        let (lms, tool, browser) = campus().await;
        lms.set_profile(product);
        let keys =
            Practice::start(Options { key_name: "tool".to_owned(), ..Options::default() }).await.unwrap();
        let mut registration = tool.registration().picker(&format!("{}/home?pick=1", tool.base_url));
        registration.jwks_url = Some(keys.jwks_url());
        lms.register(registration);
        Self { lms, tool, keys, browser }
    }

    /// The claims of a deep-linking request, as the tool got them.
    async fn ask(&self) -> Value {
        let opening = Opening::DeepLinking { course: demo::COURSE.into(), client_id: CLIENT.to_owned() };
        let outcome = self.browser.open(&self.lms, demo::ADA, opening, &[]).await.unwrap();
        assert_eq!(outcome.status(), 200, "{}", outcome.page.text());
        self.tool.launches().pop().unwrap()
    }

    /// A right answer with these items.
    fn answer(&self, asked: &Value, items: &Value) -> Value {
        let now = self.lms.now().timestamp();
        let mut claims = json!({
            "iss": CLIENT, "aud": self.lms.issuer(), "iat": now, "exp": now + 300, "nonce": crate::dice::token(),
            claims::MESSAGE_TYPE: "LtiDeepLinkingResponse", claims::VERSION: "1.3.0",
            claims::DEPLOYMENT_ID: asked[claims::DEPLOYMENT_ID], CONTENT_ITEMS: items,
        });
        if let Some(data) = asked[SETTINGS].get("data") {
            claims[DATA] = data.clone();
        }
        claims
    }

    async fn send(&self, asked: &Value, token: &str) -> Page {
        let url = asked[SETTINGS]["deep_link_return_url"].as_str().unwrap();
        self.browser.post(url, &[("JWT", token)]).await.unwrap()
    }

    fn item(&self) -> Value {
        json!({
            "type": "ltiResourceLink", "url": format!("{}/home?badge=17", self.tool.base_url), "title": "Lab safety",
            "text": "Earned after both quizzes", "custom": {"Badge-Id": "17"},
            "lineItem": {"label": "Safety", "scoreMaximum": 100, "resourceId": "badge-17", "tag": "badge"},
            "submission": {"endDateTime": "2031-06-30T22:00:00Z"}, "iframe": {"width": 800, "height": 600},
        })
    }
}

#[tokio::test]
async fn a_teacher_adds_a_badge_from_the_course_page_and_a_learner_launches_it() {
    let all = Picking::start(Profile::Plain).await;
    all.browser.sign_in(&all.lms, demo::ADA).await.unwrap();
    let course = format!("{}/courses/{}", all.lms.base_url(), demo::COURSE);
    let page = all.browser.get(&course).await.unwrap();
    let page = all.browser.press(&page, "Add a badge").await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.contains(&format!("src=\"/courses/{}/add/launch?tool={CLIENT}\"", demo::COURSE)));
    let asked = all.ask().await;
    assert_eq!(asked[claims::MESSAGE_TYPE], "LtiDeepLinkingRequest");
    assert!(asked.get(claims::RESOURCE_LINK).is_none());
    assert!(asked[claims::TARGET_LINK_URI].as_str().unwrap().ends_with("pick=1"));
    assert!(asked[claims::LAUNCH_PRESENTATION].get("return_url").is_none());
    let token = all.keys.mint(&all.answer(&asked, &json!([all.item()])));
    let page = all.send(&asked, &token).await;
    assert!(page.contains("Save this to the course?") && page.contains("Lab safety"), "{}", page.text());
    assert_eq!(all.lms.world(|world| world.course(demo::COURSE).unwrap().activities.len()), 3, "not yet");
    let page = all.browser.finish_deep_link(page).await.unwrap();
    assert!(page.contains("Added to the course.") && page.contains("target=\"_top\""));
    let activity =
        all.lms.world(|world| world.course(demo::COURSE).unwrap().activities.last().unwrap().clone());
    let Kind::Tool(link) = &activity.kind else { panic!("{activity:?}") };
    assert_eq!(link.custom, [("Badge-Id".to_owned(), "17".to_owned())]);
    let column = all.lms.line_items(demo::COURSE).remove(0);
    assert_eq!((column.label(), column.text("resourceId")), ("Safety", Some("badge-17")));
    assert_eq!((column.link(), column.maximum()), (Some(activity.id.as_str()), 100.0));
    let learner = all.browser.another();
    let outcome = learner.launch(&all.lms, demo::GRACE, &activity.id).await.unwrap();
    assert!(outcome.contains("badge=17"), "the link's own query comes back");
    let launch = all.tool.launches().pop().unwrap();
    assert_eq!(launch[claims::CUSTOM]["Badge-Id"], "17", "D05");
    assert_eq!(launch[claims::RESOURCE_LINK]["title"], "Lab safety");
    let seen = all.lms.deep_linking_responses();
    assert_eq!((seen.len(), &seen[0].refusal), (1, &None));
}

#[tokio::test]
async fn every_fault_of_an_answer_is_refused_and_named() {
    let all = Picking::start(Profile::Plain).await;
    let asked = all.ask().await;
    let good = all.answer(&asked, &json!([all.item()]));
    let now = all.lms.now().timestamp();
    let mut faults: Vec<(Vec<Bend>, &str)> = vec![
        (vec![Bend::claim("iss", all.lms.issuer())], "iss"),
        (vec![Bend::claim("aud", CLIENT)], "aud"),
        (vec![Bend::claim("aud", json!([all.lms.issuer(), "another"]))], "aud"),
        (vec![Bend::claim("azp", CLIENT)], "azp"),
        (vec![Bend::claim("sub", "somebody")], "sub"),
        (vec![Bend::claim("exp", now - 100), Bend::claim("iat", now - 400)], "expired"),
        (vec![Bend::claim("exp", now + 3600)], "ten minutes"),
        (vec![Bend::claim("iat", "now")], "iat"),
        (vec![Bend::drop_claim("nonce")], "nonce"),
        (vec![Bend::claim(claims::MESSAGE_TYPE, "LtiDeepLinkingRequest")], "message_type"),
        (vec![Bend::claim(claims::VERSION, "1.3")], "version"),
        (vec![Bend::claim(claims::DEPLOYMENT_ID, "another")], "deployment_id"),
        (vec![Bend::drop_claim(DATA)], "data"),
        (vec![Bend::claim(DATA, "another")], "data"),
        (vec![Bend::drop_claim(CONTENT_ITEMS)], "content_items"),
        (vec![Bend::claim(CONTENT_ITEMS, Value::Null)], "content_items"),
        (vec![Bend::claim(MSG, json!({}))], "msg"),
        (vec![Bend::Signer(Signer::Stranger)], "signature"),
        (vec![Bend::drop_header("kid")], "kid"),
        (vec![Bend::Algorithm("RS512")], "signature"),
        (vec![Bend::unsigned()], "JWT header"),
    ];
    let items = [
        (json!({"type": "file", "url": "https://a.example/"}), "not accepted"),
        (json!({"title": "no type"}), "type"),
        (json!({"type": "ltiResourceLink", "url": "https://evil.example/"}), "of the tool"),
        (json!({"type": "ltiResourceLink", "custom": {"n": 1}}), "custom"),
        (json!({"type": "ltiResourceLink", "title": "x".repeat(256)}), "title"),
        (json!({"type": "ltiResourceLink", "lineItem": {"label": "L"}}), "scoreMaximum"),
        (json!({"type": "ltiResourceLink", "lineItem": {"scoreMaximum": 0}}), "scoreMaximum"),
        (json!({"type": "ltiResourceLink", "available": {"startDateTime": "2031-02-01 08:00"}}), "available"),
        (json!({"type": "ltiResourceLink", "icon": {"url": "/relative.png"}}), "icon"),
    ];
    faults.extend(items.map(|(item, word)| (vec![Bend::claim(CONTENT_ITEMS, json!([item]))], word)));
    for (bends, word) in faults {
        let page = all.send(&asked, &all.keys.mint_bent(&good, &bends)).await;
        let refusal = all.lms.deep_linking_responses().pop().unwrap().refusal;
        assert_eq!(page.status, 400, "{bends:?}");
        assert!(refusal.as_ref().is_some_and(|why| why.contains(word)), "{bends:?}: {refusal:?}");
    }
    let url = asked[SETTINGS]["deep_link_return_url"].as_str().unwrap();
    let token = all.keys.mint(&good);
    let strange = [
        (url.to_owned(), vec![("jwt", token.as_str())], "JWT"),
        (url.to_owned(), vec![("JWT", &token), ("JWT", &token)], "JWT"),
        (url.split('?').next().unwrap().to_owned(), vec![("JWT", &token)], "query"),
        (url.replace("/deep-link/", "/deep-link/x"), vec![("JWT", &token)], "no such request"),
    ];
    for (url, fields, word) in strange {
        assert_eq!(all.browser.post(&url, &fields).await.unwrap().status, 400);
        assert!(all.lms.deep_linking_responses().pop().unwrap().refusal.unwrap().contains(word), "{word}");
    }
    let other = all.browser.another();
    other.sign_in(&all.lms, demo::GRACE).await.unwrap();
    assert_eq!(other.post(url, &[("JWT", &token)]).await.unwrap().status, 400, "another person's session");
    assert_eq!(all.send(&asked, &token).await.status, 200, "none of them spent the request");
    assert_eq!(all.send(&asked, &token).await.status, 400, "but it is answered once (D17)");
}

#[tokio::test]
async fn cancelling_and_errors_add_nothing_d06() {
    let all = Picking::start(Profile::Plain).await;
    let asked = all.ask().await;
    let mut empty = all.answer(&asked, &json!([]));
    empty[ERROR_MSG] = json!("No badge <here>");
    let page = all.send(&asked, &all.keys.mint(&empty)).await;
    assert!(
        page.contains("Nothing was added.") && page.contains("No badge &#60;here&#62;"),
        "{}",
        page.text()
    );
    let nobody = all.browser.another();
    let url = asked[SETTINGS]["deep_link_return_url"].as_str().unwrap();
    let page = nobody.post(url, &[("JWT", "a.b.c")]).await.unwrap();
    let again = page.self_submitting_form().expect("a page that posts the same again");
    assert_eq!(crate::fields::first(&again.fields, "JWT"), Some("a.b.c"));
    assert!(again.action.contains("sesskey="), "with the whole query");
}

#[tokio::test]
async fn settings_and_what_is_kept_follow_the_manners() {
    let all = Picking::start(Profile::Moodle).await;
    let asked = all.ask().await;
    let settings = &asked[SETTINGS];
    assert_eq!(settings["accept_types"], json!(["ltiResourceLink"]));
    assert_eq!(settings["accept_presentation_document_targets"], json!(["frame", "iframe", "window"]));
    assert!(settings["accept_media_types"].is_array() && settings.get("data").is_none());
    let mut half = all.item();
    half["lineItem"]["scoreMaximum"] = json!(7.5);
    let page = all.send(&asked, &all.keys.mint(&all.answer(&asked, &json!([half])))).await;
    assert_eq!(page.status, 400, "a whole number is needed there");
    let broken = json!({"type": "link", "url": "https://a.example/", "title": "Broken"});
    let token = all.keys.mint(&all.answer(&asked, &json!([all.item(), broken])));
    let page = all.browser.finish_deep_link(all.send(&asked, &token).await).await.unwrap();
    assert!(page.contains("2 activities were added"), "{}", page.text());
    let activities = all.lms.world(|world| world.course(demo::COURSE).unwrap().activities.clone());
    let links: Vec<_> = activities
        .iter()
        .filter_map(|activity| match &activity.kind {
            Kind::Tool(link) => Some(link),
            Kind::Page(_) => None,
        })
        .collect();
    assert_eq!(links.len(), 3, "a link becomes a broken tool activity");
    let added = &activities[3].id;
    all.browser.launch(&all.lms, demo::ADA, added).await.unwrap();
    let custom = all.tool.launches().pop().unwrap()[claims::CUSTOM].clone();
    assert_eq!(custom, json!({"Badge-Id": "17", "badge_id": "17"}), "keys arrive twice");

    let all = Picking::start(Profile::Canvas).await;
    all.lms.set_manners(|manners| {
        manners.deep_linking.keeps_custom = false;
        manners.deep_linking.keeps_query = false;
        manners.deep_linking.accept_multiple = Some(json!("false"));
        manners.deep_linking.accept_lineitem = Some(json!(false));
    });
    let asked = all.ask().await;
    assert_eq!(asked[SETTINGS]["accept_multiple"], "false", "D14");
    let mut item = all.item();
    let refuse =
        async |items: Value| all.send(&asked, &all.keys.mint(&all.answer(&asked, &items))).await.status;
    assert_eq!(refuse(json!([item])).await, 400, "no lineItem is accepted (D18)");
    item.as_object_mut().unwrap().remove("lineItem");
    assert_eq!(refuse(json!([item, item])).await, 400, "one only (D07)");
    assert_eq!(refuse(json!([item])).await, 200, "auto_create: nothing is to be saved");
    let activities = all.lms.world(|world| world.course(demo::COURSE).unwrap().activities.clone());
    let Kind::Tool(link) = &activities.last().unwrap().kind else { panic!("no tool") };
    assert!(link.custom.is_empty() && link.target_link_uri.as_deref().unwrap().ends_with("/home"));
}

#[tokio::test]
async fn a_line_item_makes_no_column_where_the_platform_does_not_look_at_it() {
    let all = Picking::start(Profile::Plain).await;
    all.lms.set_manners(|manners| manners.deep_linking.honours_lineitem = false);
    let asked = all.ask().await;
    let token = all.keys.mint(&all.answer(&asked, &json!([all.item()])));
    let page = all.browser.finish_deep_link(all.send(&asked, &token).await).await.unwrap();
    assert!(page.contains("Added to the course."), "{}", page.text());
    assert!(all.lms.line_items(demo::COURSE).is_empty());
}

#[tokio::test]
async fn blackboard_sends_a_resource_link_and_open_edx_no_services() {
    let all = Picking::start(Profile::Blackboard).await;
    let asked = all.ask().await;
    assert_eq!(asked[claims::RESOURCE_LINK]["id"], demo::COURSE, "D15");
    assert_eq!(asked[SETTINGS]["accept_media_types"], "*/*");
    assert_eq!(all.tool.logins().pop().unwrap().0, "GET");
    let all = Picking::start(Profile::OpenEdx).await;
    all.lms.set_manners(|manners| {
        manners.deep_linking.roles = false;
        manners.deep_linking.target_link = false;
    });
    let asked = all.ask().await;
    assert!(asked[SETTINGS].get("accept_multiple").is_none());
    for absent in [claims::AGS_ENDPOINT, claims::NRPS, claims::ROLES, claims::TARGET_LINK_URI] {
        assert!(asked.get(absent).is_none(), "{absent}");
    }
}

#[tokio::test]
async fn copies_have_new_ids_and_remember_the_old() {
    let all = Picking::start(Profile::Plain).await;
    let mut tool = all.lms.registration(CLIENT).unwrap();
    tool.custom = vec![
        ("rl".to_owned(), "$ResourceLink.id.history".to_owned()),
        ("ctx".to_owned(), "$Context.id.history".to_owned()),
    ];
    all.lms.register(tool);
    let copy = all.lms.copy_activity(super::BADGE).unwrap();
    let page = all.browser.launch(&all.lms, demo::ADA, &copy).await.unwrap();
    assert_eq!(page.status(), 200);
    let custom = all.tool.launches().pop().unwrap()[claims::CUSTOM].clone();
    assert_eq!((&custom["rl"], &custom["ctx"]), (&json!(super::BADGE), &json!("")));
    let column = Column::of_tool(CLIENT, "Safety", 100.0).link(super::BADGE).tag("badge");
    all.lms.add_column(demo::COURSE, column);
    all.lms.add_column(demo::COURSE, Column::own("Quiz", 10.0));
    let once = all.lms.copy_course(demo::COURSE, "cs,1", "Once").await.unwrap();
    let twice = all.lms.copy_course(&once.id, "cs2", "Twice").await.unwrap();
    assert_eq!(twice.roles.len(), 1, "the teacher, no learners");
    assert_eq!(twice.history, [CourseId::from("cs,1"), CourseId::from(demo::COURSE)]);
    let badge = twice.activities.iter().find(|one| matches!(one.kind, Kind::Tool(_))).unwrap();
    assert_eq!(badge.after, Some(twice.activities[0].id.clone()), "conditions point into the copy");
    let columns = all.lms.line_items("cs2");
    assert_eq!(columns.len(), 1, "columns of links come along");
    assert_eq!((columns[0].link(), columns[0].text("tag")), (Some(badge.id.as_str()), Some("badge")));
    all.browser.launch(&all.lms, demo::ADA, &badge.id).await.unwrap();
    let custom = all.tool.launches().pop().unwrap()[claims::CUSTOM].clone();
    assert_eq!(custom["ctx"], format!("cs%2C1,{}", demo::COURSE));
    let history = custom["rl"].as_str().unwrap();
    assert!(
        history.ends_with(&format!(",{}", super::BADGE)) && history.matches(',').count() == 1,
        "{history}"
    );
}
