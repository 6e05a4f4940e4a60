//! Who launched: the learner, held until the commit, the enrollment, and the signal that the link was opened.

use chrono::{DateTime, Utc};
use criteria::Kind;
use lti::Launch;
use serde_json::json;

use super::{Arrival, Known, former::Former};
use crate::{
    app::{App, Live},
    domain::{artwork::sha256_hex, learner as learner_words},
    error::{Error, Result},
    ids::OrganizationId,
    store::{
        Engine, WriteTx, enrollment as enrollments,
        entity::{course, enrollment, learner, link, signal},
        learner as learners, signal as signals,
    },
};

/// The learner, held until the commit: two replicas cannot each see half of an `all_of`. On PostgreSQL the
/// upsert takes the row's lock; `SQLite` has one writer, so what is known and unchanged need not be written.
pub(super) async fn hold_learner(
    app: &App,
    tx: &WriteTx,
    organization: OrganizationId,
    arrival: &Arrival<'_>,
    subject: &str,
    known: &Known,
) -> Result<learner::Model> {
    let told = learner_row(app, organization, arrival, subject);
    if let Some(learner) = &known.learner
        && app.store.engine() == Engine::Sqlite
        && learner_words::says_nothing_new(&told, learner)
    {
        return Ok(learner.clone());
    }
    Ok(learners::upsert(tx, told).await?)
}

fn learner_row(
    app: &App,
    organization: OrganizationId,
    arrival: &Arrival<'_>,
    subject: &str,
) -> learner::Model {
    let now = app.clock.now();
    let launch = arrival.launch;
    let person = &launch.person;
    learner::Model {
        id: app.dice.row_id(now),
        organization_id: organization,
        platform_issuer_url: arrival.platform.row.issuer_url.clone(),
        sub: subject.to_owned(),
        name: person.name.clone(),
        given_name: person.given_name.clone(),
        family_name: person.family_name.clone(),
        email: person.email.clone(),
        language: launch.locale.clone(),
        is_test: launch.is_test_user,
        is_confirmed: true,
        created_at: now,
        last_seen_at: now,
    }
}

pub(super) async fn enroll(
    app: &App,
    tx: &WriteTx,
    arrival: &Arrival<'_>,
    live: &Live,
    former: &Former,
    course: &course::Model,
    learner: &learner::Model,
) -> Result<enrollment::Model> {
    let launch = arrival.launch;
    let now = app.clock.now();
    let roles = launch.roles.uris();
    Ok(enrollments::upsert(
        tx,
        enrollment::Model {
            id: app.dice.row_id(now),
            organization_id: course.organization_id,
            course_id: course.id,
            learner_id: learner.id,
            roles_seen: json!({ "now": roles }),
            is_staff_ever: launch.roles.is_staff_here(),
            permission: launch.permission.name().to_owned(),
            state: enrollment::EnrollmentState::Active,
            digest: digest(launch, former, live, now),
            roster_run: None,
            last_seen_at: now,
            created_at: now,
        },
    )
    .await?)
}

pub(super) async fn record_launched(
    app: &App,
    tx: &WriteTx,
    arrival: &Arrival<'_>,
    course: &course::Model,
    link: Option<&link::Model>,
    learner: &learner::Model,
    anew: &str,
) -> Result<()> {
    let now = app.clock.now();
    let launch = arrival.launch;
    let custom = launch.custom.as_map().clone();
    let said = Kind::Launched { link: link.map(|link| link.id.0), custom };
    let said = serde_json::to_value(&said).map_err(Error::internal)?;
    // The same link opened again with the same parameters says nothing new, unless it can be earned anew.
    let source_id = sha256_hex(format!("{}\n{}\n{said}{anew}", learner.id, course.id).as_bytes());
    signals::record(
        tx,
        vec![signal::Model {
            id: app.dice.row_id(now),
            organization_id: course.organization_id,
            form: signal::SignalForm::Event,
            source: format!("launch:{}", arrival.platform.row.id),
            source_id,
            channel: "launch".to_owned(),
            strength: i16::from(criteria::Strength::Weak),
            learner_id: learner.id,
            course_id: Some(course.id),
            link_id: link.map(|link| link.id),
            kind: "launched".to_owned(),
            subject: link.map_or_else(String::new, |link| link.id.to_string()),
            value: json!({ "said": said, "by": arrival.platform.row.name }),
            previous: None,
            run_id: None,
            seen_at: None,
            not_before: None,
            happened_at: now,
            heard_at: now,
        }],
    )
    .await?;
    Ok(())
}

/// What the launch says and what could follow from it, in one text: equal means nothing new.
pub(super) fn digest(launch: &Launch, former: &Former, live: &Live, now: DateTime<Utc>) -> String {
    let (mark, revision, era) = (former.mark(), &live.revision, live.era(now));
    sha256_hex(format!("{}\n{mark}\n{revision}\n{era}", launch.digest()).as_bytes())
}
