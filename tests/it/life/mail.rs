//! A change of mail settings can never cause awards: addresses and mail servers decide on delivery alone.

use std::collections::BTreeSet;

use laurel::{
    domain::{
        award::reissue,
        learner::{self, PersonIn},
    },
    store::entity::award::AwardState,
};
use serde_json::json;

use super::{done, version};
use crate::support::{api, app::TestApp};

/// Who has what, whatever became of its delivery.
async fn decided(app: &TestApp) -> BTreeSet<(String, String, String, String)> {
    let awards = app.awards().await.into_iter();
    awards
        .map(|award| (award.id.to_string(), award.learner_id.to_string(), award.scope, award.period))
        .collect()
}

#[tokio::test]
async fn no_change_of_mail_settings_awards_anything() {
    let app = api::app().await;
    let badge = version(&app, "Waits", &json!({})).await;
    super::placed(&app, badge, &done("essay"), &json!({})).await;
    let sent = async |sub: &str, activity: &str| {
        let event = json!({
            "id": format!("{sub}:{activity}"), "type": "completed", "activity": activity,
            "learner": { "platform_id": app.platform.id.to_string(), "sub": sub },
        });
        let answer = super::ask(&app, reqwest::Method::POST, "/events", &event).await;
        assert_eq!(answer.status, 201, "{}", answer.json);
    };
    sent("one", "essay").await;
    sent("two", "essay").await;
    sent("two", "due").await;
    sent("three", "due").await;
    // Due, and not looked at yet: only the job may award this.
    let due = version(&app, "Due", &json!({})).await;
    let answer = super::place(&app, due, &done("due"), &json!({})).await;
    assert_eq!(answer.status, 201);
    let before = decided(&app).await;
    assert_eq!(before.len(), 2);

    // Addresses that arrive, change, and are corrected.
    for (sub, address) in [("one", "one@a.example"), ("one", "one@b.example"), ("three", "three@a.example")] {
        let id = app.learner(sub).await.unwrap().id;
        let person = PersonIn { email: Some(address.to_owned()), ..PersonIn::default() };
        learner::update(&app.app, &app.operator(), id, &person).await.unwrap();
        assert_eq!(decided(&app).await, before, "{address}");
    }
    let awards = app.awards().await;
    let two = app.learner("two").await.unwrap().id;
    let waiting = awards.iter().find(|award| award.learner_id == two).unwrap();
    assert_eq!(waiting.state, AwardState::WaitingForAddress);
    reissue::correct(&app.app, &app.operator(), waiting.id, "two@a.example").await.unwrap();
    assert_eq!(decided(&app).await, before, "a corrected address");

    // Another mail server, another sender, no mail server; one that refuses, and the job tried again.
    let folder = std::env::temp_dir().join(format!("laurel-mail-{}", uuid::Uuid::from_u128(7)));
    for (key, value) in [
        ("mail.url", "smtp://127.0.0.1:1".to_owned()),
        ("mail.folder", folder.display().to_string()),
        ("mail.from_address", "other@campus.example".to_owned()),
    ] {
        let changed = app.second_with(|sources| sources.with(key, &value)).await;
        assert_eq!(decided(&changed).await, before, "{key}");
        changed.stop().await;
    }
    app.mailbox().fail_next(laurel::mail::MailError::Permanent("550".to_owned()));
    let delivered = app.count("job WHERE kind = 'mail_award'").await;
    assert!(delivered >= 2, "what waited is on its way: {delivered}");

    // The jobs award what was due, and only that.
    app.run_jobs().await;
    let after = decided(&app).await;
    assert_eq!(after.difference(&before).count(), 2, "the two who had earned it");
    let mailed = app.mails().len();
    for sub in ["one", "two", "three"] {
        let id = app.learner(sub).await.unwrap().id;
        let person = PersonIn { email: Some(format!("{sub}@c.example")), ..PersonIn::default() };
        learner::update(&app.app, &app.operator(), id, &person).await.unwrap();
    }
    app.run_jobs().await;
    assert_eq!(decided(&app).await, after);
    assert_eq!(app.mails().len(), mailed, "a known address that changes mails nothing again");
}
