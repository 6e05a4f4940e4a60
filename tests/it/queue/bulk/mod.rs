//! Awards by the list, over HTTP: good lists, wrong rows, hostile files, crashes, and what comes out (design §5, §6.1,
//! §6.2).

mod again;
mod hostile;
mod terms;

use laurel::domain::bulk::csv;
use reqwest::Method;
use serde_json::{Value, json};

use super::{ask, get};
use crate::support::{
    api::{self, Answer, Sent, send},
    app::TestApp,
};

async fn upload(app: &TestApp, kind: &'static str, body: String, once: Option<&str>) -> Answer {
    let headers: Vec<(&str, &str)> = once.map(|key| ("idempotency-key", key)).into_iter().collect();
    send(app, &Method::POST, "/bulk-awards", Some(&app.api_key), &headers, Sent::Text(kind, body)).await
}

async fn csv_of(app: &TestApp, body: &str) -> Answer {
    upload(app, "text/csv", body.to_owned(), None).await
}

/// What became of a list, and its rows by number.
async fn outcome(app: &TestApp, id: &str) -> (Value, Vec<Value>) {
    let found = get(app, &format!("/bulk-awards/{id}")).await;
    let mut rows =
        get(app, &format!("/bulk-awards/{id}/rows?limit=200")).await["items"].as_array().unwrap().clone();
    rows.sort_by_key(|row| row["number"].as_i64());
    (found, rows)
}

fn id_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.json);
    answer.json["id"].as_str().unwrap().to_owned()
}

/// So many rows for people of their own.
fn many(version: &str, count: usize) -> String {
    let rows = (1..=count).map(|number| format!("p{number}@example.org,Person {number},{version}\n"));
    format!("email,name,version_id\n{}", rows.collect::<String>())
}

#[tokio::test]
async fn each_row_has_an_outcome_of_its_own() {
    let app = api::app().await;
    let version = app.achievement("Saw").await;
    let badge = laurel::domain::achievement::find_version(&app.app, app.organization, version).await.unwrap();
    let achievement = badge.achievement_id;
    let nobody = uuid::Uuid::from_u128(7);
    let text = format!(
        "\u{feff}Email;Name;version_id;achievement_id;awarded_at;narrative;evidence_url;learner_id\r\n\
         grace@example.org;\"Grace; Miller\";{version};;2029-05-01;\"Two\nlines\";https://example.org/g;\r\n\
         grace@example.org;;;{achievement};;;;\r\n\
         linus@example.org;;{version};;2031-01-01T00:00:00Z;;;\r\n\
         nonsense;;{version};;;;;\r\n\
         ada@example.org;;{nobody};;;;;\r\n\
         ;;{version};;;;;{nobody}\r\n\
         ada@example.org;;{version};;yesterday;;;\r\n\
         ada@example.org;;{version};;;;;;;;\r\n\
         \r\n\
         '=ada;=1+1;{version};;;;;\r\n"
    );
    let made = csv_of(&app, &text).await;
    let id = id_of(&made);
    assert_eq!((&made.json["total"], &made.json["state"]), (&json!(9), &json!("running")));
    app.run_jobs().await;
    let (found, rows) = outcome(&app, &id).await;
    assert_eq!(found["state"], "done", "{found}");
    let said: Vec<(i64, &str, &str)> = rows
        .iter()
        .map(|row| {
            let code = row["code"].as_str().unwrap_or_default();
            (row["number"].as_i64().unwrap(), row["state"].as_str().unwrap(), code)
        })
        .collect();
    assert_eq!(
        said,
        [
            (2, "awarded", ""),
            (4, "already", ""),
            (5, "scheduled", ""),
            (6, "refused", "email.invalid"),
            (7, "refused", "not_found"),
            (8, "refused", "not_found"),
            (9, "refused", "row.time"),
            (10, "refused", "row.cells"),
            (12, "refused", "email.invalid"),
        ],
        "{rows:#?}"
    );
    assert_eq!(
        found["rows"],
        json!({ "waiting": 0, "awarded": 1, "scheduled": 1, "already": 1, "refused": 6 })
    );
    let award = app.awards().await.into_iter().find(|award| award.generation == 1).unwrap();
    assert_eq!(award.awarded_at.to_rfc3339(), "2029-05-01T00:00:00+00:00");
    assert_eq!((award.strength, award.narrative.as_deref()), (4, Some("Two\nlines")));
    assert_eq!(app.mails().len(), 1, "so few mail at once");

    // What comes out holds no formula, and reads back as what went in.
    let path = format!("/bulk-awards/{id}/outcomes");
    let file = send(&app, &Method::GET, &path, Some(&app.api_key), &[], Sent::Nothing).await;
    assert_eq!((file.status, file.kind()), (200, "text/csv"));
    let records = read(file.text.as_bytes());
    assert_eq!(records.len(), 10);
    assert!(records.iter().flatten().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{records:?}");
    let last = records.last().unwrap();
    assert_eq!((last[4].as_str(), csv::restored(&last[5]).as_str()), ("'=ada", "=1+1"));

    // The same file is a list again, which gives nobody anything twice.
    let again = id_of(&csv_of(&app, &file.text).await);
    app.run_jobs().await;
    let (again, _) = outcome(&app, &again).await;
    assert_eq!(
        again["rows"],
        json!({ "waiting": 0, "awarded": 0, "scheduled": 0, "already": 3, "refused": 6 })
    );

    // Its time comes.
    app.advance(400 * 86_400);
    app.run_jobs().await;
    let states: Vec<_> = app.awards().await.into_iter().map(|award| award.state.as_str()).collect();
    assert_eq!(states, ["active", "active"]);
    assert_eq!(app.mails().len(), 2);
}

#[tokio::test]
async fn a_list_in_json_is_read_row_by_row() {
    let app = api::app().await;
    let version = app.achievement("Saw").await.to_string();
    let rows = json!([
        { "email": "grace@example.org", "version_id": version, "evidence": [{ "name": "A \"}] piece" }] },
        { "email": "linus@example.org", "version_id": version, "surprise": 1 },
        { "email": 17, "version_id": version },
        { "platform_id": app.platform.id, "sub": "u-1", "name": "No address", "version_id": version },
        { "email": "zero@example.org", "name": "a\u{0}b", "version_id": version },
        { "email": "zero@example.org", "evidence": [{ "name": "\u{0}" }], "version_id": version },
    ]);
    let body = format!(" {{ \"rows\" : {rows} }}\n");
    let id = id_of(&upload(&app, "application/json; charset=utf-8", body, None).await);
    app.run_jobs().await;
    let (_, rows) = outcome(&app, &id).await;
    let said: Vec<&str> = rows.iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!(said, ["awarded", "refused", "refused", "awarded", "refused", "refused"], "{rows:#?}");
    assert!(rows[1]["words"].as_str().unwrap().contains("surprise"), "{}", rows[1]);
    assert_eq!(rows[1]["code"], "row.malformed");
    assert_eq!((&rows[4]["code"], &rows[5]["code"]), (&json!("row.malformed"), &json!("row.malformed")));
    let states: Vec<_> =
        app.awards().await.into_iter().map(|award| award.state.as_str().to_owned()).collect();
    assert!(states.contains(&"waiting_for_address".to_owned()), "{states:?}");
    for broken in
        ["", "[]", "{\"rows\":{}}", "{\"rows\":[{}", "{\"rows\":[{},]}", "{\"rows\":[{}]} x", "{\"rows\":[]}"]
    {
        let answer = upload(&app, "application/json", broken.to_owned(), None).await;
        assert_eq!(answer.status, 422, "{broken}: {}", answer.json);
        assert!(["bulk.malformed", "bulk.empty"].contains(&answer.code()), "{broken}: {}", answer.json);
    }
    assert_eq!(app.count("bulk").await, 1, "what is refused leaves nothing");
}

/// What waits for an address goes out once, and what the rows give goes out, whichever of them brings it.
#[tokio::test]
async fn the_address_that_one_row_brings_holds_for_all_rows_of_its_learner() {
    let app = api::app().await;
    let (saw, drill, plane) =
        (app.achievement("Saw").await, app.achievement("Drill").await, app.achievement("Plane").await);
    let platform = app.platform.id;
    let body = json!({ "version_id": plane, "learner": { "platform_id": platform, "sub": "u-1" } });
    let waits = ask(&app, Method::POST, "/awards", &body).await;
    assert_eq!((waits.status, &waits.json["state"]), (201, &json!("waiting_for_address")), "{}", waits.json);
    let text = format!(
        "platform_id,sub,email,version_id\n{platform},u-1,,{saw}\n{platform},u-1,u1@example.org,{drill}\n\
         {platform},u-1,u1@example.org,{saw}\n"
    );
    let id = id_of(&csv_of(&app, &text).await);
    app.run_jobs().await;
    let (found, rows) = outcome(&app, &id).await;
    let said: Vec<&str> = rows.iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!((&found["state"], said), (&json!("done"), vec!["awarded", "awarded", "already"]), "{rows:#?}");
    let states: Vec<_> = app.awards().await.into_iter().map(|award| award.state.as_str()).collect();
    assert_eq!(states, ["active"; 3]);
    assert_eq!((app.count("generation").await, app.mails().len()), (3, 3));
}

fn read(bytes: &[u8]) -> Vec<Vec<String>> {
    let (mut reader, mut records) = (csv::Reader::default(), Vec::new());
    reader.push(bytes, &mut records).unwrap();
    reader.finish(&mut records).unwrap();
    records.into_iter().map(|record| record.cells.unwrap()).collect()
}
