//! Score reports: an award told to the platform's gradebook, as full points, and taken back when it is revoked
//! (lti-1.3-tool §17.4).
//!
//! One queue per column and learner: a new wish replaces the one before, and a job about an older revision
//! does nothing. [`send`] sends one. A number is never written to begin with.

pub mod send;

use chrono::Duration;

use super::{
    line_item::{self, SERVICE_ATTEMPTS},
    placement::Settings,
};
use crate::{
    app::{App, Prepared},
    error::Result,
    ids::{AwardId, LearnerId, LineItemId, OrganizationId},
    outbox::{self, NewJob, Payload},
    store::{
        MAX_PAGE, PageQuery, WriteTx, award as awards,
        entity::{
            award,
            award::AwardState,
            learner,
            line_item::{LineItemPurpose, LineItemState, Model as LineItem},
            placement,
            score_report::{Model, ReportState, ScoreWanted},
        },
        learner as learners, line_item as columns, placement as placements, score_report as rows,
    },
};

/// How far apart two scores for one learner in one column are at least, whatever the platform.
const APART: Duration = Duration::seconds(1);

/// An award was made by a placement: if that reports, the platform will be told.
///
/// # Errors
/// Only ours.
pub async fn awarded(
    app: &App,
    tx: &WriteTx,
    placement: &placement::Model,
    award: &award::Model,
    learner: &learner::Model,
    prepared: &Prepared,
) -> Result<()> {
    if !Settings::of(placement).report_score || placement.course_id.is_none() || !is_of_a_platform(learner) {
        return Ok(());
    }
    let item = line_item::of_placement(app, tx, placement, &prepared.version.name).await?;
    wish(app, tx, &item, (award.id, award.learner_id), ScoreWanted::Awarded).await
}

/// An award was revoked: what was reported of it is taken back.
///
/// # Errors
/// Only ours.
pub async fn revoked(app: &App, tx: &WriteTx, award: &award::Model) -> Result<()> {
    for report in rows::of_award(tx, award.organization_id, award.id).await? {
        if report.wanted == ScoreWanted::Cleared {
            continue;
        }
        if let Some(item) = columns::find(tx, award.organization_id, report.line_item_id).await? {
            wish(app, tx, &item, (award.id, award.learner_id), ScoreWanted::Cleared).await?;
        }
    }
    Ok(())
}

/// A column is there (again): what waits for it is sent, and awards made before the placement reported are
/// reported now. A new one (`is_new`) knows nothing of what was sent to the one before it.
///
/// # Errors
/// Only ours.
pub async fn catch_up(app: &App, item: &LineItem, is_new: bool) -> Result<()> {
    if item.purpose != LineItemPurpose::Report || item.state != LineItemState::Found {
        return Ok(());
    }
    let organization = item.organization_id;
    if is_new {
        for chunk in rows::told(app.store.read(), organization, item.id).await?.chunks(64) {
            let tx = app.store.write().await?;
            for report in chunk {
                wish(app, &tx, item, (report.award_id, report.learner_id), ScoreWanted::Awarded).await?;
            }
            tx.commit().await?;
        }
    }
    let waiting = rows::waiting(app.store.read(), organization, item.id).await?;
    if !waiting.is_empty() {
        let again = item.updated_at.timestamp_micros();
        let jobs = waiting.iter().map(|report| NewJob {
            dedup_key: Some(format!("score:{}:{}:{again}", report.id, report.revision)),
            ..job(app, report)
        });
        let tx = app.store.write().await?;
        outbox::enqueue_many(&tx, app.clock.now(), &app.dice, jobs.collect()).await?;
        tx.commit().await?;
    }
    for placed in placements::of_course(app.store.read(), organization, item.course_id).await? {
        let is_reporting = placed.course_id.is_some()
            && Settings::of(&placed).report_score
            && line_item::resource_id(placed.achievement_id) == item.resource_id;
        if is_reporting {
            report_earlier(app, item, &placed).await?;
        }
    }
    Ok(())
}

/// Awards of a placement that no report speaks of.
async fn report_earlier(app: &App, item: &LineItem, placed: &placement::Model) -> Result<()> {
    let organization = item.organization_id;
    let mut query = PageQuery { after: None, limit: MAX_PAGE };
    loop {
        let filter = awards::Filter { placement: Some(placed.id), ..awards::Filter::default() };
        let page = awards::list(app.store.read(), organization, filter, query).await?;
        let known =
            rows::known_awards(app.store.read(), organization, page.items.iter().map(|award| award.id))
                .await?;
        let missing: Vec<&award::Model> = page
            .items
            .iter()
            .filter(|award| !matches!(award.state, AwardState::Revoked | AwardState::Expired))
            .filter(|award| !known.contains(&award.id))
            .collect();
        let ids = missing.iter().map(|award| award.learner_id);
        let people = learners::of_ids(app.store.read(), organization, ids).await?;
        for chunk in missing.chunks(64) {
            let tx = app.store.write().await?;
            for award in chunk {
                let is_told = |learner: &&learner::Model| learner.id == award.learner_id;
                if people.iter().find(is_told).is_some_and(is_of_a_platform) {
                    wish(app, &tx, item, (award.id, award.learner_id), ScoreWanted::Awarded).await?;
                }
            }
            tx.commit().await?;
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(()),
        }
    }
}

fn is_of_a_platform(learner: &learner::Model) -> bool {
    !learner.is_test && learner.platform_issuer_url != "mailto:"
}

async fn wish(
    app: &App,
    tx: &WriteTx,
    item: &LineItem,
    (award_id, learner_id): (AwardId, LearnerId),
    wanted: ScoreWanted,
) -> Result<()> {
    let now = app.clock.now();
    let report = rows::wish(
        tx,
        Model {
            id: app.dice.row_id(now),
            organization_id: item.organization_id,
            line_item_id: item.id,
            learner_id,
            award_id,
            wanted,
            revision: 1,
            decided_at: now,
            timestamp: None,
            last_timestamp: None,
            posted_at: None,
            state: ReportState::Waiting,
            trouble: None,
            trouble_words: None,
            busy_until: None,
            created_at: now,
            updated_at: now,
        },
    )
    .await?;
    outbox::enqueue(tx, now, &app.dice, job(app, &report)).await?;
    Ok(())
}

/// The job of a revision, not before the platform may hear again about this learner (A16).
fn job(app: &App, report: &Model) -> NewJob {
    let now = app.clock.now();
    NewJob {
        organization: Some(report.organization_id),
        payload: Payload::ReportScore { report: report.id, revision: report.revision },
        run_at: report.posted_at.map_or(now, |posted| now.max(posted + APART)),
        dedup_key: Some(format!("score:{}:{}", report.id, report.revision)),
        max_attempts: SERVICE_ATTEMPTS,
    }
}

/// What went wrong with the reports of these columns, for the people who teach there: how many, and the code
/// of the most frequent reason.
///
/// # Errors
/// Only the database's.
pub async fn failures(
    app: &App,
    organization: OrganizationId,
    columns: &[LineItemId],
) -> Result<Vec<(LineItemId, i64, String)>> {
    let mut worst: Vec<(LineItemId, i64, String, i64)> = Vec::new();
    for count in rows::counts(app.store.read(), organization, columns.iter().copied()).await? {
        if count.state != ReportState::Failed {
            continue;
        }
        let code = count.trouble.unwrap_or_default();
        match worst.iter_mut().find(|(id, ..)| *id == count.line_item_id) {
            Some((_, all, worst_code, most)) => {
                *all += count.reports;
                if count.reports > *most {
                    (*worst_code, *most) = (code, count.reports);
                }
            }
            None => worst.push((count.line_item_id, count.reports, code, count.reports)),
        }
    }
    Ok(worst.into_iter().map(|(id, all, code, _)| (id, all, code)).collect())
}
