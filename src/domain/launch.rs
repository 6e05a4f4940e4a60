//! Launches: what follows from a launch that `lti` found true (design §4).
//!
//! Nothing new: one insert of the launch record, shared with its neighbours by the launch writer.
//! Something new: one transaction with the record, what changed, the signal, and every live rule of the
//! course. Either way the record is what makes state and nonce single-use.

use std::sync::Arc;

use chrono::Duration;
use criteria::Kind;
use lti::{Launch, Permission, Progress};
use serde_json::json;

use super::{
    artwork::sha256_hex,
    award::reissue,
    evaluation::{self, Decided, Person},
};
use crate::{
    app::{App, Live, PlatformEntry},
    domain::access::{Actor, Caller},
    error::{Error, Result},
    ids::{AwardId, CourseId, DeploymentId, LaunchId, LinkId, OrganizationId},
    store::{
        Effect, Engine, Topic, WriteTx, award as awards, course as courses, deployment as deployments,
        enrollment as enrollments,
        entity::{course, deployment, enrollment, launch_record, learner, link, platform, signal},
        launch as launches,
        launch_writer::Recorded,
        learner as learners, link as links, signal as signals,
    },
};

/// A launch that was found true, with what the edge knows of it.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// From which platform.
    pub platform: &'a PlatformEntry,
    /// Through which deployment; `None` when it is new and will be accepted.
    pub deployment: Option<&'a deployment::Model>,
    /// What was said.
    pub launch: &'a Launch,
    /// Which checks it passed.
    pub progress: &'a Progress,
    /// The correlation id of the request.
    pub correlation: &'a str,
}

/// What came of a launch.
#[derive(Debug)]
pub enum Received {
    /// It counts; the browser gets a session.
    Session {
        /// The launch, which names the session.
        id: LaunchId,
        /// The session's secret, for the cookie.
        secret: String,
        /// Awards made by it.
        awards: Vec<AwardId>,
    },
    /// Its state or nonce was used before.
    Replayed,
}

/// Receives a true launch.
///
/// # Errors
/// Only ours.
pub async fn receive(app: &App, arrival: Arrival<'_>) -> Result<Received> {
    let organization = organization_of(&arrival)?;
    let secret = app.dice.token();
    let mut record = record_row(app, &arrival.platform.row, &arrival.launch.nonce, "ok", arrival.progress);
    record.organization_id = Some(organization);
    record.permission = arrival.launch.permission.name().to_owned();
    record.target = Some(arrival.launch.target.path_and_query().to_owned());
    record.session_hash = Some(sha256_hex(secret.as_bytes()));
    record.correlation_id = arrival.correlation.to_owned();
    let Some(subject) = arrival.launch.subject.as_deref() else {
        // Nobody in particular: sees, never earns, leaves nothing but the record (§10.4).
        let id = record.id;
        if app.launches.insert(record).await? == Recorded::Replayed {
            return Ok(Received::Replayed);
        }
        return Ok(Received::Session { id, secret, awards: Vec::new() });
    };
    let known = Known::look_up(app, organization, &arrival, subject).await?;
    let (id, awards) = if known.is_nothing_new {
        record.learner_id = known.learner.as_ref().map(|learner| learner.id);
        record.course_id = known.course;
        record.link_id = known.link;
        let id = record.id;
        if app.launches.insert(record).await? == Recorded::Replayed {
            return Ok(Received::Replayed);
        }
        (id, Vec::new())
    } else {
        let Some(awards) = receive_new(app, organization, &arrival, subject, record.clone(), &known).await?
        else {
            return Ok(Received::Replayed);
        };
        (record.id, awards)
    };
    Ok(Received::Session { id, secret, awards })
}

/// Leaves the record of a refused launch, and spends its state (S12). Clashes are of no interest.
///
/// # Errors
/// Only the database's.
pub async fn refuse(
    app: &App,
    platform: &platform::Model,
    nonce: &str,
    code: &'static str,
    progress: &Progress,
    correlation: &str,
) -> Result<()> {
    let mut record = record_row(app, platform, nonce, code, progress);
    record.organization_id = platform.organization_id;
    record.correlation_id = correlation.to_owned();
    app.launches.insert(record).await?;
    Ok(())
}

/// Whether a login was used up by an earlier launch. Its cookie is gone then, so a reloaded form looks like
/// a browser that keeps none; the person deserves the better word (S05).
///
/// # Errors
/// Only the database's.
pub async fn is_used(app: &App, platform: &platform::Model, nonce: &str) -> Result<bool> {
    Ok(launches::unscoped_is_used(app.store.read(), platform.id, &sha256_hex(nonce.as_bytes())).await?)
}

/// Remembers a deployment that nobody has accepted yet, once (M09).
///
/// # Errors
/// Only the database's.
pub async fn remember_pending(app: &App, platform: &platform::Model, deployment_id: &str) -> Result<()> {
    let tx = app.store.write().await?;
    if deployments::unscoped_of_launch(&tx, platform.id, deployment_id).await?.is_some() {
        return Ok(());
    }
    let row = deployment_row(app, platform, deployment_id, None, deployment::DeploymentState::Pending);
    let id = row.id;
    deployments::insert(&tx, row).await?;
    tx.on_commit(Effect::Changed(Topic::Deployment(id)));
    tx.commit().await?;
    Ok(())
}

/// What the caches and one read know about the launch.
#[derive(Debug)]
struct Known {
    course: Option<CourseId>,
    link: Option<LinkId>,
    learner: Option<learner::Model>,
    live: Option<Arc<Live>>,
    digest: String,
    is_nothing_new: bool,
}

impl Known {
    async fn look_up(
        app: &App,
        organization: OrganizationId,
        arrival: &Arrival<'_>,
        subject: &str,
    ) -> Result<Self> {
        let launch = arrival.launch;
        let mut known = Self {
            course: None,
            link: None,
            learner: None,
            live: None,
            digest: String::new(),
            is_nothing_new: false,
        };
        let (Some(deployment), Some(context)) = (arrival.deployment, &launch.context) else {
            return Ok(known);
        };
        let db = app.store.read();
        let Some(course) = cached_course(app, organization, deployment.id, &context.id).await? else {
            return Ok(known);
        };
        known.course = Some(course.id);
        known.link =
            cached_link(app, organization, deployment.id, &launch.link.id).await?.map(|link| link.id);
        let live = evaluation::live(app, db, organization, Some(course.id)).await?;
        known.digest = digest(launch, &live);
        known.live = Some(live);
        let issuer_url = &arrival.platform.row.issuer_url;
        let found = learners::with_enrollment(db, organization, issuer_url, subject, course.id).await?;
        if let Some((learner, enrollment)) = found {
            known.learner = Some(learner);
            known.is_nothing_new = known.link.is_some()
                && enrollment.is_some_and(|enrollment| enrollment.digest == known.digest);
        }
        Ok(known)
    }
}

/// The transaction of a launch that brings something new; `None` when it is a replay.
async fn receive_new(
    app: &App,
    organization: OrganizationId,
    arrival: &Arrival<'_>,
    subject: &str,
    mut record: launch_record::Model,
    known: &Known,
) -> Result<Option<Vec<AwardId>>> {
    let mut caller = Caller::new(organization, Actor::Laurel("launch"));
    caller.correlation = Some(arrival.correlation.to_owned());
    loop {
        if let Some(live) = &known.live {
            evaluation::reserve(app, organization, live).await?;
        }
        let tx = app.store.write().await?;
        let place = place_of(app, &tx, organization, arrival).await?;
        let learner = hold_learner(app, &tx, organization, arrival, subject, known).await?;
        record.learner_id = Some(learner.id);
        record.course_id = place.course.as_ref().map(|course| course.id);
        record.link_id = place.link.as_ref().map(|link| link.id);
        if !launches::insert(&tx, record.clone()).await? {
            return Ok(None);
        }
        let Some(course) = &place.course else {
            tx.commit().await?;
            return Ok(Some(Vec::new()));
        };
        let live = evaluation::live(app, &tx, organization, Some(course.id)).await?;
        let enrollment = enroll(app, &tx, arrival, &live, course, &learner).await?;
        if may_earn(arrival) {
            record_launched(app, &tx, arrival, course, place.link.as_ref(), &learner).await?;
        }
        let existing = awards::of_learner(&tx, organization, learner.id).await?;
        if reissue::address_arrived(app, &tx, &caller, &learner, &existing).await?
            == reissue::Arrived::NeedsIndex
        {
            drop(tx);
            evaluation::reserve_for_waiting(app, organization, learner.id).await?;
            continue;
        }
        let made = if may_earn(arrival) {
            let person = Person { learner: &learner, enrollment: Some(&enrollment), existing: &existing };
            match evaluation::decide(app, &tx, &caller, &person, &live).await? {
                Decided::Awarded(made) => made,
                Decided::NeedsIndex => {
                    drop(tx);
                    evaluation::reserve(app, organization, &live).await?;
                    continue;
                }
            }
        } else {
            Vec::new()
        };
        tx.commit().await?;
        return Ok(Some(made.iter().map(|award| award.id).collect()));
    }
}

/// Where a launch came from, created or updated as far as it changed.
#[derive(Debug)]
struct Place {
    course: Option<course::Model>,
    link: Option<link::Model>,
}

async fn place_of(
    app: &App,
    tx: &WriteTx,
    organization: OrganizationId,
    arrival: &Arrival<'_>,
) -> Result<Place> {
    let launch = arrival.launch;
    let deployment_id = match arrival.deployment {
        Some(deployment) => deployment.id,
        None => {
            let row = deployment_row(
                app,
                &arrival.platform.row,
                &launch.deployment_id,
                Some(organization),
                deployment::DeploymentState::Accepted,
            );
            let id = row.id;
            if deployments::insert_if_new(tx, row).await? {
                tx.on_commit(Effect::Changed(Topic::Deployment(id)));
                id
            } else {
                // Another launch through the same new deployment was first.
                deployments::unscoped_of_launch(tx, arrival.platform.row.id, &launch.deployment_id)
                    .await?
                    .ok_or_else(|| Error::internal("a deployment vanished"))?
                    .id
            }
        }
    };
    let course = match &launch.context {
        None => None,
        Some(_) => Some(upsert_course(app, tx, organization, deployment_id, launch).await?),
    };
    let link = upsert_link(app, tx, organization, deployment_id, launch, course.as_ref()).await?;
    Ok(Place { course, link: Some(link) })
}

async fn upsert_course(
    app: &App,
    tx: &WriteTx,
    organization: OrganizationId,
    deployment: DeploymentId,
    launch: &Launch,
) -> Result<course::Model> {
    let context = launch.context.as_ref().ok_or_else(|| Error::internal("a course without context"))?;
    let services = serde_json::to_value(&launch.services).map_err(Error::internal)?;
    let now = app.clock.now();
    let cached = app.caches.courses.get(&(deployment, context.id.clone()));
    if let Some(course) = cached.filter(|course| {
        course.title == context.title && course.label == context.label && course.services == services
    }) {
        return Ok((*course).clone());
    }
    let course = courses::upsert(
        tx,
        course::Model {
            id: app.dice.row_id(now),
            organization_id: organization,
            deployment_id: deployment,
            context_id: context.id.clone(),
            title: context.title.clone(),
            label: context.label.clone(),
            services,
            created_at: now,
            updated_at: now,
        },
    )
    .await?;
    tx.on_commit(Effect::Changed(Topic::Course(course.id)));
    Ok(course)
}

async fn upsert_link(
    app: &App,
    tx: &WriteTx,
    organization: OrganizationId,
    deployment: DeploymentId,
    launch: &Launch,
    course: Option<&course::Model>,
) -> Result<link::Model> {
    let now = app.clock.now();
    let course_id = course.map(|course| course.id);
    let cached = app.caches.links.get(&(deployment, launch.link.id.clone()));
    if let Some(link) = cached.filter(|link| link.title == launch.link.title && link.course_id == course_id) {
        return Ok((*link).clone());
    }
    let link = links::upsert(
        tx,
        link::Model {
            id: app.dice.row_id(now),
            organization_id: organization,
            deployment_id: deployment,
            course_id,
            resource_link_id: launch.link.id.clone(),
            title: launch.link.title.clone(),
            created_at: now,
            updated_at: now,
        },
    )
    .await?;
    tx.on_commit(Effect::Changed(Topic::Link(link.id)));
    Ok(link)
}

async fn enroll(
    app: &App,
    tx: &WriteTx,
    arrival: &Arrival<'_>,
    live: &Live,
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
            digest: digest(launch, live),
            last_seen_at: now,
            created_at: now,
        },
    )
    .await?)
}

async fn record_launched(
    app: &App,
    tx: &WriteTx,
    arrival: &Arrival<'_>,
    course: &course::Model,
    link: Option<&link::Model>,
    learner: &learner::Model,
) -> Result<()> {
    let now = app.clock.now();
    let launch = arrival.launch;
    let custom = launch.custom.as_map().clone();
    let said = Kind::Launched { link: link.map(|link| link.id.0), custom };
    let said = serde_json::to_value(&said).map_err(Error::internal)?;
    // The same link opened again with the same parameters says nothing new.
    let source_id = sha256_hex(format!("{}\n{}\n{said}", learner.id, course.id).as_bytes());
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
            happened_at: now,
            heard_at: now,
        }],
    )
    .await?;
    Ok(())
}

/// Only a person who launches as a learner, as themselves and for real, can earn (design §4).
fn may_earn(arrival: &Arrival<'_>) -> bool {
    let launch = arrival.launch;
    launch.permission == Permission::Learn
        && !launch.acting_as_other
        && !launch.is_test_user
        && !launch.roles.is_staff_here()
}

fn organization_of(arrival: &Arrival<'_>) -> Result<OrganizationId> {
    arrival
        .deployment
        .and_then(|deployment| deployment.organization_id)
        .or(arrival.platform.row.organization_id)
        .ok_or_else(|| Error::internal("a launch was validated without an organization"))
}

fn record_row(
    app: &App,
    platform: &platform::Model,
    nonce: &str,
    outcome: &str,
    progress: &Progress,
) -> launch_record::Model {
    let now = app.clock.now();
    let lifetime = Duration::minutes(i64::from(app.settings.lti.session_minutes));
    launch_record::Model {
        id: app.dice.row_id(now),
        organization_id: None,
        platform_id: platform.id,
        nonce_hash: sha256_hex(nonce.as_bytes()),
        outcome: outcome.to_owned(),
        checks: json!(progress.check_names().collect::<Vec<_>>()),
        claim_names: json!(progress.claim_names()),
        warnings: json!(
            progress
                .warnings()
                .iter()
                .map(|warning| json!({ "code": warning.code, "about": warning.about }))
                .collect::<Vec<_>>()
        ),
        learner_id: None,
        course_id: None,
        link_id: None,
        permission: "none".to_owned(),
        target: None,
        session_hash: None,
        correlation_id: String::new(),
        created_at: now,
        expires_at: now + lifetime,
    }
}

fn deployment_row(
    app: &App,
    platform: &platform::Model,
    deployment_id: &str,
    organization: Option<OrganizationId>,
    state: deployment::DeploymentState,
) -> deployment::Model {
    let now = app.clock.now();
    deployment::Model {
        id: app.dice.row_id(now),
        organization_id: organization,
        platform_id: platform.id,
        deployment_id: deployment_id.to_owned(),
        state,
        created_at: now,
        last_seen_at: now,
    }
}

/// The learner, held until the commit: two replicas cannot each see half of an `all_of`. On PostgreSQL the
/// upsert takes the row's lock; `SQLite` has one writer, so what is known and unchanged need not be written.
async fn hold_learner(
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
        && says_nothing_new(&told, learner)
    {
        return Ok(learner.clone());
    }
    Ok(learners::upsert(tx, told).await?)
}

/// Whether all that is told of a person is on record already; what is not told takes nothing away.
fn says_nothing_new(told: &learner::Model, known: &learner::Model) -> bool {
    let same = |told: &Option<String>, known: &Option<String>| told.is_none() || told == known;
    same(&told.name, &known.name)
        && same(&told.given_name, &known.given_name)
        && same(&told.family_name, &known.family_name)
        && same(&told.email, &known.email)
        && same(&told.language, &known.language)
        && (!told.is_test || known.is_test)
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
        created_at: now,
        last_seen_at: now,
    }
}

/// What the launch says and what could follow from it, in one text: equal means nothing new.
fn digest(launch: &Launch, live: &Live) -> String {
    sha256_hex(format!("{}\n{}", launch.digest(), live.revision).as_bytes())
}

async fn cached_course(
    app: &App,
    organization: OrganizationId,
    deployment: DeploymentId,
    context: &str,
) -> Result<Option<Arc<course::Model>>> {
    let key = (deployment, context.to_owned());
    if let Some(course) = app.caches.courses.get(&key) {
        return Ok(Some(course));
    }
    let found = courses::of_context(app.store.read(), organization, deployment, context).await?.map(Arc::new);
    if let Some(course) = &found {
        app.caches.courses.insert(key, Arc::clone(course));
    }
    Ok(found)
}

async fn cached_link(
    app: &App,
    organization: OrganizationId,
    deployment: DeploymentId,
    link: &str,
) -> Result<Option<Arc<link::Model>>> {
    let key = (deployment, link.to_owned());
    if let Some(link) = app.caches.links.get(&key) {
        return Ok(Some(link));
    }
    let found =
        links::of_resource_link(app.store.read(), organization, deployment, link).await?.map(Arc::new);
    if let Some(link) = &found {
        app.caches.links.insert(key, Arc::clone(link));
    }
    Ok(found)
}
