//! Launches: what follows from a launch that `lti` found true (design §4).
//!
//! Nothing new: one insert of the launch record, shared with its neighbours by the launch writer.
//! Something new: one transaction with the record, what changed, the signal, and every live rule of the
//! course. Either way the record is what makes state and nonce single-use. `place.rs` has deployment, course
//! and link, `person.rs` learner, enrollment and signal, `former.rs` their LTI 1.1 past, `record.rs` the launch record.

mod former;
mod kept;
mod person;
mod place;
mod record;

use std::sync::Arc;

use lti::{Launch, Message, Permission, Progress};

use super::{
    artwork::sha256_hex,
    evaluation::{self, Decided, Person},
    event_channel::names::{self, Named},
    indexes, installation, judged, line_item, notice,
    pick::Recognised,
};
use crate::{
    app::{App, Live, PlatformEntry},
    domain::access::{Actor, Caller},
    error::{Error, Result},
    ids::{AwardId, CourseId, LaunchId, LinkId, OrganizationId},
    store::{
        award as awards,
        entity::{award, deployment, launch_record, learner, platform},
        launch as launches,
        launch_writer::Recorded,
        learner as learners,
    },
};
use former::Former;
use person::{digest, enroll, hold_learner, record_launched};
pub use place::remember_pending;
use place::{cached_course, cached_link, place_of};
use record::record_row;

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
    /// Whether the browser gave a cookie back. One that did not gets its session handed over.
    pub keeps_cookies: bool,
}

/// What came of a launch.
#[derive(Debug)]
pub enum Received {
    /// It counts; the browser gets a session.
    Session {
        /// The launch, which names the session.
        id: LaunchId,
        /// The session's secret, for the cookie; for a browser that keeps none the code that
        /// [`super::session::take_over`] exchanges for it, once.
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
    record.session_hash = Some(match arrival.keeps_cookies {
        true => sha256_hex(secret.as_bytes()),
        false => super::session::handover_mark(&secret),
    });
    record.correlation_id = arrival.correlation.to_owned();
    let Some(subject) = arrival.launch.subject.as_deref() else {
        // Nobody in particular: sees, never earns, leaves nothing but the record (§10.4).
        if let (Some(deployment), Some(context)) = (arrival.deployment, &arrival.launch.context) {
            let course = cached_course(app, organization, deployment.id, &context.id).await?;
            record.course_id = course.map(|course| course.id);
        }
        let id = record.id;
        let is_new = match arrival.launch.message {
            Message::ResourceLink(_) => app.launches.insert(record).await? == Recorded::Inserted,
            _ => kept::keep_of_nobody(app, organization, &arrival, record).await?,
        };
        if !is_new {
            return Ok(Received::Replayed);
        }
        return Ok(Received::Session { id, secret, awards: Vec::new() });
    };
    let former = Former::of(app, organization, &arrival).await?;
    record::warn(&mut record, former.warnings());
    let known = Known::look_up(app, organization, &arrival, &former, subject).await?;
    let (id, awards, live) = if known.is_nothing_new {
        record.learner_id = known.learner.as_ref().map(|learner| learner.id);
        record.course_id = known.course;
        record.link_id = known.link;
        let id = record.id;
        if app.launches.insert(record).await? == Recorded::Replayed {
            return Ok(Received::Replayed);
        }
        (id, Vec::new(), known.live)
    } else {
        let Some(awards) =
            receive_new(app, organization, &arrival, &former, subject, record.clone(), &known).await?
        else {
            return Ok(Received::Replayed);
        };
        // Cached, unless this launch changed the course: other services are another chance for its columns.
        let live = match known.course {
            Some(course) => Some(evaluation::live(app, app.store.read(), organization, Some(course)).await?),
            None => None,
        };
        (record.id, awards, live)
    };
    if let Some(live) = live {
        line_item::look_again(app, organization, &live.unsettled).await?;
    }
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
        former: &Former,
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
        if let Some(link) = launch.link() {
            let found = cached_link(app, organization, deployment.id, &link.id).await?;
            known.link = found.map(|link| link.id);
        }
        let live = evaluation::live(app, db, organization, Some(course.id)).await?;
        known.digest = digest(launch, former, &live, app.clock.now());
        known.live = Some(live);
        let issuer_url = &arrival.platform.row.issuer_url;
        let found = learners::with_enrollment(db, organization, issuer_url, subject, course.id).await?;
        if let Some((learner, enrollment)) = found {
            known.learner = Some(learner);
            // Other messages leave more than their record.
            known.is_nothing_new = matches!(launch.message, Message::ResourceLink(_))
                && !kept::is_review(launch)
                && known.link.is_some()
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
    former: &Former,
    subject: &str,
    record: launch_record::Model,
    known: &Known,
) -> Result<Option<Vec<AwardId>>> {
    let mut caller = Caller::new(organization, Actor::Laurel("launch"));
    caller.correlation = Some(arrival.correlation.to_owned());
    loop {
        if let Some(live) = &known.live {
            indexes::reserve(app, organization, live).await?;
        }
        let tx = app.store.write().await?;
        former.rename_course(app, &tx, organization, arrival).await?;
        let mut place = place_of(app, &tx, organization, arrival).await?;
        let reported = former.rename_learner(&tx, organization, arrival, subject).await?;
        let learner = hold_learner(app, &tx, organization, arrival, subject, known).await?;
        if let Some(reported) = &reported {
            former::join(&tx, reported, &learner).await?;
        }
        let mut record = record.clone();
        record::warn(&mut record, former.attach(app, &tx, &learner, &place).await?);
        record.learner_id = Some(learner.id);
        record.course_id = place.course.as_ref().map(|course| course.id);
        record.link_id = place.link.as_ref().map(|link| link.id);
        if !launches::insert(&tx, record.clone()).await? {
            return Ok(None);
        }
        installation::keep(&tx, arrival.platform, arrival.deployment, arrival.launch).await?;
        kept::keep(app, &tx, organization, arrival, &record, &place).await?;
        let recognised = kept::trace(app, &tx, arrival, &mut place).await?;
        let Some(course) = &place.course else {
            tx.commit().await?;
            return Ok(Some(Vec::new()));
        };
        let notices = arrival.launch.services.notices.as_ref();
        notice::ask_for(app, &tx, organization, course.deployment_id, course.id, notices).await?;
        let live = match recognised {
            // What this transaction has placed is in no cache.
            Recognised::Placed => {
                Arc::new(evaluation::compile(app, &tx, organization, Some(course.id)).await?)
            }
            _ => evaluation::live(app, &tx, organization, Some(course.id)).await?,
        };
        if says_no_role(arrival) {
            // A platform that names no role asks for an author, and tells nothing of anybody's standing.
            tx.commit().await?;
            return Ok(Some(Vec::new()));
        }
        let enrollment = enroll(app, &tx, arrival, &live, former, course, &learner).await?;
        let custom = arrival.launch.custom.as_map();
        let platform = arrival.platform.row.id;
        let named = Named { platform, course: Some(course.id), learner: learner.id, custom };
        names::learn(app, &tx, organization, &[named]).await?;
        let may_earn = may_earn(arrival) && recognised != Recognised::Unknown;
        let existing = awards::of_learner(&tx, organization, learner.id).await?;
        if may_earn {
            let anew = anew(app, &live, &existing);
            record_launched(app, &tx, arrival, course, place.link.as_ref(), &learner, &anew).await?;
        }
        let person = Person {
            learner: &learner,
            enrollments: std::slice::from_ref(&enrollment),
            existing: &existing,
            place: evaluation::Place { course: place.course.as_ref(), link: place.link.as_ref() },
        };
        let decided = match may_earn {
            true => judged::judge(app, &tx, &caller, &person, &live).await?,
            false => judged::published(app, &tx, &caller, &person).await?,
        };
        if let Decided::Awarded(made) = decided {
            tx.commit().await?;
            return Ok(Some(made.iter().map(|award| award.id).collect()));
        }
        drop(tx);
        judged::reserve(app, organization, learner.id, &live).await?;
    }
}

/// What makes opening a link again another thing than before: the periods that it is, and what has expired since.
fn anew(app: &App, live: &Live, existing: &[award::Model]) -> String {
    let mut anew = live.era(app.clock.now());
    let over = existing.iter().rfind(|award| award.state == award::AwardState::Expired);
    if let Some(over) = over {
        anew.push_str(&over.id.to_string());
    }
    anew
}

/// Only a person who launches as a learner, as themselves and for real, can earn (design §4).
fn may_earn(arrival: &Arrival<'_>) -> bool {
    let launch = arrival.launch;
    launch.permission == Permission::Learn
        && matches!(launch.message, Message::ResourceLink(_))
        && launch.for_user.is_none()
        && !launch.acting_as_other
        && !launch.is_test_user
        && !launch.roles.is_staff_here()
}

fn says_no_role(arrival: &Arrival<'_>) -> bool {
    matches!(arrival.launch.message, Message::DeepLinking(_)) && arrival.launch.roles.uris().is_empty()
}

fn organization_of(arrival: &Arrival<'_>) -> Result<OrganizationId> {
    arrival
        .deployment
        .and_then(|deployment| deployment.organization_id)
        .or(arrival.platform.row.organization_id)
        .ok_or_else(|| Error::internal("a launch was validated without an organization"))
}
