//! The other products of lti-1.3-tool.md §25.2, and single quirks set alone.

use reqwest::{
    Method,
    header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue},
};
use serde_json::{Value, json};
use url::Url;

use super::{
    campus,
    service_user::{CLIENT, LINK, ServiceUser, below, json_of, next, score},
};
use crate::{
    Activity, Profile,
    bend::Bend,
    browser::Browser,
    claims,
    course::{LEARNER, User},
    demo, fields,
    services::{
        Column, SCOPE_GROUPS, SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READONLY, SCOPE_MEMBERS, SCOPE_RESULT,
        SCOPE_SCORE, TYPE_LINE_ITEM, TYPE_LINE_ITEMS, TYPE_MEMBERS, TYPE_RESULTS,
        quirks::{LinkStyle, RoleWords},
    },
    wire::Wire,
};

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// A launch, the address of the line items, and that of the members.
async fn addresses(user: &ServiceUser) -> (Value, String, String) {
    let launch = user.launch(demo::GRACE).await;
    let items = text(&launch[claims::AGS_ENDPOINT]["lineitems"]).to_owned();
    let members = text(&launch[claims::NRPS]["context_memberships_url"]).to_owned();
    (launch, items, members)
}

async fn create(user: &ServiceUser, url: &str, body: &Value) -> (u16, Value) {
    let answer = user.put(Method::POST, url, TYPE_LINE_ITEM, SCOPE_LINE_ITEM, body).await;
    (answer.status, json_of(&answer))
}

async fn members(user: &ServiceUser, url: &str) -> Vec<Value> {
    json_of(&user.get(url, TYPE_MEMBERS, SCOPE_MEMBERS).await)["members"].as_array().unwrap().clone()
}

#[tokio::test]
async fn canvas() {
    let user = ServiceUser::of(Profile::Canvas).await;
    assert_eq!(user.lms.issuer(), "https://canvas.instructure.com");
    let (number, hash) = user.tool.deployment_id.split_once(':').unwrap();
    assert!(number.parse::<u32>().is_ok() && hash.len() == 40, "{}", user.tool.deployment_id);
    let (launch, items, roster) = addresses(&user).await;
    assert_eq!(text(&launch["sub"]).len(), 36);
    assert!(launch.get("name").is_none() && launch.get("email").is_none(), "nobody is named by default");
    let roles = launch[claims::ROLES].as_array().unwrap();
    assert_eq!(roles.iter().filter(|role| **role == LEARNER).count(), 2, "duplicates: {roles:?}");
    assert_eq!(launch["https://www.instructure.com/placement"], "course_navigation");
    let body = json!({"label": "Badge", "scoreMaximum": 100});
    let (status, item) = create(&user, &items, &body).await;
    assert_eq!(status, 201);
    assert!(item["https://canvas.instructure.com/lti/submission_type"].is_object());
    let (item, id) = (text(&item["id"]).to_owned(), user.lms.line_items(demo::COURSE)[0].id);
    let posted = user.score(&item, demo::GRACE, 90.0, "04:05:06.789").await;
    assert!(text(&json_of(&posted)["resultUrl"]).starts_with(&below(&item, "results")));
    assert_eq!(user.score(&item, demo::GRACE, 1.0, "04:05:06.789").await.status, 400, "stale");
    assert_eq!(user.score(&item, demo::ADA, 1.0, "04:05:06.789").await.status, 422);
    let mut pending = score(&user.lms.subject(demo::GRACE), 70.0, "04:05:07.000");
    pending["gradingProgress"] = "PendingManual".into();
    assert_eq!(user.post_score(&item, &pending).await.status, 200);
    assert_eq!(user.lms.grade_of(id, demo::GRACE).unwrap().value(), 70.0);
    pending["timestamp"] = "2031-02-03T04:05:08.000Z".into();
    pending.as_object_mut().unwrap().shift_remove("scoreGiven");
    assert_eq!(user.post_score(&item, &pending).await.status, 200);
    assert_eq!(user.lms.grade_of(id, demo::GRACE).unwrap().value(), 70.0, "nothing is cleared");
    user.lms.grade(demo::ADA, id, demo::EMMY, 5.0).unwrap();
    let results = json_of(&user.get(&below(&item, "results"), TYPE_RESULTS, SCOPE_RESULT).await);
    assert_eq!(results.as_array().unwrap().len(), 1, "signals.md §1: only after a score of ours");
    let both = user.ask(&user.assertion(), &format!("{SCOPE_SCORE} unknown")).await;
    assert_eq!((both.status, &json_of(&both)["error"]), (400, &json!("invalid_scope")), "T10");
    user.lms.add_crowd(demo::COURSE, 60);
    let page = user.get(&roster, TYPE_MEMBERS, SCOPE_MEMBERS).await;
    assert_eq!(json_of(&page)["members"].as_array().unwrap().len(), 50);
    assert_eq!(members(&user, &next(&page).unwrap()).await.len(), 14);
    let token = format!("Bearer {}", user.token(SCOPE_MEMBERS).await);
    let headers =
        [(AUTHORIZATION, token.as_str()), (ACCEPT, TYPE_MEMBERS), (reqwest::header::USER_AGENT, "")];
    assert_eq!(user.send(Method::GET, &roster, &headers, None).await.unwrap().status, 403, "User-Agent");
}

#[tokio::test]
async fn blackboard() {
    let user = ServiceUser::of(Profile::Blackboard).await;
    assert_eq!(user.lms.issuer(), "https://blackboard.com");
    let (launch, items, _) = addresses(&user).await;
    let sub = text(&launch["sub"]);
    assert!(sub.len() == 32 && sub.bytes().all(|byte| byte.is_ascii_hexdigit()), "{sub}");
    assert!(launch.get("https://blackboard.com/lti/claim/one_time_session_token").is_some());
    assert_eq!(launch[claims::TOOL_PLATFORM]["product_family_code"], "BlackboardLearn");
    let with_link = json!({"label": "Badge", "scoreMaximum": 100, "resourceLinkId": LINK});
    assert_eq!(create(&user, &items, &with_link).await.0, 400);
    let (status, mut item) = create(&user, &items, &json!({"label": "Badge", "scoreMaximum": 100})).await;
    assert_eq!(status, 201);
    let id = text(&item["id"]).to_owned();
    item["label"] = "Renamed".into();
    assert_eq!(user.put(Method::PUT, &id, TYPE_LINE_ITEM, SCOPE_LINE_ITEM, &item).await.status, 400);
    item.as_object_mut().unwrap().shift_remove("id");
    assert_eq!(user.put(Method::PUT, &id, TYPE_LINE_ITEM, SCOPE_LINE_ITEM, &item).await.status, 200);
}

#[tokio::test]
async fn brightspace() {
    let user = ServiceUser::of(Profile::Brightspace).await;
    let mut assertion = user.assertion();
    assert_eq!(assertion["aud"], "https://api.brightspace.com/auth/token");
    assert_eq!(user.ask(&assertion, SCOPE_SCORE).await.status, 200, "T08");
    assertion["jti"] = "another".into();
    assertion["aud"] = user.lms.token_endpoint().into();
    assert_eq!(user.ask(&assertion, SCOPE_SCORE).await.status, 401);
    let (launch, _, roster) = addresses(&user).await;
    assert_eq!(launch["nbf"], launch["iat"]);
    let (guid, number) = text(&launch["sub"]).split_once('_').unwrap();
    assert!(guid.len() == 36 && number.parse::<u64>().is_ok());
    assert_eq!(user.launch(demo::ALAN).await["email"], "", "nobody without an address");
    let alan = &members(&user, &roster).await[1];
    assert_eq!((&alan["user_id"], &alan["email"]), (&json!(user.lms.subject(demo::ALAN)), &json!("")));
    let page = Browser::new().get(&format!("{}?client_id={CLIENT}", user.lms.authorization_endpoint())).await;
    assert_eq!(page.unwrap().status, 404, "anything missing");
}

#[tokio::test]
async fn sakai() {
    let user = ServiceUser::of(Profile::Sakai).await;
    assert_eq!(user.tool.deployment_id, "1");
    let (launch, items, roster) = addresses(&user).await;
    let sub = format!("{}/user/{}", user.lms.base_url(), demo::GRACE);
    assert_eq!(launch["sub"], sub);
    let (_, item) = create(&user, &items, &json!({"label": "Badge", "scoreMaximum": 10})).await;
    assert_eq!(item["https://www.sakailms.org/spec/lti-ags/v2p0/readOnly"], false);
    let id = text(&item["id"]);
    let put = user.put(Method::PUT, id, TYPE_LINE_ITEM, SCOPE_LINE_ITEM, &item).await;
    assert_eq!(json_of(&put), item, "sent back as it came");
    assert_eq!(user.score(id, demo::GRACE, 50.0, "04:05:06").await.status, 200);
    let who: String = url::form_urlencoded::byte_serialize(sub.as_bytes()).collect();
    let results =
        user.get(&format!("{}?user_id={who}", below(id, "results")), TYPE_RESULTS, SCOPE_RESULT).await;
    assert_eq!(json_of(&results)[0]["resultScore"], 5);
    let listed = members(&user, &roster).await;
    assert!(listed.iter().any(|member| member["user_id"] == sub), "N14");
}

#[tokio::test]
async fn schoology() {
    let user = ServiceUser::of(Profile::Schoology).await;
    assert_eq!(user.lms.issuer(), "https://schoology.schoology.com");
    let (launch, _, roster) = addresses(&user).await;
    assert_eq!(launch[claims::CUSTOM], json!({"badge": "17", "who-is": "Grace Hopper"}));
    user.lms.add_crowd(demo::COURSE, 150);
    assert_eq!(members(&user, &format!("{roster}?limit=1000")).await.len(), 100);
    let of_link = members(&user, &format!("{roster}?rlid={LINK}")).await;
    assert_eq!(of_link[0]["message"][0][claims::CUSTOM]["who-is"], "Ada Lovelace");
}

#[tokio::test]
async fn open_edx() {
    let user = ServiceUser::of(Profile::OpenEdx).await;
    assert_eq!((user.tool.deployment_id.as_str(), user.lms.invent_deployment_id().as_str()), ("1", "1"));
    let (launch, items, _) = addresses(&user).await;
    assert_eq!(launch["preferred_username"], demo::GRACE);
    assert_eq!(
        launch[claims::CONTEXT]["type"],
        json!(["http://purl.imsglobal.org/vocab/lis/v2/course#CourseGroup"])
    );
    for wrong in [
        json!({"label": "x", "scoreMaximum": 7.5, "resourceId": "r"}),
        json!({"label": "x", "scoreMaximum": 7}),
    ] {
        assert_eq!(create(&user, &items, &wrong).await.0, 400, "{wrong}");
    }
    let (status, item) =
        create(&user, &items, &json!({"label": "x", "scoreMaximum": 7, "resourceId": "r"})).await;
    assert_eq!(status, 201);
    let id = user.lms.line_items(demo::COURSE)[0].id;
    user.score(text(&item["id"]), demo::GRACE, 100.0, "04:05:06.789").await;
    user.lms.grade(demo::ADA, id, demo::EMMY, 3.0).unwrap();
    let results = json_of(&user.get(&below(text(&item["id"]), "results"), TYPE_RESULTS, SCOPE_RESULT).await);
    assert_eq!(results.as_array().unwrap().len(), 1, "signals.md §5: only what the tool posted");
    // Ids with `+`, `@` and `:` must come back whole, in paths and in queries.
    let course = "course-v1:Campus+CH101+2031";
    let block = "block-v1:Campus+CH101+type@lti_consumer+block@ab12";
    user.lms.add_course(crate::Course::new(course, "CH101", "Chemistry"));
    user.lms.enroll(course, demo::GRACE, &[LEARNER]);
    user.lms.add_activity(course, Activity::tool(block, "Badge", CLIENT));
    let claims = user.lms.service_claims(&user.tool, &course.into(), None);
    let items = text(&claims[claims::AGS_ENDPOINT]["lineitems"]).to_owned();
    let body = json!({"label": "x", "scoreMaximum": 1, "resourceLinkId": block});
    assert_eq!(create(&user, &items, &body).await.0, 201);
    let encoded: String = url::form_urlencoded::byte_serialize(block.as_bytes()).collect();
    let list =
        user.get(&format!("{items}?resource_link_id={encoded}"), TYPE_LINE_ITEMS, SCOPE_LINE_ITEM).await;
    assert_eq!(json_of(&list).as_array().unwrap().len(), 1);
    let raw = user.get(&format!("{items}?resource_link_id={block}"), TYPE_LINE_ITEMS, SCOPE_LINE_ITEM).await;
    assert_eq!(json_of(&raw), json!([]), "a plus that is not encoded is a space");
    let url = text(&claims[claims::NRPS]["context_memberships_url"]).to_owned();
    assert_eq!(members(&user, &format!("{url}?rlid={encoded}")).await.len(), 1);
}

#[tokio::test]
async fn every_product_launches_over_http_and_says_what_it_is() {
    for profile in Profile::ALL {
        assert_eq!(Profile::named(profile.name()), Some(profile));
        let (lms, tool, browser) = campus().await;
        lms.set_profile(profile);
        let outcome = browser.launch(&lms, demo::GRACE, super::BADGE).await.unwrap();
        assert_eq!(outcome.status(), 200, "{profile:?}: {}", outcome.page.text());
        let launch = tool.launches().remove(0);
        let quirks = profile.quirks();
        assert_eq!(launch["sub"], lms.subject(demo::GRACE), "{profile:?}");
        assert_eq!(launch[claims::TOOL_PLATFORM]["product_family_code"], quirks.product_family);
        let by_get = quirks.login_method == Some(crate::LoginMethod::Get);
        assert_eq!(tool.logins()[0].0, if by_get { "GET" } else { "POST" }, "{profile:?}");
    }
}

#[tokio::test]
async fn open_edx_breaks_a_login_address_that_has_a_query() {
    let (lms, tool, browser) = campus().await;
    lms.set_profile(Profile::OpenEdx);
    let mut registration = tool.registration();
    registration.login_url.push_str("?tenant=1");
    lms.register(registration);
    let outcome = browser.launch(&lms, demo::GRACE, super::BADGE).await.unwrap();
    assert_eq!(fields::first(&tool.logins()[0].1, "iss"), None, "{}", outcome.page.text());
    assert!(fields::first(&tool.logins()[0].1, "tenant").unwrap().starts_with("1?iss="));
}

#[tokio::test]
async fn single_quirks_can_be_set_alone() {
    let user = ServiceUser::start().await;
    let (_, items, roster) = addresses(&user).await;
    user.lms.quirks(|quirks| quirks.launch_roles = RoleWords::Short);
    assert_eq!(user.launch(demo::GRACE).await[claims::ROLES], json!(["Learner"]));
    user.lms.quirks(|quirks| quirks.launch_roles = RoleWords::Urn);
    assert_eq!(user.launch(demo::ADA).await[claims::ROLES], json!(["urn:lti:role:ims/lis/Instructor"]));
    user.lms.set_profile(Profile::Plain);
    user.lms.quirks(|quirks| quirks.blank_role = true);
    user.lms.enroll(demo::COURSE, demo::ALAN, &[]);
    assert_eq!(user.launch(demo::ALAN).await[claims::ROLES], json!([""]), "no role at all");
    user.lms.quirks(|quirks| quirks.read_only_items = true);
    let scopes = user.launch(demo::GRACE).await[claims::AGS_ENDPOINT]["scope"].clone();
    assert!(!scopes.as_array().unwrap().contains(&json!(SCOPE_LINE_ITEM)), "{scopes}");
    let refused = user.ask(&user.assertion(), SCOPE_LINE_ITEM).await;
    assert_eq!((refused.status, &json_of(&refused)["error"]), (400, &json!("invalid_scope")));
    assert_eq!(user.get(&items, TYPE_LINE_ITEMS, SCOPE_LINE_ITEM_READONLY).await.status, 200, "A10");
    user.lms.quirks(|quirks| quirks.roster_links = LinkStyle::Bare);
    let page = user.get(&format!("{roster}?limit=1"), TYPE_MEMBERS, SCOPE_MEMBERS).await;
    assert!(page.header("link").unwrap().ends_with("; rel=next"));
    user.lms.quirks(|quirks| quirks.differences_link = true);
    let page = user.get(&roster, TYPE_MEMBERS, SCOPE_MEMBERS).await;
    assert!(page.header("link").unwrap().contains("rel=differences"));
    user.lms.quirks(|quirks| quirks.ignores_limit = true);
    assert_eq!(members(&user, &format!("{roster}?limit=1")).await.len(), 4);
    let item = user.lms.add_column(demo::COURSE, Column::of_tool(CLIENT, "Zero", 10.0));
    user.lms.grade(demo::ADA, item.id, demo::GRACE, 0.0).unwrap();
    user.lms.quirks(|quirks| quirks.zero_reads_as_none = true);
    let results = format!("{items}/{}/lineitem/results", item.id);
    let results = json_of(&user.get(&results, TYPE_RESULTS, SCOPE_RESULT).await);
    assert!(results[0].get("resultScore").is_none(), "{results}");
    user.lms.quirks(|quirks| {
        quirks.offers_groups = false;
        quirks.offers_members = false;
        quirks.offers_grades = false;
    });
    let launch = user.launch(demo::GRACE).await;
    for claim in [claims::AGS_ENDPOINT, claims::NRPS, claims::GROUPS] {
        assert!(launch.get(claim).is_none(), "N10: {claim}");
    }
    assert_eq!(user.get(&roster, TYPE_MEMBERS, SCOPE_MEMBERS).await.status, 404);
    assert_eq!(user.ask(&user.assertion(), SCOPE_GROUPS).await.status, 200);
}

#[tokio::test]
async fn a_launch_may_have_a_blank_column_and_a_login_may_come_too_late() {
    let user = ServiceUser::start().await;
    user.lms.quirks(|quirks| quirks.blank_line_item = true);
    assert_eq!(user.launch(demo::GRACE).await[claims::AGS_ENDPOINT]["lineitem"], "", "A07");
    user.lms.add_column(demo::COURSE, Column::of_tool(CLIENT, "Badge", 1.0).link(LINK));
    assert_ne!(user.launch(demo::GRACE).await[claims::AGS_ENDPOINT]["lineitem"], "");
    let (lms, _tool, browser) = campus().await;
    lms.quirks(|quirks| quirks.login_window = Some(chrono::Duration::seconds(-1)));
    let late = browser.launch(&lms, demo::GRACE, super::BADGE).await.unwrap();
    assert!(late.contains("begun too long ago"), "{}", late.page.text());
    lms.quirks(|quirks| quirks.login_window = Some(chrono::Duration::seconds(60)));
    assert_eq!(browser.launch(&lms, demo::GRACE, super::BADGE).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_login_may_leave_the_deployment_out_and_a_launch_tells_the_student_number() {
    let (lms, tool, browser) = campus().await;
    lms.quirks(|quirks| quirks.login_tells_deployment = false);
    lms.add_user(User::new(demo::GRACE, "Grace Hopper").sourced_id("SIS-1"));
    let outcome =
        browser.launch_bent(&lms, demo::GRACE, super::BADGE, &[Bend::set_login("extra", "1")]).await;
    assert_eq!(outcome.unwrap().status(), 200);
    assert_eq!(fields::first(&tool.logins()[0].1, "lti_deployment_id"), None);
    assert_eq!(tool.launches()[0][claims::LIS]["person_sourcedid"], "SIS-1");
    // The services are there for registered tools only: a stranger's token is nothing.
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer x"));
    let url = Url::parse(&format!("{}/nrps/{}/members", lms.base_url(), demo::COURSE)).unwrap();
    assert_eq!(Wire::default().send(Method::GET, &url, headers, None).await.unwrap().status, 401);
}
