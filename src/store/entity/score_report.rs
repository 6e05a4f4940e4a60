//! Score reports: what a column should say about a learner, newest state only (lti-1.3-tool §17.4).

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum};
use crate::ids::{AwardId, LearnerId, LineItemId, OrganizationId, ScoreReportId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "score_report")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ScoreReportId,
    pub organization_id: OrganizationId,
    /// Unique with the learner: one queue.
    pub line_item_id: LineItemId,
    pub learner_id: LearnerId,
    /// The award that it is about now.
    pub award_id: AwardId,
    pub wanted: ScoreWanted,
    /// Counts from 1; a job about an older one does nothing.
    pub revision: i32,
    /// When what is wanted was decided.
    pub decided_at: DateTime<Utc>,
    /// What this revision is sent with, in every try; empty until the first.
    pub timestamp: Option<DateTime<Utc>>,
    /// The newest that may have reached the platform in an earlier revision.
    pub last_timestamp: Option<DateTime<Utc>>,
    /// When one was last sent.
    pub posted_at: Option<DateTime<Utc>>,
    pub state: ReportState,
    /// The code of what went wrong last.
    #[sea_orm(column_type = "Text")]
    pub trouble: Option<String>,
    /// The platform's own words about it.
    #[sea_orm(column_type = "Text")]
    pub trouble_words: Option<String>,
    /// One worker at a time sends it.
    pub busy_until: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();

text_enum! {
    /// What the column should say.
    ScoreWanted {
        /// All points: the badge was awarded.
        Awarded = "awarded",
        /// Nothing: it was taken back.
        Cleared = "cleared",
    }

    /// What became of a report.
    ReportState {
        /// Not sent yet.
        Waiting = "waiting",
        /// The platform took it.
        Sent = "sent",
        /// The platform has something newer.
        Superseded = "superseded",
        /// The platform refused it; `trouble` says why.
        Failed = "failed",
        /// Not to be sent: the setting is off, or the person is none who is graded.
        Withheld = "withheld",
    }
}
