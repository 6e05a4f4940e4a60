//! Who is in a course group now.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::scoped;
use crate::ids::{CourseGroupId, GroupMemberId, LearnerId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "group_member")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GroupMemberId,
    pub organization_id: OrganizationId,
    pub course_group_id: CourseGroupId,
    pub learner_id: LearnerId,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
