//! Two schools behind one issuer (shared platforms), and the gradebook as a teacher clicks through it.

use reqwest::{
    Method,
    header::{ACCEPT, AUTHORIZATION},
};
use serde_json::json;

use super::{
    BADGE, CLIENT, campus,
    service_user::{LINK, ServiceUser, below, json_of},
};
use crate::{
    Activity, Options, Practice, Profile, claims, demo,
    services::{Column, SCOPE_MEMBERS, SCOPE_RESULT, TYPE_MEMBERS, TYPE_RESULTS},
};

#[tokio::test]
async fn two_schools_behind_one_issuer_have_equal_ids_and_their_own_people() {
    let (first, tool, browser) = campus().await;
    let options = Options { seed_demo: true, beside: Some(first.clone()), ..Options::default() };
    let second = Practice::start(options).await.unwrap();
    assert_eq!(second.issuer(), first.issuer());
    assert_eq!(second.authorization_endpoint(), first.authorization_endpoint());
    assert_eq!((second.token_endpoint(), second.jwks_url()), (first.token_endpoint(), first.jwks_url()));
    let mut registration = tool.registration();
    registration.deployment_id = "dep-2".to_owned();
    second.register(registration);
    second.add_activity(demo::COURSE, Activity::tool(BADGE, "Your badge", CLIENT));
    for lms in [&first, &second] {
        let outcome = browser.another().launch(lms, demo::GRACE, BADGE).await.unwrap();
        assert_eq!(outcome.status(), 200, "{}", outcome.page.text());
    }
    let launches = tool.launches();
    for claim in ["iss", "aud", "sub", claims::CONTEXT, claims::RESOURCE_LINK] {
        assert_eq!(launches[0][claim], launches[1][claim], "{claim}");
    }
    assert_eq!(launches[0][claims::DEPLOYMENT_ID], "dep-9");
    assert_eq!(launches[1][claims::DEPLOYMENT_ID], "dep-2");
    assert_eq!(first.keys().fetches(), 2, "one key set");
    second.keys().rotate();
    let outcome = browser.another().launch(&second, demo::GRACE, BADGE).await.unwrap();
    assert_eq!(outcome.status(), 200);
    let elsewhere = browser.another().launch(&second, "user-unknown", BADGE).await;
    assert!(elsewhere.is_err());
}

#[tokio::test]
async fn a_token_of_the_gate_opens_the_services_of_each_school() {
    let user = ServiceUser::of(Profile::Canvas).await;
    let options = Options { profile: Profile::Canvas, beside: Some(user.lms.clone()), ..Options::default() };
    let second = Practice::start(options).await.unwrap();
    second.register(user.tool.clone());
    second.add_course(crate::Course::new(demo::COURSE, "CS101", "The same id"));
    second.add_crowd(demo::COURSE, 3);
    let token = format!("Bearer {}", user.token(SCOPE_MEMBERS).await);
    let mut counts = Vec::new();
    for lms in [&user.lms, &second] {
        let url = format!("{}/nrps/{}/members", lms.base_url(), demo::COURSE);
        let headers =
            [(AUTHORIZATION, token.as_str()), (ACCEPT, TYPE_MEMBERS), (reqwest::header::USER_AGENT, "test")];
        let answer = user.send(Method::GET, &url, &headers, None).await.unwrap();
        counts.push(json_of(&answer)["members"].as_array().unwrap().len());
    }
    assert_eq!(counts, [4, 3]);
}

#[tokio::test]
async fn a_teacher_writes_over_a_grade_by_hand() {
    let user = ServiceUser::start().await;
    let column = Column::of_tool(CLIENT, "Your <badge>", 10.0).link(LINK);
    let item = user.lms.add_column(demo::COURSE, column);
    let url = format!("{}/ags/{}/lineitems/{}/lineitem", user.lms.base_url(), demo::COURSE, item.id);
    user.score(&url, demo::GRACE, 80.0, "04:05:06.789").await;
    let browser = crate::browser::Browser::new();
    browser.sign_in(&user.lms, demo::ADA).await.unwrap();
    let course = browser.get(&format!("{}/courses/{}", user.lms.base_url(), demo::COURSE)).await.unwrap();
    assert!(course.contains(&format!("href=\"/courses/{}/grades\"", demo::COURSE)));
    let grades = format!("{}/courses/{}/grades", user.lms.base_url(), demo::COURSE);
    let page = browser.get(&grades).await.unwrap();
    assert!(page.contains("by the tool") && page.contains("Your &#60;badge&#62;"), "{}", page.text());
    let cell = |who: &str| format!("{}:{who}", item.id);
    let sent = [(cell(demo::GRACE), "8"), (cell(demo::EMMY), "2,5"), (cell(demo::ALAN), "")];
    let sent: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let page = browser.follow(browser.post(&grades, &sent).await.unwrap()).await.unwrap();
    assert!(page.contains("The grades are saved.") && page.contains("by Ada Lovelace"), "{}", page.text());
    assert_eq!(
        user.lms.grade_of(item.id, demo::GRACE).unwrap().by,
        None,
        "what did not change is not theirs"
    );
    let results = json_of(&user.get(&below(&url, "results"), TYPE_RESULTS, SCOPE_RESULT).await);
    assert_eq!(results.as_array().unwrap().len(), 2);
    assert_eq!((&results[0]["userId"], &results[0]["resultScore"]), (&json!(demo::EMMY), &json!(2.5)));
    let bad = browser.post(&grades, &[(cell(demo::EMMY).as_str(), "-1")]).await.unwrap();
    assert_eq!(bad.status, 400);
    let learner = browser.another();
    learner.sign_in(&user.lms, demo::GRACE).await.unwrap();
    assert_eq!(learner.get(&grades).await.unwrap().status, 403);
    assert_eq!(learner.post(&grades, &[(cell(demo::GRACE).as_str(), "10")]).await.unwrap().status, 403);
    assert_eq!(user.lms.grade_of(item.id, demo::GRACE).unwrap().value(), 8.0);
}
