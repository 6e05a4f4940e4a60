//! The hearing: every place that judges a rule hears the same.

use laurel::domain::placement;
use practice::{demo, services::ALL_SCOPES, services::Group};
use serde_json::json;

use crate::{
    services::{Class, linked},
    support::app::TestApp,
};

/// The page of a submission hears of groups, as the evaluator does.
#[tokio::test]
async fn a_submissions_page_hears_of_groups() {
    let class = Class::on(TestApp::new().await, &ALL_SCOPES, |app| {
        app.lms.add_group(Group::new(demo::COURSE, "g-1", "Tuesday").member(demo::GRACE));
    })
    .await;
    let id = class.reports("Lab safety", linked(&class)).await;
    let rule = json!({ "version": 1, "node": { "type": "all_of", "of": [
        { "type": "member_of", "group": "g-1" },
        { "type": "completed", "subject": { "activity": "lab" } },
    ] } });
    placement::set_rule(&class.app.app, &class.app.operator(), id, rule).await.unwrap();
    class.visit(demo::GRACE).await;
    class.visit(demo::EMMY).await;
    class.settle().await;
    class.read().await;
    let column = class.app.lms.line_items(demo::COURSE).last().unwrap().id;
    for (user, is_member) in [(demo::GRACE, true), (demo::EMMY, false)] {
        let opening = class.app.lms.review(column, user).unwrap();
        let browser = class.app.browser();
        let page = browser.open(&class.app.lms, demo::ADA, opening, &[]).await.unwrap();
        assert!(page.contains("Not yet earned"), "{}", page.page.text());
        assert!(!page.contains("not known yet"), "who is in it is known: {}", page.page.text());
        assert_eq!(page.contains("does not list the learner"), !is_member, "{}", page.page.text());
    }
}
