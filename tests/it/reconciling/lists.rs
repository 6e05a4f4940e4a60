//! A course's own list of completions, compared with the badges here.

use laurel::domain::completion_list::{self as lists, NewList, parse};
use practice::demo;
use serde_json::json;

use crate::services::Class;

/// CSV as spreadsheets write it: separators, headings, quotes, dates.
#[test]
fn lists_are_read_as_spreadsheets_write_them() {
    let who =
        |text: &str| -> Vec<String> { parse::csv(text).unwrap().into_iter().map(|line| line.who).collect() };
    assert_eq!(who("a\nb\n"), ["a", "b"]);
    assert_eq!(who("\u{feff}E-Mail;Datum\r\na@b.example;23.11.2026\r\n\r\n"), ["a@b.example"]);
    assert_eq!(who("\"Doe, \"\"J\"\"\",2026-11-23\n"), ["Doe, \"J\""]);
    let dated = parse::csv("a\t2026-11-23T10:00:00+01:00").unwrap();
    assert_eq!(dated[0].completed_at.unwrap().to_rfc3339(), "2026-11-23T09:00:00+00:00");
    assert_eq!(parse::csv("email\n\na@example.edu\n").unwrap()[0].number, 3, "as in the file");
    assert_eq!(parse::csv("\n").unwrap_err().code(), "list.empty");
    let error = parse::csv("a,2026-11-23\nb,yesterday\n").unwrap_err();
    assert_eq!(error.code(), "list.line");
    assert!(error.message().contains("Line 2"), "{}", error.message());
    let error = parse::csv("a\n\"b\nc\",2026-11-23\nd,yesterday\n").unwrap_err();
    assert!(error.message().contains("Line 4"), "a break within quotes counts: {}", error.message());
    let error = parse::csv("a\n\"b\nc\n").unwrap_err();
    assert_eq!(error.code(), "list.line", "a quote that is never closed hides nobody");
}

/// The difference has both sides, why not, and who is nobody; nothing is awarded unless it is told to.
#[tokio::test]
async fn a_list_is_compared_and_counts_only_if_told_to() {
    let class = Class::new().await;
    let app = &class.app;
    let version = app.achievement("Done").await;
    let completed = json!({ "type": "completed", "subject": { "course": "this" } });
    let placement = app.place(version, Some(class.course), completed).await.placement.id;
    let registrar = super::Registrar::new(app).await;
    for student in [demo::GRACE, demo::EMMY, demo::ALAN] {
        class.visit(student).await;
    }
    registrar.tells(&class, demo::ALAN, "1").await;
    class.settle().await;
    assert_eq!(app.awards().await.len(), 1);
    let grace = app.learner(&app.lms.subject(demo::GRACE)).await.unwrap();
    let alan = app.learner(&app.lms.subject(demo::ALAN)).await.unwrap();
    let csv = format!("{};2026-03-01\n{}\nnobody\n{}\n", grace.sub, app.lms.subject(demo::ADA), grace.id);
    let list = |counts| NewList {
        course: class.course,
        placement,
        name: "Registrar, autumn".to_owned(),
        lines: parse::csv(&csv).unwrap(),
        counts,
    };
    let row = lists::compare(&app.app, &app.operator(), list(false)).await.unwrap();
    let said = lists::difference_of(&row).unwrap();
    let why: Vec<&str> = said.only_there.iter().map(|row| row.why.as_str()).collect();
    assert_eq!(said.only_there.len(), 2);
    assert!(why.contains(&"staff") && !why.contains(&"met"), "{why:?}");
    assert_eq!((said.both, &said.unknown, said.repeated), (0, &vec![3], 1));
    assert_eq!(said.only_here.iter().map(|row| row.learner).collect::<Vec<_>>(), [alan.id]);
    class.settle().await;
    assert_eq!(app.awards().await.len(), 1, "comparing awards nobody");

    let kept = lists::compare(&app.app, &app.operator(), list(true)).await.unwrap();
    let lines = format!("job WHERE kind = 'take_lines' AND dedup_key LIKE 'lines:{}:%'", kept.id);
    assert_eq!(app.count(&lines).await, 1, "what counts is queued with the list, or not at all");
    class.settle().await;
    let awards = app.awards().await;
    assert_eq!(awards.len(), 2, "Grace, and never the teacher");
    let award = awards.iter().find(|award| award.learner_id == grace.id).unwrap();
    assert_eq!(award.awarded_at.to_rfc3339(), "2026-03-01T00:00:00+00:00", "dated as the list says");
    let again = lists::compare(&app.app, &app.operator(), list(false)).await.unwrap();
    assert_eq!(lists::difference_of(&again).unwrap().both, 1);
}
