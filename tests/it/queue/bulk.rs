//! Awards by the list, over HTTP: good lists, wrong rows, hostile files, crashes, and what comes out (design §5, §6.1,
//! §6.2).

use laurel::{
    domain::bulk::csv,
    outbox::{Runner as _, queue},
};
use proptest::prelude::*;
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
    assert_eq!((last[4].as_str(), csv::restored(&last[5])), ("'=ada", "=1+1"));

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
    ]);
    let body = format!(" {{ \"rows\" : {rows} }}\n");
    let id = id_of(&upload(&app, "application/json; charset=utf-8", body, None).await);
    app.run_jobs().await;
    let (_, rows) = outcome(&app, &id).await;
    let said: Vec<&str> = rows.iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!(said, ["awarded", "refused", "refused", "awarded"], "{rows:#?}");
    assert!(rows[1]["words"].as_str().unwrap().contains("surprise"), "{}", rows[1]);
    assert_eq!(rows[1]["code"], "row.malformed");
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

#[tokio::test]
async fn hostile_files_are_refused_in_plain_words_and_leave_nothing() {
    let app = api::app().await;
    let version = app.achievement("Saw").await;
    let good = format!("email,version_id\na@example.org,{version}\n");
    let cases: Vec<(Vec<u8>, &str)> = vec![
        ([good.as_bytes(), &b"m\xfcller@example.org,x\n"[..]].concat(), "bulk.encoding"),
        (
            [&[0xFF, 0xFE][..], &good.bytes().flat_map(|byte| [byte, 0]).collect::<Vec<_>>()].concat(),
            "bulk.encoding",
        ),
        ([good.as_bytes(), &b"a\0b,c\n"[..]].concat(), "bulk.encoding"),
        ([good.as_bytes(), &b"\"never closed,x\n1,2\n3,4\n"[..]].concat(), "bulk.quotes"),
        ([good.as_bytes(), &b"\"a\"b,c\n"[..]].concat(), "bulk.quotes"),
        (b"email,email,version_id\n".to_vec(), "bulk.header"),
        (b"email,grade,version_id\n".to_vec(), "bulk.header"),
        (b"name,version_id\n".to_vec(), "bulk.header"),
        (b"email\n".to_vec(), "bulk.header"),
        ("x".repeat(200_000).into_bytes(), "bulk.header"),
        (b"email,version_id\n".to_vec(), "bulk.empty"),
        (Vec::new(), "bulk.header"),
    ];
    for (body, code) in cases {
        // A body that is no text.
        let client = reqwest_client();
        let answer = client
            .post(app.at("/api/v1/bulk-awards"))
            .header("authorization", format!("Bearer {}", app.api_key))
            .header("content-type", "text/csv")
            .body(body)
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let said: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        let is_empty = said["code"] == "bulk.empty" && code == "bulk.header";
        assert!(status == 422 && (said["code"] == code || is_empty), "{code}: {said}");
        assert!(said["detail"].as_str().unwrap().len() > 20, "{said}");
    }
    for kind in ["text/plain", "text/csv; charset=latin1"] {
        let answer = upload(&app, kind, good.clone(), None).await;
        assert_eq!((answer.status, answer.code()), (415, "body.media_type"), "{kind}");
    }
    assert_eq!((app.count("bulk").await, app.count("bulk_row").await), (0, 0));
    // A huge cell and too many cells are their own rows' fault.
    let huge =
        format!("{good}{},{version}\nb@example.org,{version}\n{}\n", "x".repeat(10_000_000), ",".repeat(900));
    let id = id_of(&csv_of(&app, &huge).await);
    app.run_jobs().await;
    let (_, rows) = outcome(&app, &id).await;
    let said: Vec<_> = rows.iter().map(|row| row["code"].as_str().unwrap_or("")).collect();
    assert_eq!(said, ["", "row.too_long", "", "row.too_long"], "{rows:#?}");
}

#[expect(clippy::disallowed_methods, reason = "an integrator's client, not the program's")]
fn reqwest_client() -> reqwest::Client {
    reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap()
}

#[tokio::test]
async fn the_same_list_under_the_same_key_is_one_and_never_awards_twice() {
    let app = api::app().await;
    let version = app.achievement("Saw").await.to_string();
    let text = many(&version, 3);
    let first = upload(&app, "text/csv", text.clone(), Some("k-1")).await;
    let again = upload(&app, "text/csv", text.clone(), Some("k-1")).await;
    assert_eq!(id_of(&first), id_of(&again));
    app.run_jobs().await;
    let late = upload(&app, "text/csv", text.clone(), Some("k-1")).await;
    assert_eq!(id_of(&first), id_of(&late));
    let other = upload(&app, "text/csv", format!("{text}x@example.org,x,{version}\n"), Some("k-1")).await;
    assert_eq!((other.status, other.code()), (422, "idempotency.mismatch"), "{}", other.json);
    // Without the promise it is another list of what they have.
    let id = id_of(&csv_of(&app, &text).await);
    app.run_jobs().await;
    let (found, rows) = outcome(&app, &id).await;
    assert_eq!(found["rows"]["already"], 3, "{found}");
    assert!(rows.iter().all(|row| row["award_id"].is_string()));
    assert_eq!((app.count("award").await, app.count("bulk").await), (3, 2));
}

#[tokio::test]
async fn what_was_refused_is_worked_on_again_and_what_is_stopped_stays_stopped() {
    let app = api::app().await;
    let version = app.achievement("Saw").await.to_string();
    let veto = json!({ "version_id": version, "learner": { "email": "p1@example.org" } });
    let given = ask(&app, Method::POST, "/awards", &veto).await;
    let award = given.json["id"].as_str().unwrap().to_owned();
    ask(&app, Method::POST, &format!("/awards/{award}/revoke"), &json!({ "reason": "A mistake." })).await;
    let id = id_of(&csv_of(&app, &format!("{}wrong,x,{version}\n", many(&version, 2))).await);
    let early = ask(&app, Method::POST, &format!("/bulk-awards/{id}/rerun"), &Value::Null).await;
    assert_eq!((early.status, early.code()), (409, "bulk.not_done"));
    app.run_jobs().await;
    let (_, rows) = outcome(&app, &id).await;
    let said: Vec<_> = rows.iter().map(|row| row["code"].as_str().unwrap_or("")).collect();
    assert_eq!(said, ["award.vetoed", "", "email.invalid"], "{rows:#?}");
    // A person who is named gives it again, by hand; then it is there already.
    let mut by_hand = veto.clone();
    let refused = ask(&app, Method::POST, "/awards", &by_hand).await;
    assert_eq!((refused.status, refused.code()), (409, "award.vetoed"), "{}", refused.json);
    by_hand["by"] = json!({ "email": "P1@example.org" });
    let own = ask(&app, Method::POST, "/awards", &by_hand).await;
    assert_eq!((own.status, own.code()), (403, "award.own"), "{}", own.json);
    by_hand["by"] = json!({ "email": "ruth@school.example" });
    assert_eq!(ask(&app, Method::POST, "/awards", &by_hand).await.status, 201);
    let again = ask(&app, Method::POST, &format!("/bulk-awards/{id}/rerun"), &Value::Null).await;
    assert_eq!(
        (again.status, &again.json["run"], &again.json["rows"]["waiting"]),
        (200, &json!(2), &json!(2)),
        "{}",
        again.json
    );
    app.run_jobs().await;
    let (found, rows) = outcome(&app, &id).await;
    let said: Vec<_> = rows.iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!((found["state"].as_str(), said), (Some("done"), vec!["already", "awarded", "refused"]));
    let late = ask(&app, Method::POST, &format!("/bulk-awards/{id}/cancel"), &Value::Null).await;
    assert_eq!((late.status, late.code()), (409, "bulk.done"));

    let id = id_of(&csv_of(&app, &many(&version, 9)).await);
    let stopped = ask(&app, Method::POST, &format!("/bulk-awards/{id}/cancel"), &Value::Null).await;
    assert_eq!(stopped.json["state"], "cancelled", "{}", stopped.json);
    let before = app.count("award").await;
    app.run_jobs().await;
    assert_eq!(app.count("award").await, before);
}

/// Two thousand rows; a process that dies in the middle loses nothing and doubles nothing; mails wait, and what was
/// given can be taken back.
#[tokio::test]
async fn a_long_list_survives_a_crash_and_can_be_undone_until_its_mails_leave() {
    let app = api::app().await;
    let version = app.achievement("Saw").await.to_string();
    let id = id_of(&csv_of(&app, &many(&version, 2_000)).await);
    // The first job works, and its process dies before it can say so: another does the same again.
    let leased =
        queue::lease(&app.app.store, app.app.clock.now(), "dies", chrono::Duration::seconds(60), 10).await;
    for job in leased.unwrap() {
        laurel::jobs::Jobs::new(&app.app).run(job).await;
    }
    assert_eq!(app.count("award").await, 1_024);
    app.advance(61);
    queue::sweep(&app.app.store, app.app.clock.now()).await.unwrap();
    app.run_jobs().await;
    let found = get(&app, &format!("/bulk-awards/{id}")).await;
    assert_eq!((&found["state"], &found["rows"]["awarded"]), (&json!("done"), &json!(2_000)), "{found}");
    assert_eq!((app.count("award").await, app.count("generation").await), (2_000, 2_000));
    assert_eq!(app.mails().len(), 0, "an hour to think again");
    let pass = found["pass_id"].as_str().unwrap();
    let undone = ask(&app, Method::POST, &format!("/passes/{pass}/undo"), &json!({})).await;
    assert_eq!(undone.status, 200, "{}", undone.json);
    app.run_jobs().await;
    app.advance(2 * 3_600);
    app.run_jobs().await;
    assert_eq!(app.count("award WHERE state = 'revoked' AND veto = FALSE").await, 2_000);
    assert_eq!(app.mails().len(), 0);
}

/// `cargo test --workspace --test it hundred_thousand -- --ignored --nocapture`
#[tokio::test]
#[ignore = "takes a while in a debug build"]
async fn a_hundred_thousand_rows() {
    let app = api::app().await;
    let version = app.achievement("Saw").await.to_string();
    let text = many(&version, 100_000);
    let began = std::time::Instant::now();
    let id = id_of(&csv_of(&app, &text).await);
    skipped!("{} MB taken in after {:?}", text.len() / 1_000_000, began.elapsed());
    app.run_jobs().await;
    skipped!("worked on after {:?}", began.elapsed());
    let found = get(&app, &format!("/bulk-awards/{id}")).await;
    assert_eq!(found["rows"]["awarded"], 100_000, "{found}");
    let more = upload(&app, "text/csv", format!("{text}x@example.org,x,{version}\n"), None).await;
    assert_eq!((more.status, more.code()), (422, "bulk.too_large"));
}

fn read(bytes: &[u8]) -> Vec<Vec<String>> {
    let (mut reader, mut records) = (csv::Reader::default(), Vec::new());
    reader.push(bytes, &mut records).unwrap();
    reader.finish(&mut records).unwrap();
    records.into_iter().map(|record| record.cells.unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    /// What is written reads back as it was, however it is cut while it arrives; and no cell begins a formula.
    #[test]
    fn what_is_written_reads_back(
        records in prop::collection::vec(prop::collection::vec("[a-z=+@'\", ;\\t\\r\\n\\-ü＝]{0,6}", 2..5), 1..6),
        cut in 1_usize..9,
    ) {
        let mut text = String::from("a,b\r\n");
        for record in &records {
            csv::write(record.iter().map(String::as_str), &mut text);
        }
        let (mut reader, mut found) = (csv::Reader::default(), Vec::new());
        for piece in text.as_bytes().chunks(cut) {
            reader.push(piece, &mut found).unwrap();
        }
        reader.finish(&mut found).unwrap();
        let found: Vec<Vec<String>> = found.into_iter().skip(1).map(|record| record.cells.unwrap()).collect();
        let live = |cell: &String| cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝']);
        prop_assert!(!found.iter().flatten().any(live));
        let restored: Vec<Vec<String>> = found
            .into_iter()
            .map(|record| record.iter().map(|cell| csv::restored(cell).to_owned()).collect())
            .collect();
        prop_assert_eq!(restored, records);
    }

    /// Anything at all is read or refused, and never more than it was.
    #[test]
    fn anything_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let (mut reader, mut found) = (csv::Reader::default(), Vec::new());
        if reader.push(&bytes, &mut found).is_ok() && reader.finish(&mut found).is_ok() {
            let read: usize = found.iter().flat_map(|record| record.cells.iter().flatten()).map(String::len).sum();
            prop_assert!(read <= bytes.len());
        }
    }
}
