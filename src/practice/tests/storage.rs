//! Platform storage: the protocol played without a script engine, with every fault (B02–B05 from the platform's
//! side), and the pages that a real browser gets.

use std::time::Duration;

use super::{BADGE, CLIENT, FakeTool, campus};
use crate::{
    Practice, Profile,
    browser::{Browser, BrowserOptions, LaunchOutcome},
    demo,
    manners::StorageAnswer,
};

async fn storing(target: &str) -> (Practice, FakeTool) {
    let (lms, tool, _) = campus().await;
    tool.stores(&lms);
    lms.set_manners(|manners| manners.storage.target = Some(target.to_owned()));
    (lms, tool)
}

/// A browser in which only storage helps: third-party cookies are blocked, and ports are sites.
fn careful() -> Browser {
    Browser::with(BrowserOptions::blocking_third_parties())
}

async fn launch(lms: &Practice, browser: &Browser) -> LaunchOutcome {
    browser.launch(lms, demo::GRACE, BADGE).await.unwrap()
}

#[tokio::test]
async fn a_secret_is_put_at_the_login_and_got_at_the_launch_b02_b04() {
    let (lms, tool) = storing("_parent").await;
    let browser = careful();
    let outcome = launch(&lms, &browser).await;
    assert_eq!(outcome.status(), 200, "{}", outcome.page.text());
    assert_eq!(tool.launches().len(), 1);
    let (_, login) = tool.logins().remove(0);
    assert_eq!(crate::fields::first(&login, "lti_storage_target"), Some("_parent"));
    assert!(browser.stored(&lms, &tool.base_url, "lti_state").is_some());
    browser.clear_storage();
    assert_eq!(browser.stored(&lms, &tool.base_url, "lti_state"), None);
}

#[tokio::test]
async fn every_fault_of_the_platform_leaves_the_tool_without_its_secret_b05() {
    let (lms, tool) = storing("_parent").await;
    let faults = [
        StorageAnswer::Never,
        StorageAnswer::WrongValue,
        StorageAnswer::Forgets,
        StorageAnswer::Error("storage_exhaustion".to_owned()),
        StorageAnswer::OtherOrigin,
        StorageAnswer::WrongId,
        StorageAnswer::Late(Duration::from_secs(5)),
    ];
    for answer in faults {
        lms.set_manners(|manners| manners.storage.answer = answer.clone());
        let outcome = launch(&lms, &careful()).await;
        assert_eq!(outcome.status(), 401, "{answer:?}: {}", outcome.page.text());
    }
    assert!(tool.launches().is_empty());
    lms.set_manners(|manners| manners.storage.answer = StorageAnswer::Late(Duration::from_millis(200)));
    assert_eq!(launch(&lms, &careful()).await.status(), 200, "not too late");
    let window = Browser::with(BrowserOptions { in_window: true, ..careful().options().clone() });
    assert_eq!(launch(&lms, &window).await.status(), 401, "nobody listens to a window of its own");
}

#[tokio::test]
async fn named_frames_old_subjects_and_repeated_targets() {
    let (lms, tool) = storing("post_message_forwarding").await;
    lms.set_manners(|manners| manners.storage.repeats_target = true);
    let outcome = launch(&lms, &careful()).await;
    assert_eq!(outcome.status(), 200, "{}", outcome.page.text());
    let delivered = &outcome.delivery().unwrap().fields;
    assert_eq!(crate::fields::first(delivered, "lti_storage_target"), Some("post_message_forwarding"));
    lms.set_manners(|manners| manners.storage.old_subjects = true);
    assert_eq!(launch(&lms, &careful()).await.status(), 200, "the plan has both forms");
    lms.set_manners(|manners| {
        manners.storage.old_subjects = false;
        manners.storage.no_capabilities = true;
    });
    assert_eq!(launch(&lms, &careful()).await.status(), 200, "the login has named the frame");
    assert_eq!(tool.launches().len(), 3);
}

#[tokio::test]
async fn the_page_around_a_tool_has_the_script_only_where_storage_is_offered() {
    let (lms, _tool, browser) = campus().await;
    browser.sign_in(&lms, demo::GRACE).await.unwrap();
    let url = format!("{}/activities/{BADGE}", lms.base_url());
    let page = browser.get(&url).await.unwrap();
    assert!(
        !page.contains("<script") && !page.header("content-security-policy").unwrap().contains("script-src")
    );
    lms.set_profile(Profile::Canvas);
    lms.set_manners(|manners| manners.storage.answer = StorageAnswer::OtherOrigin);
    let page = browser.get(&url).await.unwrap();
    assert!(page.header("content-security-policy").unwrap().contains("script-src 'self'"));
    assert!(page.contains("<iframe name=\"post_message_forwarding\" src=\"/storage-frame\""));
    assert!(page.contains("data-frame=\"post_message_forwarding\" data-answer=\"elsewhere\""));
    let tool = lms.registration(CLIENT).unwrap().login_url.replace("/login", "");
    assert!(page.contains(&format!("data-origins=\"{tool}\"")), "only registered tools are served");
    let other = format!("http://127.0.0.1:{}/storage-echo", lms.address().port());
    assert!(page.contains(&other), "another origin of the same LMS");
    let style = browser.get(&format!("{}/style.css", lms.base_url())).await.unwrap();
    assert!(style.contains("[hidden] { display: none !important; }"), "frames for storage are not seen");
    for (path, part) in [("/storage-frame", "data-part=\"frame\""), ("/storage-echo", "data-part=\"echo\"")] {
        assert!(browser.get(&format!("{}{path}", lms.base_url())).await.unwrap().contains(part));
    }
    for script in ["/storage.js", "/registration.js"] {
        let page = browser.get(&format!("{}{script}", lms.base_url())).await.unwrap();
        assert_eq!(page.header("content-type"), Some("text/javascript; charset=utf-8"));
    }
}
