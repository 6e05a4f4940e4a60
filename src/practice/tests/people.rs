//! Teachers look after who is in a course.

use super::campus;
use crate::demo;

#[tokio::test]
async fn a_teacher_takes_people_out_and_in_and_makes_teachers() {
    let (lms, _tool, browser) = campus().await;
    browser.sign_in(&lms, demo::GRACE).await.unwrap();
    let url = format!("{}/courses/{}/people", lms.base_url(), demo::COURSE);
    assert_eq!(browser.get(&url).await.unwrap().status, 403, "a learner may not");
    browser.sign_in(&lms, demo::ADA).await.unwrap();
    let page = browser.get(&url).await.unwrap();
    assert!(page.contains("Grace Hopper") && page.contains("grace@campus.example"), "{}", page.text());
    let page = browser.follow(browser.press(&page, "Take out: Grace Hopper").await.unwrap()).await.unwrap();
    assert!(page.contains("Enrol as a learner<span class=\"sr\">: Grace Hopper"), "{}", page.text());
    let enrolled = |id: &str| lms.roster(demo::COURSE).into_iter().any(|(user, _)| user.as_str() == id);
    assert!(!enrolled(demo::GRACE));
    let page = browser
        .follow(browser.press(&page, "Enrol as a learner: Grace Hopper").await.unwrap())
        .await
        .unwrap();
    assert!(enrolled(demo::GRACE));
    let page =
        browser.follow(browser.press(&page, "Make a teacher: Grace Hopper").await.unwrap()).await.unwrap();
    assert!(!page.contains("Make a teacher<span class=\"sr\">: Grace Hopper"), "she is one now");
}
