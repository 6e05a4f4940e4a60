//! The queue of approvals as a page: who waits, with the rule's reasons, N of M; a decision by a form; nobody their own.

use laurel::store::learner as learners;
use practice::{User, course::INSTRUCTOR, demo};
use serde_json::json;

use super::{Teacher, says, says_not};
use crate::services::Class;

const QUEUE: &str = "/course/approvals";
const RUTH: &str = "user-ruth";

/// A badge for opening the tool that two teachers approve; Grace has opened it.
async fn mastery() -> Class {
    let class = Class::new().await;
    class.app.lms.add_user(User::new(RUTH, "Ruth Dean").email("ruth@campus.example").locale("en"));
    class.app.lms.enroll(demo::COURSE, RUTH, &[INSTRUCTOR]);
    let version = class.app.achievement("Mastery").await;
    let node = json!({ "type": "all_of", "of": [
        { "type": "launched" }, { "type": "approved", "roles": ["instructor"], "n": 2 },
    ] });
    class.app.place(version, Some(class.course), node).await;
    class.visit(demo::GRACE).await;
    class
}

/// Two teachers approve by the form; the page counts, names who decided with their notes, and is empty afterwards.
#[tokio::test]
async fn two_teachers_approve_by_a_form() {
    let class = mastery().await;
    let ada = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    says(&ada.page, &["One person waits for an approval.", "/course/approvals?launch="]);
    let page = ada.opens(&class, QUEUE).await;
    says(&page, &["Grace Hopper", "Mastery", "0 of 2 approvals given.", "the approval of two people"]);
    let mut form = page.forms().into_iter().find(|form| form.buttons.len() == 2).unwrap();
    form.set("note", "Saw the <talk> myself.");
    assert!(form.press("approve"));
    let page = ada.browser.submit(&page, &form).await.unwrap();
    let page = ada.browser.follow(page).await.unwrap();
    says(
        &page,
        &[
            "1 of 2 approvals given.",
            "You: approved",
            "Saw the &#60;talk&#62; myself.",
            "You have decided here before",
        ],
    );
    assert_eq!(class.app.count("award").await, 0, "one is not enough");
    ada.presses(&page, "approve").await;
    assert_eq!(class.app.count("award").await, 0, "nor is the same one twice");

    let ruth = Teacher::of(&class, RUTH, class.app.browser()).await;
    let page = ruth.opens(&class, QUEUE).await;
    says(&page, &["1 of 2 approvals given.", "Ada Lovelace", "approved"]);
    let page = ruth.presses(&page, "decline").await;
    says(&page, &["You: declined", "1 of 2 approvals given."]);
    let page = ruth.presses(&page, "approve").await;
    says(&page, &["Nobody waits for a decision now."]);
    assert_eq!(class.app.count("award").await, 1);
    says_not(&ruth.opens(&class, "/course").await, &["waits for an approval"]);
    class.app.run_jobs().await;
}

/// Nobody their own, by whatever account; no learner sees the queue or decides by a forged form.
#[tokio::test]
async fn nobody_decides_on_themselves() {
    let class = mastery().await;
    // Ada's second account, as which she learns: the same proven address.
    let (app, db) = (&class.app, class.app.app.store.read());
    let grace = app.learner(&app.lms.subject(demo::GRACE)).await.unwrap();
    let ada = Teacher::of(&class, demo::ADA, app.browser()).await;
    let own = app.learner(&app.lms.subject(demo::ADA)).await.unwrap();
    let tx = app.app.store.write().await.unwrap();
    let same = laurel::store::entity::learner::Model {
        email: own.email.clone(),
        is_confirmed: true,
        ..grace.clone()
    };
    learners::upsert_many(&tx, vec![same]).await.unwrap();
    tx.commit().await.unwrap();
    let known = learners::find(db, app.organization, grace.id).await.unwrap().unwrap();
    assert!(laurel::domain::learner::is_same_person(&known, &own), "the scene is what it should be");
    let page = ada.opens(&class, QUEUE).await;
    says(&page, &["Grace Hopper", "This is you. Nobody decides on their own badge."]);
    says_not(&page, &["value=\"approve\""]);
    let placement =
        laurel::store::placement::of_course(db, app.organization, class.course).await.unwrap()[0].id;
    let token = laurel::web::csrf::token(&app.app, &format!("course\n{}", ada.launch));
    let (placement, whose) = (placement.to_string(), grace.id.to_string());
    let fields = [
        ("launch", ada.launch.as_str()),
        ("csrf", token.as_str()),
        ("do", "approve"),
        ("placement", placement.as_str()),
        ("learner", whose.as_str()),
    ];
    let refused = ada.browser.post(&app.at(QUEUE), &fields).await.unwrap();
    assert!(refused.status == 403 && refused.contains("approval.own"), "{}", refused.text());
    let learner = Teacher::of(&class, demo::EMMY, app.browser()).await;
    assert_eq!(learner.opens(&class, QUEUE).await.status, 403);
    assert_eq!(app.count("award").await, 0);
    app.run_jobs().await;
}
