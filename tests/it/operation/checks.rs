//! `laurel check`, run as an operator runs it: plain words, and what to do about each thing that is wrong.

use std::process::Output;

use laurel::config::{Level, Settings, Sources};

use crate::support::smtp_sink::SmtpSink;

/// Runs `laurel check` in an empty folder with these settings.
async fn check(settings: &[(&str, &str)], arguments: &[&str]) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_laurel"));
    command.arg("check").args(arguments).current_dir(folder.path()).env("LAUREL__LOGS__LEVEL", "error");
    for (key, value) in settings {
        command.env(format!("LAUREL__{}", key.to_uppercase().replace('.', "__")), value);
    }
    let Output { status, stdout, stderr } = command.output().await.unwrap();
    let text = String::from_utf8(stdout).unwrap();
    for line in text.lines() {
        let first = line.split_whitespace().next().unwrap();
        assert!(["ok", "mind", "WRONG", "Ready", "Not"].contains(&first), "{line}");
    }
    (status.success(), text + &String::from_utf8_lossy(&stderr))
}

const HERE: (&str, &str) = ("server.public_url", "http://localhost:8080");

#[tokio::test]
async fn a_fresh_development_server_is_ready() {
    let (is_well, said) = check(&[HERE], &[]).await;
    assert!(is_well, "{said}");
    for words in
        ["Ready for work.", "http://localhost:8080/lti/login", ".eml files", "database: it answers", "clock:"]
    {
        assert!(said.contains(words), "{words} in:\n{said}");
    }
    assert!(!said.contains("WRONG"), "{said}");
}

/// What stops the start is shown all at once, not only the first of it.
#[tokio::test]
async fn every_wrong_setting_is_shown_at_once_with_what_to_do() {
    let (is_well, said) = check(
        &[
            ("server.public_url", "http://badges.example.org"),
            ("mail.url", "smtp://badges:hunter2@mail.example.org?tls=none"),
            ("server.metrics_token", "short"),
            ("outbox.backoff_max_seconds", "1"),
        ],
        &[],
    )
    .await;
    assert!(!is_well);
    for words in [
        "reverse proxy with a certificate",
        "laurel master-key generate",
        "Use smtps:// or ?tls=required",
        "openssl rand -hex 20",
        "`outbox.backoff_max_seconds` must",
        "Not ready",
    ] {
        assert!(said.contains(words), "{words} in:\n{said}");
    }
    assert!(!said.contains("hunter2") && !said.contains("short"), "{said}");
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_explained() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let url = format!("postgres://laurel:hunter2@{gone}/laurel");
    let (is_well, said) = check(&[HERE, ("database.url", &url)], &[]).await;
    assert!(!is_well && said.contains("WRONG    database: it cannot be opened"), "{said}");
    assert!(said.contains("Is `database.url` right") && !said.contains("hunter2"), "{said}");
    let (is_well, said) = check(&[HERE, ("database.url", "sqlite:///proc/nowhere/laurel.db")], &[]).await;
    assert!(!is_well && said.contains("may this user reach it"), "{said}");
}

#[tokio::test]
async fn mail_is_tried_and_a_failure_says_what_to_look_at() {
    let sink = SmtpSink::start().await;
    sink.require("badges", "right");
    let good = sink.url_with("badges", "right");
    let (is_well, said) = check(&[HERE, ("mail.url", &good)], &["--mail", "ada@example.org"]).await;
    assert!(is_well && said.contains("the test mail was accepted"), "{said}");
    assert_eq!(sink.received()[0].to, ["ada@example.org"]);
    assert_eq!(sink.lines().last().map(String::as_str), Some("QUIT"), "it says goodbye");

    let wrong = sink.url_with("badges", "hunter2");
    let (is_well, said) = check(&[HERE, ("mail.url", &wrong)], &[]).await;
    assert!(!is_well && said.contains("SMTP 535") && said.contains("user and password"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
    let (is_well, said) = check(&[HERE, ("mail.folder", "/proc/nowhere")], &[]).await;
    assert!(!is_well && said.contains("Let this user write to the folder"), "{said}");
    let (is_well, said) = check(&[HERE], &["--mail", "ada at example"]).await;
    assert!(!is_well && said.contains("like you@example.org"), "{said}");
}

/// Whatever is found, it is a sentence about its key, and grave ones say what to do.
#[test]
fn findings_are_sentences_with_a_way_out() {
    let sources = Sources::defaults();
    let production = || sources.clone().with("server.public_url", "https://badges.example.org");
    let cases = [
        sources.clone().with("server.public_url", "http://badges.example.org"),
        sources.clone().with("server.public_url", "http://localhost:8080"),
        production(),
        production().with("lti.allow_unbound_launch", "true"),
        production().with("mail.url", "smtp://u:p@mail.example.org?tls=opportunistic"),
        production().with("mail.url", "smtp://mail.example.org?tls=none"),
        production().with("mail.url", "nonsense"),
        production().with("mail.from_address", "x").with("mail.reply_to", "y").with("mail.from_name", "a\nb"),
        production().with("server.metrics_token", "has a space, and is long enough"),
        production().with("retention.idempotency_hours", "1").with("outbox.lease_seconds", "1"),
    ];
    let ways = [
        "Put ",
        "put ",
        "Make ",
        "Write ",
        "Use ",
        "Add ",
        "add ",
        "Switch ",
        "set ",
        "must ",
        "is written as",
        "better",
        "makes a good one",
    ];
    for case in cases {
        for finding in Settings::read(&case).unwrap().check() {
            let text = &finding.message;
            assert!(text.ends_with('.') && text.len() > 30, "{}: {text}", finding.key);
            if finding.level > Level::Note {
                assert!(ways.iter().any(|way| text.contains(way)), "{}: no way out: {text}", finding.key);
            }
        }
    }
}
