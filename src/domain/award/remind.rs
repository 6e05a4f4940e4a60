//! Reminding: holders learn by mail that an award ends, some days before, where its placement or version says so.
//!
//! A job per award and number of days is queued when the award is made, or when reminders are switched on; it reads
//! what is true when it runs. So nobody is reminded of what was revoked, has been earned again, or of what nobody
//! wants reminders of any more.

use chrono::{DateTime, Duration, Utc};

use crate::{
    app::App,
    domain::{
        credential, issuing, learner, placement,
        terms::{self, Terms},
    },
    error::{Error, Kind, Result},
    ids::{AwardId, OrganizationId, PlacementId},
    mail::EmailAddress,
    outbox::{self, NewJob, Payload},
    store::{
        WriteTx, award as rows,
        entity::{
            achievement_version,
            award::{self, AwardState},
        },
    },
    texts::Language,
};

/// How many awards are looked at in one transaction.
const CHUNK: u64 = 64;

/// A reminder that is due.
#[derive(Clone, Debug)]
pub struct Reminder {
    /// To whom.
    pub to: EmailAddress,
    /// Their name, if known.
    pub name: Option<String>,
    /// Their language.
    pub language: Language,
    /// What the badge is called.
    pub achievement: String,
    /// Who awarded it.
    pub issuer: String,
    /// Where answers go.
    pub reply_to: Option<EmailAddress>,
    /// When it ends.
    pub valid_until: DateTime<Utc>,
    /// The award, for its claim page.
    pub award: award::Model,
}

/// The jobs of an award's reminders: those whose time is yet to come.
#[must_use]
pub fn jobs(app: &App, award: &award::Model, days: &[u16]) -> Vec<NewJob> {
    let Some(until) = award.valid_until else { return Vec::new() };
    let now = app.clock.now();
    let job = |days: &u16| {
        let run_at = until.checked_sub_signed(Duration::days(i64::from(*days)))?;
        (run_at > now).then(|| NewJob {
            organization: Some(award.organization_id),
            payload: Payload::RemindOfEnd { award: award.id, days: *days },
            run_at,
            dedup_key: Some(format!("remind:{}:{}:{days}", award.id, until.timestamp_micros())),
            max_attempts: app.settings.outbox.attempts(),
        })
    };
    days.iter().filter_map(job).collect()
}

/// Queues that the reminders of a placement's awards are queued: its terms have changed.
///
/// # Errors
/// Only the database's.
pub async fn enqueue_plan(
    app: &App,
    tx: &WriteTx,
    organization: OrganizationId,
    placement: PlacementId,
    after: Option<AwardId>,
) -> Result<()> {
    let now = app.clock.now();
    let job = NewJob {
        organization: Some(organization),
        payload: Payload::PlanReminders { placement, after },
        run_at: now,
        dedup_key: None,
        max_attempts: app.settings.outbox.attempts(),
    };
    outbox::enqueue(tx, now, &app.dice, job).await?;
    Ok(())
}

/// Queues the reminders of some of a placement's awards, and the rest for another job.
///
/// # Errors
/// `not_found`; ours.
pub async fn plan(
    app: &App,
    organization: OrganizationId,
    id: PlacementId,
    after: Option<AwardId>,
) -> Result<()> {
    let placed = placement::find(app, organization, id).await?.placement;
    let terms = Terms::of(&placed)?;
    let db = app.store.read();
    let awards = rows::ending_of_placement(db, organization, id, after, CHUNK).await?;
    let mut new = Vec::new();
    for award in &awards {
        let prepared = issuing::prepared(app, organization, award.achievement_version_id).await?;
        new.extend(jobs(app, award, &terms.reminders(&prepared.version)?));
    }
    let tx = app.store.write().await?;
    if !new.is_empty() {
        outbox::enqueue_many(&tx, app.clock.now(), &app.dice, new).await?;
    }
    if let Some(last) = awards.last().filter(|_| awards.len() as u64 == CHUNK) {
        enqueue_plan(app, &tx, organization, id, Some(last.id)).await?;
    }
    tx.commit().await
}

/// What to remind of; `None` where there is nothing to remind of any more.
///
/// # Errors
/// `not_found`; `mail.address`; ours.
pub async fn due(
    app: &App,
    organization: OrganizationId,
    id: AwardId,
    days: u16,
) -> Result<Option<Reminder>> {
    let published = super::find_published(app, organization, id).await?;
    let award = &published.award;
    let Some(valid_until) = award.valid_until else { return Ok(None) };
    let is_current = award.state == AwardState::Active && app.clock.now() < valid_until;
    if !is_current || is_superseded(app, award, valid_until).await? {
        return Ok(None);
    }
    let prepared = issuing::prepared(app, organization, award.achievement_version_id).await?;
    if !wanted(app, award, &prepared.version).await?.contains(&days) {
        return Ok(None);
    }
    let Some(newest) = published.newest() else { return Ok(None) };
    let to = EmailAddress::parse(&credential::open_recipient(app, newest)?)
        .map_err(|error| Error::new(Kind::Gone, "mail.address", error.to_string()))?;
    let learner = learner::find(app, organization, award.learner_id).await?;
    let language = learner.language.as_deref().unwrap_or(&prepared.version.language);
    Ok(Some(Reminder {
        to,
        language: Language::negotiate([language], None, Language::default()),
        name: learner.name,
        achievement: prepared.version.name.clone(),
        issuer: prepared.issuer.name.clone(),
        reply_to: EmailAddress::parse(&prepared.issuer.email).ok(),
        valid_until,
        award: published.award.clone(),
    }))
}

/// The reminders as they are wanted now.
async fn wanted(app: &App, award: &award::Model, version: &achievement_version::Model) -> Result<Vec<u16>> {
    match award.placement_id {
        None => terms::reminders_by_version(version),
        Some(id) => {
            let placed = placement::find(app, award.organization_id, id).await?;
            Terms::of(&placed.placement)?.reminders(version)
        }
    }
}

/// Whether its holder has another one of the same badge that lasts longer.
async fn is_superseded(app: &App, award: &award::Model, until: DateTime<Utc>) -> Result<bool> {
    let all = rows::of_learner(app.store.read(), award.organization_id, award.learner_id).await?;
    Ok(all.iter().any(|other| {
        other.id != award.id
            && other.achievement_id == award.achievement_id
            && other.state == AwardState::Active
            && other.valid_until.is_none_or(|end| end > until)
    }))
}
