//! Courses that versions of rules name (`completed`, `score`): whoever hears of a course finds by it who asks about it.

use sea_orm::entity::prelude::*;

use super::scoped;
use crate::ids::{CourseId, OrganizationId, PlacementId, RuleCourseId, RuleId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rule_course")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RuleCourseId,
    pub organization_id: OrganizationId,
    pub placement_id: PlacementId,
    pub rule_id: RuleId,
    pub course_id: CourseId,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
