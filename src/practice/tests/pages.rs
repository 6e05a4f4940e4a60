//! Pages for people, and what strangers send.

use super::{BADGE, campus};
use crate::{Activity, Course, User, browser::Visit, course::LEARNER, demo};

#[tokio::test]
async fn a_learner_signs_in_does_the_lesson_and_the_badge_opens() {
    let (lms, _tool, browser) = campus().await;
    let course = format!("{}/courses/{}", lms.base_url(), demo::COURSE);
    let page = browser.follow(browser.get(&course).await.unwrap()).await.unwrap();
    assert!(page.contains("Who do you want to be?"), "nobody is signed in yet");
    let page = browser.follow(browser.press(&page, demo::EMMY).await.unwrap()).await.unwrap();
    assert_eq!(page.url.as_str(), course, "back to where they wanted to go");
    assert!(page.contains("Practising as <strong>Emmy Noether</strong>"));
    assert!(page.contains("Finish “Safety in the machine room” first."));
    assert!(!page.contains(&format!("/activities/{BADGE}\"")), "a locked activity has no link");
    let page = browser.press(&page, "Mark as done: Safety in the machine room").await.unwrap();
    let page = browser.follow(page).await.unwrap();
    assert!(page.contains(&format!("/activities/{BADGE}\"")), "now it opens");
    let page = browser.press(&page, "Undo: Safety in the machine room").await.unwrap();
    let page = browser.follow(page).await.unwrap();
    assert!(page.contains("Finish “Safety"), "and closes again");
    let page = browser.get(&format!("{}/activities/{}", lms.base_url(), demo::LESSON)).await.unwrap();
    assert!(page.contains("emergency switch"));
}

#[tokio::test]
async fn the_tool_page_frames_the_launch_and_offers_a_window() {
    let (lms, _tool, browser) = campus().await;
    browser.sign_in(&lms, demo::GRACE).await.unwrap();
    let page = browser.get(&format!("{}/activities/{BADGE}", lms.base_url())).await.unwrap();
    assert!(page.contains(&format!("<iframe title=\"Your badge\" src=\"/activities/{BADGE}/launch\">")));
    assert!(page.contains(&format!("href=\"/activities/{BADGE}/launch?in=window\" target=\"_blank\"")));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-src http: https:"));
    let teacher = browser.another();
    teacher.sign_in(&lms, demo::ADA).await.unwrap();
    let page = teacher.get(&format!("{}/courses/{}", lms.base_url(), demo::COURSE)).await.unwrap();
    assert!(page.contains("Safety in the machine room: done"), "the teacher sees what learners have done");
    assert!(!page.contains("Mallory"));
}

#[tokio::test]
async fn hostile_names_are_shown_as_text() {
    let (lms, _tool, browser) = campus().await;
    let evil = "<script>alert(\"1\")</script>&'";
    lms.add_user(User::new("u\"><b>/?#%", evil));
    lms.add_course(Course::new("c/ä?x=1#", evil, evil));
    lms.add_activity("c/ä?x=1#", Activity::page("a/b?c#d%", evil, evil));
    lms.enroll("c/ä?x=1#", "u\"><b>/?#%", &[LEARNER]);
    browser.sign_in(&lms, "u\"><b>/?#%").await.unwrap();
    let home = browser.get(&format!("{}/", lms.base_url())).await.unwrap();
    assert!(!home.contains("<script"), "{}", home.text());
    let course = lms.base_url().to_owned() + "/courses/c%2F%C3%A4%3Fx%3D1%23";
    assert!(home.contains("/courses/c%2F%C3%A4%3Fx%3D1%23"));
    let page = browser.get(&format!("{course}?lti_errormsg=%3Cscript%3E&lti_msg=%3Cb%3E")).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(!page.contains("<script") && !page.contains("<b>"), "{}", page.text());
    let label = format!("Mark as done: {evil}");
    let page = browser.follow(browser.press(&page, &label).await.unwrap()).await.unwrap();
    assert!(page.status == 200 && page.contains("Undo"), "odd ids survive the way through addresses");
}

#[tokio::test]
async fn nobody_is_sent_elsewhere_by_a_parameter() {
    let (lms, _tool, browser) = campus().await;
    let url = format!("{}/sign-in", lms.base_url());
    for next in
        ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb", ""]
    {
        let page = browser.post(&url, &[("user", demo::ADA), ("next", next)]).await.unwrap();
        assert_eq!(page.header("location"), Some("/"), "{next:?}");
    }
}

#[tokio::test]
async fn rubbish_is_answered_and_the_server_lives_on() {
    let (lms, _tool, browser) = campus().await;
    let at = |path: &str| format!("{}{path}", lms.base_url());
    let form = "application/x-www-form-urlencoded";
    let rubbish = [
        (Visit::new("GET", &at("/nowhere")), 404),
        (Visit::new("DELETE", &at("/auth")), 405),
        (Visit::new("GET", &at("/token")), 405),
        (Visit::new("GET", &at("/auth?%FF%FE&=&&client_id=%00")), 400),
        (Visit::new("POST", &at("/auth")).body("application/json", "{}"), 400),
        (Visit::new("POST", &at("/auth")).body(form, vec![0xff; 100]), 400),
        (Visit::new("POST", &at("/auth")).body(form, vec![b'a'; 2 * 1024 * 1024]), 400),
        (
            Visit::new("POST", &at("/token")).body(form, "client_assertion=..&grant_type=client_credentials"),
            400,
        ),
        (Visit::new("POST", &at("/token")).body("text/plain", ""), 400),
        (Visit::new("POST", &at("/sign-in")).body(form, "user=nobody"), 400),
        (
            Visit::new("GET", &at("/activities/none/launch?bends=none"))
                .header("cookie", ";=;;practice_=;\t"),
            303,
        ),
        (Visit::new("GET", &at("/courses/%FF")), 400),
    ];
    for (visit, status) in rubbish {
        let told = format!("{visit:?}").chars().take(200).collect::<String>();
        let page = browser.visit(visit).await.unwrap();
        assert_eq!(page.status, status, "{told}");
    }
    assert_eq!(
        browser.get(&at("/nowhere")).await.unwrap().header("content-type"),
        Some("text/html; charset=utf-8")
    );
    browser.sign_in(&lms, demo::GRACE).await.unwrap();
    for path in ["/courses/none", "/activities/none", "/activities/none/launch"] {
        let status = browser.get(&at(path)).await.unwrap().status;
        assert!(status == 403 || status == 404, "{path}: {status}");
    }
    assert_eq!(browser.launch(&lms, demo::GRACE, BADGE).await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_administrator_mutes_the_log_store() {
    let (lms, _tool, browser) = campus().await;
    let tools = format!("{}/admin/tools", lms.base_url());
    browser.sign_in(&lms, demo::ADMIN).await.unwrap();
    assert!(!browser.get(&tools).await.unwrap().contains("Log store"), "nobody is told");
    lms.log_to(crate::events::Store {
        endpoint: lms.base_url().to_owned(),
        username: String::new(),
        password: String::new(),
    });
    for (button, is_muted) in [("Mute the log store", true), ("Let the log store speak", false)] {
        let page = browser.press(&browser.get(&tools).await.unwrap(), button).await.unwrap();
        assert_eq!((page.status, lms.is_log_muted()), (303, Some(is_muted)));
    }
    let learner = browser.another();
    learner.sign_in(&lms, demo::GRACE).await.unwrap();
    let refused = learner.post(&format!("{}/admin/log", lms.base_url()), &[("muted", "yes")]).await.unwrap();
    assert_eq!((refused.status, lms.is_log_muted()), (403, Some(false)));
}

#[tokio::test]
async fn shutting_down_ends_it_and_frees_the_address() {
    let (lms, _tool, browser) = campus().await;
    let address = lms.address();
    lms.shutdown().await;
    assert!(browser.get(&lms.jwks_url()).await.is_err());
    tokio::net::TcpListener::bind(address).await.expect("the address is free again");
}
