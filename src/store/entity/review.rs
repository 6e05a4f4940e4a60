//! Reviews: whose work a launch lets its person see, beside their own. Few launches have one.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, unscoped};
use crate::ids::{CourseId, LaunchId, LearnerId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "review")]
pub struct Model {
    /// The launch's.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LaunchId,
    pub organization_id: OrganizationId,
    /// Who launched.
    pub learner_id: LearnerId,
    pub course_id: Option<CourseId>,
    /// Whose submission is looked at: their `sub`.
    #[sea_orm(column_type = "Text")]
    pub for_user: Option<String>,
    /// The column in which it counts, as the launch names it.
    #[sea_orm(column_type = "Text")]
    pub line_item_url: Option<String>,
    /// Array of the `sub`s in a mentor's care.
    #[sea_orm(column_type = "JsonBinary")]
    pub mentored: Json,
    /// Where the person may go back to.
    #[sea_orm(column_type = "Text")]
    pub return_url: Option<String>,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();
