//! Invitations by the API and by the command line, and what operators see of them.

use std::process::Command;

use practice::Profile;
use reqwest::Method;
use serde_json::json;

use super::{campus, paste, platforms};
use crate::support::{
    api::{Sent, send},
    app::TestApp,
};

/// Made by the API the address is shown once, listed without it, and can be taken back.
#[tokio::test]
async fn the_api_invites_lists_and_withdraws() {
    let app = TestApp::new().await;
    let lms = campus(&app, Profile::Plain).await;
    let key = app.api_key.as_str();
    let body = json!({ "name": "Campus LMS", "days": 7 });
    let made = send(&app, &Method::POST, "/platform-invitations", Some(key), &[], Sent::json(&body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let address = made.json["registration_url"].as_str().unwrap().to_owned();
    assert!(address.starts_with(&format!("{}/lti/register?invite=", app.base)), "{address}");
    let path = format!("/platform-invitations/{}", made.json["id"].as_str().unwrap());
    let open = send(&app, &Method::GET, &path, Some(key), &[], Sent::Nothing).await.json;
    assert_eq!((&open["state"], open.get("registration_url")), (&json!("open"), None));
    let (_, done) = paste(&app, &lms, &address).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let row = platforms(&app).await.pop().unwrap();
    assert_eq!(row.name, "Campus LMS");
    let used = send(&app, &Method::GET, &path, Some(key), &[], Sent::Nothing).await.json;
    assert_eq!((&used["state"], &used["platform_id"]), (&json!("used"), &json!(row.id)));
    let withdraw = format!("{path}/withdraw");
    let late = send(&app, &Method::POST, &withdraw, Some(key), &[], Sent::Nothing).await;
    assert_eq!((late.status, late.code()), (409, "invitation.used"));

    for (body, field) in [
        (json!({ "days": 0 }), "days"),
        (json!({ "days": 31 }), "days"),
        (json!({ "family": "x" }), "family"),
    ] {
        let wrong =
            send(&app, &Method::POST, "/platform-invitations", Some(key), &[], Sent::json(&body)).await;
        assert_eq!((wrong.status, &wrong.json["field"]), (422, &json!(field)), "{body}");
    }
    let made =
        send(&app, &Method::POST, "/platform-invitations", Some(key), &[], Sent::json(&json!({}))).await;
    app.advance(24 * 3600 + 1);
    let path = format!("/platform-invitations/{}", made.json["id"].as_str().unwrap());
    let old = send(&app, &Method::GET, &path, Some(key), &[], Sent::Nothing).await.json;
    assert_eq!(old["state"], "expired");
}

/// What operators print for an administrator is one address; the lists say what came of it.
#[tokio::test]
async fn the_command_line_invites() {
    let scene = crate::support::process::Scene::new(&[]).await;
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_laurel"));
        command.envs(scene.environment()).current_dir(scene.folder.path());
        let done = command.args(arguments).output().unwrap();
        let (out, err) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
        (done.status.success(), out, err)
    };
    let (ok, out, err) =
        run(&["platform", "invite", "--organization", "campus", "--family", "moodle", "--days", "3"]);
    assert!(ok, "{err}");
    let address = out.lines().find_map(|line| line.trim().strip_prefix("http")).expect("an address");
    assert!(address.contains("/lti/register?invite="), "{out}");
    let (ok, out, _) = run(&["platform", "invitations", "--organization", "campus"]);
    assert!(ok && out.contains("moodle") && out.contains("open until"), "{out}");
    let id = out.split_whitespace().next().unwrap().to_owned();
    assert!(run(&["platform", "withdraw", "--organization", "campus", &id]).0);
    let (_, out, _) = run(&["platform", "invitations", "--organization", "campus"]);
    assert!(out.contains("withdrawn"), "{out}");
    let (ok, _, err) = run(&["platform", "invite", "--organization", "nobody"]);
    assert!(!ok && err.contains("there is no organization nobody"), "{err}");
    let (_, out, _) = run(&["platform", "list", "--organization", "campus"]);
    let platform = out.split_whitespace().next().unwrap().to_owned();
    assert!(out.contains("active"), "{out}");
    let (ok, out, _) = run(&["platform", "show", "--organization", "campus", &platform]);
    assert!(ok && out.contains("/lti/jwks/"), "{out}");
    let (ok, _, err) = run(&["platform", "thaw", "--organization", "campus", &platform, "--same"]);
    assert!(!ok && err.contains("not frozen"), "{err}");
}
