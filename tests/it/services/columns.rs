//! A01-A03, A06-A14, A21, A24, A25, A30, A32: line items (§17.1-17.3).

use laurel::{
    domain::line_item::{REPORT_TAG, WATCHED_TAG, manage, resource_id},
    domain::platform::Details,
    jobs::worker,
    store::entity::{
        line_item::{LineItemPurpose, LineItemState},
        score_report::ReportState,
    },
};
use practice::{
    Bend, Change, Fault, Misbehaviour, Service, claims, demo,
    services::{
        ALL_SCOPES, Column, SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READONLY, SCOPE_RESULT, SCOPE_SCORE,
        TYPE_LINE_ITEM, TYPE_LINE_ITEMS, quirks::LinkStyle,
    },
};
use serde_json::json;

use super::{Class, LINK, linked};
use crate::support::app::{CLIENT, TestApp};

async fn resource_of(class: &Class) -> String {
    class.column().await.resource_id
}

#[tokio::test]
async fn a01_a02_a03_a_column_is_looked_for_and_then_made_once() {
    let class = Class::new().await;
    class.reports("Lab safety", linked(&class)).await;
    class.app.run_jobs().await;
    let lists = class.seen(Service::LineItems, "GET");
    let resource = resource_of(&class).await;
    assert_eq!(lists.len(), 2, "A01: by link, then by resource");
    for list in &lists {
        assert_eq!(list.header("accept"), Some(TYPE_LINE_ITEMS), "A01");
        assert!(list.header("authorization").unwrap().starts_with("Bearer "), "A01");
    }
    assert_eq!(lists[0].query(), [("resource_link_id".to_owned(), LINK.to_owned())], "A01");
    let wanted = [("resource_id".to_owned(), resource.clone()), ("tag".to_owned(), REPORT_TAG.to_owned())];
    assert_eq!(lists[1].query(), wanted, "A01");

    let made = class.seen(Service::LineItems, "POST");
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].header("content-type"), Some(TYPE_LINE_ITEM), "A02");
    assert_eq!(made[0].header("accept"), Some(TYPE_LINE_ITEM), "A02");
    let expected = json!({ "label": "Lab safety", "scoreMaximum": 100, "resourceId": resource,
                           "tag": REPORT_TAG, "resourceLinkId": LINK, "submissionReview": {
                               "reviewableStatus": ["Submitted", "Completed"], "label": "See the evidence",
                               "url": class.app.at("/course/review") } });
    assert_eq!(made[0].json(), expected, "A02; §19: reviews are announced");

    let column = class.column().await;
    assert_eq!((column.state, column.made_by_us), (LineItemState::Found, true));
    let theirs = class.app.lms.line_item_at(column.url.as_deref().unwrap()).unwrap();
    assert_eq!(theirs.label(), "Lab safety", "A03: its id is kept");
    for student in [demo::GRACE, demo::EMMY] {
        class.visit(student).await;
        class.app.run_jobs().await;
    }
    assert_eq!(class.seen(Service::LineItems, "POST").len(), 1, "A03");
    assert_eq!(class.seen(Service::LineItems, "GET").len(), 2, "A03: nor searched again");
    assert_eq!(class.app.lms.scores(theirs.id).len(), 2);
}

#[tokio::test]
async fn a06_the_column_that_the_launch_names_is_used_directly() {
    let class = Class::on(TestApp::new().await, &ALL_SCOPES, |app| {
        app.lms.add_column(demo::COURSE, Column::of_tool(CLIENT, "Graded", 20.0).link(LINK));
    })
    .await;
    class.reports("Lab safety", linked(&class)).await;
    class.app.run_jobs().await;
    class.visit(demo::GRACE).await;
    class.app.run_jobs().await;
    assert_eq!(class.app.lms.count_of(Service::LineItems), 0, "A06: no list, no POST");
    let theirs = &class.app.lms.line_items(demo::COURSE)[0];
    assert_eq!(class.app.lms.grade_of(theirs.id, demo::GRACE).unwrap().value(), 20.0, "full points");
    assert!(!class.column().await.made_by_us);
}

#[tokio::test]
async fn a07_a_blank_address_is_none() {
    let class = Class::new().await;
    let address = format!("{}/ags/{}/lineitems", class.app.lms.base_url(), demo::COURSE);
    let blank = json!({ "scope": [SCOPE_LINE_ITEM, SCOPE_SCORE], "lineitems": address, "lineitem": "" });
    class.app.lms.bend(Bend::claim(claims::AGS_ENDPOINT, blank));
    class.visit(demo::ADA).await;
    class.reports("Lab safety", linked(&class)).await;
    class.app.run_jobs().await;
    assert_eq!(class.seen(Service::LineItems, "POST").len(), 1, "A07: looked for, then made");
}

#[tokio::test]
async fn a08_the_query_of_a_columns_address_stays_behind_the_path() {
    let class = Class::on(TestApp::new().await, &ALL_SCOPES, |app| {
        app.lms.quirks(|quirks| quirks.service_query = true);
    })
    .await;
    class.reports("Lab safety", None).await;
    class.app.run_jobs().await;
    class.visit(demo::GRACE).await;
    class.app.run_jobs().await;
    let seen = class.seen(Service::Scores, "POST");
    assert!(seen[0].target.contains("/lineitem/scores?type_id="), "A08: {}", seen[0].target);
    assert_eq!(seen[0].status, Some(200));
}

#[tokio::test]
async fn a09_without_the_score_scope_nothing_is_called() {
    let class = Class::on(TestApp::new().await, &[SCOPE_LINE_ITEM], |_| {}).await;
    class.reports("Lab safety", None).await;
    class.visit(demo::GRACE).await;
    class.settle().await;
    assert!(class.app.lms.service_requests().is_empty(), "A09: not even a token");
    let code = Some("lti.ags.scope_not_granted");
    assert_eq!(class.column().await.trouble.as_deref(), code, "A09");
    let report = class.scores().await.remove(0);
    assert_eq!((report.state, report.trouble.as_deref()), (ReportState::Failed, code), "A09");
    assert_eq!(class.dead("report_score").await, 1);
}

#[tokio::test]
async fn a10_a_read_only_gradebook_is_explained_or_used_as_it_is() {
    let scopes = [SCOPE_LINE_ITEM_READONLY, SCOPE_SCORE];
    let class = Class::on(TestApp::new().await, &scopes, |_| {}).await;
    class.reports("Lab safety", None).await;
    class.settle().await;
    assert_eq!(class.seen(Service::LineItems, "POST").len(), 0, "A10");
    assert!(!class.seen(Service::LineItems, "GET").is_empty());
    let column = class.column().await;
    assert_eq!(column.state, LineItemState::Refused);
    let words = manage::trouble_of(&column).unwrap();
    assert!(words.contains("administrator") && words.contains("graded activity"), "A10: {words}");

    let theirs = Column::of_tool(CLIENT, "Badge", 10.0).resource(&column.resource_id).tag(REPORT_TAG);
    let theirs = class.app.lms.add_column(demo::COURSE, theirs);
    class.app.advance(24 * 3600);
    class.visit(demo::GRACE).await;
    class.settle().await;
    assert_eq!(class.column().await.state, LineItemState::Found, "A10: the existing one works");
    class.visit(demo::EMMY).await;
    class.settle().await;
    assert_eq!(class.app.lms.grade_of(theirs.id, demo::EMMY).unwrap().value(), 10.0);
    assert_eq!(class.seen(Service::LineItems, "POST").len(), 0, "A10");
}

#[tokio::test]
async fn a11_a_column_that_was_copied_along_is_adopted() {
    let class = Class::new().await;
    let version = class.app.achievement("Lab safety").await;
    let placed = class.app.place(version, Some(class.course), json!({ "type": "launched" })).await;
    let resource = resource_id(placed.placement.achievement_id);
    let theirs = Column::of_tool(CLIENT, "Lab safety (copy)", 50.0).resource(&resource).tag(REPORT_TAG);
    let theirs = class.app.lms.add_column(demo::COURSE, theirs);
    let (app, operator) = (&class.app.app, class.app.operator());
    laurel::domain::placement::set_report(app, &operator, placed.placement.id, true).await.unwrap();
    class.app.run_jobs().await;
    assert_eq!(class.seen(Service::LineItems, "POST").len(), 0, "A11");
    let column = class.column().await;
    assert_eq!((column.state, column.made_by_us), (LineItemState::Found, false), "A11");
    class.visit(demo::GRACE).await;
    class.app.run_jobs().await;
    assert_eq!(class.app.lms.grade_of(theirs.id, demo::GRACE).unwrap().value(), 50.0);
    let posted = class.posted();
    assert_eq!((&posted[0]["scoreGiven"], &posted[0]["scoreMaximum"]), (&json!(50), &json!(50)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a12_two_replicas_make_one_column() {
    for round in 0..3 {
        let class = Class::new().await;
        let two = class.app.second().await;
        class.reports("Lab safety", None).await;
        class.visit(demo::GRACE).await;
        class.visit(demo::EMMY).await;
        // Slow enough that both would be at it.
        let slow = Fault::Late(std::time::Duration::from_millis(100));
        class.app.lms.misbehave(Misbehaviour::of(Service::LineItems, slow));
        let (one, other) = (worker(&class.app.app), worker(&two.app));
        let (left, right) = tokio::join!(one.run_due(), other.run_due());
        left.and(right).unwrap();
        class.settle().await;
        assert_eq!(class.seen(Service::LineItems, "POST").len(), 1, "A12, round {round}");
        assert_eq!(class.app.lms.line_items(demo::COURSE).len(), 1, "A12, round {round}");
        assert_eq!(class.posted().len(), 2, "both are told");
        two.stop().await;
    }
}

#[tokio::test]
async fn a13_a14_every_page_is_read_whatever_its_quotes() {
    for style in [LinkStyle::Quoted, LinkStyle::Bare, LinkStyle::Typographic] {
        let class = Class::on(TestApp::new().await, &ALL_SCOPES, |app| {
            app.lms.quirks(|quirks| {
                quirks.grade_page = Some(2);
                quirks.ignores_filters = true;
                quirks.grade_links = style;
            });
        })
        .await;
        for n in 0..4 {
            class.app.lms.add_column(demo::COURSE, Column::of_tool(CLIENT, &format!("Other {n}"), 5.0));
        }
        let version = class.app.achievement("Lab safety").await;
        let placed = class.app.place(version, Some(class.course), json!({ "type": "launched" })).await;
        let resource = resource_id(placed.placement.achievement_id);
        let ours = Column::of_tool(CLIENT, "Ours", 5.0).resource(&resource).tag(REPORT_TAG);
        class.app.lms.add_column(demo::COURSE, ours);
        let (app, operator) = (&class.app.app, class.app.operator());
        laurel::domain::placement::set_report(app, &operator, placed.placement.id, true).await.unwrap();
        class.app.run_jobs().await;
        let lists = class.seen(Service::LineItems, "GET");
        assert_eq!(lists.len(), 3, "A13");
        for list in &lists {
            let filters = list.query().iter().filter(|(name, _)| name == "resource_id").count();
            assert!(filters <= 1, "A13: filters are not added again: {}", list.target);
        }
        assert_eq!(class.seen(Service::LineItems, "POST").len(), 0, "A13, A14: found on the third page");
        assert_eq!(class.column().await.state, LineItemState::Found);
    }
}

#[tokio::test]
async fn a21_a_column_that_is_gone_is_looked_for_at_the_next_launch() {
    let class = Class::new().await;
    class.reports("Lab safety", None).await;
    class.app.run_jobs().await;
    let first = class.app.lms.line_items(demo::COURSE)[0].id;
    class.app.lms.remove_column(first);
    class.visit(demo::GRACE).await;
    class.settle().await;
    assert_eq!(class.posted().len(), 1);
    let column = class.column().await;
    assert_eq!((column.state, column.url), (LineItemState::Lost, None), "A21: forgotten");
    assert_eq!(class.scores().await[0].state, ReportState::Waiting, "nothing is lost");
    class.app.advance(48 * 3600);
    class.settle().await;
    assert_eq!(class.posted().len(), 1, "A21: no endless retry");
    assert_eq!(class.app.lms.line_items(demo::COURSE).len(), 0, "and none before a launch");

    // Even a launch that brings nothing new.
    class.visit(demo::GRACE).await;
    class.settle().await;
    let again = class.app.lms.line_items(demo::COURSE);
    assert_eq!(again.len(), 1, "A21");
    assert_ne!(again[0].id, first);
    assert_eq!(class.app.lms.grade_of(again[0].id, demo::GRACE).unwrap().value(), 100.0, "A21: told at last");
    assert_eq!(class.column().await.state, LineItemState::Found);
}

/// What a launch of a known learner and the page after it read of the database.
async fn reads(class: &Class) -> u64 {
    let before = class.app.app.store.counted().reads;
    class.visit(demo::GRACE).await;
    class.app.app.store.counted().reads - before
}

/// Design §11: once it has been looked for again, a column that cannot be had makes no launch dearer.
#[tokio::test]
async fn a_refused_column_costs_later_launches_nothing() {
    // However slow the machine: what is warm stays warm.
    let app = TestApp::with(|sources| sources.with("cache.seconds", "3600")).await;
    let class = Class::on(app, &[SCOPE_LINE_ITEM_READONLY, SCOPE_SCORE], |_| {}).await;
    class.reports("Lab safety", None).await;
    class.settle().await;
    for _ in 0..2 {
        class.visit(demo::GRACE).await;
        class.settle().await;
    }
    class.visit(demo::GRACE).await;
    let mut column = class.column().await;
    assert_eq!(column.state, LineItemState::Refused);
    let refused = reads(&class).await;

    column.state = LineItemState::Found;
    let tx = class.app.app.store.write().await.unwrap();
    laurel::store::line_item::update(&tx, column).await.unwrap();
    tx.commit().await.unwrap();
    class.visit(demo::GRACE).await;
    assert_eq!(reads(&class).await, refused);
}

#[tokio::test]
async fn a24_a_renamed_column_keeps_what_the_platform_wrote_into_it() {
    let class = Class::new().await;
    let column = class.watches("workshop", None).await;
    class.app.run_jobs().await;
    let theirs = class.app.lms.line_items(demo::COURSE)[0].id;
    let extension = json!({ "kept": [1, null, "ü"] });
    class.app.lms.edit_column(theirs, "https://lms.example/extension", extension.clone());
    class.app.lms.edit_column(theirs, "endDateTime", "2031-02-03T04:05:06Z");
    class.app.lms.forget_service_requests();
    manage::rename(&class.app.app, &class.app.operator(), column.id, "Workshop (autumn)").await.unwrap();
    class.app.run_jobs().await;
    let methods: Vec<String> =
        class.app.lms.requests_to(Service::LineItem).into_iter().map(|seen| seen.method).collect();
    assert_eq!(methods, ["GET", "PUT"], "A24: GET first");
    let sent = class.seen(Service::LineItem, "PUT")[0].json();
    assert_eq!(sent["label"], "Workshop (autumn)");
    assert_eq!(sent["https://lms.example/extension"], extension, "A24");
    assert_eq!((&sent["endDateTime"], &sent["tag"]), (&json!("2031-02-03T04:05:06Z"), &json!(WATCHED_TAG)));
    assert_eq!(class.app.lms.line_item(theirs).unwrap().label(), "Workshop (autumn)");
    assert!(!class.column().await.is_renamed);
}

#[tokio::test]
async fn a25_only_our_own_columns_are_deleted() {
    let class = Class::new().await;
    let (app, operator) = (&class.app.app, class.app.operator());
    let own = class.watches("own", None).await;
    let theirs = Column::of_tool(CLIENT, "Theirs", 10.0).resource("copied").tag(WATCHED_TAG);
    class.app.lms.add_column(demo::COURSE, theirs);
    let adopted = class.watches("copied", None).await;
    let gone = class.watches("gone", None).await;
    class.app.run_jobs().await;
    assert_eq!(class.app.lms.line_items(demo::COURSE).len(), 3);
    let vanished = manage::find(app, class.app.organization, gone.id).await.unwrap().url.unwrap();
    let vanished = class.app.lms.line_item_at(&vanished).unwrap().id;
    class.app.lms.remove_column(vanished);
    for column in [&own, &adopted, &gone] {
        manage::remove(app, &operator, column.id).await.unwrap();
    }
    class.settle().await;
    assert_eq!(class.seen(Service::LineItem, "DELETE").len(), 2, "A25: not the adopted one");
    for column in class.columns().await {
        assert_eq!(column.state, LineItemState::Removed, "A25: {} (404 counts as done)", column.resource_id);
    }
    let left = class.app.lms.line_items(demo::COURSE);
    assert_eq!(left.iter().map(|item| item.label()).collect::<Vec<_>>(), ["Theirs"], "A25");

    // One into which a placement reports stays.
    class.reports("Lab safety", None).await;
    class.app.run_jobs().await;
    let columns = class.columns().await;
    let used = columns.iter().find(|column| column.purpose == LineItemPurpose::Report).unwrap();
    let refused = manage::remove(app, &operator, used.id).await.unwrap_err();
    assert_eq!(refused.code(), "line_item.in_use");
}

#[tokio::test]
async fn a30_an_answer_without_an_id_makes_no_second_column() {
    let class = Class::new().await;
    let broken = Misbehaviour::of(Service::LineItems, Fault::Change(Change::drop("id"))).method("POST");
    class.app.lms.misbehave(broken);
    class.reports("Lab safety", None).await;
    class.settle().await;
    let column = class.column().await;
    assert_eq!(column.state, LineItemState::Refused);
    assert_eq!(column.trouble.as_deref(), Some("lti.ags.invalid_response"), "A30");
    assert!(class.dead("settle_column").await >= 1);
    class.app.lms.behave();
    class.app.advance(24 * 3600);
    class.visit(demo::GRACE).await;
    class.settle().await;
    assert_eq!(class.app.lms.line_items(demo::COURSE).len(), 1, "the lost one is found");
    assert_eq!(class.column().await.state, LineItemState::Found);
}

/// A lost answer to a POST is no reason for a second column either.
#[tokio::test]
async fn a_lost_answer_makes_no_second_column() {
    for fault in [Fault::Drop, Fault::CutShort, Fault::Status(502)] {
        let class = Class::new().await;
        let lost = Misbehaviour::of(Service::LineItems, fault.clone()).method("POST").times(1).after_work();
        class.app.lms.misbehave(lost);
        class.reports("Lab safety", None).await;
        class.settle().await;
        assert_eq!(class.app.lms.line_items(demo::COURSE).len(), 1, "{fault:?}");
        assert_eq!(class.column().await.state, LineItemState::Found, "{fault:?}");
    }
}

#[tokio::test]
async fn a32_no_service_is_called_at_an_address_of_ours() {
    for address in ["https://169.254.169.254/latest", "https://10.1.2.3/ags", "https://[fe80::1]/ags"] {
        let class = Class::new().await;
        let claim = json!({ "scope": [SCOPE_LINE_ITEM, SCOPE_SCORE, SCOPE_RESULT], "lineitems": address });
        class.app.lms.bend(Bend::claim(claims::AGS_ENDPOINT, claim));
        class.visit(demo::ADA).await;
        class.reports("Lab safety", None).await;
        class.settle().await;
        assert_eq!(
            class.column().await.trouble.as_deref(),
            Some("lti.net.blocked_address"),
            "A32: {address}"
        );
        assert!(class.dead("settle_column").await >= 1, "A32: {address}");
    }
    let class = Class::new().await;
    let mut row = class.app.platform.clone();
    row.token_endpoint = Some("http://169.254.169.254/token".to_owned());
    let tx = class.app.app.store.write().await.unwrap();
    laurel::store::platform::update(&tx, Some(class.app.organization), row).await.unwrap();
    tx.commit().await.unwrap();
    class.reports("Lab safety", None).await;
    class.settle().await;
    assert_eq!(class.column().await.trouble.as_deref(), Some("lti.net.blocked_address"), "A32: token");
    let good = class.app.lms.token_endpoint();
    class.app.correct(Details { token_endpoint: Some(good), ..Details::default() }).await;
    class.app.advance(24 * 3600);
    class.visit(demo::GRACE).await;
    class.settle().await;
    assert_eq!(class.column().await.state, LineItemState::Found, "corrected, it works");
}
