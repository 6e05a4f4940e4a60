//! Enrollments: a learner in a course, and what the last launch said of it.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum};
use crate::ids::{CourseId, EnrollmentId, LearnerId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "enrollment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EnrollmentId,
    pub organization_id: OrganizationId,
    pub course_id: CourseId,
    pub learner_id: LearnerId,
    /// Array of every role ever seen.
    #[sea_orm(column_type = "JsonBinary")]
    pub roles_seen: Json,
    /// Ever seen teaching or administering here; stays set (design §4).
    pub is_staff_ever: bool,
    /// What the last launch allowed.
    #[sea_orm(column_type = "Text")]
    pub permission: String,
    pub state: EnrollmentState,
    /// Of what the last launch said: the same digest means nothing new.
    #[sea_orm(column_type = "Text")]
    pub digest: String,
    /// The reading of the course's roster that named them last.
    pub roster_run: Option<Uuid>,
    pub last_seen_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::learner::Entity",
        from = "Column::LearnerId",
        to = "super::learner::Column::Id"
    )]
    Learner,
}

impl Related<super::learner::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Learner.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

scoped!();

text_enum! {
    /// Whether the learner is in the course now.
    EnrollmentState {
        /// Is.
        Active = "active",
        /// Was.
        Inactive = "inactive",
    }
}
