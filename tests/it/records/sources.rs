//! Record sources: who consented, a credential that nobody sees again, and checks in plain words.

use laurel::{
    config::Secret,
    domain::{
        records::{
            self, Why, canvas, check, moodle,
            source::{self, Credential},
        },
        trouble::Trouble,
    },
    store::entity::record_source::RecordKind,
};
use practice::demo;
use reqwest::Method;
use serde_json::json;

use super::{School, visit};
use crate::support::api::{Sent, send};

#[tokio::test]
async fn the_credential_is_sealed_and_never_shown_again() {
    let school = School::new(RecordKind::Moodle).await;
    let token = school.app.lms.record_token();
    let body = json!({
        "platform_id": school.app.platform.id, "kind": "moodle", "base_url": format!("{}/", school.app.lms.base_url()),
        "token": token, "consent_by": "The registrar", "consent_note": "Letter of 2 May"
    });
    let key = Some(school.app.api_key.as_str());
    let made = send(&school.app, &Method::POST, "/record-sources", key, &[], Sent::json(&body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.json["base_url"], school.app.lms.base_url(), "without the slash");
    let id = made.json["id"].as_str().unwrap();
    let found =
        send(&school.app, &Method::GET, &format!("/record-sources/{id}"), key, &[], Sent::Nothing).await;
    let audit = send(&school.app, &Method::GET, "/audit", key, &[], Sent::Nothing).await;
    for text in [&made.text, &found.text, &audit.text] {
        assert!(!text.contains(&token), "{text}");
    }
    assert!(audit.text.contains("record_source.added"));
    let row = source::find(&school.app.app, school.app.organization, id.parse().unwrap()).await.unwrap();
    let sealed = String::from_utf8_lossy(&row.sealed_credential).into_owned();
    assert!(!sealed.contains(&token) && !format!("{row:?}").contains(&token));

    let removed =
        send(&school.app, &Method::POST, &format!("/record-sources/{id}/remove"), key, &[], Sent::Nothing)
            .await;
    assert_eq!(removed.status, 200, "{}", removed.text);
    let course = school.course;
    let read =
        records::read(&school.app.app, school.app.organization, course, uuid::Uuid::nil()).await.unwrap();
    assert!(read.is_none(), "nothing is read any more");
}

#[tokio::test]
async fn nobody_is_read_without_consent_or_beyond_it() {
    let school = School::with_learners(RecordKind::Canvas).await;
    school.badge_for_completing().await;
    let read = || records::read(&school.app.app, school.app.organization, school.course, uuid::Uuid::nil());
    assert!(read().await.unwrap().is_none(), "nobody has consented");
    let other = {
        school.app.lms.add_course(practice::Course::new("18", "CS18", "Other"));
        let link = practice::Activity::tool("badge-18", "Badge", crate::support::app::CLIENT);
        school.app.lms.add_activity("18", link);
        school.app.lms.enroll("18", demo::ADA, &[practice::course::INSTRUCTOR]);
        let browser = school.app.browser();
        browser.sign_in(&school.app.lms, demo::ADA).await.unwrap();
        browser.launch(&school.app.lms, demo::ADA, "badge-18").await.unwrap();
        let courses = laurel::store::course::list(
            school.app.app.store.read(),
            school.app.organization,
            Default::default(),
        );
        courses.await.unwrap().items.into_iter().find(|course| course.context_id == "18").unwrap().id
    };
    let credential = Credential::Token { token: Secret::from(school.app.lms.record_token()) };
    let mut new = school.new_source(credential, school.app.lms.base_url());
    new.courses = vec![other];
    source::add(&school.app.app, &school.app.operator(), new).await.unwrap();
    assert!(read().await.unwrap().is_none(), "the consent is for another course");
    let unknown = records::read(
        &school.app.app,
        school.app.organization,
        laurel::ids::CourseId(uuid::Uuid::nil()),
        uuid::Uuid::nil(),
    );
    assert!(matches!(unknown.await, Err(Trouble::Ours(_))));
}

#[tokio::test]
async fn addresses_and_credentials_are_looked_at_before_they_are_kept() {
    let school = School::new(RecordKind::Moodle).await;
    let token = |text: &str| Credential::Token { token: Secret::from(text.to_owned()) };
    let refresh = Credential::Refresh {
        client_id: "1".to_owned(),
        client_secret: Secret::from("s".to_owned()),
        refresh_token: Secret::from("r".to_owned()),
    };
    let base = school.app.lms.base_url();
    let cases = [
        (token("t"), "http://169.254.169.254/latest".to_owned(), "record_source.address"),
        (token("t"), format!("{base}/?wstoken=1"), "record_source.address"),
        (token("t"), "ftp://lms.example".to_owned(), "record_source.address"),
        (token("t"), "http://user:pass@localhost".to_owned(), "record_source.address"),
        (token(""), base.to_owned(), "record_source.credential"),
        (token("two\nlines"), base.to_owned(), "record_source.credential"),
        (refresh, base.to_owned(), "record_source.credential"),
    ];
    for (credential, address, code) in cases {
        let new = school.new_source(credential, &address);
        let refused = source::add(&school.app.app, &school.app.operator(), new).await.unwrap_err();
        assert_eq!(refused.code(), code, "{address}");
    }
}

#[tokio::test]
async fn a_check_says_in_plain_words_what_is_wrong() {
    let school = School::with_learners(RecordKind::Moodle).await;
    let (app, caller) = (&school.app.app, school.app.operator());
    let codes = |checked: &check::Checked| -> Vec<Why> {
        checked.findings.iter().filter_map(|finding| finding.fault.as_ref().map(|fault| fault.why)).collect()
    };
    let row = school.consents().await;
    let checked = check::run(app, &caller, row.id, None).await.unwrap();
    assert!(checked.is_well(), "{:?}", checked.findings);
    let parts: Vec<&str> = checked.findings.iter().map(|finding| finding.part).collect();
    assert_eq!(parts, ["site", "people", "grades", "completion", "activities"]);

    school.app.lms.withdraw_record_tokens();
    let checked = check::run(app, &caller, row.id, None).await.unwrap();
    assert_eq!(codes(&checked), [Why::TokenRefused]);
    assert!(checked.findings[0].sentence().contains("invalidtoken"), "{}", checked.findings[0].sentence());

    let few: Vec<&str> = moodle::FUNCTIONS.into_iter().filter(|name| *name != moodle::ACTIVITIES).collect();
    school.consents_with(&school.app.lms.record_token_for(&few), school.app.lms.base_url()).await;
    let checked = check::run(app, &caller, row.id, None).await.unwrap();
    assert_eq!(codes(&checked), [Why::FunctionMissing, Why::FunctionMissing]);

    school.app.lms.switch_records_off(true);
    let checked = check::run(app, &caller, row.id, None).await.unwrap();
    assert_eq!(codes(&checked), [Why::ServiceOff]);
    school.app.lms.switch_records_off(false);

    let wrong = format!("{}/moodle", school.app.lms.base_url());
    school.consents_with(&school.app.lms.record_token(), &wrong).await;
    let checked = check::run(app, &caller, row.id, None).await.unwrap();
    assert_eq!(codes(&checked), [Why::NotThere]);
}

#[tokio::test]
async fn a_check_of_canvas_finds_the_missing_scope() {
    let school = School::with_learners(RecordKind::Canvas).await;
    visit(&school.app, demo::GRACE).await;
    let row = school.consents().await;
    let (app, caller) = (&school.app.app, school.app.operator());
    let checked = check::run(app, &caller, row.id, Some(school.course)).await.unwrap();
    assert!(checked.is_well(), "{:?}", checked.findings);
    let few: Vec<&str> =
        canvas::SCOPES.into_iter().filter(|scope| !scope.ends_with("/enrollments")).collect();
    school.consents_with(&school.app.lms.record_token_for(&few), school.app.lms.base_url()).await;
    let checked = check::run(app, &caller, row.id, None).await.unwrap();
    let wrong: Vec<_> = checked.findings.iter().filter(|finding| finding.fault.is_some()).collect();
    assert_eq!(wrong.len(), 1, "{:?}", checked.findings);
    assert_eq!((wrong[0].part, wrong[0].fault.as_ref().unwrap().why), ("grades", Why::ScopeMissing));
    let key = Some(school.app.api_key.as_str());
    let path = format!("/record-sources/{}/check", row.id);
    let answered = send(&school.app, &Method::POST, &path, key, &[], Sent::json(&json!({}))).await;
    assert_eq!(
        (answered.status, answered.json["is_well"].as_bool()),
        (200, Some(false)),
        "{}",
        answered.text
    );
}
