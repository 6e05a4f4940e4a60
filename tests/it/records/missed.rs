//! What an event channel did not tell and the platform's own record did: found by a reconcile, and an alarm.

use laurel::{
    domain::{
        channel_health,
        reconcile::{self, RESCUED_NAMED, Statement},
        signal::EventIn,
    },
    store::{
        PageQuery,
        entity::{
            channel_health::{ChannelAlarm, Model},
            reconcile_run::ReconcileCause,
            record_source::RecordKind,
        },
    },
};
use practice::demo;

use super::School;
use crate::reconciling::{Registrar, completed, ended};

async fn reconciled(school: &School) -> Statement {
    let app = &school.app;
    let caller = app.operator();
    let asked = reconcile::ask(&app.app, &caller, school.course, ReconcileCause::Asked).await.unwrap();
    ended(app, asked.run.id).await.1
}

async fn alarms(school: &School) -> Vec<Model> {
    let app = &school.app;
    let page = PageQuery { after: None, limit: 50 };
    channel_health::alarms(&app.app, app.organization, Some(school.course), page).await.unwrap().items
}

/// The registrar told of Emmy and not of Grace, whom the record rescues: the statement names both, and the registrar is
/// an alarm until it speaks again.
#[tokio::test]
async fn what_only_the_record_told_is_an_alarm_of_the_channel_that_should_have() {
    let school = School::with_learners(RecordKind::Canvas).await;
    let app = &school.app;
    school.badge_for_completing().await;
    school.consents().await;
    let registrar = Registrar::new(app).await;
    registrar.tells_of(app, school.course, &app.lms.subject(demo::EMMY), "1", None).await;
    school.finishes(demo::GRACE);
    app.advance(61);

    let said = reconciled(&school).await;
    let grace = school.learner(demo::GRACE).await.id;
    assert_eq!((said.awarded, said.missing), (1, 0), "{said:?}");
    assert_eq!((said.rescued[0].learner, &said.rescued[0].channels), (grace, &vec!["record".to_owned()]));
    assert_eq!(said.silent, ["Registrar"]);
    let open = alarms(&school).await;
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!((open[0].label.as_str(), open[0].alarm), ("Registrar", Some(ChannelAlarm::Missed)));

    app.advance(61);
    registrar.tells_of(app, school.course, &app.lms.subject(demo::GRACE), "2", None).await;
    app.advance(61);
    channel_health::sweep(&app.app).await.unwrap();
    assert!(alarms(&school).await.is_empty());
    app.run_jobs().await;
}

/// Who tells of single activities is not expected to tell of whole courses: no alarm.
#[tokio::test]
async fn a_channel_is_expected_to_tell_what_it_has_told_before_and_nothing_else() {
    let school = School::with_learners(RecordKind::Canvas).await;
    let app = &school.app;
    school.badge_for_completing().await;
    school.consents().await;
    let registrar = Registrar::new(app).await;
    let whole = completed(app, school.course, &app.lms.subject(demo::EMMY), "1");
    registrar.sends(app, EventIn { activity: Some("a quiz".to_owned()), ..whole }).await;
    school.finishes(demo::GRACE);
    app.advance(61);
    let said = reconciled(&school).await;
    assert_eq!((said.awarded, said.silent.len()), (1, 0), "{said:?}");
    assert!(alarms(&school).await.is_empty());
}

/// More than a statement names were missed, by a channel that was first heard a moment ago: all of them are counted.
#[tokio::test]
async fn everybody_who_was_missed_is_counted() {
    let school = School::with_learners(RecordKind::Canvas).await;
    let app = &school.app;
    school.crowd(RESCUED_NAMED + 30).await;
    school.badge_for_completing().await;
    school.consents().await;
    for (user, _) in app.lms.roster(super::NUMBER) {
        if user.as_str().starts_with("crowd") {
            school.finishes(user.as_str());
        }
    }
    app.advance(61);
    let registrar = Registrar::new(app).await;
    registrar.tells_of(app, school.course, &app.lms.subject(demo::EMMY), "1", None).await;
    let said = reconciled(&school).await;
    let crowd = (RESCUED_NAMED + 30) as u64;
    assert_eq!((said.awarded, said.missing, said.unreadable), (crowd, 0, 0), "{said:?}");
    assert_eq!(said.rescued.len(), RESCUED_NAMED);
    let open = alarms(&school).await;
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(open[0].alarm_detail, Some(serde_json::json!({ "missed": crowd })));
    app.advance(2 * 3600);
    app.run_jobs().await;
}
