//! Lists that come twice, are worked on again, stopped, cut off in the middle, undone, and forgotten in the end.

use laurel::{
    jobs::retention,
    outbox::{Runner as _, queue},
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{csv_of, id_of, many, outcome, upload};
use crate::{
    queue::{ask, get},
    support::{api, app::TestApp},
};

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

/// A list whose job has died goes on when it is asked to, and what it had awarded stays.
#[tokio::test]
async fn a_list_whose_job_has_died_goes_on_when_asked() {
    let app = api::app().await;
    let version = app.achievement("Saw").await.to_string();
    let id = id_of(&csv_of(&app, &many(&version, 1_100)).await);
    let lease = queue::lease(&app.app.store, app.app.clock.now(), "dies", chrono::Duration::seconds(60), 10);
    for job in lease.await.unwrap() {
        laurel::jobs::Jobs::new(&app.app).run(job).await;
    }
    let rerun = format!("/bulk-awards/{id}/rerun");
    let early = ask(&app, Method::POST, &rerun, &Value::Null).await;
    assert_eq!((early.status, early.code()), (409, "bulk.not_done"), "it is worked on");
    let tx = app.app.store.write().await.unwrap();
    let dies = "UPDATE job SET state = 'dead' WHERE kind = 'work_bulk'";
    sea_orm::ConnectionTrait::execute_unprepared(&tx, dies).await.unwrap();
    tx.commit().await.unwrap();
    app.run_jobs().await;
    assert_eq!(get(&app, &format!("/bulk-awards/{id}")).await["rows"]["waiting"], 76);
    let again = ask(&app, Method::POST, &rerun, &Value::Null).await;
    assert_eq!((again.status, &again.json["state"]), (200, &json!("running")), "{}", again.json);
    app.run_jobs().await;
    let found = get(&app, &format!("/bulk-awards/{id}")).await;
    assert_eq!((&found["state"], &found["rows"]["awarded"]), (&json!("done"), &json!(1_100)), "{found}");
    assert_eq!(app.count("pass WHERE cause = 'bulk' AND state = 'done'").await, 2);
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
    let half = get(&app, &format!("/bulk-awards/{id}")).await;
    assert_eq!((&half["rows"]["awarded"], &half["rows"]["waiting"]), (&json!(1_024), &json!(976)), "{half}");
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

/// An upload that breaks off leaves nothing that is worked on, and is cleared away; sent again it is a list.
#[tokio::test]
async fn what_broke_off_while_it_was_sent_is_cleared_away() {
    let app = api::app().await;
    let version = app.achievement("Saw").await.to_string();
    let text = many(&version, 2_000);
    // A sender that promises more than it sends, and goes.
    let mut socket = tokio::net::TcpStream::connect(app.at("").trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "POST /api/v1/bulk-awards HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Content-Type: text/csv\r\nIdempotency-Key: k-1\r\nContent-Length: {}\r\n\r\n",
        app.api_key,
        text.len() + 1
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(text.as_bytes()).await.unwrap();
    drop(socket);
    for _ in 0..100 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        if app.count("bulk").await == 0 {
            break;
        }
    }
    app.run_jobs().await;
    // Also where the process died with it, a day later.
    app.advance(25 * 3_600);
    retention::sweep(&app.app).await.unwrap();
    assert_eq!((app.count("bulk").await, app.count("bulk_row").await, app.count("award").await), (0, 0, 0));
    assert_eq!(get(&app, "/bulk-awards").await["items"], json!([]));
    let id = id_of(&upload(&app, "text/csv", text, Some("k-1")).await);
    app.run_jobs().await;
    assert_eq!(get(&app, &format!("/bulk-awards/{id}")).await["rows"]["awarded"], 2_000);
}

/// A slow line is no reason to refuse a list, one that says nothing any more is.
#[tokio::test]
async fn a_list_may_take_longer_than_a_request_as_long_as_it_goes_on() {
    let app = TestApp::with(|sources| sources.with("limits.request_seconds", "2")).await;
    let version = app.achievement("Saw").await.to_string();
    let text = many(&version, 3);
    for (pieces, status) in [(4, "201"), (2, "422")] {
        let mut socket =
            tokio::net::TcpStream::connect(app.at("").trim_start_matches("http://")).await.unwrap();
        let head = format!(
            "POST /api/v1/bulk-awards HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
             Content-Type: text/csv\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            app.api_key,
            text.len()
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        for piece in text.as_bytes().chunks(text.len().div_ceil(4)).take(pieces) {
            tokio::time::sleep(std::time::Duration::from_millis(800)).await;
            socket.write_all(piece).await.unwrap();
        }
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        assert_eq!(answer.contains("bulk.broken"), status == "422", "{answer}");
    }
    assert_eq!(app.count("bulk").await, 1);
    app.run_jobs().await;
}

/// `retention.bulk_days`: a list goes with its rows, which hold names and addresses; what it awarded stays.
#[tokio::test]
async fn a_list_is_forgotten_in_the_end_and_its_awards_stay() {
    let app = api::app().await;
    let version = app.achievement("Saw").await.to_string();
    let id = id_of(&csv_of(&app, &many(&version, 3)).await);
    app.run_jobs().await;
    app.advance(89 * 86_400);
    retention::sweep(&app.app).await.unwrap();
    assert_eq!((app.count("bulk").await, app.count("bulk_row").await), (1, 3));
    // Nothing that was refused keeps its pass, either.
    let nothing = id_of(&csv_of(&app, &format!("email,version_id\nnonsense,{version}\n")).await);
    app.run_jobs().await;
    app.advance(2 * 86_400);
    retention::sweep(&app.app).await.unwrap();
    assert_eq!((app.count("bulk").await, app.count("bulk_row").await), (1, 1));
    let gone = ask(&app, Method::GET, &format!("/bulk-awards/{id}"), &Value::Null).await;
    assert_eq!((gone.status, gone.code()), (404, "not_found"));
    app.advance(90 * 86_400);
    retention::sweep(&app.app).await.unwrap();
    let gone = ask(&app, Method::GET, &format!("/bulk-awards/{nothing}"), &Value::Null).await;
    assert_eq!(gone.status, 404);
    assert_eq!((app.count("bulk").await, app.count("award").await), (0, 3));
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
