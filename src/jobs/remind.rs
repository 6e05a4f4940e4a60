//! `RemindOfEnd` and `PlanReminders`: the mail before an award ends, and the jobs that will send it.
//!
//! The `Message-ID` and the date come from the job, so a repeat after a lost answer is recognised as the same mail.

use chrono::{DateTime, Utc};

use crate::{
    app::App,
    domain::award::{holder, remind},
    error::{Error, Result},
    ids::{AwardId, JobId, OrganizationId, PlacementId},
    mail::{BadgeMail, Message, ReminderMail},
    outbox::Outcome,
};

/// Runs `RemindOfEnd`.
pub async fn send(
    app: &App,
    job: JobId,
    date: DateTime<Utc>,
    organization: OrganizationId,
    award: AwardId,
    days: u16,
) -> Outcome {
    super::sent(app, prepare(app, job, date, organization, award, days).await).await
}

async fn prepare(
    app: &App,
    job: JobId,
    date: DateTime<Utc>,
    organization: OrganizationId,
    award: AwardId,
    days: u16,
) -> Result<Option<Message>> {
    let Some(due) = remind::due(app, organization, award, days).await? else { return Ok(None) };
    let claim_url = holder::claim_url(app, &due.award)?;
    let badge = BadgeMail {
        id: app.mailer.message_id(job),
        // The day on which it is due, and not that on which the award was made.
        date: date.max(due.valid_until - chrono::Duration::days(i64::from(days))),
        to: due.to,
        recipient_name: due.name.as_deref(),
        language: due.language,
        achievement_name: &due.achievement,
        issuer_name: &due.issuer,
        reply_to: due.reply_to,
        claim_url: &claim_url,
    };
    let mail = ReminderMail { badge, valid_until: due.valid_until };
    mail.message().map(Some).map_err(Error::internal)
}

/// Runs `PlanReminders`.
pub async fn plan(
    app: &App,
    organization: OrganizationId,
    placement: PlacementId,
    after: Option<AwardId>,
) -> Outcome {
    super::ended(remind::plan(app, organization, placement, after).await)
}
