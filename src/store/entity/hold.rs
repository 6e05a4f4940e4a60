//! Holds: awards of a pass that wait for a person's click (design §5, the breaker).

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum};
use crate::ids::{CourseId, HoldId, OrganizationId, PassId, PlacementId, RuleId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hold")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: HoldId,
    pub organization_id: OrganizationId,
    pub placement_id: PlacementId,
    /// The version of the rule that would award.
    pub rule_id: RuleId,
    /// The course in which it would; empty for the whole organization.
    pub course_id: Option<CourseId>,
    /// The course's id, or `everywhere`: unique for a placement while open.
    #[sea_orm(column_type = "Text")]
    pub scope: String,
    /// The pass that was held last.
    pub pass_id: PassId,
    pub why: HoldWhy,
    pub state: HoldState,
    /// How many awards wait.
    pub would_award: i64,
    /// Of how many people who may be awarded.
    pub candidates: i64,
    #[sea_orm(column_type = "Text")]
    pub decided_by: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();

text_enum! {
    /// Why awards wait.
    HoldWhy {
        /// More of them at once than usual, without strong proof.
        Breaker = "breaker",
        /// The first pass of a rule that relies on what the platform releases.
        FirstRelease = "first_release",
        /// The rule's last pass was undone.
        Undone = "undone",
    }

    /// What became of a hold.
    HoldState {
        /// It waits for a click.
        Open = "open",
        /// A person let them be awarded.
        Confirmed = "confirmed",
        /// A person decided against it.
        Declined = "declined",
        /// There is nothing to wait for any more: the rule was changed, has ended, or would award few or none.
        Lapsed = "lapsed",
    }
}
