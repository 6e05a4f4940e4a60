//! Course groups: the groups of people that a platform keeps in a course.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::scoped;
use crate::ids::{CourseGroupId, CourseId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "course_group")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CourseGroupId,
    pub organization_id: OrganizationId,
    pub course_id: CourseId,
    /// The platform's name for it.
    #[sea_orm(column_type = "Text")]
    pub group_id: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub tag: Option<String>,
    /// Array of the sets it belongs to: id and name.
    #[sea_orm(column_type = "JsonBinary")]
    pub sets: Json,
    /// Not to be shown to learners.
    pub hidden: bool,
    /// The platform no longer has it.
    pub is_gone: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
