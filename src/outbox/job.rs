//! Jobs as values: what is to be done, for whom, and what became of it. No behaviour here: running a
//! payload is `jobs/`.

use chrono::{DateTime, Duration, Utc};
use criteria::Strength;
use sea_orm::entity::prelude::async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::ids::{
    AwardId, BulkId, CompletionListId, CourseId, JobId, LearnerId, LineItemId, OrganizationId, PassId,
    PlacementId, ReconcileRunId, RosterId, ScoreReportId,
};

/// What is to be done. Ids only: the job reads what is true when it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Payload {
    /// Mail a generation of an award to its recipient.
    MailAward {
        /// The award.
        award: AwardId,
        /// The generation's number.
        generation: i32,
    },
    /// Remind the holder of an award that it ends.
    RemindOfEnd {
        /// The award.
        award: AwardId,
        /// How many days before its end.
        days: u16,
    },
    /// Queue the reminders of a placement's awards, from after an award on.
    PlanReminders {
        /// The placement.
        placement: PlacementId,
        /// The last award that has been looked at.
        after: Option<AwardId>,
    },
    /// Evaluate the placements that may award a learner.
    EvaluateLearner {
        /// The learner's.
        organization: OrganizationId,
        /// The learner.
        learner: LearnerId,
    },
    /// Evaluate everybody whom a pass concerns, as far as one job goes.
    RunPass {
        /// The pass.
        pass: PassId,
        /// Which part of it.
        leg: i32,
    },
    /// Award the rows of a list, as far as one job goes.
    WorkBulk {
        /// The list.
        bulk: BulkId,
        /// Which time it is worked on.
        run: i32,
        /// The number of the last row that was worked on.
        after: i32,
    },
    /// Publish an award whose time has come.
    PublishAward {
        /// The award.
        award: AwardId,
    },
    /// Take back what a pass awarded.
    UndoPass {
        /// The pass.
        pass: PassId,
        /// Which part of it.
        leg: i32,
    },
    /// Go on with reconciling a course.
    Reconcile {
        /// Which reconcile.
        run: ReconcileRunId,
        /// Which part of it: one that was done changes nothing any more.
        leg: i32,
    },
    /// Take lines of a completion list for completions.
    TakeLines {
        /// The list.
        list: CompletionListId,
        /// What they prove.
        strength: Strength,
        /// Whom they name, and when each completed, if the list says: it is kept nowhere else.
        people: Vec<(LearnerId, Option<DateTime<Utc>>)>,
    },
    /// Ask a platform that offers notices to send them to us.
    RegisterNotices {
        /// A course whose newest launch names the service.
        course: CourseId,
    },
    /// Find or make a column, rename or remove it: whatever its row says.
    SettleColumn {
        /// The column.
        column: LineItemId,
    },
    /// Read a watched column's results.
    ReadColumn {
        /// The column.
        column: LineItemId,
    },
    /// Tell a trigger column's platform of the next people in its course, by scores without a number.
    SeedColumn {
        /// The column.
        column: LineItemId,
    },
    /// Read which columns a course's gradebook has that are not ours.
    ReadGradebook {
        /// The course.
        course: CourseId,
    },
    /// Read who is in a course, or may open one link of it.
    ReadRoster {
        /// Which roster.
        roster: RosterId,
        /// The reading that this job goes on with; a new one when none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run: Option<uuid::Uuid>,
    },
    /// Tell a column about an award.
    ReportScore {
        /// What is to be told.
        report: ScoreReportId,
        /// An older revision than the newest is not sent.
        revision: i32,
    },
}

impl Payload {
    /// The kinds this version knows. Others (of a newer replica) are left for those who know them.
    pub const KINDS: [&'static str; 17] = [
        "mail_award",
        "remind_of_end",
        "plan_reminders",
        "evaluate_learner",
        "run_pass",
        "undo_pass",
        "work_bulk",
        "publish_award",
        "settle_column",
        "read_column",
        "seed_column",
        "read_gradebook",
        "read_roster",
        "report_score",
        "register_notices",
        "reconcile",
        "take_lines",
    ];

    /// The kind, as stored and logged.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::MailAward { .. } => "mail_award",
            Self::RemindOfEnd { .. } => "remind_of_end",
            Self::PlanReminders { .. } => "plan_reminders",
            Self::EvaluateLearner { .. } => "evaluate_learner",
            Self::RunPass { .. } => "run_pass",
            Self::UndoPass { .. } => "undo_pass",
            Self::WorkBulk { .. } => "work_bulk",
            Self::PublishAward { .. } => "publish_award",
            Self::RegisterNotices { .. } => "register_notices",
            Self::Reconcile { .. } => "reconcile",
            Self::TakeLines { .. } => "take_lines",
            Self::SettleColumn { .. } => "settle_column",
            Self::ReadColumn { .. } => "read_column",
            Self::SeedColumn { .. } => "seed_column",
            Self::ReadGradebook { .. } => "read_gradebook",
            Self::ReadRoster { .. } => "read_roster",
            Self::ReportScore { .. } => "report_score",
        }
    }
}

/// A job to be enqueued.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Whose it is; empty for the server's own.
    pub organization: Option<OrganizationId>,
    /// What is to be done.
    pub payload: Payload,
    /// Not before.
    pub run_at: DateTime<Utc>,
    /// A job with the key of one that is still stored, in whatever state, is not enqueued. What may happen
    /// again therefore says in its key what is different (the generation, the moment).
    pub dedup_key: Option<String>,
    /// After so many tries it is dead.
    pub max_attempts: i32,
}

/// A job that a worker has leased.
#[derive(Clone, Debug)]
pub struct Job {
    /// Stays the same over every try: what must be recognized as the same (a mail's `Message-ID`) is made
    /// from it.
    pub id: JobId,
    /// Whose it is.
    pub organization: Option<OrganizationId>,
    /// What is to be done.
    pub payload: Payload,
    /// Which try this is, from 1.
    pub attempt: i32,
    /// The last try.
    pub max_attempts: i32,
    /// When it was enqueued.
    pub created_at: DateTime<Utc>,
    /// Who has the lease.
    pub(super) owner: String,
}

/// What became of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, or was done before.
    Done,
    /// It failed and may succeed later. The reason is shown to operators: no personal data, no secrets.
    Retry(String),
    /// As `Retry`, and not before so much time has passed: somebody else asked for it (`Retry-After`).
    Later(String, Duration),
    /// It will never succeed.
    Bury(String),
}

/// Runs jobs. Implemented where it is known what they mean.
#[async_trait]
pub trait Runner: Send + Sync {
    /// Runs one. Must be safe to run twice.
    async fn run(&self, job: Job) -> Outcome;
}
