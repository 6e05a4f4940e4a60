//! Passes: one evaluation of everybody whom a course or a placement concerns (design §5).

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum};
use crate::ids::{CourseId, HoldId, LearnerId, OrganizationId, PassId, PlacementId, RosterId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pass")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PassId,
    pub organization_id: OrganizationId,
    /// Of the people of this course; of all the organization's when empty.
    pub course_id: Option<CourseId>,
    /// By this placement alone; by all live ones when empty.
    pub placement_id: Option<PlacementId>,
    /// The roster whose reading is told how many awards followed.
    pub roster_id: Option<RosterId>,
    /// The hold whose confirmation it follows.
    pub hold_id: Option<HoldId>,
    pub cause: PassCause,
    pub state: PassState,
    /// Which part of the work is next: a job that is run twice finds that it has been done.
    pub leg: i32,
    /// The last learner who has been looked at in this state.
    pub after_id: Option<LearnerId>,
    /// How many people were looked at.
    pub checked: i64,
    /// Array: what it came to, placement by placement.
    #[sea_orm(column_type = "JsonBinary")]
    pub tallies: Json,
    /// Who or what began it.
    #[sea_orm(column_type = "Text")]
    pub begun_by: String,
    /// Not before.
    pub due_at: DateTime<Utc>,
    /// When time alone may change what it found.
    pub recheck_at: Option<DateTime<Utc>>,
    /// When its mails go; at once when empty.
    pub mail_at: Option<DateTime<Utc>>,
    #[sea_orm(column_type = "Text")]
    pub undone_by: Option<String>,
    pub undone_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();

text_enum! {
    /// Why everybody is evaluated.
    PassCause {
        /// A placement went live.
        WentLive = "went_live",
        /// A rule was changed.
        RuleChanged = "rule_changed",
        /// A roster was read.
        Roster = "roster",
        /// A column was read.
        Column = "column",
        /// A course was reconciled.
        Reconcile = "reconcile",
        /// What was heard before is gone through again.
        Replay = "replay",
        /// Badges that its rule needs were awarded.
        Needed = "needed",
        /// Time has passed.
        Recheck = "recheck",
        /// A person confirmed a hold.
        Confirmed = "confirmed",
        /// A list of awards was uploaded: nobody is evaluated, its awards are made under it.
        Bulk = "bulk",
    }

    /// Where a pass is.
    PassState {
        /// It has not begun.
        Waiting = "waiting",
        /// It counts whom it would award.
        Weighing = "weighing",
        /// It awards.
        Awarding = "awarding",
        /// It has done what it could.
        Done = "done",
        /// It ended early: no placement of it is live under the same rule any more.
        Ended = "ended",
        /// Its awards are being taken back.
        Undoing = "undoing",
        /// Its awards are taken back.
        Undone = "undone",
    }
}
