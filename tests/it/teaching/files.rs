//! Columns by a button, and lists that are compared, as a teacher does it.

use laurel::store::entity::line_item::{LineItemPurpose, LineItemState};
use practice::{browser::Visit, demo, services::ALL_SCOPES};
use serde_json::json;

use super::{Teacher, says, says_not};
use crate::{passes::complete, services::Class, support::app::TestApp};

const LISTS: &str = "/course/lists";

/// One button makes the column; teachers mark in it; who is marked has the badge.
#[tokio::test]
async fn a_column_by_one_button() {
    let class = Class::new().await;
    let version = class.app.achievement("Workshop").await;
    class.app.place(version, Some(class.course), complete("workshop")).await;
    let ada = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    says(&ada.page, &["A column in your gradebook for “workshop”", "never writes one", "Needs a click"]);
    let page = ada.presses(&ada.page, "column").await;
    says(&page, &["is being put into your gradebook"]);
    class.settle().await;
    let column = class.column().await;
    assert_eq!((column.purpose, column.state), (LineItemPurpose::Trigger, LineItemState::Found));
    assert_eq!((column.resource_id.as_str(), column.label.as_str()), ("workshop", "Done: workshop"));
    let ada = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    says(&ada.page, &["The column “Done: workshop” in your gradebook says who has done it.", "Guaranteed"]);
    says_not(&ada.page, &["Put the column into the gradebook"]);

    // Not for an activity that no rule of it names, and not by a learner.
    let placement =
        laurel::store::placement::of_course(class.app.app.store.read(), class.app.organization, class.course);
    let url = class.app.at(&format!("/course/placements/{}/column", placement.await.unwrap()[0].id));
    let token = |launch: &str| laurel::web::csrf::token(&class.app.app, &format!("course\n{launch}"));
    let own = token(&ada.launch);
    let fields = [("launch", ada.launch.as_str()), ("csrf", own.as_str()), ("activity", "other")];
    assert_eq!(ada.browser.post(&url, &fields).await.unwrap().status, 404);
    let grace = Teacher::of(&class, demo::GRACE, class.app.browser()).await;
    let own = token(&grace.launch);
    let fields = [("launch", grace.launch.as_str()), ("csrf", own.as_str()), ("activity", "workshop")];
    assert_eq!(grace.browser.post(&url, &fields).await.unwrap().status, 403);
    assert_eq!(class.columns().await.len(), 1);
}

/// Where the platform lets Laurel make no columns, none is offered.
#[tokio::test]
async fn no_column_is_offered_without_the_right() {
    let scopes: Vec<&str> =
        ALL_SCOPES.iter().copied().filter(|scope| !scope.ends_with("scope/lineitem")).collect();
    let class = Class::on(TestApp::new().await, &scopes, |_| {}).await;
    let version = class.app.achievement("Workshop").await;
    class.app.place(version, Some(class.course), complete("workshop")).await;
    let ada = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    says(&ada.page, &["Workshop", "Nothing tells Laurel of this in this course."]);
    says_not(&ada.page, &["A column in your gradebook"]);
}

/// A file is compared with a badge: who is only there, and why, who only here, and what cannot be read.
#[tokio::test]
async fn a_list_is_compared_by_a_file() {
    let class = Class::new().await;
    let version = class.app.achievement("Opened").await;
    class.visit(demo::ALAN).await;
    class.app.place(version, Some(class.course), json!({ "type": "launched" })).await;
    class.visit(demo::GRACE).await;
    class.settle().await;
    let ada = Teacher::of(&class, demo::ADA, class.app.browser()).await;
    says(&ada.page, &["Compare with a list of your own"]);
    let page = ada.opens(&class, LISTS).await;
    let send = async |csv: &[u8]| {
        let form = page.forms().into_iter().find(|form| form.action.contains(LISTS)).unwrap();
        let mut body = Vec::new();
        let mut part = |head: &str, value: &[u8]| {
            body.extend_from_slice(
                format!("--cut\r\ncontent-disposition: form-data; {head}\r\n\r\n").as_bytes(),
            );
            body.extend_from_slice(value);
            body.extend_from_slice(b"\r\n");
        };
        for (name, value) in form.fields.iter().filter(|(name, _)| name != "file") {
            part(&format!("name=\"{name}\""), value.as_bytes());
        }
        part("name=\"file\"; filename=\"done.csv\"", csv);
        part("name=\"do\"", b"compare");
        body.extend_from_slice(b"--cut--\r\n");
        let url = class.app.at(&form.action);
        let visit = Visit::new("POST", &url).body("multipart/form-data; boundary=cut", body);
        let answer = ada.browser.visit(visit).await.unwrap();
        ada.browser.follow(answer).await.unwrap()
    };
    let (grace, teacher) = (class.app.lms.subject(demo::GRACE), class.app.lms.subject(demo::ADA));
    let shown = send(format!("id;date\n{teacher};2026-03-01\nnobody\n{teacher}\n").as_bytes()).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    says(&shown, &["done.csv", "Ada Lovelace", "Teaches here", "Grace Hopper", "Alan Turing"]);
    says(
        &shown,
        &["Lines that name nobody who is known in this course: 3.", "One line names somebody again."],
    );
    let shown = send(grace.as_bytes()).await;
    says(&shown, &["On both", "Lists compared before"]);
    assert_eq!(
        class.app.count("signal WHERE channel = 'import'").await,
        0,
        "comparing tells nobody anything"
    );
    for (csv, words) in [
        (&b"\n"[..], "The file names nobody"),
        (&b"a;2026-03-01\nb;yesterday\n"[..], "Line 2 cannot be read"),
        (&b"\xff\xfea\0b\0"[..], "Save it as CSV in UTF-8"),
    ] {
        let refused = send(csv).await;
        assert_eq!(refused.status, 422, "{}", refused.text());
        says(&refused, &[words]);
    }
    assert_eq!(class.app.count("completion_list").await, 2);
}
