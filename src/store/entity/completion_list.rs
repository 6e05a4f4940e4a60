//! Completion lists: who has completed a course according to somebody's list, compared with the badges here.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::scoped;
use crate::ids::{CompletionListId, CourseId, OrganizationId, PlacementId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "completion_list")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CompletionListId,
    pub organization_id: OrganizationId,
    pub course_id: CourseId,
    /// Whose badge it was compared with.
    pub placement_id: PlacementId,
    /// What it is called.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Who gave it, as in the audit.
    #[sea_orm(column_type = "Text")]
    pub given_by: String,
    /// It was taken as signals, too.
    pub counts: bool,
    /// So many lines.
    pub rows: i32,
    /// The difference (`domain::completion_list::Difference`).
    #[sea_orm(column_type = "JsonBinary")]
    pub difference: Json,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
